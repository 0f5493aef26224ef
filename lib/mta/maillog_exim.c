/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_exim.h"

#include <string.h>

/* Whether a byte is an ASCII letter or digit. */
static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Whether a span is a message's id: "1rXYZa-0000AB-CD", or from 4.97 on "1rXYZa-0000000ABCD-abcd".
 */
static bool is_message_id(struct span s)
{
    size_t first = 6, second = s.len == 16 ? 13 : 18;

    if ((s.len != 16 && s.len != 23) || s.at[first] != '-' || s.at[second] != '-')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (i != first && i != second && !is_letter_or_digit(s.at[i]))
            return false;
    }
    return true;
}

/* Takes the next field and the blank after it off *s: a word, whose value may be in double quotes,
 * which stay. Empty at the end, and between two blanks. */
static struct span take_field(struct span *s)
{
    bool quoted = false;
    size_t n = 0;
    struct span field;

    while (n < s->len && (quoted || s->at[n] != ' ')) {
        if (s->at[n] == '\\' && n + 1 < s->len)
            n++;
        else if (s->at[n] == '"')
            quoted = !quoted;
        n++;
    }
    field = (struct span){s->at, n};
    *s = (struct span){s->at + n, s->len - n};
    span_skip(s, " ");
    return field;
}

/* The host of a field "H=", whose text after that is `name`; *rest follows the field, and loses
 * what belongs to the host. "mx.example.com [192.0.2.1]:25", "(helo) [192.0.2.1]": everything to
 * the end of the address and port. Without an address it is `name`, and *rest is unchanged. */
static struct span take_host(struct span name, struct span *rest)
{
    struct span after = *rest, word = name;
    const char *end;

    while (word.len > 0 && word.at[0] != '[')
        word = take_field(&after);
    if (word.len == 0)
        return name;
    *rest = after;
    end = word.at + word.len;
    if (end[-1] == ':')
        end--;
    return (struct span){name.at, (size_t)(end - name.at)};
}

/* Sets the peer by the host of a field "H=", as take_host has it, and whether the message went over
 * a connection that was there already, which a '*' after the host says. */
static void read_host(struct span name, struct span *rest, struct maillog_event *out)
{
    struct span peer = take_host(name, rest);

    out->continued = peer.len > 0 && peer.at[peer.len - 1] == '*';
    if (out->continued)
        peer.len--;
    out->peer = peer;
}

/* Sets over what a message came, by the value of "P=", "esmtpsa"; "utf8", which is before it where
 * addresses may have any letters, is taken off. A value that does not say it changes nothing. */
static void read_protocol(struct span value, struct maillog_event *out)
{
    static const struct {
        const char *name;
        enum maillog_tls tls;
    } protocols[] = {
        {"smtp", MAILLOG_PLAINTEXT},  {"esmtp", MAILLOG_PLAINTEXT},  {"esmtpa", MAILLOG_PLAINTEXT},
        {"smtps", MAILLOG_ENCRYPTED}, {"esmtps", MAILLOG_ENCRYPTED}, {"esmtpsa", MAILLOG_ENCRYPTED},
    };

    span_skip(&value, "utf8");
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (span_is(value, protocols[i].name)) {
            out->tls = protocols[i].tls;
            out->tls_given = true;
        }
    }
}

/* Whether a field is our own address, or a proxy's: they are between the host and the time or the
 * TLS of a delivery. */
static bool is_our_address(struct span field)
{
    return span_begins(field, "I=[") || span_begins(field, "PRX=[");
}

/* Takes from one field the peer, the transport, or over what the message went; any other field
 * changes nothing. *rest follows the field, and loses what belongs to a host. */
static void read_field(struct span field, struct span *rest, struct maillog_event *out)
{
    if (span_skip(&field, "H="))
        read_host(field, rest, out);
    else if (is_our_address(field)) /* before 4.95 the '*' is after the last address of the line */
        out->continued = out->continued || field.at[field.len - 1] == '*';
    else if (span_skip(&field, "T="))
        out->transport = field;
    else if (span_begins(field, "X=") && out->tls < MAILLOG_ENCRYPTED)
        out->tls = MAILLOG_ENCRYPTED;
    else if (span_is(field, "CV=yes") || span_is(field, "CV=dane"))
        out->tls = MAILLOG_VERIFIED;
    else if (span_skip(&field, "P="))
        read_protocol(field, out);
}

/* Sets peer and reason by what follows "defer": "(-38): text", or "(-38) H=mx.a.test
 * [192.0.2.1]:25 I=[192.0.2.2]:1024 DT=1s: text". */
static void read_deferral(struct span rest, struct maillog_event *out)
{
    struct span host;

    take_field(&rest);
    if (span_begins(rest, "H=")) {
        host = take_field(&rest);
        span_skip(&host, "H=");
        read_host(host, &rest, out);
    }
    while (is_our_address(rest) || span_begins(rest, "TFO") || span_begins(rest, "DT="))
        take_field(&rest);
    span_skip(&rest, ": ");
    out->reason = span_trim(rest);
}

