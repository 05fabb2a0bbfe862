/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What is read in texts: names, beginnings, refused words, words for searching. See chat_domain.h. */
#include "base/mem/arena.h"
#include "base/text/encode.h"
#include "base/text/fold.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

#include "modules/chat/chat_domain.h"

/* --- names --- */

enum { NAME_MIN = 3, NAME_MAX = 30 };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_byte(char c)
{
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
}

/* The name that starts at `from`: a dot or dash at its end is the sentence's. */
static struct str name_at(struct str text, size_t from)
{
    size_t end = from;
    while (end < text.len && is_name_byte(text.ptr[end]))
        end++;
    while (end > from && !is_letter_or_digit(text.ptr[end - 1]) && text.ptr[end - 1] != '_')
        end--;
    return str_slice(text, from, end - from);
}

static bool is_name(struct str name)
{
    return name.len >= NAME_MIN && name.len <= NAME_MAX && is_letter_or_digit(name.ptr[0]);
}

static bool has_name(const struct array *names, struct str name)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_equal_nocase(*ARRAY_AT(struct str, *names, i), name))
            return true;
    return false;
}

struct array chat_find_mentions(struct arena *arena, struct str text)
{
    struct array names = {ARENA_ARRAY(arena, struct str, CHAT_MENTIONS_MAX), 0};
    for (size_t at = 0; at < text.len && names.count < CHAT_MENTIONS_MAX; at++) {
        bool is_inside_word = at > 0 && (is_name_byte(text.ptr[at - 1]) || (text.ptr[at - 1] & 0x80) != 0);
        if (text.ptr[at] != '@' || is_inside_word)
            continue;
        struct str name = name_at(text, at + 1);
        if (is_name(name) && !has_name(&names, name))
            *ARRAY_AT(struct str, names, names.count++) = name;
    }
    return names;
}

/* --- beginnings --- */

struct str chat_excerpt(struct arena *arena, struct str text)
{
    struct strbuf out;
    size_t characters = 0, len = 0;
    strbuf_init(&out, arena, (size_t)CHAT_EXCERPT_MAX * 4);
    for (size_t at = 0; at < text.len && characters < CHAT_EXCERPT_MAX; at += len, characters++) {
        uint32_t c = utf8_decode(str_slice(text, at, text.len), &len);
        bool is_break = c < ' ' || c == 0x2028 || c == 0x2029;
        strbuf_append(&out, is_break ? STR(" ") : str_slice(text, at, len));
    }
    return strbuf_str(&out);
}

/* --- refused words --- */

/* Where a word starts after the one at `from`; the text's length: nowhere. */
static size_t next_word(struct str words, size_t from)
{
    ptrdiff_t blank = str_find_byte(words, ' ', from);
    return blank < 0 ? words.len : (size_t)blank + 1;
}

static bool holds_phrase(struct str words, struct str phrase)
{
    for (size_t at = 0; at < words.len; at = next_word(words, at)) {
        struct str rest = str_slice(words, at, words.len);
        if (str_starts_with(rest, phrase) && (rest.len == phrase.len || rest.ptr[phrase.len] == ' '))
            return true;
    }
    return false;
}

struct str chat_find_refused(struct str words, const struct array *phrases)
{
    for (size_t i = 0; i < phrases->count; i++) {
        struct str phrase = *ARRAY_AT(struct str, *phrases, i);
        if (phrase.len != 0 && holds_phrase(words, phrase))
            return phrase;
    }
    return STR_NONE;
}

/* --- searching --- */

/* Letters and digits that stand before each word of a room: the end of its id. Two rooms may have the same, which costs time but finds
 * nothing wrong, as the room is asked for as well. */
static struct str mark_of(struct arena *arena, struct id room_id)
{
    enum { MARK_BYTES = 5 };
    return hex_encode(arena, room_id.bytes + sizeof(room_id.bytes) - MARK_BYTES, MARK_BYTES);
}

struct str chat_search_words(struct arena *arena, struct id room_id, struct str text)
{
    struct strbuf out;
    struct str mark = mark_of(arena, room_id);
    struct str rest = fold_words(arena, text, CHAT_WORDS_MAX), word = {0};
    strbuf_init(&out, arena, (rest.len + 1) * (mark.len + 2));
    while (rest.len != 0 && str_split(&rest, ' ', &word))
        strbuf_printf(&out, "%s%" STR_FMT "%" STR_FMT, out.len > 0 ? " " : "", STR_ARG(mark), STR_ARG(word));
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

struct match_language {
    const char *quote, *joint, *prefix;
};

static struct str last_word(struct str words)
{
    size_t from = words.len;
    while (from > 0 && words.ptr[from - 1] != ' ')
        from--;
    return str_slice(words, from, words.len);
}

/* Folded words hold letters, digits and blanks only: nothing in them needs an escape. */
static struct str match(struct arena *arena, struct id room_id, struct str query,
                        const struct match_language *language)
{
    enum { QUERY_WORDS_MAX = 10 };
    struct strbuf out;
    struct str mark = mark_of(arena, room_id);
    struct str rest = fold_words(arena, query, QUERY_WORDS_MAX), word = {0};
    struct str last = last_word(rest);
    if (rest.len == 0)
        return STR_NONE;
    strbuf_init(&out, arena, rest.len * 4 + 256);
    while (str_split(&rest, ' ', &word))
        strbuf_printf(&out, "%s%s%" STR_FMT "%" STR_FMT "%s", out.len > 0 ? language->joint : "",
                      language->quote, STR_ARG(mark), STR_ARG(word), language->quote);
    if (utf8_length(last) >= 2)
        strbuf_append_cstr(&out, language->prefix);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

struct str chat_match_sqlite(struct arena *arena, struct id room_id, struct str query)
{
    return match(arena, room_id, query, &(struct match_language){"\"", " ", "*"});
}

struct str chat_match_postgresql(struct arena *arena, struct id room_id, struct str query)
{
    return match(arena, room_id, query, &(struct match_language){"'", " & ", ":*"});
}
