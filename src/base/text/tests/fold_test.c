/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the words that are searched for. */
#include "base/text/fold.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

static void different_spellings_are_the_same_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", ""},
        {" \t--!? ", ""},
        {"Night Drive", "night drive"},
        {"  Lo-Fi__Beats  ", "lo fi beats"},
        {"Beyoncé", "beyonce"},
        {"Beyonce\xCC\x81", "beyonce"}, /* e and a combining accent */
        {"ＬＯ ｆｉ １２", "lo fi 12"},
        {"Don't stop ‘til", "dont stop til"},
        {"STRASSE Straße", "strasse strasse"},
        {"Łódź Ærø Đorđe smørrebrød", "lodz aero dorde smorrebrod"},
        {"ΟΔΟΣ", "οδοσ"},
        {"Ночь", "ночь"},
        {"ﬁrst ①½", "first 11 2"}, /* ligature, circled digit; ½ is 1⁄2 */
        {"808", "808"},
        {"夜の音", "夜 の 音"},
        {"Tokyo夜drive", "tokyo 夜 drive"},
        {"한국", "한국"},
        {"🎵 music 🎵", "music"},
        {"a\xFF", ""}, /* no UTF-8 */
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str words = fold_words(arena, str_cstr(rows[i].text), 100);
        struct str should = fold_words(arena, str_cstr(rows[i].words), 100); /* Hangul comes apart */
        check_that(str_equal(words, should), "'%s' gives '%.*s'", rows[i].text, (int)words.len, words.ptr);
        check_that(should.len != 0 || rows[i].words[0] == '\0', "row %zu", i);
    }
    arena_free(arena);
}

static void words_and_their_number_are_limited(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(fold_words(arena, STR("one two three four"), 2), "one two");
    check_str(fold_words(arena, STR("夜の音"), 2), "夜 の");
    check_str(fold_words(arena, STR("㍿㍿"), 3), "株 式 会"); /* one character of four words */
    check_str(fold_words(arena, STR("one"), 0), "");
    char text[300];
    memset(text, 'x', sizeof(text));
    assert_int_equal(fold_words(arena, str_from(text, sizeof(text)), 5).len, FOLD_WORD_MAX_BYTES);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_spellings_are_the_same_words),
        cmocka_unit_test(words_and_their_number_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
