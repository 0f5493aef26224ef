/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_match.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    ITEM_MAX = 1024,
    DEPTH_MAX = 8,
    ITEMS_MAX = 10000, /* lists that name each other many times over would take for ever */
    TEXT_MAX = 4096
};

/* One comparison of a whole list, with the lists that it names. Begins with items and depth 0.
 * Functions that return unsure set *why where there is more to say than the list itself. */
struct match {
    struct exim_known *k;
    enum exim_kind kind;
    const struct exim_subject *subject;
    struct span *why;
    size_t items; /* that were looked at */
    int depth;
};

/* The result of one item. */
enum item {
    ITEM_NO,
    ITEM_YES,
    ITEM_UNSURE,
    ITEM_STOPS /* Exim reads no further, and the host is not in the list */
};

/* --- items --- */

struct exim_list exim_match_items(struct span list)
{
    struct exim_list l = {.rest = span_trim(list), .separator = ':'};

    if (l.rest.len > 1 && *l.rest.at == '<' && ispunct((unsigned char)l.rest.at[1])) {
        l.separator = l.rest.at[1];
        l.rest.at += 2;
        l.rest.len -= 2;
    }
    return l;
}

bool exim_match_next(struct exim_list *list, char *item, size_t cap, bool *cut)
{
    size_t len = 0;

    list->rest = span_trim(list->rest);
    if (list->rest.len == 0)
        return false;
    for (; list->rest.len > 0; list->rest.at++, list->rest.len--) {
        char c = *list->rest.at;

        if (c == list->separator) {
            list->rest.at++;
            list->rest.len--;
            if (list->rest.len == 0 || *list->rest.at != list->separator)
                break;
        }
        if (len == cap - 1) {
            *cut = true;
            return false;
        }
        item[len++] = c == '\n' || c == '\0' ? ' ' : c;
    }
    while (len > 0 && isspace((unsigned char)item[len - 1]))
        len--;
    item[len] = '\0';
    return true;
}

/* --- addresses --- */

/* Reads "192.0.2.0/24" or "2001:db8::1" into the first 4 or all 16 bytes; *bits is -1 without a
 * mask, else 0 to 128, for IPv4 too. Returns AF_INET, AF_INET6, or 0 where the text is no address.
 */
static int read_network(const char *text, unsigned char bytes[16], int *bits)
{
    char address[INET6_ADDRSTRLEN];
    struct span rest = span_of(text), head = span_until(&rest, '/');
    unsigned number;

    *bits = -1;
    if (!span_copy(head, address, sizeof address))
        return 0;
    if (head.len < strlen(text)) {
        if (!span_number(rest, &number) || number > 128)
            return 0;
        *bits = (int)number;
    }
    if (inet_pton(AF_INET, address, bytes) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, address, bytes) == 1 ? AF_INET6 : 0;
}

/* ITEM_YES or ITEM_NO. */
static enum item item_of(bool yes)
{
    return yes ? ITEM_YES : ITEM_NO;
}

