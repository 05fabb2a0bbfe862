/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of chat: every rank and act, times, names in texts, refused words, matches. */
#include "modules/chat/chat_domain.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

static const struct instant now = {INT64_C(1700000000000000)};

/* --- who may do what --- */

/* What each rank may, as a line of marks in the order of enum chat_act: + may, - may not, . does not see the room. */
struct rank_case {
    const char *name;
    struct chat_standing standing;
    const char *acts;
};

static const struct rank_case ranks[] = {
    /*                                                          SRJWdmrPMICs */
    {"stranger of a private room", {.kind = CHAT_PRIVATE}, "............"},
    {"stranger of a conversation", {.kind = CHAT_DIRECT}, "............"},
    {"staff before a private room", {.kind = CHAT_PRIVATE, .is_staff = true}, "............"},
    {"who left a private room",
     {.kind = CHAT_PRIVATE, .is_known = true, .state = CHAT_LEFT, .role = CHAT_MEMBER},
     "............"},
    {"invited",
     {.kind = CHAT_PRIVATE, .is_known = true, .state = CHAT_INVITED, .role = CHAT_MEMBER},
     "+-+---------"},
    {"visitor", {.kind = CHAT_PUBLIC}, "+++++-+-----"},
    {"visitor of an auction", {.kind = CHAT_AUCTION}, "+++++-+-----"},
    {"reader",
     {.kind = CHAT_PUBLIC, .is_known = true, .state = CHAT_JOINED, .role = CHAT_READ_ONLY},
     "+++-+++-----"},
    {"member",
     {.kind = CHAT_PRIVATE, .is_known = true, .state = CHAT_JOINED, .role = CHAT_MEMBER},
     "+++++++-----"},
    {"one of two",
     {.kind = CHAT_DIRECT, .is_known = true, .state = CHAT_JOINED, .role = CHAT_MEMBER},
     "+++++++-----"},
    {"moderator",
     {.kind = CHAT_PRIVATE, .is_known = true, .state = CHAT_JOINED, .role = CHAT_MODERATOR},
     "++++++++++--"},
    {"owner",
     {.kind = CHAT_AUCTION, .is_known = true, .state = CHAT_JOINED, .role = CHAT_OWNER},
     "++++++++++++"},
    {"staff", {.kind = CHAT_AUCTION, .is_staff = true}, "+++++++++-+-"},
};

static void every_rank_may_what_its_row_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ranks); i++) {
        const char *marks = ranks[i].acts;
        for (enum chat_act act = 0; act < CHAT_ACT_COUNT; act++, marks++) {
            while (*marks == ' ')
                marks++;
            enum chat_verdict expected = *marks == '+'   ? CHAT_OK
                                         : *marks == '-' ? CHAT_IS_FORBIDDEN
                                                         : CHAT_IS_HIDDEN;
            check_that(chat_judge(&ranks[i].standing, act, now) == expected, "%s, act %d", ranks[i].name,
                       (int)act);
        }
    }
}

static struct chat_standing member_of(enum chat_room_kind kind)
{
    return (struct chat_standing){.kind = kind, .is_known = true, .state = CHAT_JOINED, .role = CHAT_MEMBER};
}

static void a_ban_holds_until_its_time_and_in_every_role_but_staff(void **state)
{
    (void)state;
    struct chat_standing standing = {.kind = CHAT_PUBLIC, .is_known = true, .state = CHAT_LEFT};
    standing.banned_until = instant_add_us(now, 1);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_READ, now), CHAT_IS_BANNED);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_JOIN, now), CHAT_IS_BANNED);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_READ, standing.banned_until), CHAT_OK);
    standing.is_staff = true;
    assert_int_equal(chat_judge(&standing, CHAT_ACT_MODERATE, now), CHAT_OK);
}

static void who_is_muted_reads_and_deletes_but_does_not_write(void **state)
{
    (void)state;
    struct chat_standing standing = member_of(CHAT_AUCTION);
    standing.muted_until = instant_add_us(now, 1);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_WRITE, now), CHAT_IS_MUTED);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_READ, now), CHAT_OK);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_DELETE_OWN, now), CHAT_OK);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_WRITE, standing.muted_until), CHAT_OK);
}

static void a_closed_room_is_read_and_moderated_alone(void **state)
{
    (void)state;
    struct chat_standing standing = member_of(CHAT_PUBLIC);
    standing.role = CHAT_OWNER;
    standing.is_closed = true;
    static const enum chat_act refused[] = {CHAT_ACT_WRITE,  CHAT_ACT_JOIN,   CHAT_ACT_PIN,
                                            CHAT_ACT_INVITE, CHAT_ACT_CHANGE, CHAT_ACT_SET_ROLE};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_int_equal(chat_judge(&standing, refused[i], now), CHAT_IS_CLOSED);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_READ, now), CHAT_OK);
    assert_int_equal(chat_judge(&standing, CHAT_ACT_MODERATE, now), CHAT_OK);
}

/* --- times --- */

static void slow_mode_holds_members_and_not_moderators(void **state)
{
    (void)state;
    struct instant posted = instant_add_us(now, -3 * US_PER_SECOND);
    int64_t slow = 10 * US_PER_SECOND;
    assert_int_equal(chat_slow_wait_us(slow, CHAT_RANK_MEMBER, posted, now), 7 * US_PER_SECOND);
    assert_int_equal(chat_slow_wait_us(slow, CHAT_RANK_VISITOR, INSTANT_NONE, now), 0);
    assert_int_equal(chat_slow_wait_us(slow, CHAT_RANK_MODERATOR, posted, now), 0);
    assert_int_equal(chat_slow_wait_us(0, CHAT_RANK_MEMBER, posted, now), 0);
    assert_int_equal(chat_slow_wait_us(3 * US_PER_SECOND, CHAT_RANK_MEMBER, posted, now), 0);
}

