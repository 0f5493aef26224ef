#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "extra_opts.h"
#include "plugin.h"

enum { SPECS_MAX = 80, FIRST_LONG = 256 };

/* --- shared options, one setter each --- */

#define SETTER(NAME) static bool NAME(void *target, const char *value, struct err *e)

SETTER(set_verbose)
{
    struct options *o = target;

    (void)value, (void)e;
    o->output.verbosity += o->output.verbosity < 3;
    return true;
}

SETTER(set_timeout)
{
    return value_seconds(value, &((struct options *)target)->timeout, e);
}

SETTER(set_stage_timeout)
{
    return value_seconds(value, &((struct options *)target)->stage_timeout, e);
}

SETTER(set_port)
{
    return value_unsigned(value, 1, 65535, "port number", &((struct options *)target)->port, e);
}

SETTER(set_ipv4)
{
    (void)value, (void)e;
    ((struct options *)target)->family = AF_INET;
    return true;
}

SETTER(set_ipv6)
{
    (void)value, (void)e;
    ((struct options *)target)->family = AF_INET6;
    return true;
}

SETTER(set_parallel)
{
    return value_unsigned(value, 1, 10000, "number from 1 to 10000",
                          &((struct options *)target)->parallel, e);
}

SETTER(set_resolver)
{
    if (dns_config_add(&((struct options *)target)->dns, value))
        return true;
    return err_set(e, ERR_USAGE, "is not ADDRESS or ADDRESS:PORT, or one resolver too many");
}

SETTER(set_trust_ad)
{
    (void)value, (void)e;
    ((struct options *)target)->dns.trust_ad = true;
    return true;
}

SETTER(set_level)
{
    struct options *o = target;

    o->level_given = true;
    return value_level(value, &o->terms.level, e);
}

SETTER(set_match)
{
    return value_list(value, &((struct options *)target)->match, value_match, e);
}

SETTER(set_fingerprint)
{
    return value_list(value, &((struct options *)target)->fingerprints, value_fingerprint, e);
}

SETTER(set_sni)
{
    const char **sni = &((struct options *)target)->terms.sni;

    *sni = strcmp(value, "none") == 0 ? "none" : value_name(value, e);
    return *sni != NULL;
}

SETTER(set_helo)
{
    struct options *o = target;

    o->helo = value[0] == '[' && value_host(value, e) ? value : value_name(value, e);
    return o->helo != NULL;
}

SETTER(set_min_tls)
{
    struct options *o = target;

    o->min_version_given = true;
    return value_min_tls(value, &o->terms.min_version, &o->terms.min_version_name, e);
}

SETTER(set_ca_file)
{
    (void)e;
    ((struct options *)target)->trust.ca_file = value;
    return true;
}

SETTER(set_ca_dir)
{
    (void)e;
    ((struct options *)target)->trust.ca_dir = value;
    return true;
}

SETTER(set_client_cert)
{
    (void)e;
    ((struct options *)target)->trust.client_cert = value;
    return true;
}

SETTER(set_client_key)
{
    (void)e;
    ((struct options *)target)->trust.client_key = value;
    return true;
}

SETTER(set_warning)
{
    return value_range(value, &((struct options *)target)->judge.warn, e);
}

SETTER(set_critical)
{
    return value_range(value, &((struct options *)target)->judge.crit, e);
}

SETTER(set_stage_warning)
{
    return value_stage_range(value, ((struct options *)target)->judge.stage_warn, e);
}

SETTER(set_stage_critical)
{
    return value_stage_range(value, ((struct options *)target)->judge.stage_crit, e);
}

SETTER(set_days)
{
    if (threshold_days_parse(value, &((struct options *)target)->judge.days))
        return true;
    return err_set(e, ERR_USAGE, "is not WARN[,CRIT] in days or percent, WARN the larger");
}

SETTER(set_on)
{
    return value_on(value, ((struct options *)target)->terms.on, e);
}

SETTER(set_at)
{
    ((struct options *)target)->at_given = true;
    return value_time(value, &((struct options *)target)->judge.now, e);
}

