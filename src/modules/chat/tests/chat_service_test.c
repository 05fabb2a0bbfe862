/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms, messages and the stream on both engines. */
#include "modules/chat/tests/chat_fixture.h"

/* --- rooms and messages --- */

IN_TEST(a_visitor_of_a_public_room_joins_by_writing)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    say(&one, room, "hello");
    assert_int_equal(look(&two, room).membership.role, 0);
    say(&two, room, "hi");
    struct chat_room_view view = look(&two, room);
    assert_int_equal(view.member_count, 2);
    assert_int_equal(view.membership.state, CHAT_JOINED);
    assert_int_equal(look(&one, room).membership.unread, 1);
    check_str(texts(cx, history(cx, room, (struct chat_history_query){0}).items), "hi hello");
}

IN_TEST(history_is_paged_both_ways)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct id first = say(&one, room, "1").id;
    for (int i = 2; i <= 5; i++)
        say(&one, room, arena_printf(cx->arena, "%d", i).ptr);
    struct chat_message_page page = history(&one, room, (struct chat_history_query){.limit = 2});
    check_str(texts(cx, page.items), "5 4");
    page = history(&one, room, (struct chat_history_query){.limit = 2, .before = page.next_cursor});
    check_str(texts(cx, page.items), "3 2");
    page = history(&one, room, (struct chat_history_query){.limit = 2, .before = page.next_cursor});
    check_str(texts(cx, page.items), "1");
    assert_true(id_is_none(page.next_cursor));
    page = history(&one, room, (struct chat_history_query){.limit = 3, .after = first});
    check_str(texts(cx, page.items), "2 3 4");
    struct chat_message_page none;
    assert_refused(
        chat_list_history(&one, room, &(struct chat_history_query){.before = account(1), .limit = 5}, &none),
        *ERROR_COMMON(INVALID));
}

IN_TEST(a_private_room_is_for_the_invited)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2), three = as(cx, 3), four = as(cx, 4);
    struct id room = room_of(&one, CHAT_PRIVATE);
    struct chat_room_view view;
    struct chat_message_page page;
    struct chat_history_query query = {.limit = 5};
    assert_refused(chat_load_room(&two, room, &view), *ERROR_COMMON(NOT_FOUND));
    assert_refused(chat_join_room(&two, room), *ERROR_COMMON(NOT_FOUND));
    assert_refused(try_say(&two, room, "let me in"), *ERROR_COMMON(NOT_FOUND));
    assert_ok(cx, chat_invite(&one, room, account(2)));
    assert_int_equal(look(&two, room).membership.state, CHAT_INVITED);
    assert_refused(chat_list_history(&two, room, &query, &page), chat_not_allowed);
    assert_ok(cx, chat_join_room(&two, room));
    assert_refused(chat_invite(&two, room, account(3)), chat_not_allowed);
    assert_ok(cx, chat_invite(&one, room, account(3)));
    assert_ok(cx, chat_join_room(&three, room));
    assert_ok(cx, chat_invite(&one, room, account(4)));
    assert_refused(chat_join_room(&four, room), chat_room_full);
    assert_ok(cx, chat_leave_room(&two, room));
    assert_true(id_equal(expelled, account(2)));
    assert_refused(chat_load_room(&two, room, &view), *ERROR_COMMON(NOT_FOUND));
}

IN_TEST(one_is_in_so_many_rooms_only)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    for (int i = 0; i < 4; i++)
        room_of(&one, CHAT_PUBLIC);
    struct id other = room_of(&two, CHAT_PUBLIC);
    assert_refused(chat_join_room(&one, other), chat_too_many_rooms);
    assert_refused(try_say(&one, other, "one more"), chat_too_many_rooms);
    struct id lot = ID_NONE;
    assert_ok(cx, chat_open_auction(&two, auction(), &lot));
    say(&one, lot, "auctions do not count");
}

