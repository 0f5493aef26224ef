/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mtasts.h"

#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "base/text.h"

/* Whether it is a letter or digit of ASCII, whatever the locale. */
static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Whether it is a space or a tab (WSP). */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Writes "WHY: SEEN" to `fault`, with `seen` cleaned and cut, or WHY alone where `seen` is empty.
 * Always false. */
static bool refuse(char *fault, size_t cap, const char *why, struct span seen)
{
    char clean[60];

    text_clean(clean, sizeof clean, seen.at, seen.len);
    text_format(fault, cap, seen.len ? "%s: %s" : "%s", why, clean);
    return false;
}

/* Whether it can be the name of a field or of a key: 1 to 32 characters (RFC 8461 3.1, RFC 8460
 * 3). */
static bool is_name(struct span s)
{
    if (s.len == 0 || s.len > 32 || !is_alnum(s.at[0]))
        return false;
    for (size_t i = 1; i < s.len; i++) {
        if (!is_alnum(s.at[i]) && !memchr("_-.", s.at[i], 3))
            return false;
    }
    return true;
}

/* --- TXT records --- */

size_t mtasts_join(const unsigned char *rdata, size_t len, char *out, size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i += 1 + (size_t)rdata[i]) {
        size_t part = rdata[i];

        if (part > len - i - 1 || part > cap - n)
            return 0;
        memcpy(out + n, rdata + i + 1, part);
        n += part;
    }
    return n;
}

/* Whether a record begins with the version, "v=STSv1" or "v=TLSRPTv1" in this case, and after it
 * blanks, if any, and a semicolon or the end. */
static bool has_version(const char *s, size_t len, const char *version)
{
    size_t n = strlen(version);

    if (len < n || memcmp(s, version, n) != 0)
        return false;
    while (n < len && is_blank(s[n]))
        n++;
    return n == len || s[n] == ';';
}

bool mtasts_is_record(const char *s, size_t len)
{
    return has_version(s, len, "v=STSv1");
}

bool mtasts_is_tlsrpt(const char *s, size_t len)
{
    return has_version(s, len, "v=TLSRPTv1");
}

/* Takes the next of the fields between semicolons off *rest; it is trimmed and may be empty. False
 * past the last, *field is unchanged. A semicolon at the end begins no field. */
static bool next_field(struct span *rest, struct span *field)
{
    const char *end;

    if (rest->len == 0)
        return false;
    end = memchr(rest->at, ';', rest->len);
    field->at = rest->at;
    field->len = end ? (size_t)(end - rest->at) : rest->len;
    rest->at += field->len + (end != NULL);
    rest->len -= field->len + (end != NULL);
    *field = span_trim(*field);
    return true;
}

/* Splits a field, trimmed, at its first '=' into name and value, which is not empty and has visible
 * characters alone; that of rua may have "=" and white space, too. False: the field is anything
 * else, and *name and *value may have changed. */
static bool split_field(struct span field, struct span *name, struct span *value)
{
    bool list;

    const char *sign = memchr(field.at, '=', field.len);

    if (!sign)
        return false;
    *name = (struct span){field.at, (size_t)(sign - field.at)};
    list = span_is(*name, "rua");
    *value = (struct span){sign + 1, field.len - name->len - 1};
    for (size_t i = 0; i < value->len; i++) {
        bool visible = value->at[i] > 0x20 && value->at[i] < 0x7f && value->at[i] != '=';

        if (!visible && !(list && (value->at[i] == '=' || is_blank(value->at[i]))))
            return false;
    }
    return is_name(*name) && value->len > 0;
}

/* Whether it is 1 to 32 ASCII letters and digits. */
static bool is_id(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.at[i]))
            return false;
    }
    return s.len >= 1 && s.len <= 32;
}

bool mtasts_record_read(const char *s, size_t len, struct mtasts_record *out)
{
    struct span rest = {s, len}, field, name, value;
    bool first = true;

    *out = (struct mtasts_record){0};
    for (; next_field(&rest, &field); first = false) {
        if (first && !mtasts_is_record(s, len))
            return refuse(out->fault, sizeof out->fault, "it does not begin with v=STSv1", field);
        if (first)
            continue;
        if (!split_field(field, &name, &value))
            return refuse(out->fault, sizeof out->fault, "a field is not name=value", field);
        if (!span_is(name, "id") || out->id[0])
            continue;
        if (!is_id(value))
            return refuse(out->fault, sizeof out->fault, "id is not 1 to 32 letters and digits",
                          value);
        text_clean(out->id, sizeof out->id, value.at, value.len);
    }
    return out->id[0] || refuse(out->fault, sizeof out->fault, "it has no id", (struct span){0});
}

/* Whether a trimmed text is a URI that senders know, mailto or https in any case (RFC 8460 3). ",",
 * "!" and ";" are percent-encoded in both. */
