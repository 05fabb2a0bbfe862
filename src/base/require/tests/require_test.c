/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of REQUIRE. */
#include "base/require/require.h"

#include <assert.h>
#include <unistd.h>

#include "tests/lib/check.h"

struct shape {
    char name;
    int64_t width;
};

static_assert(OFFSET_OF(struct shape, width, int64_t) == offsetof(struct shape, width), "a plain offset");
static_assert(COUNT_OF(((int[]){1, 2, 3})) == 3, "counts items");

static void require_claim(void *claim)
{
    REQUIRE(*(const bool *)claim);
}

static void reach_the_unreachable(void *arg)
{
    (void)arg;
    UNREACHABLE("by this test");
}

static void a_false_claim_aborts(void **state)
{
    (void)state;
    bool claim = false;
    assert_true(check_aborts(require_claim, &claim));
}

static void a_true_claim_goes_on(void **state)
{
    (void)state;
    bool claim = true;
    assert_false(check_aborts(require_claim, &claim));
}

static void an_unreachable_branch_aborts(void **state)
{
    (void)state;
    assert_true(check_aborts(reach_the_unreachable, NULL));
}

/* The child's stderr is a pipe whose other end is read here. */
static void fail_into_pipe(void *arg)
{
    const int *write_end = arg;
    dup2(*write_end, STDERR_FILENO);
    require_failed("the sky is green", "somewhere.c", 42, "painter");
}

static void the_message_names_claim_and_place(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(check_aborts(fail_into_pipe, &ends[1]));
    close(ends[1]);
    char text[4096] = "";
    ssize_t len = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    assert_true(len > 0);
    assert_non_null(strstr(text, "somewhere.c:42: painter: requirement failed: the sky is green\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_false_claim_aborts),
        cmocka_unit_test(a_true_claim_goes_on),
        cmocka_unit_test(an_unreachable_branch_aborts),
        cmocka_unit_test(the_message_names_claim_and_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
