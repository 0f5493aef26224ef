/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_journal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"

enum { MICROSECONDS = 1000000, MACHINE_ID = 32, PATH_SIZE = 4096, FILES_MAX = 512, LOOKS = 3 };

#define IDENTIFIER "SYSLOG_IDENTIFIER="

/* What a negative errno of libsystemd means for a journal, static; NULL: nothing special. */
static const char *words_of(int status)
{
    if (status == -EBADMSG || status == -ENODATA)
        return "is damaged";
    if (status == -EPROTONOSUPPORT)
        return "was written by a later version of systemd, or is compressed in another way";
    return NULL;
}

/* Always false, with `e` filled by a negative errno: ERROR_FILE with "\"PATH\": REASON", or
 * ERROR_MEMORY. */
static bool fail(const char *path, int status, struct error *e)
{
    const char *words = words_of(status);
    char clean[160];

    if (status == -ENOMEM)
        return error_memory(e);
    text_clean(clean, sizeof clean, path, strlen(path));
    if (!words)
        return error_file(e, clean, -status);
    return error_set(e, ERROR_FILE, "\"%s\": %s", clean, words);
}

/* --- files ---
 * Where libsystemd opens a directory, it passes over files that it cannot read and does not say so.
 * So the files are named to it. */

/* The files of a journal. Begins zeroed. */
struct files {
    char **paths; /* `count` of them, and NULL */
    size_t count;
    size_t old;       /* how many more have nothing of the period */
    time_t from;      /* when the period begins */
    bool system_only; /* system*.journal: those of the services of this machine */
};

/* Frees the paths; *f is of no use afterwards. */
static void clear_files(struct files *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->paths[i]);
    free(f->paths);
}

/* Appends a copy of the path; clear_files frees it in any case. False with `e` filled. */
static bool append(struct files *f, const char *path, struct error *e)
{
    char **at = array_grow(f->paths, f->count + 1, sizeof *at);

    if (!at)
        return error_memory(e);
    f->paths = at;
    at[f->count] = strdup(path);
    if (!at[f->count])
        return error_memory(e);
    at[++f->count] = NULL;
    if (f->count > FILES_MAX)
        return error_set(e, ERROR_FILE, "\"%.150s\": more than %d files of the journal", path,
                         FILES_MAX);
    return true;
}

/* Whether a name is that of a file of the journal, also of one that was not closed in order. */
static bool is_journal(const struct files *f, const char *name)
{
    const char *dot = strrchr(name, '.');

    if (!dot || (strcmp(dot, ".journal") != 0 && strcmp(dot, ".journal~") != 0))
        return false;
    return !f->system_only || strncmp(name, "system", strlen("system")) == 0;
}

/* Whether a name, not a path, is that of the directory of a machine, or of one of its namespaces.
 */
static bool is_machine(const char *name)
{
    return strspn(name, "0123456789abcdef") == MACHINE_ID &&
           (name[MACHINE_ID] == '\0' || name[MACHINE_ID] == '.');
}

/* Adds a file, unless it was written last before the period. True also where it is gone: a rotation
 * has renamed it. False with `e` filled. */
static bool add_file(struct files *f, const char *path, struct error *e)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno == ENOENT || fail(path, -errno, e);
    if (st.st_mtime >= f->from)
        return append(f, path, e);
    f->old++;
    return true;
}

/* Adds the files in a directory, and with `machines` those in the directories of machines in it.
 * True also where there is no such directory. False with `e` filled. */
static bool add_directory(struct files *f, const char *directory, bool machines, struct error *e)
{
    struct dirent **list = NULL;
    int count = scandir(directory, &list, NULL, alphasort);
    char path[PATH_SIZE];
    bool ok = true;

    if (count < 0)
        return errno == ENOENT || fail(directory, -errno, e);
    for (int i = 0; i < count; i++) {
        const char *name = list[i]->d_name;

        text_format(path, sizeof path, "%s/%s", directory, name);
        if (ok && is_journal(f, name))
            ok = add_file(f, path, e);
        else if (ok && machines && is_machine(name))
            ok = add_directory(f, path, false, e);
        free(list[i]);
    }
    free(list);
    return ok;
}