/* Finds a word among `count`; its index, or an error. */
static bool choose(const char *value, const char *const *words, int count, int *out, struct err *e)
{
    for (*out = 0; *out < count; ++*out) {
        if (strcmp(value, words[*out]) == 0)
            return true;
    }
    err_set(e, ERR_USAGE, "is not one of");
    for (int i = 0; i < count; i++)
        text_append(e->text, sizeof e->text, "%s %s", i ? "," : "", words[i]);
    return false;
}

SETTER(set_format)
{
    static const char *const words[] = {"nagios", "table", "json"};
    int i;

    if (!choose(value, words, 3, &i, e))
        return false;
    ((struct options *)target)->output.format = (enum report_format)i;
    return true;
}

SETTER(set_perfdata)
{
    static const char *const words[] = {"gateway", "address", "none"};
    int i;

    if (!choose(value, words, 3, &i, e))
        return false;
    ((struct options *)target)->output.perfdata = (enum report_perfdata)i;
    return true;
}

SETTER(set_perfdata_thresholds)
{
    static const char *const words[] = {"range", "plain"};
    int i;

    if (!choose(value, words, 2, &i, e))
        return false;
    ((struct options *)target)->output.plain_thresholds = i == 1;
    return true;
}

static const struct options_spec shared[] = {
    {"help", 'h', NULL, NULL, "print this help"},
    {"version", 'V', NULL, NULL, "print the version"},
    {"verbose", 'v', NULL, set_verbose,
     "more output: the matrix, -vv TLS and certificates, -vvv the SMTP transcript"},
    {"timeout", 't', "SECONDS", set_timeout, "the whole run (45)"},
    {"stage-timeout", 0, "SECONDS", set_stage_timeout, "one stage (20), never more than -t leaves"},
    {"port", 'p', "PORT", set_port, "SMTP port (25; 465 with --tls-wrapper)"},
    {"ipv4", '4', NULL, set_ipv4, "IPv4 addresses only"},
    {"ipv6", '6', NULL, set_ipv6, "IPv6 addresses only"},
    {"parallel", 0, "N", set_parallel, "sessions at once (256)"},
    {"resolver", 0, "ADDRESS[:PORT]", set_resolver,
     "ask this resolver, repeat for several (those of /etc/resolv.conf); [v6]:port for IPv6"},
    {"trust-ad", 0, NULL, set_trust_ad, "believe the AD bit of a resolver that is not on loopback"},
    {"tls-level", 0, "LEVEL", set_level,
     "may, encrypt, fingerprint, verify, secure, dane, dane-only (verify)"},
    {"match", 0, "NAME[,NAME...]", set_match,
     "names that the certificate may have: hostname (for verify), nexthop, dot-nexthop (both for "
     "secure), a name, .name for its subdomains"},
    {"fingerprint", 0, "HEX[,HEX...]", set_fingerprint,
     "SHA-256 of certificate or public key, for level fingerprint"},
    {"sni", 0, "NAME|none", set_sni, "server name to ask for (the MX host's)"},
    {"helo", 0, "NAME", set_helo, "name to greet with (this machine's)"},
    {"min-tls", 0, "VERSION", set_min_tls, "1.0, 1.1, 1.2 or 1.3 (1.2)"},
    {"ca-file", 0, "FILE", set_ca_file, "trusted certificates instead of the system's"},
    {"ca-dir", 0, "DIR", set_ca_dir, "directory of hashed certificates instead of the system's"},
    {"client-cert", 0, "FILE", set_client_cert, "certificate chain to show to the gateway"},
    {"client-key", 0, "FILE", set_client_key, "its key, where it is not in the same file"},
    {"warning", 'w', "RANGE", set_warning, "of the slowest gateway's total, in seconds"},
    {"critical", 'c', "RANGE", set_critical, "likewise"},
    {"stage-warning", 0, "STAGE=RANGE", set_stage_warning, "of one stage's latency, repeat"},
    {"stage-critical", 0, "STAGE=RANGE", set_stage_critical, "likewise"},
    {"days", 'D', "WARN[,CRIT]", set_days,
     "days of validity left, or percent of the leaf's lifetime; by default the leaf at the smaller "
     "of 30 days and 25%, and of 14 days and 10%, the others at 30,14"},
    {"on", 0, "CODE=STATE", set_on,
     "what a finding counts as: ok, warning, critical, unknown; repeat"},
    {"at", 0, "TIME", set_at, "judge validity as of this RFC 3339 time"},
    {"format", 0, "FORMAT", set_format, "nagios, table or json (nagios)"},
    {"perfdata", 0, "WHICH", set_perfdata, "gateway, address or none (gateway)"},
    {"perfdata-thresholds", 0, "FORM", set_perfdata_thresholds, "range or plain numbers (range)"},
    {"list-findings", 0, NULL, NULL, "print all findings, what they count as and when they come"},
    {"extra-opts", 0, "[SECTION][@FILE]", NULL,
     "read options from a section of a plugins.ini file, given as --extra-opts=..."},
    {0},
};

