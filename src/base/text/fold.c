/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Words for searching. See fold.h. */
#include "base/text/fold.h"

#include <utf8proc.h>

#include "base/mem/arena.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

/* Letters that Unicode does not take apart, and that people leave out when they type. */
static const struct {
    int32_t letter;
    struct str plain;
} plain_letters[] = {
    {0x00E6, STR_INIT("ae")}, {0x00F0, STR_INIT("d")}, {0x00F8, STR_INIT("o")}, {0x00FE, STR_INIT("th")},
    {0x0111, STR_INIT("d")},  {0x0127, STR_INIT("h")}, {0x0131, STR_INIT("i")}, {0x0142, STR_INIT("l")},
    {0x0153, STR_INIT("oe")}, {0x0167, STR_INIT("t")},
};

struct folding {
    struct strbuf out;
    size_t word_start; /* in out */
    size_t words, max_words;
};

static void end_word(struct folding *folding)
{
    if (folding->out.len == folding->word_start)
        return;
    strbuf_append_char(&folding->out, ' ');
    folding->word_start = folding->out.len;
    folding->words++;
}

static void add_letter(struct folding *folding, struct str letter)
{
    if (folding->out.len - folding->word_start + letter.len <= FOLD_WORD_MAX_BYTES)
        strbuf_append(&folding->out, letter);
}

static bool is_apostrophe(int32_t c)
{
    return c == '\'' || c == 0x2019 || c == 0x02BC || c == 0x0060;
}

/* Scripts without blanks between words: Hiragana, Katakana, Han. */
static bool is_word_by_itself(int32_t c)
{
    return (c >= 0x3041 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

static bool is_word_character(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

static struct str plain_form(int32_t c, char encoded[4])
{
    for (size_t i = 0; i < sizeof(plain_letters) / sizeof(plain_letters[0]); i++)
        if (plain_letters[i].letter == c)
            return plain_letters[i].plain;
    return str_from(encoded, utf8_encode((uint32_t)c, encoded));
}

static void fold_character(struct folding *folding, int32_t c)
{
    char encoded[4];
    if (is_apostrophe(c))
        return;
    if (!is_word_character(c)) {
        end_word(folding);
        return;
    }
    if (is_word_by_itself(c))
        end_word(folding);
    add_letter(folding, plain_form(c, encoded));
    if (is_word_by_itself(c))
        end_word(folding);
}

/* The characters of one decomposed, case-folded code point. */
static void fold_code_point(struct folding *folding, int32_t c)
{
    enum { MAX_EXPANSION = 32 }; /* the longest compatibility decomposition has 18 */
    utf8proc_int32_t parts[MAX_EXPANSION];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        c, parts, MAX_EXPANSION,
        UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
        &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < MAX_EXPANSION; i++)
        fold_character(folding, parts[i]);
}

struct str fold_words(struct arena *arena, struct str text, size_t max_words)
{
    struct folding folding = {.max_words = max_words};
    if (text.len == 0 || !utf8_is_valid(text))
        return STR("");
    strbuf_init(&folding.out, arena, (text.len + 1) * 64);
    for (size_t at = 0, len = 0; at < text.len && folding.words < max_words; at += len)
        fold_code_point(&folding, (int32_t)utf8_decode(str_slice(text, at, text.len), &len));
    if (folding.words < max_words)
        end_word(&folding);
    /* One character may have given several words: cut after the last that is wanted. */
    struct str words = strbuf_str(&folding.out);
    size_t end = words.len;
    for (size_t at = 0, seen = 0; at < words.len && end == words.len; at++)
        if (words.ptr[at] == ' ' && ++seen == max_words)
            end = at;
    while (end > 0 && words.ptr[end - 1] == ' ')
        end--;
    return str_slice(words, 0, end);
}
