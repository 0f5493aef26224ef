/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"

enum { PATH_SIZE = 4096, LOOKS = 8 };

/* One log while its files are looked for. */
struct search {
    struct maillog_files *files;
    char directory[PATH_SIZE];
    const char *base; /* the name without the directory */
    size_t first;     /* index of its first file */
    time_t since;
};

/* Whether the list has that file, by whatever name. */
static bool is_there(const struct maillog_files *f, const struct maillog_stream_file *id)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->at[i].id.device == id->device && f->at[i].id.inode == id->inode)
            return true;
    }
    return false;
}

/* Adds an open file, with a copy of the path; maillog_files_close closes it then. False: memory,
 * and the file is still the caller's. */
static bool append(struct maillog_files *f, const char *path, const struct maillog_file *file)
{
    struct maillog_file *at = array_grow(f->at, f->count, sizeof *at);

    if (!at)
        return false;
    f->at = at;
    at[f->count] = *file;
    at[f->count].path = strdup(path);
    if (!at[f->count].path)
        return false;
    f->count++;
    return true;
}

/* Whether a name is that of a compressed file. */
static bool is_compressed(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".gz") == 0 || strcmp(dot, ".xz") == 0 || strcmp(dot, ".zst") == 0);
}

/* Whether a rotated file has the lines of the log itself, which is open already. A copy that
 * logrotate has made, or is making, begins like the log, which it truncates then (copytruncate).
 * One that was compressed since the log was opened keeps the time of the log. */
static bool is_copy(const struct search *s, const char *path, const struct maillog_file *file)
{
    const struct maillog_file *log;

    if (s->files->count == s->first || s->files->at[s->first].number != 0)
        return false;
    log = &s->files->at[s->first];
    if (maillog_stream_same(log->stream, file->stream))
        return true;
    return is_compressed(path) && maillog_stream_written(log->stream) == file->id.written;
}

/* Whether a file of the log is not to be read: it is there already, by another name or as a copy,
 * or it is a rotated one and too old. */
static bool is_needless(const struct search *s, const char *path, const struct maillog_file *file)
{
    if (is_there(s->files, &file->id))
        return true;
    if (file->number == 0)
        return false;
    return file->id.written < s->since || is_copy(s, path, file);
}

/* Opens a file and adds it; `number` is 0 for the log itself. True also where nothing is added: it
 * is needless, or has been renamed or removed since it was listed, which *missing says. False with
 * `e` filled: anything else. */
static bool add(struct search *s, const char *path, unsigned long number, bool *missing,
                struct error *e)
{
    struct maillog_file file = {.number = number};

    file.stream = maillog_stream_open(path, &file.id, missing, e);
    if (!file.stream)
        return *missing;
    if (is_needless(s, path, &file)) {
        maillog_stream_close(file.stream);
        return true;
    }
    if (s->files->count < MAILLOG_FILES_MAX && append(s->files, path, &file))
        return true;
    maillog_stream_close(file.stream);
    if (s->files->count < MAILLOG_FILES_MAX)
        return error_memory(e);
    return error_set(e, ERROR_FILE, "\"%.150s\": more than %d files of the log", path,
                     MAILLOG_FILES_MAX);
}

/* The number of a rotated file: that of ".7.gz"; a date, as of "-20261130", is turned round, for
 * the higher the number, the older is the file. 0: it is another file. */
static unsigned long number_of(const char *base, const char *name)
{
    static const char *const ends[] = {"", ".gz", ".xz", ".zst"};
    size_t len = strlen(base);
    char *end;
    unsigned long number;

    if (strncmp(name, base, len) != 0 || (name[len] != '.' && name[len] != '-'))
        return 0;
    if (name[len + 1] < '0' || name[len + 1] > '9')
        return 0;
    number = strtoul(name + len + 1, &end, 10);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (strcmp(end, ends[i]) == 0)
            return name[len] == '-' ? ULONG_MAX - number : number;
    }
    return 0;
}

/* Whether a name is that of a compressed file, and the file that it is made of, whose name is
 * without the ending, is still in the list of `count` entries of the same directory. */
static bool is_being_compressed(const struct dirent *const *list, int count, const char *name)
{
    size_t len;

    if (!is_compressed(name))
        return false;
    len = (size_t)(strrchr(name, '.') - name);
    for (int i = 0; i < count; i++) {
        if (strlen(list[i]->d_name) == len && strncmp(list[i]->d_name, name, len) == 0)
            return true;
    }
    return false;
}

