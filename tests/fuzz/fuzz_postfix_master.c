/* Postfix's master.cf: what is kept of it are lines of its own, each of some service; a name that
 * they mention stands in the file. */
#include <ctype.h>
#include <string.h>

#include "fuzz.h"
#include "postfix_master.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"-o", "smtpd_sender_restrictions", "a"};
    struct postfix_master m;
    struct err e = {0};
    size_t total = 0;
    char *copy = fuzz_bytes(data, size);

    if (postfix_master_read("d/master.cf", copy, size, &m, &e)) {
        for (size_t i = 0; i < m.count; i++) {
            HOLDS(*m.at[i] && *m.at[i] != '#' && !isspace((unsigned char)*m.at[i]));
            HOLDS(strncmp(m.at[i], "submission ", 11) != 0 && strncmp(m.at[i], "587 ", 4) != 0);
            total += strlen(m.at[i]);
        }
        HOLDS(total <= size);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            HOLDS(!postfix_master_mentions(&m, names[i]) || m.count > 0);
        HOLDS(postfix_master_mentions(&m, "") == (m.count > 0));
        postfix_master_clear(&m);
    } else {
        HOLDS(size > 0 && memchr(copy, '\0', size) && fuzz_is_clean(e.text));
    }
    free(copy);
    return 0;
}
