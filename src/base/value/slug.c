/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Slugs and short codes. */
#include "base/value/slug.h"

#include "base/mem/arena.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

/* Crockford's base 32 in lower case: no i, l, o, u. */
static const char code_digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* Code points that are written with these ASCII letters. */
struct latin_range {
    uint16_t first, last;
    char letters[3];
};

/* Letters of the Latin blocks that Unicode takes apart into an ASCII letter and marks, and those that
 * their languages spell so. In order. */
/* clang-format off */
static const struct latin_range latin_ranges[] = {
    {0x00C0, 0x00C5, "a"}, {0x00C6, 0x00C6, "ae"}, {0x00C7, 0x00C7, "c"}, {0x00C8, 0x00CB, "e"},
    {0x00CC, 0x00CF, "i"}, {0x00D0, 0x00D0, "d"}, {0x00D1, 0x00D1, "n"}, {0x00D2, 0x00D6, "o"},
    {0x00D8, 0x00D8, "o"}, {0x00D9, 0x00DC, "u"}, {0x00DD, 0x00DD, "y"}, {0x00DE, 0x00DE, "th"},
    {0x00DF, 0x00DF, "ss"}, {0x00E0, 0x00E5, "a"}, {0x00E6, 0x00E6, "ae"}, {0x00E7, 0x00E7, "c"},
    {0x00E8, 0x00EB, "e"}, {0x00EC, 0x00EF, "i"}, {0x00F0, 0x00F0, "d"}, {0x00F1, 0x00F1, "n"},
    {0x00F2, 0x00F6, "o"}, {0x00F8, 0x00F8, "o"}, {0x00F9, 0x00FC, "u"}, {0x00FD, 0x00FD, "y"},
    {0x00FE, 0x00FE, "th"}, {0x00FF, 0x00FF, "y"}, {0x0100, 0x0105, "a"}, {0x0106, 0x010D, "c"},
    {0x010E, 0x0111, "d"}, {0x0112, 0x011B, "e"}, {0x011C, 0x0123, "g"}, {0x0124, 0x0127, "h"},
    {0x0128, 0x0131, "i"}, {0x0132, 0x0133, "ij"}, {0x0134, 0x0135, "j"}, {0x0136, 0x0138, "k"},
    {0x0139, 0x0142, "l"}, {0x0143, 0x014B, "n"}, {0x014C, 0x0151, "o"}, {0x0152, 0x0153, "oe"},
    {0x0154, 0x0159, "r"}, {0x015A, 0x0161, "s"}, {0x0162, 0x0167, "t"}, {0x0168, 0x0173, "u"},
    {0x0174, 0x0175, "w"}, {0x0176, 0x0178, "y"}, {0x0179, 0x017E, "z"}, {0x017F, 0x017F, "s"},
    {0x01A0, 0x01A1, "o"}, {0x01AF, 0x01B0, "u"}, {0x01C4, 0x01C6, "dz"}, {0x01C7, 0x01C9, "lj"},
    {0x01CA, 0x01CC, "nj"}, {0x01CD, 0x01CE, "a"}, {0x01CF, 0x01D0, "i"}, {0x01D1, 0x01D2, "o"},
    {0x01D3, 0x01DC, "u"}, {0x01DE, 0x01E1, "a"}, {0x01E2, 0x01E3, "ae"}, {0x01E6, 0x01E7, "g"},
    {0x01E8, 0x01E9, "k"}, {0x01EA, 0x01ED, "o"}, {0x01F0, 0x01F0, "j"}, {0x01F1, 0x01F3, "dz"},
    {0x01F4, 0x01F5, "g"}, {0x01F8, 0x01F9, "n"}, {0x01FA, 0x01FB, "a"}, {0x01FC, 0x01FD, "ae"},
    {0x01FE, 0x01FF, "o"}, {0x0200, 0x0203, "a"}, {0x0204, 0x0207, "e"}, {0x0208, 0x020B, "i"},
    {0x020C, 0x020F, "o"}, {0x0210, 0x0213, "r"}, {0x0214, 0x0217, "u"}, {0x0218, 0x0219, "s"},
    {0x021A, 0x021B, "t"}, {0x021E, 0x021F, "h"}, {0x0226, 0x0227, "a"}, {0x0228, 0x0229, "e"},
    {0x022A, 0x0231, "o"}, {0x0232, 0x0233, "y"}, {0x1E00, 0x1E01, "a"}, {0x1E02, 0x1E07, "b"},
    {0x1E08, 0x1E09, "c"}, {0x1E0A, 0x1E13, "d"}, {0x1E14, 0x1E1D, "e"}, {0x1E1E, 0x1E1F, "f"},
    {0x1E20, 0x1E21, "g"}, {0x1E22, 0x1E2B, "h"}, {0x1E2C, 0x1E2F, "i"}, {0x1E30, 0x1E35, "k"},
    {0x1E36, 0x1E3D, "l"}, {0x1E3E, 0x1E43, "m"}, {0x1E44, 0x1E4B, "n"}, {0x1E4C, 0x1E53, "o"},
    {0x1E54, 0x1E57, "p"}, {0x1E58, 0x1E5F, "r"}, {0x1E60, 0x1E69, "s"}, {0x1E6A, 0x1E71, "t"},
    {0x1E72, 0x1E7B, "u"}, {0x1E7C, 0x1E7F, "v"}, {0x1E80, 0x1E89, "w"}, {0x1E8A, 0x1E8D, "x"},
    {0x1E8E, 0x1E8F, "y"}, {0x1E90, 0x1E95, "z"}, {0x1E96, 0x1E96, "h"}, {0x1E97, 0x1E97, "t"},
    {0x1E98, 0x1E98, "w"}, {0x1E99, 0x1E99, "y"}, {0x1E9B, 0x1E9B, "s"}, {0x1E9E, 0x1E9E, "ss"},
    {0x1EA0, 0x1EB7, "a"}, {0x1EB8, 0x1EC7, "e"}, {0x1EC8, 0x1ECB, "i"}, {0x1ECC, 0x1EE3, "o"},
    {0x1EE4, 0x1EF1, "u"}, {0x1EF2, 0x1EF9, "y"},
};
/* clang-format on */

