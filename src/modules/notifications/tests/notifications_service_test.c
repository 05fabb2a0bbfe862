/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Notifications on a real database, from events to lists, pushes and mails. Around them are stand-ins: numbered accounts, a feed that
 * is called by hand, jobs that wait until they are run, and lists of what was pushed and mailed. */
#include "modules/notifications/notifications_service.h"

#include "base/json/json_write.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"

#include "lib/db_fixture.h"
#include "modules/auctions/auctions.h"
#include "modules/catalog/catalog.h"
#include "modules/chat/chat.h"
#include "modules/identity/identity.h"
#include "modules/notifications/notifications_sql.h"
#include "modules/orders/orders.h"
#include "tests/lib/check.h"

/* --- stand-ins --- */

enum { MAX_KEPT = 700, TEXT_BYTES = 600, ACCOUNTS = 256, DELETED = 9 };

static struct id account(uint8_t number)
{
    return (struct id){{0x0a, [15] = number}};
}

struct error *identity_find_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                    struct identity_account *ret_account, bool *ret_found)
{
    (void)tx;
    *ret_account = (struct identity_account){
        .id = account_id,
        .display_name = STR("Somebody"),
        .email = arena_printf(cx->arena, "%d@example.org", account_id.bytes[15]),
    };
    *ret_found = account_id.bytes[15] != DELETED;
    return NULL;
}

struct error *identity_list_there(struct ctx *cx, struct tx *tx, struct array account_ids,
                                  struct array *ret_ids)
{
    (void)tx;
    VEC(struct db_id) there = {0};
    for (size_t i = 0; i < account_ids.count; i++)
        if (ARRAY_AT(struct id, account_ids, i)->bytes[15] != DELETED)
            *VEC_PUSH(cx->arena, &there) = (struct db_id){*ARRAY_AT(struct id, account_ids, i)};
    *ret_ids = (struct array){there.items, there.count};
    return NULL;
}

struct error *catalog_find_spec(struct ctx *cx, struct tx *tx, struct id spec_id,
                                struct catalog_spec *ret_spec, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_spec = (struct catalog_spec){.id = spec_id, .title = STR("Night bus")};
    *ret_found = true;
    return NULL;
}

static uint8_t audience_count;

struct error *auctions_list_audience(struct ctx *cx, struct id auction_id, enum auctions_audience audience,
                                     struct id after, int64_t limit, struct array *ret_account_ids)
{
    VEC(struct id) found = {0};
    (void)auction_id;
    (void)audience;
    for (uint8_t number = 1; number <= audience_count && (int64_t)found.count < limit; number++)
        if (id_compare(account(number), after) > 0)
            *VEC_PUSH(cx->arena, &found) = account(number);
    *ret_account_ids = (struct array){found.items, found.count};
    return NULL;
}

/* Texts that outlive their arena. */
struct kept_list {
    char text[MAX_KEPT][TEXT_BYTES];
    size_t count;
};
static struct kept_list pushed, mailed;

struct queued_job {
    const struct job_type *type;
    char key[TEXT_BYTES], payload[TEXT_BYTES];
};
static struct queued_job queued[MAX_KEPT];
static size_t queued_count;
static struct id present;

static void copy_text(char ret_text[TEXT_BYTES], struct str text)
{
    assert_true(text.len < TEXT_BYTES);
    memcpy(ret_text, text.ptr, text.len);
    ret_text[text.len] = '\0';
}

static void keep(struct kept_list *list, struct str text)
{
    assert_true(list->count < MAX_KEPT);
    copy_text(list->text[list->count++], text);
}

void live_publish(const struct platform *platform, const struct live_message *message)
{
    (void)platform;
    struct arena *arena = arena_new(0);
    keep(&pushed, arena_printf(arena, "%" STR_FMT " %" STR_FMT " %lld", STR_ARG(message->room),
                               STR_ARG(message->type), (long long)message->sequence));
    arena_free(arena);
}

bool live_is_present(const struct platform *platform, struct id account_id)
{
    (void)platform;
    return id_equal(account_id, present);
}

