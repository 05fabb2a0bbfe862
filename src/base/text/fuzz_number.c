/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: numbers from outside. What is accepted survives being written. */
#include <math.h>

#include "base/text/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_integers(struct str text)
{
    char digits[NUMBER_I64_CHARS];
    int64_t number = 0;
    uint64_t natural = 0;
    if (number_parse_i64(text, INT64_MIN, INT64_MAX, &number) && !str_equal(text, STR("-0")))
        REQUIRE(str_equal(str_from(digits, number_format_i64(digits, number)), text));
    if (number_parse_u64(text, UINT64_MAX, &natural))
        REQUIRE(str_ends_with(text, str_from(digits, number_format_u64(digits, natural))));
    if (number_parse_hex_u64(text, 0xFFFF, &natural))
        REQUIRE(natural <= 0xFFFF);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from((const char *)data, size);
    double value = 0;
    double back = 1;
    check_integers(text);
    if (number_parse_f64(text, &value)) {
        char digits[NUMBER_F64_CHARS];
        size_t len = number_format_f64(digits, value);
        REQUIRE(number_parse_f64(str_from(digits, len), &back));
        REQUIRE(signbit(back) == signbit(value) && !(back < value) && !(back > value));
    }
    return 0;
}