IN_TEST(a_conversation_is_one_from_both_sides)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2), three = as(cx, 3);
    struct id room = ID_NONE, same = ID_NONE;
    struct chat_room_view view;
    assert_refused(chat_open_direct(&one, account(1), &room), chat_oneself);
    assert_ok(cx, chat_open_direct(&one, account(2), &room));
    assert_ok(cx, chat_open_direct(&two, account(1), &same));
    assert_true(id_equal(room, same));
    say(&one, room, "psst");
    assert_int_equal(count_events(cx, "chat.direct.received"), 1);
    check_str(look(&two, room).partner.username, "person1");
    assert_int_equal(look(&two, room).membership.unread, 1);
    assert_refused(chat_load_room(&three, room, &view), *ERROR_COMMON(NOT_FOUND));
    struct chat_room_page page;
    assert_ok(cx,
              chat_list_own_rooms(&two, &(struct chat_room_query){.kind = ROOMS_DIRECT, .limit = 5}, &page));
    assert_int_equal(page.items.count, 1);
    assert_ok(cx,
              chat_list_own_rooms(&two, &(struct chat_room_query){.kind = ROOMS_GROUP, .limit = 5}, &page));
    assert_int_equal(page.items.count, 0);
    assert_refused(chat_leave_room(&one, room), chat_not_allowed);
}

IN_TEST(a_block_stops_conversations_invitations_and_mentions_both_ways)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = ID_NONE, hall = room_of(&one, CHAT_PUBLIC), none = ID_NONE;
    assert_ok(cx, chat_open_direct(&one, account(2), &room));
    assert_refused(chat_block(&two, account(2)), chat_oneself);
    assert_ok(cx, chat_block(&two, account(1)));
    assert_ok(cx, chat_block(&two, account(1)));
    assert_refused(try_say(&one, room, "hello?"), chat_blocked);
    assert_refused(try_say(&two, room, "no"), chat_blocked);
    assert_ok(cx, chat_block(&one, account(3)));
    assert_refused(chat_open_direct(&one, account(3), &none), chat_blocked);
    assert_ok(cx, chat_unblock(&one, account(3)));
    assert_refused(chat_invite(&one, hall, account(2)), chat_blocked);
    say(&one, hall, "@person2 look");
    assert_int_equal(count_events(cx, "chat.message.mentioned"), 0);
    struct chat_block_page page;
    assert_ok(cx, chat_list_blocks(&two, ID_NONE, 5, &page));
    assert_int_equal(page.items.count, 1);
    assert_ok(cx, chat_unblock(&two, account(1)));
    say(&one, room, "hello again");
}

IN_TEST(an_auction_has_one_room_that_its_seller_owns)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = ID_NONE, same = ID_NONE;
    assert_refused(chat_open_auction(&two, account(5), &room), *ERROR_COMMON(NOT_FOUND));
    assert_ok(cx, chat_open_auction(&two, auction(), &room));
    assert_ok(cx, chat_open_auction(&one, auction(), &same));
    assert_true(id_equal(room, same));
    assert_int_equal(look(&one, room).membership.role, CHAT_OWNER);
    say(&two, room, "is it mint?");
    assert_ok(cx, chat_set_role(&one, room, account(2), CHAT_MODERATOR));
    assert_refused(chat_set_role(&one, room, account(2), CHAT_OWNER), chat_not_allowed);
    struct live_join join = {.after_sequence = -1};
    assert_refused(chat_join_stream(&two, room, false, &join), *ERROR_COMMON(NOT_FOUND));
    assert_ok(cx, chat_join_stream(&two, room, true, &join));
    check_str(join.room,
              arena_printf(cx->arena, "chat:%" STR_FMT, STR_ARG(id_str(cx->arena, auction()))).ptr);
}

IN_TEST(the_same_message_sent_again_is_one)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC), other = room_of(&one, CHAT_PUBLIC);
    struct chat_draft draft = {.room_id = room, .text = STR("once"), .client_id = account(7)};
    struct chat_message_view first = {0}, again = {0};
    assert_ok(cx, chat_post(&one, &draft, &first));
    assert_ok(cx, chat_post(&one, &draft, &again));
    assert_true(id_equal(first.id, again.id));
    assert_int_equal(published_count, 1);
    draft.room_id = other;
    assert_refused(chat_post(&one, &draft, &again), *ERROR_COMMON(CONFLICT));
}

