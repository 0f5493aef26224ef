/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mta/exim_inbound.h"
#include "mta/exim_program.h"
#include "mta/exim_route.h"

enum {
    ROUNDS = 3, /* lists that name lists; expansions that need what they hold */
    OUTPUT_MAX = 16 * 1024 * 1024,
    PROGRAM_MS = 5000, /* what reads files gets no more than this */
    ARGUMENTS_MAX = 512
};

/* One question to Exim after the other. Begins zeroed, but with config, ask and server of the
 * program. `clear` frees. */
struct asking {
    struct exim_program program;
    struct exim_known known;
    enum exim_library library;
    struct process_result settings;
    struct process_result lists[ROUNDS], texts[ROUNDS]; /* what `known` points into */
    struct process_result *routes;                      /* one for each sender, */
    struct exim_deliveries *answers;                    /* and its answers to each question */
    size_t *answered;                                   /* how many of them are complete */
};

/* --- version --- */

/* The text after the first `start`, to the end of `text`; NULL where `start` does not occur. */
static const char *text_after(const char *text, const char *start)
{
    const char *at = strstr(text, start);

    return at ? at + strlen(start) : NULL;
}

/* Takes the server's version and the library from the output of exim -bV; one that is not found
 * stays as it is. "Exim version 4.96 #2 ...", "Support for: crypteq iconv() IPv6 GnuTLS ..." */
static void read_version(struct asking *a, const char *text)
{
    struct mta_server *s = a->program.server;
    const char *version = text_after(text, "Exim version ");
    const char *support = text_after(text, "Support for:");
    struct span line = span_of(support ? support : "");

    if (version)
        s->version = mta_facts_copy(s, version, strcspn(version, " \n"));
    line = span_until(&line, '\n');
    if (span_find(line, "GnuTLS") < line.len)
        a->library = EXIM_GNUTLS;
    else if (span_find(line, "OpenSSL") < line.len)
        a->library = EXIM_OPENSSL;
}

/* Looks for Exim and asks for its version. a->program.found says whether it answered; if not, the
 * server has a fact. False with `e` filled: memory, or no process. */
static bool ask_version(struct asking *a, struct error *e)
{
    const char *const arguments[] = {"-bV", NULL};
    struct process_result r;
    bool ok = exim_program_find(&a->program, arguments, &r, e);

    if (ok)
        read_version(a, text_str(&r.out));
    process_result_free(&r);
    return ok;
}

/* --- settings --- */

/* Asks for main options, routers and transports. Without an answer a->known.settings stays empty,
 * and the server has a fact. False with `e` filled: memory, or no process. */
static bool ask_settings(struct asking *a, struct error *e)
{
    const char *const arguments[] = {"-bP", "primary_hostname", "routers", "transports", NULL};
    const struct exim_question question = {arguments, NULL, PROGRAM_MS, OUTPUT_MAX};

    if (!exim_program_ask(&a->program, &question, &a->settings, e))
        return false;
    return exim_output_add_settings(&a->known.settings, span_of(text_str(&a->settings.out)), e);
}

/* --- routes --- */

/* Appends a mailbox as a line of input. One that is empty, or that exim -bt would take for more
 * than one line or address, becomes "@", which it cannot read: so there is one answer for each. */
static void add_line(struct text *input, const char *recipient)
{
    bool plain = *recipient != '\0';

    for (const char *c = recipient; *c; c++) {
        if (!isgraph((unsigned char)*c) || strchr("\\,\"", *c))
            plain = false;
    }
    text_addf(input, "%s\n", plain ? recipient : "@");
}

/* Reads the output in a->routes[sender] into a->answers, an answer for each question from the first
 * on, and sets a->answered[sender] to how many there are. False with `e` filled: memory. */
static bool read_answers(struct asking *a, size_t sender, struct error *e)
{
    const struct mta_ask *ask = a->program.ask;
    struct span text = span_of(text_str(&a->routes[sender].out)), answer;
    size_t count = 0;

    while (count < ask->question_count && exim_output_next_answer(&text, &answer)) {
        if (!exim_output_deliveries_read(answer, &a->answers[sender * ask->question_count + count],
                                         e))
            return false;
        count++;
    }
    a->answered[sender] = count;
    return true;
}

/* Asks where mail goes from the sender with that index to all recipients in `input`, and reads the
 * answers. No answer is no error. Most of the time that is left is given to this: it looks for MX
 * records. False with `e` filled: memory, or no process. */
