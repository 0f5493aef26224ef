/* SPDX-License-Identifier: BSD-2-Clause */
/* What postqueue -j and exim -bpr print: whatever it is, each recipient is a part of it, and whose
 * fault a reason is does not depend on what the other server said. */
#include <string.h>

#include "base/process.h"
#include "fuzz.h"
#include "mta/mail_queue.h"

static const uint8_t *printed;
static size_t printed_len;
static struct span output; /* what mail_queue reads, while it does */

/* In place of the library's: the program has printed the input. */
bool process_run(const struct process_task *task, struct process_result *out, struct error *e)
{
    char *copy = fuzz_bytes(printed, printed_len);

    (void)e;
    HOLDS(task->argv[0] && task->output_max > 0 && task->drop_errors);
    *out = (struct process_result){.end = PROCESS_EXITED};
    for (size_t i = 0; i < printed_len; i++) {
        if (!copy[i])
            copy[i] = '?';
    }
    text_init(&out->out, task->output_max);
    text_init(&out->err, PROCESS_ERRORS_MAX);
    text_add_bytes(&out->out, copy, printed_len);
    free(copy);
    output = span_of(text_str(&out->out));
    return true;
}

void process_result_free(struct process_result *r)
{
    text_free(&r->out);
    text_free(&r->err);
}

static bool is_printed(struct span s)
{
    return s.at >= output.at && s.at + s.len <= output.at + output.len;
}

static void look_at_reason(struct span reason)
{
    static const char said[] = " said: 450 client TLS configuration problem; Cannot start TLS";
    enum mail_queue_cause cause = mail_queue_cause(reason), longer;
    char *text = malloc(reason.len + sizeof said);

    HOLDS(text);
    HOLDS(cause == MAIL_QUEUE_OTHER || cause == MAIL_QUEUE_PARTNERS || cause == MAIL_QUEUE_OURS);
    if (reason.len > 0)
        memcpy(text, reason.at, reason.len);
    memcpy(text + reason.len, said, sizeof said);
    longer = mail_queue_cause((struct span){text, reason.len + sizeof said - 1});
    HOLDS(longer == cause || span_is(reason, "Temporary lookup error"));
    free(text);
}

static void on_postfix(void *ctx, const struct mail_queue_entry *entry)
{
    ++*(size_t *)ctx;
    HOLDS(!memchr(entry->queue_id.at, '\0', entry->queue_id.len));
    HOLDS(!memchr(entry->address.at, '\0', entry->address.len));
    look_at_reason(entry->reason);
}

static void on_exim(void *ctx, const struct mail_queue_entry *entry)
{
    ++*(size_t *)ctx;
    HOLDS(is_printed(entry->queue_id) && is_printed(entry->address));
    HOLDS(entry->queue_id.len == 16 || entry->queue_id.len == 23);
    HOLDS(entry->address.len > 0 && !memchr(entry->address.at, ' ', entry->address.len));
    HOLDS(entry->reason.len == 0 && entry->arrived >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t postfix = 0, exim = 0;
    struct error e = {0};

    printed = data;
    printed_len = size;
    if (!mail_queue_postfix("/etc/postfix", 0, on_postfix, &postfix, &e))
        HOLDS(fuzz_is_error(&e) && fuzz_is_clean(e.text));
    HOLDS(postfix <= size / 2); /* "1," */
    HOLDS(mail_queue_exim("default", 0, on_exim, &exim, &e));
    HOLDS(exim <= (size_t)fuzz_lines(data, size));
    return 0;
}
