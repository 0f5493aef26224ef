/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_hello.h"

#include "report/json_value.h"
#include "tls/tls_code.h"
#include "tls/tls_reason.h"

static const char *const ends[] = {
    [HELLO_ASK_ACCEPTED] = "accepted", [HELLO_ASK_ALERT] = "refused",
    [HELLO_ASK_CLOSED] = "closed",     [HELLO_ASK_SILENT] = "no answer",
    [HELLO_ASK_UNREACHED] = "no TLS",  [HELLO_ASK_MALFORMED] = "malformed",
    [HELLO_ASK_LOCAL] = "not asked",
};

/* Returns the facts of a request, by its index in the plan; NULL: no hello was sent there. */
static const struct hello_facts *facts_of(const struct report_input *in, size_t request)
{
    return in->facts->hellos ? in->facts->hellos[request] : NULL;
}

/* Appends ", NAME" for a number that is not 0. */
static void add_number(struct text *out, enum tls_code_kind kind, unsigned number)
{
    char buf[8];

    if (number)
        text_addf(out, ", %s", tls_code_name(kind, number, buf));
}

/* Appends what one connection brought, as a line. */
static void add_try(struct text *out, const struct hello_try *t)
{
    const struct hello_ask_answer *a = &t->answer;
    char alert[TLS_REASON_ALERT];

    text_addf(out, "      %zu bytes: %s", t->size, ends[a->end]);
    if (a->end == HELLO_ASK_ACCEPTED) {
        add_number(out, TLS_CODE_VERSION, a->seen.version);
        add_number(out, TLS_CODE_SUITE, a->seen.suite);
        add_number(out, TLS_CODE_GROUP, a->seen.group);
    }
    if (a->seen.retry)
        text_add(out, ", asks for another key share");
    if (a->end == HELLO_ASK_ALERT) {
        tls_reason_alert(a->seen.alert, alert);
        text_addf(out, ", %s", alert);
    }
    if (a->code)
        text_addf(out, ", reply %d", a->code);
    text_add(out, "\n");
}

void report_hello_add(const struct report_input *in, size_t request, struct text *out)
{
    const struct hello_facts *f = facts_of(in, request);
    char title[SENT_HELLO_TITLE];

    if (!f)
        return;
    sent_hello_title(in->facts->sent_hello, title);
    text_addf(out, "    ClientHello of %s:\n", title);
    for (size_t i = 0; i < f->count; i++)
        add_try(out, &f->at[i]);
}

/* Returns a new string with the name of a number; JSON's null for 0. NULL: memory. */
static json_t *number_value(enum tls_code_kind kind, unsigned number)
{
    char buf[8];

    return number ? json_string(tls_code_name(kind, number, buf)) : json_null();
}

/* Returns a new integer; JSON's null for 0. NULL: memory. */
static json_t *integer_value(int number)
{
    return number ? json_integer(number) : json_null();
}

/* Returns a new object about one connection. NULL: memory. */
static json_t *try_value(const struct hello_try *t)
{
    static const struct server_hello nothing;
    const struct hello_ask_answer *a = &t->answer;
    const struct server_hello *seen = a->end == HELLO_ASK_ACCEPTED ? &a->seen : &nothing;
    int alert = a->end == HELLO_ASK_ALERT ? a->seen.alert : 0;

    return json_pack("{s:I, s:b, s:s, s:o, s:o, s:o, s:b, s:o, s:o}", "bytes", (json_int_t)t->size,
                     "large", t->large, "result", ends[a->end], "version",
                     number_value(TLS_CODE_VERSION, seen->version), "cipher_suite",
                     number_value(TLS_CODE_SUITE, seen->suite), "group",
                     number_value(TLS_CODE_GROUP, seen->group), "retry", seen->retry, "alert",
                     integer_value(alert), "reply", integer_value(a->code));
}

json_t *report_hello_with(json_t *address, const struct report_input *in, size_t request)
{
    const struct hello_facts *f = facts_of(in, request);
    const struct sent_hello *h = in->facts->sent_hello;
    char title[SENT_HELLO_TITLE];
    json_t *tries;

    if (!f)
        return address;
    tries = json_array();
    for (size_t i = 0; i < f->count; i++)
        tries = json_value_append(tries, try_value(&f->at[i]));
    sent_hello_title(h, title);
    return json_value_with(address, "hello",
                           json_pack("{s:s, s:b, s:o}", "of", title, "sent_by_our_mail_server",
                                     h->use == SENT_HELLO_USED, "connections", tries));
}
