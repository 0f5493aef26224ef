#include "beside.h"

#include <string.h>

#include "postfix_main.h"
#include "unit.h"

static enum own_answer look_up(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e)
{
    const struct beside *b = ctx;
    struct postfix_map m;
    enum own_answer answer;

    ck_assert(postfix_map_read(map, b->table, strlen(b->table), &m, e));
    answer = own_value_of(&m, key, out);
    postfix_map_clear(&m);
    return answer;
}

static bool readable(void *ctx, const char *path)
{
    (void)ctx, (void)path;
    return true;
}

static enum own_answer main_cf(void *ctx, const char *map, const char *name, struct own_value *out,
                               struct err *e)
{
    const struct beside *b = ctx;
    const struct postfix_parameter *set;
    struct postfix_main m;
    bool known;

    ck_assert_str_eq(map, BESIDE_TABLE);
    if (!b->main)
        return OWN_NONE;
    if (!postfix_main_read("/main.cf", b->main, strlen(b->main), &m, e))
        return OWN_ERROR;
    set = postfix_main_find(&m, name);
    out->line = set ? set->line : 0;
    known = postfix_main_expand(&m, set ? set->value : "", out->text, sizeof out->text);
    postfix_main_clear(&m);
    return known ? OWN_FOUND : OWN_NONE;
}

static bool same_file(void *ctx, const char *a, const char *b)
{
    (void)ctx;
    return strcmp(a, b) == 0;
}

struct own_reader beside_reader(const struct beside *b)
{
    return (struct own_reader){look_up, readable, main_cf, same_file, (void *)b};
}
