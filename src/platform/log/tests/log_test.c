/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The log as a whole: levels, the limit, the sink, errors, masks, and what survives a crash. */
#include "platform/log/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/config/core_settings.h"

static int64_t fake_now_us;

static int64_t fake_now(void)
{
    return fake_now_us;
}

struct lines {
    struct strbuf text; /* of all lines */
    int count;
};

static void collect(void *arg, enum log_level level, struct str line)
{
    (void)level;
    struct lines *lines = arg;
    lines->count++;
    strbuf_append(&lines->text, line);
    strbuf_append_char(&lines->text, '\n');
}

struct fixture {
    struct lines lines;
    struct log *log;
    struct platform platform;
    struct ctx cx;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.lines = {.count = 0}};
    fake_now_us = INT64_C(1795160495123456);
    strbuf_init(&fixture.lines.text, NULL, 1 << 20);
    fixture.log = log_new(&(const struct log_options){.level = LOG_INFO,
                                                      .format = LOG_HUMAN,
                                                      .fd = -1,
                                                      .per_second = 3,
                                                      .sink = collect,
                                                      .sink_arg = &fixture.lines,
                                                      .now_us = fake_now});
    fixture.platform.log = fixture.log;
    fixture.cx = (struct ctx){.platform = &fixture.platform, .caller = &caller_anonymous};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    log_free(fixture->log);
    strbuf_fini(&fixture->lines.text);
    return 0;
}

static void lines_below_the_level_are_not_written(void **state)
{
    struct fixture *fixture = *state;
    assert_false(log_is_on(fixture->log, LOG_DEBUG));
    assert_true(log_is_on(fixture->log, LOG_INFO));
    assert_false(log_is_on(NULL, LOG_ERROR));
    LOG(&fixture->cx, DEBUG, "a.b", log_i64("n", 1));
    log_write(fixture->log, NULL, LOG_DEBUG, "a.b", NULL, 0);
    log_write_each(fixture->log, NULL, LOG_DEBUG, "a.b", NULL, 0);
    LOG_TO(NULL, NULL, LOG_ERROR, "a.b");
    assert_int_equal(fixture->lines.count, 0);
    LOG(&fixture->cx, INFO, "a.b", log_i64("n", 1), log_bool("ok", false));
    LOG(&fixture->cx, WARN, "a.c");
    assert_string_equal(fixture->lines.text.ptr, "2026-11-20 07:41:35.123 INFO  a.b n=1 ok=false\n"
                                                 "2026-11-20 07:41:35.123 WARN  a.c\n");
}

static void a_flood_is_limited_and_counted(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 10; i++)
        LOG(&fixture->cx, WARN, "disk.slow", log_i64("i", i));
    assert_int_equal(fixture->lines.count, 3);
    strbuf_clear(&fixture->lines.text);
    fake_now_us += US_PER_SECOND;
    LOG(&fixture->cx, WARN, "disk.slow", log_i64("i", 10));
    assert_string_equal(fixture->lines.text.ptr,
                        "2026-11-20 07:41:36.123 WARN  log.limited left_out=disk.slow count=7\n"
                        "2026-11-20 07:41:36.123 WARN  disk.slow i=10\n");
}

static void what_was_left_out_is_told_at_the_end(void **state)
{
    (void)state;
    struct lines lines = {.count = 0};
    strbuf_init(&lines.text, NULL, 1 << 20);
    struct log *log = log_new(&(const struct log_options){
        .format = LOG_HUMAN, .per_second = 1, .sink = collect, .sink_arg = &lines, .now_us = fake_now});
    LOG_TO(log, NULL, LOG_INFO, "x.y");
    LOG_TO(log, NULL, LOG_INFO, "x.y");
    strbuf_clear(&lines.text);
    log_free(log);
    assert_true(str_ends_with(strbuf_str(&lines.text), STR(" INFO  log.limited left_out=x.y count=1\n")));
    strbuf_fini(&lines.text);
}

static void each_line_of_a_request_is_written(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 50; i++)
        LOG_EACH(&fixture->cx, INFO, "http.request", log_i64("status", 200));
    assert_int_equal(fixture->lines.count, 50);
}

