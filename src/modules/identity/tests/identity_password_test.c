/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Common passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "modules/identity/identity_password_domain.h"

#define LEAST_WORDS 3000

static void what_guessing_tries_first_is_common(void **state)
{
    (void)state;
    static const char *const common[] = {
        "password",     "Password1",  "PASSWORD123!",  "p@ssw0rd",   "P@ssw0rd!",  "P455w0rd",    "12345678",
        "123456789012", "11111111",   "qwertyui",      "qwerty123",  "QWERTY!@#",  "1q2w3e4r",    "1qaz2wsx",
        "zaq12wsx",     "asdfghjkl",  "147258369",     "abcd1234",   "abcdefgh",   "87654321",    "a1b2c3d4",
        "iloveyou",     "iloveyou2",  "sunshine",      "princess1",  "football",   "michael1987", "dragon12",
        "letmein1",     "1monkey1",   "trustno1",      "superman!",  "babygirl",   "blackcat7",   "angelbaby",
        "loverboy99",   "summer2024", "Summer2024!",   "october31",  "liverpool1", "barcelona",   "chocolate",
        "passpass",     "catcatcat",  "xyxyxyxy",      "31121999",   "12311999",   "19991231",    "changeme",
        "welcome1",     "admin123",   "administrator", "default123", "musicmusic", "guitar123",   "qwertz12",
        "azertyui",
    };
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (!password_is_common(str_cstr(common[i])))
            fail_msg("%s", common[i]);
}

static void what_is_not_guessed_first_is_left_alone(void **state)
{
    (void)state;
    static const char *const fine[] = {
        "a long enough password",
        "correct horse battery staple",
        "correcthorsebattery",
        "kX9#mQ2vLp",
        "four small blue stones",
        "99123456",
        "password8371946",
        "Grüße aus Jena",
        "zebraumbrellaquartz",
        "wqpzmxvt",
        "",
    };
    for (size_t i = 0; i < COUNT_OF(fine); i++)
        if (password_is_common(str_cstr(fine[i])))
            fail_msg("%s", fine[i]);
    char endless[1024];
    memset(endless, 'a', sizeof(endless));
    assert_false(password_is_common(str_from(endless, sizeof(endless)))); /* other rules refuse it */
}

static void what_is_made_of_the_shops_name_is_known(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str place =
        password_place_words(arena, STR("Tide & Voß Records"), STR("shop.tidal-kitchen.example"));
    static const char *const of_place[] = {
        "tide2026", "TIDE!!!!",       "T1d3T1d3",     "tidetide1",   "tidemusic", "musictide99",
        "Voß2026!", "tidevoßrecords", "tidalkitchen", "kitchentide", "Shop-2026", "!shoptidalkitchen",
    };
    static const char *const fine[] = {"tidewater-lantern", "retide00", "a tide of small boats",
                                       "quaytide-47", "examplexy1"};
    for (size_t i = 0; i < COUNT_OF(of_place); i++)
        if (!password_is_of_place(str_cstr(of_place[i]), place))
            fail_msg("%s", of_place[i]);
    for (size_t i = 0; i < COUNT_OF(fine); i++)
        if (password_is_of_place(str_cstr(fine[i]), place))
            fail_msg("%s", fine[i]);
    assert_true(str_is_empty(password_place_words(arena, STR(""), STR("localhost"))));
    assert_true(str_is_empty(password_place_words(arena, STR("DJ 7"), STR("127.0.0.1"))));
    assert_false(password_is_of_place(STR("tide2026"), STR("")));
    arena_free(arena);
}

static void the_list_is_long_and_in_order(void **state)
{
    (void)state;
    assert_true(password_word_count >= LEAST_WORDS);
    for (size_t i = 0; i < password_word_count; i++) {
        const char *word = password_words[i];
        assert_true(strspn(word, "abcdefghijklmnopqrstuvwxyz") == strlen(word));
        assert_true(i == 0 || strcmp(password_words[i - 1], word) < 0);
        char wanted[64], capital[64];
        assert_true(strlen(word) < sizeof(wanted) - 8);
        (void)snprintf(wanted, sizeof(wanted), "%s2024!", word);
        (void)snprintf(capital, sizeof(capital), "12%c%s", word[0] & ~0x20, word + 1);
        assert_true(password_is_common(str_cstr(wanted)) && password_is_common(str_cstr(capital)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_guessing_tries_first_is_common),
        cmocka_unit_test(what_is_not_guessed_first_is_left_alone),
        cmocka_unit_test(what_is_made_of_the_shops_name_is_known),
        cmocka_unit_test(the_list_is_long_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
