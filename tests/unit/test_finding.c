#include "finding.h"

#include <string.h>

#include "unit.h"

/* Contract section 7, as far as this library meets them. */
static const struct {
    const char *code;
    enum state state;
} codes[] = {
    {"dns-failure", STATE_UNKNOWN},
    {"dnssec-invalid", STATE_CRITICAL},
    {"domain-not-found", STATE_CRITICAL},
    {"null-mx", STATE_CRITICAL},
    {"no-address", STATE_WARNING},
    {"mx-is-cname", STATE_WARNING},
    {"family-unavailable", STATE_OK},
    {"connection-failed", STATE_WARNING},
    {"no-gateway-reachable", STATE_CRITICAL},
    {"throttled", STATE_WARNING},
    {"greeting-rejected", STATE_CRITICAL},
    {"ehlo-rejected", STATE_CRITICAL},
    {"protocol-error", STATE_CRITICAL},
    {"starttls-not-supported", STATE_CRITICAL},
    {"starttls-stripped", STATE_CRITICAL},
    {"starttls-refused", STATE_CRITICAL},
    {"starttls-injection", STATE_CRITICAL},
    {"tls-handshake-failed", STATE_CRITICAL},
    {"tls-version", STATE_CRITICAL},
    {"certificate-expired", STATE_CRITICAL},
    {"certificate-not-yet-valid", STATE_CRITICAL},
    {"certificate-superfluous", STATE_OK},
    {"certificate-host-mismatch", STATE_CRITICAL},
    {"certificate-not-trusted", STATE_CRITICAL},
    {"certificate-cn-only", STATE_WARNING},
    {"certificate-weak", STATE_CRITICAL},
    {"certificates-differ", STATE_WARNING},
    {"fingerprint-mismatch", STATE_CRITICAL},
    {"tlsa-invalid", STATE_CRITICAL},
    {"tlsa-unusable", STATE_WARNING},
    {"dane-absent", STATE_WARNING},
    {"dane-required", STATE_CRITICAL},
    {"sender-rejected", STATE_WARNING},
    {"recipient-rejected", STATE_WARNING},
    {"deferred", STATE_OK},
    {"plaintext-accepted", STATE_CRITICAL},
    {"plaintext-inconclusive", STATE_UNKNOWN},
    {"not-probed", STATE_UNKNOWN},
};

START_TEST(contract)
{
    enum finding_code c;

    ck_assert_msg(finding_from_code(codes[_i].code, &c), "%s is unknown", codes[_i].code);
    ck_assert_str_eq(finding_info(c)->code, codes[_i].code);
    ck_assert_msg(finding_info(c)->state == codes[_i].state, "%s: %s", codes[_i].code,
                  state_name(finding_info(c)->state));
}
END_TEST

START_TEST(round_trip)
{
    const struct finding_info *info = finding_info((enum finding_code)_i);
    enum finding_code c;

    ck_assert_ptr_nonnull(info->code);
    ck_assert(info->when && info->when[0]);
    ck_assert(finding_from_code(info->code, &c));
    ck_assert_int_eq(c, _i);
    ck_assert_uint_eq(strspn(info->code, "abcdefghijklmnopqrstuvwxyz-"), strlen(info->code));
}
END_TEST

static const char *const strangers[] = {"", "slow ", "SLOW", "slo", "tls-versions", "=ok"};

START_TEST(unknown_code)
{
    enum finding_code c = F_SLOW;

    ck_assert(!finding_from_code(strangers[_i], &c));
    ck_assert_int_eq(c, F_SLOW);
}
END_TEST

static const struct {
    const char *name;
    bool ok;
    enum state state;
} states[] = {
    {"OK", true, STATE_OK},           {"ok", true, STATE_OK},
    {"Warning", true, STATE_WARNING}, {"critical", true, STATE_CRITICAL},
    {"UNKNOWN", true, STATE_UNKNOWN}, {"", false, 0},
    {"warn", false, 0},               {"0", false, 0},
};

START_TEST(state_names)
{
    enum state s;

    ck_assert(state_from_name(states[_i].name, &s) == states[_i].ok);
    if (states[_i].ok)
        ck_assert_int_eq(s, states[_i].state);
}
END_TEST

START_TEST(exit_statuses)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

    ck_assert_int_eq((int)STATE_OK, 0);
    ck_assert_int_eq((int)STATE_UNKNOWN, 3);
    for (int s = 0; s < 4; s++)
        ck_assert_str_eq(state_name((enum state)s), names[s]);
}
END_TEST

START_TEST(worse)
{
    static const enum state order[] = {STATE_OK, STATE_UNKNOWN, STATE_WARNING, STATE_CRITICAL};

    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++)
            ck_assert_int_eq(state_worse(order[a], order[b]), order[a > b ? a : b]);
        ck_assert_int_eq(state_rank(order[a]), a);
    }
}
END_TEST

static struct finding *add(struct finding_list *l, enum finding_code c, enum state s, size_t order,
                           size_t address)
{
    struct finding *f = finding_add(l, c);

    f->state = s;
    f->order = order;
    f->address = address;
    return f;
}