/* Adds a file of the log's directory; a file that is gone is no error. False with `e` filled. */
static bool add_entry(struct search *s, const char *name, unsigned long number, struct error *e)
{
    char path[PATH_SIZE];
    bool missing;

    if (snprintf(path, sizeof path, "%s/%s", s->directory, name) >= (int)sizeof path)
        return error_file(e, name, ENAMETOOLONG);
    return add(s, path, number, &missing, e);
}

/* The entries of the log's directory, each of them and all of them to be freed; *count how many.
 * NULL with `e` filled. */
static struct dirent **list_directory(const struct search *s, int *count, struct error *e)
{
    struct dirent **list = NULL;

    *count = scandir(s->directory, &list, NULL, alphasort);
    if (*count >= 0)
        return list;
    error_file(e, s->directory, errno);
    return NULL;
}

static void free_list(struct dirent **list, int count)
{
    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

/* A number that is the same as long as the rotated files have the names that they have. */
static uint64_t mark_of(const struct search *s, struct dirent *const *list, int count)
{
    uint64_t mark = 0;

    for (int i = 0; i < count; i++) {
        if (number_of(s->base, list[i]->d_name) > 0)
            mark = (mark * 31 + hash_text(list[i]->d_name)) * 31 + list[i]->d_ino;
    }
    return mark;
}

/* Adds the rotated files that the directory lists now, whose mark_of is *mark. False with `e`
 * filled. */
static bool add_rotated(struct search *s, uint64_t *mark, struct error *e)
{
    int count;
    struct dirent **list = list_directory(s, &count, e);
    bool ok = true;

    if (!list)
        return false;
    *mark = mark_of(s, list, count);
    for (int i = 0; ok && i < count; i++) {
        const char *name = list[i]->d_name;
        unsigned long number = number_of(s->base, name);

        if (number > 0 && !is_being_compressed((const struct dirent *const *)list, count, name))
            ok = add_entry(s, name, number, e);
    }
    free_list(list, count);
    return ok;
}

/* Says in *same whether the directory still lists what it listed when its mark was that. False with
 * `e` filled. */
static bool look_again(const struct search *s, uint64_t mark, bool *same, struct error *e)
{
    int count;
    struct dirent **list = list_directory(s, &count, e);

    if (!list)
        return false;
    *same = mark_of(s, list, count) == mark;
    free_list(list, count);
    return true;
}

/* Closes the files beyond the first `count`. */
static void drop(struct maillog_files *f, size_t count)
{
    while (f->count > count) {
        struct maillog_file *last = &f->at[--f->count];

        maillog_stream_close(last->stream);
        free(last->path);
    }
}

/* For qsort: the oldest first, by time; with the same time the higher number first, and 0 last. */
static int by_age(const void *a, const void *b)
{
    const struct maillog_file *x = a, *y = b;

    if (x->id.written != y->id.written)
        return x->id.written < y->id.written ? -1 : 1;
    return (x->number < y->number) - (x->number > y->number);
}

/* Divides a path, which must outlive *s, into directory and name; what s->files gets from now on is
 * of this log. False with `e` filled: it is too long. */
static bool begin(struct search *s, const char *path, struct error *e)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 1;

    if (len >= sizeof s->directory)
        return error_file(e, path, ENAMETOOLONG);
    s->base = slash ? slash + 1 : path;
    memcpy(s->directory, slash ? path : ".", len);
    s->directory[len] = '\0';
    if (slash == path)
        strcpy(s->directory, "/");
    s->first = s->files->count;
    return true;
}

/* The file itself first: whatever is renamed from then on, its lines are held. A rotation renames
 * one file after the other, so that a name may be another file's by the time it is opened: if the
 * directory is not as it was, the rotated files are opened anew. */
bool maillog_files_add(struct maillog_files *f, const char *path, time_t since, struct error *e)
{
    struct search s = {.files = f, .since = since};
    bool missing, same = false;
    uint64_t mark;
    size_t kept;

    if (!begin(&s, path, e) || !add(&s, path, 0, &missing, e))
        return false;
    kept = f->count;
    for (int i = 0; !same && i < LOOKS; i++) {
        drop(f, kept);
        if (!add_rotated(&s, &mark, e) || !look_again(&s, mark, &same, e))
            return false;
    }
    if (missing && f->count == s.first)
        return error_file(e, path, ENOENT);
    qsort(f->at + s.first, f->count - s.first, sizeof *f->at, by_age);
    return true;
}

void maillog_files_close(struct maillog_files *f)
{
    drop(f, 0);
    free(f->at);
    *f = (struct maillog_files){0};
}
