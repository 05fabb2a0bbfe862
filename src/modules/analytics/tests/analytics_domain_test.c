/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of analytics. */
#include "modules/analytics/analytics_domain.h"

#include "tests/lib/check.h"

static void a_play_counts_after_thirty_seconds_or_the_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds, duration_ms;
        bool counts;
    } rows[] = {
        {29, 0, false},       {30, 0, true},  {29, 180000, false}, {30, 180000, true},
        {3600, 180000, true}, {0, 0, false},  {9, 10400, true},    {8, 10400, false},
        {0, 800, false},      {1, 800, true}, {29, 30000, false},  {30, 30000, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_that(play_counts(rows[i].seconds, rows[i].duration_ms) == rows[i].counts, "row %zu", i);
}

static void days_are_of_utc_and_windows_end_today(void **state)
{
    (void)state;
    struct instant noon = {20000 * US_PER_DAY + US_PER_DAY / 2};
    assert_int_equal(day_of(noon), 20000);
    assert_int_equal(day_of((struct instant){20001 * US_PER_DAY - 1}), 20000);
    assert_int_equal(hour_of(noon), 20000 * 24 + 12);
    assert_int_equal(first_day(noon, 1), 20000);
    assert_int_equal(first_day(noon, 30), 19971);
    assert_int_equal(day_of(day_start(20000)), 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_play_counts_after_thirty_seconds_or_the_whole),
        cmocka_unit_test(days_are_of_utc_and_windows_end_today),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
