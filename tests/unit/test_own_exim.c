#include "own_exim.h"

#include <openssl/ssl.h>
#include <string.h>

#include "policy_print.h"
#include "unit.h"

static bool readable(void *ctx, const char *path)
{
    (void)ctx;
    return strncmp(path, "/there", 6) == 0;
}

static void read_config(const char *text, struct exim_config *c)
{
    struct err e = {0};

    ck_assert_msg(exim_config_read("f", text, strlen(text), c, &e), "%s", e.text);
}

static void read_form(const char *text, struct form *form)
{
    struct err e = {0};

    *form = (struct form){0};
    ck_assert_msg(form_read("/f.ini", text, strlen(text), form, &e), "%s", e.text);
}

/* What is found for the first partner, as "missing DOMAIN: HEADLINE; DETAIL\n". */
static void found(const struct form *form, const char *config, size_t mx_count, struct text *out)
{
    static const char *const mx[] = {"mx1.tuv.com", "mx.else.net"};
    struct own_asked a = {.partner = form->at,
                          .own = &form->own,
                          .outbound = true,
                          .mx = mx,
                          .mx_count = mx_count,
                          .reader = {.readable = readable}};
    struct own_problems l = {0};
    struct exim_config c;

    read_config(config, &c);
    a.exim = &c;
    own_exim_check(&a, &l);
    text_init(out, 10000);
    for (size_t i = 0; i < l.count; i++)
        text_addf(out, "%s %s: %s; %s\n", l.at[i].missing ? "missing" : "weak", l.at[i].domain,
                  l.at[i].headline, l.at[i].detail);
    own_problems_clear(&l);
    exim_config_clear(&c);
}

#define FORM(fields)                                                                               \
    "[tuv]\ndomains = tuv.com\ngateways = mx1.tuv.com\n" fields "\n[own]\nexim-config = /e\n"
#define ROUTER                                                                                     \
    "begin routers\nout:\n driver = dnslookup\n domains = ! +local\n transport = t\n"              \
    "begin transports\nt:\n driver = smtp\n"
#define STRICT ROUTER " hosts_require_tls = *\n tls_verify_hosts = *\n"

