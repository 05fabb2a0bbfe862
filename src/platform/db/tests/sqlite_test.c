/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What only SQLite has: groups, a full disk, copies of a running database, a second process on the same file. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/db/measure.h"
#include "platform/db/sqlite/connection.h"
#include "platform/db/tests/crowd.h"
#include "platform/db/tests/shelf.h"
#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"

/* Groups, as the metrics tell */

struct groups {
    size_t writers;
    int64_t commits;
};

static void write_one(struct ctx *cx, size_t number, void *arg)
{
    (void)arg;
    char name[24];
    (void)snprintf(name, sizeof(name), "g%zu", number);
    error_ignore(db_exec(cx, NULL, SHELF_SET_COUNTER(.name = str_cstr(name), .value = 1), NULL));
}

static void write_many(struct ctx *cx, void *arg)
{
    struct groups *groups = arg;
    crowd_run(cx, groups->writers, write_one, NULL);
    struct value_row count = {0};
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &count));
    assert_int_equal(count.value, (int64_t)groups->writers);
}

/* Whoever writes during a commit shares the next; a quick disk would leave nobody the time. */
static void slow_commits_down(void)
{
#ifdef LATHE_FAULTS
    fault_arm(&(struct fault_rule){.point = "db.commit.before", .action = FAULT_DELAY, .delay_ms = 30});
#endif
}

static void let_commits_go(void)
{
#ifdef LATHE_FAULTS
    fault_disarm_all();
#endif
}

/* The number of commits that so many writers took. */
static int64_t count_commits(const char *group_setting, size_t writers)
{
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE,
                                                    .modules = shelf_modules,
                                                    .settings = (const char *const[]){group_setting, NULL}});
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &db_metric_table);
    db_fixture_platform(fixture)->metrics = metrics;
    struct groups groups = {.writers = writers};
    db_fixture_run(fixture, write_many, &groups);
    int64_t commits = metric_read(metrics, &db_metric_table, METRIC_DB_GROUP, 0);
    db_fixture_free(fixture);
    metrics_free(metrics);
    return commits;
}

static void writers_share_commits_up_to_the_group_size(void **state)
{
    (void)state;
    assert_int_equal(count_commits("LATHE_SQLITE_GROUP=1", 200), 200);
    slow_commits_down();
    assert_in_range(count_commits("LATHE_SQLITE_GROUP=10", 200), 20, 60);
    assert_in_range(count_commits("LATHE_SQLITE_GROUP=200", 200), 1, 20);
    let_commits_go();
}

/* A full disk: files may not grow over a limit for a while. */

enum { FULL_WRITERS = 60, FULL_BYTES = 30000 };

struct full {
    bool is_acknowledged[FULL_WRITERS];
    size_t full;
    size_t other_errors;
};

static void write_bytes(struct ctx *cx, size_t number, void *arg)
{
    struct full *full = arg;
    char *bytes = arena_alloc(cx->arena, FULL_BYTES);
    struct error *error = db_exec(
        cx, NULL,
        SHELF_INSERT_BOOK(.id = shelf_id((uint32_t)number), .title = STR("x"), .cover = {bytes, FULL_BYTES}),
        NULL);
    full->is_acknowledged[number] = error == NULL;
    if (error_is(error, &db_full))
        full->full++;
    else if (error != NULL)
        full->other_errors++;
}

static void limit_files(size_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes != 0 ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void assert_stored(struct ctx *cx, const struct full *full)
{
    for (uint32_t i = 0; i < FULL_WRITERS; i++) {
        struct book book;
        bool is_found = false;
        ASSERT_OK(cx, db_find(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(i)), &book_row, &book, &is_found));
        check_that(is_found == full->is_acknowledged[i], "row %u: acknowledged %d, stored %d", i,
                   full->is_acknowledged[i], is_found);
    }
}

