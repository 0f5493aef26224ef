/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_name.h"

#include <ctype.h>
#include <string.h>

#include "dns/dns_scan.h"

enum { LABEL_MAX = 63 };

/* --- from text --- */

/* Reads one byte of a label, escaped or not, and moves *at after it; **at is not NUL. False: the
 * escape is malformed; *at and *byte are of no use then. */
static bool take_byte(const char **at, unsigned char *byte)
{
    const char *s = *at;

    if (*s != '\\') {
        *byte = (unsigned char)*s;
        *at = s + 1;
    } else if (strspn(s + 1, "0123456789") >= 3) {
        int value = (s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0');

        *byte = (unsigned char)value;
        *at = s + 4;
        return value <= 255;
    } else if (s[1] && !isdigit((unsigned char)s[1])) {
        *byte = (unsigned char)s[1];
        *at = s + 2;
    } else {
        return false;
    }
    return true;
}

/* Reads a label, moves *at after it and the dot after it, if there is one, and appends the label
 * with its length byte to *out, which has room for two bytes at least. False: the label is empty,
 * malformed or too long, or the name is too long; *out is of no use then. */
static bool take_label(const char **at, struct dns_name *out)
{
    size_t start = out->len++, len = 0;

    for (; **at && **at != '.'; len++) {
        unsigned char byte;

        if (len == LABEL_MAX || out->len >= sizeof out->wire - 1 || !take_byte(at, &byte))
            return false;
        out->wire[out->len++] = byte;
    }
    out->wire[start] = (unsigned char)len;
    *at += **at == '.';
    return len > 0;
}

bool dns_name_from_text(const char *text, struct dns_name *out)
{
    out->len = 0;
    if (strcmp(text, ".") == 0)
        text = "";
    else if (!*text)
        return false;
    while (*text) {
        if (out->len >= sizeof out->wire - 2 || !take_label(&text, out))
            return false;
    }
    out->wire[out->len++] = 0;
    return true;
}

/* --- of a message --- */

void dns_name_at(const unsigned char *m, size_t at, struct dns_name *out)
{
    out->len = 0;
    while (m[at] != 0) {
        size_t len = m[at] + 1u;

        if ((m[at] & 0xc0) == 0xc0) {
            at = dns_scan_16(m + at) & 0x3fff;
            continue;
        }
        memcpy(out->wire + out->len, m + at, len);
        out->len += len;
        at += len;
    }
    out->wire[out->len++] = 0;
}

/* Lengths are below the letters. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++) {
        if (tolower(a->wire[i]) != tolower(b->wire[i]))
            return false;
    }
    return true;
}

/* --- to text --- */

/* Writes a byte of a label as master files have it (RFC 1035 5.1): a letter in lower case; full
 * stop, semicolon, bracket and backslash after a backslash; blanks, control bytes and those from
 * 127 on as "\DDD". `out` has room for 4 bytes, no NUL is written. Returns how many were. */
static size_t write_byte(unsigned char byte, char *out)
{
    if (byte && strchr(".;()\\", byte)) {
        out[0] = '\\';
        out[1] = (char)byte;
        return 2;
    }
    if (isascii(byte) && isgraph(byte)) {
        *out = (char)tolower(byte);
        return 1;
    }
    out[0] = '\\';
    out[1] = (char)('0' + byte / 100);
    out[2] = (char)('0' + byte / 10 % 10);
    out[3] = (char)('0' + byte % 10);
    return 4;
}

bool dns_name_text(const struct dns_name *name, char *out, size_t cap)
{
    size_t n = 0;

    for (size_t at = 0; name->wire[at] != 0; at += name->wire[at] + 1u) {
        if (at > 0)
            out[n++] = '.';
        for (size_t i = 1; i <= name->wire[at]; i++) {
            if (n + 6 > cap)
                return false;
            n += write_byte(name->wire[at + i], out + n);
        }
    }
    out[n] = '\0';
    return true;
}