/* Whether the first `bits` bits of two addresses, 0 to 128, are equal. */
static bool equal_bits(const unsigned char *a, const unsigned char *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    unsigned mask = 0xff00u >> rest & 0xff;

    if (memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || (a[whole] & mask) == (b[whole] & mask);
}

/* Whether the address or network of an item, as read_network returns it, has the subject's address:
 * ITEM_YES or ITEM_NO; ITEM_UNSURE where the subject's is not known. Where `bits` is negative or
 * too many, all bits count. */
static enum item match_network(const struct match *m, int family, const unsigned char *net,
                               int bits)
{
    unsigned char bytes[16];
    int none, own = 0, width = family == AF_INET ? 32 : 128;

    if (m->subject->address)
        own = read_network(m->subject->address, bytes, &none);
    if (own == 0)
        return ITEM_UNSURE;
    if (own != family)
        return ITEM_NO;
    if (bits < 0 || bits > width)
        bits = width;
    return item_of(equal_bits(net, bytes, bits));
}

/* --- what Exim is asked --- */

/* ITEM_YES where the answer of exim -be to a text is "yes", ITEM_NO where it is another one.
 * ITEM_UNSURE without an answer: *m->why is the reason, empty while it is pending. */
static enum item ask(struct match *m, const char *text)
{
    struct span answer;

    if (exim_known_text(m->k, text, &answer) == EXIM_ANSWERED)
        return item_of(span_is(answer, "yes"));
    *m->why = answer;
    return ITEM_UNSURE;
}

/* The subject's host for a host list, its domain for a domain list; borrowed. NULL where that is
 * not known, or is not plain. */
static const char *name_of(const struct match *m)
{
    const char *name = m->kind == EXIM_HOST_LIST ? m->subject->host : m->subject->domain;

    return exim_expand_is_plain(name) ? name : NULL;
}

/* Whether an item such as "^mx\d\.example\.com$" matches the name: ITEM_YES or ITEM_NO; Exim
 * compares without regard to case. ITEM_UNSURE: the name is not known, or Exim has not answered. */
static enum item match_regex(struct match *m, const char *item)
{
    char text[TEXT_MAX];
    const char *name = name_of(m);

    if (!name || strstr(item, "\\N"))
        return ITEM_UNSURE;
    text_format(text, sizeof text, "${if match{%s}{\\N(?i)%s\\N}{yes}{no}}", name, item);
    return ask(m, text);
}

/* Whether a table has the name as a key: ITEM_YES or ITEM_NO. The item has a ';':
 * "lsearch;/etc/exim4/hosts", "partial-cdb;/etc/...". ITEM_UNSURE: the name is not known, Exim has
 * not answered, the table is by address, or its file name has special characters. */
static enum item match_lookup(struct match *m, const char *item)
{
    char text[TEXT_MAX];
    const char *name = name_of(m), *file = strchr(item, ';') + 1;
    size_t type = strcspn(item, ";");

    if (!name || strncmp(item, "net", 3) == 0 || *file != '/' || strpbrk(file, "${}\\ \t"))
        return ITEM_UNSURE;
    if (strspn(item, "abcdefghijklmnopqrstuvwxyz0123456789-*@") != type)
        return ITEM_UNSURE;
    text_format(text, sizeof text, "${lookup{%s}%.*s{%s}{yes}{no}}", name, (int)type, item, file);
    return ask(m, text);
}

/* Whether one of the addresses "192.0.2.1;192.0.2.2" is the subject's: ITEM_YES or ITEM_NO;
 * ITEM_UNSURE where the subject's is not known. */
static enum item has_address(const struct match *m, struct span addresses)
{
    while (addresses.len > 0) {
        unsigned char bytes[16];
        char address[INET6_ADDRSTRLEN];
        int bits;

        if (span_copy(span_until(&addresses, ';'), address, sizeof address)) {
            int family = read_network(address, bytes, &bits);

            if (family != 0 && match_network(m, family, bytes, bits) != ITEM_NO)
                return match_network(m, family, bytes, bits);
        }
    }
    return ITEM_NO;
}

/* Whether a host name is the subject's, or has its address. ITEM_STOPS: the name has no address;
 * "+include_unknown" and the like are left to the caller. ITEM_UNSURE: the subject's address is not
 * known; or Exim has not said the name's, and *m->why is set, as by `ask`. */
static enum item match_host_name(struct match *m, const char *item)
{
    char text[TEXT_MAX];
    struct span addresses;

    if (m->subject->host && strcasecmp(item, m->subject->host) == 0)
        return ITEM_YES;
    if (!m->subject->address || *m->subject->address == '\0')
        return ITEM_UNSURE;
    if (strcasecmp(item, "localhost") == 0)
        return has_address(m, span_of("127.0.0.1;::1"));
    text_format(text, sizeof text, "${lookup dnsdb{>; a+=%s}}", item);
    if (exim_known_text(m->k, text, &addresses) == EXIM_ANSWERED)
        return addresses.len == 0 ? ITEM_STOPS : has_address(m, addresses);
    *m->why = addresses;
    return ITEM_UNSURE;
}

/* --- one item --- */

/* Whether a name ends with the suffix, in any case of letters. */
static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);

    return n >= s && strcasecmp(name + n - s, suffix) == 0;
}