static bool ask_routes(struct asking *a, size_t sender, const char *input, struct error *e)
{
    const struct mta_ask *ask = a->program.ask;
    const char *const arguments[] = {"-f", ask->senders[sender], "-bt", NULL};
    const struct exim_question question = {arguments, input,
                                           deadline_left_ms(ask->deadline) / 4 * 3, OUTPUT_MAX};

    if (!exim_program_ask_any(&a->program, &question, &a->routes[sender], e))
        return false;
    return read_answers(a, sender, e);
}

/* Makes a->routes, a->answered and a->answers, which clear frees, and asks about all questions for
 * each sender. False with `e` filled: memory, or no process. */
static bool ask_all_routes(struct asking *a, struct error *e)
{
    const struct mta_ask *ask = a->program.ask;
    struct text input;
    bool ok = true;

    text_init(&input, OUTPUT_MAX);
    a->routes = calloc(ask->sender_count, sizeof *a->routes);
    a->answered = calloc(ask->sender_count, sizeof *a->answered);
    a->answers = calloc(ask->sender_count * ask->question_count, sizeof *a->answers);
    for (size_t i = 0; i < ask->question_count; i++)
        add_line(&input, ask->questions[i].recipient);
    if (!a->routes || !a->answered || !a->answers || input.failed)
        ok = error_memory(e);
    for (size_t i = 0; ok && i < ask->sender_count; i++)
        ok = ask_routes(a, i, text_str(&input), e);
    text_free(&input);
    return ok;
}

/* --- what routes and policies depend on --- */

/* *a as exim_route takes it. The result borrows everything from *a; there is nothing to free. */
static struct exim_routing routing_of(struct asking *a)
{
    return (struct exim_routing){.known = &a->known,
                                 .library = a->library,
                                 .server = a->program.server,
                                 .ask = a->program.ask};
}

/* Notes in a->known everything that is still to be asked about routes that were answered. Out of
 * memory sets `failed` there, or in the server. */
static void prepare(struct asking *a)
{
    const struct mta_ask *ask = a->program.ask;
    const struct exim_routing r = routing_of(a);

    for (size_t s = 0; s < ask->sender_count; s++) {
        for (size_t q = 0; q < a->answered[s]; q++)
            exim_route_prepare(&r, q, &a->answers[s * ask->question_count + q]);
    }
}

/* Asks for the named lists that are pending, if there are any; none is pending afterwards. Each
 * `round`, below ROUNDS, is used once. False with `e` filled: memory, or no process. */
static bool ask_lists(struct asking *a, size_t round, struct error *e)
{
    const char *arguments[ARGUMENTS_MAX + 2] = {"-bP"};
    size_t count = 1;
    const struct exim_question question = {arguments, NULL, PROGRAM_MS, OUTPUT_MAX};
    bool ok = true, said;

    if (exim_known_pending(&a->known, EXIM_NEED_LISTS) == 0)
        return true;
    for (size_t i = 0; i < a->known.need_count && count <= ARGUMENTS_MAX; i++) {
        const struct exim_need *need = &a->known.needs[i];

        if (need->kind == EXIM_NEED_LISTS && need->state == EXIM_PENDING)
            arguments[count++] = need->key;
    }
    arguments[count] = NULL;
    ok = exim_program_ask_any(&a->program, &question, &a->lists[round], e);
    if (!ok)
        return false;
    said = a->lists[round].end == PROCESS_EXITED && a->lists[round].out.len > 0;
    ok = exim_output_add_settings(&a->known.settings, span_of(text_str(&a->lists[round].out)), e);
    exim_known_give_up(&a->known, EXIM_NEED_LISTS, span_of(said ? "" : "exim -bP"));
    return ok;
}

/* Asks exim -be to expand the texts that are pending, if there are any; none is pending afterwards.
 * Each `round`, below ROUNDS, is used once. False with `e` filled: memory, or no process. */
static bool ask_texts(struct asking *a, size_t round, struct error *e)
{
    const char *const arguments[] = {"-be", NULL};
    struct span complaint = span_of("");
    struct text input;
    bool ok;

    if (exim_known_pending(&a->known, EXIM_NEED_TEXT) == 0)
        return true;
    text_init(&input, OUTPUT_MAX);
    exim_known_input(&a->known, &input);
    ok = !input.failed || error_memory(e);
    if (ok) {
        const struct exim_question question = {arguments, text_str(&input), PROGRAM_MS, OUTPUT_MAX};

        ok = exim_program_try(&a->program, &question, &a->texts[round], &complaint, e);
    }
    text_free(&input);
    if (!ok)
        return false;
    exim_known_answers(&a->known, span_of(text_str(&a->texts[round].out)));
    exim_known_give_up(&a->known, EXIM_NEED_TEXT,
                       complaint.len > 0 ? complaint : span_of("exim -be"));
    return true;
}

