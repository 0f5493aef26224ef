/* own_tables: the tables of our own mail server, read once however many partners are held against
 * them.
 *
 * Hides files, postmap(1) and the main.cf beside a table behind the reader that own_policy asks. */
#ifndef OWN_TABLES_H
#define OWN_TABLES_H

#include "deadline.h"
#include "own_problem.h"

struct own_tables;

/* NULL: memory. What is not there by the deadline cannot be asked. own_tables_free frees. */
struct own_tables *own_tables_new(instant deadline);
void own_tables_free(struct own_tables *t);

struct own_reader own_tables_reader(struct own_tables *t);

/* Exim's configuration, which lives as long as `t`. NULL with `e` filled. */
const struct exim_config *own_tables_exim(struct own_tables *t, const char *path, struct err *e);

#endif
