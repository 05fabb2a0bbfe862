/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the database layer does on one loop: reads by key, durable writes singly and in groups, transactions.
 *
 * usage: db_bench sqlite|postgresql [SECONDS]     (PostgreSQL: under tools/with-postgres) */
#include <sys/resource.h>
#include <time.h>

#include "platform/db/tests/crowd.h"
#include "platform/db/tests/shelf_sql.h"
#include "platform/fiber/fiber.h"

#include "lib/db_fixture.h"

enum { ROWS = 10000 };

struct work {
    const char *name;
    size_t fibers;
    crowd_fn fn;
    const char *setting; /* NULL: none */
    bool is_sqlite_only;
};

struct run {
    const struct work *work;
    int64_t end_us;
    size_t done;
    size_t failed;
};

struct owner {
    struct id id;
    struct str name;
};

static const struct db_column owner_columns[] = {
    DB_COLUMN_ID(struct owner, id),
    DB_COLUMN_TEXT(struct owner, name),
};
static const struct db_row owner_row = DB_ROW(struct owner, owner_columns);

struct value {
    int64_t value;
};

static const struct db_column value_columns[] = {DB_COLUMN_I64(struct value, value)};
static const struct db_row value_row = DB_ROW(struct value, value_columns);

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

static bool is_time_up(const struct run *run)
{
    return loop_now_us() >= run->end_us;
}

static void note(struct ctx *cx, struct run *run, const struct error *error, struct arena_mark mark)
{
    run->done++;
    run->failed += error != NULL;
    arena_rewind(cx->arena, mark);
}

static void read_by_key(struct ctx *cx, size_t number, void *arg)
{
    struct run *run = arg;
    char name[48];
    struct arena_mark mark = arena_mark(cx->arena);
    for (size_t i = number; !is_time_up(run); i += 7919) {
        struct owner owner;
        bool is_found = false;
        int len = snprintf(name, sizeof(name), "owner%zu", i % ROWS);
        struct error *error = db_find(cx, NULL, SHELF_FIND_OWNER_BY_NAME(.name = {name, (size_t)len}),
                                      &owner_row, &owner, &is_found);
        note(cx, run, error, mark);
        if (i % 16 == 0)
            fiber_yield(); /* as the loop would go on to other requests */
    }
}

static void write_one(struct ctx *cx, size_t number, void *arg)
{
    struct run *run = arg;
    char name[48];
    struct arena_mark mark = arena_mark(cx->arena);
    for (size_t i = 0; !is_time_up(run); i++) {
        int len = snprintf(name, sizeof(name), "n%zu-%zu", number, i % 1000);
        struct error *error =
            db_exec(cx, NULL, SHELF_SET_COUNTER(.name = {name, (size_t)len}, .value = (int64_t)i), NULL);
        note(cx, run, error, mark);
    }
}

static struct error *read_and_write(struct ctx *cx, struct tx *tx, void *arg)
{
    size_t number = *(const size_t *)arg;
    char name[48];
    int len = snprintf(name, sizeof(name), "t%zu", number);
    struct str key = str_from(name, (size_t)len);
    struct value value = {0};
    bool is_found = false;
    TRY(db_find(cx, tx, SHELF_LOCK_COUNTER(.name = key), &value_row, &value, &is_found));
    return db_exec(cx, tx, SHELF_SET_COUNTER(.name = key, .value = value.value + 1), NULL);
}

static void transact(struct ctx *cx, size_t number, void *arg)
{
    struct run *run = arg;
    while (!is_time_up(run)) {
        struct arena_mark mark = arena_mark(cx->arena);
        note(cx, run, db_transact(cx, TX_WRITE, read_and_write, &number), mark);
    }
}

/* clang-format off */
static const struct work works[] = {
    {.name = "reads by key, 1 fiber",             .fibers = 1,  .fn = read_by_key},
    {.name = "reads by key, 64 fibers",           .fibers = 64, .fn = read_by_key},
    {.name = "writes, 1 fiber",                   .fibers = 1,  .fn = write_one},
    {.name = "writes, 64 fibers",                 .fibers = 64, .fn = write_one},
    {.name = "writes, 64 fibers, group size 1",   .fibers = 64, .fn = write_one, .setting = "LATHE_SQLITE_GROUP=1", .is_sqlite_only = true},
    {.name = "transactions of 2, 64 fibers",      .fibers = 64, .fn = transact},
    {.name = "transactions of 2, 64, group size 1", .fibers = 64, .fn = transact, .setting = "LATHE_SQLITE_GROUP=1", .is_sqlite_only = true},
};
/* clang-format on */

static struct id numbered_id(uint32_t number)
{
    struct id id = {{1}};
    memcpy(&id.bytes[12], &number, sizeof(number));
    return id;
}

static struct error *fill(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    for (uint32_t i = 0; i < ROWS; i++) {
        struct str name = arena_printf(cx->arena, "owner%u", i);
        TRY(db_exec(cx, tx, SHELF_INSERT_OWNER(.id = numbered_id(i), .name = name, .code = 1), NULL));
    }
    return NULL;
}

static int64_t bench_us;

static void measure(struct ctx *cx, void *arg)
{
    struct run *run = arg;
    REQUIRE(db_transact(cx, TX_WRITE, fill, NULL) == NULL);
    int64_t start_us = loop_now_us();
    double start_cpu = cpu_seconds();
    run->end_us = start_us + bench_us;
    crowd_run(cx, run->work->fibers, run->work->fn, run);
    double seconds = (double)(loop_now_us() - start_us) / 1e6;
    printf("%-40s %9.0f /s  %6.2f us of CPU each  %zu failed\n", run->work->name, (double)run->done / seconds,
           (cpu_seconds() - start_cpu) * 1e6 / (double)run->done, run->failed);
}

int main(int argc, char **argv)
{
    bool is_sqlite = argc > 1 && strcmp(argv[1], "sqlite") == 0;
    enum db_engine engine = is_sqlite ? DB_SQLITE : DB_POSTGRESQL;
    if (argc < 2 || !db_fixture_has(engine)) {
        fprintf(stderr, "usage: db_bench sqlite|postgresql [SECONDS]\n");
        return 2;
    }
    bench_us = (argc > 2 ? strtol(argv[2], NULL, 10) : 3) * US_PER_SECOND;
    static const struct db_module_sql *const modules[] = {&shelf_sql, NULL};
    for (size_t i = 0; i < COUNT_OF(works); i++) {
        if (works[i].is_sqlite_only && !is_sqlite)
            continue;
        struct run run = {.work = &works[i]};
        struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
            .engine = engine, .modules = modules, .settings = (const char *const[]){works[i].setting, NULL}});
        db_fixture_run(fixture, measure, &run);
        db_fixture_free(fixture);
    }
    return 0;
}
