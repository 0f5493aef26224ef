#include "mtasts.h"

#include <string.h>
#include <strings.h>

#include "text.h"

/* A piece of a text that is not ours. */
struct span {
    const char *p;
    size_t len;
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is(struct span s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.p, word, s.len) == 0;
}

static struct span trim(struct span s)
{
    while (s.len > 0 && is_blank(s.p[0]))
        s.p++, s.len--;
    while (s.len > 0 && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

/* "fault: what came" */
static bool refuse(char *fault, size_t cap, const char *why, struct span seen)
{
    char clean[60];

    text_clean(clean, sizeof clean, seen.p, seen.len);
    text_format(fault, cap, seen.len ? "%s: %s" : "%s", why, clean);
    return false;
}

/* RFC 8461 3.1, RFC 8460 3: names of extensions. */
static bool is_name(struct span s)
{
    if (s.len == 0 || s.len > 32 || !is_alnum(s.p[0]))
        return false;
    for (size_t i = 1; i < s.len; i++) {
        if (!is_alnum(s.p[i]) && !memchr("_-.", s.p[i], 3))
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

/* The version, then a delimiter, blanks before it allowed, or the end. */
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

/* The next of the fields between semicolons; false past the last. */
static bool next_field(struct span *rest, struct span *field)
{
    const char *end;

    if (rest->len == 0)
        return false;
    end = memchr(rest->p, ';', rest->len);
    field->p = rest->p;
    field->len = end ? (size_t)(end - rest->p) : rest->len;
    rest->p += field->len + (end != NULL);
    rest->len -= field->len + (end != NULL);
    *field = trim(*field);
    return true;
}

/* name=value, the value of visible characters without "=" and ";". */
static bool split_field(struct span field, struct span *name, struct span *value, bool equals)
{
    const char *sign = memchr(field.p, '=', field.len);

    if (!sign)
        return false;
    *name = (struct span){field.p, (size_t)(sign - field.p)};
    *value = (struct span){sign + 1, field.len - name->len - 1};
    for (size_t i = 0; i < value->len; i++) {
        if (value->p[i] < 0x20 || value->p[i] > 0x7e || (!equals && value->p[i] == '=') ||
            (!equals && value->p[i] == ' '))
            return false;
    }
    return is_name(*name) && value->len > 0;
}

static bool is_id(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.p[i]))
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
        if (!split_field(field, &name, &value, false))
            return refuse(out->fault, sizeof out->fault, "a field is not name=value", field);
        if (!is(name, "id") || out->id[0])
            continue;
        if (!is_id(value))
            return refuse(out->fault, sizeof out->fault, "id is not 1 to 32 letters and digits",
                          value);
        text_clean(out->id, sizeof out->id, value.p, value.len);
    }
    return out->id[0] || refuse(out->fault, sizeof out->fault, "it has no id", (struct span){0});
}

/* RFC 8460 3: senders know mailto and https; ",", "!" and ";" are percent-encoded in both. */
static bool is_report_uri(struct span s)
{
    bool mail = s.len > 7 && strncasecmp(s.p, "mailto:", 7) == 0;
    size_t skip = mail ? 7 : 8;
    const char *at;

    if (!mail && !(s.len > 8 && strncasecmp(s.p, "https://", 8) == 0))
        return false;
    if (memchr(s.p, '!', s.len) || memchr(s.p, ' ', s.len) || memchr(s.p, '\t', s.len))
        return false;
    at = memchr(s.p + skip, '@', s.len - skip);
    return mail ? at && at > s.p + skip && at + 1 < s.p + s.len
                : is_alnum(s.p[skip]) || s.p[skip] == '[';
}

static bool read_rua(struct span list, struct tlsrpt_record *out)
{
    text_clean(out->rua, sizeof out->rua, list.p, list.len);
    for (;;) {
        const char *comma = memchr(list.p, ',', list.len);
        struct span uri = {list.p, comma ? (size_t)(comma - list.p) : list.len};

        if (!is_report_uri(trim(uri)))
            return refuse(out->fault, sizeof out->fault, "rua is no mailto: or https: URI",
                          trim(uri));
        if (!comma)
            return true;
        list.p += uri.len + 1;
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
        if (!split_field(field, &name, &value, true))
            return refuse(out->fault, sizeof out->fault, "a field is not name=value", field);
        if (is(name, "rua") && !out->rua[0] && !read_rua(value, out))
            return false;
    }
    return out->rua[0] || refuse(out->fault, sizeof out->fault, "it has no rua", (struct span){0});
}

/* --- the policy --- */

/* The next line, without its LF or CRLF; false past the last. */
static bool next_line(struct span *rest, struct span *line)
{
    const char *end;

    if (rest->len == 0)
        return false;
    end = memchr(rest->p, '\n', rest->len);
    line->p = rest->p;
    line->len = end ? (size_t)(end - rest->p) : rest->len;
    rest->p += line->len + (end != NULL);
    rest->len -= line->len + (end != NULL);
    if (end && line->len > 0 && line->p[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* key ":" *WSP value *WSP */
static bool split_line(struct span line, struct span *key, struct span *value)
{
    const char *colon = memchr(line.p, ':', line.len);

    if (!colon)
        return false;
    *key = (struct span){line.p, (size_t)(colon - line.p)};
    *value = trim((struct span){colon + 1, line.len - key->len - 1});
    for (size_t i = 0; i < value->len; i++) {
        if ((unsigned char)value->p[i] < 0x20 || value->p[i] == 0x7f)
            return false;
    }
    return is_name(*key) && value->len > 0;
}

/* A domain of letters, digits and hyphens; for a pattern "*." may stand before it. */
static bool is_pattern(struct span s)
{
    size_t label = 0;

    if (s.len > 2 && memcmp(s.p, "*.", 2) == 0)
        s.p += 2, s.len -= 2;
    if (s.len == 0 || s.len > 253)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '.' ? label == 0 : !is_alnum(s.p[i]) && !memchr("-_", s.p[i], 2))
            return false;
        label = s.p[i] == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0;
}

static bool read_mode(struct span value, struct mtasts_policy *out)
{
    for (int m = MTASTS_NONE; m <= MTASTS_ENFORCE; m++) {
        if (is(value, mtasts_mode_name((enum mtasts_mode)m))) {
            out->mode = (enum mtasts_mode)m;
            return true;
        }
    }
    return refuse(out->fault, sizeof out->fault, "mode is none of enforce, testing, none", value);
}

static bool read_age(struct span value, struct mtasts_policy *out)
{
    bool digits = value.len >= 1 && value.len <= 10;

    for (size_t i = 0; digits && i < value.len; i++) {
        digits = value.p[i] >= '0' && value.p[i] <= '9';
        out->max_age = out->max_age * 10 + (value.p[i] - '0');
    }
    if (digits && out->max_age <= MTASTS_MAX_AGE)
        return true;
    return refuse(out->fault, sizeof out->fault, "max_age is not a number from 0 to 31557600",
                  value);
}

static bool read_mx(struct span value, struct mtasts_policy *out)
{
    char clean[260];

    if (!is_pattern(value))
        return refuse(out->fault, sizeof out->fault, "mx is no host name or *.name", value);
    text_clean(clean, sizeof clean, value.p, value.len);
    text_append(out->mx, sizeof out->mx, "%s%s", out->mx_count ? ", " : "", clean);
    out->mx_count++;
    return true;
}

static bool read_version(struct span value, struct mtasts_policy *out)
{
    return is(value, "STSv1") ||
           refuse(out->fault, sizeof out->fault, "version is not STSv1", value);
}

static const struct {
    const char *key;
    bool (*read)(struct span value, struct mtasts_policy *out);
} fields[] = {
    {"version", read_version}, {"mode", read_mode}, {"max_age", read_age}, {"mx", read_mx}};

enum { FIELDS = sizeof fields / sizeof *fields, MX = FIELDS - 1 };

bool mtasts_policy_read(const char *s, size_t len, struct mtasts_policy *out)
{
    struct span rest = {s, len}, line, key, value;
    bool seen[FIELDS] = {false};

    *out = (struct mtasts_policy){0};
    if (len > MTASTS_POLICY_MAX)
        return refuse(out->fault, sizeof out->fault, "it is longer than 64 KiB", (struct span){0});
    while (next_line(&rest, &line)) {
        if (!split_line(line, &key, &value))
            return refuse(out->fault, sizeof out->fault, "a line is not key: value", line);
        for (size_t i = 0; i < FIELDS; i++) {
            if (!is(key, fields[i].key) || (seen[i] && i != MX))
                continue;
            seen[i] = true;
            if (!fields[i].read(value, out))
                return false;
        }
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (!seen[i] && (i != MX || out->mode != MTASTS_NONE)) {
            text_format(out->fault, sizeof out->fault, "it has no %s", fields[i].key);
            return false;
        }
    }
    return true;
}

static bool pattern_matches(struct span pattern, const char *host)
{
    const char *dot;

    if (pattern.len > 2 && memcmp(pattern.p, "*.", 2) == 0) {
        dot = strchr(host, '.');
        if (!dot || dot == host)
            return false;
        host = dot + 1;
        pattern.p += 2, pattern.len -= 2;
    }
    return strlen(host) == pattern.len && strncasecmp(host, pattern.p, pattern.len) == 0;
}

bool mtasts_policy_lists(const char *s, size_t len, const char *host)
{
    struct span rest = {s, len}, line, key, value;

    while (next_line(&rest, &line)) {
        if (split_line(line, &key, &value) && is(key, "mx") && pattern_matches(value, host))
            return true;
    }
    return false;
}

const char *mtasts_mode_name(enum mtasts_mode mode)
{
    static const char *const names[] = {"none", "testing", "enforce"};

    return names[mode];
}
