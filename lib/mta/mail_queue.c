/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mail_queue.h"

#include <jansson.h>
#include <string.h>

#include "base/process.h"
#include "base/process_answer.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024, EXIM_ID = 16, EXIM_LONG_ID = 23 };

/* --- reasons --- */

/* Parts of what Postfix and Exim say, by the sources that say it: Postfix 3.4 to 3.12, Exim 4.90 to
 * 4.98. The first that fits decides, so that a part of another one comes after that. */
static const struct {
    const char *text;
    enum mail_queue_cause cause;
} reasons[] = {
    /* a time-out is none of TLS, even in a handshake; Exim's tls-gnu.c and tls-openssl.c */
    {"): timed out", MAIL_QUEUE_OTHER},

    /* ours: Postfix's smtp_proto.c, */
    {"TLS engine is unavailable", MAIL_QUEUE_OURS},
    {"TLS is required, but unavailable", MAIL_QUEUE_OURS},
    /* its smtp_tls_policy.c, */
    {"client TLS configuration problem", MAIL_QUEUE_OURS},
    {"configured, but no requisite library support", MAIL_QUEUE_OURS},
    {"configured with dnssec lookups disabled", MAIL_QUEUE_OURS},
    {"configured with MX lookup errors ignored", MAIL_QUEUE_OURS},
    {"dns resolver options incompatible with", MAIL_QUEUE_OURS},
    /* its smtp_connect.c; */
    {"REQUIRETLS policy configuration error", MAIL_QUEUE_OURS},
    /* Exim's tls-gnu.c */
    {"(cert/key setup", MAIL_QUEUE_OURS},
    {"(setting certificate trust)", MAIL_QUEUE_OURS},
    {"(gnutls_certificate_", MAIL_QUEUE_OURS},
    {"(gnutls_credentials_set)", MAIL_QUEUE_OURS},
    {"(gnutls_priority_", MAIL_QUEUE_OURS},
    {"(gnutls_global_init)", MAIL_QUEUE_OURS},
    {"(gnutls_init)", MAIL_QUEUE_OURS},
    /* and tls-openssl.c */
    {"(SSL_CTX_", MAIL_QUEUE_OURS},
    {"(X509_STORE_load_locations)", MAIL_QUEUE_OURS},
    {"(openssl_options parsing failed)", MAIL_QUEUE_OURS},
    {"(library init)", MAIL_QUEUE_OURS},
    {"(context init)", MAIL_QUEUE_OURS},

    /* the partner's: Postfix's smtp_proto.c, */
    {"TLS is required, but", MAIL_QUEUE_PARTNERS},
    {"Cannot start TLS", MAIL_QUEUE_PARTNERS},
    {"Server certificate not", MAIL_QUEUE_PARTNERS},
    /* its smtp_tls_policy.c; */
    {"no TLSA records found", MAIL_QUEUE_PARTNERS},
    {"TLSA records unusable", MAIL_QUEUE_PARTNERS},
    {"TLSA lookup error", MAIL_QUEUE_PARTNERS},
    {"non DNSSEC destination", MAIL_QUEUE_PARTNERS},
    {"Verification not possible, MX RRset is insecure", MAIL_QUEUE_PARTNERS},
    /* Exim's transports/smtp.c */
    {"a TLS session is required", MAIL_QUEUE_PARTNERS},
    {"SMTP error from remote mail server after STARTTLS", MAIL_QUEUE_PARTNERS},
    {"in response to TLS-on-connect", MAIL_QUEUE_PARTNERS},
    {"TLS session: ", MAIL_QUEUE_PARTNERS},
    {"DANE error", MAIL_QUEUE_PARTNERS},
};

/* The reason without what the other server said: no server decides that mail waits because of us.
 */
static struct span our_words(struct span reason)
{
    static const struct {
        const char *text;
        size_t more; /* bytes that are still ours */
    } quotes[] = {
        {" said: ", 0},
        {"refused to start TLS: ", 0},
        {"SMTP error from remote mail server after ", sizeof "STARTTLS" - 1},
    };

    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        size_t at = span_find(reason, quotes[i].text);
        size_t end = at + strlen(quotes[i].text) + quotes[i].more;

        if (at < reason.len && end < reason.len)
            reason.len = end;
    }
    return reason;
}

enum mail_queue_cause mail_queue_cause(struct span reason)
{
    reason = our_words(reason);
    /* Postfix's smtp_tls_policy.c says that of smtp_tls_per_site. The partner's server says it of
     * anything: then the reason has more words. */
    if (span_is(reason, "Temporary lookup error"))
        return MAIL_QUEUE_OURS;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (span_find(reason, reasons[i].text) < reason.len)
            return reasons[i].cause;
    }
    return MAIL_QUEUE_OTHER;
}

/* --- programs --- */

/* A cure for the complaint of a program, beginning with "; "; "" where none is known. Static. */
static const char *cure_of(const char *said)
{
    if (strstr(said, "not allowed to view the mail queue"))
        return "; add the monitoring user to authorized_mailq_users";
    if (strstr(said, "alternate_config_directories"))
        return "; name the directory in alternate_config_directories of the default main.cf";
    if (strstr(said, "ermission denied") || strstr(said, "xim user"))
        return "; add the monitoring user to the group Debian-exim";
    return "";
}

