/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tokens of JSON: strings with their escapes and UTF-8, numbers, words. */
#include "base/json/json_scan.h"

#include "base/mem/arena.h"
#include "base/text/utf8.h"

#define SURROGATE_HIGH UINT32_C(0xD800)
#define SURROGATE_LOW  UINT32_C(0xDC00)
#define SURROGATE_END  UINT32_C(0xE000)
#define BAD_HEX        UINT32_MAX

void json_scan_init(struct json_scan *scan, struct str text)
{
    const char *start = text.ptr != NULL ? text.ptr : "";
    *scan = (struct json_scan){.at = start, .end = start + text.len, .start = start};
}

bool json_scan_fail(struct json_scan *scan, const char *at, const char *why)
{
    if (scan->failure == NULL) {
        scan->failed_at = at;
        scan->failure = why;
    }
    return false;
}

void json_scan_place(const struct json_scan *scan, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1;
    size_t column = 1;
    for (const char *at = scan->start; at < scan->failed_at; at++) {
        if (*at == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*at & 0xC0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

static uint32_t hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? (uint32_t)(lower - 'a') + 10 : BAD_HEX;
}

/* The four digits of \uXXXX, or BAD_HEX. */
static uint32_t hex_unit(const char *at, const char *end)
{
    if (end - at < 4)
        return BAD_HEX;
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = hex_digit(at[i]);
        if (digit == BAD_HEX)
            return BAD_HEX;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= SURROGATE_LOW && unit < SURROGATE_END;
}

/* Behind "\u"; one unit, or the two of a pair. */
static bool scan_unicode_escape(struct json_scan *scan, const char *escape)
{
    uint32_t unit = hex_unit(scan->at, scan->end);
    if (unit == BAD_HEX)
        return json_scan_fail(scan, escape, "expected four hexadecimal digits after \\u");
    scan->at += 4;
    if (unit < SURROGATE_HIGH || unit >= SURROGATE_END)
        return true;
    bool has_second = scan->end - scan->at >= 6 && scan->at[0] == '\\' && scan->at[1] == 'u';
    if (unit >= SURROGATE_LOW || !has_second || !is_low_surrogate(hex_unit(scan->at + 2, scan->end)))
        return json_scan_fail(scan, escape, "a surrogate without its other half");
    scan->at += 6;
    return true;
}

/* The byte that a one-letter escape means; 0: there is no such escape. */
static char plain_escape(char letter)
{
    static const char meanings[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };
    return meanings[(unsigned char)letter];
}

static bool scan_escape(struct json_scan *scan, unsigned *marks)
{
    const char *escape = scan->at;
    if (scan->end - escape < 2)
        return json_scan_fail(scan, scan->end, "the text ends inside a string");
    scan->at += 2;
    *marks |= JSON_MARK_ESCAPED;
    if (escape[1] == 'u') {
        *marks |= JSON_MARK_WIDE | JSON_MARK_SUSPECT;
        return scan_unicode_escape(scan, escape);
    }
    char value = plain_escape(escape[1]);
    if (value == '\n' || value == '\t')
        *marks |= JSON_MARK_LINES;
    else if (value < ' ')
        *marks |= JSON_MARK_SUSPECT;
    return value != 0 || json_scan_fail(scan, escape, "unknown escape");
}

/* C1 controls, direction overrides and U+FEFF start with these bytes, as little else does. */
static bool may_start_control(unsigned char first)
{
    return first == 0xC2 || first == 0xE2 || first == 0xEF;
}

/* One byte or sequence that is not plain; adds its marks. */
static bool scan_special(struct json_scan *scan, unsigned *marks)
{
    unsigned char c = (unsigned char)*scan->at;
    size_t len = 1;
    if (c == '\\')
        return scan_escape(scan, marks);
    if (c < 0x20)
        return json_scan_fail(scan, scan->at, "control characters in strings must be escaped");
    if (c == 0x7F || may_start_control(c))
        *marks |= JSON_MARK_SUSPECT;
    if (c >= 0x80) {
        (void)utf8_decode(str_from(scan->at, (size_t)(scan->end - scan->at)), &len);
        if (len == 1)
            return json_scan_fail(scan, scan->at, "not valid UTF-8");
        *marks |= JSON_MARK_WIDE;
    }
    scan->at += len;
    return true;
}

bool json_scan_string(struct json_scan *scan, struct json_span *ret)
{
    const char *start = scan->at + 1;
    unsigned marks = 0;
    scan->at = start;
    for (;;) {
        scan->at = json_skip_plain(scan->at, scan->end);
        if (scan->at == scan->end)
            return json_scan_fail(scan, scan->at, "the text ends inside a string");
        if (*scan->at == '"')
            break;
        if (!scan_special(scan, &marks))
            return false;
    }
    *ret = (struct json_span){.raw = str_from(start, (size_t)(scan->at - start)), .marks = marks};
    scan->at++;
    return true;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* At least one digit. */
static bool scan_digits(struct json_scan *scan)
{
    const char *start = scan->at;
    scan->at = skip_digits(start, scan->end);
    return scan->at > start || json_scan_fail(scan, start, "expected a digit");
}

/* 0, or digits that do not start with 0. */
static bool scan_integer(struct json_scan *scan, struct json_number *number)
{
    const char *start = scan->at;
    if (json_scan_is(scan, '0')) {
        scan->at++;
        return true;
    }
    uint64_t value = 0;
    bool is_huge = false;
    for (; scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; scan->at++) {
        is_huge |= __builtin_mul_overflow(value, 10U, &value);
        is_huge |= __builtin_add_overflow(value, (uint64_t)(*scan->at - '0'), &value);
    }
    number->magnitude = value;
    number->is_huge = is_huge;
    return scan->at > start || json_scan_fail(scan, start, "expected a digit");
}

static bool scan_fraction(struct json_scan *scan, struct json_number *number)
{
    if (!json_scan_is(scan, '.'))
        return true;
    number->is_integer = false;
    scan->at++;
    return scan_digits(scan);
}

static bool scan_exponent(struct json_scan *scan, struct json_number *number)
{
    if (!json_scan_is(scan, 'e') && !json_scan_is(scan, 'E'))
        return true;
    number->is_integer = false;
    scan->at++;
    if (json_scan_is(scan, '+') || json_scan_is(scan, '-'))
        scan->at++;
    return scan_digits(scan);
}

bool json_scan_number(struct json_scan *scan, struct json_number *ret)
{
    const char *start = scan->at;
    struct json_number number = {.is_integer = true, .is_negative = *start == '-'};
    scan->at += number.is_negative;
    if (!scan_integer(scan, &number) || !scan_fraction(scan, &number) || !scan_exponent(scan, &number))
        return false;
    number.text = str_from(start, (size_t)(scan->at - start));
    *ret = number;
    return true;
}

bool json_scan_word(struct json_scan *scan, struct str word)
{
    size_t left = (size_t)(scan->end - scan->at);
    if (left < word.len || memcmp(scan->at, word.ptr, word.len) != 0)
        return json_scan_fail(scan, scan->at, "expected a value");
    scan->at += word.len;
    return true;
}

/* The code point of the escape at `at`, which was checked; *ret_len is what it takes in the text. */
static uint32_t escape_value(const char *at, const char *end, size_t *ret_len)
{
    if (at[1] != 'u') {
        *ret_len = 2;
        return (unsigned char)plain_escape(at[1]);
    }
    uint32_t unit = hex_unit(at + 2, end);
    if (unit < SURROGATE_HIGH || unit >= SURROGATE_END) {
        *ret_len = 6;
        return unit;
    }
    *ret_len = 12;
    return 0x10000 + ((unit - SURROGATE_HIGH) << 10) + (hex_unit(at + 8, end) - SURROGATE_LOW);
}

struct str json_span_text(struct arena *arena, struct json_span span)
{
    if ((span.marks & JSON_MARK_ESCAPED) == 0)
        return span.raw;
    const char *at = span.raw.ptr;
    const char *end = at + span.raw.len;
    char *text = arena_alloc_raw(arena, span.raw.len); /* an escape is never shorter than its value */
    size_t len = 0;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(text + len, at, run);
        len += run;
        at += run;
        if (escape != NULL) {
            size_t taken = 0;
            len += utf8_encode(escape_value(at, end, &taken), text + len);
            at += taken;
        }
    }
    return str_from(text, len);
}
