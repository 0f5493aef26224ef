/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct smtp_server {
    struct tls_server *tls;
    bool wrapper;
    const char *name, *caps, *greeting, *ehlo, *ehlo_tls, *mail, *rcpt, *mail_clear, *rcpt_clear;
    const char *starttls, *strip, *inject, *rset, *noop, *quit;
    size_t inject_len;
    double greeting_delay, ehlo_delay, starttls_delay, tls_delay, ehlo_tls_delay, mail_delay,
        rcpt_delay;
};

struct session {
    struct peer *peer;
    const struct smtp_server *server;
    bool tls;
};

enum next { GO_ON, OVER };

/* ---- the serve line ---- */

static bool text_option(struct smtp_server *v, const struct word *w)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {
        {"name", &v->name},
        {"caps", &v->caps},
        {"greeting", &v->greeting},
        {"ehlo", &v->ehlo},
        {"ehlo_tls", &v->ehlo_tls},
        {"mail", &v->mail},
        {"rcpt", &v->rcpt},
        {"mail_clear", &v->mail_clear},
        {"rcpt_clear", &v->rcpt_clear},
        {"starttls", &v->starttls},
        {"strip", &v->strip},
        {"rset", &v->rset},
        {"noop", &v->noop},
        {"quit", &v->quit},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = script_value(w, texts[i].key);

        if (value == NULL)
            continue;
        *texts[i].value = value;
        return true;
    }
    return false;
}

static bool delay_option(struct smtp_server *v, const struct statement *s, const struct word *w)
{
    const struct {
        const char *key;
        double *value;
    } delays[] = {
        {"greeting-delay", &v->greeting_delay}, {"ehlo-delay", &v->ehlo_delay},
        {"starttls-delay", &v->starttls_delay}, {"tls-delay", &v->tls_delay},
        {"ehlo_tls-delay", &v->ehlo_tls_delay}, {"mail-delay", &v->mail_delay},
        {"rcpt-delay", &v->rcpt_delay},
    };

    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        const char *value = script_value(w, delays[i].key);

        if (value == NULL)
            continue;
        *delays[i].value = script_seconds(s, value);
        return true;
    }
    return false;
}

static void set_defaults(struct smtp_server *v)
{
    if (v->mail == NULL)
        v->mail = "250 2.1.0 Ok";
    if (v->rcpt == NULL)
        v->rcpt = "250 2.1.5 Ok";
    if (v->mail_clear == NULL)
        v->mail_clear = v->mail;
    if (v->rcpt_clear == NULL)
        v->rcpt_clear = v->rcpt;
    if (v->ehlo_tls == NULL)
        v->ehlo_tls = v->ehlo;
    if (v->greeting == NULL)
        v->greeting = text_of("220 %s ESMTP", v->name);
}

struct smtp_server *smtp_server_new(struct lab *lab, const struct statement *s, const char *address)
{
    struct smtp_server *v = need(1, sizeof *v);
    struct tls_options tls = {0};

    *v = (struct smtp_server){.name = address,
                              .caps = "PIPELINING,SIZE 10240000,8BITMIME",
                              .rset = "250 2.0.0 Ok",
                              .noop = "250 2.0.0 Ok",
                              .quit = "221 2.0.0 Bye"};
    for (size_t i = 1; i < s->n; i++) {
        const struct word *w = &s->words[i];
        const char *value;

        if ((value = script_value(w, "cert")) != NULL) {
            tls.cert = value;
        } else if ((value = script_value(w, "inject")) != NULL) {
            v->inject = value;
            v->inject_len = w->len - sizeof "inject";
        } else if (script_is(w, "wrapper")) {
            v->wrapper = true;
        } else if (!text_option(v, w) && !delay_option(v, s, w) && !tls_option(&tls, s, w) &&
                   !script_is(w, "data=forbidden")) {
            script_error(s, "serve: unknown option \"%s\"", w->p);
        }
    }
    if (tls.cert != NULL)
        v->tls = tls_server_new(lab, s, &tls);
    else if (v->wrapper)
        script_error(s, "serve: wrapper needs a cert=");
    set_defaults(v);
    return v;
}

/* ---- replies ---- */

static enum next reply(struct session *s, double delay, const char *text)
{
    struct buf out = {0};
    bool sent;

    peer_wait(s->peer, delay);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n' && (p == text || p[-1] != '\r'))
            buf_str(&out, "\r");
        buf_add(&out, p, 1);
    }
    buf_str(&out, "\r\n");
    sent = peer_write(s->peer, out.p, out.len);
    free(out.p);
    return sent && strncmp(text, "421", 3) != 0 ? GO_ON : OVER;
}

static void add_capability(struct buf *out, const char *text, size_t len)
{
    buf_str(out, "\n250-");
    buf_add(out, text, len);
}

static char *ehlo_text(const struct session *s)
{
    const struct smtp_server *v = s->server;
    struct buf out = {0};
    char *last;

    buf_fmt(&out, "250-%s", v->name);
    for (const char *p = v->caps; *p != '\0'; p += strspn(p, ",")) {
        add_capability(&out, p, strcspn(p, ","));
        p += strcspn(p, ",");
    }
    if (v->strip != NULL && !s->tls)
        add_capability(&out, v->strip, strlen(v->strip));
    else if ((v->tls != NULL || v->starttls != NULL) && !s->tls)
        add_capability(&out, "STARTTLS", 8);
    last = strrchr(out.p, '\n');
    *(last != NULL ? last + 4 : out.p + 3) = ' ';
    return out.p;
}

