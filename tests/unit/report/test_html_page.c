/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/html_page.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/html_values.h"
#include "unit/unit.h"

/* The browser compares the digest, and shows a page without any style where it is another. */
START_TEST(digest)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    char base64[64], want[128];
    unsigned int len;

    ck_assert(EVP_Digest(html_page_css, strlen(html_page_css), sha256, &len, EVP_sha256(), NULL));
    EVP_EncodeBlock((unsigned char *)base64, sha256, (int)len);
    snprintf(want, sizeof want, "; style-src 'sha256-%s';", base64);
    ck_assert_msg(strstr(html_page_policy, want), "CSS_DIGEST is to be \"sha256-%s\"", base64);
}
END_TEST

/* Nothing in it is loaded, or is there for a screen alone without a rule for paper. */
START_TEST(style)
{
    ck_assert_ptr_null(strstr(html_page_css, "url("));
    ck_assert_ptr_null(strstr(html_page_css, "@import"));
    ck_assert_ptr_null(strstr(html_page_css, "</"));
    ck_assert_ptr_nonnull(strstr(html_page_css, "@page { size: A4"));
    ck_assert_ptr_nonnull(strstr(html_page_css, "@media print"));
}
END_TEST

/* What the function writes between the beginning and the end of a page. The caller frees it. */
static char *content(void (*write)(struct html_writer *w))
{
    struct html_writer w;
    struct text out;
    const char *begin, *end;
    char *part;

    text_init(&out, 100000);
    html_page_begin(
        &w,
        &(struct html_page){
            .heading = "<h>", .line = "a & b", .state = STATE_CRITICAL, .time = 1796027400},
        &out);
    write(&w);
    html_page_end(&w);
    ck_assert_ptr_nonnull(strstr(out.s, "<title>CRITICAL - &lt;h&gt;, 2026-11-30 08:30:00 UTC"));
    begin = strstr(out.s, "<main>\n");
    end = strstr(out.s, "</main>\n");
    ck_assert(begin && end);
    part = strndup(begin + 7, (size_t)(end - begin) - 7);
    text_free(&out);
    return part;
}

static void write_table(struct html_writer *w)
{
    struct text_table t;
    struct text_table_cell *row;

    ck_assert(text_table_init(&t, 4, 3, 1u << 3));
    row = text_table_row(&t);
    text_copy(row[0].text, TEXT_TABLE_CELL, "A");
    text_copy(row[1].text, TEXT_TABLE_CELL, "B");
    text_copy(row[3].text, TEXT_TABLE_CELL, "D");
    row = text_table_row(&t);
    text_copy(row[0].text, TEXT_TABLE_CELL, "<b>");
    text_copy(row[1].text, TEXT_TABLE_CELL, "FAIL");
    row[1].mark = TEXT_TABLE_FAIL;
    text_copy(row[3].text, TEXT_TABLE_CELL, "7");
    row = text_table_row(&t);
    text_copy(row[1].text, TEXT_TABLE_CELL, "OK");
    row[1].mark = TEXT_TABLE_OK;
    text_copy(row[3].text, TEXT_TABLE_CELL, "8");
    row[3].mark = TEXT_TABLE_FAIL;
    html_page_table(w, &t, NULL);
    html_page_table(w, &t, "x");
    text_table_free(&t);
}

#define HEAD                                                                                       \
    "<div class=\"table\">\n<table>\n<thead>\n<tr><th scope=\"col\">A</th><th "                    \
    "scope=\"col\">B</th>"                                                                         \
    "<th scope=\"col\" class=\"number\">D</th></tr>\n</thead>\n<tbody>\n"
#define ROWS(cell)                                                                                 \
    "<tr><th scope=\"row\" class=\"short\">" cell "</th><td class=\"fail\">FAIL</td>"              \
    "<td class=\"number\">7</td></tr>\n<tr><td></td><td class=\"ok\">OK</td>"                      \
    "<td class=\"fail number\">8</td></tr>\n</tbody>\n</table>\n</div>\n"

static void write_lines(struct html_writer *w)
{
    html_page_lines(w, "");
    html_page_lines(w, "one\n<two>\n");
    html_page_lines(w, "three");
}

