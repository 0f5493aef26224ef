/* SPDX-License-Identifier: BSD-2-Clause */
#include "verbs.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_server.h"
#include "smtp_server.h"

#define ENDLESS_BOUND ((size_t)256 << 20)

struct verb {
    const struct verb_kind *kind;
    int line;
    const char *file;
    const char *text, *inject;
    size_t text_len, inject_len;
    double seconds;
    size_t n;
    struct tls_server *tls;
    struct smtp_server *server;
    struct http_server *http;
};

struct verbs {
    struct verb *list;
    size_t n;
};

/* ---- playing: false ends the session ---- */

static bool play_send(struct peer *p, const struct verb *v)
{
    return peer_write(p, v->text, v->text_len);
}

static bool play_expect(struct peer *p, const struct verb *v)
{
    char line[2048];
    bool bare_lf = false;

    switch (peer_line(p, line, sizeof line, &bare_lf)) {
    case PEER_END:
        peer_fault(p, "expected \"%s\", but the client closed", v->text);
        return false;
    case PEER_SILENT:
        peer_fault(p, "expected \"%s\", but nothing came", v->text);
        return false;
    case PEER_TOO_LONG:
        peer_fault(p, "expected \"%s\", but an endless line came", v->text);
        return false;
    case PEER_LINE:
        break;
    }
    if (strncasecmp(line, v->text, v->text_len) != 0) {
        peer_fault(p, "expected \"%s\", but the client sent \"%s\"", v->text, line);
        return false;
    }
    if (bare_lf)
        peer_fault(p, "a line that ends with a bare LF: \"%s\"", line);
    return true;
}

static bool play_expect_end(struct peer *p, const struct verb *v)
{
    static const char bye[] = "221 2.0.0 Bye\r\n";
    char line[2048];
    bool bare_lf;
    enum peer_read result = peer_line(p, line, sizeof line, &bare_lf);

    (void)v;
    if (result == PEER_END)
        return false;
    if (result != PEER_LINE)
        peer_fault(p, "expected the end, but nothing came");
    else if (strcasecmp(line, "QUIT") != 0)
        peer_fault(p, "expected the end, but the client sent \"%s\"", line);
    else
        return peer_write(p, bye, sizeof bye - 1);
    return false;
}

static bool play_delay(struct peer *p, const struct verb *v)
{
    peer_wait(p, v->seconds);
    return true;
}

static bool play_drip(struct peer *p, const struct verb *v)
{
    for (size_t i = 0; i < v->text_len; i++) {
        if (!peer_write(p, v->text + i, 1))
            return false;
        peer_wait(p, v->seconds);
    }
    return true;
}

static bool play_huge(struct peer *p, const struct verb *v)
{
    char block[4096];

    memset(block, 'x', sizeof block);
    for (size_t left = v->n; left > 0;) {
        size_t part = left < sizeof block ? left : sizeof block;

        if (!peer_write(p, block, part))
            return false;
        left -= part;
    }
    return true;
}

static bool play_endless(struct peer *p, const struct verb *v)
{
    struct buf block = {0};
    size_t sent = 0;
    bool up = v->text_len > 0;

    while (up && block.len < 4096)
        buf_add(&block, v->text, v->text_len);
    while (up && sent < ENDLESS_BOUND) {
        up = peer_write(p, block.p, block.len);
        sent += block.len;
    }
    if (up)
        peer_fault(p, "the client took 256 MB and wanted more");
    free(block.p);
    return false;
}

static bool play_close(struct peer *p, const struct verb *v)
{
    (void)v;
    peer_close(p);
    return false;
}

static bool play_reset(struct peer *p, const struct verb *v)
{
    (void)v;
    peer_reset(p);
    return false;
}

static bool play_leave(struct peer *p, const struct verb *v)
{
    peer_leave(p, v->text, v->text_len);
    return false;
}

static bool play_hang(struct peer *p, const struct verb *v)
{
    (void)v;
    peer_hang(p);
    return false;
}

static bool play_expect_hello(struct peer *p, const struct verb *v)
{
    (void)v;
    return peer_hello(p);
}

static bool play_starttls(struct peer *p, const struct verb *v)
{
    struct verb command = {.text = "STARTTLS", .text_len = 8};
    struct buf out = {0};
    bool sent;

    if (!play_expect(p, &command))
        return false;
    if (peer_has_more(p))
        peer_fault(p, "the client sent more after STARTTLS, in plaintext");
    buf_str(&out, "220 2.0.0 Ready to start TLS\r\n");
    buf_add(&out, v->inject, v->inject_len);
    sent = peer_write(p, out.p, out.len);
    free(out.p);
    return sent && peer_tls(p, v->tls);
}

static bool play_tls(struct peer *p, const struct verb *v)
{
    return peer_tls(p, v->tls);
}

static bool play_tls_partly(struct peer *p, const struct verb *v)
{
    peer_tls_partly(p, v->tls, v->n, v->seconds);
    return false;
}

static bool play_serve(struct peer *p, const struct verb *v)
{
    return smtp_server_play(p, v->server);
}

static bool play_http(struct peer *p, const struct verb *v)
{
    return http_server_play(p, v->http);
}

