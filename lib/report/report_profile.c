/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_profile.h"

#include <string.h>

#include "report/json_value.h"
#include "report/report_answer.h"

/* A question, in words and in JSON. */
static const struct {
    const char *words, *name;
} questions[PROFILE_QUESTIONS] = {
    [PROFILE_TLS_1_3] = {"TLS 1.3", "tls_1_3"},
    [PROFILE_VERSIONS] = {"protocol versions", "versions"},
    [PROFILE_SUITES_1_3] = {"cipher suites of TLS 1.3", "tls_1_3_cipher_suites"},
    [PROFILE_GROUPS_1_3] = {"groups of TLS 1.3", "tls_1_3_groups"},
    [PROFILE_SUITES_1_2] = {"cipher suites of TLS 1.2", "tls_1_2_cipher_suites"},
    [PROFILE_GROUPS_1_2] = {"groups of TLS 1.2", "tls_1_2_groups"},
    [PROFILE_FIELD_1_2] = {"finite field of TLS 1.2", "tls_1_2_finite_field"},
    [PROFILE_SIGNATURES] = {"signature algorithms of TLS 1.2", "tls_1_2_signature_algorithms"},
    [PROFILE_REQUIRED] = {"required", "required"},
    [PROFILE_HYBRIDS] = {"post-quantum groups", "post_quantum_groups"},
    [PROFILE_CONTROL] = {"anything", "control"},
};

/* Returns the facts of a request's profile, by the request's index in the plan; NULL: not asked
 * there. */
static const struct profile_facts *facts_of(const struct report_input *in, size_t request)
{
    return in->facts->profiles ? in->facts->profiles[request] : NULL;
}

/* Appends what one connection brought, as a line. */
static void add_answer(struct text *out, const struct profile_answer *a)
{
    text_addf(out, "      %s: %s", questions[a->question].words, report_answer_end(a->end));
    if (a->end == HELLO_ASK_ACCEPTED) {
        report_answer_add(out, TLS_CODE_VERSION, a->version);
        report_answer_add(out, TLS_CODE_SUITE, a->suite);
        report_answer_add(out, TLS_CODE_GROUP, a->group);
        if (a->dh_bits)
            text_addf(out, ", %u bits", a->dh_bits);
        report_answer_add(out, TLS_CODE_SIGNATURE, a->signature);
    }
    if (a->alert)
        report_answer_alert(out, a->alert);
    if (a->code)
        text_addf(out, ", reply %d", a->code);
    text_add(out, "\n");
}

void report_profile_add(const struct report_input *in, size_t request, struct text *out)
{
    const struct tls_profile *p = in->facts->plan->requests[request].policy->profile;
    const struct profile_facts *f = facts_of(in, request);

    if (!p || !f)
        return;
    text_addf(out, "    TLS profile: %s (%s, edition %s", p->name, p->document, p->edition);
    if (strcmp(p->date, p->edition) != 0)
        text_addf(out, ", %s", p->date);
    text_add(out, ")\n");
    for (size_t i = 0; i < f->count; i++)
        add_answer(out, &f->at[i]);
}

/* Returns a new object about one connection. NULL: memory. */
static json_t *answer_value(const struct profile_answer *a)
{
    static const struct profile_answer nothing;
    const struct profile_answer *seen = a->end == HELLO_ASK_ACCEPTED ? a : &nothing;

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "question",
                     questions[a->question].name, "result", report_answer_end(a->end), "version",
                     report_answer_name(TLS_CODE_VERSION, seen->version), "cipher_suite",
                     report_answer_name(TLS_CODE_SUITE, seen->suite), "group",
                     report_answer_name(TLS_CODE_GROUP, seen->group), "finite_field_bits",
                     report_answer_number(seen->dh_bits), "signature_algorithm",
                     report_answer_name(TLS_CODE_SIGNATURE, seen->signature), "alert",
                     report_answer_number((unsigned)a->alert));
}

/* Whether every question up to PROFILE_REQUIRED was asked to its end or was not due, and refusals
 * count. */
static bool is_complete(const struct profile_facts *f)
{
    for (enum profile_question q = 0; q <= PROFILE_REQUIRED; q++) {
        if (f->outcomes[q] != PROFILE_WHOLE && f->outcomes[q] != PROFILE_NOT_DUE)
            return false;
    }
    return !f->stopped && !f->in_doubt;
}

bool report_profile_complete(const struct report_input *in, size_t request)
{
    const struct profile_facts *f = facts_of(in, request);

    return f && is_complete(f);
}

json_t *report_profile_with(json_t *address, const struct report_input *in, size_t request)
{
    const struct tls_profile *p = in->facts->plan->requests[request].policy->profile;
    const struct profile_facts *f = facts_of(in, request);
    json_t *answers;

    if (!p || !f)
        return address;
    answers = json_array();
    for (size_t i = 0; i < f->count; i++)
        answers = json_value_append(answers, answer_value(&f->at[i]));
    return json_value_with(address, "tls_profile",
                           json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "name", p->name, "document",
                                     p->document, "edition", p->edition, "date", p->date,
                                     "complete", is_complete(f), "connections", answers));
}
