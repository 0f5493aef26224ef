/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tls/openssl_conf.h"

enum { PATH_SIZE = 1024, RESOLV_CONF_MAX = 65536, HOSTS_MAX = 1024 * 1024 };

/* Writes the first name with a dot on the first line of /etc/hosts that has `host` among its names
 * and such a name that fits; case counts. `out` is "" before, and stays so where there is none. */
static void name_from_hosts(const char *host, char *out, size_t cap)
{
    struct error ignored;
    size_t len;
    char *text = file_read("/etc/hosts", HOSTS_MAX, &len, &ignored), *lines = NULL, *line;

    for (line = text ? strtok_r(text, "\n", &lines) : NULL; line && !*out;
         line = strtok_r(NULL, "\n", &lines)) {
        char *words = NULL, *word, *dotted = NULL;
        bool ours = false;

        line[strcspn(line, "#")] = '\0';
        strtok_r(line, " \t", &words);
        while ((word = strtok_r(NULL, " \t", &words))) {
            ours = ours || strcmp(word, host) == 0;
            if (!dotted && strchr(word, '.'))
                dotted = word;
        }
        if (ours && dotted && strlen(dotted) < cap)
            strcpy(out, dotted);
    }
    free(text);
}

void plugin_fqdn(char *out, size_t cap)
{
    char host[256] = "";

    *out = '\0';
    gethostname(host, sizeof host - 1);
    if (strchr(host, '.') && strlen(host) < cap)
        strcpy(out, host);
    else if (*host)
        name_from_hosts(host, out, cap);
}

const char *const *plugin_profile_directories(size_t *count)
{
    static const char *const below[] = {"../../../share/mailtls-plugins/profiles", "../profiles",
                                        "../../profiles"};
    enum { OF_PROGRAM = sizeof below / sizeof *below, ALL = OF_PROGRAM + 2 };
    static char paths[OF_PROGRAM][PATH_SIZE];
    static const char *all[ALL] = {[OF_PROGRAM] = "/usr/local/share/mailtls-plugins/profiles",
                                   [OF_PROGRAM + 1] = "/usr/share/mailtls-plugins/profiles"};
    char self[PATH_SIZE - 64];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    if (len < 0)
        len = 0;
    self[len] = '\0';
    slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    for (int i = 0; i < OF_PROGRAM; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s", self, below[i]);
        all[i] = paths[i];
    }
    *count = ALL;
    return all;
}

void plugin_example(const char *name, char *out, size_t cap)
{
    char self[128];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char *prefix_end;

    if (len < 0)
        len = 0;
    self[len] = '\0';
    prefix_end = strstr(self, "/nagios/plugins/");
    if (prefix_end) {
        *prefix_end = '\0';
        prefix_end = strrchr(self, '/'); /* of lib, lib64, libexec */
    }
    if (!prefix_end) {
        text_format(out, cap, "examples/%s", name);
        return;
    }
    *prefix_end = '\0';
    text_clean(out, cap, self, strlen(self));
    text_append(out, cap, "/share/doc/mailtls-plugins/examples/%s", name);
}

/* The value of a variable, borrowed; NULL: it is not set, or empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* Adds the resolvers and options of /etc/resolv.conf, or loopback where it names no resolver.
 * There is no resolver yet. */
static void read_resolv_conf(struct dns_config *c)
{
    struct error ignored;
    size_t len;
    char *text = file_read("/etc/resolv.conf", RESOLV_CONF_MAX, &len, &ignored);

    if (text)
        dns_config_read(c, text);
    free(text);
    if (c->server_count == 0)
        dns_config_add(c, "127.0.0.1");
}

void plugin_resolvers(struct dns_config *c)
{
    const char *options = environment("RES_OPTIONS");

    if (c->server_count == 0)
        read_resolv_conf(c);
    if (options)
        dns_config_read_options(c, options);
}

void plugin_trust_environment(struct trust_config *c)
{
    c->env_file = environment("SSL_CERT_FILE");
    c->env_dir = environment("SSL_CERT_DIR");
}

bool plugin_openssl(struct error *e)
{
    openssl_conf_hold();
    /* OPENSSL_CONF may be empty: then there is no configuration, not the default one. */
    return openssl_conf_load(getenv("OPENSSL_CONF"), environment("OPENSSL_CONF_INCLUDE"), e);
}