struct error *mail_send(struct ctx *cx, const struct mail_message *message)
{
    assert_true(str_starts_with(message->unsubscribe_url, STR("http://lathe.test/api/v1/")));
    keep(&mailed,
         arena_printf(cx->arena, "%" STR_FMT ": %" STR_FMT, STR_ARG(message->to), STR_ARG(message->subject)));
    return NULL;
}

struct error *job_enqueue(struct ctx *cx, struct tx *tx, const struct job_type *type, struct str key,
                          struct str payload_json, struct instant due)
{
    (void)cx;
    (void)tx;
    (void)due;
    for (size_t i = 0; i < queued_count; i++)
        if (queued[i].type == type && str_equal(key, str_cstr(queued[i].key)))
            return NULL;
    assert_true(queued_count < MAX_KEPT);
    queued[queued_count].type = type;
    copy_text(queued[queued_count].key, key);
    copy_text(queued[queued_count++].payload, payload_json);
    return NULL;
}

struct error *job_enqueue_all(struct ctx *cx, struct tx *tx, const struct job_type *type,
                              const struct job_entry *entries, size_t count, struct instant due)
{
    for (size_t i = 0; i < count; i++)
        TRY(job_enqueue(cx, tx, type, entries[i].key, entries[i].payload_json, due));
    return NULL;
}

/* clang-format off */
static const struct json_field auction_fields[] = {
    JSON_ID(struct auctions_event, auction_id),
    JSON_ID(struct auctions_event, seller_id),
    JSON_ID(struct auctions_event, winner_id, .flags = JSON_NULLABLE),
    JSON_TEXT(struct auctions_event, title),
    JSON_MONEY(struct auctions_event, price, .flags = JSON_NULLABLE),
};
static const struct json_type auction_payload = JSON_TYPE("AuctionsEvent", struct auctions_event, auction_fields);
static const struct json_field outbid_fields[] = {
    JSON_ID(struct auctions_outbid_event, auction_id),
    JSON_ID(struct auctions_outbid_event, account_id),
    JSON_TEXT(struct auctions_outbid_event, title),
    JSON_MONEY(struct auctions_outbid_event, price),
};
static const struct json_type outbid_payload = JSON_TYPE("AuctionsOutbidEvent", struct auctions_outbid_event, outbid_fields);
static const struct json_field mention_fields[] = {
    JSON_ID(struct chat_mention_event, account_id),
    JSON_ID(struct chat_mention_event, room_id),
    JSON_TEXT(struct chat_mention_event, author_name),
    JSON_TEXT(struct chat_mention_event, excerpt),
};
static const struct json_type mention_payload = JSON_TYPE("ChatMentionEvent", struct chat_mention_event, mention_fields);
static const struct json_field direct_fields[] = {
    JSON_ID(struct chat_direct_event, account_id),
    JSON_ID(struct chat_direct_event, room_id),
    JSON_TEXT(struct chat_direct_event, author_name),
    JSON_TEXT(struct chat_direct_event, excerpt),
};
static const struct json_type direct_payload = JSON_TYPE("ChatDirectEvent", struct chat_direct_event, direct_fields);
static const struct json_field line_fields[] = {
    JSON_ID(struct orders_line_event, order_id),
    JSON_ID(struct orders_line_event, spec_id),
    JSON_ID(struct orders_line_event, buyer_id),
    JSON_ID(struct orders_line_event, seller_id),
    JSON_MONEY(struct orders_line_event, price),
};
static const struct json_type line_payload = JSON_TYPE("OrderLineEvent", struct orders_line_event, line_fields);

const struct event_type auctions_auction_ended = {.name = "auctions.auction.ended", .payload = &auction_payload};
const struct event_type auctions_auction_ending_soon = {.name = "auctions.auction.ending_soon", .payload = &auction_payload};
const struct event_type auctions_auction_voided = {.name = "auctions.auction.voided", .payload = &auction_payload};
const struct event_type auctions_bid_outbid = {.name = "auctions.bid.outbid", .payload = &outbid_payload};
const struct event_type chat_message_mentioned = {.name = "chat.message.mentioned", .payload = &mention_payload};
const struct event_type chat_direct_received = {.name = "chat.direct.received", .payload = &direct_payload};
const struct event_type orders_line_paid = {.name = "orders.line.paid", .payload = &line_payload};
const struct event_type orders_line_refunded = {.name = "orders.line.refunded", .payload = &line_payload};
/* clang-format on */