static void fill_disk(struct ctx *cx, void *arg)
{
    const struct db_fixture *fixture = arg;
    struct stat info;
    struct str wal = arena_printf(cx->arena, "%s/test.db-wal", db_fixture_folder(fixture));
    assert_int_equal(stat(wal.ptr, &info), 0);
    limit_files((size_t)info.st_size + 20 * FULL_BYTES);
    struct full full = {.full = 0};
    crowd_run(cx, FULL_WRITERS, write_bytes, &full);
    limit_files(0);
    check_that(full.full > 0 && full.full < FULL_WRITERS,
               "%zu of %d found the disk full, %zu failed otherwise", full.full, FULL_WRITERS,
               full.other_errors);
    assert_int_equal(full.other_errors, 0);
    assert_stored(cx, &full);

    struct full again = {.full = 0};
    crowd_run(cx, FULL_WRITERS, write_bytes,
              &again); /* room again: those that are there violate their key, the rest go in */
    assert_int_equal(again.full, 0);
    assert_int_equal(again.other_errors, FULL_WRITERS - full.full);
}

static void a_full_disk_refuses_some_and_loses_none(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    shelf_run_with((const char *const[]){"LATHE_SQLITE_MMAP=0", NULL}, fill_disk);
}

/* A copy while others write */

struct copying {
    const char *path;
    atomic_size_t written;
    bool is_done;
    bool has_failed;
};

static void copy_or_write(struct ctx *cx, size_t number, void *arg)
{
    struct copying *copying = arg;
    if (number == 0) {
        crowd_wait_until(&copying->written, 200);
        copying->has_failed = db_copy_sqlite(cx, cx->platform->db, copying->path) != NULL;
        copying->is_done = true;
        return;
    }
    for (size_t i = 0; !copying->is_done || i < 100; i++) {
        char name[48];
        (void)snprintf(name, sizeof(name), "c%zu-%zu", number, i);
        error_ignore(db_exec(cx, NULL, SHELF_SET_COUNTER(.name = str_cstr(name), .value = 1), NULL));
        atomic_fetch_add(&copying->written, 1);
    }
}

static void copy_and_write(struct ctx *cx, void *arg)
{
    struct copying *copying = arg;
    crowd_run(cx, 5, copy_or_write, copying);
    assert_false(copying->has_failed);
    struct value_row count;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &count));
    assert_int_equal(count.value, (int64_t)atomic_load(&copying->written));
    struct error *error = db_copy_sqlite(cx, cx->platform->db, copying->path);
    ASSERT_REASON(error, db_unavailable); /* what is there is not overwritten */
}

static void count_copy(struct ctx *cx, void *arg)
{
    const struct copying *copying = arg;
    struct value_row count;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &count));
    assert_in_range(count.value, 200, (int64_t)atomic_load(&copying->written));
}

static void a_running_database_can_be_copied(void **state)
{
    (void)state;
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    char path[300];
    char url[320];
    (void)snprintf(path, sizeof(path), "%s/copy.db", db_fixture_folder(fixture));
    (void)snprintf(url, sizeof(url), "sqlite:%s", path);
    struct copying copying = {.path = path};
    db_fixture_run(fixture, copy_and_write, &copying);
    struct db_fixture *copy = db_fixture_new(
        &(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules, .database_url = url});
    db_fixture_run(copy, count_copy, &copying);
    db_fixture_free(copy);
    db_fixture_free(fixture);
}

/* Two programs on one file: the server and an operator's command */

struct program {
    pthread_t thread;
    const char *url;
    size_t failures;
};

static void bump(struct ctx *cx, size_t number, void *arg)
{
    (void)number;
    struct program *program = arg;
    if (db_exec(cx, NULL, SHELF_BUMP_COUNTER(.name = STR("shared")), NULL) != NULL)
        program->failures++;
}

static void bump_many(struct ctx *cx, void *arg)
{
    crowd_run(cx, 300, bump, arg);
}

static void *run_program(void *arg)
{
    struct program *program = arg;
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
        .engine = DB_SQLITE, .modules = shelf_modules, .database_url = program->url});
    db_fixture_run(fixture, bump_many, program);
    db_fixture_free(fixture);
    return NULL;
}

static void read_shared(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row value;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_READ_COUNTER(.name = STR("shared")), &value_row, &value));
    assert_int_equal(value.value, 900);
}

static void several_programs_may_write(void **state)
{
    (void)state;
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    struct program programs[3] = {0};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        programs[i].url = db_fixture_url(fixture);
        assert_int_equal(pthread_create(&programs[i].thread, NULL, run_program, &programs[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        pthread_join(programs[i].thread, NULL);
        assert_int_equal(programs[i].failures, 0);
    }
    db_fixture_run(fixture, read_shared, NULL);
    db_fixture_free(fixture);
}

/* A read that is too long for a loop */

static void read_for_long(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row value;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_NOT_SO_HEAVY(), &value_row, &value));
    assert_int_equal(value.value, 3000000);
    int64_t moved = metric_read(cx->platform->metrics, &db_metric_table, METRIC_DB_MOVED, 0);
    assert_int_equal(moved, 1);
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &value));
}

