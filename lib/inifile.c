#include "inifile.h"

#include <ctype.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { SECTION_MAX = 48 }; /* inih cuts longer names silently */

static const char no_key[] = "neither a section, nor key = value";

struct reader {
    const char *name, *at, *end;
    inifile_handler *handler;
    void *ctx;
    struct err *e;
    int line;
    bool lone, failed; /* lone: the line is a key without an equals sign */
};

static bool fail(struct reader *r, const char *what)
{
    if (!r->failed)
        err_set(r->e, ERR_FILE, "%.150s:%d: %s", r->name, r->line, what);
    r->failed = true;
    return false;
}

/* The first of `chars`, or else where a comment or the line ends, as inih sees it. */
static char *find(char *s, const char *chars)
{
    for (bool blank = false; *s && !strchr(chars, *s) && !(blank && *s == ';'); s++)
        blank = isspace((unsigned char)*s);
    return s;
}

static bool on_heading(struct reader *r, char *name)
{
    char *close = find(name, "]");

    if (*close != ']')
        return fail(r, no_key);
    if (close - name >= SECTION_MAX)
        return fail(r, "section name too long");
    *close = '\0';
    if (!r->handler(r->ctx, name, NULL, NULL, r->line, r->e))
        r->failed = true;
    *close = ']';
    return !r->failed;
}

/* What inih would not take or not tell. */
static bool prepare(struct reader *r, char *line)
{
    char *end;

    r->lone = false;
    if (*line == '[')
        return on_heading(r, line + 1);
    if (*line == '\0' || *line == ';' || *line == '#')
        return true;
    end = find(line, "=:");
    r->lone = *end != '=' && *end != ':';
    if (r->lone)
        memcpy(end, "=", 2);
    return true;
}

/* fgets for inih: one line, without leading blanks, which inih would take for a continuation. */
static char *next_line(char *out, int cap, void *stream)
{
    struct reader *r = stream;
    const char *end;
    size_t len;

    if (r->at == r->end || r->failed)
        return NULL;
    r->line++;
    end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    end = end ? end : r->end;
    while (r->at < end && isspace((unsigned char)*r->at))
        r->at++;
    len = (size_t)(end - r->at);
    while (len > 0 && isspace((unsigned char)r->at[len - 1]))
        len--;
    if (memchr(r->at, '\0', len) || len > INIFILE_LINE_MAX || len + 4 > (size_t)cap) {
        fail(r, len > INIFILE_LINE_MAX || len + 4 > (size_t)cap ? "line too long" : "NUL byte");
        return NULL;
    }
    memcpy(out, r->at, len);
    out[len] = '\0';
    r->at = end < r->end ? end + 1 : end;
    return prepare(r, out) ? out : NULL;
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
    struct reader *r = arg;

    if (r->failed)
        return 1;
    if (*key == '\0')
        return fail(r, no_key);
    /* inih splits at a colon, too, so that of an address may have been taken. */
    if (strpbrk(key, " \t"))
        return fail(r, "expected key = value, seen a blank in the key");
    if (!r->handler(r->ctx, section, key, r->lone ? NULL : value, r->line, r->e)) {
        r->failed = true;
        return 0;
    }
    return 1;
}

bool inifile_read(const char *name, const char *data, size_t len, inifile_handler *handler,
                  void *ctx, struct err *e)
{
    struct reader r = {
        .name = name, .at = data, .end = data + len, .handler = handler, .ctx = ctx, .e = e};
    static const char mark[] = "\xef\xbb\xbf"; /* byte-order mark */
    int bad;

    if (len > INIFILE_SIZE_MAX)
        return err_set(e, ERR_FILE, "%.150s: larger than 4 MiB", name);
    if (len >= sizeof mark - 1 && memcmp(data, mark, sizeof mark - 1) == 0)
        r.at += sizeof mark - 1;
    ini_use_stack = false;
    ini_max_line = INIFILE_LINE_MAX + 8;
    ini_initial_alloc = INIFILE_LINE_MAX + 8;
    ini_allow_multiline = false;
    bad = ini_parse_stream(next_line, &r, on_key, &r);
    if (r.failed)
        return false;
    if (bad < 0)
        return err_memory(e);
    r.line = bad;
    return bad == 0 ? true : fail(&r, no_key);
}
