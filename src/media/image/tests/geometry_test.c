/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Cutting, scaling and turning. */
#include "media/image/geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *what;
    int64_t width, height, wanted_width, wanted_height;
    int orientation;
    enum media_job_fit fit;
    struct geometry expected;
} cases[] = {
    {"wide cut", 1000, 500, 100, 100, 1, MEDIA_FIT_CROP, {250, 0, 500, 500, 100, 100}},
    {"tall cut", 500, 1000, 100, 100, 1, MEDIA_FIT_CROP, {0, 250, 500, 500, 100, 100}},
    {"other shape", 1000, 1000, 200, 100, 1, MEDIA_FIT_CROP, {0, 250, 1000, 500, 200, 100}},
    {"turned", 1000, 1000, 200, 100, 6, MEDIA_FIT_CROP, {250, 0, 500, 1000, 100, 200}},
    {"never enlarged", 60, 50, 100, 100, 1, MEDIA_FIT_CROP, {5, 0, 50, 50, 50, 50}},
    {"inside, wide", 1000, 500, 100, 100, 1, MEDIA_FIT_INSIDE, {0, 0, 1000, 500, 100, 50}},
    {"inside, tall", 300, 900, 100, 100, 1, MEDIA_FIT_INSIDE, {0, 0, 300, 900, 33, 100}},
    {"inside, small", 30, 20, 100, 100, 1, MEDIA_FIT_INSIDE, {0, 0, 30, 20, 30, 20}},
    {"a line", 8000, 1, 100, 100, 1, MEDIA_FIT_INSIDE, {0, 0, 8000, 1, 100, 1}},
    {"a line cut", 1, 8000, 100, 100, 1, MEDIA_FIT_CROP, {0, 3999, 1, 1, 1, 1}},
};

static void fit_is_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct media_job_output output = {
            .width = cases[i].wanted_width, .height = cases[i].wanted_height, .fit = (int32_t)cases[i].fit};
        struct geometry got = geometry_fit(cases[i].width, cases[i].height, cases[i].orientation, &output);
        if (memcmp(&got, &cases[i].expected, sizeof(got)) != 0)
            fail_msg("%s: %lld,%lld %lld×%lld to %lld×%lld", cases[i].what, (long long)got.left,
                     (long long)got.top, (long long)got.width, (long long)got.height,
                     (long long)got.out_width, (long long)got.out_height);
    }
}

static void fit_stays_inside_for_every_size(void **state)
{
    (void)state;
    for (int64_t width = 1; width < 60; width += 3) {
        for (int64_t height = 1; height < 60; height += 4) {
            for (int fit = MEDIA_FIT_CROP; fit <= MEDIA_FIT_INSIDE; fit++) {
                const struct media_job_output output = {.width = 17, .height = 31, .fit = fit};
                struct geometry got = geometry_fit(width, height, 1, &output);
                assert_true(got.left >= 0 && got.left + got.width <= width);
                assert_true(got.top >= 0 && got.top + got.height <= height);
                assert_in_range(got.out_width, 1, 17);
                assert_in_range(got.out_height, 1, 31);
            }
        }
    }
}

/* A picture of 3 × 2 pixels, stored as 1 2 3 over 4 5 6, as each orientation shows it. */
static void orientations_turn_as_exif_says(void **state)
{
    (void)state;
    static const uint32_t stored[6] = {1, 2, 3, 4, 5, 6};
    static const uint32_t shown[9][6] = {
        [1] = {1, 2, 3, 4, 5, 6}, [2] = {3, 2, 1, 6, 5, 4}, [3] = {6, 5, 4, 3, 2, 1},
        [4] = {4, 5, 6, 1, 2, 3}, [5] = {1, 4, 2, 5, 3, 6}, [6] = {4, 1, 5, 2, 6, 3},
        [7] = {6, 3, 5, 2, 4, 1}, [8] = {3, 6, 2, 5, 1, 4},
    };
    for (int orientation = 1; orientation <= 8; orientation++) {
        uint32_t got[6] = {0};
        orientation_apply(orientation, stored, 3, 2, got);
        assert_memory_equal(got, shown[orientation], sizeof(got));
        assert_int_equal(orientation_is_sideways(orientation), orientation >= 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_is_as_expected),
        cmocka_unit_test(fit_stays_inside_for_every_size),
        cmocka_unit_test(orientations_turn_as_exif_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
