/* SPDX-License-Identifier: BSD-2-Clause */
/* Records and policies of MTA-STS and TLSRPT: the first byte says which. What is accepted keeps the
 * RFCs' limits, what is not has words; a policy lists the hosts that it names. */
#include <string.h>

#include "fuzz.h"
#include "policy/mtasts.h"

#define TEXT(array) (memchr(array, 0, sizeof array) && fuzz_is_clean(array))

static void look_at_record(const char *s, size_t len)
{
    struct mtasts_record r;
    bool ok = mtasts_record_read(s, len, &r);

    HOLDS(TEXT(r.id) && TEXT(r.fault) && ok == !r.fault[0]);
    if (ok)
        HOLDS(r.id[0] &&
              strspn(r.id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
                  strlen(r.id));
    if (ok)
        HOLDS(mtasts_is_record(s, len));
}

static void look_at_report(const char *s, size_t len)
{
    struct tlsrpt_record r;
    bool ok = mtasts_tlsrpt_read(s, len, &r);

    HOLDS(TEXT(r.rua) && TEXT(r.fault) && ok == !r.fault[0]);
    if (ok)
        HOLDS(r.rua[0] && mtasts_is_tlsrpt(s, len));
}

static void look_at_policy(const char *s, size_t len)
{
    struct mtasts_policy p;
    bool ok = mtasts_policy_read(s, len, &p);

    HOLDS(TEXT(p.mx) && TEXT(p.fault) && ok == !p.fault[0]);
    if (ok)
        HOLDS(p.max_age >= 0 && p.max_age <= MTASTS_MAX_AGE &&
              (p.mx_count > 0 || p.mode == MTASTS_NONE));
    if (ok && p.mx_count == 1 && !strchr(p.mx, '*') && !strstr(p.mx, "..."))
        HOLDS(mtasts_policy_lists(s, len, p.mx));
    if (ok && p.mx_count == 0)
        HOLDS(!mtasts_policy_lists(s, len, "mx.example.test"));
}

static void look_at_txt(const uint8_t *data, size_t size)
{
    char out[MTASTS_TXT_MAX];

    HOLDS(mtasts_join(data, size, out, sizeof out) <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *s;

    if (size == 0)
        return 0;
    s = fuzz_bytes(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        look_at_record(s, size - 1);
        break;
    case 1:
        look_at_report(s, size - 1);
        break;
    case 2:
        look_at_policy(s, size - 1);
        break;
    default:
        look_at_txt((const uint8_t *)s, size - 1);
        break;
    }
    free(s);
    return 0;
}