/* Takes peer, TLS and reason from the fields of a line; out->status is set already. "C=" and "defer
 * (" begin what the other side said, or why: nothing after them is a field. Returns whether what
 * would follow the text could say nothing about TLS: the fields have ended, or there was "P="
 * before the last one, of which the end may be missing. */
static bool read_fields(struct span rest, struct maillog_event *out)
{
    bool given = false;

    while (rest.len > 0) {
        struct span before = rest, field = take_field(&rest);

        given = out->tls_given;
        if (span_begins(field, "C=\"") || span_begins(field, "T=\"") || span_is(field, "for"))
            return true;
        if (span_is(field, "defer")) {
            read_deferral(rest, out);
            return true;
        }
        if (span_begins(field, "SMTP") || span_is(field, "host") || span_is(field, "retry")) {
            out->reason = before;
            return true;
        }
        if (field.len > 1 && field.at[field.len - 1] == ':' &&
            out->status != MAILLOG_SENT) { /* "T=remote_smtp: text" */
            read_field((struct span){field.at, field.len - 1}, &rest, out);
            out->reason = rest;
            return true;
        }
        read_field(field, &rest, out);
    }
    return given;
}

/* Takes an address off *rest, and returns it without angle brackets and colon; empty: "<>", or
 * nothing is left. "user@example.com", "<user@example.com>", and "user <user@example.com>" of a
 * delivery on this machine. In "user@example.com <alias@example.net>" the message went to the first
 * address, to which a router had redirected the other one. */
static struct span take_recipient(struct span *rest)
{
    struct span word, next;

    while (span_skip(rest, " ")) /* of a redirection with a blank before the address */
        ;
    word = take_field(rest);
    next = *rest;
    if (next.len > 0 && next.at[0] == '<') {
        struct span original = take_field(&next);

        if (!memchr(word.at, '@', word.len))
            word = original;
        *rest = next;
    }
    if (word.len > 1 && word.at[word.len - 1] == ':')
        word.len--;
    if (word.len >= 2 && word.at[0] == '<' && word.at[word.len - 1] == '>')
        word = (struct span){word.at + 1, word.len - 2};
    return word;
}

/* Whether fields that are still to come could change what matters about a message's TLS: of one to
 * us, it does not matter whether the client was verified. */
static bool may_change(const struct maillog_event *out)
{
    return out->tls < MAILLOG_ENCRYPTED ||
           (out->tls == MAILLOG_ENCRYPTED && out->kind == MAILLOG_DELIVERY);
}

/* Ends the reading of a line's fields; `all`: what they say about TLS is there. Sets cut, or
 * MAILLOG_NOT_LOGGED where no field said over what the message went: whether Exim logs TLS at all
 * is known later. Sets tls_given in any case. */
static void complete(bool all, struct maillog_event *out)
{
    if (!all && may_change(out))
        out->cut = true;
    else if (out->tls == MAILLOG_UNKNOWN && !out->tls_given)
        out->tls = MAILLOG_NOT_LOGGED;
    out->tls_given = true;
}

/* Fills *out by a line of a delivery, from its recipient on. `goes_on` as for maillog_exim_event.
 * False: it has no recipient. */
static bool read_delivery(enum maillog_status status, struct span rest, bool goes_on,
                          struct maillog_event *out)
{
    bool all;

    out->kind = MAILLOG_DELIVERY;
    out->status = status;
    out->address = take_recipient(&rest);
    all = read_fields(rest, out);
    complete(all || !goes_on, out);
    return out->address.len > 0;
}

/* Fills *out by a line "<=" of a message that came, from its sender on. `goes_on` as for
 * maillog_exim_event. False: it has no peer, so that the message came from this machine. */
static bool read_received(struct span rest, bool goes_on, struct maillog_event *out)
{
    bool all;

    out->kind = MAILLOG_RECEIVED;
    out->address = take_recipient(&rest);
    all = read_fields(rest, out);
    complete(all || !goes_on, out);
    return out->peer.len > 0;
}

bool maillog_exim_event(const struct maillog_line *line, bool goes_on, struct maillog_event *out)
{
    struct span rest = line->text, flag;

    maillog_event_begin(out, line->tag, line->pid);
    out->queue_id = span_until(&rest, ' ');
    if (!is_message_id(out->queue_id))
        return false;
    flag = span_until(&rest, ' ');
    if (span_is(flag, "=>") || span_is(flag, "->") || span_is(flag, ">>"))
        return read_delivery(MAILLOG_SENT, rest, goes_on, out);
    if (span_is(flag, "=="))
        return read_delivery(MAILLOG_DEFERRED, rest, goes_on, out);
    if (span_is(flag, "**"))
        return read_delivery(MAILLOG_BOUNCED, rest, goes_on, out);
    return span_is(flag, "<=") && read_received(rest, goes_on, out);
}
