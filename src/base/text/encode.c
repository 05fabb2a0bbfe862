/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Hex, percent and HTML encodings. */
#include "base/text/encode.h"

#include "base/mem/arena.h"
#include "base/text/strbuf.h"

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that two digits mean, or -1. */
static int hex_pair(const char *digits)
{
    int high = hex_value(digits[0]);
    int low = hex_value(digits[1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

struct str hex_encode(struct arena *arena, const void *bytes, size_t len)
{
    REQUIRE(len < SIZE_MAX / 2);
    const unsigned char *from = bytes;
    char *text = arena_alloc_raw(arena, len * 2 + 1);
    for (size_t i = 0; i < len; i++) {
        text[i * 2] = hex_lower[from[i] >> 4];
        text[i * 2 + 1] = hex_lower[from[i] & 0x0F];
    }
    text[len * 2] = '\0';
    return str_from(text, len * 2);
}

bool hex_decode(struct str text, void *ret_bytes, size_t len)
{
    if (text.len % 2 != 0 || text.len / 2 != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (hex_pair(text.ptr + i * 2) < 0)
            return false;
    }
    unsigned char *to = ret_bytes;
    for (size_t i = 0; i < len; i++)
        to[i] = (unsigned char)hex_pair(text.ptr + i * 2);
    return true;
}

struct str base32_encode(struct arena *arena, const void *bytes, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    REQUIRE(len < SIZE_MAX / 8);
    const unsigned char *from = bytes;
    size_t text_len = (len * 8 + 4) / 5;
    char *text = arena_alloc_raw(arena, text_len + 1);
    for (size_t i = 0; i < text_len; i++) {
        size_t bit = i * 5;
        unsigned high = from[bit / 8], low = bit / 8 + 1 < len ? from[bit / 8 + 1] : 0;
        text[i] = alphabet[(high << 8 | low) >> (11 - bit % 8) & 31];
    }
    text[text_len] = '\0';
    return str_from(text, text_len);
}

static bool percent_is_plain(struct str text, enum percent_form form)
{
    return str_find_byte(text, '%', 0) < 0 && (form == PERCENT_PATH || str_find_byte(text, '+', 0) < 0);
}

bool percent_decode(struct arena *arena, struct str text, enum percent_form form, struct str *ret)
{
    if (percent_is_plain(text, form)) {
        *ret = text;
        return true;
    }
    char *decoded = arena_alloc_raw(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' && form == PERCENT_FORM) {
            c = ' ';
        } else if (c == '%') {
            int byte = text.len - i > 2 ? hex_pair(text.ptr + i + 1) : -1;
            if (byte <= 0)
                return false;
            c = (char)byte;
            i += 2;
        }
        decoded[len++] = c;
    }
    decoded[len] = '\0';
    *ret = str_from(decoded, len);
    return true;
}

/* RFC 3986 §2.3. */
static bool is_unreserved(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

struct str percent_encode(struct arena *arena, struct str text)
{
    REQUIRE(text.len < SIZE_MAX / 3);
    char *encoded = arena_alloc_raw(arena, text.len * 3 + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (is_unreserved(text.ptr[i])) {
            encoded[len++] = text.ptr[i];
            continue;
        }
        encoded[len++] = '%';
        encoded[len++] = hex_upper[c >> 4];
        encoded[len++] = hex_upper[c & 0x0F];
    }
    encoded[len] = '\0';
    return str_from(encoded, len);
}

static struct str html_entity(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    default:
        return STR_NONE;
    }
}

struct str html_escape(struct arena *arena, struct str text)
{
    struct strbuf escaped;
    strbuf_init(&escaped, arena, PTRDIFF_MAX - 1);
    size_t plain_from = 0;
    for (size_t i = 0; i < text.len; i++) {
        struct str entity = html_entity(text.ptr[i]);
        if (entity.ptr == NULL)
            continue;
        strbuf_append(&escaped, str_slice(text, plain_from, i - plain_from));
        strbuf_append(&escaped, entity);
        plain_from = i + 1;
    }
    strbuf_append(&escaped, str_slice(text, plain_from, SIZE_MAX));
    return strbuf_str(&escaped);
}
