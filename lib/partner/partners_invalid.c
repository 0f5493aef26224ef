/* SPDX-License-Identifier: BSD-2-Clause */
/* Apart from the rest of partners, which needs OpenSSL: check_mail_log reads forms without it. */
#include <stdlib.h>

#include "base/text.h"
#include "partner/partners.h"

bool partners_add_invalid(struct partners *f, const char *text)
{
    f->invalid_forms++;
    return partners_add_error(f, text);
}

bool partners_add_error(struct partners *f, const char *text)
{
    struct partners_invalid *list = realloc(f->invalid, (f->invalid_count + 1) * sizeof *list);

    if (!list)
        return false;
    f->invalid = list;
    text_copy(list[f->invalid_count++].text, sizeof list->text, text);
    return true;
}

void partners_clear_invalid(struct partners *f)
{
    free(f->invalid);
    f->invalid = NULL;
    f->invalid_count = 0;
}