/* --- running --- */

static enum db_engine engine;
static const struct db_module_sql *const sql[] = {&notifications_sql, NULL};
static const struct setting_group *const groups[] = {&crypto_settings, &notifications_settings_group, NULL};
static const struct module *const modules[] = {&notifications_module, NULL};
static void *states[2];
static struct caller callers[ACCOUNTS];

static void assert_ok(struct ctx *cx, const struct error *error)
{
    if (error != NULL)
        fail_msg("unexpected error: %s", error_describe(cx->arena, error).ptr);
}

static struct ctx as(const struct ctx *cx, uint8_t number)
{
    struct ctx mine = *cx;
    callers[number].account_id = account(number);
    mine.caller = &callers[number];
    return mine;
}

struct test_body {
    on_loop_fn fn;
    struct db_fixture *fixture;
};

static void start_and_run(struct ctx *cx, void *arg)
{
    const struct test_body *body = arg;
    const struct config *config = db_fixture_config(body->fixture);
    const void *settings = config_settings(config, &notifications_settings_group);
    assert_ok(cx, notifications_module.start(cx, settings, &states[0]));
    body->fn(cx, NULL);
    notifications_module.stop(states[0]);
}

static void run(on_loop_fn fn)
{
    struct arena *arena = arena_new(0);
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = sql, .groups = groups});
    struct platform *platform = db_fixture_platform(fixture);
    struct str folder = str_cstr(db_fixture_folder(fixture));
    clock_free(platform->clock);
    platform->clock = clock_new_fake((struct instant){1790000000 * US_PER_SECOND});
    platform->modules = modules;
    platform->module_states = states;
    platform->public_url = STR("http://lathe.test");
    assert_null(crypto_open(arena, db_fixture_config(fixture), folder, &platform->crypto));
    pushed.count = mailed.count = queued_count = 0;
    present = ID_NONE;
    audience_count = 0;
    db_fixture_run(fixture, start_and_run, &(struct test_body){fn, fixture});
    crypto_close(platform->crypto);
    db_fixture_free(fixture);
    arena_free(arena);
}

#define IN_TEST(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        run(name##_body);                                                                                    \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

static const struct notifications_reaction *const reactions[] = {
    notifications_order_reactions, notifications_auction_reactions, notifications_chat_reactions};

static struct error *hand_over(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct event *event = arg;
    for (size_t i = 0; i < COUNT_OF(reactions); i++)
        for (const struct notifications_reaction *row = reactions[i]; row->type != NULL; row++)
            if (str_equal(event->type, str_cstr(row->type->name)))
                return row->take(cx, tx, event);
    fail_msg("nothing follows from this event");
    return NULL;
}

static struct event event_of(struct ctx *cx, uint8_t number, const struct event_type *type,
                             const void *payload)
{
    return (struct event){
        .id = {{0x0e, [15] = number}},
        .type = str_cstr(type->name),
        .at = clock_now(cx),
        .payload = json_encode(cx->arena, type->payload, payload),
    };
}

/* The feed gives this event; its number says which one it is when it comes again. */
static void feed(struct ctx *cx, uint8_t number, const struct event_type *type, const void *payload)
{
    struct event event = event_of(cx, number, type, payload);
    assert_ok(cx, db_transact(cx, TX_WRITE, hand_over, &event));
}

static struct error *hand_over_all(struct ctx *cx, struct tx *tx, void *arg)
{
    return notifications_consumers[0]->handle_all(cx, tx, arg);
}

/* The feed gives all of these at once. */
static void feed_all(struct ctx *cx, struct event *events, size_t count)
{
    struct array all = {events, count};
    assert_ok(cx, db_transact(cx, TX_WRITE, hand_over_all, &all));
}

/* Runs what was queued until now and what that queues. */
static void run_jobs(struct ctx *cx)
{
    for (size_t i = 0; i < queued_count; i++) {
        struct job job = {.type = str_cstr(queued[i].type->name), .payload = str_cstr(queued[i].payload)};
        assert_ok(cx, queued[i].type->run(cx, &job));
    }
    queued_count = 0;
}

