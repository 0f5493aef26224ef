/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mta_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 8 * 1024 * 1024, HASH_DIGITS = 8 };

static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";

/* By the errno of an open that failed: MTA_FILE_MISSING or MTA_FILE_DENIED. */
static enum mta_file state_of_errno(void)
{
    return errno == ENOENT || errno == ENOTDIR ? MTA_FILE_MISSING : MTA_FILE_DENIED;
}

/* All of a file of `size` bytes, or as many as can be read, in a string that the caller frees;
 * NULL: memory ran out. */
static char *read_all(int fd, size_t size)
{
    char *text = malloc(size + 1);
    size_t len = 0;

    while (text && len < size) {
        ssize_t n = read(fd, text + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (text)
        text[len] = '\0';
    return text;
}

enum mta_file mta_files_read(const char *path, char **text)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    enum mta_file state = MTA_FILE_DENIED;
    struct stat st;

    *text = NULL;
    if (fd < 0)
        return state_of_errno();
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
        *text = read_all(fd, (size_t)st.st_size);
        state = *text ? MTA_FILE_READ : MTA_FILE_MEMORY;
    }
    close(fd);
    return state;
}

/* The base64 of the next PEM certificate from *at on, without white space, in a new string that the
 * caller frees; *at follows the certificate afterwards. NULL: no more, or memory ran out. */
static char *next_certificate(const char **at)
{
    const char *from = strstr(*at, begin), *to = from ? strstr(from, end) : NULL;
    size_t len = 0;
    char *body;

    if (!to)
        return NULL;
    *at = to + sizeof end - 1;
    body = malloc((size_t)(to - from));
    if (!body)
        return NULL;
    for (from += sizeof begin - 1; from < to; from++) {
        if (!isspace((unsigned char)*from))
            body[len++] = *from;
    }
    body[len] = '\0';
    return body;
}

/* Whether a text has the certificate whose base64 is `body`, without white space. */
static bool has_certificate(const char *text, const char *body)
{
    bool found = false;
    char *one;

    while (!found && (one = next_certificate(&text))) {
        found = strcmp(one, body) == 0;
        free(one);
    }
    return found;
}

/* Whether a text has a certificate that is not in the text `own` (NULL: none): MTA_FILES_CA_GOOD;
 * else MTA_FILES_CA_OWN, or MTA_FILES_CA_EMPTY where it has none. */
static enum mta_files_ca compare(const char *text, const char *own)
{
    enum mta_files_ca result = MTA_FILES_CA_EMPTY;
    char *body;

    while (result != MTA_FILES_CA_GOOD && (body = next_certificate(&text))) {
        result = own && has_certificate(own, body) ? MTA_FILES_CA_OWN : MTA_FILES_CA_GOOD;
        free(body);
    }
    return result;
}

enum mta_files_ca mta_files_ca(const char *path, const char *own)
{
    char *text, *own_text = NULL;
    enum mta_files_ca result;

    switch (mta_files_read(path, &text)) {
    case MTA_FILE_MISSING:
        return MTA_FILES_CA_MISSING;
    case MTA_FILE_DENIED:
    case MTA_FILE_MEMORY:
        return MTA_FILES_CA_DENIED;
    case MTA_FILE_READ:
        break;
    }
    if (own)
        mta_files_read(own, &own_text);
    result = compare(text, own_text);
    /* The text form that openssl x509 -trustout writes is for OpenSSL alone, and as good. */
    if (result == MTA_FILES_CA_EMPTY && strstr(text, "-----BEGIN TRUSTED CERTIFICATE-----"))
        result = MTA_FILES_CA_GOOD;
    free(text);
    free(own_text);
    return result;
}

/* Whether a file's name, without directory, is one that c_rehash makes for a certificate, such as
 * "8d6437c3.0". "8d6437c3.r0", of a CRL, is not. The file is not opened. */
static bool is_hashed(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdef");

    return digits == HASH_DIGITS && name[digits] == '.' && isdigit((unsigned char)name[digits + 1]);
}

enum mta_files_ca mta_files_ca_directory(const char *path)
{
    DIR *dir = opendir(path);
    enum mta_files_ca result = MTA_FILES_CA_EMPTY;
    const struct dirent *d;

    if (!dir)
        return state_of_errno() == MTA_FILE_MISSING ? MTA_FILES_CA_MISSING : MTA_FILES_CA_DENIED;
    while (result == MTA_FILES_CA_EMPTY && (d = readdir(dir))) {
        if (is_hashed(d->d_name))
            result = MTA_FILES_CA_GOOD;
    }
    closedir(dir);
    return result;
}