START_TEST(sort)
{
    static const struct {
        enum finding_code code;
        enum state state;
        size_t order, address;
    } want[] = {
        {F_TLS_VERSION, STATE_CRITICAL, 0, 1},
        {F_DNSSEC_INVALID, STATE_CRITICAL, 1, FINDING_NONE},
        {F_TLS_VERSION, STATE_CRITICAL, 1, 0},
        {F_CERTIFICATE_EXPIRED, STATE_CRITICAL, 1, 0},
        {F_TLS_VERSION, STATE_CRITICAL, 1, 1},
        {F_DNS_FAILURE, STATE_WARNING, 0, 0},
        {F_SLOW, STATE_WARNING, 7, 0},
        {F_DNS_FAILURE, STATE_UNKNOWN, 0, 0},
        {F_DNS_FAILURE, STATE_OK, 0, FINDING_NONE},
        {F_DNS_FAILURE, STATE_OK, 0, 0},
    };
    struct finding_list l = {0};
    const int n = COUNT(want);

    /* _i is how the list is shuffled; 7 and n have no common divisor */
    for (int i = 0; i < n; i++) {
        int k = (7 * i + _i) % n;

        add(&l, want[k].code, want[k].state, want[k].order, want[k].address);
    }
    finding_sort(&l);
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(l.at[i].code, want[i].code);
        ck_assert_int_eq(l.at[i].state, want[i].state);
        ck_assert_uint_eq(l.at[i].order, want[i].order);
        ck_assert_uint_eq(l.at[i].address, want[i].address);
    }
    finding_list_clear(&l);
}
END_TEST

START_TEST(list)
{
    struct finding_list l = {0};

    finding_sort(&l);
    for (int i = 0; i < 1000; i++) {
        struct finding *f = finding_add(&l, (enum finding_code)(i % FINDING_COUNT));

        ck_assert_ptr_nonnull(f);
        ck_assert(f->target == FINDING_NONE && f->host == FINDING_NONE &&
                  f->address == FINDING_NONE);
        ck_assert(f->state == STATE_OK && f->headline[0] == '\0' && f->detail[0] == '\0');
    }
    ck_assert_uint_eq(l.count, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(l.at[i].code, i % FINDING_COUNT);
    ck_assert(!l.failed);
    finding_list_clear(&l);
    ck_assert(l.at == NULL && l.count == 0);
    finding_list_clear(&l);
}
END_TEST

static const struct {
    size_t target, host, address;
    enum finding_code code;
    const char *headline, *detail;
    size_t count; /* of the list then */
} said[] = {
    {0, 1, 0, F_SLOW, "slow", "1 s", 1},
    {0, 1, 0, F_SLOW, "slow", "1 s", 1},
    {2, 1, 0, F_SLOW, "slow", "1 s", 1}, /* another target leads there */
    {0, 1, 1, F_SLOW, "slow", "1 s", 2},
    {0, 2, 0, F_SLOW, "slow", "1 s", 3},
    {0, 1, 0, F_THROTTLED, "slow", "1 s", 4},
    {0, 1, 0, F_SLOW, "slower", "1 s", 5},
    {0, 1, 0, F_SLOW, "slow", "2 s", 6},
    {0, FINDING_NONE, FINDING_NONE, F_NULL_MX, "none", "", 7},
    {1, FINDING_NONE, FINDING_NONE, F_NULL_MX, "none", "", 8},
    {0, FINDING_NONE, FINDING_NONE, F_NULL_MX, "none", "", 8},
    {FINDING_NONE, FINDING_NONE, FINDING_NONE, F_FORM_INVALID, "f:1", "", 9},
    {FINDING_NONE, FINDING_NONE, FINDING_NONE, F_FORM_INVALID, "f:2", "", 10},
    {FINDING_NONE, FINDING_NONE, FINDING_NONE, F_FORM_INVALID, "f:1", "", 10},
};

START_TEST(once)
{
    struct finding_list l = {0};

    for (size_t i = 0; i < COUNT(said); i++) {
        struct finding f = {.code = said[i].code,
                            .target = said[i].target,
                            .host = said[i].host,
                            .address = said[i].address};

        strcpy(f.headline, said[i].headline);
        strcpy(f.detail, said[i].detail);
        finding_add_once(&l, &f);
        ck_assert_uint_eq(l.count, said[i].count);
        ck_assert_str_eq(l.at[0].headline, "slow");
    }
    finding_list_clear(&l);
}
END_TEST

/* More than there are buckets. */
START_TEST(many_once)
{
    enum { MANY = 3000 };
    struct finding_list l = {0};

    for (size_t i = 0; i < 2 * MANY; i++)
        finding_add_once(&l, &(struct finding){.code = F_SLOW, .host = i % MANY});
    ck_assert_uint_eq(l.count, MANY);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(l.at[i].host, i);
    finding_list_clear(&l);
}
END_TEST

UNIT_CASE(finding, {contract, COUNT(codes)}, {round_trip, FINDING_COUNT},
          {unknown_code, COUNT(strangers)}, {state_names, COUNT(states)}, {exit_statuses, 1},
          {worse, 1}, {sort, 10}, {list, 1}, {once, 1}, {many_once, 1})
