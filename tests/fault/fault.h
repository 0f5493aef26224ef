/* fault: the n-th allocation of our own objects fails. Linked with -Wl,--wrap=malloc,--wrap=calloc,
 * --wrap=realloc,--wrap=strdup, which leaves shared libraries as they are: libldns asserts where memory is short. */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

/* From now on the n-th (from 1) allocation fails, once; 0: none. */
void fault_arm(long n);

/* Whether it has failed by now. */
bool fault_fired(void);

/* A byte is written to this descriptor when it fails; -1: nowhere. */
void fault_tell(int fd);

#endif
