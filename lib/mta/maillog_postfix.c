/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_postfix.h"

#include <limits.h>
#include <string.h>

enum { QUEUE_ID_MIN = 5, QUEUE_ID_MAX = 20, DAEMON_MIN = 4, DAEMON_MAX = 6 };

/* The span without its first `n` bytes, which it must have. */
static struct span after(struct span s, size_t n)
{
    return (struct span){s.at + n, s.len - n};
}

/* The part of the tag after its last slash, if that is as long as the name of a daemon that
 * matters; else empty, or a part that has a slash. */
static struct span daemon_of(struct span tag)
{
    for (size_t len = DAEMON_MIN; len <= DAEMON_MAX && len < tag.len; len++) {
        if (tag.at[tag.len - len - 1] == '/')
            return after(tag, tag.len - len);
    }
    return (struct span){tag.at, 0};
}

enum maillog_daemon maillog_postfix_daemon(struct span tag)
{
    struct span daemon = daemon_of(tag);

    if (daemon.len == 0)
        return MAILLOG_NO_DAEMON;
    if (span_is(daemon, "smtp") || span_is(daemon, "lmtp"))
        return MAILLOG_CLIENT;
    if (span_is(daemon, "smtpd"))
        return MAILLOG_SERVER;
    if (span_is(daemon, "qmgr") || span_is(daemon, "nqmgr"))
        return MAILLOG_QUEUE;
    if (span_is(daemon, "pickup"))
        return MAILLOG_PICKUP;
    return MAILLOG_NO_DAEMON;
}

/* Whether a queue id may have a byte: letters and digits, although no queue id has all of them. A
 * table, because most lines begin with a queue id. */
static const bool id_letters[UCHAR_MAX + 1] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true};

/* The length of a word before ": " that looks like a queue id, as "warning: " does, too. 0: the
 * text does not begin with such a word. */
static size_t id_length(struct span text)
{
    size_t n = 0, end = text.len < QUEUE_ID_MAX + 1 ? text.len : QUEUE_ID_MAX + 1;

    while (n < end && id_letters[(unsigned char)text.at[n]])
        n++;
    if (n < QUEUE_ID_MIN || n > QUEUE_ID_MAX || n + 2 >= text.len)
        return 0;
    return text.at[n] == ':' && text.at[n + 1] == ' ' ? n : 0;
}

/* The text after "QUEUEID: ", and the queue id in *id, which is empty where the text does not begin
 * with one; a word that looks like one is taken off nevertheless. By value, unlike span_skip: a
 * span to which a pointer is passed has to be in memory, and reading it back takes time. */
static struct span after_queue_id(struct span text, struct span *id)
{
    size_t n = id_length(text);

    *id = (struct span){text.at, n};
    if (n == 0)
        return text;
    if (span_is(*id, "warning") || span_is(*id, "fatal") || span_is(*id, "NOQUEUE"))
        id->len = 0;
    return after(text, n + 2);
}

/* Returns the index of the '>' that ends "address>" whose local part has a quoted string, which may
 * have anything in it; `text.len`: there is none. */
static size_t quoted_end(struct span text)
{
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '>' && !quoted)
            return i;
    }
    return text.len;
}

/* The index of the '>' that ends "address>"; `text.len`: there is none. */
static size_t address_length(struct span text)
{
    size_t len = span_index(text, '>', '"');

    return len < text.len && text.at[len] == '"' ? quoted_end(text) : len;
}

/* Takes "address>" off the text; *address, which may be empty, is without '>'. False: there is no
 * '>' that ends it, and nothing changes. */
static inline bool take_address(struct span *text, struct span *address)
{
    size_t len = address_length(*text);

    if (len == text->len)
        return false;
    *address = (struct span){text->at, len};
    *text = after(*text, len + 1);
    return true;
}

/* --- TLS --- */

enum maillog_tls maillog_postfix_tls(struct span value)
{
    static const struct {
        const char *word;
        enum maillog_tls tls;
    } words[] = {
        {"none", MAILLOG_PLAINTEXT},      {"may", MAILLOG_ENCRYPTED},
        {"encrypt", MAILLOG_ENCRYPTED},   {"halfdane", MAILLOG_ENCRYPTED},
        {"half-dane", MAILLOG_ENCRYPTED}, {"fingerprint", MAILLOG_VERIFIED},
        {"verify", MAILLOG_VERIFIED},     {"secure", MAILLOG_VERIFIED},
        {"dane", MAILLOG_VERIFIED},       {"dane-only", MAILLOG_VERIFIED},
    };
    struct span level = span_until(&value, '/'), first = span_until(&level, ':');

