/* partners: forms, the fleet that they make, and gateways that are all well. */
#ifndef PARTNERS_H
#define PARTNERS_H

#include "fixture.h"
#include "fleet.h"
#include "names.h"

struct partners {
    struct fixture f; /* whose terms are those of the command line */
    struct form form;
    struct fleet_config c; /* both directions, port 25 */
    struct fleet fleet;
};

void partners_open(struct partners *p);
void partners_close(struct partners *p);

/* Reads one more file, "forms/N.ini". */
void partners_read(struct partners *p, const char *text);

/* The three steps behind that; each makes those before it. */
void partners_make(struct partners *p);
void partners_probe(struct partners *p, const struct names_record *zone);
void partners_judge(struct partners *p, const struct names_record *zone);

/* Of the MX host or declared gateway of a partner, FINDING_NONE where there is none. */
size_t partners_host(const struct partners *p, const char *id, const char *name);

#endif
