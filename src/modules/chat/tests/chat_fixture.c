/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chat on a real database, with a fake clock, a recording hub, and stand-ins for identity. See chat_fixture.h. */
#include "modules/chat/tests/chat_fixture.h"

#include <stdio.h>

#include "platform/bus/bus_sql.h"
#include "platform/crypto/crypto.h"
#include "platform/db/measure.h"

#include "lib/db_fixture_main.h"
#include "modules/chat/chat_sql.h"
#include "modules/chat/chat_test_sql.h"
#include "modules/identity/identity.h"

/* --- stand-ins --- */

struct id account(uint8_t number)
{
    return (struct id){{0xAC, [15] = number}};
}

struct id auction(void)
{
    return (struct id){{0xA0, [15] = 1}};
}

static void fill_account(struct ctx *cx, uint8_t number, struct identity_account *ret_account)
{
    *ret_account = (struct identity_account){.id = account(number),
                                             .username = arena_printf(cx->arena, "person%d", number),
                                             .display_name = arena_printf(cx->arena, "Person %d", number)};
}

struct error *identity_find_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                    struct identity_account *ret_account, bool *ret_found)
{
    (void)tx;
    *ret_found = account_id.bytes[0] == 0xAC && account_id.bytes[15] < PEOPLE;
    if (*ret_found)
        fill_account(cx, account_id.bytes[15], ret_account);
    return NULL;
}

struct error *identity_find_account_by_name(struct ctx *cx, struct str username,
                                            struct identity_account *ret_account, bool *ret_found)
{
    *ret_found = false;
    for (int i = 1; i < PEOPLE; i++) {
        fill_account(cx, (uint8_t)i, ret_account);
        if (str_equal_nocase(ret_account->username, username)) {
            *ret_found = true;
            return NULL;
        }
    }
    return NULL;
}

static struct error *find_auction(struct ctx *cx, struct tx *tx, struct id auction_id,
                                  struct id *ret_seller_id, struct str *ret_title)
{
    (void)tx;
    if (!id_equal(auction_id, auction()))
        return ERROR_CODE(cx, NOT_FOUND, "no such auction");
    *ret_seller_id = account(1);
    *ret_title = STR("Test pressing");
    return NULL;
}
static const struct chat_port port = {.find_auction = find_auction};

/* What the hub was told. */
struct news published[NEWS_MAX];
size_t published_count;
struct id expelled;
const struct reason *expelled_reason;

static void keep(char *to, size_t size, struct str text)
{
    size_t len = text.len < size ? text.len : size - 1;
    memcpy(to, text.ptr, len);
    to[len] = '\0';
}

void live_publish(const struct platform *platform, const struct live_message *message)
{
    (void)platform;
    REQUIRE(published_count < NEWS_MAX);
    struct news *news = &published[published_count++];
    keep(news->type, sizeof(news->type), message->type);
    keep(news->room, sizeof(news->room), message->room);
    keep(news->body, sizeof(news->body), message->body);
    news->sequence = message->sequence;
}

void live_expel(const struct platform *platform, struct str room, struct id account_id,
                const struct reason *reason)
{
    (void)platform;
    (void)room;
    expelled = account_id;
    expelled_reason = reason;
}

/* --- running --- */

static enum db_engine engine;
struct clock *fake_clock;
static const struct db_module_sql *const sql[] = {&bus_sql, &chat_sql, &chat_test_sql, NULL};
static const struct setting_group *const groups[] = {&crypto_settings, &chat_settings_group, NULL};
static const struct module *const modules[] = {&chat_module, NULL};
static const struct cache_space *const spaces[] = {&chat_word_space, NULL};
static const char *const settings[] = {"LATHE_CHAT_MESSAGES_PER_MINUTE=0",  "LATHE_CHAT_ROOM_MEMBERS=3",
                                       "LATHE_CHAT_ROOMS_PER_ACCOUNT=4",    "LATHE_CHAT_REPORTS_PER_HOUR=3",
                                       "LATHE_CHAT_REACTIONS_PER_MINUTE=0", NULL};
static void *states[2];
static struct caller callers[PEOPLE];

void assert_ok(struct ctx *cx, const struct error *error)
{
    if (error != NULL)
        fail_msg("unexpected error: %s", error_describe(cx->arena, error).ptr);
}

void assert_refused_at(const struct error *error, const struct reason *reason, int line)
{
    if (error == NULL || error->reason != reason)
        fail_msg("line %d: expected %s, got %s", line, reason->name,
                 error != NULL ? error->reason->name : "success");
}

struct ctx as(const struct ctx *cx, uint8_t number)
{
    struct ctx mine = *cx;
    callers[number] =
        (struct caller){.account_id = account(number), .permissions = PERMISSION_BIT(CHAT_WRITE)};
    if (number == STAFF)
        callers[number].permissions |= PERMISSION_BIT(REPORT_DECIDE);
    mine.caller = &callers[number];
    return mine;
}

