/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_settings.h"

#include <string.h>

#include "base/process.h"
#include "base/process_answer.h"
#include "base/span.h"

enum { OUTPUT_MAX = 65536, ARGUMENTS_MAX = 12 };

/* Takes a line "name = value" of postconf; the names that do not matter change nothing. Text that
 * does not fit becomes "". */
static void take(struct span line, struct maillog_settings *out)
{
    struct span name = span_trim(span_until(&line, '=')), value = span_trim(line);
    bool logs = value.len > 0 && value.at[0] != '0';
    bool is_delimiter = value.len > 0 && !memchr(value.at, '+', value.len);

    if (span_is(name, "mynetworks"))
        span_copy(value, out->networks, sizeof out->networks);
    else if (span_is(name, "syslog_name"))
        span_copy(value, out->syslog_name, sizeof out->syslog_name);
    else if (span_is(name, "recipient_delimiter") && is_delimiter)
        out->delimiter = value.at[0];
    else if (span_is(name, "smtp_tls_loglevel"))
        out->client_logs = logs;
    else if (span_is(name, "smtpd_tls_loglevel"))
        out->server_logs = logs;
}

/* Whether postconf answered. False with `e` filled: what is not known, and why. */
static bool answered(const struct process_result *r, const char *directory, struct error *e)
{
    struct error why;

    if (process_answer_came(r, "postconf", &why))
        return true;
    return error_set(e, ERROR_FILE, "mynetworks of %.80s is not known: %.150s", directory,
                     why.text);
}

/* One run of postconf. */
struct question {
    const char *directory;
    const char *const *more; /* arguments, the last is NULL */
    void (*take)(struct span line, struct maillog_settings *out);
};

/* Asks, and takes each line of the answer; q->more has 8 arguments at most. *out has its defaults
 * before. False with `e` filled. */
static bool ask(const struct question *q, instant deadline, struct maillog_settings *out,
                struct error *e)
{
    const char *argv[ARGUMENTS_MAX] = {"postconf", "-c", q->directory};
    struct process_task task = {
        .argv = argv, .output_max = OUTPUT_MAX, .drop_errors = true, .deadline = deadline};
    struct process_result r;
    struct span rest;
    bool ok;

    for (size_t i = 0; q->more[i]; i++)
        argv[3 + i] = q->more[i];
    if (!process_run(&task, &r, e))
        return false;
    ok = answered(&r, q->directory, e);
    rest = span_of(text_str(&r.out));
    while (ok && rest.len > 0)
        q->take(span_until(&rest, '\n'), out);
    process_result_free(&r);
    return ok;
}

/* Clears client_logs or server_logs for "relay/unix/smtp_tls_loglevel = 0": a service of master.cf
 * that does not log TLS, so that nobody knows which processes do. Any other line changes nothing.
 */
static void take_override(struct span line, struct maillog_settings *out)
{
    struct span name = span_trim(span_until(&line, '=')), value = span_trim(line);

    if (!span_is(value, "0"))
        return;
    if (span_find(name, "/smtp_tls_loglevel") < name.len)
        out->client_logs = false;
    if (span_find(name, "/smtpd_tls_loglevel") < name.len)
        out->server_logs = false;
}

bool maillog_settings_ask(const char *directory, instant deadline, struct maillog_settings *out,
                          struct error *e)
{
    static const char *const values[] = {"-x",
                                         "mynetworks",
                                         "syslog_name",
                                         "recipient_delimiter",
                                         "smtp_tls_loglevel",
                                         "smtpd_tls_loglevel",
                                         NULL};
    static const char *const overrides[] = {"-P", "*/*/smtp_tls_loglevel", "*/*/smtpd_tls_loglevel",
                                            NULL};

    const struct question main_cf = {directory, values, take},
                          master_cf = {directory, overrides, take_override};

    *out = (struct maillog_settings){.syslog_name = "postfix", .delimiter = '+'};
    return ask(&main_cf, deadline, out, e) && ask(&master_cf, deadline, out, e);
}

bool maillog_settings_logs(const struct maillog_settings *s, const char *service, bool inbound)
{
    struct span name = span_of(service);

    if (!span_skip(&name, s->syslog_name))
        return false;
    if (inbound)
        return s->server_logs && span_is(name, "/smtpd");
    return s->client_logs && (span_is(name, "/smtp") || span_is(name, "/lmtp"));
}