/* --- printing --- */

static void add_spec(struct text *out, const struct options_spec *s)
{
    char head[80];

    snprintf(head, sizeof head, "  %c%c%c --%s%s%s", s->letter ? '-' : ' ',
             s->letter ? s->letter : ' ', s->letter ? ',' : ' ', s->name, s->argument ? "=" : "",
             s->argument ? s->argument : "");
    text_addf(out, "%s\n        %s\n", head, s->help);
}

static _Noreturn void print_help(const struct options_plugin *p)
{
    struct text out;

    text_init(&out, 65536);
    text_addf(&out, "%s: %s\n\nUsage: %s\n\n", p->name, p->purpose, p->synopsis);
    for (const struct options_spec *s = p->specs; s->name; s++)
        add_spec(&out, s);
    text_add(&out, "\nOptions of all plugins (defaults in brackets):\n\n");
    for (const struct options_spec *s = shared; s->name; s++)
        add_spec(&out, s);
    text_add(&out, "\nRANGE is the monitoring plugins' range syntax. "
                   "Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n");
    plugin_end(p->service, &out, STATE_UNKNOWN, POOL_DONE);
}

static _Noreturn void print_version(const struct options_plugin *p)
{
    struct text out;

    text_init(&out, 256);
    text_addf(&out, "%s %s (mailtls-plugins, %s)\n", p->name, VERSION,
              OpenSSL_version(OPENSSL_VERSION));
    plugin_end(p->service, &out, STATE_UNKNOWN, POOL_DONE);
}

static _Noreturn void print_findings(const struct options_plugin *p)
{
    struct text out;

    text_init(&out, 65536);
    for (int c = 0; c < FINDING_COUNT; c++) {
        const struct finding_info *i = finding_info((enum finding_code)c);

        if (!finding_is_of((enum finding_code)c, p->findings))
            continue;
        text_addf(&out, "%-26s %-8s  %s%s%s%s\n", i->code, state_name(i->state), i->when,
                  i->state_note ? " (" : "", i->state_note ? i->state_note : "",
                  i->state_note ? ")" : "");
    }
    plugin_end(p->service, &out, STATE_UNKNOWN, POOL_DONE);
}

/* --- parsing --- */

struct table {
    const struct options_spec *specs[SPECS_MAX];
    void *targets[SPECS_MAX];
    struct option longs[SPECS_MAX + 1];
    char letters[2 * SPECS_MAX + 2];
    size_t count;
};

static void add_specs(struct table *t, const struct options_spec *specs, void *target)
{
    size_t letters = strlen(t->letters);

    for (; specs->name; specs++) {
        t->specs[t->count] = specs;
        t->targets[t->count] = target;
        t->longs[t->count] =
            (struct option){specs->name, specs->argument ? required_argument : no_argument, NULL,
                            FIRST_LONG + (int)t->count};
        if (specs->letter) {
            t->letters[letters++] = specs->letter;
            if (specs->argument)
                t->letters[letters++] = ':';
        }
        t->count++;
    }
}

static const struct options_spec *find_spec(const struct table *t, int c, size_t *index)
{
    for (*index = 0; *index < t->count; ++*index) {
        if (c == FIRST_LONG + (int)*index || (c < FIRST_LONG && t->specs[*index]->letter == c))
            return t->specs[*index];
    }
    return NULL;
}

