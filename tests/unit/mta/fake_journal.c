/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

#include "base/text.h"

enum { MATCHES = 300 };

struct fake_journal fake_journal;

struct sd_journal {
    const struct fake_journal_entry *now; /* NULL: before the first */
    const struct fake_journal_entry *unique;
    char *wanted[MATCHES];
    size_t wanted_count;
    char field[70000]; /* the one that was asked for last */
};

int sd_journal_open_files(sd_journal **out, const char **paths, int flags)
{
    int status = 0;

    (void)flags;
    *fake_journal.opened = '\0';
    for (; *paths; paths++) {
        const char *name = strrchr(*paths, '/') + 1;

        text_append(fake_journal.opened, sizeof fake_journal.opened, "%s ", name);
        if (fake_journal.bad && strstr(name, fake_journal.bad))
            status = fake_journal.open;
    }
    if ((int)fake_journal.opens++ >= fake_journal.good_after && fake_journal.good_after > 0)
        status = 0;
    if (status < 0)
        return status;
    *out = calloc(1, sizeof **out);
    if (!*out)
        return -ENOMEM;
    fake_journal.live++;
    return 0;
}

void sd_journal_close(sd_journal *j)
{
    if (!j)
        return;
    for (size_t i = 0; i < j->wanted_count; i++)
        free(j->wanted[i]);
    free(j);
    fake_journal.live--;
}

int sd_journal_query_unique(sd_journal *j, const char *field)
{
    j->unique = strcmp(field, "SYSLOG_IDENTIFIER") == 0 ? fake_journal.entries : NULL;
    return fake_journal.unique;
}

/* "NAME=value" as the field that was asked for last. */
static int give(sd_journal *j, const char *name, const char *value, const void **data, size_t *len)
{
    if (!value)
        return -ENOENT;
    memset(j->field, '?', sizeof j->field); /* what was given before is no more */
    *len = (size_t)snprintf(j->field, sizeof j->field, "%s=%s", name, value);
    *data = j->field;
    return 1;
}

int sd_journal_enumerate_available_unique(sd_journal *j, const void **data, size_t *len)
{
    if (!j->unique->at)
        return 0;
    give(j, "SYSLOG_IDENTIFIER", j->unique->identifier, data, len);
    j->unique++;
    return 1;
}

int sd_journal_add_match(sd_journal *j, const void *data, size_t len)
{
    if (j->wanted_count == MATCHES)
        return -E2BIG;
    j->wanted[j->wanted_count++] = strndup(data, len);
    return fake_journal.match;
}

int sd_journal_set_data_threshold(sd_journal *j, size_t size)
{
    (void)j;
    fake_journal.text = size;
    return fake_journal.threshold;
}

int sd_journal_seek_realtime_usec(sd_journal *j, uint64_t at)
{
    (void)j;
    fake_journal.from = at / 1000000;
    return fake_journal.seek;
}

static bool is_wanted(const sd_journal *j, const struct fake_journal_entry *entry)
{
    char text[200];

    if (entry->at < fake_journal.from * 1000000)
        return false;
    snprintf(text, sizeof text, "SYSLOG_IDENTIFIER=%s", entry->identifier);
    for (size_t i = 0; i < j->wanted_count; i++) {
        if (strcmp(j->wanted[i], text) == 0)
            return true;
    }
    return false;
}

int sd_journal_next(sd_journal *j)
{
    do {
        j->now = j->now ? j->now + 1 : fake_journal.entries;
        if (!j->now->at)
            return fake_journal.next;
    } while (!is_wanted(j, j->now));
    return 1;
}

int sd_journal_get_realtime_usec(sd_journal *j, uint64_t *out)
{
    *out = j->now->at;
    return j->now->at == 1 ? -EBADMSG : 0;
}

int sd_journal_get_data(sd_journal *j, const char *field, const void **data, size_t *len)
{
    const struct {
        const char *name, *value;
    } fields[] = {{"SYSLOG_IDENTIFIER", j->now->identifier},
                  {"SYSLOG_PID", j->now->syslog_pid},
                  {"_PID", j->now->pid},
                  {"MESSAGE", j->now->message}};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(field, fields[i].name) == 0)
            return give(j, field, fields[i].value, data, len);
    }
    return -ENOENT;
}

int sd_id128_get_machine(sd_id128_t *out)
{
    memset(out, 0xab, sizeof *out); /* no machine of which there are files */
    return fake_journal.machine;
}

/* The path, or where it is below fake_journal.root, in `moved`. */
static const char *place_of(const char *path, char moved[300])
{
    if (!fake_journal.root ||
        (strncmp(path, "/var/log/journal", 16) != 0 && strncmp(path, "/run/log/journal", 16) != 0))
        return path;
    text_format(moved, 300, "%s%s", fake_journal.root, path);
    return moved;
}

int scandir(const char *restrict path, struct dirent ***restrict list,
            int (*chosen)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    char moved[300];

    return scandirat(AT_FDCWD, place_of(path, moved), list, chosen, compare);
}

int stat(const char *restrict path, struct stat *restrict out)
{
    char moved[300];

    return fstatat(AT_FDCWD, place_of(path, moved), out, 0);
}
