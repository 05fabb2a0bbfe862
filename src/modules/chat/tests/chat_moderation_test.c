/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Moderation, people who go, and what `lathe check` finds, on both engines. */
#include "platform/db/db.h"

#include "modules/chat/chat_test_sql.h"
#include "modules/chat/tests/chat_fixture.h"

/* --- moderation --- */

IN_TEST(slow_mode_makes_members_wait)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_room_draft pace = {.slow_seconds = 30, .present = 1U << 2};
    assert_refused(chat_change_room(&two, room, &pace), chat_not_allowed);
    assert_ok(cx, chat_change_room(&one, room, &pace));
    say(&two, room, "a");
    struct error *error = try_say(&two, room, "b");
    assert_refused(error, chat_slow_mode);
    assert_true(error->retry_after_ms > 29000 && error->retry_after_ms <= 30001);
    say(&one, room, "owners go on");
    say(&one, room, "and on");
    clock_advance(fake_clock, 30 * US_PER_SECOND);
    say(&two, room, "b");
}

IN_TEST(mutes_and_bans_end_with_their_time)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_room_view view;
    say(&two, room, "hm");
    assert_ok(cx, sanction(&one, room, 2, CHAT_DEED_MUTE, CHAT_HOUR));
    assert_refused(try_say(&two, room, "but"), chat_muted);
    clock_advance(fake_clock, US_PER_HOUR);
    say(&two, room, "thanks");
    assert_ok(cx, sanction(&one, room, 2, CHAT_DEED_BAN, CHAT_DAY));
    assert_true(id_equal(expelled, account(2)) && expelled_reason == &chat_banned);
    assert_refused(chat_load_room(&two, room, &view), chat_banned);
    assert_refused(chat_join_room(&two, room), chat_banned);
    assert_int_equal(look(&one, room).member_count, 1);
    clock_advance(fake_clock, US_PER_DAY);
    assert_ok(cx, chat_join_room(&two, room));
    assert_ok(cx, sanction(&one, room, 2, CHAT_DEED_BAN, CHAT_FOR_GOOD));
    clock_advance(fake_clock, 1000 * US_PER_DAY);
    assert_refused(try_say(&two, room, "hello?"), chat_banned);
    assert_ok(cx, sanction(&one, room, 2, CHAT_DEED_UNBAN, CHAT_HOUR));
    say(&two, room, "back");
    assert_ok(cx, sanction(&one, room, 2, CHAT_DEED_KICK, CHAT_HOUR));
    assert_int_equal(look(&one, room).member_count, 1);
    assert_ok(cx, chat_join_room(&two, room));
    struct chat_action_page log;
    assert_ok(cx, chat_list_actions(&one, room, &(struct chat_room_query){.limit = 10}, &log));
    assert_int_equal(log.items.count, 5);
    assert_int_equal(ARRAY_AT(struct action_row, log.items, 0)->kind, CHAT_DEED_KICK);
    assert_refused(chat_list_actions(&two, room, &(struct chat_room_query){.limit = 10}, &log),
                   chat_not_allowed);
}

IN_TEST(one_deals_with_lower_roles_only)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2), three = as(cx, 3), staff = as(cx, STAFF);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view of_owner = say(&one, room, "mine"), of_three;
    say(&two, room, "a");
    of_three = say(&three, room, "b");
    assert_refused(sanction(&two, room, 3, CHAT_DEED_KICK, CHAT_HOUR), chat_not_allowed);
    assert_ok(cx, chat_set_role(&one, room, account(2), CHAT_MODERATOR));
    assert_ok(cx, chat_set_role(&one, room, account(3), CHAT_MODERATOR));
    assert_refused(sanction(&two, room, 3, CHAT_DEED_KICK, CHAT_HOUR), chat_outranked);
    assert_refused(sanction(&two, room, 1, CHAT_DEED_MUTE, CHAT_HOUR), chat_outranked);
    assert_refused(sanction(&two, room, 2, CHAT_DEED_MUTE, CHAT_HOUR), chat_oneself);
    assert_refused(chat_delete(&two, of_owner.id), chat_outranked);
    assert_refused(chat_delete(&two, of_three.id), chat_outranked);
    assert_refused(sanction(&staff, room, 1, CHAT_DEED_BAN, CHAT_HOUR), chat_outranked);
    assert_ok(cx, sanction(&staff, room, 2, CHAT_DEED_KICK, CHAT_HOUR));
    assert_ok(cx, chat_delete(&staff, of_owner.id));
    assert_ok(cx, chat_delete(&one, of_three.id));
    assert_ok(cx, sanction(&one, room, 5, CHAT_DEED_BAN, CHAT_HOUR));
}