/* ---- commands ---- */

static enum next on_ehlo(struct session *s, const char *arg)
{
    const struct smtp_server *v = s->server;
    const char *whole = s->tls ? v->ehlo_tls : v->ehlo;
    char *text = NULL;
    enum next next;

    if (*arg == '\0')
        peer_fault(s->peer, "EHLO without a name");
    if (whole == NULL)
        whole = text = ehlo_text(s);
    next = reply(s, s->tls ? v->ehlo_tls_delay : v->ehlo_delay, whole);
    free(text);
    return next;
}

static enum next on_helo(struct session *s, const char *arg)
{
    char text[300];

    if (*arg == '\0')
        peer_fault(s->peer, "HELO without a name");
    snprintf(text, sizeof text, "250 %s", s->server->name);
    return reply(s, 0, text);
}

static enum next on_starttls(struct session *s, const char *arg)
{
    const struct smtp_server *v = s->server;
    const char *text = v->starttls != NULL ? v->starttls : "220 2.0.0 Ready to start TLS";
    struct buf out = {0};
    bool sent;

    if (*arg != '\0')
        peer_fault(s->peer, "STARTTLS with an argument: \"%s\"", arg);
    if (s->tls)
        return reply(s, 0, "503 5.5.1 TLS already active");
    if (peer_has_more(s->peer))
        peer_fault(s->peer, "the client sent more after STARTTLS, in plaintext");
    if (v->tls == NULL || strncmp(text, "220", 3) != 0)
        return reply(s, v->starttls_delay,
                     v->starttls != NULL ? text : "502 5.5.1 Not implemented");
    peer_wait(s->peer, v->starttls_delay);
    buf_fmt(&out, "%s\r\n", text);
    buf_add(&out, v->inject, v->inject_len);
    sent = peer_write(s->peer, out.p, out.len);
    free(out.p);
    peer_wait(s->peer, v->tls_delay);
    s->tls = sent && peer_tls(s->peer, v->tls);
    return s->tls ? GO_ON : OVER;
}

static bool is_path(const char *arg, const char *keyword)
{
    size_t len = strlen(keyword);

    return strncasecmp(arg, keyword, len) == 0 && arg[len] == '<' && strchr(arg + len, '>') != NULL;
}

static enum next on_mail(struct session *s, const char *arg)
{
    if (!is_path(arg, "FROM:"))
        peer_fault(s->peer, "not MAIL FROM:<...>: \"MAIL %s\"", arg);
    return reply(s, s->server->mail_delay, s->tls ? s->server->mail : s->server->mail_clear);
}

static enum next on_rcpt(struct session *s, const char *arg)
{
    if (!is_path(arg, "TO:") || strncasecmp(arg, "TO:<>", 5) == 0)
        peer_fault(s->peer, "not RCPT TO:<...>: \"RCPT %s\"", arg);
    return reply(s, s->server->rcpt_delay, s->tls ? s->server->rcpt : s->server->rcpt_clear);
}

static enum next on_data(struct session *s, const char *arg)
{
    (void)arg;
    peer_fault(s->peer, "the probe must never send DATA");
    return reply(s, 0, "554 5.5.1 No valid recipients");
}

static enum next on_rset(struct session *s, const char *arg)
{
    (void)arg;
    return reply(s, 0, s->server->rset);
}

static enum next on_noop(struct session *s, const char *arg)
{
    (void)arg;
    return reply(s, 0, s->server->noop);
}

static enum next on_quit(struct session *s, const char *arg)
{
    (void)arg;
    reply(s, 0, s->server->quit);
    return OVER;
}

static const struct {
    const char *name;
    enum next (*play)(struct session *s, const char *arg);
} commands[] = {
    {"EHLO", on_ehlo}, {"HELO", on_helo}, {"STARTTLS", on_starttls}, {"MAIL", on_mail},
    {"RCPT", on_rcpt}, {"DATA", on_data}, {"BDAT", on_data},         {"RSET", on_rset},
    {"NOOP", on_noop}, {"QUIT", on_quit},
};

static enum next command(struct session *s, const char *line)
{
    size_t len = strcspn(line, " ");
    const char *arg = line[len] == ' ' ? line + len + 1 : "";

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i].name) == len && strncasecmp(line, commands[i].name, len) == 0)
            return commands[i].play(s, arg);
    return reply(s, 0, "500 5.5.2 Command not recognised");
}

bool smtp_server_play(struct peer *p, const struct smtp_server *server)
{
    struct session s = {.peer = p, .server = server, .tls = p->ssl != NULL};
    enum next next = GO_ON;
    char line[2048];
    bool bare_lf;

    if (server->wrapper && !s.tls) {
        peer_wait(p, server->tls_delay);
        s.tls = peer_tls(p, server->tls);
        if (!s.tls)
            return false;
    }
    if (!p->spoke)
        next = reply(&s, server->greeting_delay, server->greeting);
    while (next == GO_ON) {
        if (peer_line(p, line, sizeof line, &bare_lf) != PEER_LINE)
            return false;
        if (bare_lf)
            peer_fault(p, "a line that ends with a bare LF: \"%s\"", line);
        next = command(&s, line);
    }
    return true;
}