/* Adds the files of the system journal of this machine. False with `e` filled, also where that has
 * none, old ones included. */
static bool add_system(struct files *f, struct error *e)
{
    static const char *const roots[] = {"/var/log/journal", "/run/log/journal"};
    char directory[64], id[SD_ID128_STRING_MAX];
    sd_id128_t machine;

    f->system_only = true;
    if (sd_id128_get_machine(&machine) < 0)
        return error_set(e, ERROR_FILE, "this machine has no journal: no /etc/machine-id");
    sd_id128_to_string(machine, id);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        text_format(directory, sizeof directory, "%s/%s", roots[i], id);
        if (!add_directory(f, directory, false, e))
            return false;
    }
    if (f->count + f->old > 0)
        return true;
    return error_set(e, ERROR_FILE, "this machine has no journal in %s or %s", roots[0], roots[1]);
}

/* Adds the files of the journal in a directory. False with `e` filled, also where that has none,
 * old ones included, or is not there. */
static bool add_other(struct files *f, const char *directory, struct error *e)
{
    if (access(directory, F_OK) != 0)
        return fail(directory, -errno, e);
    if (strlen(directory) > PATH_SIZE / 2)
        return fail(directory, -ENAMETOOLONG, e);
    if (!add_directory(f, directory, true, e))
        return false;
    if (f->count + f->old > 0)
        return true;
    return error_set(e, ERROR_FILE, "\"%.150s\": has no files of a journal (*.journal)", directory);
}

/* Opens one file after the other, and fills `e` by the first that cannot be opened. Where all can,
 * `e` is as it was. */
static void find_fault(const struct files *f, struct error *e)
{
    for (size_t i = 0; i < f->count; i++) {
        const char *one[] = {f->paths[i], NULL};
        sd_journal *journal = NULL;
        int status = sd_journal_open_files(&journal, one, 0);

        if (status < 0) {
            fail(one[0], status, e);
            return;
        }
        sd_journal_close(journal);
    }
}

/* Opens the files that there are now; *out, NULL before, stays NULL where there are none. False
 * with `e` filled; *again: the reason may be a rotation, which renames a file between the look and
 * the opening. */
static bool open_files(const struct maillog_journal *j, sd_journal **out, bool *again,
                       struct error *e)
{
    struct files f = {.from = j->from};
    bool ok = j->directory ? add_other(&f, j->directory, e) : add_system(&f, e);
    int status = 0;

    *again = false;
    if (ok && f.count > 0)
        status = sd_journal_open_files(out, (const char **)f.paths, 0);
    if (status < 0) {
        *again = true;
        ok = fail("journal", status, e);
        find_fault(&f, e);
    }
    clear_files(&f);
    return ok;
}

/* Opens a journal, which the caller closes. *out is NULL where it has nothing of the period. False
 * with `e` filled. */
static bool open_journal(const struct maillog_journal *j, sd_journal **out, struct error *e)
{
    bool again = true;

    *out = NULL;
    for (int i = 0; again && i < LOOKS; i++) {
        if (open_files(j, out, &again, e))
            return true;
    }
    return false;
}

/* --- identifiers --- */

/* The value of "SYSLOG_IDENTIFIER=postfix/smtp"; empty: it is too long. */
static struct span identifier_of(const void *data, size_t len)
{
    struct span s = {data, len};

    if (!span_skip(&s, IDENTIFIER) || s.len > MAILLOG_JOURNAL_TAG)
        return span_of("");
    return s;
}

/* Has the journal pass over all entries but those of wanted identifiers. Returns a negative errno
 * of libsystemd, -E2BIG where too many are wanted; else how many, perhaps 0. */
static int match(const struct maillog_journal *j, sd_journal *journal)
{
    const void *data;
    size_t len;
    int count = 0, status = sd_journal_query_unique(journal, "SYSLOG_IDENTIFIER");

    if (status < 0)
        return status;
    while ((status = sd_journal_enumerate_available_unique(journal, &data, &len)) > 0) {
        struct span tag = identifier_of(data, len);

        if (tag.len == 0 || !j->is_wanted(tag))
            continue;
        if (++count > MAILLOG_JOURNAL_TAGS)
            return -E2BIG;
        status = sd_journal_add_match(journal, data, len);
        if (status < 0)
            return status;
    }
    return status < 0 ? status : count;
}

