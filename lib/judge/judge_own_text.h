/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_own_text: the words for what our own mail servers answered. Pure. */
#ifndef JUDGE_JUDGE_OWN_TEXT_H
#define JUDGE_JUDGE_OWN_TEXT_H

#include <stddef.h>

#include <stdbool.h>

#include "mta/mta_facts.h"

struct judge_own_text {
    char headline[160], detail[440];
};

/* "Postfix", "Exim" */
const char *judge_own_text_name(const struct mta_server *s);

/* "example.com may in hash:/etc/postfix/tls_policy", "smtp_tls_CAfile = x in /etc/postfix/main.cf"
 */
void judge_own_text_source(const struct mta_source *source, char *dst, size_t cap);

/* Why the server, or a part of it, could not be asked, and how to end that. */
void judge_own_text_unknown(const struct mta_server *s, const struct mta_fact *f,
                            struct judge_own_text *out);

/* Why mail is deferred, and what to change. */
void judge_own_text_deferred(const struct mta_server *s, const struct mta_fact *f,
                             struct judge_own_text *out);

/* The settings that weaken a policy although its level is good. */
void judge_own_text_weak(const struct mta_server *s, const struct mta_fact *f,
                         struct judge_own_text *out);

/* Appends the first warning about the table that has the policy's entry; where no table has one,
 * about any table of policies: a line that is ignored, or a database that is older than its
 * source. */
void judge_own_text_warning(const struct mta_hop *hop, char *dst, size_t cap);

/* Whether a reply says in any case "tls" or "encrypt". Exim says in so many words why it refuses;
 * any other refusal may have another reason. */
bool judge_own_text_names_tls(const char *reply);

#endif
