#include "postfix_lines.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool postfix_is_blank(char c)
{
    return isspace((unsigned char)c);
}

static int line_of(const char *data, const char *at)
{
    int line = 1;

    for (; data < at; data++)
        line += *data == '\n';
    return line;
}

bool postfix_lines_begin(struct postfix_lines *l, const char *name, const char *data, size_t len,
                         struct err *e)
{
    const char *nul = len > 0 ? memchr(data, '\0', len) : NULL;

    if (nul)
        return err_set(e, ERR_FILE, "%.150s:%d: NUL byte in what should be text", name,
                       line_of(data, nul));
    *l = (struct postfix_lines){.text = malloc(len + 1), .at = data, .end = data + len};
    l->to = l->text;
    return l->text || err_memory(e);
}

char *postfix_lines_next(struct postfix_lines *l, int *number)
{
    char *start = NULL;

    while (l->at < l->end) {
        const char *s = l->at, *stop = memchr(s, '\n', (size_t)(l->end - s));
        bool counts;

        stop = stop ? stop : l->end;
        while (s < stop && postfix_is_blank(*s))
            s++;
        counts = s < stop && *s != '#';
        if (counts && s == l->at && start)
            break;
        l->line++;
        if (counts && s == l->at) {
            start = l->to;
            *number = l->line;
        }
        /* What goes on with no line is passed over. */
        if (counts && start) {
            memcpy(l->to, l->at, (size_t)(stop - l->at));
            l->to += stop - l->at;
        }
        l->at = stop < l->end ? stop + 1 : stop;
    }
    /* There is room: a line that another follows has lost its newline. */
    if (start)
        *l->to++ = '\0';
    return start;
}
