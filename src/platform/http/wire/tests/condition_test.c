/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Conditional requests, by a table. The resource is "v2" of Fri, 20 Nov 2026 07:41:35 GMT. */
#include "platform/http/wire/condition.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

#define BEFORE "Fri, 20 Nov 2026 07:41:34 GMT"
#define SAME   "Fri, 20 Nov 2026 07:41:35 GMT"
#define AFTER  "Fri, 20 Nov 2026 07:41:36 GMT"

struct row {
    enum http_method method;
    const char *match, *unmodified_since, *none_match, *modified_since;
    enum condition_verdict verdict;
};

/* clang-format off */
static const struct row rows[] = {
    {HTTP_GET, NULL, NULL, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, "\"v2\"", NULL, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, "\"v1\", \"v2\"", NULL, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, "*", NULL, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, "\"v1\"", NULL, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, "\"v1\"", NULL, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, "W/\"v2\"", NULL, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, "v2", NULL, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, "", NULL, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, "\"v2-br\"", NULL, NULL, NULL, CONDITION_PROCEED},
    {HTTP_PATCH, "\"v2-gz\"", NULL, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, NULL, SAME, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, NULL, AFTER, NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, NULL, BEFORE, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, NULL, BEFORE, NULL, NULL, CONDITION_FAILED},
    {HTTP_PATCH, NULL, "yesterday", NULL, NULL, CONDITION_PROCEED},
    {HTTP_GET, "\"v2\"", BEFORE, NULL, NULL, CONDITION_PROCEED},             /* If-Match counts alone */
    {HTTP_GET, NULL, NULL, "\"v2\"", NULL, CONDITION_NOT_MODIFIED},
    {HTTP_HEAD, NULL, NULL, "\"v2\"", NULL, CONDITION_NOT_MODIFIED},
    {HTTP_GET, NULL, NULL, "W/\"v2\"", NULL, CONDITION_NOT_MODIFIED},
    {HTTP_GET, NULL, NULL, "\"v1\", W/\"v2-gz\"", NULL, CONDITION_NOT_MODIFIED},
    {HTTP_GET, NULL, NULL, "*", NULL, CONDITION_NOT_MODIFIED},
    {HTTP_GET, NULL, NULL, "\"v1\"", NULL, CONDITION_PROCEED},
    {HTTP_PUT, NULL, NULL, "*", NULL, CONDITION_FAILED},
    {HTTP_PUT, NULL, NULL, "\"v2\"", NULL, CONDITION_FAILED},
    {HTTP_PUT, NULL, NULL, "\"v1\"", NULL, CONDITION_PROCEED},
    {HTTP_GET, NULL, NULL, NULL, SAME, CONDITION_NOT_MODIFIED},
    {HTTP_GET, NULL, NULL, NULL, AFTER, CONDITION_NOT_MODIFIED},
    {HTTP_GET, NULL, NULL, NULL, BEFORE, CONDITION_PROCEED},
    {HTTP_GET, NULL, NULL, NULL, "yesterday", CONDITION_PROCEED},
    {HTTP_PUT, NULL, NULL, NULL, SAME, CONDITION_PROCEED},
    {HTTP_GET, NULL, NULL, "\"v1\"", SAME, CONDITION_PROCEED},               /* If-None-Match counts alone */
    {HTTP_GET, "\"v2\"", NULL, "\"v2\"", NULL, CONDITION_NOT_MODIFIED},
    {HTTP_GET, "\"v1\"", NULL, "\"v2\"", NULL, CONDITION_FAILED},
};
/* clang-format on */

static struct validators present(void)
{
    struct validators now = {.etag = STR("\"v2\"")};
    assert_true(instant_parse_http(STR(SAME), &now.modified));
    now.modified.us += 500000; /* files have fractions of seconds, dates on the wire have none */
    return now;
}

static void conditions_count_in_the_order_of_the_rfc(void **state)
{
    (void)state;
    struct validators now = present();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request request = {.method = rows[i].method};
        request.known[HTTP_FIELD_IF_MATCH] = str_cstr(rows[i].match);
        request.known[HTTP_FIELD_IF_UNMODIFIED_SINCE] = str_cstr(rows[i].unmodified_since);
        request.known[HTTP_FIELD_IF_NONE_MATCH] = str_cstr(rows[i].none_match);
        request.known[HTTP_FIELD_IF_MODIFIED_SINCE] = str_cstr(rows[i].modified_since);
        if (condition_judge(&request, &now) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
}

static void without_validators_dates_and_tags_do_not_count(void **state)
{
    (void)state;
    struct validators nothing = {0};
    struct http_request request = {.method = HTTP_GET};
    request.known[HTTP_FIELD_IF_NONE_MATCH] = STR("\"\"");
    request.known[HTTP_FIELD_IF_MODIFIED_SINCE] = STR(AFTER);
    assert_int_equal(condition_judge(&request, &nothing), CONDITION_PROCEED);
    request = (struct http_request){.method = HTTP_GET};
    request.known[HTTP_FIELD_IF_MODIFIED_SINCE] = STR(AFTER);
    request.known[HTTP_FIELD_IF_UNMODIFIED_SINCE] = STR(BEFORE);
    assert_int_equal(condition_judge(&request, &nothing), CONDITION_PROCEED);
}

struct range_row {
    const char *if_range;
    bool counts;
};

static void a_range_counts_for_the_state_that_if_range_names(void **state)
{
    (void)state;
    static const struct range_row range_rows[] = {
        {NULL, true},   {"\"v2\"", true}, {"\"v1\"", false}, {"W/\"v2\"", false}, {SAME, true},
        {AFTER, false}, {BEFORE, false},  {"v2", false},     {"", false},
    };
    struct validators now = present();
    for (size_t i = 0; i < COUNT_OF(range_rows); i++) {
        struct http_request request = {.method = HTTP_GET};
        request.known[HTTP_FIELD_IF_RANGE] = str_cstr(range_rows[i].if_range);
        assert_int_equal(condition_range_counts(&request, &now), range_rows[i].counts);
    }
    now.etag = STR("W/\"v2\"");
    struct http_request request = {.method = HTTP_GET};
    request.known[HTTP_FIELD_IF_RANGE] = STR("\"v2\"");
    assert_false(condition_range_counts(&request, &now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_count_in_the_order_of_the_rfc),
        cmocka_unit_test(without_validators_dates_and_tags_do_not_count),
        cmocka_unit_test(a_range_counts_for_the_state_that_if_range_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
