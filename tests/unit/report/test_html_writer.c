/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/html_writer.h"

#include <string.h>

#include "unit/unit.h"

#define FFFD "\xef\xbf\xbd"
#define BYTES(s) s, sizeof s - 1

static const struct {
    const char *text;
    size_t len;
    const char *want;
} texts[] = {
    {BYTES(""), ""},
    {BYTES("plain text, 1 % of it"), "plain text, 1 % of it"},
    {BYTES("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {BYTES("</style><img src=x onerror='a()'>"),
     "&lt;/style&gt;&lt;img src=x onerror=&#39;a()&#39;&gt;"},
    {BYTES("\" onclick=\"a()"), "&quot; onclick=&quot;a()"},
    {BYTES("a & b &lt; &#60;"), "a &amp; b &amp;lt; &amp;#60;"},
    {BYTES("<!--"), "&lt;!--"},
    {BYTES("]]>"), "]]&gt;"},
    {BYTES("line\nline\tend"), "line\nline\tend"},
    {BYTES("a\0b"), "a" FFFD "b"},
    {BYTES("\x01\x08\x0b\x0c\r\x1b\x1f\x7f"), FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD},
    {BYTES("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
    {BYTES("\xe2\x82\xac \xf0\x9f\x94\x92"), "\xe2\x82\xac \xf0\x9f\x94\x92"},
    {BYTES("\xdf\xbf\xe0\xa0\x80"), "\xdf\xbf\xe0\xa0\x80"},
    /* control characters of ISO 6429, and what follows them */
    {BYTES("\xc2\x80\xc2\x9f\xc2\xa0"), FFFD FFFD "\xc2\xa0"},
    /* noncharacters, and their neighbours */
    {BYTES("\xef\xb7\x8f\xef\xb7\x90\xef\xb7\xaf\xef\xb7\xb0"),
     "\xef\xb7\x8f" FFFD FFFD "\xef\xb7\xb0"},
    {BYTES("\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf"), FFFD FFFD FFFD},
    {BYTES("\xf0\x9f\xbf\xbd\xf0\x9f\xbf\xbe\xf4\x8f\xbf\xbf"), "\xf0\x9f\xbf\xbd" FFFD FFFD},
    /* invalid UTF-8: alone, cut, overlong, a surrogate, beyond Unicode */
    {BYTES("a\xff"
           "b\xfe"),
     "a" FFFD "b" FFFD},
    {BYTES("\xc3"), FFFD},
    {BYTES("\xe2\x82"), FFFD FFFD},
    {BYTES("\xc3<b>"), FFFD "&lt;b&gt;"},
    {BYTES("\xc0\xbcscript\xc0\xbe"), FFFD FFFD "script" FFFD FFFD},
    {BYTES("\xed\xa0\x80"), FFFD FFFD FFFD},
    {BYTES("\xf4\x90\x80\x80"), FFFD FFFD FFFD FFFD},
};

START_TEST(text)
{
    struct html_writer w;
    struct text out, want;

    text_init(&out, 1000);
    text_init(&want, 1000);
    html_writer_begin(&w, &out);
    html_writer_open(&w, "span");
    html_writer_bytes(&w, texts[_i].text, texts[_i].len);
    html_writer_close(&w);
    text_addf(&want, "<!DOCTYPE html>\n<span>%s</span>", texts[_i].want);
    ck_assert_str_eq(text_str(&out), text_str(&want));
    text_free(&out);
    text_free(&want);
}
END_TEST

/* A value cannot end its attribute. */
START_TEST(attribute)
{
    struct html_writer w;
    struct text out, want;

    if (memchr(texts[_i].text, '\0', texts[_i].len))
        return;
    text_init(&out, 1000);
    text_init(&want, 1000);
    html_writer_begin(&w, &out);
    html_writer_open(&w, "a");
    html_writer_attribute(&w, "href", texts[_i].text);
    html_writer_attribute(&w, "class", "b");
    html_writer_close(&w);
    text_addf(&want, "<!DOCTYPE html>\n<a href=\"%s\" class=\"b\"></a>", texts[_i].want);
    ck_assert_str_eq(text_str(&out), text_str(&want));
    text_free(&out);
    text_free(&want);
}
END_TEST

/* Lines end where a reader of the source expects it, and nowhere inside a preformatted text. */
START_TEST(layout)
{
    struct html_writer w;
    struct text out;

    text_init(&out, 1000);
    html_writer_begin(&w, &out);
    html_writer_open(&w, "html");
    html_writer_open(&w, "meta");
    html_writer_attribute(&w, "charset", "utf-8");
    html_writer_close(&w);
    html_writer_style(&w, "a > b { color: red }");
    html_writer_open(&w, "table");
    html_writer_open(&w, "tr");
    html_writer_element(&w, "th", NULL, "1 < 2");
    html_writer_element(&w, "td", "a b", "");
    html_writer_close(&w);
    html_writer_close(&w);
    html_writer_open(&w, "p");
    html_writer_textf(&w, "%s %d", "<", 7);
    html_writer_open(&w, "br");
    html_writer_close(&w);
    html_writer_text(&w, "x");
    html_writer_close(&w);
    html_writer_element(&w, "pre", NULL, "a\nb");
    html_writer_close(&w);
    ck_assert_str_eq(text_str(&out), "<!DOCTYPE html>\n<html>\n<meta charset=\"utf-8\">\n"
                                     "<style>a > b { color: red }</style>\n<table>\n"
                                     "<tr><th>1 &lt; 2</th><td class=\"a b\"></td></tr>\n</table>\n"
                                     "<p>&lt; 7<br>x</p>\n<pre>a\nb</pre>\n</html>\n");
    ck_assert_uint_eq(w.depth, 0);
    text_free(&out);
}
END_TEST

/* A result that is cut inside a character is still UTF-8. */
START_TEST(long_format)
{
    struct html_writer w;
    struct text out;
    char s[2001];

    memset(s, 'a', sizeof s - 1);
    s[sizeof s - 1] = '\0';
    memcpy(s + 1022, "\xc3\xbc", 2);
    text_init(&out, 10000);
    html_writer_begin(&w, &out);
    html_writer_open(&w, "b");
    html_writer_textf(&w, "%s", s);
    html_writer_close(&w);
    ck_assert_uint_eq(text_utf8(out.s, out.len), out.len);
    ck_assert_ptr_nonnull(strstr(out.s, "a" FFFD "</b>"));
    text_free(&out);
}
END_TEST

/* Who writes a part of a text must not call the page whole. */
START_TEST(part_of_a_text)
{
    struct html_writer w;
    struct text out, whole, cut;

    text_init(&out, 1000);
    text_init(&whole, 10);
    text_init(&cut, 10);
    text_add(&whole, "short");
    text_add(&cut, "more than ten bytes");
    html_writer_begin(&w, &out);
    html_writer_check(&w, &whole);
    ck_assert(!out.failed && !out.cut);
    html_writer_check(&w, &cut);
    html_writer_check(&w, &whole);
    ck_assert(out.cut && !out.failed);
    cut.failed = true;
    html_writer_check(&w, &cut);
    ck_assert(out.failed);
    text_free(&out);
    text_free(&whole);
    text_free(&cut);
}
END_TEST

UNIT_CASE(html_writer, {text, COUNT(texts)}, {attribute, COUNT(texts)}, {layout, 1},
          {long_format, 1}, {part_of_a_text, 1})
