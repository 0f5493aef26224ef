#include "own_smtpd.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "own_main.h"
#include "text.h"

enum { DEPTH_MAX = 16, CLASSES_MAX = 100 };

/* --- TLS --- */

enum offer { OFFER_UNKNOWN, OFFER_NONE, OFFER_MAY, OFFER_ENCRYPT };

/* The older switches, which count where there is no level. */
static enum own_answer is_set(const struct own_check *c, const char *map, const char *name,
                              bool *set)
{
    struct own_value v;
    enum own_answer answer = own_main_ask(c, map, name, &v);

    *set = answer == OWN_FOUND && strcasecmp(v.text, "yes") == 0;
    return answer;
}

/* False with `e` filled. Levels that smtpd does not have count as encrypt there. */
static bool ask_offer(const struct own_check *c, const char *map, enum offer *out)
{
    static const struct {
        const char *level;
        enum offer offer;
    } levels[] = {{"none", OFFER_NONE},       {"may", OFFER_MAY},
                  {"encrypt", OFFER_ENCRYPT}, {"fingerprint", OFFER_ENCRYPT},
                  {"verify", OFFER_ENCRYPT},  {"secure", OFFER_ENCRYPT}};
    struct own_value level;
    enum own_answer answer = own_main_ask(c, map, "smtpd_tls_security_level", &level), old[2];
    bool enforce, use;

    *out = OFFER_UNKNOWN;
    if (answer != OWN_FOUND)
        return answer != OWN_ERROR;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcasecmp(level.text, levels[i].level) == 0)
            *out = levels[i].offer;
    if (*level.text)
        return true;
    old[0] = is_set(c, map, "smtpd_enforce_tls", &enforce);
    old[1] = is_set(c, map, "smtpd_use_tls", &use);
    if (enforce || use)
        *out = enforce ? OFFER_ENCRYPT : OFFER_MAY;
    else if (old[0] == OWN_FOUND && old[1] == OWN_FOUND)
        *out = OFFER_NONE;
    return old[0] != OWN_ERROR && old[1] != OWN_ERROR;
}

/* --- restrictions --- */

/* What a table comes to, the better the later. */
enum effect { UNNAMED, WARNS, PASSED_BY, UNKNOWN, REFUSES };

/* All lists of one main.cf under way. */
struct walk {
    const struct own_check *c;
    const char *map; /* beside which it is */
    bool by_table;   /* whether what the table refuses counts, or only what main.cf itself does */
    bool senders;    /* a table without a restriction's name before it is one of senders */
    bool passed;     /* a permit stands before, in this list */
    bool tables;     /* some list asks a table, which may name a class */
    bool open;       /* which classes there are is not known */
    bool failed;     /* `e` is filled */
    int classes_left;
    struct own_value classes;
    enum effect effect;
    const char *list; /* that comes to it */
    struct own_value seen;
};

static void come_to(struct walk *w, enum effect effect)
{
    w->effect = effect > w->effect ? effect : w->effect;
}

static void refuses(struct walk *w, bool warns)
{
    come_to(w, w->passed ? PASSED_BY : warns ? WARNS : REFUSES);
}

/* What may refuse it. */
static void not_known(struct walk *w)
{
    come_to(w, w->passed ? PASSED_BY : UNKNOWN);
}

/* A class has a parameter's name; there are arguments of other forms. */
static bool may_be_class(const char *word)
{
    return !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] &&
           word[strspn(word, "0123456789")] && !postfix_has_restriction(word);
}

static bool has_word(const char *list, const char *word)
{
    static const char between[] = ", \t\r\n";
    size_t len = strlen(word);

    for (list += strspn(list, between); *list; list += strspn(list, between)) {
        size_t next = strcspn(list, between);

        if (next == len && memcmp(list, word, len) == 0)
            return true;
        list += next;
    }
    return false;
}

static void walk_list(struct walk *w, char *list, bool warns, int depth);

