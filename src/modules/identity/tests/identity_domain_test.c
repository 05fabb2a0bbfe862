/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of identity: passwords, roles, codes. */
#include "modules/identity/identity_domain.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "platform/ctx/permission.h"

struct password_case {
    const char *password;
    enum password_verdict verdict;
};

static const struct password_case password_cases[] = {
    {"correct horse battery", PASSWORD_OK},
    {"Tr0ub4dor", PASSWORD_OK},
    {"short1!", PASSWORD_SHORT},
    {"", PASSWORD_SHORT},
    {"password", PASSWORD_COMMON},
    {"PassWord1", PASSWORD_COMMON},
    {"mira@example.org", PASSWORD_PERSONAL},
    {"mirabell", PASSWORD_PERSONAL},
    {"TideAndVoss2026!", PASSWORD_OF_PLACE},
    {"aaaabbbbcc", PASSWORD_MONOTONOUS},
    {"пароль-длинный", PASSWORD_OK},
};

static void passwords_are_judged(void **state)
{
    (void)state;
    const struct password_context context = {STR("mira@example.org"), STR("mirabell"), STR("tideandvoss")};
    for (size_t i = 0; i < COUNT_OF(password_cases); i++)
        assert_int_equal(password_judge(str_cstr(password_cases[i].password), &context),
                         password_cases[i].verdict);
}

static void a_password_over_the_limit_is_refused(void **state)
{
    (void)state;
    char long_password[1025];
    for (size_t i = 0; i < sizeof(long_password); i++)
        long_password[i] = (char)('a' + i % 20);
    const struct password_context nobody = {0};
    assert_int_equal(password_judge(str_from(long_password, 1025), &nobody), PASSWORD_LONG);
    assert_int_equal(password_judge(str_from(long_password, 1024), &nobody), PASSWORD_OK);
}

static void strangers_get_no_powerful_role(void **state)
{
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        uint64_t bits = role_permissions((enum identity_role)role);
        bool is_powerful = (bits & (PERMISSION_BIT(ITEM_ADMIN) | PERMISSION_BIT(ORDER_ADMIN) |
                                    PERMISSION_BIT(ACCOUNT_ADMIN) | PERMISSION_BIT(SYSTEM_ADMIN) |
                                    PERMISSION_BIT(REPORT_DECIDE) | PERMISSION_BIT(INTERNAL_CALL))) != 0;
        assert_int_equal(role_is_open((enum identity_role)role), !is_powerful);
    }
}

static void every_role_has_a_word_and_permissions(void **state)
{
    (void)state;
    assert_int_equal(identity_role_words.count, ROLE_COUNT);
    for (int role = 0; role < ROLE_COUNT; role++) {
        assert_non_null(identity_role_words.words[role]);
        assert_true(role_permissions((enum identity_role)role) != 0);
    }
}

static void codes_have_six_digits(void **state)
{
    (void)state;
    static const uint8_t randoms[][8] = {
        {0}, {1}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {64, 66, 15}};
    for (size_t i = 0; i < COUNT_OF(randoms); i++) {
        char code[CODE_DIGITS];
        code_make(randoms[i], code);
        for (int k = 0; k < CODE_DIGITS; k++)
            assert_true(code[k] >= '0' && code[k] <= '9');
    }
    char code[CODE_DIGITS];
    code_make(randoms[1], code);
    assert_memory_equal(code, "000001", CODE_DIGITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_judged),
        cmocka_unit_test(a_password_over_the_limit_is_refused),
        cmocka_unit_test(strangers_get_no_powerful_role),
        cmocka_unit_test(every_role_has_a_word_and_permissions),
        cmocka_unit_test(codes_have_six_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
