/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Composed texts and emoji. */
#include "base/text/compose.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

struct text_case {
    const char *text, *expected; /* NULL: refused */
};

static const struct text_case composed[] = {
    {"", ""},
    {"plain", "plain"},
    {"e\xCC\x81t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
    {"A\xCC\x8A", "\xC3\x85"},
    {"\xE2\x84\xAB", "\xC3\x85"},                             /* the sign for angstrom is the letter */
    {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C"}, /* Hangul from its parts */
    {"q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87"},               /* marks in their order */
    {"\xEF\xAC\x81", "\xEF\xAC\x81"},                         /* compatibility forms stay */
};

static void texts_that_look_alike_become_equal(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(composed); i++)
        check_str(text_compose(arena, str_cstr(composed[i].text)), composed[i].expected);
    arena_free(arena);
}

static const struct text_case trimmed[] = {
    {"a", "a"},
    {"", ""},
    {" \n\t", ""},
    {" a b\n", "a b"},
    {"\xE2\x80\x8B\xC2\xA0\xE3\x85\xA4", ""}, /* zero width, no-break, filler */
    {"\xE3\x80\x80\xC3\xA9\xE2\x80\xA8", "\xC3\xA9"},
};

static void what_is_not_seen_goes_from_both_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(trimmed); i++)
        check_str(text_trim(str_cstr(trimmed[i].text)), trimmed[i].expected);
}

#define THUMB  "\xF0\x9F\x91\x8D"
#define HEART  "\xE2\x9D\xA4"
#define EMOJI  "\xEF\xB8\x8F"
#define TONE   "\xF0\x9F\x8F\xBD"
#define WOMAN  "\xF0\x9F\x91\xA9"
#define LAPTOP "\xF0\x9F\x92\xBB"
#define JOIN   "\xE2\x80\x8D"
#define FIRE   "\xF0\x9F\x94\xA5"

static const struct text_case emojis[] = {
    {THUMB, THUMB},
    {THUMB EMOJI, THUMB},
    {THUMB TONE, THUMB TONE},
    {HEART, HEART EMOJI},
    {HEART EMOJI, HEART EMOJI},
    {HEART EMOJI JOIN FIRE, HEART EMOJI JOIN FIRE},
    {WOMAN TONE JOIN LAPTOP, WOMAN TONE JOIN LAPTOP},
    {"\xF0\x9F\x87\xAB\xF0\x9F\x87\xAE", "\xF0\x9F\x87\xAB\xF0\x9F\x87\xAE"}, /* a flag */
    {"1\xE2\x83\xA3", "1" EMOJI "\xE2\x83\xA3"},                              /* a keycap */
    {TONE, TONE},
    {"", NULL},
    {"a", NULL},
    {"1", NULL},
    {":)", NULL},
    {THUMB THUMB, NULL},
    {THUMB " ", NULL},
    {THUMB JOIN, NULL},
    {JOIN THUMB, NULL},
    {"\xF0\x9F\x87\xAB", NULL},
    {"\xC3\xA9", NULL},
    {"\xFF", NULL},
    {THUMB EMOJI EMOJI, NULL},
};

static void an_emoji_is_one_and_has_one_form(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(emojis); i++) {
        struct str emoji = {0};
        bool is_one = emoji_parse(arena, str_cstr(emojis[i].text), &emoji);
        check_that(is_one == (emojis[i].expected != NULL), "row %zu", i);
        if (is_one)
            check_str(emoji, emojis[i].expected);
    }
    arena_free(arena);
}

static void a_long_sequence_is_none(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str text = STR(THUMB), emoji = {0};
    while (text.len <= EMOJI_MAX_BYTES)
        text = arena_printf(arena, "%" STR_FMT JOIN THUMB, STR_ARG(text));
    assert_false(emoji_parse(arena, text, &emoji));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_look_alike_become_equal),
        cmocka_unit_test(what_is_not_seen_goes_from_both_ends),
        cmocka_unit_test(an_emoji_is_one_and_has_one_form),
        cmocka_unit_test(a_long_sequence_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
