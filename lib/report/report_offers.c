/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_offers.h"

#include <string.h>

#include "base/span.h"

bool report_offers_known(const struct observation *o)
{
    return o->has_offer || o->client != CONN_CLIENT_NOT_ASKED;
}

/* Returns the extensions in words; static, or the observation's. "" where they are not known. */
static const char *extensions(const struct observation *o)
{
    if (!o->has_offer)
        return "";
    return o->tls_keywords[0] ? o->tls_keywords : "no extension";
}

/* Returns in words whether a certificate is asked for and ours is sent; static. */
static const char *request(const struct observation *o)
{
    bool any = !o->own_cert.cas[0];

    switch (o->client) {
    case CONN_CLIENT_NONE:
        return any ? "asked for, none is sent; any CA" : "asked for, none is sent";
    case CONN_CLIENT_SHOWN:
        return any ? "asked for, ours is sent; any CA" : "asked for, ours is sent";
    default:
        return "not asked for";
    }
}

/* Takes the next name of a CA off *rest into *name. False: there is none. */
static bool next_ca(struct span *rest, struct span *name)
{
    if (rest->len == 0)
        return false;
    *name = span_until(rest, '\n');
    return true;
}

/* How many CAs the gateway names after those that are kept. */
static size_t more_cas(const struct observation *o)
{
    struct span rest = span_of(o->own_cert.cas), name;
    size_t shown = 0;

    while (next_ca(&rest, &name))
        shown++;
    return o->own_cert.ca_count > shown ? o->own_cert.ca_count - shown : 0;
}

/* Appends the lines about the request. */
static void add_request(const struct observation *o, struct text *out)
{
    struct span rest = span_of(o->own_cert.cas), name;

    text_addf(out, "    client certificate: %s\n", request(o));
    while (next_ca(&rest, &name))
        text_addf(out, "      CA: %.*s\n", (int)name.len, name.at);
    if (more_cas(o) > 0)
        text_addf(out, "      and %zu more CAs\n", more_cas(o));
}

void report_offers_add(const struct observation *o, struct text *out)
{
    if (o->client != CONN_CLIENT_NOT_ASKED)
        add_request(o, out);
    if (o->has_offer)
        text_addf(out, "    offers after TLS: %s\n", extensions(o));
}

/* --- HTML --- */

/* Writes a header of the table, of a column or of a row. */
static void add_header(struct html_writer *w, const char *scope, const char *text)
{
    html_writer_open(w, "th");
    html_writer_attribute(w, "scope", scope);
    html_writer_text(w, text);
    html_writer_close(w);
}

/* Begins another line of a cell. */
static void begin_line(struct html_writer *w)
{
    html_writer_open(w, "br");
    html_writer_close(w);
}

/* Writes the cell about the request. */
static void add_request_cell(const struct observation *o, struct html_writer *w)
{
    struct span rest = span_of(o->own_cert.cas), name;

    html_writer_open(w, "td");
    html_writer_text(w, request(o));
    while (next_ca(&rest, &name)) {
        begin_line(w);
        html_writer_text(w, "CA: ");
        html_writer_bytes(w, name.at, name.len);
    }
    if (more_cas(o) > 0) {
        begin_line(w);
        html_writer_textf(w, "and %zu more CAs", more_cas(o));
    }
    html_writer_close(w);
}

void report_offers_html_head(struct html_writer *w)
{
    html_writer_open(w, "thead");
    html_writer_open(w, "tr");
    add_header(w, "col", "Gateway");
    add_header(w, "col", "Offers after TLS");
    add_header(w, "col", "Client certificate");
    html_writer_close(w);
    html_writer_close(w);
}

void report_offers_html_row(const char *place, const struct observation *o, struct html_writer *w)
{
    html_writer_open(w, "tr");
    add_header(w, "row", place);
    html_writer_element(w, "td", NULL, extensions(o));
    add_request_cell(o, w);
    html_writer_close(w);
}