    if (level.len == 0)
        level = first;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_is(level, words[i].word))
            return words[i].tls;
    }
    return MAILLOG_UNKNOWN; /* "!" and "?": it was not delivered over that */
}

/* Takes the first word of a TLS line off the text, and sets what it means. False: it is another
 * line, and nothing changes. */
static inline bool take_level(struct span *text, enum maillog_tls *tls)
{
    if (span_skip(text, "Verified "))
        *tls = MAILLOG_VERIFIED;
    else if (span_skip(text, "Trusted "))
        *tls = MAILLOG_TRUSTED;
    else if (span_skip(text, "Untrusted ") || span_skip(text, "Anonymous "))
        *tls = MAILLOG_ENCRYPTED;
    else
        return false;
    return true;
}

/* Takes "Verified TLS connection established " off the text. False: it is another line, and *text
 * is unchanged; *tls may have been set. */
static inline bool take_tls(struct span *text, enum maillog_tls *tls)
{
    struct span rest = *text;

    if (!take_level(&rest, tls) || !span_skip(&rest, "TLS connection "))
        return false;
    if (!span_skip(&rest, "established ") && !span_skip(&rest, "reused "))
        return false;
    *text = rest;
    return true;
}

/* --- smtp(8), lmtp(8) --- */

/* Sets the status by the first word after "status=", MAILLOG_BOUNCED for any that is not known; the
 * reason is the rest, also of mail that was sent. */
static void read_status(struct span text, struct maillog_event *out)
{
    struct span word = span_until(&text, ' ');

    out->status = MAILLOG_BOUNCED; /* bounced, expired */
    if (span_is(word, "sent"))
        out->status = MAILLOG_SENT;
    else if (span_is(word, "deferred"))
        out->status = MAILLOG_DEFERRED;
    else if (span_is(word, "deliverable"))
        out->status = MAILLOG_DELIVERABLE;
    else if (span_is(word, "undeliverable"))
        out->status = MAILLOG_UNDELIVERABLE;
    out->reason = text;
}

/* Fills *out by what follows "to=<": "address>, orig_to=<x>, relay=host[address]:25, conn_use=2,
 * delay=..., dsn=2.0.0, status=sent (...)". False: an address, the relay or the status is missing.
 */
static bool read_delivery(struct span text, struct maillog_event *out)
{
    struct span ignored, field;

    out->kind = MAILLOG_DELIVERY;
    if (!take_address(&text, &out->address))
        return false;
    if (span_skip(&text, ", orig_to=<") && !take_address(&text, &ignored))
        return false;
    if (!span_skip(&text, ", relay="))
        return false;
    out->peer = span_until(&text, ',');
    while (span_skip(&text, " ")) {
        if (span_skip(&text, "status=")) {
            read_status(text, out);
            return true;
        }
        field = span_until(&text, ',');
        if (span_skip(&field, "tls=")) {
            out->tls_given = true;
            out->tls = maillog_postfix_tls(field);
        }
    }
    return false;
}

/* Whether smtp(8) or lmtp(8) has another session, or none, after a line, given without its queue
 * id: what its process logged of TLS before does not count any more. */
static bool is_lost(struct span text)
{
    static const char *const words[] = {
        "lost connection with ", "Cannot start TLS", "SSL_connect error to ", "connect to ",
        "conversation with ",    "TLS is required",  "Server certificate ",   "timeout ",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_begins(text, words[i]))
            return true;
    }
    return false;
}

/* Fills *out by what follows "Verified TLS connection established ", "to mx[192.0.2.1]:25: TLSv1.3
 * with ...". False: it is another line. */
static bool read_client_tls(struct span text, struct maillog_event *out)
{
    out->kind = MAILLOG_CLIENT_TLS;
    if (!span_skip(&text, "to "))
        return false;
    out->peer = span_until(&text, ' ');
    if (out->peer.len > 0 && out->peer.at[out->peer.len - 1] == ':')
        out->peer.len--;
    return true;
}