/* "lost won*": what the account's list shows, newest first; what is unread with an asterisk. */
static struct str list(struct ctx *cx, uint8_t number)
{
    struct ctx mine = as(cx, number);
    struct notification_page page = {0};
    struct strbuf out;
    assert_ok(cx, notifications_list(&mine, &(struct notification_query){.limit = 100}, &page));
    strbuf_init(&out, cx->arena, 8000);
    for (size_t i = 0; i < page.items.count; i++) {
        const struct notification_view *view = ARRAY_AT(struct notification_view, page.items, i);
        strbuf_printf(&out, "%s%" STR_FMT "%s", i == 0 ? "" : " ",
                      STR_ARG(enum_word(&notifications_kind_words, view->kind)),
                      instant_is_none(view->read_at) ? "*" : "");
    }
    return strbuf_str(&out);
}

static const struct id lot = {{0x0c, 1}};

static struct auctions_outbid_event outbid(uint8_t number, struct id auction_id, int64_t minor)
{
    return (struct auctions_outbid_event){
        .auction_id = auction_id,
        .account_id = account(number),
        .title = STR("Drum machine"),
        .price = {minor, {"EUR"}},
    };
}

/* Account 1 sells; winner 0: nobody. */
static struct auctions_event ended(uint8_t winner)
{
    return (struct auctions_event){
        .auction_id = lot,
        .seller_id = account(1),
        .winner_id = winner != 0 ? account(winner) : ID_NONE,
        .title = STR("Drum machine"),
        .price = {12000, {"EUR"}},
    };
}

static struct chat_mention_event mention(uint8_t number)
{
    return (struct chat_mention_event){
        .account_id = account(number), .author_name = STR("Nadia"), .excerpt = STR("@two look")};
}

/* --- tests --- */

IN_TEST(an_event_is_told_once_however_often_it_comes)
{
    (void)arg;
    struct auctions_outbid_event event = outbid(2, lot, 500);
    for (int i = 0; i < 3; i++)
        feed(cx, 1, &auctions_bid_outbid, &event);
    check_str(list(cx, 2), "outbid*");
    assert_int_equal(pushed.count, 1);
    check_str(str_cstr(pushed.text[0]), "account:0a000000-0000-0000-0000-000000000002 notification 1");
}

IN_TEST(of_several_that_nobody_read_the_latest_stays_and_one_mail_is_queued)
{
    (void)arg;
    const struct id other = {{0x0c, 2}};
    for (uint8_t i = 1; i <= 5; i++) {
        struct auctions_outbid_event event = outbid(2, lot, 100 * i);
        feed(cx, i, &auctions_bid_outbid, &event);
    }
    struct auctions_outbid_event elsewhere = outbid(2, other, 900);
    feed(cx, 6, &auctions_bid_outbid, &elsewhere);
    check_str(list(cx, 2), "outbid* outbid*");
    assert_int_equal(queued_count, 2);
    assert_int_equal(pushed.count, 6);
    struct ctx mine = as(cx, 2);
    assert_ok(cx, notifications_mark_all_read(&mine));
    struct auctions_outbid_event again = outbid(2, lot, 1000);
    feed(cx, 7, &auctions_bid_outbid, &again);
    check_str(list(cx, 2), "outbid* outbid outbid");
    assert_int_equal(queued_count, 2); /* the mail that still waits will be of this one */
}