/* As many rounds as make SQLite look at the clock during a step several times. */
enum { STEP_ROUNDS = 8000 };

static void open_and_end_snapshots(struct ctx *cx, void *arg)
{
    struct sqlite_connection *connection = arg;
    connection->deadline_us = 0; /* long past */
    for (size_t i = 0; i < STEP_ROUNDS; i++) {
        ASSERT_OK(cx, sqlite_connection_step(connection, cx, STEP_BEGIN));
        ASSERT_OK(cx, sqlite_connection_step(connection, cx, STEP_ROLLBACK));
    }
}

static void no_deadline_stops_the_end_of_a_snapshot(void **state)
{
    (void)state;
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    struct arena *arena = arena_new(0);
    struct sqlite_connection connection;
    assert_null(
        sqlite_connection_open(arena, db_fixture_platform(fixture)->db, CONNECTION_READS, &connection));
    db_fixture_run(fixture, open_and_end_snapshots, &connection);
    sqlite_connection_close(&connection);
    arena_free(arena);
    db_fixture_free(fixture);
}

static void a_long_read_is_moved_to_a_thread(void **state)
{
    (void)state;
    /* It is long for a loop; on a busy machine it may be long for anybody. */
    const char *const patient[] = {"LATHE_DATABASE_STATEMENT_TIMEOUT=5m", NULL};
    struct db_fixture *fixture = db_fixture_new(
        &(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules, .settings = patient});
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &db_metric_table);
    db_fixture_platform(fixture)->metrics = metrics;
    db_fixture_run(fixture, read_for_long, NULL);
    db_fixture_free(fixture);
    metrics_free(metrics);
}

/* The process dies around a commit: what was acknowledged is there. */

#ifdef LATHE_FAULTS

enum { CRASH_WRITERS = 20 };

/* What the child is told once the database is there. */
struct place {
    char url[512];
    char folder[512];
};

struct crash {
    struct place place;
    const char *point;
    int after;
    int acknowledged_fd;
};

static void write_and_tell(struct ctx *cx, size_t number, void *arg)
{
    const struct crash *crash = arg;
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t row = (uint32_t)number * 100 + i;
        char name[16];
        int len = snprintf(name, sizeof(name), "k%u", row);
        if (db_exec(cx, NULL, SHELF_SET_COUNTER(.name = {name, (size_t)len}, .value = 1), NULL) == NULL)
            REQUIRE(write(crash->acknowledged_fd, &row, sizeof(row)) == sizeof(row));
    }
}

static void write_until_crash(struct ctx *cx, void *arg)
{
    const struct crash *crash = arg;
    fault_arm(&(struct fault_rule){.point = crash->point, .action = FAULT_CRASH, .after = crash->after});
    crowd_run(cx, CRASH_WRITERS, write_and_tell, arg);
}

static _Noreturn void run_and_crash(const struct crash *crash)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the child process has this thread only */
    setenv("TMPDIR", crash->place.folder, 1);
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE,
                                                                             .modules = shelf_modules,
                                                                             .database_url = crash->place.url,
                                                                             .is_unmigrated = true});
    struct crash copy = *crash;
    db_fixture_run(fixture, write_until_crash, &copy);
    _exit(EXIT_FAILURE);
}

struct survivors {
    uint32_t rows[CRASH_WRITERS * 100];
    size_t count;
};

static void find_survivors(struct ctx *cx, void *arg)
{
    const struct survivors *survivors = arg;
    for (size_t i = 0; i < survivors->count; i++) {
        struct value_row value;
        struct str name = arena_printf(cx->arena, "k%u", survivors->rows[i]);
        ASSERT_OK(cx, db_load(cx, NULL, SHELF_READ_COUNTER(.name = name), &value_row, &value));
    }
}

