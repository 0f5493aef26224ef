/* SPDX-License-Identifier: BSD-2-Clause */
/* The `http` verb: reads one request and answers it; for policies, OCSP responders and CRLs. */
#ifndef LAB_HTTP_SERVER_H
#define LAB_HTTP_SERVER_H

#include "peer.h"

struct http_server;

/* Reads the options of an `http` line. */
struct http_server *http_server_new(struct lab *lab, const struct statement *s);

/* Answers one request. False where the session is over. */
bool http_server_play(struct peer *p, const struct http_server *server);

#endif