static bool is_report_uri(struct span s)
{
    bool mail = s.len > 7 && strncasecmp(s.at, "mailto:", 7) == 0;
    size_t skip = mail ? 7 : 8;
    const char *at;

    if (!mail && !(s.len > 8 && strncasecmp(s.at, "https://", 8) == 0))
        return false;
    if (memchr(s.at, '!', s.len) || memchr(s.at, ' ', s.len) || memchr(s.at, '\t', s.len))
        return false;
    at = memchr(s.at + skip, '@', s.len - skip);
    if (mail)
        return at && at > s.at + skip && at + 1 < s.at + s.len;
    return is_alnum(s.at[skip]) || s.at[skip] == '[';
}

/* Reads a list of URIs, which is not empty, and copies it to out->rua, cleaned, even where it is
 * wrong. False with out->fault filled: a URI is wrong. */
static bool read_rua(struct span list, struct tlsrpt_record *out)
{
    text_clean(out->rua, sizeof out->rua, list.at, list.len);
    for (;;) {
        const char *comma = memchr(list.at, ',', list.len);
        struct span uri = {list.at, comma ? (size_t)(comma - list.at) : list.len};

        if (!is_report_uri(span_trim(uri)))
            return refuse(out->fault, sizeof out->fault, "rua is not a mailto: or https: URI",
                          span_trim(uri));
        if (!comma)
            return true;
        list.at += uri.len + 1;
        list.len -= uri.len + 1;
    }
}

bool mtasts_tlsrpt_read(const char *s, size_t len, struct tlsrpt_record *out)
{
    struct span rest = {s, len}, field, name, value;
    bool first = true;

    *out = (struct tlsrpt_record){0};
    for (; next_field(&rest, &field); first = false) {
        if (first && !mtasts_is_tlsrpt(s, len))
            return refuse(out->fault, sizeof out->fault, "it does not begin with v=TLSRPTv1",
                          field);
        if (first)
            continue;
        if (!split_field(field, &name, &value))
            return refuse(out->fault, sizeof out->fault, "a field is not name=value", field);
        if (span_is(name, "rua") && !out->rua[0] && !read_rua(value, out))
            return false;
    }
    return out->rua[0] || refuse(out->fault, sizeof out->fault, "it has no rua", (struct span){0});
}

/* --- the policy --- */

/* Takes the next line off *rest, without its LF or CRLF; it may be empty. False past the last,
 * *line is unchanged. */