/* Forked before the database starts its threads: a lock that one of them held, the allocator's say, would never be let go in the child. */
static pid_t start_child(struct crash *crash, int start_fd)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        REQUIRE(read(start_fd, &crash->place, sizeof(crash->place)) == sizeof(crash->place));
        run_and_crash(crash);
    }
    return child;
}

static void tell_place(struct db_fixture *fixture, int fd)
{
    struct place place = {0};
    (void)snprintf(place.url, sizeof(place.url), "%s", db_fixture_url(fixture));
    (void)snprintf(place.folder, sizeof(place.folder), "%s", db_fixture_folder(fixture));
    assert_int_equal(write(fd, &place, sizeof(place)), sizeof(place));
}

/* How many were acknowledged before the crash. */
static size_t crash_once(const char *point, int after)
{
    int ends[2], start[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(start), 0);
    struct crash crash = {.point = point, .after = after, .acknowledged_fd = ends[1]};
    pid_t child = start_child(&crash, start[0]);
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    tell_place(fixture, start[1]);
    close(start[0]);
    close(start[1]);
    close(ends[1]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct survivors survivors = {.count = 0};
    ssize_t len = read(ends[0], survivors.rows, sizeof(survivors.rows));
    close(ends[0]);
    survivors.count = len > 0 ? (size_t)len / sizeof(uint32_t) : 0;
    db_fixture_run(fixture, find_survivors, &survivors);
    db_fixture_free(fixture);
    return survivors.count;
}

static void what_was_acknowledged_survives_a_crash(void **state)
{
    (void)state;
    static const char *const points[] = {"db.commit.before", "db.commit.after"};
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        size_t acknowledged = 0;
        for (int after = 1; after < 40; after += 6)
            acknowledged += crash_once(points[i], after);
        assert_true(acknowledged > 0); /* each by itself may be quicker than the loop that tells */
    }
}

#endif

/* A call that forgot its transaction would wait for the thread that it runs on. */

static struct error *forget_the_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)tx;
    (void)arg;
    return db_exec(cx, NULL, SHELF_SET_COUNTER(.name = STR("x"), .value = 1), NULL);
}

static void transact_forgetfully(struct ctx *cx, void *arg)
{
    (void)arg;
    error_ignore(db_transact(cx, TX_WRITE, forget_the_tx, NULL));
}

static void run_forgetfully(void *arg)
{
    const struct db_fixture *parent = arg;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the child process has this thread only */
    setenv("TMPDIR", db_fixture_folder(parent), 1);
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
        .engine = DB_SQLITE, .modules = shelf_modules, .database_url = db_fixture_url(parent)});
    db_fixture_run(fixture, transact_forgetfully, NULL);
}

static void a_call_without_its_transaction_is_a_mistake(void **state)
{
    (void)state;
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    assert_true(check_aborts(run_forgetfully, fixture));
    db_fixture_free(fixture);
}

/* Threads without a loop */

static void a_thread_without_a_loop_may_use_it(void **state)
{
    (void)state;
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    struct arena *arena = arena_new(0);
    struct ctx cx = {.arena = arena,
                     .platform = db_fixture_platform(fixture),
                     .caller = &caller_anonymous,
                     .deadline_us = INT64_MAX};
    struct value_row value;
    ASSERT_OK(&cx, db_load(&cx, NULL, SHELF_BUMP_COUNTER(.name = STR("x")), &value_row, &value));
    ASSERT_OK(&cx, db_load(&cx, NULL, SHELF_READ_COUNTER(.name = STR("x")), &value_row, &value));
    assert_int_equal(value.value, 1);
    arena_free(arena);
    db_fixture_free(fixture);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_share_commits_up_to_the_group_size),
        cmocka_unit_test(a_full_disk_refuses_some_and_loses_none),
        cmocka_unit_test(a_running_database_can_be_copied),
        cmocka_unit_test(several_programs_may_write),
        cmocka_unit_test(no_deadline_stops_the_end_of_a_snapshot),
        cmocka_unit_test(a_long_read_is_moved_to_a_thread),
#ifdef LATHE_FAULTS
        cmocka_unit_test(what_was_acknowledged_survives_a_crash),
#endif
        cmocka_unit_test(a_call_without_its_transaction_is_a_mistake),
        cmocka_unit_test(a_thread_without_a_loop_may_use_it),
    };
    return shelf_main(argc, argv, "sqlite", tests, COUNT_OF(tests));
}