static void walk_class(struct walk *w, const char *name, bool warns, int depth)
{
    struct own_value list;
    enum own_answer answer = OWN_NONE;

    if (depth < DEPTH_MAX && w->classes_left-- > 0)
        answer = own_main_ask(w->c, w->map, name, &list);
    w->failed = w->failed || answer == OWN_ERROR;
    if (answer == OWN_FOUND)
        walk_list(w, list.text, warns, depth + 1);
    else
        not_known(w);
}

/* Whether this is the table, as check_sender_access or a sender list's short form has it. `*rest`
 * goes on behind what belongs to the restriction. */
static bool asks_table(struct walk *w, const char *restriction, char **rest)
{
    bool senders = strcasecmp(restriction, "check_sender_access") == 0;
    const char *table = restriction;

    if (senders || strncasecmp(restriction, "check_", 6) == 0)
        table = postfix_next_token(rest);
    else
        senders = w->senders;
    w->tables = w->tables || table != restriction || strchr(restriction, ':');
    return w->by_table && senders && table && own_main_has(w->c, table, w->map);
}

/* Mail that comes in is for us, so that permit_auth_destination lets all of it pass. */
static void walk_list(struct walk *w, char *list, bool warns, int depth)
{
    bool warns_next = warns;

    for (char *at; (at = postfix_next_token(&list)); warns_next = warns) {
        while (at && strcasecmp(at, "warn_if_reject") == 0) {
            warns_next = true;
            at = postfix_next_token(&list);
        }
        if (!at)
            break;
        if (strcasecmp(at, "permit") == 0 || strcasecmp(at, "permit_auth_destination") == 0 ||
            strcasecmp(at, "ok") == 0)
            w->passed = true;
        else if (has_word(w->classes.text, at))
            walk_class(w, at, warns_next, depth);
        else if (strcasecmp(at, "reject_plaintext_session") == 0 || asks_table(w, at, &list))
            refuses(w, warns_next);
        else if (w->open && may_be_class(at))
            not_known(w);
    }
}

static void walk_parameter(struct walk *w, const char *name)
{
    enum effect before = w->effect;
    struct own_value list, raw;
    enum own_answer answer = own_main_ask(w->c, w->map, name, &list);

    w->failed = w->failed || answer == OWN_ERROR;
    if (answer != OWN_FOUND) {
        come_to(w, UNKNOWN);
        return;
    }
    raw = list;
    w->passed = false;
    walk_list(w, list.text, false, 0);
    if (w->effect > before || !w->list) {
        w->list = name;
        w->seen = raw;
    }
}

/* Classes that a table may name: whether one does is not known. */
static void walk_classes(struct walk *w)
{
    char names[POSTFIX_VALUE_MAX], *rest = names;

    strcpy(names, w->classes.text);
    w->senders = true;
    for (const char *name; (name = postfix_next_token(&rest));) {
        w->passed = false;
        walk_class(w, name, false, 0);
    }
    if (w->effect != UNNAMED)
        w->effect = UNKNOWN;
}

static void ask_classes(struct walk *w)
{
    enum own_answer answer = own_main_ask(w->c, w->map, "smtpd_restriction_classes", &w->classes);

    w->classes_left = CLASSES_MAX;
    w->failed = answer == OWN_ERROR;
    w->open = answer != OWN_FOUND;
    if (w->open)
        *w->classes.text = '\0';
}

/* All lists that smtpd goes through before it takes a message: each has to let it pass. Those of
 * client and HELO know of no sender unless they wait for it. */
static bool walk_all(struct walk *w)
{
    static const struct {
        const char *name;
        bool early, senders;
    } lists[] = {
        {"smtpd_sender_restrictions", false, true}, {"smtpd_recipient_restrictions", false, false},
        {"smtpd_relay_restrictions", false, false}, {"smtpd_client_restrictions", true, false},
        {"smtpd_helo_restrictions", true, false},   {"smtpd_data_restrictions", false, false},
    };
    struct own_value delay;
    enum own_answer delays = own_main_ask(w->c, w->map, "smtpd_delay_reject", &delay);
    bool early = delays != OWN_FOUND || strcasecmp(delay.text, "no") != 0;

    ask_classes(w);
    w->failed = w->failed || delays == OWN_ERROR;
    w->effect = w->open ? UNKNOWN : UNNAMED;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        w->senders = lists[i].senders;
        if (early || !lists[i].early)
            walk_parameter(w, lists[i].name);
    }
    if (w->effect == UNNAMED && w->tables)
        walk_classes(w);
    return !w->failed;
}

