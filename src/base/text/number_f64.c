/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Doubles in text, both ways, by libc under the C locale: a library may have set another one. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/text/number.h"

/* Longer texts are refused: no double needs more digits than this to be told from its neighbours. */
#define PARSE_MAX_CHARS 1024

/* Integers below this are exact in a double. */
#define EXACT_LIMIT INT64_C(9007199254740992)

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

static double read_c_locale(const char *text)
{
    return strtod_l(text, NULL, c_locale_get());
}

bool number_parse_f64(struct str text, double *ret)
{
    char copy[PARSE_MAX_CHARS + 1];
    if (text.len > PARSE_MAX_CHARS || !is_json_number(text))
        return false;
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

size_t number_format_f64(char *buf, double value)
{
    REQUIRE(isfinite(value));
    if (fabs(value) < (double)EXACT_LIMIT && is_same((double)(int64_t)value, value))
        return number_format_i64(buf, (int64_t)value);

    locale_t kept = uselocale(c_locale_get());
    size_t len = format_shortest(buf, value);
    uselocale(kept);
    return len;
}
