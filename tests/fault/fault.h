/* SPDX-License-Identifier: BSD-2-Clause */
/* fault: the n-th allocation of our own objects fails, or the n-th file or directory that they
 * open; both are counted together. Linked with -Wl,--wrap=..., which leaves shared libraries as
 * they are: libldns asserts where memory is short. */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

/* From now on the n-th (from 1) allocation or opening fails, once; 0: none. */
void fault_arm(long n);

/* Whether it has failed by now. */
bool fault_fired(void);

/* A byte is written to this descriptor when it fails; -1: nowhere. */
void fault_tell(int fd);

#endif
