/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Range fields and what they ask for. */
#include "platform/http/wire/range.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

struct row {
    const char *field;
    int64_t size;
    enum range_verdict verdict;
    int64_t first, last;
};

/* clang-format off */
static const struct row rows[] = {
    {"bytes=0-0", 10, RANGE_PART, 0, 0},
    {"bytes=0-9", 10, RANGE_PART, 0, 9},
    {"bytes=0-10", 10, RANGE_PART, 0, 9},
    {"bytes=3-", 10, RANGE_PART, 3, 9},
    {"bytes=9-", 10, RANGE_PART, 9, 9},
    {"bytes=-3", 10, RANGE_PART, 7, 9},
    {"bytes=-10", 10, RANGE_PART, 0, 9},
    {"bytes=-99", 10, RANGE_PART, 0, 9},
    {"Bytes=1-2", 10, RANGE_PART, 1, 2},
    {"bytes= 1-2 ", 10, RANGE_PART, 1, 2},
    {"bytes=001-002", 10, RANGE_PART, 1, 2},
    {"bytes=2-99999999999999999999999", 10, RANGE_PART, 2, 9},
    {"bytes=-99999999999999999999999", 10, RANGE_PART, 0, 9},
    {"bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=10-20", 10, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=-5", 0, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=99999999999999999999999-", 10, RANGE_UNSATISFIABLE, 0, 0},
    {"", 10, RANGE_WHOLE, 0, 0},
    {"bytes", 10, RANGE_WHOLE, 0, 0},
    {"bytes=", 10, RANGE_WHOLE, 0, 0},
    {"bytes=-", 10, RANGE_WHOLE, 0, 0},
    {"bytes=5", 10, RANGE_WHOLE, 0, 0},
    {"bytes=5-3", 10, RANGE_WHOLE, 0, 0},
    {"bytes=a-b", 10, RANGE_WHOLE, 0, 0},
    {"bytes=1-2x", 10, RANGE_WHOLE, 0, 0},
    {"bytes=1--2", 10, RANGE_WHOLE, 0, 0},
    {"bytes=--2", 10, RANGE_WHOLE, 0, 0},
    {"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0},
    {"bytes=0-1, -1", 10, RANGE_WHOLE, 0, 0},
    {"bytes =0-1", 10, RANGE_WHOLE, 0, 0},
    {"items=0-1", 10, RANGE_WHOLE, 0, 0},
    {"bytes=+1-2", 10, RANGE_WHOLE, 0, 0},
    {"bytes=1 -2", 10, RANGE_WHOLE, 0, 0},
};
/* clang-format on */

static void range_fields_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct byte_range range = {0};
        enum range_verdict verdict = range_judge(str_cstr(rows[i].field), rows[i].size, &range);
        if (verdict != rows[i].verdict || range.first != rows[i].first || range.last != rows[i].last)
            fail_msg("%s of %lld: verdict %d, %lld-%lld", rows[i].field, (long long)rows[i].size, verdict,
                     (long long)range.first, (long long)range.last);
    }
}

static void an_absent_field_asks_for_the_whole(void **state)
{
    (void)state;
    struct byte_range range;
    assert_int_equal(range_judge(STR_NONE, 10, &range), RANGE_WHOLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range_fields_are_judged),
        cmocka_unit_test(an_absent_field_asks_for_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