static void a_message_is_edited_for_fifteen_minutes(void **state)
{
    (void)state;
    assert_true(chat_may_edit(now, instant_add_us(now, 15 * US_PER_MINUTE)));
    assert_false(chat_may_edit(now, instant_add_us(now, 15 * US_PER_MINUTE + 1)));
}

static void durations_are_what_their_words_say(void **state)
{
    (void)state;
    assert_int_equal(chat_until(CHAT_HOUR, now).us - now.us, US_PER_HOUR);
    assert_int_equal(chat_until(CHAT_DAY, now).us - now.us, 24 * US_PER_HOUR);
    assert_int_equal(chat_until(CHAT_WEEK, now).us - now.us, 7 * US_PER_DAY);
    assert_int_equal(chat_until(CHAT_FOR_GOOD, now).us, INSTANT_MAX.us);
}

/* --- texts --- */

struct text_case {
    const char *text, *expected;
};

static const struct text_case mentions[] = {
    {"hello @nadia", "nadia"},
    {"@nadia, @okoro. And @Nadia again", "nadia okoro"},
    {"mail nadia@example.org", ""},
    {"@ab is too short", ""},
    {"@a_very_long_name_that_nobody_has_ever_had", ""},
    {"(@lena_v)", "lena_v"},
    {"@@nadia", "nadia"},
    {"@nadia.", "nadia"},
    {"@.nadia", ""},
    {"\xC3\xA9@nadia", ""},
    {"@a11 @a12 @a13 @a14 @a15 @a16 @a17 @a18 @a19 @a20 @a21", "a11 a12 a13 a14 a15 a16 a17 a18 a19 a20"},
};

static void names_are_found_where_they_are_meant(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(mentions); i++) {
        struct array names = chat_find_mentions(arena, str_cstr(mentions[i].text));
        struct str found = STR("");
        for (size_t j = 0; j < names.count; j++)
            found = arena_printf(arena, "%" STR_FMT "%s%" STR_FMT, STR_ARG(found), j > 0 ? " " : "",
                                 STR_ARG(*ARRAY_AT(struct str, names, j)));
        check_str(found, mentions[i].expected);
    }
    arena_free(arena);
}

static void an_excerpt_is_one_line_of_limited_length(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(chat_excerpt(arena, STR("one\ntwo\tthree")), "one two three");
    struct str text = STR("");
    for (int i = 0; i < CHAT_EXCERPT_MAX + 1; i++)
        text = arena_printf(arena, "%" STR_FMT "\xC3\xA9", STR_ARG(text));
    assert_int_equal(chat_excerpt(arena, text).len, 2 * CHAT_EXCERPT_MAX);
    arena_free(arena);
}

static const struct text_case refused[] = {
    {"what a scam", "scam"},
    {"scampi tonight", NULL},
    {"buy cheap pills now", "cheap pills"},
    {"cheap pillsbury", NULL},
    {"the cheap and pills", NULL},
    {"scam", "scam"},
    {"", NULL},
};

static void refused_words_are_found_whole(void **state)
{
    (void)state;
    struct str phrases[] = {STR("cheap pills"), STR("scam"), STR("")};
    struct array list = {phrases, COUNT_OF(phrases)};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct str found = chat_find_refused(str_cstr(refused[i].text), &list);
        check_that(str_equal(found, str_cstr(refused[i].expected)), "row %zu", i);
    }
}

static void a_search_stays_in_its_room(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct id room = {{0xAB, [11] = 0xCD, [15] = 1}};
    check_str(chat_search_words(arena, room, STR("Late Night!")), "cd00000001late cd00000001night");
    check_str(chat_search_words(arena, room, STR(" - ")), "");
    check_str(chat_match_sqlite(arena, room, STR("N\xC3\xADght la")),
              "\"cd00000001night\" \"cd00000001la\"*");
    check_str(chat_match_postgresql(arena, room, STR("night l")), "'cd00000001night' & 'cd00000001l'");
    assert_null(chat_match_sqlite(arena, room, STR(" - ")).ptr);
    arena_free(arena);
}

static void a_pair_is_the_same_from_both_sides(void **state)
{
    (void)state;
    struct id low = {{1}}, high = {{2}};
    struct chat_pair pair = chat_pair_of(high, low);
    assert_true(id_equal(pair.low, low) && id_equal(pair.high, high));
    pair = chat_pair_of(low, high);
    assert_true(id_equal(pair.low, low) && id_equal(pair.high, high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank_may_what_its_row_says),
        cmocka_unit_test(a_ban_holds_until_its_time_and_in_every_role_but_staff),
        cmocka_unit_test(who_is_muted_reads_and_deletes_but_does_not_write),
        cmocka_unit_test(a_closed_room_is_read_and_moderated_alone),
        cmocka_unit_test(slow_mode_holds_members_and_not_moderators),
        cmocka_unit_test(a_message_is_edited_for_fifteen_minutes),
        cmocka_unit_test(durations_are_what_their_words_say),
        cmocka_unit_test(names_are_found_where_they_are_meant),
        cmocka_unit_test(an_excerpt_is_one_line_of_limited_length),
        cmocka_unit_test(refused_words_are_found_whole),
        cmocka_unit_test(a_search_stays_in_its_room),
        cmocka_unit_test(a_pair_is_the_same_from_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
