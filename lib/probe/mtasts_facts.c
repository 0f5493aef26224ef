/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/mtasts_facts.h"

#include <stdlib.h>

void mtasts_facts_clear(struct mtasts_facts *f)
{
    free(f->text);
    *f = (struct mtasts_facts){0};
}
