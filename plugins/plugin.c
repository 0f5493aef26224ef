#include "plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RESOLV_CONF_MAX = 65536, HOSTS_MAX = 1024 * 1024 };

void plugin_begin(void)
{
    sigset_t watched;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGUSR1);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    /* Nobody asks for a cipher by its name, TLS least of all; the table of them would take a tenth
     * of all instructions of a check. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
}

char *plugin_read_file(const char *path, size_t max, size_t *len, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *buf = fd >= 0 ? malloc(max + 2) : NULL;
    ssize_t n = 0;

    *len = 0;
    while (buf && *len <= max && (n = read(fd, buf + *len, max + 1 - *len)) > 0)
        *len += (size_t)n;
    if (!buf || n < 0 || *len > max) {
        err_set(e, ERR_FILE, "\"%.150s\": %s", path, buf && n >= 0 ? "too large" : strerror(errno));
        free(buf);
        buf = NULL;
    } else {
        buf[*len] = '\0';
    }
    if (fd >= 0)
        close(fd);
    return buf;
}

/* The first name with a dot on the line of /etc/hosts that has `host` among its names. */
static void name_from_hosts(const char *host, char *out, size_t cap)
{
    struct err ignored;
    size_t len;
    char *text = plugin_read_file("/etc/hosts", HOSTS_MAX, &len, &ignored), *lines = NULL, *line;

    for (line = text ? strtok_r(text, "\n", &lines) : NULL; line && !*out;
         line = strtok_r(NULL, "\n", &lines)) {
        char *words = NULL, *word, *dotted = NULL;
        bool ours = false;

        line[strcspn(line, "#")] = '\0';
        strtok_r(line, " \t", &words);
        while ((word = strtok_r(NULL, " \t", &words))) {
            ours = ours || strcmp(word, host) == 0;
            dotted = !dotted && strchr(word, '.') ? word : dotted;
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

void plugin_system_resolvers(struct dns_config *c)
{
    struct err ignored;
    size_t len;
    char *text;

    if (c->server_count > 0)
        return;
    text = plugin_read_file("/etc/resolv.conf", RESOLV_CONF_MAX, &len, &ignored);
    if (text)
        dns_config_read(c, text);
    free(text);
    if (c->server_count == 0)
        dns_config_add(c, "127.0.0.1");
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

void plugin_trust_environment(struct trust_config *c)
{
    c->env_file = environment("SSL_CERT_FILE");
    c->env_dir = environment("SSL_CERT_DIR");
}

static bool write_all(const char *s, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, s, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s += n;
        len -= (size_t)n;
    }
    return true;
}

/* Threads must have ended for that. */
bool plugin_exits_in_order(enum pool_end end)
{
#ifdef ORDERLY_EXIT
    return end == POOL_DONE;
#else
    (void)end;
    return false;
#endif
}

void plugin_end(const char *service, const struct text *out, enum state state, enum pool_end end)
{
    char sorry[80];

    if (out->failed || out->cut || out->len == 0) {
        snprintf(sorry, sizeof sorry, "%s UNKNOWN - out of memory\n", service);
        write_all(sorry, strlen(sorry));
        state = STATE_UNKNOWN;
    } else if (!write_all(out->s, out->len)) {
        state = STATE_UNKNOWN;
    }
    if (plugin_exits_in_order(end))
        exit((int)state);
    _exit((int)state);
}

void plugin_usage_error(const char *service, const char *text)
{
    struct text out;
    char clean[512];

    text_clean(clean, sizeof clean, text, strlen(text));
    text_init(&out, 1024);
    text_addf(&out, "%s UNKNOWN - %s\n", service, clean);
    plugin_end(service, &out, STATE_UNKNOWN, POOL_DONE);
}
