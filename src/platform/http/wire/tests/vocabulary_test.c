/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Methods, statuses, cookies and the fault table. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/http/http.h"
#include "platform/http/wire/fault_table.h"

static void methods_have_their_names(void **state)
{
    (void)state;
    assert_true(str_equal(http_method_name(HTTP_GET), STR("GET")));
    assert_true(str_equal(http_method_name(HTTP_OPTIONS), STR("OPTIONS")));
}

static void statuses_have_texts(void **state)
{
    (void)state;
    assert_string_equal(http_status_text(200), "OK");
    assert_string_equal(http_status_text(304), "Not Modified");
    assert_string_equal(http_status_text(431), "Request Header Fields Too Large");
    assert_string_equal(http_status_text(507), "Insufficient Storage");
    assert_string_equal(http_status_text(0), "");
    assert_string_equal(http_status_text(299), "");
    assert_string_equal(http_status_text(9999), "");
}

static void every_fault_has_a_known_status_and_a_sentence(void **state)
{
    (void)state;
    for (int i = HTTP_FAULT_NONE + 1; i < HTTP_FAULT_COUNT; i++) {
        enum http_fault fault = (enum http_fault)i;
        assert_true(http_fault_status(fault) >= 400);
        assert_string_not_equal(http_status_text(http_fault_status(fault)), "");
        assert_string_not_equal(http_fault_text(fault), "");
    }
}

struct cookie_row {
    const char *field;
    const char *name;
    const char *value; /* NULL: absent */
};

static void cookies_are_found_by_exact_name(void **state)
{
    (void)state;
    static const struct cookie_row rows[] = {
        {"a=1", "a", "1"},
        {"a=1; b=2", "b", "2"},
        {"a=1;b=2", "b", "2"},
        {"  a = 1 ; b=2", "a", "1"},
        {"a=\"quoted\"", "a", "quoted"},
        {"a=\"", "a", "\""},
        {"a=", "a", ""},
        {"a=x=y", "a", "x=y"},
        {"a=1; a=2", "a", "1"},
        {"junk; a=1", "a", "1"},
        {";;;a=1", "a", "1"},
        {"aa=1", "a", NULL},
        {"A=1", "a", NULL},
        {"b=a=1", "a", NULL},
        {"a", "a", NULL},
        {"", "a", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request request = {0};
        request.known[HTTP_FIELD_COOKIE] = str_cstr(rows[i].field);
        struct str value = http_cookie(&request, str_cstr(rows[i].name));
        if (rows[i].value == NULL)
            assert_null(value.ptr);
        else
            assert_true(value.ptr != NULL && str_equal(value, str_cstr(rows[i].value)));
    }
}

static void without_the_field_no_cookie_is_found(void **state)
{
    (void)state;
    struct http_request request = {0};
    assert_null(http_cookie(&request, STR("a")).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_have_their_names),
        cmocka_unit_test(statuses_have_texts),
        cmocka_unit_test(every_fault_has_a_known_status_and_a_sentence),
        cmocka_unit_test(cookies_are_found_by_exact_name),
        cmocka_unit_test(without_the_field_no_cookie_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
