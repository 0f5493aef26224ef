/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process_answer.h"

#include <errno.h>
#include <string.h>

#include "base/shortage.h"
#include "unit/unit.h"

static const struct {
    const char *text, *want;
} complaints[] = {
    {"", ""},
    {"\n\n", ""},
    {"one", "one"},
    {"one\ntwo\n\n", "two"},
    {"postconf: fatal: open main.cf\n", "fatal: open main.cf"},
    {"a: warning: x\na: error: y\na: z\n", "error: y"},
    {"a: panic: x\nb: fatal: y\nlast", "fatal: y"},
    {"error: \n", "error: "},
    {"fatal:x\nerror", "error"},
};

START_TEST(complaint)
{
    size_t len = 99;
    const char *got = process_answer_complaint(complaints[_i].text, &len);

    ck_assert_msg(len == strlen(complaints[_i].want) && strncmp(got, complaints[_i].want, len) == 0,
                  "%s: %.*s", complaints[_i].text, (int)len, got);
}
END_TEST

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    enum process_end end;
    int status;
    const char *err, *want; /* NULL: it came */
} answers[] = {
    {PROCESS_EXITED, 0, "", NULL},
    {PROCESS_EXITED, 0, "fatal: but status 0", NULL},
    {PROCESS_EXITED, 1, "", "prog ended with status 1, and printed no reason"},
    {PROCESS_EXITED, 1, "\n", "prog ended with status 1, and printed no reason"},
    {PROCESS_EXITED, 75, "a: fatal: no\nlater\n", "prog: fatal: no"},
    {PROCESS_EXITED, 1, X50 X50, "prog: " X50 X50},
    {PROCESS_EXITED, 1, X50 X50 "y", "prog: " X50 X50},
    {PROCESS_SIGNALED, 9, "", "prog ended with signal 9, and printed no reason"},
    {PROCESS_SIGNALED, 0, "killed", "prog: killed"},
    {PROCESS_MISSING, 0, "x", "prog is not installed"},
    {PROCESS_DENIED, 0, "x", "prog may not be executed"},
    {PROCESS_TIMEOUT, 0, "x", "prog did not answer in time"},
    {PROCESS_STOPPED, 0, "x", "prog did not answer in time"},
    {PROCESS_TOO_LONG, 0, "x", "prog printed too much"},
};

START_TEST(came)
{
    struct process_result r = {.end = answers[_i].end, .status = answers[_i].status};
    struct error e = {0};

    text_init(&r.err, 1000);
    text_add(&r.err, answers[_i].err);
    ck_assert_int_eq(process_answer_came(&r, "prog", &e), !answers[_i].want);
    ck_assert_str_eq(e.text, answers[_i].want ? answers[_i].want : "");
    ck_assert_int_eq(e.cause, answers[_i].want ? ERROR_FILE : ERROR_NONE);
    text_free(&r.err);
}
END_TEST

START_TEST(shortage)
{
    char buf[100];

    ck_assert_str_eq(shortage_words(EMFILE, buf, sizeof buf),
                     "too many open files here: lower --parallel, or raise our limit (ulimit -n)");
    ck_assert_str_eq(
        shortage_words(ENFILE, buf, sizeof buf),
        "too many open files here: lower --parallel, or raise our limit (fs.file-max)");
    ck_assert_str_eq(shortage_words(ENOMEM, buf, sizeof buf), "Cannot allocate memory");
}
END_TEST

UNIT_CASE(process_answer, {complaint, COUNT(complaints)}, {came, COUNT(answers)}, {shortage, 1})
