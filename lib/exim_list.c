#include "exim_config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* Lists that name each other many times over would take for ever. */
enum { ITEM_MAX = 1024, DEPTH_MAX = 8, ITEMS_MAX = 100000 };

struct search {
    const struct exim_config *c;
    const char *kind, *name;
    bool *unsure;
    size_t items; /* that were looked at */
};

/* The next item without blanks; a doubled separator is one that belongs to it. False: no more. */
static bool next_item(const char **at, char separator, char item[ITEM_MAX], bool *cut)
{
    const char *s = *at + strspn(*at, " \t");
    size_t len = 0;

    if (*s == '\0')
        return false;
    for (; *s; s++) {
        if (*s == separator && s[1] == separator)
            s++;
        else if (*s == separator)
            break;
        if (len < ITEM_MAX - 1)
            item[len++] = *s;
        else
            *cut = true;
    }
    while (len > 0 && isspace((unsigned char)item[len - 1]))
        len--;
    item[len] = '\0';
    *at = *s ? s + 1 : s;
    return true;
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);

    return n >= s && strcasecmp(name + n - s, suffix) == 0;
}

static bool list_has(struct search *s, const char *list, int depth);

static bool item_matches(struct search *s, const char *item, int depth)
{
    if (*item == '+') {
        char key[ITEM_MAX + 16];
        const struct exim_option *o;

        text_format(key, sizeof key, "%s %s", s->kind, item + 1);
        o = exim_option(s->c, "main", "", key);
        if (o && depth < DEPTH_MAX)
            return list_has(s, o->value, depth + 1);
    } else if (*item == '*' && !strchr(item, ';')) {
        return ends_with(s->name, item + 1);
    } else if (!strpbrk(item, ";/$^@:+") && item[strspn(item, "0123456789.")] != '\0') {
        return strcasecmp(s->name, item) == 0;
    }
    *s->unsure = *s->unsure || *item != '\0';
    return false;
}

static bool list_has(struct search *s, const char *list, int depth)
{
    char item[ITEM_MAX], separator = ':';
    bool negated = false;

    list += strspn(list, " \t");
    if (*list == '<' && ispunct((unsigned char)list[1])) {
        separator = list[1];
        list += 2;
    }
    while (next_item(&list, separator, item, s->unsure)) {
        const char *name = item;

        if (++s->items > ITEMS_MAX) {
            *s->unsure = true;
            return false;
        }
        negated = *name == '!';
        name += negated;
        name += strspn(name, " \t");
        if (item_matches(s, name, depth))
            return !negated;
    }
    return negated;
}

bool exim_list_has(const struct exim_config *c, const char *kind, const char *list,
                   const char *name, bool *unsure)
{
    struct search s = {.c = c, .kind = kind, .name = name, .unsure = unsure};

    /* What is expanded could become any list. */
    if (strstr(list, "${") || *list == '$') {
        *unsure = true;
        return false;
    }
    return list_has(&s, list, 0);
}