/* As one by one, but for those in between that nobody would see. */
IN_TEST(what_comes_at_once_is_told_at_once)
{
    (void)arg;
    const struct id other = {{0x0c, 2}};
    struct auctions_outbid_event first = outbid(2, lot, 100), second = outbid(2, lot, 200),
                                 third = outbid(3, lot, 200), elsewhere = outbid(2, other, 300),
                                 gone = outbid(DELETED, lot, 300);
    struct auctions_event end = ended(3);
    struct event events[] = {
        event_of(cx, 1, &auctions_bid_outbid, &first),  event_of(cx, 2, &auctions_bid_outbid, &elsewhere),
        event_of(cx, 3, &auctions_bid_outbid, &third),  event_of(cx, 4, &auctions_bid_outbid, &gone),
        event_of(cx, 5, &auctions_bid_outbid, &second), event_of(cx, 6, &auctions_auction_ended, &end),
    };
    feed_all(cx, events, COUNT_OF(events));
    check_str(list(cx, 2), "outbid* outbid*");
    check_str(list(cx, 3), "won* outbid*");
    assert_int_equal(pushed.count, 5); /* and the seller's */
    check_str(str_cstr(pushed.text[0]), "account:0a000000-0000-0000-0000-000000000002 notification 1");
    check_str(str_cstr(pushed.text[1]), "account:0a000000-0000-0000-0000-000000000003 notification 1");
    check_str(str_cstr(pushed.text[2]), "account:0a000000-0000-0000-0000-000000000002 notification 2");
    size_t jobs = queued_count;
    feed_all(cx, events, COUNT_OF(events) - 1);
    assert_int_equal(pushed.count, 5);
    assert_int_equal(queued_count, jobs);
    events[0] = event_of(cx, 7, &auctions_bid_outbid, &second);
    events[1] = event_of(cx, 8, &auctions_bid_outbid, &third);
    feed_all(cx, events, 2);
    check_str(list(cx, 2), "outbid* outbid*");
    assert_int_equal(pushed.count, 7);
    assert_int_equal(queued_count, jobs); /* what was replaced unread has its mail queued */
}

IN_TEST(the_end_of_an_auction_concerns_everybody_in_it)
{
    (void)arg;
    audience_count = 4;
    struct auctions_event event = ended(3);
    feed(cx, 1, &auctions_auction_ended, &event);
    run_jobs(cx);
    check_str(list(cx, 1), "sold*");
    check_str(list(cx, 2), "lost*");
    check_str(list(cx, 3), "won*");
    check_str(list(cx, 4), "lost*");
    struct auctions_event unsold = ended(0);
    feed(cx, 2, &auctions_auction_ended, &unsold);
    check_str(list(cx, 1), "unsold* sold*");
    check_str(list(cx, 2), "lost*");
}

IN_TEST(hundreds_are_told_by_a_job_that_may_run_twice)
{
    (void)arg;
    audience_count = 250;
    struct auctions_event event = ended(0);
    feed(cx, 1, &auctions_auction_ending_soon, &event);
    assert_int_equal(queued_count, 1);
    char payload[TEXT_BYTES];
    copy_text(payload, str_cstr(queued[0].payload));
    struct job job = {.payload = str_cstr(payload)};
    for (int i = 0; i < 2; i++)
        assert_ok(cx, notifications_spread_job.run(cx, &job));
    check_str(list(cx, 1), "");
    check_str(list(cx, 2), "ending_soon*");
    check_str(list(cx, 250), "ending_soon*");
    assert_int_equal(pushed.count, 248); /* not the seller, not who was deleted */
}

IN_TEST(a_voided_auction_is_told_to_its_seller_and_all_bidders)
{
    (void)arg;
    audience_count = 3;
    struct auctions_event event = ended(2);
    feed(cx, 1, &auctions_auction_voided, &event);
    run_jobs(cx);
    for (uint8_t number = 1; number <= 3; number++)
        check_str(list(cx, number), "voided*");
}

IN_TEST(sales_refunds_mentions_and_messages_are_told)
{
    (void)arg;
    struct orders_line_event line = {
        .buyer_id = account(2), .seller_id = account(1), .price = {1999, {"USD"}}};
    struct chat_mention_event named = mention(2);
    struct chat_direct_event direct = {
        .account_id = account(2), .author_name = STR("Nadia"), .excerpt = STR("hello")};
    feed(cx, 1, &orders_line_paid, &line);
    feed(cx, 2, &orders_line_refunded, &line);
    feed(cx, 3, &chat_message_mentioned, &named);
    feed(cx, 4, &chat_direct_received, &direct);
    check_str(list(cx, 1), "refund* order_paid*");
    check_str(list(cx, 2), "direct_message* mention* refund*");
}

