/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_hello.h"

#include "policy/sent_hello.h"
#include "report/json_value.h"
#include "report/report_answer.h"

/* Returns the facts of a request, by its index in the plan; NULL: no hello was sent there. */
static const struct hello_facts *facts_of(const struct report_input *in, size_t request)
{
    return in->facts->hellos ? in->facts->hellos[request] : NULL;
}

/* Returns the hello that was sent there. */
static const struct sent_hello *hello_of(const struct report_input *in, size_t request)
{
    return in->facts->plan->requests[request].policy->hello;
}

/* Appends what one connection brought, as a line. */
static void add_try(struct text *out, const struct hello_try *t)
{
    const struct hello_ask_answer *a = &t->answer;

    text_addf(out, "      %zu bytes: %s", t->size, report_answer_end(a->end));
    if (a->end == HELLO_ASK_ACCEPTED) {
        report_answer_add(out, TLS_CODE_VERSION, a->seen.version);
        report_answer_add(out, TLS_CODE_SUITE, a->seen.suite);
        report_answer_add(out, TLS_CODE_GROUP, a->seen.group);
    }
    if (a->seen.retry)
        text_add(out, ", asks for another key share");
    if (a->end == HELLO_ASK_ALERT)
        report_answer_alert(out, a->seen.alert);
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
    sent_hello_title(hello_of(in, request), title);
    text_addf(out, "    ClientHello of %s:\n", title);
    for (size_t i = 0; i < f->count; i++)
        add_try(out, &f->at[i]);
}

/* Returns a new object about one connection. NULL: memory. */
static json_t *try_value(const struct hello_try *t)
{
    static const struct server_hello nothing;
    const struct hello_ask_answer *a = &t->answer;
    const struct server_hello *seen = a->end == HELLO_ASK_ACCEPTED ? &a->seen : &nothing;
    unsigned alert = a->end == HELLO_ASK_ALERT ? (unsigned)a->seen.alert : 0;

    return json_pack("{s:I, s:b, s:s, s:o, s:o, s:o, s:b, s:o, s:o}", "bytes", (json_int_t)t->size,
                     "large", t->large, "result", report_answer_end(a->end), "version",
                     report_answer_name(TLS_CODE_VERSION, seen->version), "cipher_suite",
                     report_answer_name(TLS_CODE_SUITE, seen->suite), "group",
                     report_answer_name(TLS_CODE_GROUP, seen->group), "retry", seen->retry, "alert",
                     report_answer_number(alert), "reply", report_answer_number((unsigned)a->code));
}

json_t *report_hello_with(json_t *address, const struct report_input *in, size_t request)
{
    const struct hello_facts *f = facts_of(in, request);
    const struct sent_hello *h = hello_of(in, request);
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