IN_TEST(replies_make_a_thread)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC), other = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view root = say(&one, room, "root"), reply = {0}, deeper = {0}, stray = {0};
    struct chat_draft draft = {.room_id = room, .text = STR("a"), .reply_to = root.id};
    assert_ok(cx, chat_post(&one, &draft, &reply));
    draft = (struct chat_draft){.room_id = room, .text = STR("b"), .reply_to = reply.id};
    assert_ok(cx, chat_post(&one, &draft, &deeper));
    assert_true(id_equal(deeper.thread_id, root.id));
    struct chat_message_page page;
    assert_ok(cx, chat_list_replies(&one, reply.id, &(struct chat_history_query){.limit = 5}, &page));
    check_str(texts(cx, page.items), "a b");
    assert_ok(cx, chat_load_message(&one, root.id, &root));
    assert_int_equal(root.reply_count, 2);
    draft = (struct chat_draft){.room_id = other, .text = STR("c"), .reply_to = root.id};
    assert_refused(chat_post(&one, &draft, &stray), *ERROR_COMMON(INVALID));
}

IN_TEST(edits_are_kept_and_end_after_fifteen_minutes)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&one, room, "helo @person2"), view = {0};
    struct array edits = {0};
    assert_ok(cx, chat_edit(&one, message.id, STR("hello @person2 and @person3"), &view));
    check_str(view.text, "hello @person2 and @person3");
    assert_int_equal(count_events(cx, "chat.message.mentioned"), 2);
    assert_ok(cx, chat_list_edits(&two, message.id, &edits));
    assert_int_equal(edits.count, 1);
    check_str(ARRAY_AT(struct edit_row, edits, 0)->text, "helo @person2");
    assert_refused(chat_edit(&two, message.id, STR("mine"), &view), chat_not_allowed);
    size_t told = published_count;
    assert_ok(cx, chat_edit(&one, message.id, STR("hello @person2 and @person3"), &view));
    assert_int_equal(published_count, told);
    clock_advance(fake_clock, 15 * US_PER_MINUTE + 1);
    assert_refused(chat_edit(&one, message.id, STR("too late"), &view), chat_too_late);
}

IN_TEST(what_is_deleted_leaves_its_place_and_nothing_else)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&two, room, "regret"), view = {0};
    struct chat_message_page page;
    struct array edits = {0};
    assert_ok(cx, chat_edit(&two, message.id, STR("regrets"), &view));
    assert_ok(cx, chat_react(&one, message.id, STR("\xF0\x9F\x91\x8D")));
    assert_ok(cx, chat_delete(&two, message.id));
    assert_ok(cx, chat_delete(&two, message.id));
    assert_ok(cx, chat_load_message(&one, message.id, &view));
    check_str(view.text, "");
    assert_false(instant_is_none(view.deleted_at));
    assert_int_equal(view.reactions.count, 0);
    assert_ok(cx, chat_list_edits(&one, message.id, &edits));
    assert_int_equal(edits.count, 0);
    assert_ok(cx,
              chat_search(&one, room, &(struct chat_history_query){.q = STR("regrets"), .limit = 5}, &page));
    assert_int_equal(page.items.count, 0);
    assert_refused(chat_edit(&two, message.id, STR("back"), &view), chat_deleted);
    assert_refused(chat_react(&two, message.id, STR("\xF0\x9F\x91\x8D")), chat_deleted);
    assert_refused(chat_pin(&one, message.id), chat_deleted);
}

IN_TEST(one_reacts_once_with_each_emoji)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&one, room, "nice"), view = {0};
    assert_refused(chat_react(&one, message.id, STR("x")), chat_not_emoji);
    assert_ok(cx, chat_react(&one, message.id, STR("\xE2\x9D\xA4")));
    assert_ok(cx, chat_react(&one, message.id, STR("\xE2\x9D\xA4\xEF\xB8\x8F")));
    assert_ok(cx, chat_react(&two, message.id, STR("\xE2\x9D\xA4")));
    assert_ok(cx, chat_load_message(&two, message.id, &view));
    assert_int_equal(view.reactions.count, 1);
    assert_int_equal(ARRAY_AT(struct chat_reaction_count, view.reactions, 0)->count, 2);
    assert_int_equal(view.own_reactions.count, 1);
    assert_ok(cx, chat_unreact(&one, message.id, STR("\xE2\x9D\xA4")));
    assert_ok(cx, chat_unreact(&one, message.id, STR("\xE2\x9D\xA4")));
    assert_ok(cx, chat_load_message(&one, message.id, &view));
    assert_int_equal(ARRAY_AT(struct chat_reaction_count, view.reactions, 0)->count, 1);
    assert_int_equal(view.own_reactions.count, 0);
}

