/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of instants and of the calendar below them. */
#include "base/value/instant.h"

#include "base/mem/arena.h"
#include "base/value/civil.h"

#include "tests/lib/check.h"

#define UNTOUCHED 77

/* ---- calendar ---- */

static void every_day_to_9999_goes_both_ways(void **state)
{
    (void)state;
    struct civil expected = {.year = 1970, .month = 1, .day = 1};
    for (int64_t days = 0; expected.year <= 9999; days++) {
        struct civil civil = {0};
        civil_set_days(&civil, days);
        if (civil.year != expected.year || civil.month != expected.month || civil.day != expected.day ||
            civil_to_days(civil.year, civil.month, civil.day) != days)
            fail_msg("day %lld is %d-%d-%d", (long long)days, civil.year, civil.month, civil.day);
        expected.day++;
        if (expected.day > civil_days_in_month(expected.year, expected.month)) {
            expected.day = 1;
            expected.month++;
        }
        if (expected.month > 12) {
            expected.month = 1;
            expected.year++;
        }
    }
}

static void leap_years_are_gregorian(void **state)
{
    (void)state;
    assert_int_equal(civil_days_in_month(2024, 2), 29);
    assert_int_equal(civil_days_in_month(2023, 2), 28);
    assert_int_equal(civil_days_in_month(2000, 2), 29);
    assert_int_equal(civil_days_in_month(1900, 2), 28);
    assert_int_equal(civil_days_in_month(2100, 2), 28);
    assert_int_equal(civil_to_days(1969, 12, 31), -1);
    assert_int_equal(civil_to_days(1, 1, 1), -719162);
}

/* ---- RFC 3339 ---- */

static void rfc_3339_is_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"2026-11-20T07:41:35.000000Z", INT64_C(1795160495000000)},
        {"2026-11-20t07:41:35z", INT64_C(1795160495000000)},
        {"2026-11-20T07:41:35+00:00", INT64_C(1795160495000000)},
        {"2026-11-20T07:41:35-00:00", INT64_C(1795160495000000)},
        {"2026-11-20T13:11:35+05:30", INT64_C(1795160495000000)},
        {"2026-11-19T23:41:35-08:00", INT64_C(1795160495000000)},
        {"2026-11-21T07:40:35+23:59", INT64_C(1795160495000000)},
        {"2026-11-20T07:41:35.5Z", INT64_C(1795160495500000)},
        {"2026-11-20T07:41:35.123456789Z", INT64_C(1795160495123456)},
        {"2026-11-20T07:41:35.9999999999999999999Z", INT64_C(1795160495999999)},
        {"2024-02-29T12:00:00Z", INT64_C(1709208000000000)},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000)},
        {"2038-01-19T03:14:08Z", INT64_C(2147483648000000)},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
        {"1969-12-31T23:30:00-01:00", INT64_C(1800000000)},  /* 00:30 UTC of the first day */
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000000)}, /* leap second */
        {"2017-01-01T05:29:60+05:30", INT64_C(1483228800000000)},
        {"2016-12-31T23:59:60.25Z", INT64_C(1483228800250000)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct instant instant = {UNTOUCHED};
        check_that(instant_parse(str_cstr(rows[i].text), &instant), "\"%s\" is refused", rows[i].text);
        check_that(instant.us == rows[i].us, "\"%s\" gave %lld", rows[i].text, (long long)instant.us);
    }
}

static void what_is_not_rfc_3339_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-20",
        "2026-11-20T07:41Z",
        "2026-11-20T07:41:35",
        "2026-11-20 07:41:35Z",
        "2026-11-20T07:41:35Z ",
        " 2026-11-20T07:41:35Z",
        "2026-11-20T07:41:35ZZ",
        "2026-11-20T07:41:35.Z",
        "2026-11-20T07:41:35,5Z",
        "2026-11-20T07:41:35.5",
        "2026-11-20T07:41:35+0530",
        "2026-11-20T07:41:35+05",
        "2026-11-20T07:41:35+24:00",
        "2026-11-20T07:41:35+05:60",
        "2026-11-20T07:41:35+-5:30",
        "2026-11-20T07:41:35-+5:30",
        "2026-13-20T07:41:35Z",
        "2026-00-20T07:41:35Z",
        "2026-11-00T07:41:35Z",
        "2026-11-31T07:41:35Z",
        "2026-02-29T07:41:35Z",
        "2100-02-29T07:41:35Z",
        "2024-02-30T07:41:35Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T07:60:35Z",
        "2026-11-20T07:41:61Z",
        "2026-11-20T07:41:60Z",      /* no leap second within an hour */
        "2016-12-30T23:59:60Z",      /* nor within a month */
        "2016-12-31T23:59:60+01:00", /* 22:59:60 UTC */
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-00:01",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00Z",
        "2026-1-20T07:41:35Z",
        "02026-11-20T07:41:35Z",
        "-2026-11-20T07:41:35Z",
        "2O26-11-20T07:41:35Z",
        "2026/11/20T07:41:35Z",
        "2026-11-20T07.41.35Z",
        "2026-11-20T+7:41:35Z",
        "2026-11-20T 7:41:35Z",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct instant instant = {UNTOUCHED};
        check_that(!instant_parse(str_cstr(texts[i]), &instant), "\"%s\"", texts[i]);
        check_that(instant.us == UNTOUCHED, "\"%s\" was written", texts[i]);
    }
    struct instant instant = INSTANT_NONE;
    assert_false(instant_parse(STR_NONE, &instant));
    assert_false(instant_parse(STR("2026-11-20T07:41:35Z\0"), &instant));
}