/* The second finding of a code is not explained again. */
static void write_findings(struct html_writer *w)
{
    bool explained[FINDING_COUNT] = {false};
    struct html_page_finding f = {.code = F_TLS_VERSION,
                                  .state = STATE_CRITICAL,
                                  .place = "mx<1>",
                                  .headline = "old",
                                  .detail = ""};

    html_page_finding(w, &f, explained);
    f.place = "";
    f.state = STATE_OK;
    f.detail = "expected \"more\"";
    html_page_finding(w, &f, explained);
}

static void write_section(struct html_writer *w)
{
    const enum state state = STATE_WARNING;

    html_page_section(w, "partner", 12, "a (b)", &state);
    html_writer_close(w);
    html_page_section(w, "x", 1, "c", NULL);
}

static const struct {
    void (*write)(struct html_writer *w);
    const char *want;
} parts[] = {
    {write_table, HEAD ROWS("&lt;b&gt;") HEAD ROWS("<a href=\"#x-1\">&lt;b&gt;</a>")},
    {write_lines, "<ul>\n<li>one</li>\n<li>&lt;two&gt;</li>\n</ul>\n<ul>\n<li>three</li>\n</ul>\n"},
    {write_findings,
     "<article class=\"critical\">\n<p><span class=\"state critical\">CRITICAL</span> "
     "<b>mx&lt;1&gt;</b>: old <code>tls-version</code></p>\n"
     "<p><b>What it means:</b> The gateway offers only TLS versions below <code>--min-tls</code>."
     "</p>\n<p><b>What to do:</b></p>\n<ul>\n<li>The operator of the gateway enables TLS 1.2 or "
     "1.3.</li>\n<li>If the partner needs time, "
     "use <code>--min-tls 1.0</code> until an agreed day.</li>\n</ul>\n</article>\n"
     "<article class=\"ok\">\n<p><span class=\"state ok\">OK</span> old; expected "
     "&quot;more&quot; <code>tls-version</code></p>\n</article>\n"},
    {write_section,
     "<section id=\"partner-12\">\n<h2>a (b) <span class=\"state warning\">WARNING</span></h2>\n"
     "</section>\n<section id=\"x-1\">\n<h2>c</h2>\n</section>\n"},
};

static void write_values(struct html_writer *w, size_t count)
{
    struct html_values v = {.count = 0};
    char text[40];

    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "<%zu>", i);
        html_values_add(&v, text, i == 1);
        html_values_add(&v, text, i == 2); /* the same text: not again */
    }
    html_values_write(&v, "none & nothing", w);
}

/* How many values a cell has, what it begins with, and what it ends with. */
static const struct {
    size_t count;
    const char *begin, *end;
} cells[] = {
    {0, "<td><span class=\"note\">none &amp; nothing</span></td>", "</td>"},
    {1, "<td>&lt;0&gt;</td>", "</td>"},
    {4,
     "<td>&lt;0&gt;<br><span class=\"differs\">&lt;1&gt;</span><br>"
     "<span class=\"differs\">&lt;2&gt;</span><br>&lt;3&gt;</td>",
     "</td>"},
    {HTML_VALUES_MAX, "<td>&lt;0&gt;<br>", "<br>&lt;63&gt;</td>"},
    {HTML_VALUES_MAX + 1, "<td>&lt;0&gt;<br>", "<br>&lt;63&gt; and more</td>"},
};

START_TEST(values)
{
    struct html_writer w;
    struct text out;

    text_init(&out, 100000);
    w = (struct html_writer){.out = &out};
    write_values(&w, cells[_i].count);
    ck_assert_msg(strncmp(out.s, cells[_i].begin, strlen(cells[_i].begin)) == 0, "%s", out.s);
    ck_assert_str_eq(out.s + out.len - strlen(cells[_i].end), cells[_i].end);
    text_free(&out);
}
END_TEST

START_TEST(part)
{
    char *got = content(parts[_i].write);

    ck_assert_str_eq(got, parts[_i].want);
    free(got);
}
END_TEST

UNIT_CASE(html_page, {digest, 1}, {style, 1}, {part, COUNT(parts)}, {values, COUNT(cells)})
