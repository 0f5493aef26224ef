/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/text.h"

enum { INPUT = 16384, MEMORY_MAX = 32 * 1024 * 1024, ZSTD_WINDOW_LOG_MAX = 25 };

enum format { PLAIN, GZIP, XZ, ZSTANDARD };

struct maillog_stream {
    int fd;
    enum format format;
    char path[160]; /* clean, for messages */
    off_t left;     /* bytes of the file that are still to be read */
    unsigned char in[INPUT];
    size_t in_at, in_len;
    bool more; /* the decompressor has not said that it is at an end */
    z_stream gzip;
    lzma_stream xz;
    ZSTD_DStream *zstd;
};

/* Always false, with `e` filled. */
static bool fail(const struct maillog_stream *s, const char *reason, struct error *e)
{
    return error_set(e, ERROR_FILE, "\"%s\": %s", s->path, reason);
}

/* Reads at most `cap` bytes as they are in the file; *got is 0 at the end. False with `e` filled:
 * also where the file is shorter now than it was, as logrotate's copytruncate makes it: its lines
 * are in another file. */
static bool read_file(struct maillog_stream *s, void *buf, size_t cap, size_t *got, struct error *e)
{
    ssize_t n;

    *got = 0;
    if ((off_t)cap > s->left)
        cap = (size_t)s->left;
    if (cap == 0)
        return true;
    n = read(s->fd, buf, cap);
    if (n < 0)
        return error_file(e, s->path, errno);
    if (n == 0)
        return fail(s, "was truncated while it was read", e);
    s->left -= n;
    *got = (size_t)n;
    return true;
}

/* Has input where there is any; at the end of the file s->in_at equals s->in_len afterwards. False
 * with `e` filled. */
static bool fill(struct maillog_stream *s, struct error *e)
{
    if (s->in_at < s->in_len)
        return true;
    s->in_at = s->in_len = 0;
    return read_file(s, s->in, sizeof s->in, &s->in_len, e);
}

/* The format of a file that begins with these bytes; PLAIN where none is recognised. */
static enum format format_of(const unsigned char *s, size_t len)
{
    static const struct {
        const char *magic;
        size_t len;
        enum format format;
    } known[] = {{"\x1f\x8b", 2, GZIP}, {"\xfd\x37zXZ", 5, XZ}, {"\x28\xb5\x2f\xfd", 4, ZSTANDARD}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (len >= known[i].len && memcmp(s, known[i].magic, known[i].len) == 0)
            return known[i].format;
    }
    return PLAIN;
}

/* Recognises the format of the file, which is open with s->left set, and starts its decompressor.
 * False with `e` filled. */
static bool begin(struct maillog_stream *s, struct error *e)
{
    bool ok = true;

    if (!fill(s, e))
        return false;
    s->format = format_of(s->in, s->in_len);
    s->more = true;
    if (s->format == GZIP)
        ok = inflateInit2(&s->gzip, 15 + 16) == Z_OK;
    if (s->format == XZ)
        ok = lzma_stream_decoder(&s->xz, MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK;
    if (s->format == ZSTANDARD) {
        s->zstd = ZSTD_createDStream();
        ok = s->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax,
                                                             ZSTD_WINDOW_LOG_MAX));
    }
    return ok || error_memory(e);
}

/* Opens the file and reads its first bytes. False with `e` filled; *missing: there is no such file.
 * maillog_stream_close closes it in any case. */
static bool open_regular(struct maillog_stream *s, const char *path,
                         struct maillog_stream_file *file, bool *missing, struct error *e)
{
    struct stat st;

    s->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    *missing = s->fd < 0 && errno == ENOENT;
    if (s->fd < 0 || fstat(s->fd, &st) < 0)
        return error_file(e, s->path, errno);
    if (!S_ISREG(st.st_mode))
        return fail(s, "is not a regular file", e);
    s->left = st.st_size;
    *file = (struct maillog_stream_file){st.st_dev, st.st_ino, st.st_mtime};
    return begin(s, e);
}

struct maillog_stream *maillog_stream_open(const char *path, struct maillog_stream_file *file,
                                           bool *missing, struct error *e)
{
    struct maillog_stream *s = calloc(1, sizeof *s);

    *missing = false;
    if (!s) {
        error_memory(e);
        return NULL;
    }
    s->fd = -1;
    s->xz = (lzma_stream)LZMA_STREAM_INIT;
    text_clean(s->path, sizeof s->path, path, strlen(path));
    if (open_regular(s, path, file, missing, e))
        return s;
    maillog_stream_close(s);
    return NULL;
}