IN_TEST(a_mail_goes_only_to_who_is_not_there_and_has_not_read)
{
    (void)arg;
    struct auctions_event event = ended(3);
    feed(cx, 1, &auctions_auction_ended, &event);
    present = account(3);
    run_jobs(cx);
    assert_int_equal(mailed.count, 1);
    check_str(str_cstr(mailed.text[0]), "1@example.org: Your lot was sold: Drum machine (120.00 EUR)");
    present = ID_NONE;
    feed(cx, 2, &auctions_auction_ended, &event);
    struct ctx seller = as(cx, 1);
    assert_ok(cx, notifications_mark_all_read(&seller));
    run_jobs(cx);
    assert_int_equal(mailed.count, 2);
    check_str(str_cstr(mailed.text[1]), "3@example.org: You won: Drum machine (120.00 EUR)");
}

static void feed_outbid(struct ctx *cx, uint8_t number, int64_t minor)
{
    struct auctions_outbid_event event = outbid(2, lot, minor);
    feed(cx, number, &auctions_bid_outbid, &event);
}

IN_TEST(what_was_replaced_unread_is_mailed_as_its_latest_and_once)
{
    (void)arg;
    feed_outbid(cx, 1, 100);
    feed_outbid(cx, 2, 200);
    run_jobs(cx);
    assert_int_equal(mailed.count, 1);
    check_str(str_cstr(mailed.text[0]), "2@example.org: You were outbid: Drum machine (2.00 EUR)");
    feed_outbid(cx, 3, 300);
    run_jobs(cx);
    assert_int_equal(mailed.count, 1);
    struct ctx mine = as(cx, 2);
    assert_ok(cx, notifications_mark_all_read(&mine));
    feed_outbid(cx, 4, 400);
    run_jobs(cx);
    assert_int_equal(mailed.count, 2);
    check_str(str_cstr(mailed.text[1]), "2@example.org: You were outbid: Drum machine (4.00 EUR)");
}

IN_TEST(who_was_there_for_the_first_is_mailed_of_the_next)
{
    (void)arg;
    present = account(2);
    feed_outbid(cx, 1, 100);
    run_jobs(cx);
    assert_int_equal(mailed.count, 0);
    present = ID_NONE;
    feed_outbid(cx, 2, 200);
    run_jobs(cx);
    assert_int_equal(mailed.count, 1);
    check_str(str_cstr(mailed.text[0]), "2@example.org: You were outbid: Drum machine (2.00 EUR)");
}

static void prefer(struct ctx *cx, uint8_t number, enum notifications_kind kind,
                   enum notification_delivery delivery)
{
    struct ctx mine = as(cx, number);
    struct notification_preference one = {(int32_t)kind, (int32_t)delivery};
    assert_ok(cx, notifications_set_preferences(&mine, &(struct notification_preferences){{&one, 1}}));
}

IN_TEST(a_kind_goes_as_far_as_its_account_wants)
{
    (void)arg;
    prefer(cx, 2, NOTIFICATIONS_OUTBID, NOTIFICATION_OFF);
    prefer(cx, 3, NOTIFICATIONS_OUTBID, NOTIFICATION_APP);
    for (uint8_t number = 2; number <= 4; number++) {
        struct auctions_outbid_event event = outbid(number, lot, 100);
        feed(cx, number, &auctions_bid_outbid, &event);
    }
    check_str(list(cx, 2), "");
    check_str(list(cx, 3), "outbid*");
    run_jobs(cx);
    assert_int_equal(mailed.count, 1);
    assert_true(str_starts_with(str_cstr(mailed.text[0]), STR("4@example.org")));
}