IN_TEST(a_message_has_so_many_different_reactions_only)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&one, room, "many");
    for (int i = 0; i < CHAT_REACTIONS_MAX; i++)
        assert_ok(cx, chat_react(&one, message.id, arena_printf(cx->arena, "\xF0\x9F\x98%c", 0x80 + i)));
    assert_refused(chat_react(&two, message.id, STR("\xF0\x9F\x91\x8D")), chat_too_many_reactions);
    assert_ok(cx, chat_react(&two, message.id, STR("\xF0\x9F\x98\x80")));
}

IN_TEST(pins_are_the_moderators)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&two, room, "rules");
    struct chat_message_page page;
    assert_refused(chat_pin(&two, message.id), chat_not_allowed);
    assert_ok(cx, chat_pin(&one, message.id));
    assert_ok(cx, chat_pin(&one, message.id));
    assert_ok(cx, chat_list_pins(&two, room, &page));
    check_str(texts(cx, page.items), "rules");
    for (int i = 1; i < CHAT_PINS_MAX; i++)
        assert_ok(cx, chat_pin(&one, say(&one, room, "more").id));
    assert_refused(chat_pin(&one, say(&one, room, "one too many").id), chat_too_many_pins);
    assert_ok(cx, chat_unpin(&one, message.id));
    assert_ok(cx, chat_list_pins(&two, room, &page));
    assert_int_equal(page.items.count, CHAT_PINS_MAX - 1);
}

IN_TEST(a_search_finds_words_in_its_room_alone)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC), other = room_of(&one, CHAT_PUBLIC);
    struct chat_message_page page;
    say(&one, room, "Caf\xC3\xA9 at noon");
    say(&one, room, "the cafeteria");
    say(&one, other, "cafe elsewhere");
    assert_ok(cx, chat_search(&one, room, &(struct chat_history_query){.q = STR("CAFE"), .limit = 5}, &page));
    check_str(texts(cx, page.items), "the cafeteria Caf\xC3\xA9 at noon");
    assert_ok(
        cx, chat_search(&one, room, &(struct chat_history_query){.q = STR("cafe noon"), .limit = 5}, &page));
    check_str(texts(cx, page.items), "Caf\xC3\xA9 at noon");
    assert_ok(cx,
              chat_search(&one, room, &(struct chat_history_query){.q = STR("'\" or *"), .limit = 5}, &page));
    assert_int_equal(page.items.count, 0);
}

/* --- the search beside a plain reading of all messages --- */

enum { WRITTEN = 60, WORDS_EACH = 3 };
static const char *const vocabulary[] = {"late",   "later", "lat", "night",
                                         "nights", "drive", "dr",  "\xC3\xA9t\xC3\xA9"};
struct written {
    struct id id;
    int words[WORDS_EACH];
    bool is_gone;
};

