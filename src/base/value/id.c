/* SPDX-License-Identifier: AGPL-3.0-or-later
 * UUIDs as text, and version 7. */
#include "base/value/id.h"

#include "base/mem/arena.h"

/* Where each byte's first digit stands in the text. */
static const uint8_t text_offset[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
static const uint8_t dash_offset[4] = {8, 13, 18, 23};

/* Both digits of each byte. */
#define HEX_ROW(high)                                                                                        \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high "a" high  \
         "b" high "c" high "d" high "e" high "f"
static const char hex_pairs[] = HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3") HEX_ROW("4") HEX_ROW("5")
    HEX_ROW("6") HEX_ROW("7") HEX_ROW("8") HEX_ROW("9") HEX_ROW("a") HEX_ROW("b") HEX_ROW("c") HEX_ROW("d")
        HEX_ROW("e") HEX_ROW("f");

/* Value + 1 of a hex digit; 0 for all other bytes. */
static const uint8_t hex_value_plus_1[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

struct id id_v7(struct instant now, const uint8_t random[10])
{
    REQUIRE(now.us >= 0);
    struct id id;
    uint64_t ms = (uint64_t)(now.us / US_PER_MS);
    for (size_t i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    memcpy(id.bytes + 6, random, 10);
    id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0F));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
    return id;
}

bool id_parse(struct str text, struct id *ret)
{
    if (text.len != ID_CHARS)
        return false;
    for (size_t i = 0; i < COUNT_OF(dash_offset); i++) {
        if (text.ptr[dash_offset[i]] != '-')
            return false;
    }
    struct id id;
    for (size_t i = 0; i < sizeof(id.bytes); i++) {
        unsigned high = hex_value_plus_1[(unsigned char)text.ptr[text_offset[i]]];
        unsigned low = hex_value_plus_1[(unsigned char)text.ptr[text_offset[i] + 1]];
        if (high == 0 || low == 0)
            return false;
        id.bytes[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    *ret = id;
    return true;
}

void id_format(struct id id, char ret_text[ID_CHARS])
{
    for (size_t i = 0; i < sizeof(id.bytes); i++)
        memcpy(ret_text + text_offset[i], &hex_pairs[2 * (size_t)id.bytes[i]], 2);
    for (size_t i = 0; i < COUNT_OF(dash_offset); i++)
        ret_text[dash_offset[i]] = '-';
}

struct str id_str(struct arena *arena, struct id id)
{
    char text[ID_CHARS];
    id_format(id, text);
    return arena_str(arena, str_from(text, sizeof(text)));
}