/* Fills *out, which has only tag and pid, by a line of smtp(8) or lmtp(8). False: it says nothing
 * that matters, and *out is of no use. */
static bool read_client(struct span text, struct maillog_event *out)
{
    if (take_tls(&text, &out->tls))
        return read_client_tls(text, out);
    text = after_queue_id(text, &out->queue_id);
    if (out->queue_id.len > 0 && span_skip(&text, "to=<"))
        return read_delivery(text, out);
    out->kind = MAILLOG_CLIENT_LOST;
    return is_lost(text);
}

/* --- smtpd(8) --- */

/* The TLS of a session by its counts "ehlo=2 starttls=1 mail=1 ...": N is how often a command
 * succeeded, M/N of how many. A session that had TLS has one STARTTLS or more that succeeded; else
 * it is MAILLOG_PLAINTEXT. MAILLOG_UNKNOWN: there are no counts. */
static enum maillog_tls counted_tls(struct span counts)
{
    bool any = counts.len > 0 && memchr(counts.at, '=', counts.len);

    while (counts.len > 0) {
        struct span word = span_until(&counts, ' ');

        if (span_skip(&word, "starttls="))
            return word.len > 0 && word.at[0] != '0' ? MAILLOG_ENCRYPTED : MAILLOG_PLAINTEXT;
    }
    return any ? MAILLOG_PLAINTEXT : MAILLOG_UNKNOWN;
}

/* Whether a listener has TLS from the first byte, by the usual names of such; it has no STARTTLS to
 * count. */
static bool is_wrapper(struct span tag)
{
    return span_find(tag, "/smtps/") < tag.len || span_find(tag, "/submissions/") < tag.len;
}

/* Fills *out by a line of smtpd(8). False: it says nothing that matters. */
static bool read_server(const struct maillog_line *line, struct maillog_event *out)
{
    struct span text = line->text;

    if (span_begins(text, "connect from ")) {
        out->kind = MAILLOG_SERVER_CONNECT;
        return true;
    }
    if (span_skip(&text, "disconnect from ")) {
        out->kind = MAILLOG_SERVER_END;
        span_until(&text, ' ');
        out->tls = counted_tls(text);
        out->wrapper = out->tls != MAILLOG_ENCRYPTED && is_wrapper(line->tag);
        return true;
    }
    if (take_tls(&text, &out->tls)) {
        out->kind = MAILLOG_SERVER_TLS;
        return span_begins(text, "from ");
    }
    text = after_queue_id(text, &out->queue_id);
    if (out->queue_id.len == 0 || !span_skip(&text, "client="))
        return false;
    out->kind = MAILLOG_SERVER_MESSAGE;
    out->peer = span_until(&text, ',');
    return true;
}

/* --- qmgr(8) --- */

/* Fills *out by a line of qmgr(8): the sender of a message. False: it says nothing that matters. */
static bool read_queue(struct span text, struct maillog_event *out)
{
    text = after_queue_id(text, &out->queue_id);
    if (out->queue_id.len == 0 || !span_skip(&text, "from=<"))
        return false;
    out->kind = MAILLOG_SENDER;
    return take_address(&text, &out->address);
}

/* --- pickup(8) --- */

/* Fills *out by "QUEUEID: uid=0 from=<sender>". False: it says nothing that matters. */
static bool read_pickup(struct span text, struct maillog_event *out)
{
    text = after_queue_id(text, &out->queue_id);
    if (out->queue_id.len == 0 || !span_skip(&text, "uid="))
        return false;
    span_until(&text, ' ');
    out->kind = MAILLOG_SUBMITTED;
    return span_skip(&text, "from=<") && take_address(&text, &out->address);
}

bool maillog_postfix_event(enum maillog_daemon daemon, const struct maillog_line *line,
                           struct maillog_event *out)
{
    maillog_event_begin(out, line->tag, line->pid);
    if (daemon == MAILLOG_CLIENT)
        return read_client(line->text, out);
    if (daemon == MAILLOG_SERVER)
        return read_server(line, out);
    if (daemon == MAILLOG_PICKUP)
        return read_pickup(line->text, out);
    return read_queue(line->text, out);
}
