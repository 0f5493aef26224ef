/* form_fields: the fields of a form, and the syntax of each. A part of form. */
#ifndef FORM_FIELDS_H
#define FORM_FIELDS_H

#include "form.h"

/* Where a value stands. */
struct form_place {
    const char *path; /* of the form, as it was named */
    const char *name; /* the same, clean and short, for messages */
    int line;
    const char *field;
};

struct form_field {
    const char *name;
    bool (*set)(const struct form_place *at, const struct form_field *f, void *target,
                const char *value, struct err *e);
    /* One entry to a string to be freed; NULL with the error's text where it will not have it. */
    char *(*item)(const struct form_place *at, const char *item, struct err *e);
    size_t offset;
    unsigned flags;
};

enum { FORM_LIST = 1, FORM_REPEATS = 2 }; /* entries by blanks or commas; may be given again */

/* The table of a partner's fields, or of [own]'s. */
const struct form_field *form_fields(bool own, size_t *count);

/* Reads the value into its place in the section, a struct partner or form_own. A list grows. */
bool form_set(const struct form_place *at, const struct form_field *f, void *section,
              const char *value, struct err *e);

/* "name:line: field: "value" what", with as much of the value as fits; always false. */
bool form_refuse(const struct form_place *at, const char *value, const char *what, struct err *e);

/* Room for one more in an array that grows by doubling; NULL: memory. */
void *form_grow(void *at, size_t count, size_t size);

#endif
