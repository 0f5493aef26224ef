/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of options that has the ClientHello of our mail server, for plugins that probe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hello/own_hello.h"
#include "plugins/options.h"
#include "plugins/work.h"

/* Whether a value of --hello names a mail server, whose programs are run. */
static bool is_mail_server(const char *value)
{
    return strcmp(value, "postfix") == 0 || strcmp(value, "exim") == 0;
}

instant options_mta_deadline(const struct options *o)
{
    double third = o->timeout / 3;

    return work_start() + (instant)((third < o->stage_timeout ? third : o->stage_timeout) * 1e6);
}

void options_hello(struct options *o, const char *postfix, const char *exim)
{
    struct own_hello_config c = {
        .value = o->hello, .postfix = postfix, .exim = exim, .deadline = options_mta_deadline(o)};
    struct error e = {0};
    struct sent_hello *hello;
    char text[sizeof e.text + 32], program[16] = "";

    if (!o->hello)
        return;
    if (is_mail_server(o->hello)) {
        snprintf(program, sizeof program, " %s", o->hello);
        work_enter(WORK_MTA);
    }
    hello = malloc(sizeof *hello);
    if (!hello)
        work_fail("out of memory");
    if (!own_hello_load(&c, hello, &e)) {
        snprintf(text, sizeof text, "--hello%s: %s", program, e.text);
        work_fail(text);
    }
    o->sent_hello = o->policy.hello = hello;
}
