#include "postfix_master.h"

#include <string.h>

#include "unit.h"

static const struct {
    const char *name, *data;
    bool mentions; /* the parameter x_y */
} masters[] = {
    {"empty", "", false},
    {"nothing of it", "smtp inet n - y - - smtpd\n", false},
    {"in its line", "smtp inet n - y - - smtpd -o x_y=a\n", true},
    {"in a line that goes on", "smtp inet n - y - - smtpd\n  -o { x_y = a }\n", true},
    {"commented out", "smtp inet n - y - - smtpd\n#  -o x_y=a\n #  -o x_y=a\n", false},
    {"of submission", "submission inet n - y - - smtpd\n  -o x_y=a\nsmtp inet n\n", false},
    {"of submission with TLS", "smtps inet n -o x_y=a\nsubmissions inet n -o x_y=a\n", false},
    {"of its port", "587 inet n -o x_y=a\n465\tinet n -o x_y=a\n", false},
    {"of an address's", "192.0.2.1:587 inet n -o x_y=a\n[2001:db8::1]:465 inet n -o x_y\n", false},
    {"of loopback", "127.0.0.1:10025 inet n -o x_y=a\nlocalhost:26 inet n -o x_y\n", false},
    {"of loopback with colons", "[::1]:25 inet n -o x_y=a\n", false},
    {"of another port", "192.0.2.1:2587 inet n -o x_y=a\n", true},
    {"of another name", "submission2 inet n -o x_y=a\n", true},
    {"of another address", "127.0.0.11:25 inet n -o x_y=a\n", true},
    {"behind it", "submission inet n\n -o a=b\nsmtp inet n\n -o x_y=a\n", true},
};

START_TEST(mentions)
{
    struct postfix_master m;
    struct err e = {0};

    ck_assert(postfix_master_read("master.cf", masters[_i].data, strlen(masters[_i].data), &m, &e));
    ck_assert_msg(postfix_master_mentions(&m, "x_y") == masters[_i].mentions, "%s",
                  masters[_i].name);
    postfix_master_clear(&m);
}
END_TEST

START_TEST(refuses)
{
    struct postfix_master m;
    struct err e = {0};

    ck_assert(!postfix_master_read("d/master.cf", "a\n\0", 3, &m, &e));
    ck_assert_str_eq(e.text, "d/master.cf:2: NUL byte in what should be text");
}
END_TEST

UNIT_CASE(postfix_master, {mentions, COUNT(masters)}, {refuses, 1})