/* Always false, with `e` filled by a negative errno of libsystemd. */
static bool fail_reading(const struct maillog_journal *j, int status, struct error *e)
{
    return fail(j->directory ? j->directory : "system journal", status, e);
}

/* Chooses the entries of wanted identifiers. False with `e` filled, also where there are none, or
 * `journal` is NULL, which has nothing of the period: then our mail server logs elsewhere. */
static bool choose(const struct maillog_journal *j, sd_journal *journal, struct error *e)
{
    int count = journal ? match(j, journal) : 0;

    if (count > 0)
        return true;
    if (count == -E2BIG)
        return error_set(e, ERROR_FILE, "more than %d services of mail servers log to the journal",
                         MAILLOG_JOURNAL_TAGS);
    if (count < 0)
        return fail_reading(j, count, e);
    return error_set(e, ERROR_FILE,
                     "no mail server has logged to the journal; give the log file by --log");
}

/* --- entries --- */

/* The value of a field of the current entry, named without "="; empty where it is not there. It is
 * there until anything else is asked of the journal. */
static struct span field_of(sd_journal *journal, const char *field)
{
    const void *data;
    size_t len;
    struct span s;

    if (sd_journal_get_data(journal, field, &data, &len) < 0)
        return span_of("");
    s = (struct span){data, len};
    span_skip(&s, field);
    span_skip(&s, "=");
    return s;
}

/* The process of the current entry: what syslog(3) was told, or who has the socket; 0: none. */
static uint32_t pid_of(sd_journal *journal)
{
    struct span s = field_of(journal, "SYSLOG_PID");
    uint32_t pid = 0;

    if (s.len == 0)
        s = field_of(journal, "_PID");
    for (size_t i = 0; i < s.len && i < 9 && s.at[i] >= '0' && s.at[i] <= '9'; i++)
        pid = pid * 10 + (uint32_t)(s.at[i] - '0');
    return pid;
}

/* Passes the current entry on. False: it has no message that can be read. */
static bool pass_on(const struct maillog_journal *j, sd_journal *journal)
{
    char tag[MAILLOG_JOURNAL_TAG + 1];
    struct maillog_line line = {.time = span_of(""), .pid = pid_of(journal)};
    uint64_t at;

    if (sd_journal_get_realtime_usec(journal, &at) < 0)
        return false;
    span_copy(field_of(journal, "SYSLOG_IDENTIFIER"), tag, sizeof tag);
    line.tag = span_of(tag);
    line.text = field_of(journal, "MESSAGE"); /* last, or it would not be there any more */
    if (line.text.len == 0)
        return false;
    j->sink(j->ctx, &line, (time_t)(at / MICROSECONDS));
    return true;
}

/* Reads the chosen entries from the beginning of the period on, and adds to *counts, which begins
 * zeroed. Returns a negative errno of libsystemd, or 0. */
static int read_entries(const struct maillog_journal *j, sd_journal *journal,
                        struct maillog_journal_counts *counts)
{
    uint64_t from = j->from > 0 ? (uint64_t)j->from * MICROSECONDS : 0;
    int status = sd_journal_set_data_threshold(journal, MAILLOG_JOURNAL_TEXT);

    if (status >= 0)
        status = sd_journal_seek_realtime_usec(journal, from);
    while (status >= 0 && (status = sd_journal_next(journal)) > 0) {
        pool_checkpoint(j->watch);
        counts->entries++;
        if (!pass_on(j, journal))
            counts->unknown++;
    }
    return status;
}

bool maillog_journal_read(const struct maillog_journal *j, struct maillog_journal_counts *counts,
                          struct error *e)
{
    sd_journal *journal;
    int status = 0;
    bool ok;

    *counts = (struct maillog_journal_counts){0};
    if (!open_journal(j, &journal, e))
        return false;
    ok = choose(j, journal, e);
    if (ok)
        status = read_entries(j, journal, counts);
    if (status < 0)
        ok = fail_reading(j, status, e);
    sd_journal_close(journal);
    return ok;
}
