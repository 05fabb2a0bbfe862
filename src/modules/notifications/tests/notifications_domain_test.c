/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Kinds of notifications: how they read, where they lead. */
#include "modules/notifications/notifications_domain.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

struct line_case {
    struct notification notification;
    const char *line, *path;
};

/* clang-format off */
static const struct line_case line_cases[] = {
    {{.kind = NOTIFICATIONS_OUTBID, .subject_id = {{1, 2}}, .title = STR_INIT("Drum machine"), .price = {12000, {"EUR"}}},
     "You were outbid: Drum machine (120.00 EUR)", "/auctions/01020000-0000-0000-0000-000000000000"},
    {{.kind = NOTIFICATIONS_DIRECT_MESSAGE, .subject_id = {{1, 2}}, .title = STR_INIT("Is it still there?"), .actor = STR_INIT("Nadia")},
     "A message to you by Nadia: Is it still there?", "/chat/01020000-0000-0000-0000-000000000000"},
    {{.kind = NOTIFICATIONS_REFUND, .subject_id = {{1, 2}}},
     "Refunded", "/orders/01020000-0000-0000-0000-000000000000"},
};
/* clang-format on */

static void a_notification_reads_as_one_line_and_leads_to_its_subject(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(line_cases); i++) {
        check_str(notification_line(arena, &line_cases[i].notification), line_cases[i].line);
        check_str(notification_path(arena, &line_cases[i].notification), line_cases[i].path);
    }
    arena_free(arena);
}

static void every_kind_has_its_word_and_a_default(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind < NOTIFICATIONS_KIND_COUNT; kind++) {
        int found = -1;
        struct str word = enum_word(&notifications_kind_words, kind);
        check_that(enum_parse(&notifications_kind_words, word, &found) && found == kind,
                   "kind %d has no word of its own", kind);
        check_that(notification_default_delivery(kind) != NOTIFICATION_OFF, "kind %d is off by default",
                   kind);
    }
}

static void a_link_is_read_as_it_was_packed(void **state)
{
    (void)state;
    const struct id account = {{9, 8, 7, [15] = 1}};
    uint8_t bytes[NOTIFICATION_LINK_BYTES];
    struct id found = ID_NONE;
    int32_t kind = -1;
    notification_link_pack(account, NOTIFICATIONS_SOLD, bytes);
    assert_true(notification_link_unpack(bytes, &found, &kind));
    assert_true(id_equal(found, account));
    assert_int_equal(kind, NOTIFICATIONS_SOLD);
    bytes[NOTIFICATION_LINK_BYTES - 1] = NOTIFICATIONS_KIND_COUNT;
    assert_false(notification_link_unpack(bytes, &found, &kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notification_reads_as_one_line_and_leads_to_its_subject),
        cmocka_unit_test(every_kind_has_its_word_and_a_default),
        cmocka_unit_test(a_link_is_read_as_it_was_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