/* Whether an item is the subject's name, as of name_of, in any case of letters, or is "*" and the
 * name's end: "*.example.com". ITEM_UNSURE: name_of is NULL, and *m->why stays as it is. */
static enum item match_name(struct match *m, const char *item)
{
    const char *name = name_of(m);

    if (!name)
        return ITEM_UNSURE;
    if (*item == '*')
        return item_of(ends_with(name, item + 1));
    return item_of(strcasecmp(name, item) == 0);
}

/* Whether Exim takes an item, which is not empty, for a host's name to look up: it has letters,
 * digits, dots, hyphens and underscores alone. */
static bool is_host_name(const char *item)
{
    for (; *item; item++) {
        if (!isalnum((unsigned char)*item) && !strchr(".-_", *item))
            return false;
    }
    return true;
}

/* The result of the item "@", our own primary_hostname, as of match_host_name or match_name.
 * ITEM_UNSURE where that name is not known. */
static enum item match_primary(struct match *m)
{
    const struct exim_setting *s =
        exim_output_get_setting(&m->k->settings, EXIM_MAIN, span_of(""), "primary_hostname");
    char name[ITEM_MAX];

    if (!s || !span_copy(s->value, name, sizeof name))
        return ITEM_UNSURE;
    return m->kind == EXIM_HOST_LIST ? match_host_name(m, name) : match_name(m, name);
}

/* The result of an item that is not empty and names no list, without its '!' and '+'; ITEM_STOPS:
 * Exim cannot read it, or cannot look it up. */
static enum item match_plain(struct match *m, const char *item)
{
    unsigned char net[16];
    int bits, family;

    if (strcmp(item, "*") == 0)
        return ITEM_YES;
    if (strcmp(item, "@[]") == 0)
        return ITEM_NO; /* a host of the partner's has no address of ours */
    if (strcmp(item, "@") == 0)
        return match_primary(m);
    if (*item == '/' || *item == '@')
        return ITEM_UNSURE;
    if (*item == '^')
        return match_regex(m, item);
    if (strchr(item, ';'))
        return match_lookup(m, item);
    if (m->kind == EXIM_DOMAIN_LIST || *item == '*')
        return match_name(m, item);
    family = read_network(item, net, &bits);
    if (family != 0)
        return match_network(m, family, net, bits);
    if (item[strspn(item, "0123456789./")] == '\0')
        return ITEM_STOPS; /* Exim: malformed IPv4 address or address mask */
    return is_host_name(item) ? match_host_name(m, item) : match_name(m, item);
}

static enum exim_match match_span(struct match *m, struct span list);

/* The result of the list of that name, without the '+' of "+partner_hosts". ITEM_STOPS: there is no
 * such list. ITEM_UNSURE: it is not known yet, or lists nest too deeply. */
static enum item match_named(struct match *m, const char *name)
{
    static const enum item items[] = {
        [EXIM_NO] = ITEM_NO, [EXIM_YES] = ITEM_YES, [EXIM_UNSURE] = ITEM_UNSURE};
    struct span list;
    enum exim_answer answer = exim_known_list(m->k, m->kind, span_of(name), &list);
    enum exim_match found;

    if (answer == EXIM_FAILED && list.len == 0)
        return ITEM_STOPS; /* there is no such list */
    if (answer != EXIM_ANSWERED) {
        *m->why = list;
        return ITEM_UNSURE;
    }
    if (m->depth == DEPTH_MAX)
        return ITEM_UNSURE;
    m->depth++;
    found = match_span(m, list);
    m->depth--;
    return items[found];
}

