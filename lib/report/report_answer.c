/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_answer.h"

#include "tls/tls_reason.h"

const char *report_answer_end(enum hello_ask_end end)
{
    static const char *const ends[] = {
        [HELLO_ASK_ACCEPTED] = "accepted", [HELLO_ASK_ALERT] = "refused",
        [HELLO_ASK_CLOSED] = "closed",     [HELLO_ASK_SILENT] = "no answer",
        [HELLO_ASK_UNREACHED] = "no TLS",  [HELLO_ASK_MALFORMED] = "malformed",
        [HELLO_ASK_LOCAL] = "not asked",
    };

    return ends[end];
}

void report_answer_add(struct text *out, enum tls_code_kind kind, unsigned number)
{
    char buf[8];

    if (number)
        text_addf(out, ", %s", tls_code_name(kind, number, buf));
}

void report_answer_alert(struct text *out, int alert)
{
    char words[TLS_REASON_ALERT];

    tls_reason_alert(alert, words);
    text_addf(out, ", %s", words);
}

json_t *report_answer_name(enum tls_code_kind kind, unsigned number)
{
    char buf[8];

    if (number == 0)
        return json_null();
    return json_string(tls_code_name(kind, number, buf));
}

json_t *report_answer_number(unsigned number)
{
    if (number == 0)
        return json_null();
    return json_integer((json_int_t)number);
}