static void an_error_is_logged_by_the_level_of_its_code(void **state)
{
    struct fixture *fixture = *state;
    static const struct reason lost = {"shop.lost", ERROR_INTERNAL, "help"};
    static const struct reason busy = {"shop.busy", ERROR_UNAVAILABLE, "help"};
    static const struct reason absent = {"shop.absent", ERROR_NOT_FOUND, "help"};
    struct arena *arena = arena_new(0);
    struct error *cause = ERROR_IN(arena, lost, "row %d", 7);
    log_error(fixture->log, &fixture->cx, "job.failed",
              error_wrap(arena, cause, __FILE__, __LINE__, "while paying"));
    log_error(fixture->log, NULL, "job.failed", ERROR_IN(arena, busy, "later"));
    log_error(fixture->log, NULL, "job.failed", ERROR_IN(arena, absent, "gone"));
    arena_free(arena);
    assert_int_equal(fixture->lines.count, 2);
    struct str text = strbuf_str(&fixture->lines.text);
    assert_true(str_find(text, STR("ERROR job.failed reason=shop.lost error=")) >= 0);
    assert_true(str_find(text, STR("while paying")) >= 0);
    assert_true(str_find(text, STR("row 7")) >= 0);
    assert_true(str_find(text, STR("WARN  job.failed reason=shop.busy error=")) >= 0);
}

static void an_address_is_masked(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *masked;
    } rows[] = {
        {"anna@example.org", "a***@example.org"},
        {"a@example.org", "a***@example.org"},
        {"a@b@example.org", "a***@example.org"},
        {"\xC3\xA4nna@example.org", "\xC3\xA4***@example.org"},
        {"@example.org", "***"},
        {"anna", "***"},
        {"", "***"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_true(str_equal(log_mask_email(arena, str_cstr(rows[i].address)), str_cstr(rows[i].masked)));
    arena_free(arena);
}

/* config stands below log and repeats its words: they must keep the order of the enums. */
static void the_settings_name_our_levels_and_formats(void **state)
{
    (void)state;
    static const struct {
        const char *setting;
        int32_t level;
        int32_t format;
    } rows[] = {
        {"LATHE_LOG_LEVEL=debug", LOG_DEBUG, LOG_HUMAN}, {"LATHE_LOG_LEVEL=info", LOG_INFO, LOG_HUMAN},
        {"LATHE_LOG_LEVEL=warn", LOG_WARN, LOG_HUMAN},   {"LATHE_LOG_LEVEL=error", LOG_ERROR, LOG_HUMAN},
        {"LATHE_LOG_FORMAT=json", LOG_INFO, LOG_JSON},
    };
    static const struct setting_group *const groups[] = {NULL};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *environment[] = {rows[i].setting, NULL};
        struct strbuf problems;
        strbuf_init(&problems, NULL, 1024);
        struct config *config = config_load(groups, environment, NULL, &problems);
        assert_non_null(config);
        const struct core_settings *core = config_settings(config, &core_settings_group);
        assert_int_equal(core->log_level, rows[i].level);
        assert_int_equal(core->log_format, rows[i].format);
        config_free(config);
        strbuf_fini(&problems);
    }
}

enum ending { END_BY_FREE, END_BY_EXIT, END_BY_ABORT, END_BY_FAULT };

/* The child logs and ends at once; _exit would lose the line, so only the guard can have saved it. */
_Noreturn static void log_and_end(int fd, enum ending ending)
{
    const struct sigaction by_default = {.sa_handler =
                                             SIG_DFL}; /* the test framework has a handler of its own */
    REQUIRE(sigaction(SIGSEGV, &by_default, NULL) == 0);
    struct log *log = log_new(&(const struct log_options){.level = LOG_INFO, .format = LOG_JSON, .fd = fd});
    log_guard(log);
    LOG_TO(log, NULL, LOG_INFO, "last.words", log_i64("n", 1));
    switch (ending) {
    case END_BY_FREE:
        log_free(log);
        _exit(0);
    case END_BY_EXIT:
        exit(0); /* NOLINT(concurrency-mt-unsafe): the handlers of exit are what is tested */
    case END_BY_ABORT:
        abort();
    case END_BY_FAULT:
        raise(SIGSEGV);
    }
    _exit(1);
}

static void the_last_words_are_written_however_it_ends(void **state)
{
    (void)state;
    for (enum ending ending = END_BY_FREE; ending <= END_BY_FAULT; ending++) {
        int fds[2];
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            log_and_end(fds[1], ending);
        close(fds[1]);
        char text[512];
        ssize_t got = read(fds[0], text, sizeof(text));
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        close(fds[0]);
        assert_true(got > 0);
        assert_true(str_ends_with(str_from(text, (size_t)got), STR("\"event\":\"last.words\",\"n\":1}\n")));
        assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, ending == END_BY_ABORT   ? SIGABRT
                                                                     : ending == END_BY_FAULT ? SIGSEGV
                                                                                              : 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_below_the_level_are_not_written),
        TEST(a_flood_is_limited_and_counted),
        cmocka_unit_test(what_was_left_out_is_told_at_the_end),
        TEST(each_line_of_a_request_is_written),
        TEST(an_error_is_logged_by_the_level_of_its_code),
        cmocka_unit_test(an_address_is_masked),
        cmocka_unit_test(the_settings_name_our_levels_and_formats),
        cmocka_unit_test(the_last_words_are_written_however_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