static bool next_line(struct span *rest, struct span *line)
{
    const char *end;

    if (rest->len == 0)
        return false;
    end = memchr(rest->at, '\n', rest->len);
    line->at = rest->at;
    line->len = end ? (size_t)(end - rest->at) : rest->len;
    rest->at += line->len + (end != NULL);
    rest->len -= line->len + (end != NULL);
    if (end && line->len > 0 && line->at[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* Splits a line, key ":" *WSP value *WSP, into its key and its value, which is trimmed and not
 * empty. False: the line is anything else, and *key and *value may have changed. */
static bool split_line(struct span line, struct span *key, struct span *value)
{
    const char *colon = memchr(line.at, ':', line.len);

    if (!colon)
        return false;
    *key = (struct span){line.at, (size_t)(colon - line.at)};
    *value = span_trim((struct span){colon + 1, line.len - key->len - 1});
    for (size_t i = 0; i < value->len; i++) {
        if ((unsigned char)value->at[i] < 0x20 || value->at[i] == 0x7f)
            return false;
    }
    return is_name(*key) && value->len > 0;
}

/* Whether `len` bytes are a sub-domain of RFC 5321 4.1.2: 1 to 63 letters, digits, and hyphens
 * between them. */
static bool is_label(const char *p, size_t len)
{
    if (len == 0 || len > 63 || p[0] == '-' || p[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(p[i]) && p[i] != '-')
            return false;
    }
    return true;
}

/* Whether a pattern is a Domain of RFC 5321 4.1.2, which "*." may precede (RFC 8461 3.2). */
static bool is_pattern(struct span s)
{
    if (s.len > 2 && memcmp(s.at, "*.", 2) == 0)
        s.at += 2, s.len -= 2;
    if (s.len > 253)
        return false;
    for (;;) {
        const char *dot = memchr(s.at, '.', s.len);
        size_t label = dot ? (size_t)(dot - s.at) : s.len;

        if (!is_label(s.at, label))
            return false;
        if (!dot)
            return true;
        s.at += label + 1, s.len -= label + 1;
    }
}

/* Sets out->mode to the mode of that name, in lower case. False with out->fault filled: there is
 * none, and out->mode is unchanged. */
static bool read_mode(struct span value, struct mtasts_policy *out)
{
    for (int m = MTASTS_NONE; m <= MTASTS_ENFORCE; m++) {
        if (span_is(value, mtasts_mode_name((enum mtasts_mode)m))) {
            out->mode = (enum mtasts_mode)m;
            return true;
        }
    }
    return refuse(out->fault, sizeof out->fault, "mode is none of enforce, testing, none", value);
}

/* Reads seconds to out->max_age, which is 0 before. False with out->fault filled; max_age may then
 * have changed. */
static bool read_age(struct span value, struct mtasts_policy *out)
{
    bool digits = value.len >= 1 && value.len <= 10;

    for (size_t i = 0; digits && i < value.len; i++) {
        digits = value.at[i] >= '0' && value.at[i] <= '9';
        out->max_age = out->max_age * 10 + (value.at[i] - '0');
    }
    if (digits && out->max_age <= MTASTS_MAX_AGE)
        return true;
    return refuse(out->fault, sizeof out->fault, "max_age is not a number from 0 to 31557600",
                  value);
}

/* Counts a pattern, and appends it to out->mx after ", ", cut where that is full. False with
 * out->fault filled: nothing is added. */
static bool read_mx(struct span value, struct mtasts_policy *out)
{
    char clean[260];

    if (!is_pattern(value))
        return refuse(out->fault, sizeof out->fault, "mx is neither a host name nor *.name", value);
    text_clean(clean, sizeof clean, value.at, value.len);
    text_join(out->mx, sizeof out->mx, clean);
    out->mx_count++;
    return true;
}

/* Whether the version is STSv1. False with out->fault filled; nothing else of *out is used. */
static bool read_version(struct span value, struct mtasts_policy *out)
{
    return span_is(value, "STSv1") ||
           refuse(out->fault, sizeof out->fault, "version is not STSv1", value);
}

static const struct {
    const char *key;
    bool (*read)(struct span value, struct mtasts_policy *out);
} fields[] = {
    {"version", read_version}, {"mode", read_mode}, {"max_age", read_age}, {"mx", read_mx}};

enum { FIELDS = sizeof fields / sizeof *fields, AT_VERSION = 0, AT_MODE = 1, AT_MX = FIELDS - 1 };

/* How far a policy has been read. */
struct reading {
    bool seen[FIELDS], ok[FIELDS];
    int line;
    char fault[sizeof((struct mtasts_policy){0}.fault)]; /* the first, with its line */
};

/* Keeps a copy of the first fault, as "line N: FAULT" of r->line; later ones are dropped. */
static void note_fault(struct reading *r, const char *fault)
{
    if (!r->fault[0])
        text_format(r->fault, sizeof r->fault, "line %d: %s", r->line, fault);
}

/* Reads one line, without its end, to *out, and keeps the first fault in *r; out->fault is
 * overwritten. Unknown keys are passed over, and so is a repeated key other than mx. */
static void read_line(struct reading *r, struct span line, struct mtasts_policy *out)
{
    struct span key, value;

    if (!split_line(line, &key, &value)) {
        refuse(out->fault, sizeof out->fault, "it is not key: value", line);
        note_fault(r, out->fault);
        return;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (!span_is(key, fields[i].key) || (r->seen[i] && i != AT_MX))
            continue;
        r->seen[i] = true;
        if (fields[i].read(value, out))
            r->ok[i] = true;
        else
            note_fault(r, out->fault);
    }
}

bool mtasts_policy_read(const char *s, size_t len, struct mtasts_policy *out)
{
    struct span rest = {s, len}, line;
    struct reading r = {.line = 1};

    *out = (struct mtasts_policy){0};
    if (len > MTASTS_POLICY_MAX)
        return refuse(out->fault, sizeof out->fault, "it is longer than 64 KiB", (struct span){0});
    for (; next_line(&rest, &line); r.line++)
        read_line(&r, line, out);
    for (size_t i = 0; i < FIELDS && !r.fault[0]; i++) {
        if (!r.seen[i] && (i != AT_MX || out->mode != MTASTS_NONE))
            text_format(r.fault, sizeof r.fault, "it has no %s", fields[i].key);
    }
    out->usable =
        r.ok[AT_VERSION] && r.ok[AT_MODE] && (out->mx_count > 0 || out->mode == MTASTS_NONE);
    text_copy(out->fault, sizeof out->fault, r.fault);
    return out->fault[0] == '\0';
}

/* Whether a pattern of a policy, valid or not, lists the host, in any case: "*." stands for exactly
 * one label. `host` is a name in ASCII without a dot at its end. */
static bool pattern_matches(struct span pattern, const char *host)
{
    const char *dot;

    if (pattern.len > 2 && memcmp(pattern.at, "*.", 2) == 0) {
        dot = strchr(host, '.');
        if (!dot || dot == host)
            return false;
        host = dot + 1;
        pattern.at += 2, pattern.len -= 2;
    }
    return strlen(host) == pattern.len && strncasecmp(host, pattern.at, pattern.len) == 0;
}

bool mtasts_policy_lists(const char *s, size_t len, const char *host)
{
    struct span rest = {s, len}, line, key, value;

    while (next_line(&rest, &line)) {
        if (split_line(line, &key, &value) && span_is(key, "mx") && pattern_matches(value, host))
            return true;
    }
    return false;
}

const char *mtasts_mode_name(enum mtasts_mode mode)
{
    static const char *const names[] = {"none", "testing", "enforce"};

    return names[mode];
}