/* Whether the program answered. False with `e` filled: why not, with a cure if one is known. `name`
 * is what the message calls the program. */
static bool answered(const struct process_result *r, const char *name, struct error *e)
{
    if (process_answer_came(r, name, e))
        return true;
    text_append(e->text, sizeof e->text, "%s", cure_of(text_str(&r->err)));
    return false;
}

/* --- Postfix: postqueue -j, a message a line --- */

/* The string at `key`, borrowed from the object; empty where there is none. */
static struct span string_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return span_of(s ? s : "");
}

/* Calls the sink for each recipient of a message, perhaps for none; what the message lacks is
 * empty, or 0. */
static void add_message(const json_t *message, mail_queue_sink *sink, void *ctx)
{
    const json_t *recipients = json_object_get(message, "recipients");
    struct mail_queue_entry entry = {
        .arrived = (time_t)json_integer_value(json_object_get(message, "arrival_time")),
        .queue_id = string_of(message, "queue_id")};

    for (size_t i = 0; i < json_array_size(recipients); i++) {
        const json_t *recipient = json_array_get(recipients, i);

        entry.address = string_of(recipient, "address");
        entry.reason = string_of(recipient, "delay_reason");
        sink(ctx, &entry);
    }
}

/* Calls the sink for each recipient in the output of postqueue -j. False with `e` filled: a line is
 * not JSON; the recipients before it are passed on already. */
static bool add_messages(struct span rest, mail_queue_sink *sink, void *ctx, struct error *e)
{
    while (rest.len > 0) {
        struct span line = span_until(&rest, '\n');
        json_t *message = json_loadb(line.at, line.len, JSON_ALLOW_NUL, NULL);

        if (!message)
            return error_set(e, ERROR_FILE, "postqueue -j printed a line that is not JSON");
        add_message(message, sink, ctx);
        json_decref(message);
    }
    return true;
}

bool mail_queue_postfix(const char *directory, instant deadline, mail_queue_sink *sink, void *ctx,
                        struct error *e)
{
    const char *const argv[] = {"postqueue", "-c", directory, "-j", NULL};
    struct process_task task = {
        .argv = argv, .output_max = OUTPUT_MAX, .drop_errors = true, .deadline = deadline};
    struct process_result r;
    bool ok;

    if (!process_run(&task, &r, e))
        return false;
    ok = answered(&r, "postqueue", e) && add_messages(span_of(text_str(&r.out)), sink, ctx, e);
    process_result_free(&r);
    return ok;
}

/* --- Exim: exim -bpr --- */

/* When a message came, by its id of 6 bytes or more, which begins with the seconds since 1970 in
 * base 62; 0: the id does not. */
static time_t time_of(struct span id)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    int64_t n = 0;

    for (size_t i = 0; i < 6; i++) {
        const char *digit = memchr(digits, id.at[i], sizeof digits - 1);

        if (!digit)
            return 0;
        n = n * 62 + (digit - digits);
    }
    return (time_t)n;
}

/* Calls the sink for each recipient in the output of exim -bpr to whom the message has not been
 * delivered; other lines are skipped. A message is a line "2h 2.9K ID <sender>", then its
 * recipients, those that are done with a D, and an empty line. */
static void read_exim(struct span rest, mail_queue_sink *sink, void *ctx)
{
    struct mail_queue_entry entry = {.reason = span_of("")};

    while (rest.len > 0) {
        struct span line = span_until(&rest, '\n'), words = line;
        struct span first = span_word(&words, " "), second = span_word(&words, " ");
        struct span id = span_word(&words, " ");

        if ((id.len == EXIM_ID || id.len == EXIM_LONG_ID) && id.at[6] == '-') {
            entry.queue_id = id;
            entry.arrived = time_of(id);
        } else if (entry.queue_id.len > 0 && first.len > 0 && second.len == 0) {
            entry.address = first;
            sink(ctx, &entry);
        }
    }
}

bool mail_queue_exim(const char *configuration, instant deadline, mail_queue_sink *sink, void *ctx,
                     struct error *e)
{
    const char *const usual[] = {"exim", "-bpr", NULL}, *const usual4[] = {"exim4", "-bpr", NULL};
    const char *const other[] = {"exim", "-C", configuration, "-bpr", NULL};
    bool is_default = strcmp(configuration, "default") == 0;
    struct process_task task = {
        .output_max = OUTPUT_MAX, .drop_errors = true, .deadline = deadline};
    struct process_result r;
    bool ok;

    task.argv = is_default ? usual : other;
    if (!process_run(&task, &r, e))
        return false;
    if (r.end == PROCESS_MISSING && is_default) {
        process_result_free(&r);
        task.argv = usual4;
        if (!process_run(&task, &r, e))
            return false;
    }
    ok = answered(&r, "exim -bpr", e);
    if (ok)
        read_exim(span_of(text_str(&r.out)), sink, ctx);
    process_result_free(&r);
    return ok;
}
