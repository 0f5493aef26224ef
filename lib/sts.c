#include "sts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* --- TXT records --- */

typedef bool counts_fn(const char *s, size_t len);
typedef bool read_fn(const char *s, size_t len, void *record);

static bool read_record(const char *s, size_t len, void *record)
{
    return mtasts_record_read(s, len, record);
}

static bool read_report(const char *s, size_t len, void *record)
{
    return mtasts_tlsrpt_read(s, len, record);
}

/* Looks up label.domain; records of other protocols do not count (RFC 8461 3.1, RFC 8460 3). */
static void look_up(const struct sts_config *c, const char *label, const char *domain,
                    counts_fn *counts, read_fn *read, void *record, struct sts_records *out)
{
    char name[DNS_NAME], text[MTASTS_TXT_MAX];
    struct dns_question q = {name, DNS_TXT};
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
    dns_answer_clear(&a);
}

/* --- the policy --- */

/* RFC 8461 3.2: "text/plain", parameters allowed. */
static bool is_text_plain(const char *type)
{
    size_t len = strcspn(type, "; \t");

    return len == 10 && strncasecmp(type, "text/plain", len) == 0;
}

static void take_answer(struct http_answer *a, struct sts_facts *out)
{
    out->fetch = a->status == HTTP_UNTRUSTED ? STS_UNTRUSTED
                 : a->status == HTTP_LOCAL   ? STS_LOCAL
                                             : STS_FETCH_FAILED;
    if (a->status != HTTP_ANSWERED) {
        text_copy(out->fetch_why, sizeof out->fetch_why, a->why);
    } else if (a->code != 200) {
        text_format(out->fetch_why, sizeof out->fetch_why, "expected status 200, seen %ld%s",
                    a->code, a->code / 100 == 3 ? "; redirects do not count" : "");
    } else if (!is_text_plain(a->type)) {
        text_format(out->fetch_why, sizeof out->fetch_why, "expected text/plain, seen %s",
                    a->type[0] ? a->type : "no Content-Type");
    } else {
        out->fetch = STS_FETCHED;
        out->text = a->body;
        out->len = a->len;
        a->body = NULL;
        out->policy_ok = mtasts_policy_read(out->text ? out->text : "", out->len, &out->policy);
    }
}

static void fetch(const struct sts_config *c, const char *domain, struct sts_facts *out)
{
    char url[DNS_NAME + 64];
    struct http_request r = {.url = url, .connect_to = c->server, .max = MTASTS_POLICY_MAX};
    struct http_answer a;

    snprintf(url, sizeof url, "https://mta-sts.%s/.well-known/mta-sts.txt", domain);
    web_do(&c->web, &r, &a);
    take_answer(&a, out);
    http_answer_clear(&a);
}

void sts_look(const struct sts_config *c, const char *domain, struct sts_facts *out)
{
    out->asked = true;
    look_up(c, "_mta-sts", domain, mtasts_is_record, read_record, &out->record, &out->records);
    look_up(c, "_smtp._tls", domain, mtasts_is_tlsrpt, read_report, &out->report, &out->reports);
    if (out->records.ok)
        fetch(c, domain, out);
    atomic_store(&out->done, true);
}

void sts_clear(struct sts_facts *f)
{
    free(f->text);
    *f = (struct sts_facts){0};
}
