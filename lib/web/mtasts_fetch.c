/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/mtasts_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* How long the TLSRPT record is waited for: no mail depends on it. */
enum { REPORT_MS = 5000 };

/* --- TXT records --- */

/* Whether a TXT record, its strings joined, is of the protocol; and what reads it into the struct
 * that the protocol has for it. */
typedef bool counts_fn(const char *s, size_t len);
typedef bool read_fn(const char *s, size_t len, void *record);

/* Reads the TXT record of MTA-STS; `record` is a struct mtasts_record. False: it is malformed. */
static bool read_record(const char *s, size_t len, void *record)
{
    return mtasts_record_read(s, len, record);
}

/* Reads the TXT record of TLSRPT; `record` is a struct tlsrpt_record. False: it is malformed. */
static bool read_report(const char *s, size_t len, void *record)
{
    return mtasts_tlsrpt_read(s, len, record);
}

/* Looks up the TXT records of label.domain, within the time of a stage and the deadline, and fills
 * *out, zeroed before; records that `counts` refuses are of other protocols (RFC 8461 3.1, RFC 8460
 * 3). out->status is that of the look-up: DNS_OK also where none counts. The first one that counts
 * is read into *record by `read`; without one *record stays. out->ok: it is the only one, and can
 * be read. */
static void look_up(const struct mtasts_fetch_config *c, const char *label, const char *domain,
                    counts_fn *counts, read_fn *read, void *record, struct mtasts_records *out)
{
    char name[DNS_NAME], text[MTASTS_TXT_MAX];
    struct dns_question q = {.name = name, .type = DNS_TXT};
    struct dns_answer a;

    snprintf(name, sizeof name, "%s.%s", label, domain);
    dns_query(c->web.dns, &q, deadline_within(c->web.deadline, c->web.stage_ms), &a);
    out->status = a.status;
    text_format(out->why, sizeof out->why, "%s: %s", name, a.why);
    for (size_t i = 0; a.status == DNS_OK && i < a.count; i++) {
        size_t len = mtasts_join(a.records[i].data, a.records[i].len, text, sizeof text);

        if (counts(text, len) && out->count++ == 0)
            out->ok = read(text, len, record);
    }
    out->ok = out->ok && out->count == 1;
    if (a.cut) {
        out->status = DNS_FAILURE;
        text_format(out->why, sizeof out->why, "%s: more than 64 TXT records", name);
    }
    dns_message_clear(&a);
}

/* --- the policy --- */

/* Whether a Content-Type is "text/plain", in any case, parameters allowed (RFC 8461 3.2). */
static bool is_text_plain(const char *type)
{
    size_t len = strcspn(type, "; \t");

    return len == 10 && strncasecmp(type, "text/plain", len) == 0;
}

/* The status of a fetch that gave no policy: MTASTS_UNTRUSTED or MTASTS_LOCAL where the answer says
 * so, MTASTS_FETCH_FAILED for every other answer, also for HTTP_ANSWERED. */
static enum mtasts_fetch_status failed(const struct http_answer *a)
{
    if (a->status == HTTP_UNTRUSTED)
        return MTASTS_UNTRUSTED;
    if (a->status == HTTP_LOCAL)
        return MTASTS_LOCAL;
    return MTASTS_FETCH_FAILED;
}

/* Sets out->fetch. MTASTS_FETCHED: the answer's body now belongs to *out, and a->body is NULL; the
 * policy is read, and out->policy_ok says whether it can be. Else out->fetch_why says why. */
static void take_answer(struct http_answer *a, struct mtasts_facts *out)
{
    out->fetch = failed(a);
    if (a->status != HTTP_ANSWERED) {
        text_copy(out->fetch_why, sizeof out->fetch_why, a->why);
    } else if (a->code != 200) {
        text_format(out->fetch_why, sizeof out->fetch_why, "expected status 200, seen %ld%s",
                    a->code, a->code / 100 == 3 ? "; redirects are not followed" : "");
    } else if (!is_text_plain(a->type)) {
        text_format(out->fetch_why, sizeof out->fetch_why, "expected text/plain, seen %s",
                    text_or(a->type, "no Content-Type"));
    } else {
        out->fetch = MTASTS_FETCHED;
        out->text = a->body;
        out->len = a->len;
        a->body = NULL;
        out->policy_ok = mtasts_policy_read(out->text ? out->text : "", out->len, &out->policy);
    }
}

/* Fetches the policy of a domain whose TXT record was found and read, and fills *out but for the
 * records; out->policy_ok says whether the policy can be read. */
static void fetch(const struct mtasts_fetch_config *c, const char *domain, struct mtasts_facts *out)
{
    char url[DNS_NAME + 64];
    struct http_request r = {.url = url, .connect_to = c->server, .max = MTASTS_POLICY_MAX};
    struct http_answer a;

    snprintf(url, sizeof url, "https://mta-sts.%s/.well-known/mta-sts.txt", domain);
    http_fetch(&c->web, &r, &a);
    take_answer(&a, out);
    http_answer_clear(&a);
}

void mtasts_fetch(const struct mtasts_fetch_config *c, const char *domain, struct mtasts_facts *out)
{
    struct mtasts_fetch_config brief = *c;

    if (brief.web.stage_ms > REPORT_MS)
        brief.web.stage_ms = REPORT_MS;
    out->asked = true;
    look_up(c, "_mta-sts", domain, mtasts_is_record, read_record, &out->record, &out->records);
    look_up(&brief, "_smtp._tls", domain, mtasts_is_tlsrpt, read_report, &out->report,
            &out->reports);
    if (out->records.ok)
        fetch(c, domain, out);
    atomic_store(&out->done, true);
}
