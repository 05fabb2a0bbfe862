/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Messages as bytes. */
#include "platform/mail/message.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct str compose(struct arena *arena, struct mail_message message)
{
    return message_compose(arena, &message, STR("Lathe <shop@example.org>"), STR("example.org"),
                           (struct instant){1763625600000000});
}

static bool contains(struct str text, const char *needle)
{
    return str_find(text, str_cstr(needle)) >= 0;
}

static void a_plain_message_has_head_and_body(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str bytes = compose(arena, (struct mail_message){.to = STR("mira@example.net"),
                                                            .to_name = STR("Mira"),
                                                            .subject = STR("Hello"),
                                                            .text = STR("Good day\n")});
    assert_true(contains(bytes, "Date: Thu, 20 Nov 2025 08:00:00 +0000\r\n"));
    assert_true(contains(bytes, "From: \"Lathe\" <shop@example.org>\r\n"));
    assert_true(contains(bytes, "To: \"Mira\" <mira@example.net>\r\n"));
    assert_true(contains(bytes, "Subject: Hello\r\n"));
    assert_true(contains(bytes, "\r\n\r\nR29vZCBkYXkK\r\n"));
    arena_free(arena);
}

static void a_mail_that_can_be_stopped_says_how(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct mail_message message = {.to = STR("mira@example.net"), .subject = STR("s"), .text = STR("t")};
    assert_false(contains(compose(arena, message), "List-Unsubscribe"));
    message.unsubscribe_url = STR("https://shop.example.org/stop?token=x\r\nX-Evil: 1");
    struct str bytes = compose(arena, message);
    assert_true(contains(bytes, "\r\nList-Unsubscribe: <https://shop.example.org/stop?token=x"));
    assert_true(contains(bytes, "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    assert_false(contains(bytes, "\nX-Evil:"));
    arena_free(arena);
}

static void nothing_is_smuggled_into_the_head(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str bytes = compose(arena, (struct mail_message){.to = STR("mira@example.net"),
                                                            .to_name = STR("Eve\r\nBcc: all@example.net"),
                                                            .subject = STR("x\r\nX-Evil: 1"),
                                                            .text = STR("t")});
    assert_false(contains(bytes, "\nBcc:"));
    assert_false(contains(bytes, "\nX-Evil:"));
    arena_free(arena);
}

static void other_scripts_become_encoded_words(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str bytes =
        compose(arena, (struct mail_message){.to = STR("a@example.net"),
                                             .subject = STR("Ваш код подтверждения готов к использованию"),
                                             .text = STR("t")});
    assert_true(contains(bytes, "Subject: =?utf-8?B?"));
    struct str rest = bytes;
    struct str line;
    while (str_split(&rest, '\n', &line))
        assert_true(line.len <= 78 + 1);
    arena_free(arena);
}

static void html_makes_two_parts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str bytes = compose(arena, (struct mail_message){.to = STR("a@example.net"),
                                                            .subject = STR("s"),
                                                            .text = STR("t"),
                                                            .html = STR("<p>t</p>")});
    assert_true(contains(bytes, "multipart/alternative"));
    assert_true(contains(bytes, "Content-Type: text/html; charset=utf-8"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_message_has_head_and_body),
        cmocka_unit_test(a_mail_that_can_be_stopped_says_how),
        cmocka_unit_test(nothing_is_smuggled_into_the_head),
        cmocka_unit_test(other_scripts_become_encoded_words),
        cmocka_unit_test(html_makes_two_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