bool maillog_stream_same(const struct maillog_stream *a, const struct maillog_stream *b)
{
    size_t len = a->in_len < b->in_len ? a->in_len : b->in_len;

    return len > 0 && memcmp(a->in, b->in, len) == 0;
}

time_t maillog_stream_written(const struct maillog_stream *s)
{
    struct stat st;

    return fstat(s->fd, &st) == 0 ? st.st_mtime : 0;
}

/* --- reading --- */

/* Reads at most `cap` bytes. *got is 0 at the end. False with `e` filled. */
static bool read_plain(struct maillog_stream *s, char *buf, size_t cap, size_t *got,
                       struct error *e)
{
    if (s->in_at < s->in_len) {
        *got = s->in_len - s->in_at;
        if (*got > cap)
            *got = cap;
        memcpy(buf, s->in + s->in_at, *got);
        s->in_at += *got;
        return true;
    }
    return read_file(s, buf, cap, got, e);
}

/* Decompresses input that fill got, to at most `cap` bytes. *got may be 0 before the end: then it
 * needs more input. False with `e` filled. A file of several members is their contents one after
 * the other (RFC 1952 2.2). */
static bool read_gzip(struct maillog_stream *s, char *buf, size_t cap, size_t *got, struct error *e)
{
    int status;

    s->gzip.next_in = s->in + s->in_at;
    s->gzip.avail_in = (uInt)(s->in_len - s->in_at);
    s->gzip.next_out = (unsigned char *)buf;
    s->gzip.avail_out = (uInt)cap;
    status = inflate(&s->gzip, Z_NO_FLUSH);
    s->in_at = s->in_len - s->gzip.avail_in;
    *got = cap - s->gzip.avail_out;
    if (status == Z_STREAM_END)
        status = inflateReset(&s->gzip);
    return status == Z_OK || status == Z_BUF_ERROR || fail(s, "is damaged (gzip)", e);
}

/* Decompresses input that fill got, to at most `cap` bytes; no input means that the file is over.
 * *got may be 0 before the end: then it needs more input. Clears s->more at the end. False with `e`
 * filled. */
static bool read_xz(struct maillog_stream *s, char *buf, size_t cap, size_t *got, struct error *e)
{
    lzma_action action = s->in_at == s->in_len ? LZMA_FINISH : LZMA_RUN;
    lzma_ret status;

    s->xz.next_in = s->in + s->in_at;
    s->xz.avail_in = s->in_len - s->in_at;
    s->xz.next_out = (unsigned char *)buf;
    s->xz.avail_out = cap;
    status = lzma_code(&s->xz, action);
    s->in_at = s->in_len - s->xz.avail_in;
    *got = cap - s->xz.avail_out;
    if (status == LZMA_STREAM_END)
        s->more = false;
    return status == LZMA_OK || status == LZMA_STREAM_END || status == LZMA_BUF_ERROR ||
           fail(s, "is damaged (xz)", e);
}

/* Decompresses input that fill got, to at most `cap` bytes. *got may be 0 before the end: then it
 * needs more input. False with `e` filled. */
static bool read_zstd(struct maillog_stream *s, char *buf, size_t cap, size_t *got, struct error *e)
{
    ZSTD_inBuffer in = {s->in, s->in_len, s->in_at};
    ZSTD_outBuffer out = {buf, cap, 0};
    size_t status = ZSTD_decompressStream(s->zstd, &out, &in);

    s->in_at = in.pos;
    *got = out.pos;
    return !ZSTD_isError(status) || fail(s, "is damaged (zstd)", e);
}

bool maillog_stream_read(struct maillog_stream *s, char *buf, size_t cap, size_t *got,
                         struct error *e)
{
    static bool (*const read_as[])(struct maillog_stream *, char *, size_t, size_t *,
                                   struct error *) = {
        [PLAIN] = read_plain, [GZIP] = read_gzip, [XZ] = read_xz, [ZSTANDARD] = read_zstd};

    *got = 0;
    if (s->format == PLAIN)
        return read_plain(s, buf, cap, got, e);
    while (s->more && *got == 0) {
        bool at_end;

        if (!fill(s, e))
            return false;
        at_end = s->in_at == s->in_len;
        if (!read_as[s->format](s, buf, cap, got, e))
            return false;
        if (at_end && *got == 0)
            s->more = false; /* truncated: what there is, is used */
    }
    return true;
}

void maillog_stream_close(struct maillog_stream *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    if (s->format == GZIP)
        inflateEnd(&s->gzip);
    lzma_end(&s->xz);
    ZSTD_freeDStream(s->zstd);
    free(s);
}