static void formatting_clamps_to_the_years_it_can_say(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(instant_str(arena, (struct instant){INT64_C(1795160495000001)}), "2026-11-20T07:41:35.000001Z");
    check_str(instant_str(arena, INSTANT_NONE), "1970-01-01T00:00:00.000000Z");
    check_str(instant_str(arena, (struct instant){-1}), "1970-01-01T00:00:00.000000Z");
    check_str(instant_str(arena, (struct instant){INT64_MIN}), "1970-01-01T00:00:00.000000Z");
    check_str(instant_str(arena, INSTANT_MAX), "9999-12-31T23:59:59.999999Z");
    check_str(instant_str(arena, (struct instant){INT64_MAX}), "9999-12-31T23:59:59.999999Z");
    arena_free(arena);
}

static void what_is_formatted_parses_to_the_same(void **state)
{
    (void)state;
    for (int64_t us = 0; us <= INSTANT_MAX.us; us += INT64_C(12345678901234)) {
        char text[INSTANT_CHARS];
        struct instant back = {UNTOUCHED};
        instant_format((struct instant){us}, text);
        check_that(instant_parse(str_from(text, sizeof(text)), &back), "%.27s", text);
        check_that(back.us == us, "%.27s", text);
    }
}

/* ---- HTTP ---- */

static void all_three_http_dates_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Wednesday, 16-Nov-94 08:49:37 GMT", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Thursday, 01-Jan-70 00:00:00 GMT", 0},
        {"Tuesday, 31-Dec-69 23:59:59 GMT", 3155759999}, /* 2069 */
        {"Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct instant instant = {UNTOUCHED};
        check_that(instant_parse_http(str_cstr(rows[i].text), &instant), "\"%s\" is refused", rows[i].text);
        check_that(instant.us == rows[i].seconds * US_PER_SECOND, "\"%s\" gave %lld", rows[i].text,
                   (long long)instant.us);
    }
}

static void what_is_no_http_date_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sonday, 06-Nov-94 08:49:37 GMT",
        "Sundays, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
        "Sun Nov  6 08:49:37 94",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "0",
        "2026-11-20T07:41:35Z",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct instant instant = {UNTOUCHED};
        check_that(!instant_parse_http(str_cstr(texts[i]), &instant), "\"%s\"", texts[i]);
        check_that(instant.us == UNTOUCHED, "\"%s\" was written", texts[i]);
    }
}

static void http_dates_are_formatted(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {INT64_C(784111777999999), "Sun, 06 Nov 1994 08:49:37 GMT"},
        {INT64_C(1795160495000000), "Fri, 20 Nov 2026 07:41:35 GMT"},
        {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[INSTANT_HTTP_CHARS];
        instant_format_http((struct instant){rows[i].us}, text);
        check_str(str_from(text, sizeof(text)), rows[i].text);
    }
}

static void days_are_formatted(void **state)
{
    (void)state;
    char text[INSTANT_DAY_CHARS];
    instant_format_day((struct instant){INT64_C(1795160495000000)}, text);
    check_str(str_from(text, sizeof(text)), "2026-11-20");
}

static void addition_saturates(void **state)
{
    (void)state;
    struct instant instant = {1000};
    assert_int_equal(instant_add_us(instant, -400).us, 600);
    assert_true(instant_add_us(instant, INT64_MAX).us == INT64_MAX);
    assert_true(instant_add_us((struct instant){-1}, INT64_MIN).us == INT64_MIN);
    assert_true(instant_is_before(instant, instant_add_us(instant, 1)));
    assert_false(instant_is_before(instant, instant));
    assert_true(instant_is_none(INSTANT_NONE));
    assert_false(instant_is_none(instant));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_to_9999_goes_both_ways),
        cmocka_unit_test(leap_years_are_gregorian),
        cmocka_unit_test(rfc_3339_is_parsed),
        cmocka_unit_test(what_is_not_rfc_3339_is_refused),
        cmocka_unit_test(formatting_clamps_to_the_years_it_can_say),
        cmocka_unit_test(what_is_formatted_parses_to_the_same),
        cmocka_unit_test(all_three_http_dates_are_parsed),
        cmocka_unit_test(what_is_no_http_date_is_refused),
        cmocka_unit_test(http_dates_are_formatted),
        cmocka_unit_test(days_are_formatted),
        cmocka_unit_test(addition_saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
