/* check_smtp_tls: every gateway of a domain, stage by stage. */
#include <string.h>

#include "asks.h"
#include "options.h"
#include "plugin.h"
#include "run.h"

enum { SESSIONS_PER_ADDRESS = 2 };

/* What this plugin's own options come to. */
struct own {
    struct asks asks;
    const char *sender, *plaintext_sender; /* NULL: not given */
    bool wrapper;
};

static bool set_host(void *target, const char *value, struct err *e)
{
    return asks_add_host(&((struct own *)target)->asks, value, e);
}

static bool set_domain(void *target, const char *value, struct err *e)
{
    return asks_add_domain(&((struct own *)target)->asks, value, e);
}

static bool set_address(void *target, const char *value, struct err *e)
{
    return asks_add_mailbox(&((struct own *)target)->asks, value, e);
}

/* A reverse-path: "<>", or an address with or without angle brackets. */
static const char *sender_value(const char *value, struct err *e)
{
    char bare[400];
    size_t len = strlen(value);

    if (strcmp(value, "<>") == 0 || len == 0)
        return "";
    if (len >= sizeof bare) {
        err_set(e, ERR_USAGE, "is not a mail address");
        return NULL;
    }
    strcpy(bare, value);
    if (bare[0] == '<' && bare[len - 1] == '>') {
        bare[len - 1] = '\0';
        return value_mailbox(bare + 1, NULL, e);
    }
    return value_mailbox(bare, NULL, e);
}

static bool set_sender(void *target, const char *value, struct err *e)
{
    struct own *own = target;

    own->sender = sender_value(value, e);
    return own->sender != NULL;
}

static bool set_wrapper(void *target, const char *value, struct err *e)
{
    (void)value, (void)e;
    ((struct own *)target)->wrapper = true;
    return true;
}

static bool set_refuses_plaintext(void *target, const char *value, struct err *e)
{
    struct own *own = target;

    own->plaintext_sender = sender_value(value, e);
    if (own->plaintext_sender && *own->plaintext_sender)
        return true;
    return err_set(e, ERR_USAGE, "is not a mail address");
}

static const struct options_spec specs[] = {
    {"host", 'H', "HOST", set_host, "a gateway by name or address, repeat"},
    {"domain", 'd', "DOMAIN", set_domain, "all MX hosts of a domain, repeat"},
    {"address", 'a', "ADDRESS", set_address,
     "all MX hosts of a mail address's domain, asked for this recipient too, repeat"},
    {"sender", 'f', "SENDER", set_sender, "sender to ask with (<>)"},
    {"tls-wrapper", 0, NULL, set_wrapper, "TLS from the first byte, on port 465"},
    {"refuses-plaintext", 0, "SENDER", set_refuses_plaintext,
     "our own gateway must refuse this sender without TLS"},
    {0},
};

static bool has_recipient(const struct own *own)
{
    for (size_t i = 0; i < own->asks.count; i++) {
        if (own->asks.at[i].recipient)
            return true;
    }
    return false;
}

static bool check_own(void *target, struct options *o, struct err *e)
{
    struct own *own = target;

    if (own->asks.count == 0)
        return err_set(e, ERR_USAGE, "one of -H, -d and -a is needed; see --help");
    if (own->sender && !own->plaintext_sender && !has_recipient(own))
        return err_set(e, ERR_USAGE, "-f needs -a: without recipient no sender is named");
    if (own->plaintext_sender && own->sender)
        return err_set(e, ERR_USAGE, "--refuses-plaintext has a sender of its own, leave out -f");
    if (own->plaintext_sender && own->wrapper)
        return err_set(e, ERR_USAGE,
                       "--refuses-plaintext: with --tls-wrapper there is no plaintext");
    if (own->sender || own->plaintext_sender)
        o->terms.sender = own->sender ? own->sender : own->plaintext_sender;
    o->terms.refuses_plaintext = own->plaintext_sender != NULL;
    if (o->port == 0)
        o->port = own->wrapper ? 465 : 25;
    return asks_complete(&own->asks, o->port, &o->terms, o->family, e);
}

int main(int argc, char **argv)
{
    static struct own own;
    static const struct options_plugin plugin = {
        .name = "check_smtp_tls",
        .service = "SMTP_TLS",
        .purpose = "checks each mail gateway of a domain for mandatory TLS",
        .synopsis = "check_smtp_tls {-d DOMAIN | -a ADDRESS | -H HOST}... [OPTION...]",
        .findings = FINDING_OF_SMTP_TLS,
        .specs = specs,
        .own = &own,
        .check = check_own,
    };
    static struct options o;
    static struct run r;
    instant start = deadline_now();

    plugin_begin();
    options_parse(&plugin, argc, argv, &o);
    run_task(&r, plugin.service,
             &(struct run_task){.o = &o,
                                .asks = own.asks.at,
                                .ask_count = own.asks.count,
                                .per_address = SESSIONS_PER_ADDRESS,
                                .probe = {.wrapper = own.wrapper},
                                .start = start});
}
