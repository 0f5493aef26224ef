#include "postfix_master.h"

#include <stdlib.h>
#include <string.h>

#include "postfix_lines.h"

/* "submission inet ...", "192.0.2.1:587 inet ...", "[::1]:10025 inet ..." */
static bool is_for_us(const char *line)
{
    static const char *const hosts[] = {"127.0.0.1:", "localhost:", "[::1]:"};
    static const char *const ports[] = {"submission", "587", "submissions", "smtps", "465"};
    size_t len = strcspn(line, " \t\r\n");
    const char *port = line;

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strncmp(line, hosts[i], strlen(hosts[i])) == 0)
            return true;
    for (size_t i = 0; i < len; i++)
        if (line[i] == ':')
            port = line + i + 1;
    len -= (size_t)(port - line);
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (strlen(ports[i]) == len && memcmp(ports[i], port, len) == 0)
            return true;
    return false;
}

static bool add(struct postfix_master *m, const char *line)
{
    /* Doubled whenever the count is a power of two. */
    if ((m->count & (m->count - 1)) == 0) {
        const char **at = realloc(m->at, (m->count ? m->count * 2 : 1) * sizeof *at);

        if (!at)
            return false;
        m->at = at;
    }
    m->at[m->count++] = line;
    return true;
}

bool postfix_master_read(const char *path, const char *data, size_t len, struct postfix_master *out,
                         struct err *e)
{
    struct postfix_lines lines;
    int number;

    *out = (struct postfix_master){0};
    if (!postfix_lines_begin(&lines, path, data, len, e))
        return false;
    out->text = lines.text;
    for (const char *line; (line = postfix_lines_next(&lines, &number));) {
        if (!is_for_us(line) && !add(out, line)) {
            postfix_master_clear(out);
            return err_memory(e);
        }
    }
    return true;
}

void postfix_master_clear(struct postfix_master *m)
{
    free(m->at);
    free(m->text);
    *m = (struct postfix_master){0};
}

bool postfix_master_mentions(const struct postfix_master *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (strstr(m->at[i], name))
            return true;
    return false;
}
