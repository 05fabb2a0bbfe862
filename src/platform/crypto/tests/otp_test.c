/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One-time passwords: the vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B, SHA-1). */
#include "platform/crypto/otp.h"

#include "tests/lib/check.h"

static const uint8_t secret[] = "12345678901234567890";

static void values_are_those_of_rfc_4226(void **state)
{
    (void)state;
    static const uint32_t six_digits[] = {755224, 287082, 359152, 969429, 338314,
                                          254676, 287922, 162583, 399871, 520489};
    static const uint32_t whole[] = {1284755224, 1094287082, 137359152, 1726969429, 1640338314,
                                     868254676,  1918287922, 82162583,  673399871,  645520489};
    for (uint64_t counter = 0; counter < COUNT_OF(six_digits); counter++) {
        assert_int_equal(otp_value(secret, OTP_SECRET_BYTES, counter), whole[counter]);
        assert_int_equal(otp_value(secret, OTP_SECRET_BYTES, counter) % 1000000, six_digits[counter]);
    }
}

static void values_of_times_are_those_of_rfc_6238(void **state)
{
    (void)state;
    static const struct {
        uint64_t time_s;
        uint32_t eight_digits;
    } rows[] = {
        {59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
        {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(otp_value(secret, OTP_SECRET_BYTES, rows[i].time_s / 30) % 100000000,
                         rows[i].eight_digits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_rfc_4226),
        cmocka_unit_test(values_of_times_are_those_of_rfc_6238),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