struct str run_checks(struct ctx *cx)
{
    struct strbuf findings;
    strbuf_init(&findings, cx->arena, 64 << 10);
    for (const struct module_check *check = chat_checks; check->name != NULL; check++)
        assert_ok(cx, check->run(cx, &findings));
    return strbuf_str(&findings);
}

struct test_body {
    on_loop_fn fn;
    struct db_fixture *fixture;
    bool is_damaging;
};

static void start_and_run(struct ctx *cx, void *arg)
{
    const struct test_body *body = arg;
    const struct config *config = db_fixture_config(body->fixture);
    assert_ok(cx, chat_module.start(cx, config_settings(config, &chat_settings_group), &states[0]));
    chat_set_port(cx, &port);
    body->fn(cx, NULL);
    if (!body->is_damaging)
        check_str(run_checks(cx), "");
    chat_module.stop(states[0]);
}

void run(on_loop_fn fn, bool is_damaging)
{
    struct arena *arena = arena_new(0);
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
        .engine = engine, .modules = sql, .groups = groups, .settings = settings});
    struct platform *platform = db_fixture_platform(fixture);
    struct clock *kept = platform->clock;
    fake_clock = platform->clock = clock_new_fake((struct instant){1790000000 * US_PER_SECOND});
    platform->modules = modules;
    platform->module_states = states;
    platform->cache = cache_new(platform, spaces, 8);
    platform->metrics = metrics_new();
    metrics_register(platform->metrics, &chat_metrics);
    metrics_register(platform->metrics, &db_metric_table);
    assert_null(crypto_open(arena, db_fixture_config(fixture), str_cstr(db_fixture_folder(fixture)),
                            &platform->crypto));
    published_count = 0;
    db_fixture_run(fixture, start_and_run, &(struct test_body){fn, fixture, is_damaging});
    crypto_close(platform->crypto);
    metrics_free(platform->metrics);
    cache_free(platform->cache);
    clock_free(fake_clock);
    platform->clock = kept;
    db_fixture_free(fixture);
    arena_free(arena);
}

/* --- builders --- */

struct id room_of(struct ctx *cx, enum chat_room_kind kind)
{
    struct id id = ID_NONE;
    assert_ok(cx, chat_create_room(cx, &(struct chat_room_draft){.kind = (int32_t)kind, .title = STR("Room")},
                                   &id));
    return id;
}

struct chat_message_view say(struct ctx *cx, struct id room_id, const char *text)
{
    struct chat_message_view view = {0};
    clock_advance(fake_clock, US_PER_MS);
    assert_ok(cx, chat_post(cx, &(struct chat_draft){.room_id = room_id, .text = str_cstr(text)}, &view));
    return view;
}

struct error *try_say(struct ctx *cx, struct id room_id, const char *text)
{
    struct chat_message_view view = {0};
    return chat_post(cx, &(struct chat_draft){.room_id = room_id, .text = str_cstr(text)}, &view);
}

struct str texts(struct ctx *cx, struct array views)
{
    struct str all = STR("");
    for (size_t i = 0; i < views.count; i++)
        all = arena_printf(cx->arena, "%" STR_FMT "%s%" STR_FMT, STR_ARG(all), i > 0 ? " " : "",
                           STR_ARG(ARRAY_AT(struct chat_message_view, views, i)->text));
    return all;
}

struct chat_message_page history(struct ctx *cx, struct id room_id, struct chat_history_query query)
{
    struct chat_message_page page = {0};
    query.limit = query.limit != 0 ? query.limit : 50;
    assert_ok(cx, chat_list_history(cx, room_id, &query, &page));
    return page;
}

struct chat_room_view look(struct ctx *cx, struct id room_id)
{
    struct chat_room_view view;
    assert_ok(cx, chat_load_room(cx, room_id, &view));
    return view;
}

struct live_join watch(struct ctx *cx, struct id room_id, int64_t after)
{
    struct live_join join = {.after_sequence = after};
    assert_ok(cx, chat_join_stream(cx, room_id, false, &join));
    return join;
}

struct error *sanction(struct ctx *cx, struct id room_id, uint8_t number, enum chat_deed deed,
                       enum chat_duration duration)
{
    struct chat_sanction sanction = {.account_id = account(number),
                                     .kind = (int32_t)deed,
                                     .duration = (int32_t)duration,
                                     .reason = STR("so")};
    return chat_apply_sanction(cx, room_id, &sanction);
}

int64_t count_events(struct ctx *cx, const char *type)
{
    struct count {
        int64_t count;
    } row = {0};
    static const struct db_column columns[] = {DB_COLUMN_I64(struct count, count)};
    static const struct db_row count_row = DB_ROW(struct count, columns);
    assert_ok(cx, db_load(cx, NULL, CHAT_TEST_COUNT_EVENTS(.type = str_cstr(type)), &count_row, &row));
    return row.count;
}

int chat_fixture_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    return db_fixture_main(argc, argv, suite, tests, count, &engine);
}
