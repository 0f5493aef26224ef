/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_inbound.h"

#include <string.h>

#include "mta/exim_output.h"

enum { PROGRAM_MS = 5000, OUTPUT_MAX = 256 * 1024 };

/* Writes to *r, from the output of exim -bh, the first command that was refused, or the last one
 * that has a reply, with code and words of the reply. Without a reply nothing is written. */
static void read_replies(struct mta_server *s, struct mta_refusal *r, struct span text)
{
    static const char *const commands[] = {"CONNECT", "EHLO", "MAIL", "RCPT"};
    struct span reply;
    unsigned code;

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!exim_output_next_reply(&text, &code, &reply))
            return;
        r->command = mta_facts_copy(s, commands[i], strlen(commands[i]));
        r->code = code;
        span_until(&reply, ' ');
        r->reply = mta_facts_copy(s, reply.at, reply.len);
        if (code >= 400)
            return;
    }
}

/* Whether a mailbox can be part of a command: it has no line end and no angle brackets. */
static bool is_plain(const char *mailbox)
{
    return !strpbrk(mailbox, "\r\n<>");
}

/* Adds a refusal for the i-th client and asks Exim for its reply. The refusal has no reply where a
 * mailbox is not plain or Exim gives no answer. False with `e` filled: no process could be made.
 * True without a refusal where there is no memory for it; p->server->failed then says so. */
static bool ask_client(struct exim_program *p, size_t i, struct error *e)
{
    const struct mta_client *c = &p->ask->clients[i];
    const char *const arguments[] = {"-bh", c->address, NULL};
    struct mta_refusal *refusal = mta_facts_add_refusal(p->server, i);
    struct process_result r;
    struct text input;
    struct exim_question q = {arguments, NULL, PROGRAM_MS, OUTPUT_MAX};
    bool ok;

    if (!refusal || !is_plain(c->sender) || !is_plain(c->recipient))
        return true;
    text_init(&input, OUTPUT_MAX);
    text_addf(&input, "EHLO monitoring.invalid\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nQUIT\r\n",
              c->sender, c->recipient);
    q.input = text_str(&input);
    ok = !input.failed ? exim_program_ask_any(p, &q, &r, e) : error_memory(e);
    text_free(&input);
    if (!ok)
        return false;
    read_replies(p->server, refusal, span_of(text_str(&r.out)));
    process_result_free(&r);
    return true;
}

bool exim_inbound_ask(struct exim_program *p, struct error *e)
{
    for (size_t i = 0; i < p->ask->client_count; i++) {
        if (!ask_client(p, i, e))
            return false;
    }
    return true;
}
