/* SPDX-License-Identifier: BSD-2-Clause */
/* mta_files: the files that parameters of a mail server name, as far as our user can read them. */
#ifndef MTA_MTA_FILES_H
#define MTA_MTA_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum mta_file {
    MTA_FILE_READ,
    MTA_FILE_MISSING,
    MTA_FILE_DENIED, /* it is there, but our user may not read it, or nobody can */
    MTA_FILE_MEMORY
};

/* Reads a regular file of at most 8 MiB into *text, which the caller frees. */
enum mta_file mta_files_read(const char *path, char **text);

enum mta_files_ca {
    MTA_FILES_CA_GOOD,
    MTA_FILES_CA_MISSING,
    MTA_FILES_CA_DENIED,
    MTA_FILES_CA_EMPTY, /* no certificate is in it */
    MTA_FILES_CA_OWN    /* none but those of `own` */
};

/* Whether a file holds a PEM certificate that is not in the file `own`, NULL: no such file. */
enum mta_files_ca mta_files_ca(const char *path, const char *own);

/* Whether a directory has a certificate under the name that OpenSSL looks for, as c_rehash makes
 * it. */
enum mta_files_ca mta_files_ca_directory(const char *path);

#endif
