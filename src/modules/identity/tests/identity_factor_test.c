/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of the second factor: steps and their codes, recovery codes, the address that apps read. */
#include "platform/crypto/otp.h"

#include "modules/identity/identity_factor_domain.h"
#include "tests/lib/check.h"

/* RFC 6238, appendix B: the secret in ASCII, times, codes (the last six of its eight figures). */
static const uint8_t secret[] = "12345678901234567890";

struct published {
    int64_t time_s;
    uint32_t code;
};
static const struct published published[] = {
    {59, 287082},       {1111111109, 81804},  {1111111111, 50471},
    {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130},
};

static int64_t judge(int64_t time_s, uint32_t typed, int64_t last_step)
{
    uint32_t values[FACTOR_WINDOW];
    int64_t first = factor_first_step((struct instant){time_s * US_PER_SECOND});
    for (int i = 0; i < FACTOR_WINDOW; i++)
        values[i] = otp_value(secret, OTP_SECRET_BYTES, (uint64_t)(first + i));
    return factor_judge(first, values, typed, last_step);
}

static void a_code_counts_in_its_step_and_one_beside_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(published); i++) {
        int64_t step = published[i].time_s / FACTOR_STEP_S, begin_s = step * FACTOR_STEP_S;
        uint32_t code = published[i].code;
        assert_int_equal(judge(published[i].time_s, code, 0), step);
        assert_int_equal(judge(begin_s - FACTOR_STEP_S, code, 0), step);
        assert_int_equal(judge(begin_s + 2 * FACTOR_STEP_S - 1, code, 0), step);
        assert_int_equal(judge(begin_s + 2 * FACTOR_STEP_S, code, 0), -1);
        if (begin_s > FACTOR_STEP_S) /* there is no time before 1970 */
            assert_int_equal(judge(begin_s - FACTOR_STEP_S - 1, code, 0), -1);
        assert_int_equal(judge(published[i].time_s, (code + 1) % 1000000, 0), -1);
    }
}

static void a_step_counts_once_and_none_before_it_afterwards(void **state)
{
    (void)state;
    int64_t step = 1111111109 / FACTOR_STEP_S;
    assert_int_equal(judge(1111111109, 81804, step - 1), step);
    assert_int_equal(judge(1111111109, 81804, step), -1);
    assert_int_equal(judge(1111111109, 81804, step + 1), -1);
    assert_int_equal(judge(1111111109, 50471, step), step + 1);
}

static void what_is_typed_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        enum factor_kind kind;
    } rows[] = {
        {"081804", FACTOR_APP_CODE},
        {" 081 804 ", FACTOR_APP_CODE},
        {"081-804", FACTOR_APP_CODE},
        {"81804", FACTOR_UNREADABLE},
        {"0818045", FACTOR_UNREADABLE},
        {"08180a", FACTOR_UNREADABLE},
        {"", FACTOR_UNREADABLE},
        {"7-ABCDE-FGH23", FACTOR_RECOVERY_CODE},
        {"7abcdefgh23", FACTOR_RECOVERY_CODE},
        {"7-ABCDE-FGH2", FACTOR_UNREADABLE},
        {"7-ABCDE-FGH234", FACTOR_UNREADABLE},
        {"A-ABCDE-FGH23", FACTOR_UNREADABLE},
        {"7-ABCDE-FGH01", FACTOR_UNREADABLE},
        {"7-ABCDE-FGHé", FACTOR_UNREADABLE},
        {"000000000000000000000000000000000000000000000000000000000000000000000000", FACTOR_UNREADABLE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_that(factor_read(str_cstr(rows[i].typed)).kind == rows[i].kind, "%s", rows[i].typed);
    assert_int_equal(factor_read(STR("081804")).value, 81804);
}

static void a_recovery_code_is_read_as_it_was_shown(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const uint8_t random[RECOVERY_RANDOM_BYTES] = {0, 1, 25, 26, 31, 32, 255, 254, 100, 7};
    char letters[RECOVERY_LETTERS];
    recovery_make(random, letters);
    struct str shown = recovery_format(arena, 7, letters);
    check_str(shown, "7-ABZ27-A76EH");
    struct factor_input input = factor_read(shown);
    assert_int_equal(input.kind, FACTOR_RECOVERY_CODE);
    assert_int_equal(input.place, 7);
    assert_memory_equal(input.letters, letters, sizeof(letters));
    arena_free(arena);
}

static void the_uri_is_that_of_the_apps(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(factor_uri(arena, STR("Tide & Voss"), STR("ada@example.org"), STR("GEZDGNBV")),
              "otpauth://totp/Tide%20%26%20Voss:ada%40example.org?secret=GEZDGNBV&issuer=Tide%20%26%20Voss"
              "&algorithm=SHA1&digits=6&period=30");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_counts_in_its_step_and_one_beside_it),
        cmocka_unit_test(a_step_counts_once_and_none_before_it_afterwards),
        cmocka_unit_test(what_is_typed_is_told_apart),
        cmocka_unit_test(a_recovery_code_is_read_as_it_was_shown),
        cmocka_unit_test(the_uri_is_that_of_the_apps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