IN_TEST(an_owner_hands_over_before_leaving)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PRIVATE);
    assert_refused(chat_leave_room(&one, room), chat_owner_stays);
    assert_refused(chat_set_role(&one, room, account(2), CHAT_OWNER), *ERROR_COMMON(NOT_FOUND));
    assert_ok(cx, chat_invite(&one, room, account(2)));
    assert_ok(cx, chat_join_room(&two, room));
    assert_refused(chat_set_role(&two, room, account(1), CHAT_MEMBER), chat_not_allowed);
    assert_ok(cx, chat_set_role(&one, room, account(2), CHAT_OWNER));
    assert_int_equal(look(&one, room).membership.role, CHAT_MODERATOR);
    assert_ok(cx, chat_leave_room(&one, room));
    assert_ok(cx, chat_close_room(&two, room));
    assert_refused(try_say(&two, room, "anybody?"), chat_closed);
}

IN_TEST(a_reader_reads_and_stays_one)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    say(&two, room, "a");
    assert_ok(cx, chat_set_role(&one, room, account(2), CHAT_READ_ONLY));
    assert_refused(try_say(&two, room, "b"), chat_not_allowed);
    assert_ok(cx, chat_leave_room(&two, room));
    assert_ok(cx, chat_join_room(&two, room));
    assert_refused(try_say(&two, room, "b"), chat_not_allowed);
}

static struct chat_report_page queue(struct ctx *cx, bool is_decided)
{
    struct chat_report_page page = {0};
    assert_ok(
        cx, chat_list_reports(cx, &(struct chat_report_query){.is_decided = is_decided, .limit = 10}, &page));
    return page;
}

IN_TEST(reports_are_decided_once_for_all_of_a_message)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2), three = as(cx, 3), staff = as(cx, STAFF);
    struct id room = room_of(&one, CHAT_PRIVATE);
    assert_ok(cx, chat_invite(&one, room, account(2)));
    assert_ok(cx, chat_join_room(&two, room));
    struct chat_message_view bad = say(&two, room, "bad"), fine = say(&two, room, "fine");
    assert_refused(chat_report(&two, bad.id, CHAT_SPAM, STR("")), chat_oneself);
    assert_refused(chat_report(&three, bad.id, CHAT_SPAM, STR("")), *ERROR_COMMON(NOT_FOUND));
    assert_ok(cx, chat_report(&one, bad.id, CHAT_ABUSE, STR("look")));
    assert_ok(cx, chat_report(&one, bad.id, CHAT_ABUSE, STR("look")));
    clock_advance(fake_clock, US_PER_SECOND);
    assert_ok(cx, chat_report(&one, fine.id, CHAT_OTHER, STR("")));
    assert_refused(chat_report(&one, fine.id, CHAT_OTHER, STR("")), chat_too_fast);
    struct chat_report_page open = queue(&staff, false);
    assert_int_equal(open.items.count, 2);
    struct report_row first = *ARRAY_AT(struct report_row, open.items, 0);
    check_str(first.text, "bad");
    struct chat_verdict_body verdict = {
        .decision = CHAT_DELETE_AND_BAN, .duration = CHAT_WEEK, .reason = STR("no")};
    assert_ok(cx, chat_decide_report(&staff, first.id, &verdict));
    assert_refused(chat_decide_report(&staff, first.id, &verdict), *ERROR_COMMON(CONFLICT));
    assert_refused(try_say(&two, room, "but"), *ERROR_COMMON(NOT_FOUND));
    verdict.decision = CHAT_DISMISS;
    assert_ok(cx, chat_decide_report(&staff, ARRAY_AT(struct report_row, open.items, 1)->id, &verdict));
    assert_int_equal(queue(&staff, false).items.count, 0);
    assert_int_equal(queue(&staff, true).items.count, 2);
    struct chat_message_view view;
    assert_ok(cx, chat_load_message(&one, bad.id, &view));
    check_str(view.text, "");
    struct chat_action_page log;
    assert_ok(cx, chat_list_actions(&staff, ID_NONE, &(struct chat_room_query){.limit = 10}, &log));
    assert_int_equal(log.items.count, 3);
}

