/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Integers in text, both ways. */
#include "base/text/number.h"

const char number_digit_pairs[200] = "00010203040506070809101112131415161718192021222324"
                                     "25262728293031323334353637383940414243444546474849"
                                     "50515253545556575859606162636465666768697071727374"
                                     "75767778798081828384858687888990919293949596979899";

static const uint64_t powers_of_10[] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static bool parse_digits(struct str text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (text.len == 0 || value > max)
        return false;
    *ret = value;
    return true;
}

bool number_parse_i64(struct str text, int64_t min, int64_t max, int64_t *ret)
{
    bool is_negative = text.len != 0 && text.ptr[0] == '-';
    struct str digits = is_negative ? str_slice(text, 1, SIZE_MAX) : text;
    if (digits.len > 1 && digits.ptr[0] == '0')
        return false;

    uint64_t magnitude = 0;
    uint64_t greatest = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    if (!parse_digits(digits, greatest, &magnitude))
        return false;
    int64_t value = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    if (value < min || value > max)
        return false;
    *ret = value;
    return true;
}

bool number_parse_u64(struct str text, uint64_t max, uint64_t *ret)
{
    return parse_digits(text, max, ret);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool number_parse_hex_u64(struct str text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.ptr[i]);
        if (digit < 0 || value >> 60 != 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    if (text.len == 0 || value > max)
        return false;
    *ret = value;
    return true;
}

/* 1233 / 4096 is log10(2) closely enough for 64 bits; the table settles the last digit. */
static size_t digit_count(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    size_t estimate = bits * 1233 >> 12;
    return estimate + (value >= powers_of_10[estimate] ? 1 : 0);
}

size_t number_format_u64(char *buf, uint64_t value)
{
    size_t count = value != 0 ? digit_count(value) : 1;
    char *at = buf + count;
    while (value >= 100) {
        at -= 2;
        number_put_pair(at, (unsigned)(value % 100));
        value /= 100;
    }
    if (value >= 10)
        number_put_pair(buf, (unsigned)value);
    else
        *buf = (char)('0' + value);
    return count;
}

size_t number_format_i64(char *buf, int64_t value)
{
    if (value >= 0)
        return number_format_u64(buf, (uint64_t)value);
    *buf = '-';
    return 1 + number_format_u64(buf + 1, 0 - (uint64_t)value);
}