static _Noreturn void refuse_argument(const struct options_plugin *p, char **argv, int c)
{
    struct err e;
    const char *word = argv[optind - 1];

    if (c == ':')
        err_set(&e, ERR_USAGE, "%.100s: value missing", word);
    else if (optopt > 0 && optopt < FIRST_LONG)
        err_set(&e, ERR_USAGE, "unknown option \"-%c\"; see --help", optopt);
    else if (optopt >= FIRST_LONG)
        err_set(&e, ERR_USAGE, "%.100s: takes no value", word);
    else
        err_set(&e, ERR_USAGE, "unknown or ambiguous option \"%.100s\"; see --help", word);
    plugin_usage_error(p->service, e.text);
}

static void apply(const struct options_plugin *p, const struct options_spec *s, void *target,
                  const char *value)
{
    struct err e = {0}, full;

    if (strcmp(s->name, "help") == 0)
        print_help(p);
    if (strcmp(s->name, "version") == 0)
        print_version(p);
    if (strcmp(s->name, "list-findings") == 0)
        print_findings(p);
    if (s->set(target, value, &e))
        return;
    if (value && e.cause == ERR_USAGE)
        err_set(&full, ERR_USAGE, "--%s: \"%.100s\" %.140s", s->name, value, e.text);
    else
        err_set(&full, e.cause, "--%s: %.200s", s->name, e.text);
    plugin_usage_error(p->service, full.text);
}

static void defaults(const struct options_plugin *p, struct options *o)
{
    *o = (struct options){.timeout = 45, .stage_timeout = 20, .family = AF_UNSPEC, .parallel = 256};
    terms_default(&o->terms);
    o->judge.now = time(NULL);
    o->output.service = p->service;
}

/* What only shows once all options are known. */
static bool complete(struct options *o, struct err *e)
{
    bool fingerprint = o->terms.level == LEVEL_FINGERPRINT;

    if (fingerprint != (o->fingerprints.count > 0))
        return err_set(e, ERR_USAGE,
                       fingerprint ? "--tls-level fingerprint needs --fingerprint"
                                   : "--fingerprint needs --tls-level fingerprint");
    if (o->trust.client_key && !o->trust.client_cert)
        return err_set(e, ERR_USAGE, "--client-key needs --client-cert");
    o->match_given = o->match.count > 0;
    if (o->match.count == 0 && o->terms.level == LEVEL_SECURE) {
        o->match.at[o->match.count++] = "nexthop";
        o->match.at[o->match.count++] = "dot-nexthop";
    } else if (o->match.count == 0) {
        o->match.at[o->match.count++] = "hostname";
    }
    o->terms.match = o->match.at;
    o->terms.match_count = o->match.count;
    o->terms.fingerprints = o->fingerprints.at;
    o->terms.fingerprint_count = o->fingerprints.count;
    o->terms.tlsa = level_is_dane(o->terms.level);
    o->output.timeout = o->timeout;
    o->output.colour = o->output.format == REPORT_TABLE && isatty(STDOUT_FILENO);
    plugin_system_resolvers(&o->dns);
    plugin_trust_environment(&o->trust);
    return true;
}

void options_parse(const struct options_plugin *p, int argc, char **argv, struct options *o)
{
    struct table t = {.letters = ":"};
    struct err e = {0};
    int c;

    defaults(p, o);
    add_specs(&t, shared, o);
    add_specs(&t, p->specs, p->own);
    o->argv = argv = extra_opts_expand(p->name, &argc, argv, &e);
    if (!argv)
        plugin_usage_error(p->service, e.text);
    opterr = 0;
    while ((c = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1) {
        size_t index;
        const struct options_spec *s = find_spec(&t, c, &index);

        if (!s)
            refuse_argument(p, argv, c);
        apply(p, s, t.targets[index], optarg);
    }
    if (optind < argc) {
        err_set(&e, ERR_USAGE, "unexpected argument \"%.100s\"", argv[optind]);
        plugin_usage_error(p->service, e.text);
    }
    if (!complete(o, &e) || (p->check && !p->check(p->own, o, &e)))
        plugin_usage_error(p->service, e.text);
    o->terms.trust = trust_new(&o->trust, &e);
    if (!o->terms.trust)
        plugin_usage_error(p->service, e.text);
}