IN_TEST(the_link_of_a_mail_stops_mails_of_its_kind_alone)
{
    (void)arg;
    struct str token = notifications_link_token(cx, account(2), NOTIFICATIONS_OUTBID);
    struct notification_preferences preferences = {0};
    assert_ok(cx, notifications_follow_link(cx, token));
    assert_ok(cx, notifications_list_preferences(cx, account(2), &preferences));
    for (size_t i = 0; i < preferences.items.count; i++) {
        const struct notification_preference *one =
            ARRAY_AT(struct notification_preference, preferences.items, i);
        enum notification_delivery expected =
            one->kind == NOTIFICATIONS_OUTBID ? NOTIFICATION_APP : notification_default_delivery(one->kind);
        check_that(one->delivery == (int32_t)expected, "kind %d goes as far as %d", one->kind, one->delivery);
    }
    prefer(cx, 2, NOTIFICATIONS_OUTBID, NOTIFICATION_OFF);
    assert_ok(cx, notifications_follow_link(cx, token));
    assert_ok(cx, notifications_list_preferences(cx, account(2), &preferences));
    assert_int_equal(ARRAY_AT(struct notification_preference, preferences.items, 0)->delivery,
                     NOTIFICATION_OFF);
}

IN_TEST(a_link_that_was_changed_stops_nothing)
{
    (void)arg;
    struct str token = notifications_link_token(cx, account(2), NOTIFICATIONS_OUTBID);
    char *changed = arena_cstr(cx->arena, token);
    for (size_t i = 0; i < token.len; i++) {
        char kept = changed[i];
        changed[i] = kept == 'A' ? 'B' : 'A';
        struct error *error = notifications_follow_link(cx, str_cstr(changed));
        check_that(error != NULL && error->reason == &notifications_bad_link, "byte %zu does not matter", i);
        changed[i] = kept;
    }
    assert_non_null(notifications_follow_link(cx, STR("")));
    assert_ok(cx, notifications_follow_link(cx, str_cstr(changed)));
}

IN_TEST(others_can_neither_see_nor_read_what_is_not_theirs)
{
    (void)arg;
    struct auctions_outbid_event event = outbid(2, lot, 100);
    struct notification_page page = {0};
    struct ctx two = as(cx, 2);
    struct ctx three = as(cx, 3);
    feed(cx, 1, &auctions_bid_outbid, &event);
    assert_ok(cx, notifications_list(&two, &(struct notification_query){.limit = 1}, &page));
    struct id id = ARRAY_AT(struct notification_view, page.items, 0)->id;
    assert_true(error_has_code(notifications_mark_read(&three, id), ERROR_NOT_FOUND));
    check_str(list(cx, 3), "");
    for (int i = 0; i < 2; i++)
        assert_ok(cx, notifications_mark_read(&two, id));
    check_str(list(cx, 2), "outbid");
}

IN_TEST(pages_walk_the_list_and_unread_ones_are_counted)
{
    (void)arg;
    struct chat_mention_event event = mention(2);
    struct ctx two = as(cx, 2);
    struct notification_query query = {.limit = 3};
    struct notification_page page = {0};
    size_t pages = 0, seen = 0;
    for (uint8_t i = 1; i <= 7; i++)
        feed(cx, i, &chat_message_mentioned, &event);
    do {
        assert_ok(cx, notifications_list(&two, &query, &page));
        assert_int_equal(page.unread_count, 7);
        seen += page.items.count;
        pages++;
        query.cursor = page.next_cursor;
    } while (!str_is_empty(query.cursor));
    assert_int_equal(pages, 3);
    assert_int_equal(seen, 7);
    query.cursor = STR("nonsense");
    assert_true(error_has_code(notifications_list(&two, &query, &page), ERROR_INVALID));
}

IN_TEST(who_comes_back_gets_what_was_missed_or_a_snapshot)
{
    (void)arg;
    struct chat_mention_event event = mention(2);
    struct ctx two = as(cx, 2);
    for (uint8_t i = 1; i <= 5; i++)
        feed(cx, i, &chat_message_mentioned, &event);
    struct live_join known = {.key = STR(""), .after_sequence = 3};
    assert_ok(cx, notifications_rooms[0].join(&two, &known));
    check_str(known.room, "account:0a000000-0000-0000-0000-000000000002");
    assert_int_equal(known.missed.count, 2);
    assert_int_equal(known.sequence, 5);
    struct live_join nothing_new = {.key = STR(""), .after_sequence = 5};
    assert_ok(cx, notifications_rooms[0].join(&two, &nothing_new));
    assert_int_equal(nothing_new.missed.count, 0);
    assert_int_equal(nothing_new.sequence, 5);
    assert_true(str_is_empty(nothing_new.snapshot));
    for (int64_t after = -1; after <= 6; after += 7) { /* nothing known, or more than there is */
        struct live_join fresh = {.key = STR(""), .after_sequence = after};
        assert_ok(cx, notifications_rooms[0].join(&two, &fresh));
        check_str(fresh.snapshot, "{\"unread_count\":5}");
        assert_int_equal(fresh.sequence, 5);
    }
    struct live_join other = {.key = STR("x"), .after_sequence = -1};
    assert_true(error_has_code(notifications_rooms[0].join(&two, &other), ERROR_NOT_FOUND));
}

