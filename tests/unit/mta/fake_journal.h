/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_journal: functions in the place of libsystemd's, so that tests need no journal; and of
 * libc's, so that the directories of the system journal may be elsewhere. */
#ifndef FAKE_JOURNAL_H
#define FAKE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

/* An entry; a field that is NULL is not there. */
struct fake_journal_entry {
    uint64_t at; /* microseconds */
    const char *identifier, *syslog_pid, *pid, *message;
};

/* What there is, and what was asked for. A status is 0, or the negative errno of that call. */
struct fake_journal {
    const struct fake_journal_entry *entries; /* in order; the last has no `at` */
    const char *root; /* in it are /var/log/journal and /run/log/journal; NULL: where they are */
    const char *bad;  /* part of the name of files that cannot be opened */
    int open, machine, unique, threshold, seek, match, next;
    int good_after;   /* so many times files cannot be opened by `open`, then they can */
    char opened[400]; /* names of the files, without directories, that were opened together last */
    uint64_t from;    /* seconds before which entries are passed over */
    size_t opens, text; /* how often files were opened together; the threshold */
    long live;          /* journals that are not closed */
};

extern struct fake_journal fake_journal;

#endif