static uint32_t drawn(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

static const char *draw_text(struct ctx *cx, uint32_t *seed, struct written *message)
{
    for (int i = 0; i < WORDS_EACH; i++)
        message->words[i] = (int)drawn(seed, COUNT_OF(vocabulary));
    return arena_printf(cx->arena, "%s %s, %s!", vocabulary[message->words[0]], vocabulary[message->words[1]],
                        vocabulary[message->words[2]])
        .ptr;
}

static bool holds(const struct written *message, const char *word, bool is_beginning)
{
    for (int i = 0; i < WORDS_EACH; i++) {
        const char *own = vocabulary[message->words[i]];
        if (is_beginning ? strncmp(own, word, strlen(word)) == 0 : strcmp(own, word) == 0)
            return true;
    }
    return false;
}

/* Of the messages that hold the whole first word and the beginning of the second the next ones before `from`, as search pages give them. */
static void check_pages(struct ctx *cx, struct id room, const struct written *messages, const char *first,
                        const char *second)
{
    struct chat_history_query query = {.limit = 4, .q = arena_printf(cx->arena, "%s %s", first, second)};
    struct chat_message_page page = {0};
    size_t at = 0;
    assert_ok(cx, chat_search(cx, room, &query, &page));
    for (int i = WRITTEN - 1; i >= 0; i--) {
        if (messages[i].is_gone || !holds(&messages[i], first, false) || !holds(&messages[i], second, true))
            continue;
        if (at == page.items.count && at == 4) {
            query.before = page.next_cursor;
            assert_ok(cx, chat_search(cx, room, &query, &page));
            at = 0;
        }
        check_that(at < page.items.count, "'%s %s': message %d is missing", first, second, i);
        assert_true(id_equal(ARRAY_AT(struct chat_message_view, page.items, at++)->id, messages[i].id));
    }
    assert_int_equal(at, page.items.count);
}

IN_TEST(a_search_finds_what_a_reader_would)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC), other = room_of(&one, CHAT_PUBLIC);
    struct written messages[WRITTEN] = {0}, elsewhere = {0};
    struct chat_message_view view;
    uint32_t seed = 1;
    for (int i = 0; i < WRITTEN; i++) {
        messages[i].id = say(&one, room, draw_text(cx, &seed, &messages[i])).id;
        say(&one, other, draw_text(cx, &seed, &elsewhere));
    }
    for (int i = 0; i < WRITTEN; i += 3)
        assert_ok(cx, chat_edit(&one, messages[i].id, str_cstr(draw_text(cx, &seed, &messages[i])), &view));
    for (int i = 0; i < WRITTEN; i += 7) {
        assert_ok(cx, chat_delete(&one, messages[i].id));
        messages[i].is_gone = true;
    }
    for (size_t i = 0; i < COUNT_OF(vocabulary); i++)
        for (size_t j = 0; j < COUNT_OF(vocabulary); j++)
            check_pages(&one, room, messages, vocabulary[i], vocabulary[j]);
}

IN_TEST(texts_have_one_form_and_something_to_say)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC);
    check_str(say(&one, room, "  cafe\xCC\x81\n at\tnoon\n").text, "caf\xC3\xA9\n at\tnoon");
    assert_refused(try_say(&one, room, " \n "), *ERROR_COMMON(INVALID));
    assert_refused(try_say(&one, room, "\xE2\x80\x8B\xC2\xA0"), *ERROR_COMMON(INVALID));
}

/* --- the stream --- */

IN_TEST(who_resumes_gets_what_was_published_and_nothing_else)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view first = say(&one, room, "first"), second = say(&two, room, "second"), view = {0};
    assert_ok(cx, chat_react(&two, first.id, STR("\xF0\x9F\x91\x8D")));
    assert_ok(cx, chat_pin(&one, first.id));
    assert_ok(cx, sanction(&one, room, 2, CHAT_DEED_MUTE, CHAT_HOUR));
    assert_ok(cx,
              chat_change_room(&one, room, &(struct chat_room_draft){.slow_seconds = 5, .present = 1U << 2}));
    assert_ok(cx, chat_edit(&one, first.id, STR("first!"), &view));
    assert_ok(cx, chat_delete(&two, second.id));
    for (size_t i = 0; i < published_count; i++)
        assert_int_equal(published[i].sequence, i + 1);
    for (int64_t after = 0; after <= (int64_t)published_count; after++) {
        struct live_join join = watch(cx, room, after);
        assert_null(join.snapshot.ptr);
        assert_int_equal(join.sequence, published_count);
        assert_int_equal(join.missed.count, (int64_t)published_count - after);
        for (size_t i = 0; i < join.missed.count; i++) {
            const struct live_message *missed = ARRAY_AT(struct live_message, join.missed, i);
            const struct news *news = &published[(size_t)after + i];
            assert_int_equal(missed->sequence, news->sequence);
            check_str(missed->type, news->type);
            check_str(missed->room, news->room);
        }
    }
    struct live_join last = watch(cx, room, (int64_t)published_count - 2);
    check_str(ARRAY_AT(struct live_message, last.missed, 0)->body, published[published_count - 2].body);
    check_str(ARRAY_AT(struct live_message, last.missed, 1)->body, published[published_count - 1].body);
}