/* Asks for what routes and policies depend on, in ROUNDS rounds; something may be pending even
 * then. False with `e` filled: memory, or no process. */
static bool complete(struct asking *a, struct error *e)
{
    for (size_t round = 0; round < ROUNDS; round++) {
        prepare(a);
        if (a->known.failed)
            return error_memory(e);
        if (!ask_lists(a, round, e) || !ask_texts(a, round, e))
            return false;
    }
    return true;
}

/* --- facts --- */

static const struct exim_deliveries no_answer;

/* The answer to a question for a sender, both by index; borrowed. no_answer if there is none. */
static const struct exim_deliveries *answer_of(const struct asking *a, size_t sender,
                                               size_t question)
{
    if (a->answered[sender] <= question)
        return &no_answer;
    return &a->answers[sender * a->program.ask->question_count + question];
}

/* Whether mail from all senders to the recipient of that question goes the same way; reasons do not
 * count. */
static bool are_alike(const struct asking *a, size_t question)
{
    const struct exim_deliveries *first = answer_of(a, 0, question);

    for (size_t s = 1; s < a->program.ask->sender_count; s++) {
        if (!exim_output_deliveries_are_equal(first, answer_of(a, s, question)))
            return false;
    }
    return true;
}

/* Adds the route of a question, with sender "" where mail from all senders goes the same way; else
 * one route for each sender. */
static void write_question(struct asking *a, size_t question)
{
    const struct mta_ask *ask = a->program.ask;
    const struct exim_routing r = routing_of(a);

    if (are_alike(a, question)) {
        exim_route_write(&r, question, "", answer_of(a, 0, question));
        return;
    }
    for (size_t s = 0; s < ask->sender_count; s++)
        exim_route_write(&r, question, ask->senders[s], answer_of(a, s, question));
}

/* Adds a route of unknown fate for each question, because nothing could be asked. */
static void write_nothing(struct asking *a)
{
    const struct exim_routing r = routing_of(a);

    for (size_t q = 0; q < a->program.ask->question_count; q++)
        exim_route_write(&r, q, "", &no_answer);
}

/* Asks about all questions and adds their routes; without settings these are unknown. Exim was
 * found, and there is a question. False with `e` filled: memory, or no process. */
static bool ask_outbound(struct asking *a, struct error *e)
{
    const struct mta_ask *ask = a->program.ask;

    if (!ask_settings(a, e))
        return false;
    if (a->known.settings.count == 0) {
        write_nothing(a);
        return true;
    }
    if (!ask_all_routes(a, e) || !complete(a, e))
        return false;
    for (size_t q = 0; q < ask->question_count; q++)
        write_question(a, q);
    return true;
}

/* Frees everything that was asked, also after a failure; the server stays. */
static void clear(struct asking *a)
{
    const struct mta_ask *ask = a->program.ask;

    for (size_t i = 0; a->answers && i < ask->sender_count * ask->question_count; i++)
        exim_output_deliveries_clear(&a->answers[i]);
    for (size_t i = 0; a->routes && i < ask->sender_count; i++)
        process_result_free(&a->routes[i]);
    for (size_t i = 0; i < ROUNDS; i++) {
        process_result_free(&a->lists[i]);
        process_result_free(&a->texts[i]);
    }
    process_result_free(&a->settings);
    exim_known_clear(&a->known);
    free(a->answers);
    free(a->routes);
    free(a->answered);
}

/* Whether Exim can be asked with the file `config`; true for NULL, and for a file that may be
 * there. False: there is none, and the server gets a fact that says so. */
static bool has_config(const char *config, struct mta_server *s)
{
    if (!config || access(config, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return true;
    mta_facts_add_fact(s, &s->facts, MTA_CONFIG_MISSING, mta_facts_source(s, config, 0, NULL, NULL),
                       NULL);
    return false;
}

bool exim_ask(const char *config, const struct mta_ask *ask, struct mta_server *out,
              struct error *e)
{
    struct asking a = {.program = {.config = config, .ask = ask, .server = out}};
    bool ok = true;

    mta_facts_init(out, MTA_EXIM, config ? config : "exim");
    if (has_config(config, out))
        ok = ask_version(&a, e);
    if (ok && a.program.found && ask->question_count > 0)
        ok = ask_outbound(&a, e);
    else if (ok)
        write_nothing(&a);
    if (ok && a.program.found)
        ok = exim_inbound_ask(&a.program, e);
    if (ok && (out->failed || a.known.failed))
        ok = error_memory(e);
    clear(&a);
    return ok;
}
