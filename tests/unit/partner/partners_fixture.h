/* SPDX-License-Identifier: BSD-2-Clause */
/* partners_fixture: forms, the fleet that they make, and gateways that are all well. */
#ifndef PARTNERS_FIXTURE_H
#define PARTNERS_FIXTURE_H

#include "unit/judge/fixture.h"
#include "partner/partners.h"
#include "unit/dns/names.h"

struct partners_fixture {
    struct fixture f; /* whose terms are those of the command line */
    struct form form;
    struct partners_config c; /* both directions, port 25 */
    struct partners partners;
};

void partners_fixture_open(struct partners_fixture *p);
void partners_fixture_close(struct partners_fixture *p);

/* Reads one more file, "forms/N.ini". */
void partners_fixture_read(struct partners_fixture *p, const char *text);

/* The three steps behind that; each makes those before it. */
void partners_fixture_make(struct partners_fixture *p);
void partners_fixture_probe(struct partners_fixture *p, const struct names_record *zone);
void partners_fixture_judge(struct partners_fixture *p, const struct names_record *zone);

/* The index of a partner's MX host or declared gateway, FINDING_NONE if there is none. */
size_t partners_fixture_host(const struct partners_fixture *p, const char *id, const char *name);

#endif