IN_TEST(who_was_away_for_long_gets_a_snapshot)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC);
    for (int i = 0; i <= LIVE_MISSED_MAX; i++)
        say(&one, room, "x");
    struct live_join join = watch(cx, room, 0);
    assert_non_null(join.snapshot.ptr);
    assert_int_equal(join.missed.count, 0);
    assert_int_equal(join.sequence, LIVE_MISSED_MAX + 1);
    assert_null(watch(cx, room, 1).snapshot.ptr);
    assert_int_equal(watch(cx, room, 1).missed.count, LIVE_MISSED_MAX);
    assert_non_null(watch(cx, room, -1).snapshot.ptr);
    assert_non_null(watch(cx, room, 100000).snapshot.ptr);
}

IN_TEST(after_the_sweep_a_snapshot_stands_for_what_is_gone)
{
    (void)arg;
    struct ctx one = as(cx, 1);
    struct id room = room_of(&one, CHAT_PUBLIC);
    struct chat_message_view message = say(&one, room, "x");
    assert_ok(cx, chat_pin(&one, message.id));
    assert_null(watch(cx, room, 1).snapshot.ptr);
    clock_advance(fake_clock, 8 * US_PER_DAY);
    assert_ok(cx, chat_sweep_job.run(&one, NULL));
    assert_non_null(watch(cx, room, 1).snapshot.ptr);
    assert_null(watch(cx, room, 2).snapshot.ptr);
}

IN_TEST(what_is_read_never_goes_back)
{
    (void)arg;
    struct ctx one = as(cx, 1), two = as(cx, 2);
    struct id room = ID_NONE;
    assert_ok(cx, chat_open_direct(&one, account(2), &room));
    struct id first = say(&one, room, "1").id, second = say(&one, room, "2").id;
    assert_int_equal(look(&two, room).membership.unread, 2);
    size_t told = published_count;
    assert_ok(cx, chat_mark_read(&two, room, second));
    assert_ok(cx, chat_mark_read(&two, room, first));
    assert_int_equal(look(&two, room).membership.unread, 0);
    assert_int_equal(published_count, told + 1);
    assert_string_equal(published[told].type, "read");
    assert_int_equal(published[told].sequence, 0);
    assert_ok(cx, chat_show_typing(&two, room, true));
    assert_string_equal(published[told + 1].type, "typing");
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visitor_of_a_public_room_joins_by_writing),
        cmocka_unit_test(history_is_paged_both_ways),
        cmocka_unit_test(a_private_room_is_for_the_invited),
        cmocka_unit_test(one_is_in_so_many_rooms_only),
        cmocka_unit_test(a_conversation_is_one_from_both_sides),
        cmocka_unit_test(a_block_stops_conversations_invitations_and_mentions_both_ways),
        cmocka_unit_test(an_auction_has_one_room_that_its_seller_owns),
        cmocka_unit_test(the_same_message_sent_again_is_one),
        cmocka_unit_test(replies_make_a_thread),
        cmocka_unit_test(edits_are_kept_and_end_after_fifteen_minutes),
        cmocka_unit_test(what_is_deleted_leaves_its_place_and_nothing_else),
        cmocka_unit_test(one_reacts_once_with_each_emoji),
        cmocka_unit_test(a_message_has_so_many_different_reactions_only),
        cmocka_unit_test(pins_are_the_moderators),
        cmocka_unit_test(a_search_finds_words_in_its_room_alone),
        cmocka_unit_test(a_search_finds_what_a_reader_would),
        cmocka_unit_test(texts_have_one_form_and_something_to_say),
        cmocka_unit_test(who_resumes_gets_what_was_published_and_nothing_else),
        cmocka_unit_test(who_was_away_for_long_gets_a_snapshot),
        cmocka_unit_test(after_the_sweep_a_snapshot_stands_for_what_is_gone),
        cmocka_unit_test(what_is_read_never_goes_back),
    };
    return chat_fixture_main(argc, argv, "chat service", tests, COUNT_OF(tests));
}