/* ---- reading ---- */

static void read_text(struct verb *v, const struct statement *s, size_t i)
{
    v->text = script_text(s, i);
    v->text_len = s->words[i].len;
    if (s->n > i + 1)
        script_error(s, "%s: one text only; quote it", s->words[0].p);
}

static void read_one_text(struct verb *v, struct lab *lab, const struct statement *s)
{
    (void)lab;
    read_text(v, s, 1);
}

static void read_reply(struct verb *v, struct lab *lab, const struct statement *s)
{
    struct buf text = {0};

    (void)lab;
    read_text(v, s, 1);
    buf_add(&text, v->text, v->text_len);
    buf_str(&text, "\r\n");
    v->text = text.p;
    v->text_len = text.len;
}

static void read_nothing(struct verb *v, struct lab *lab, const struct statement *s)
{
    (void)v;
    (void)lab;
    if (s->n > 1)
        script_error(s, "%s takes nothing", s->words[0].p);
}

static void read_delay(struct verb *v, struct lab *lab, const struct statement *s)
{
    (void)lab;
    v->seconds = script_seconds(s, script_text(s, 1));
}

static void read_drip(struct verb *v, struct lab *lab, const struct statement *s)
{
    read_delay(v, lab, s);
    read_text(v, s, 2);
}

static void read_huge(struct verb *v, struct lab *lab, const struct statement *s)
{
    (void)lab;
    v->n = (size_t)script_number(s, script_text(s, 1), 1, 1L << 30);
}

static void read_tls_from(struct verb *v, struct lab *lab, const struct statement *s, size_t first)
{
    struct tls_options o = {.cert = script_text(s, first)};

    for (size_t i = first + 1; i < s->n; i++) {
        const char *inject = script_value(&s->words[i], "inject");

        if (inject != NULL && script_is(&s->words[0], "starttls")) {
            v->inject = inject;
            v->inject_len = s->words[i].len - sizeof "inject";
        } else if (!tls_option(&o, s, &s->words[i])) {
            script_error(s, "%s: unknown option \"%s\"", s->words[0].p, s->words[i].p);
        }
    }
    v->tls = tls_server_new(lab, s, &o);
}

static void read_tls(struct verb *v, struct lab *lab, const struct statement *s)
{
    read_tls_from(v, lab, s, 1);
}

static void read_tls_stall(struct verb *v, struct lab *lab, const struct statement *s)
{
    v->n = (size_t)script_number(s, script_text(s, 1), 0, 1L << 30);
    read_tls_from(v, lab, s, 2);
}

static void read_tls_drip(struct verb *v, struct lab *lab, const struct statement *s)
{
    read_delay(v, lab, s);
    v->n = SIZE_MAX;
    read_tls_from(v, lab, s, 2);
}

static void read_http(struct verb *v, struct lab *lab, const struct statement *s)
{
    v->http = http_server_new(lab, s);
}

static const struct verb_kind {
    const char *name;
    void (*read)(struct verb *v, struct lab *lab, const struct statement *s);
    bool (*play)(struct peer *p, const struct verb *v);
} kinds[] = {
    {"send", read_one_text, play_send},
    {"reply", read_reply, play_send},
    {"expect", read_one_text, play_expect},
    {"expect-end", read_nothing, play_expect_end},
    {"expect-hello", read_nothing, play_expect_hello},
    {"delay", read_delay, play_delay},
    {"drip", read_drip, play_drip},
    {"huge", read_huge, play_huge},
    {"endless", read_one_text, play_endless},
    {"close", read_nothing, play_close},
    {"reset", read_nothing, play_reset},
    {"leave", read_reply, play_leave},
    {"hang", read_nothing, play_hang},
    {"starttls", read_tls, play_starttls},
    {"tls", read_tls, play_tls},
    {"tls-stall", read_tls_stall, play_tls_partly},
    {"tls-drip", read_tls_drip, play_tls_partly},
    {"http", read_http, play_http},
};

static const struct verb_kind serve = {"serve", NULL, play_serve};

struct verbs *verbs_new(void)
{
    return need(1, sizeof(struct verbs));
}

void verbs_add(struct verbs *list, struct lab *lab, const struct statement *s, const char *address)
{
    struct verb v = {.line = s->line, .file = s->file};

    if (script_is(&s->words[0], serve.name)) {
        v.kind = &serve;
        v.server = smtp_server_new(lab, s, address);
    }
    for (size_t i = 0; v.kind == NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (!script_is(&s->words[0], kinds[i].name))
            continue;
        v.kind = &kinds[i];
        kinds[i].read(&v, lab, s);
    }
    if (v.kind == NULL)
        script_error(s, "unknown verb \"%s\"", s->words[0].p);
    list->list = grow(list->list, &list->n, sizeof *list->list);
    list->list[list->n - 1] = v;
}

void verbs_play(const struct verbs *v, struct peer *p)
{
    for (size_t i = 0; i < v->n; i++) {
        p->verb_line = v->list[i].line;
        p->file = v->list[i].file;
        if (!v->list[i].kind->play(p, &v->list[i]))
            break;
    }
    peer_close(p);
}