/* --- a list --- */

/* Whether an item says what becomes of a host name without address: "+ignore_unknown" and the like.
 * Those about unknown names set *unknown to ITEM_YES or ITEM_NO; those about deferred look-ups do
 * not. */
static bool is_mode(const char *item, enum item *unknown)
{
    if (strcmp(item, "+include_unknown") == 0)
        *unknown = ITEM_YES;
    else if (strcmp(item, "+ignore_unknown") == 0)
        *unknown = ITEM_NO;
    else
        return strcmp(item, "+include_defer") == 0 || strcmp(item, "+ignore_defer") == 0;
    return true;
}

/* The result of one item without its '!', which is not empty; `unknown` is returned in the place of
 * ITEM_STOPS. */
static enum item match_item(struct match *m, const char *item, enum item unknown)
{
    enum item it = *item == '+' ? match_named(m, item + 1) : match_plain(m, item);

    return it == ITEM_STOPS ? unknown : it;
}

/* The result of a list that is expanded already. The first item that matches decides, a '!' in
 * front of it says no. After the last item it is no, or yes where the last has a '!'. EXIM_UNSURE
 * where an item that is unsure could decide otherwise, or the list cannot be read to its end. */
static enum exim_match match_items(struct match *m, struct exim_list list)
{
    char text[ITEM_MAX];
    enum item unknown = ITEM_STOPS, it = ITEM_NO;
    enum exim_match end = EXIM_NO;
    bool perhaps_yes = false, perhaps_no = false, cut = false;

    while (it != ITEM_YES && it != ITEM_STOPS && exim_match_next(&list, text, sizeof text, &cut)) {
        bool negated = *text == '!';
        const char *item = text + negated;

        if (++m->items > ITEMS_MAX)
            return EXIM_UNSURE;
        if (*text == '\0' || is_mode(text, &unknown))
            continue;
        it = match_item(m, item + strspn(item, " \t"), unknown);
        end = negated == (it == ITEM_YES) ? EXIM_NO : EXIM_YES;
        if (it == ITEM_STOPS)
            end = EXIM_NO;
        perhaps_yes = perhaps_yes || (it == ITEM_UNSURE && !negated);
        perhaps_no = perhaps_no || (it == ITEM_UNSURE && negated);
    }
    if (cut || (end == EXIM_YES && perhaps_no) || (end == EXIM_NO && perhaps_yes))
        return EXIM_UNSURE;
    return end;
}

/* Whether a transport cannot expand a list either, by what exim -be wrote about it. Exim then goes
 * on as if the host were not in the list. */
static bool stops_list(struct span complaint)
{
    static const char *const words[] = {"\" requested", "No such file or directory"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_find(complaint, words[i]) < complaint.len)
            return true;
    }
    return false;
}

/* The result of a list as it is configured, which is expanded first. EXIM_NO where Exim could not
 * expand it either; EXIM_UNSURE while that is pending. */
static enum exim_match match_span(struct match *m, struct span list)
{
    struct span expanded;
    enum exim_answer answer = exim_known_expand(m->k, list, m->subject, &expanded);

    if (answer == EXIM_ANSWERED)
        return match_items(m, exim_match_items(expanded));
    *m->why = expanded;
    if (answer == EXIM_FAILED && stops_list(expanded))
        return EXIM_NO;
    return EXIM_UNSURE;
}

enum exim_match exim_match_list(struct exim_known *k, enum exim_kind kind, struct span list,
                                const struct exim_subject *subject, struct span *why)
{
    struct match m = {.k = k, .kind = kind, .subject = subject, .why = why};

    /* Where an item is unsure by itself, the list is what there is to show. */
    *why = list;
    return match_span(&m, list);
}
