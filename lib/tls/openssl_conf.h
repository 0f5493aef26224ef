/* SPDX-License-Identifier: BSD-2-Clause */
/* openssl_conf: OpenSSL's configuration file, config(5), which it would otherwise read by itself.
 *
 * Hides that the file and everything that it includes is read by base/file, so that no FIFO in
 * OPENSSL_CONF can hold us up. The file's settings hold for us as for every program: providers,
 * properties of algorithms, and for the TLS client the section system_default (versions, ciphers,
 * security level, groups). */
#ifndef TLS_OPENSSL_CONF_H
#define TLS_OPENSSL_CONF_H

#include <stdbool.h>

#include "base/error.h"

/* Keeps OpenSSL from reading its configuration file, and has it note where memory is short
 * (base/shortage); before anything else of OpenSSL's. */
void openssl_conf_hold(void);

/* Reads the file of OPENSSL_CONF; NULL: openssl.cnf of OpenSSL's own directory. `include_dir` is
 * OPENSSL_CONF_INCLUDE, before relative names of .include; NULL: none. A file that does not exist,
 * and a default one that cannot be read, sets nothing, as with OpenSSL. False with `e` filled: the
 * file cannot be read, a .include in it cannot be followed, or OpenSSL refuses what it sets. */
bool openssl_conf_load(const char *path, const char *include_dir, struct error *e);

#endif
