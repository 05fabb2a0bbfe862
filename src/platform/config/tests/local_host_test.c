/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which written hosts are this machine. */
#include "platform/config/local_host.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

static void what_is_here_and_what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool is_local;
    } rows[] = {
        {"localhost", true},
        {"LOCALHOST", true},
        {"127.0.0.1", true},
        {"127.255.0.9", true},
        {"::1", true},
        {"[::1]", true},
        {"/run/clamav/ctl", true},
        {"@abstract", true},
        {"", false},
        {"localhost.example", false},
        {"127.0.0.1.nip", false},
        {"128.0.0.1", false},
        {"0.0.0.0", false},
        {"::", false},
        {"[::1", false},
        {"::ffff:127.0.0.1", false},
        {"10.0.0.1", false},
        {"db", false},
        {"0177.0.0.1", false},
        {"[fd00::1]", false},
        {"local host", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (local_host_is(str_cstr(rows[i].host)) != rows[i].is_local)
            fail_msg("\"%s\" is not judged well", rows[i].host);
    }
}

static void the_host_of_an_address(void **state)
{
    (void)state;
    static const struct {
        const char *address, *host;
    } rows[] = {
        {"smtp://mail.example:587", "mail.example"},
        {"smtps://mail.example", "mail.example"},
        {"smtp://127.0.0.1:25/path", "127.0.0.1"},
        {"smtp://[::1]:25", "[::1]"},
        {"smtp://user:word@mail.example:25", "mail.example"},
        {"127.0.0.1:3310", "127.0.0.1"},
        {"[fd00::1]:3310", "[fd00::1]"},
        {"unix:/run/clamd", "unix"},
        {"/run/clamd", "/run/clamd"},
        {"clamd", "clamd"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!str_equal(local_host_of(str_cstr(rows[i].address)), str_cstr(rows[i].host)))
            fail_msg("the host of \"%s\" is not \"%s\"", rows[i].address, rows[i].host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_here_and_what_is_not),
        cmocka_unit_test(the_host_of_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
