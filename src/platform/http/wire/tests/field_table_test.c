/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Each known field is found by its name, and nothing else is. */
#include "platform/http/wire/field_table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void every_field_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < HTTP_FIELD_COUNT; i++) {
        enum http_field field = (enum http_field)i;
        assert_int_equal(field_find(field_name(field)), field);
    }
}

static void other_names_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "hos",
                                        "hosts",
                                        "xost",
                                        "x-forwarded-fox",
                                        "sec-fetch-mode",
                                        "a-field-name-that-is-longer-than-all-that-we-know"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(field_find(str_cstr(names[i])), HTTP_FIELD_COUNT);
}

static void what_decides_about_framing_or_rights_may_not_repeat(void **state)
{
    (void)state;
    assert_int_equal(field_repeat(HTTP_FIELD_HOST), FIELD_REPEAT_REFUSE);
    assert_int_equal(field_repeat(HTTP_FIELD_CONTENT_LENGTH), FIELD_REPEAT_REFUSE);
    assert_int_equal(field_repeat(HTTP_FIELD_AUTHORIZATION), FIELD_REPEAT_REFUSE);
    assert_int_equal(field_repeat(HTTP_FIELD_COOKIE), FIELD_REPEAT_COOKIE);
    assert_int_equal(field_repeat(HTTP_FIELD_TRANSFER_ENCODING), FIELD_REPEAT_LIST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_found_by_its_name),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(what_decides_about_framing_or_rights_may_not_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
