/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Doubles in text, both ways, by libc under the C locale: a library may have set another one. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text/number.h"

/* Longer texts are refused: no double needs more digits than this to be told from its neighbours. */
#define PARSE_MAX_CHARS 1024

/* Integers below this are exact in a double. */
#define EXACT_LIMIT INT64_C(9007199254740992)

/* A text of so many characters has digits that are exact in a double. */
#define SHORT_MAX_CHARS 16

/* Decimals that are tried before libc is asked; the numbers between which plain notation is used. */
#define SHORT_MAX_DECIMALS 6
#define SHORT_LEAST        1e-4
#define SHORT_GREATEST     1e9

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void c_locale_make(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    REQUIRE(c_locale != (locale_t)0);
}

static locale_t c_locale_get(void)
{
    REQUIRE(pthread_once(&c_locale_once, c_locale_make) == 0);
    return c_locale;
}

static size_t skip_digits(struct str text, size_t at)
{
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        at++;
    return at;
}

static bool has_byte(struct str text, size_t at, char a, char b)
{
    return at < text.len && (text.ptr[at] == a || text.ptr[at] == b);
}

/* RFC 8259 §6. */
static bool is_json_number(struct str text)
{
    size_t start = has_byte(text, 0, '-', '-') ? 1 : 0;
    size_t at = skip_digits(text, start);
    if (at == start || (at > start + 1 && text.ptr[start] == '0'))
        return false;
    if (has_byte(text, at, '.', '.')) {
        start = at + 1;
        at = skip_digits(text, start);
        if (at == start)
            return false;
    }
    if (has_byte(text, at, 'e', 'E')) {
        start = at + 1 + (has_byte(text, at + 1, '+', '-') ? 1 : 0);
        at = skip_digits(text, start);
        if (at == start)
            return false;
    }
    return at == text.len;
}

/* Powers of ten that a double holds exactly. */
static const double exact_powers_of_10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A whole number below 2^53 over an exact power of ten: both are exact, so that the one division rounds
 * as IEEE 754 demands (W. D. Clinger, How to Read Floating Point Numbers Accurately). */
static double short_decimal(int64_t digits, size_t decimals)
{
    return (double)digits / exact_powers_of_10[decimals];
}

/* False for texts with an exponent, or too long to be read so. text is a JSON number. */
static bool parse_short(struct str text, double *ret)
{
    bool is_negative = text.ptr[0] == '-';
    bool has_point = false;
    int64_t digits = 0;
    size_t decimals = 0;
    for (size_t i = is_negative ? 1 : 0; i < text.len; i++) {
        int digit = text.ptr[i] - '0';
        if (text.ptr[i] == '.') {
            has_point = true;
            continue;
        }
        if (digit < 0 || digit > 9)
            return false;
        digits = digits * 10 + digit;
        decimals += has_point;
    }
    *ret = is_negative ? -short_decimal(digits, decimals) : short_decimal(digits, decimals);
    return true;
}

static double read_c_locale(const char *text)
{
    return strtod_l(text, NULL, c_locale_get());
}

bool number_parse_f64(struct str text, double *ret)
{
    char copy[PARSE_MAX_CHARS + 1];
    if (text.len > PARSE_MAX_CHARS || !is_json_number(text))
        return false;
    if (text.len <= SHORT_MAX_CHARS && parse_short(text, ret))
        return true;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    double value = read_c_locale(copy);
    if (!isfinite(value))
        return false;
    *ret = value;
    return true;
}

/* Tells -0 from 0, which == does not. */
static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static bool is_same(double a, double b)
{
    return bits_of(a) == bits_of(b);
}

/* 15 digits always fit, 17 always suffice; subnormal numbers may do with fewer than 15. */
static size_t format_shortest(char *buf, double value)
{
    int len = 0;
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        len = snprintf(buf, NUMBER_F64_CHARS, "%.*g", digits, value);
        if (is_same(read_c_locale(buf), value))
            break;
    }
    return (size_t)len;
}

/* 0: the value has more decimals than few. */
static size_t format_short(char *buf, double value)
{
    double size = fabs(value);
    if (!(size >= SHORT_LEAST && size < SHORT_GREATEST))
        return 0;
    for (size_t decimals = 1; decimals <= SHORT_MAX_DECIMALS; decimals++) {
        int64_t scale = (int64_t)exact_powers_of_10[decimals];
        int64_t digits = (int64_t)(size * (double)scale + 0.5);
        if (!is_same(short_decimal(digits, decimals), size))
            continue;
        size_t len = value < 0 ? 1 : 0;
        buf[0] = '-';
        len += number_format_i64(buf + len, digits / scale);
        buf[len++] = '.';
        for (int64_t part = scale / 10; part > 0; part /= 10)
            buf[len++] = (char)('0' + digits / part % 10);
        return len;
    }
    return 0;
}

size_t number_format_f64(char *buf, double value)
{
    REQUIRE(isfinite(value));
    if (fabs(value) < (double)EXACT_LIMIT && is_same((double)(int64_t)value, value))
        return number_format_i64(buf, (int64_t)value);

    size_t short_len = format_short(buf, value);
    if (short_len != 0)
        return short_len;
    locale_t kept = uselocale(c_locale_get());
    size_t len = format_shortest(buf, value);
    uselocale(kept);
    return len;
}