static const char *latin_letters(uint32_t code_point)
{
    size_t low = 0;
    size_t high = COUNT_OF(latin_ranges);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code_point < latin_ranges[middle].first)
            high = middle;
        else if (code_point > latin_ranges[middle].last)
            low = middle + 1;
        else
            return latin_ranges[middle].letters;
    }
    return NULL;
}

static bool is_slug_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool slug_is_valid(struct str text)
{
    if (text.len == 0 || text.len > SLUG_MAX_CHARS || text.ptr[0] == '-' || text.ptr[text.len - 1] == '-')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_hyphen = text.ptr[i] == '-';
        if ((!is_hyphen && !is_slug_char(text.ptr[i])) || (is_hyphen && text.ptr[i - 1] == '-'))
            return false;
    }
    return true;
}

/* Apostrophes and combining accents stand inside words. */
static bool is_dropped(uint32_t code_point)
{
    return code_point == '\'' || code_point == 0x2019 || (code_point >= 0x300 && code_point <= 0x36F);
}

static void append_code_point(struct strbuf *slug, uint32_t code_point)
{
    if (code_point >= 'A' && code_point <= 'Z')
        code_point += 'a' - 'A';
    const char *latin = latin_letters(code_point);
    if (latin != NULL) {
        strbuf_append_cstr(slug, latin);
    } else if (code_point < 0x80 && is_slug_char((char)code_point)) {
        strbuf_append_char(slug, (char)code_point);
    } else if (!is_dropped(code_point) && slug->len != 0 && slug->ptr[slug->len - 1] != '-') {
        strbuf_append_char(slug, '-');
    }
}

struct str slug_from_title(struct arena *arena, struct str title)
{
    struct strbuf slug;
    strbuf_init(&slug, arena, SLUG_MAX_CHARS);
    while (title.len != 0 && !slug.overflow) {
        size_t len = 0;
        append_code_point(&slug, utf8_decode(title, &len));
        title = str_slice(title, len, SIZE_MAX);
    }
    struct str text = strbuf_str(&slug);
    if (str_ends_with(text, STR("-")))
        text.len--;
    return text.len != 0 ? arena_str(arena, text) : STR("untitled");
}

void short_code_make(const uint8_t random[5], char ret_text[SHORT_CODE_CHARS])
{
    uint64_t bits = 0;
    for (size_t i = 0; i < 5; i++)
        bits = bits << 8 | random[i];
    for (size_t i = 0; i < SHORT_CODE_CHARS; i++)
        ret_text[i] = code_digits[bits >> (35 - 5 * i) & 0x1F];
}

bool short_code_is_valid(struct str text)
{
    if (text.len != SHORT_CODE_CHARS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || strchr(code_digits, text.ptr[i]) == NULL)
            return false;
    }
    return true;
}
