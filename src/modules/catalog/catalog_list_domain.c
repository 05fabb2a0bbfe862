/* SPDX-License-Identifier: AGPL-3.0-or-later
 * How public lists are walked: cursors, the properties that items are found by, matches. */
#include "base/text/encode.h"
#include "base/text/fold.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

#include "modules/catalog/catalog_domain.h"

/* --- cursors: sort, key, id; opaque to clients --- */

#define CURSOR_BYTES 25

struct str cursor_format(struct arena *arena, enum catalog_sort sort, const struct list_cursor *cursor)
{
    uint8_t bytes[CURSOR_BYTES] = {(uint8_t)sort};
    for (size_t i = 0; i < 8; i++)
        bytes[1 + i] = (uint8_t)((uint64_t)cursor->key >> (56 - 8 * i));
    memcpy(bytes + 9, cursor->id.bytes, sizeof(cursor->id.bytes));
    return base64url_encode(arena, bytes, sizeof(bytes));
}

bool cursor_parse(struct arena *arena, enum catalog_sort sort, struct str text,
                  struct list_cursor *ret_cursor)
{
    struct str bytes = STR_NONE;
    if (!base64url_decode(arena, text, &bytes) || bytes.len != CURSOR_BYTES ||
        (uint8_t)bytes.ptr[0] != (uint8_t)sort)
        return false;
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (uint8_t)bytes.ptr[1 + i];
    struct list_cursor cursor = {.key = (int64_t)key};
    memcpy(cursor.id.bytes, bytes.ptr + 9, sizeof(cursor.id.bytes));
    *ret_cursor = cursor;
    return true;
}

/* --- facets --- */

struct str facet_of(struct arena *arena, const char *kind, struct str value)
{
    return arena_printf(arena, "%s:%" STR_FMT, kind, STR_ARG(value));
}

struct str facet_of_tag(struct arena *arena, struct str tag)
{
    return facet_of(arena, "tag", fold_words(arena, tag, INDEXED_WORDS_MAX));
}

struct facet_list {
    struct arena *arena;
    VEC(struct str) items;
};

static void add_facet(struct facet_list *list, struct str facet)
{
    for (size_t i = 0; i < list->items.count; i++)
        if (str_equal(list->items.items[i], facet))
            return;
    *VEC_PUSH(list->arena, &list->items) = facet;
}

static void add_bits(struct facet_list *list, const char *kind, const struct enum_table *words, int32_t bits)
{
    struct array values = bits_list(list->arena, bits);
    for (size_t i = 0; i < values.count; i++)
        add_facet(list, facet_of(list->arena, kind, enum_word(words, *ARRAY_AT(int32_t, values, i))));
}

struct array facets_of(struct arena *arena, const struct facet_source *source)
{
    struct facet_list list = {.arena = arena};
    add_facet(&list, FACET_ALL);
    add_facet(&list, facet_of(arena, "owner", id_str(arena, source->owner_id)));
    add_facet(&list, facet_of(arena, "category", enum_word(&catalog_category_words, source->category)));
    if (source->key >= 0)
        add_facet(&list, facet_of(arena, "key", enum_word(&catalog_key_words, source->key)));
    for (size_t i = 0; i < source->genres.count; i++)
        add_facet(&list, facet_of(arena, "genre", *ARRAY_AT(struct str, source->genres, i)));
    for (size_t i = 0; i < source->tags.count; i++)
        add_facet(&list, facet_of_tag(arena, *ARRAY_AT(struct str, source->tags, i)));
    add_bits(&list, "mood", &catalog_mood_words, source->moods);
    add_bits(&list, "instrument", &catalog_instrument_words, source->instruments);
    if (source->is_free)
        add_facet(&list, STR("free"));
    if (source->has_stems)
        add_facet(&list, STR("stems"));
    return (struct array){list.items.items, list.items.count};
}

/* --- matches --- */

static struct str last_word(struct str words)
{
    size_t from = words.len;
    while (from > 0 && words.ptr[from - 1] != ' ')
        from--;
    return str_slice(words, from, words.len);
}

static bool is_prefix(struct str words)
{
    return utf8_length(last_word(words)) >= 2;
}

/* Folded words hold letters, digits and blanks only: nothing in them needs an escape. */
static struct str match(struct arena *arena, struct str words, const char *quote, const char *joint,
                        const char *prefix)
{
    struct strbuf out;
    struct str rest = words;
    struct str word;
    if (str_is_empty(words))
        return STR("");
    strbuf_init(&out, arena, words.len * 4 + 64);
    while (str_split(&rest, ' ', &word)) {
        strbuf_append_cstr(&out, out.len > 0 ? joint : "");
        strbuf_printf(&out, "%s%" STR_FMT "%s", quote, STR_ARG(word), quote);
    }
    if (is_prefix(words))
        strbuf_append_cstr(&out, prefix);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

struct str match_sqlite(struct arena *arena, struct str words)
{
    return match(arena, words, "\"", " ", "*");
}

struct str match_postgresql(struct arena *arena, struct str words)
{
    return match(arena, words, "'", " & ", ":*");
}

struct str match_sqlite_whole(struct arena *arena, struct str words)
{
    return match(arena, words, "\"", " ", "");
}

struct array match_parts(struct arena *arena, struct str words)
{
    VEC(struct str) parts = {0};
    struct str rest = words;
    struct str word;
    while (str_split(&rest, ' ', &word))
        *VEC_PUSH(arena, &parts) = arena_printf(arena, " %" STR_FMT " ", STR_ARG(word));
    if (parts.count > 0 && is_prefix(words))
        parts.items[parts.count - 1].len--; /* more letters may follow */
    return (struct array){parts.items, parts.count};
}

struct str match_longest(struct str words)
{
    struct str rest = words, word = STR_NONE, longest = STR("");
    while (str_split(&rest, ' ', &word))
        if (word.len > longest.len)
            longest = word;
    return longest;
}

/* Matches lie apart, and each costs three lookups and its place in the sort; rows of the walk lie side by side, and ten of them cost as
 * much. Of `few` matches a page of twenty is met after 20 * texts / few rows. Both are equal where few * few is about twice the
 * texts. Beyond the upper bound the matches themselves take too long, and so does counting up to it. */
int64_t match_few(int64_t texts)
{
    enum { PAGE_BY_COST = 2, FEWEST = 100, MOST = 4000 };
    int64_t few = FEWEST;
    while (few < MOST && few * few < PAGE_BY_COST * texts)
        few += few / 8;
    return few < MOST ? few : MOST;
}
