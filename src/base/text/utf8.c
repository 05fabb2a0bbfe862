/* SPDX-License-Identifier: AGPL-3.0-or-later
 * UTF-8 by the rows of the Unicode Standard's table 3-7 (well-formed byte sequences). */
#include "base/text/utf8.h"

#include "base/require/require.h"

#define ONES      UINT64_C(0x0101010101010101)
#define HIGH_BITS (ONES * 0x80)

/* Sequences that begin with a byte in [first, last]; the second byte has bounds of its own, which is
 * what shuts out overlong forms, surrogates and what lies above U+10FFFF. */
struct sequence {
    uint8_t first, last;
    uint8_t second_min, second_max;
    uint8_t len;
};

/* clang-format off */
static const struct sequence sequences[] = {
    {.first = 0xC2, .last = 0xDF, .second_min = 0x80, .second_max = 0xBF, .len = 2},
    {.first = 0xE0, .last = 0xE0, .second_min = 0xA0, .second_max = 0xBF, .len = 3},
    {.first = 0xE1, .last = 0xEC, .second_min = 0x80, .second_max = 0xBF, .len = 3},
    {.first = 0xED, .last = 0xED, .second_min = 0x80, .second_max = 0x9F, .len = 3},
    {.first = 0xEE, .last = 0xEF, .second_min = 0x80, .second_max = 0xBF, .len = 3},
    {.first = 0xF0, .last = 0xF0, .second_min = 0x90, .second_max = 0xBF, .len = 4},
    {.first = 0xF1, .last = 0xF3, .second_min = 0x80, .second_max = 0xBF, .len = 4},
    {.first = 0xF4, .last = 0xF4, .second_min = 0x80, .second_max = 0x8F, .len = 4},
};
/* clang-format on */

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

static const struct sequence *sequence_of(uint8_t first)
{
    for (size_t i = 0; i < COUNT_OF(sequences); i++) {
        if (first >= sequences[i].first && first <= sequences[i].last)
            return &sequences[i];
    }
    return NULL;
}

/* Bytes of the well-formed sequence at `at`, or 0. */
static size_t sequence_len(const uint8_t *at, size_t left)
{
    if (at[0] < 0x80)
        return 1;
    const struct sequence *row = sequence_of(at[0]);
    if (row == NULL || left < row->len || at[1] < row->second_min || at[1] > row->second_max)
        return 0;
    for (size_t i = 2; i < row->len; i++) {
        if (!is_continuation(at[i]))
            return 0;
    }
    return row->len;
}

/* How many bytes from `at` on are ASCII, in steps of eight: most text is. */
static size_t ascii_run(const uint8_t *at, size_t left)
{
    size_t run = 0;
    while (left - run >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at + run, sizeof(word));
        if ((word & HIGH_BITS) != 0)
            break;
        run += sizeof(word);
    }
    return run;
}

bool utf8_is_valid(struct str text)
{
    const uint8_t *bytes = (const uint8_t *)text.ptr;
    size_t at = 0;
    while (at < text.len) {
        at += ascii_run(bytes + at, text.len - at);
        if (at == text.len)
            break;
        size_t len = sequence_len(bytes + at, text.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

size_t utf8_length(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += is_continuation((uint8_t)text.ptr[i]) ? 0 : 1;
    return count;
}

uint32_t utf8_decode(struct str text, size_t *ret_len)
{
    if (text.len == 0) {
        *ret_len = 0;
        return UTF8_REPLACEMENT;
    }
    const uint8_t *bytes = (const uint8_t *)text.ptr;
    size_t len = sequence_len(bytes, text.len);
    *ret_len = len != 0 ? len : 1;
    if (len == 0)
        return UTF8_REPLACEMENT;
    if (len == 1)
        return bytes[0];
    uint32_t code_point = bytes[0] & (0x7FU >> len);
    for (size_t i = 1; i < len; i++)
        code_point = code_point << 6 | (bytes[i] & 0x3FU);
    return code_point;
}

static bool is_line_or_tab(uint32_t code_point)
{
    return code_point == '\n' || code_point == '\t' || code_point == 0x2028 || code_point == 0x2029;
}

static bool is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
           (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069) ||
           code_point == 0xFEFF;
}

/* How many bytes from the start on lie between blank and tilde, in steps of eight. */
static size_t plain_run(struct str text)
{
    size_t run = 0;
    for (uint64_t word; text.len - run >= sizeof(word); run += sizeof(word)) {
        memcpy(&word, text.ptr + run, sizeof(word));
        uint64_t below_blank = word - ONES * 0x20;
        uint64_t above_tilde = word + ONES;
        if (((word | below_blank | above_tilde) & HIGH_BITS) !=
            0) /* or borrowed or carried from such a byte */
            break;
    }
    return run;
}

bool utf8_has_controls(struct str text, enum utf8_lines lines)
{
    while (text.len != 0) {
        text = str_slice(text, plain_run(text), SIZE_MAX);
        if (text.len == 0)
            return false;
        size_t len = 0;
        uint32_t code_point = utf8_decode(text, &len);
        text = str_slice(text, len, SIZE_MAX);
        bool is_crlf = code_point == '\r' && str_starts_with(text, STR("\n"));
        if (is_line_or_tab(code_point) || is_crlf) {
            if (lines == UTF8_ONE_LINE)
                return true;
        } else if (is_control(code_point)) {
            return true;
        }
    }
    return false;
}

size_t utf8_encode(uint32_t code_point, char *ret_bytes)
{
    REQUIRE(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF));
    if (code_point < 0x80) {
        ret_bytes[0] = (char)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    ret_bytes[0] = (char)((0xF00U >> len & 0xFF) | code_point);
    return len;
}

struct str utf8_truncate(struct str text, size_t max_len)
{
    if (text.len <= max_len)
        return text;
    while (max_len != 0 && is_continuation((uint8_t)text.ptr[max_len]))
        max_len--;
    return str_slice(text, 0, max_len);
}