IN_TEST(what_is_old_is_forgotten)
{
    (void)arg;
    struct auctions_outbid_event event = outbid(2, lot, 100);
    feed(cx, 1, &auctions_bid_outbid, &event);
    clock_advance(cx->platform->clock, 60 * US_PER_DAY);
    event.account_id = account(3);
    feed(cx, 2, &auctions_bid_outbid, &event);
    clock_advance(cx->platform->clock, 31 * US_PER_DAY);
    assert_ok(cx, notifications_sweep_job.run(cx, NULL));
    check_str(list(cx, 2), "");
    check_str(list(cx, 3), "outbid*");
}

static struct error *erase(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return notifications_erase_account(cx, tx, cx->caller->account_id);
}

IN_TEST(an_account_takes_its_notifications_along)
{
    (void)arg;
    struct auctions_outbid_event event = outbid(2, lot, 100);
    struct ctx two = as(cx, 2);
    struct str json = STR_NONE;
    struct strbuf findings;
    feed(cx, 1, &auctions_bid_outbid, &event);
    prefer(cx, 2, NOTIFICATIONS_WON, NOTIFICATION_OFF);
    assert_ok(cx, notifications_export_account(cx, account(2), &json));
    assert_non_null(strstr(arena_cstr(cx->arena, json), "\"kind\":\"outbid\""));
    assert_non_null(strstr(arena_cstr(cx->arena, json), "\"won\":\"off\""));
    assert_ok(cx, db_transact(&two, TX_WRITE, erase, NULL));
    check_str(list(cx, 2), "");
    event.account_id = account(DELETED);
    feed(cx, 2, &auctions_bid_outbid, &event);
    check_str(list(cx, DELETED), "");
    strbuf_init(&findings, cx->arena, 1000);
    assert_ok(cx, notifications_checks[0].run(cx, &findings));
    check_str(strbuf_str(&findings), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_told_once_however_often_it_comes),
        cmocka_unit_test(of_several_that_nobody_read_the_latest_stays_and_one_mail_is_queued),
        cmocka_unit_test(what_comes_at_once_is_told_at_once),
        cmocka_unit_test(the_end_of_an_auction_concerns_everybody_in_it),
        cmocka_unit_test(hundreds_are_told_by_a_job_that_may_run_twice),
        cmocka_unit_test(a_voided_auction_is_told_to_its_seller_and_all_bidders),
        cmocka_unit_test(sales_refunds_mentions_and_messages_are_told),
        cmocka_unit_test(a_mail_goes_only_to_who_is_not_there_and_has_not_read),
        cmocka_unit_test(what_was_replaced_unread_is_mailed_as_its_latest_and_once),
        cmocka_unit_test(who_was_there_for_the_first_is_mailed_of_the_next),
        cmocka_unit_test(a_kind_goes_as_far_as_its_account_wants),
        cmocka_unit_test(the_link_of_a_mail_stops_mails_of_its_kind_alone),
        cmocka_unit_test(a_link_that_was_changed_stops_nothing),
        cmocka_unit_test(others_can_neither_see_nor_read_what_is_not_theirs),
        cmocka_unit_test(pages_walk_the_list_and_unread_ones_are_counted),
        cmocka_unit_test(who_comes_back_gets_what_was_missed_or_a_snapshot),
        cmocka_unit_test(what_is_old_is_forgotten),
        cmocka_unit_test(an_account_takes_its_notifications_along),
    };
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    if (!db_fixture_has(engine))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