/* An entry is a list of restrictions, too. What other tables and services answer is not known. */
static bool walk_entry(struct walk *w, const struct own_hit *h)
{
    char list[POSTFIX_VALUE_MAX];

    if (postfix_access_read(h->value.text) != POSTFIX_ACCESS_LIST)
        return true;
    strcpy(list, h->value.text);
    ask_classes(w);
    walk_list(w, list, false, 0);
    if (w->tables && w->effect != REFUSES)
        w->effect = UNKNOWN;
    return !w->failed;
}

/* --- problems --- */

static void add_problem(const struct walk *w)
{
    struct own_problem *p = own_problem_add(w->c->out, w->effect == UNNAMED, w->c->domain);
    char place[OWN_MAIN_PLACE_MAX], table[160], seen[120];

    if (!p)
        return;
    own_main_place(w->map, w->seen.line, place);
    text_clean(table, sizeof table, w->map, strlen(w->map));
    text_clean(seen, sizeof seen, w->seen.text, strlen(w->seen.text));
    text_format(p->detail, sizeof p->detail, "expected check_sender_access %s %s %s; seen %s in %s",
                table,
                w->effect == PASSED_BY ? "before any permit in"
                : w->effect == WARNS   ? "without warn_if_reject in"
                                       : "in",
                w->list, *seen ? seen : "none", place);
    text_copy(p->headline, sizeof p->headline,
              w->effect == PASSED_BY ? "own policy: main.cf permits mail before it asks for TLS"
              : w->effect == WARNS   ? "own policy: main.cf only warns of mail without TLS"
                                     : "our main.cf does not use the access table");
}

bool own_smtpd_refuses_all(const struct own_check *c, bool *all)
{
    *all = false;
    for (size_t i = 0; i < c->maps->count && !*all; i++) {
        struct walk w = {.c = c, .map = c->maps->at[i]};
        enum offer offer;

        if (!ask_offer(c, w.map, &offer) || !walk_all(&w))
            return false;
        *all = offer == OFFER_ENCRYPT || (offer != OFFER_NONE && w.effect == REFUSES);
    }
    return true;
}

/* What main.cf makes of an entry that refuses mail without TLS, or may. */
static bool judge_main(const struct own_check *c, const struct own_hit *h, enum effect entry)
{
    struct walk w = {.c = c, .map = c->maps->at[h->map], .by_table = true};
    char expected[OWN_MAIN_PLACE_MAX + 60], place[OWN_MAIN_PLACE_MAX];
    enum offer offer;

    if (!walk_all(&w) || !ask_offer(c, w.map, &offer))
        return false;
    if (w.effect != REFUSES && w.effect != UNKNOWN) {
        add_problem(&w);
    } else if (entry == UNKNOWN) {
        own_unclear(c, h);
    } else if (offer == OFFER_NONE) {
        own_main_place(w.map, 0, place);
        text_format(expected, sizeof expected, "smtpd_tls_security_level = may in %s", place);
        own_weak(c, h, "Postfix offers no TLS, all its mail is refused", expected);
    }
    return true;
}

bool own_smtpd_judge(const struct own_check *c, const struct own_hit *h)
{
    struct walk entry = {.c = c, .map = c->maps->at[h->map]};

    if (!walk_entry(&entry, h))
        return false;
    if (entry.effect == REFUSES || entry.effect == UNKNOWN)
        return judge_main(c, h, entry.effect);
    own_weak(c, h, "its senders are not refused for want of TLS", "reject_plaintext_session");
    return true;
}