IN_TEST(refused_words_are_refused_until_they_are_allowed)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC);
    say(&one, room, "what a scam");
    assert_ok(cx, chat_add_word(&one, STR("Sc\xC3\xA1m")));
    assert_ok(cx, chat_add_word(&one, STR("Sc\xC3\xA1m")));
    assert_refused(try_say(&one, room, "what a SCAM!"), chat_word_refused);
    say(&one, room, "scampi");
    assert_refused(chat_add_word(&one, STR("!!")), *ERROR_COMMON(INVALID));
    assert_ok(cx, chat_remove_word(&one, STR("scam")));
    say(&one, room, "what a scam");
}

/* --- people who go, and damage --- */

static struct error *erase_two(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return chat_erase_account(cx, tx, account(2));
}

IN_TEST(an_erased_account_leaves_texts_without_an_author)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC), pair = ID_NONE;
    struct chat_message_view mine = say(&two, room, "remember me"), view = {0};
    struct str json = {0};
    assert_ok(cx, chat_react(&two, say(&one, room, "hi").id, STR("\xF0\x9F\x91\x8D")));
    assert_ok(cx, chat_open_direct(&two, account(1), &pair));
    say(&two, pair, "bye");
    assert_ok(cx, chat_export_account(&two, account(2), &json));
    assert_true(str_find(json, STR("remember me")) > 0 && str_find(json, STR("\"bye\"")) > 0);
    assert_ok(cx, db_transact(&two, TX_WRITE, erase_two, NULL));
    assert_ok(cx, chat_load_message(&one, mine.id, &view));
    check_str(view.text, "remember me");
    assert_true(id_is_none(view.author.account_id));
    assert_null(view.author.username.ptr);
    assert_refused(try_say(&one, pair, "still there?"), chat_closed);
    assert_int_equal(look(&one, room).member_count, 1);
}

IN_DAMAGED_TEST(checks_find_what_is_wrong)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC), lost = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&one, room, "x");
    assert_ok(cx, chat_react(&one, message.id, STR("\xF0\x9F\x91\x8D")));
    check_str(run_checks(cx), "");
    assert_ok(cx, chat_repo_add_member_count(&one, NULL, room, 1));
    assert_ok(cx, chat_repo_update_room_owner(&one, NULL, lost, ID_NONE));
    assert_ok(cx, db_exec(cx, NULL, CHAT_TEST_LOSE_WORDS(.message_id = message.id), NULL));
    assert_ok(cx, db_exec(cx, NULL, CHAT_TEST_MISCOUNT_REACTION(.message_id = message.id), NULL));
    struct str findings = run_checks(cx);
    assert_true(str_find(findings, STR("says 2 members")) > 0);
    assert_true(str_find(findings, STR("is open, and its owner is not")) > 0);
    assert_true(str_find(findings, STR("counts 2 of a reaction")) > 0);
    assert_true(str_find(findings, STR("is not in the search")) > 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_mode_makes_members_wait),
        cmocka_unit_test(mutes_and_bans_end_with_their_time),
        cmocka_unit_test(one_deals_with_lower_roles_only),
        cmocka_unit_test(an_owner_hands_over_before_leaving),
        cmocka_unit_test(a_reader_reads_and_stays_one),
        cmocka_unit_test(reports_are_decided_once_for_all_of_a_message),
        cmocka_unit_test(refused_words_are_refused_until_they_are_allowed),
        cmocka_unit_test(an_erased_account_leaves_texts_without_an_author),
        cmocka_unit_test(checks_find_what_is_wrong),
    };
    return chat_fixture_main(argc, argv, "chat moderation", tests, COUNT_OF(tests));
}
