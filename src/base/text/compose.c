/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Composed texts and emoji. See compose.h. */
#include "base/text/compose.h"

#include <utf8proc.h>

#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

static void append_code_point(struct strbuf *out, int32_t c)
{
    char bytes[4];
    strbuf_append(out, str_from(bytes, utf8_encode((uint32_t)c, bytes)));
}

struct str text_compose(struct arena *arena, struct str text)
{
    enum { MAX_EXPANSION = 4 }; /* the longest canonical decomposition of one code point */
    const utf8proc_option_t options = UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    struct strbuf out;
    if (is_ascii(text))
        return text;
    size_t room = utf8_length(text) * MAX_EXPANSION;
    utf8proc_int32_t *points = ARENA_ARRAY(arena, utf8proc_int32_t, room);
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, points,
                           (utf8proc_ssize_t)room, options);
    REQUIRE(count >= 0 && (size_t)count <= room);
    count = utf8proc_normalize_utf32(points, count, options);
    strbuf_init(&out, arena, text.len * 3 + 1);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        append_code_point(&out, points[i]);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

static bool is_invisible(uint32_t c)
{
    static const uint32_t fillers[] = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0};
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
        if (c == fillers[i])
            return true;
    bool is_tag = c >= 0xE0020 && c <= 0xE007F; /* the end of a flag */
    return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_CF && !is_tag;
}

struct str text_trim(struct str text)
{
    size_t start = 0, end = 0, len = 0;
    bool has_begun = false;
    for (size_t at = 0; at < text.len; at += len) {
        if (is_invisible(utf8_decode(str_slice(text, at, text.len), &len)))
            continue;
        if (!has_begun)
            start = at;
        has_begun = true;
        end = at + len;
    }
    return str_slice(text, start, end - start);
}

/* --- emoji --- */

enum { EMOJI_SELECTOR = 0xFE0F, KEYCAP = 0x20E3, JOINER = 0x200D };

/* A text that is taken apart, and what it is put together again as. */
struct emoji_reading {
    struct str rest;
    struct strbuf out;
};

static uint32_t peek(const struct emoji_reading *reading)
{
    size_t len = 0;
    uint32_t c = utf8_decode(reading->rest, &len);
    return len != 0 ? c : 0;
}

static uint32_t take(struct emoji_reading *reading)
{
    size_t len = 0;
    uint32_t c = utf8_decode(reading->rest, &len);
    reading->rest = str_slice(reading->rest, len, reading->rest.len);
    return c;
}

static void keep(struct emoji_reading *reading)
{
    append_code_point(&reading->out, (int32_t)take(reading));
}

static bool has_class(uint32_t c, int boundary_class)
{
    return utf8proc_get_property((utf8proc_int32_t)c)->boundclass == boundary_class;
}

static bool is_skin_tone(uint32_t c)
{
    return c >= 0x1F3FB && c <= 0x1F3FF;
}

static bool is_pictograph(uint32_t c)
{
    return has_class(c, UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC) || is_skin_tone(c);
}

/* Characters that are text unless a selector says otherwise are narrow; emoji by nature are wide. */
static bool is_text_by_nature(uint32_t c)
{
    return utf8proc_charwidth((utf8proc_int32_t)c) < 2;
}

/* A pictograph with selector, skin tone, or the tags that name a region's flag. */
static bool read_pictograph(struct emoji_reading *reading)
{
    uint32_t base = peek(reading);
    if (!is_pictograph(base))
        return false;
    keep(reading);
    bool has_selector = peek(reading) == EMOJI_SELECTOR;
    if (has_selector)
        take(reading);
    if (is_skin_tone(peek(reading)) && !is_skin_tone(base))
        keep(reading);
    else if (is_text_by_nature(base))
        append_code_point(&reading->out, EMOJI_SELECTOR);
    while (peek(reading) >= 0xE0020 && peek(reading) <= 0xE007F)
        keep(reading);
    return true;
}

static bool read_joined(struct emoji_reading *reading)
{
    if (!read_pictograph(reading))
        return false;
    while (peek(reading) == JOINER) {
        keep(reading);
        if (!read_pictograph(reading))
            return false;
    }
    return true;
}

static bool read_flag(struct emoji_reading *reading)
{
    for (int i = 0; i < 2; i++) {
        if (!has_class(peek(reading), UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR))
            return false;
        keep(reading);
    }
    return true;
}

static bool read_keycap(struct emoji_reading *reading)
{
    uint32_t c = peek(reading);
    if (c != '#' && c != '*' && (c < '0' || c > '9'))
        return false;
    keep(reading);
    append_code_point(&reading->out, EMOJI_SELECTOR);
    if (peek(reading) == EMOJI_SELECTOR)
        take(reading);
    if (peek(reading) != KEYCAP)
        return false;
    keep(reading);
    return true;
}

bool emoji_parse(struct arena *arena, struct str text, struct str *ret_emoji)
{
    static bool (*const kinds[])(struct emoji_reading *) = {read_flag, read_keycap, read_joined};
    if (text.len == 0 || text.len > EMOJI_MAX_BYTES || !utf8_is_valid(text))
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct emoji_reading reading = {.rest = text};
        strbuf_init(&reading.out, arena, (size_t)EMOJI_MAX_BYTES * 2);
        if (kinds[i](&reading) && reading.rest.len == 0 && reading.out.len <= EMOJI_MAX_BYTES) {
            *ret_emoji = strbuf_str(&reading.out);
            return true;
        }
    }
    return false;
}
