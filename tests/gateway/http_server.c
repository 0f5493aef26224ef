/* SPDX-License-Identifier: BSD-2-Clause */
#include "http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pki.h"
#include "staple.h"

struct http_server {
    const char *path; /* the request's must end in it, or NULL */
    struct buf answer;
    size_t head_len;
    double delay, drip;
};

/* "good:mx": what is said about which certificate. */
static struct buf said(struct lab *lab, const struct statement *s, const char *text,
                       struct buf (*make)(struct lab *, const struct statement *,
                                          const struct cert *, const char *))
{
    const char *colon = strchr(text, ':');
    const struct cert *cert = colon != NULL ? pki_find(lab->pki, colon + 1) : NULL;
    char *what;
    struct buf out;

    if (cert == NULL)
        script_error(s, "\"%s\" is not WHAT:CERT", text);
    what = copy_of(text, (size_t)(colon - text));
    out = make(lab, s, cert, what);
    free(what);
    return out;
}

struct http_server *http_server_new(struct lab *lab, const struct statement *s)
{
    struct http_server *server = need(1, sizeof *server);
    const char *status = "200 OK", *type = "text/plain", *more = NULL, *value;
    struct buf body = {0};

    for (size_t i = 1; i < s->n; i++) {
        const struct word *w = &s->words[i];

        if ((value = script_value(w, "path")) != NULL)
            server->path = value;
        else if ((value = script_value(w, "status")) != NULL)
            status = value;
        else if ((value = script_value(w, "type")) != NULL)
            type = value;
        else if ((value = script_value(w, "header")) != NULL)
            more = value;
        else if ((value = script_value(w, "body")) != NULL)
            buf_add(&body, value, w->len - sizeof "body");
        else if ((value = script_value(w, "fill")) != NULL)
            while (body.len < (size_t)script_number(s, value, 0, 1L << 24))
                buf_str(&body, "x");
        else if ((value = script_value(w, "ocsp")) != NULL)
            body = said(lab, s, value, staple_response);
        else if ((value = script_value(w, "crl")) != NULL)
            body = said(lab, s, value, staple_crl);
        else if ((value = script_value(w, "delay")) != NULL)
            server->delay = script_seconds(s, value);
        else if ((value = script_value(w, "drip")) != NULL)
            server->drip = script_seconds(s, value);
        else
            script_error(s, "http: unknown option \"%s\"", w->p);
    }
    buf_fmt(&server->answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n", status,
            body.len);
    if (*type != '\0')
        buf_fmt(&server->answer, "Content-Type: %s\r\n", type);
    if (more != NULL)
        buf_fmt(&server->answer, "%s\r\n", more);
    buf_str(&server->answer, "\r\n");
    server->head_len = server->answer.len;
    buf_add(&server->answer, body.p, body.len);
    return server;
}

static bool read_head(struct peer *p, const struct http_server *server)
{
    char line[2048];
    bool bare_lf, first = true;
    enum peer_read result;

    while ((result = peer_line(p, line, sizeof line, &bare_lf)) == PEER_LINE && *line != '\0') {
        char *end = first ? strrchr(line, ' ') : NULL;

        if (end != NULL)
            *end = '\0';
        if (first && server->path != NULL &&
            (strlen(line) < strlen(server->path) ||
             strcmp(line + strlen(line) - strlen(server->path), server->path) != 0))
            peer_fault(p, "expected a request for \"%s\", seen \"%s\"", server->path, line);
        first = false;
    }
    return result == PEER_LINE;
}

bool http_server_play(struct peer *p, const struct http_server *server)
{
    const struct buf *a = &server->answer;

    if (!read_head(p, server))
        return false;
    peer_wait(p, server->delay);
    if (server->drip <= 0)
        return peer_write(p, a->p, a->len) && false;
    if (!peer_write(p, a->p, server->head_len))
        return false;
    for (size_t i = server->head_len; i < a->len && peer_write(p, a->p + i, 1); i++)
        peer_wait(p, server->drip);
    return false;
}
