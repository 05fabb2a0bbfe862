/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Migrations on both engines: applied once, whoever comes; noticed when edited; nothing left of one that fails. */
#include <pthread.h>

#include "platform/db/tests/shelf.h"

static struct db_fixture *open_unmigrated(const struct db_module_sql *const *modules, const char *url)
{
    return db_fixture_new(&(struct db_fixture_options){
        .engine = shelf_engine, .modules = modules, .database_url = url, .is_unmigrated = true});
}

/* A context for threads without a loop, as at the start of the program. */
static struct ctx *context_of(struct db_fixture *fixture, struct arena *arena)
{
    struct ctx *cx = ARENA_NEW(arena, struct ctx);
    *cx = (struct ctx){.arena = arena,
                       .platform = db_fixture_platform(fixture),
                       .caller = &caller_anonymous,
                       .deadline_us = INT64_MAX};
    return cx;
}

/* A fixture with a context, and a second one on the same database with other modules. */
struct bench {
    struct arena *arena;
    struct db_fixture *fixture;
    struct ctx *cx;
    struct db *db;
};

static struct bench bench_open(const struct db_module_sql *const *modules, const char *url)
{
    struct bench bench = {.arena = arena_new(0), .fixture = open_unmigrated(modules, url)};
    bench.cx = context_of(bench.fixture, bench.arena);
    bench.db = bench.cx->platform->db;
    return bench;
}

static void bench_close(struct bench *bench)
{
    db_fixture_free(bench->fixture);
    arena_free(bench->arena);
}

static bool is_current(struct bench *bench)
{
    bool current = false;
    ASSERT_OK(bench->cx, db_is_current(bench->cx, bench->db, &current));
    return current;
}

static void migrations_are_applied_once(void **state)
{
    (void)state;
    struct bench bench = bench_open(shelf_modules, NULL);
    ASSERT_OK(bench.cx, db_ping(bench.cx, bench.db));
    assert_false(is_current(&bench));
    int count = -1;
    ASSERT_OK(bench.cx, db_migrate(bench.cx, bench.db, &count));
    assert_int_equal(count, 2);
    assert_true(is_current(&bench));
    ASSERT_OK(bench.cx, db_migrate(bench.cx, bench.db, &count));
    assert_int_equal(count, 0);
    ASSERT_OK(bench.cx, db_exec(bench.cx, NULL, SHELF_SET_COUNTER(.name = STR("x"), .value = 1), NULL));
    bench_close(&bench);
}

struct racer {
    const char *url;
    pthread_t thread;
    int count;
    bool has_failed;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    struct bench bench = bench_open(shelf_modules, racer->url);
    struct error *error = db_migrate(bench.cx, bench.db, &racer->count);
    racer->has_failed = error != NULL;
    if (error != NULL)
        print_error("%s\n", error_describe(bench.arena, error).ptr);
    bench_close(&bench);
    return NULL;
}