static const struct {
    const char *name, *form, *config;
    size_t mx_count;
    const char *want;
} checks[] = {
    {"as agreed", FORM(""), STRICT, 1, ""},
    {"by names", FORM(""),
     "hostlist partners = mx1.tuv.com : mx.else.net\n" ROUTER
     " hosts_require_tls = +partners\n tls_verify_hosts = +partners\n",
     2, ""},
    {"not required", FORM(""), ROUTER, 1,
     "missing tuv.com: own policy: TLS is not required; expected hosts_require_tls "
     "that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"verified, but not required", FORM(""), ROUTER " tls_verify_hosts = *\n", 1,
     "missing tuv.com: own policy: TLS is not required; expected hosts_require_tls "
     "that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"not for one gateway", FORM(""),
     ROUTER " hosts_require_tls = *.tuv.com\n tls_verify_hosts = *\n", 2,
     "weak tuv.com: own policy: weaker than the form; expected hosts_require_tls that "
     "covers mx.else.net; seen hosts_require_tls = *.tuv.com in transport t of /e:9\n"},
    {"not for all that DNS may name", FORM(""),
     ROUTER " hosts_require_tls = *.tuv.com\n tls_verify_hosts = *\n", 0,
     "weak tuv.com: own policy: weaker than the form; expected hosts_require_tls that "
     "covers *; seen hosts_require_tls = *.tuv.com in transport t of /e:9\n"},
    {"required, but not verified", FORM(""), ROUTER " hosts_require_tls = *\n", 1,
     "weak tuv.com: own policy: weaker than the form; expected tls_verify_hosts that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"tried only", FORM(""), ROUTER " hosts_require_tls = *\n tls_try_verify_hosts = *\n", 1,
     "weak tuv.com: own policy: weaker than the form; expected tls_verify_hosts that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"names are not compared", FORM(""), STRICT " tls_verify_cert_hostnames =\n", 1,
     "weak tuv.com: own policy: names in certificates are not compared; expected "
     "tls_verify_cert_hostnames that covers mx1.tuv.com; seen tls_verify_cert_hostnames =  in "
     "transport t of /e:11\n"},
    {"a look-up", FORM(""),
     ROUTER " hosts_require_tls = ${lookup{$host}lsearch{/x}}\n tls_verify_hosts = *\n", 1,
     "weak tuv.com: own policy: weaker than the form; expected hosts_require_tls that "
     "covers mx1.tuv.com; seen hosts_require_tls = ${lookup{$host}lsearch{/x}} in transport t of "
     "/e:9; look-ups, files and expansions are not followed\n"},
    {"encrypt", FORM("tls-level = encrypt"), ROUTER " hosts_require_tls = *\n", 1, ""},
    {"may", FORM("tls-level = may"), "", 1, ""},
    {"inbound only", FORM("direction = inbound"), "", 1, ""},
    {"dane is tried by itself", FORM("tls-level = dane"), ROUTER, 1, ""},
    {"dane is not tried", FORM("tls-level = dane"), ROUTER " hosts_try_dane =\n", 1,
     "missing tuv.com: own policy: TLS is not required; expected hosts_require_tls "
     "that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"dane-only", FORM("tls-level = dane-only"), ROUTER " hosts_require_dane = *\n", 1, ""},
    {"dane for verify", FORM(""), ROUTER " hosts_require_dane = *\n", 1, ""},
    {"no dane", FORM("tls-level = dane-only"), STRICT, 1,
     "weak tuv.com: own policy: weaker than the form; expected hosts_require_dane that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"names of the next-hop", FORM("tls-level = secure"), STRICT, 1,
     "weak tuv.com: own policy: weaker than the form; expected hosts_require_dane that "
     "covers mx1.tuv.com; seen none in transport t of /e\n"},
    {"root", FORM("ca-file = /there/r"), STRICT " tls_verify_certificates = /there/r\n", 1, ""},
    {"another root", FORM("ca-file = /there/r"), STRICT, 1,
     "weak tuv.com: own policy: the form's root is not its trust anchor; expected "
     "tls_verify_certificates = /there/r; seen none in transport t of /e\n"},
    {"no such root", FORM(""), STRICT " tls_verify_certificates = /no\n", 1,
     "weak tuv.com: own policy: its trust anchor cannot be read; expected "
     "tls_verify_certificates with a file that can be read; seen tls_verify_certificates = /no in "
     "transport t of /e:11\n"},
    {"no router", FORM(""),
     "begin routers\nr:\n domains = else.net\n transport = t\nbegin transports\nt:\n driver = "
     "smtp\n",
     1,
     "missing tuv.com: own policy: no router sends it by an smtp transport; expected a "
     "router with that domain; seen none of /e\n"},
    {"a router of its own, conditions and local transports before", FORM(""),
     "begin routers\nl:\n transport = local\nc:\n condition = ${if x}\n transport = t\n"
     "p:\n domains = else.net : tuv.com\n transport = strict\nr:\n transport = t\n"
     "begin transports\nlocal:\n driver = appendfile\nt:\n driver = smtp\nstrict:\n driver = smtp\n"
     " hosts_require_tls = *\n tls_verify_hosts = *\n",
     1, ""},
    {"manualroute", FORM(""),
     "begin routers\nm:\n driver = manualroute\n route_list = else.net a; tuv.com relay.net:b\n"
     " transport = strict\nr:\n transport = t\n"
     "begin transports\nt:\n driver = smtp\nstrict:\n driver = smtp\n"
     " hosts_require_tls = *\n tls_verify_hosts = *\n",
     1, ""},
};

START_TEST(checked)
{
    struct form form;
    struct text t;

    read_form(checks[_i].form, &form);
    found(&form, checks[_i].config, checks[_i].mx_count, &t);
    ck_assert_msg(strcmp(text_str(&t), checks[_i].want) == 0, "%s: %s", checks[_i].name,
                  text_str(&t));
    text_free(&t);
    form_clear(&form);
}
END_TEST

static const char *const rounds[] = {
    "",
    "tls-level = encrypt\n",
    "tls-level = dane\n",
    "tls-level = dane-only\n",
    "tls-level = secure\nmatch = hostname\n",
    "ca-file = /there/root\n",
    "tls-level = may\n",
    "min-tls = 1.3\n",
};

/* The parts of what is printed, each in its section. */
START_TEST(round_trip)
{
    static const char own[] = "[own]\nexim-config = /e\nsni = mx.example\n";
    struct form form;
    struct text text, config, t;
    struct err e;
    const char *second, *third;

    text_init(&text, 10000);
    text_init(&config, 10000);
    text_init(&t, 10000);
    text_addf(&text,
              "[tu-v]\ndomains = *.tuv.com x.net\nsubdomains = de.tuv.com\n"
              "gateways = mx1.tuv.com\n%s%s",
              rounds[_i], own);
    read_form(text_str(&text), &form);
    ck_assert(policy_print_exim(
        &(struct policy_asked){.partners = form.at, .count = 1, .own = &form.own}, &t, &e));
    second = strstr(t.s, "# --- behind \"begin transports\"");
    third = strstr(t.s, "# --- first in the ACL");
    ck_assert(second && third);
    text_addf(&config, "begin routers\n%.*sr:\n driver = dnslookup\n transport = plain\n",
              (int)(second - t.s), t.s);
    text_addf(&config, "begin transports\nplain:\n driver = smtp\n%.*sbegin acl\n%s",
              (int)(third - second), second, third);
    text_free(&t);
    found(&form, text_str(&config), 0, &t);
    ck_assert_str_eq(text_str(&t), "");
    text_free(&t);
    text_free(&config);
    text_free(&text);
    form_clear(&form);
}
END_TEST

UNIT_CASE(own_exim, {checked, COUNT(checks)}, {round_trip, COUNT(rounds)})