static void several_may_migrate_at_once(void **state)
{
    (void)state;
    struct bench bench = bench_open(shelf_modules, NULL);
    struct racer racers[6] = {0};
    for (size_t i = 0; i < COUNT_OF(racers); i++) {
        racers[i].url = db_fixture_url(bench.fixture);
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    int sum = 0;
    for (size_t i = 0; i < COUNT_OF(racers); i++) {
        pthread_join(racers[i].thread, NULL);
        assert_false(racers[i].has_failed);
        sum += racers[i].count;
    }
    assert_int_equal(sum, 2);
    assert_true(is_current(&bench));
    bench_close(&bench);
}

/* The shelf's migrations with changes. */
static struct db_migration changed_migrations[3];
static struct db_module_sql changed_shelf;
static const struct db_module_sql *const changed_modules[] = {&changed_shelf, NULL};

static void change_shelf(size_t count)
{
    changed_shelf = shelf_sql;
    for (size_t i = 0; i < shelf_sql.migration_count; i++)
        changed_migrations[i] = shelf_sql.migrations[i];
    changed_shelf.migrations = changed_migrations;
    changed_shelf.migration_count = count;
}

static void assert_refused(struct bench *bench, const char *why)
{
    int count = -1;
    struct error *error = db_migrate(bench->cx, bench->db, &count);
    assert_non_null(error);
    struct str text = error_describe(bench->arena, error);
    check_that(str_find(text, str_cstr(why)) >= 0, "\"%s\" is not in \"%s\"", why, text.ptr);
    assert_int_equal(count, -1);
}

static void an_edited_migration_is_noticed(void **state)
{
    (void)state;
    struct bench bench = bench_open(shelf_modules, NULL);
    int count = 0;
    ASSERT_OK(bench.cx, db_migrate(bench.cx, bench.db, &count));
    change_shelf(2);
    changed_migrations[1].sha256 = "0000";
    struct bench edited = bench_open(changed_modules, db_fixture_url(bench.fixture));
    assert_refused(&edited, "migration 0002_tag of module shelf was applied with another text");
    bench_close(&edited);
    bench_close(&bench);
}

static void a_database_of_a_newer_program_is_left_alone(void **state)
{
    (void)state;
    struct bench bench = bench_open(shelf_modules, NULL);
    int count = 0;
    ASSERT_OK(bench.cx, db_migrate(bench.cx, bench.db, &count));
    change_shelf(1);
    struct bench older = bench_open(changed_modules, db_fixture_url(bench.fixture));
    assert_refused(&older, "newer than this program: migration 0002_tag of module shelf");
    bench_close(&older);
    bench_close(&bench);
}

static const char *text_of(const struct db_call *call)
{
    return call->statement->text[shelf_engine][0].text;
}

static void add_migration(struct arena *arena, const struct db_call *first, const struct db_call *second)
{
    change_shelf(3);
    changed_migrations[2] = (struct db_migration){.number = 3, .name = "more", .sha256 = "1"};
    changed_migrations[2].text[shelf_engine] =
        arena_printf(arena, "%s;\n%s;\n", text_of(first), text_of(second)).ptr;
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    add_migration(arena, SHELF_ADD_SHELF_MARK(), SHELF_ADD_NOWHERE_MARK());
    struct bench bench = bench_open(changed_modules, NULL);
    assert_refused(&bench, "migration 0003_more of module shelf failed");
    assert_false(is_current(&bench));

    add_migration(arena, SHELF_ADD_SHELF_MARK(), SHELF_PING());
    int count = 0;
    ASSERT_OK(bench.cx, db_migrate(bench.cx, bench.db, &count));
    assert_int_equal(count, 1);
    assert_true(is_current(&bench));
    bench_close(&bench);
    arena_free(arena);
}

/* An owner with a book. */
static void fill_shelf(struct bench *bench)
{
    int count = 0;
    struct ctx *cx = bench->cx;
    ASSERT_OK(cx, db_migrate(cx, bench->db, &count));
    ASSERT_OK(cx,
              db_exec(cx, NULL, SHELF_INSERT_OWNER(.id = shelf_id(1), .name = STR("Ada"), .code = 7), NULL));
    ASSERT_OK(cx, db_exec(cx, NULL,
                          SHELF_INSERT_BOOK(.id = shelf_id(2), .title = STR("x"), .owner_id = shelf_id(1)),
                          NULL));
}

static void a_migration_that_breaks_references_is_refused(void **state)
{
    (void)state;
    const struct db_call *const breaking[] = {SHELF_DELETE_ALL_OWNERS(), SHELF_TAG_ALL_OWNERS()};
    struct bench bench = bench_open(shelf_modules, NULL);
    struct owner_row owner;
    fill_shelf(&bench);
    for (size_t i = 0; i < COUNT_OF(breaking); i++) {
        add_migration(bench.arena, SHELF_PING(), breaking[i]);
        struct bench next = bench_open(changed_modules, db_fixture_url(bench.fixture));
        assert_refused(&next, "0003_more");
        bench_close(&next);
    }
    ASSERT_OK(bench.cx,
              db_load(bench.cx, NULL, SHELF_FIND_OWNER_BY_NAME(.name = STR("Ada")), &owner_row, &owner));
    bench_close(&bench);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_are_applied_once),
        cmocka_unit_test(several_may_migrate_at_once),
        cmocka_unit_test(an_edited_migration_is_noticed),
        cmocka_unit_test(a_database_of_a_newer_program_is_left_alone),
        cmocka_unit_test(a_migration_that_fails_leaves_nothing),
        cmocka_unit_test(a_migration_that_breaks_references_is_refused),
    };
    return shelf_main(argc, argv, "migrations", tests, COUNT_OF(tests));
}
