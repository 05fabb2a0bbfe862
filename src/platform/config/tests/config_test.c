/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Loading: where values come from, which problems are told, and what is printed. */
#include "platform/config/config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/value/instant.h"

struct shop {
    struct str title;
    struct str key;
    int64_t seats;
    int64_t pause;
    int64_t room;
    bool is_open;
};

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct shop, title, "SHOP_TITLE", .fallback = "Lathe", .help = "Name | of the shop."),
    SETTING_STR(struct shop, key, "SHOP_KEY", .is_secret = true, .min = 4, .help = "Key of the till."),
    SETTING_INT(struct shop, seats, "SHOP_SEATS", .fallback = "4", .min = 1, .max = 9, .help = "Seats."),
    SETTING_TIME(struct shop, pause, "SHOP_PAUSE", .fallback = "30s", .help = "Pause."),
    SETTING_BYTES(struct shop, room, "SHOP_ROOM", .fallback = "1M", .help = "Room."),
    SETTING_BOOL(struct shop, is_open, "SHOP_OPEN", .fallback = "yes", .help = "Open?"),
};
/* clang-format on */

static void check(const void *settings, bool is_production, struct strbuf *problems)
{
    const struct shop *shop = settings;
    if (!is_production && shop->seats == 9 && !shop->is_open)
        strbuf_append_cstr(problems, "LATHE_SHOP_SEATS: nine seats need an open shop\n");
}

static const struct setting_group shop_group = SETTING_GROUP("shop", struct shop, rows, check);
static const struct setting_group *const groups[] = {&shop_group, NULL};

struct fixture {
    char path[64]; /* of the .env file */
    struct strbuf problems;
    struct strbuf out;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.path = "/tmp/lathe-config-test-XXXXXX"};
    int fd = mkstemp(fixture.path);
    assert_true(fd >= 0);
    close(fd);
    strbuf_init(&fixture.problems, NULL, 65536);
    strbuf_init(&fixture.out, NULL, 65536);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    strbuf_fini(&fixture->problems);
    strbuf_fini(&fixture->out);
    return 0;
}

static struct config *load(struct fixture *fixture, const char *file, const char *const *environment)
{
    FILE *stream = fopen(fixture->path, "we");
    assert_non_null(stream);
    assert_true(fputs(file, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    return config_load(groups, environment, fixture->path, &fixture->problems);
}

static void assert_has(const struct strbuf *text, const char *part)
{
    if (str_find(strbuf_str(text), str_cstr(part)) < 0)
        fail_msg("\"%s\" is not in:\n%s", part, text->len > 0 ? text->ptr : "");
}

static size_t line_count(const struct strbuf *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->ptr[i] == '\n';
    return count;
}

static void environment_beats_file_beats_default(void **state)
{
    struct fixture *fixture = *state;
    const char *environment[] = {"HOME=/nowhere", "LATHE_SHOP_SEATS=5", "LATHE_SHOP_PAUSE=2m", NULL};
    struct config *config = load(fixture,
                                 "OTHER=1\nLATHE_SHOP_KEY='a key'\n"
                                 "export LATHE_SHOP_SEATS=7\nLATHE_SHOP_ROOM=2K # small\n",
                                 environment);
    assert_int_equal(fixture->problems.len, 0);
    assert_non_null(config);
    const struct shop *shop = config_settings(config, &shop_group);
    assert_true(str_equal(shop->title, STR("Lathe")));
    assert_true(str_equal(shop->key, STR("a key")));
    assert_int_equal(shop->seats, 5);
    assert_int_equal(shop->pause, 2 * US_PER_MINUTE);
    assert_int_equal(shop->room, 2048);
    assert_true(shop->is_open);
    config_free(config);
}

/* Libraries take them as C strings. */
static void a_value_ends_where_it_ends(void **state)
{
    struct fixture *fixture = *state;
    const char *environment[] = {"LATHE_SHOP_KEY=from outside", NULL};
    struct config *config = load(fixture, "LATHE_SHOP_TITLE=bare\nLATHE_SHOP_SEATS=7\n", environment);
    assert_non_null(config);
    const struct shop *shop = config_settings(config, &shop_group);
    assert_string_equal(shop->title.ptr, "bare");
    assert_string_equal(shop->key.ptr, "from outside");
    config_free(config);
}

static void every_problem_is_told_in_one_run(void **state)
{
    struct fixture *fixture = *state;
    const char *environment[] = {"LATHE_SHOP_PAUSE=30", "LATHE_SHOP_SEETS=1", "LATHE_QUITE_ELSE=1", NULL};
    struct config *config =
        load(fixture, "LATHE_SHOP_SEATS=10\nnonsense\nLATHE_LISTN=1\nLATHE_SHOP_OPEN=\n", environment);
    assert_null(config);
    char expected[8][160];
    snprintf(expected[0], sizeof(expected[0]), "%s:1: LATHE_SHOP_SEATS=10: must be a whole number, 1 to 9\n",
             fixture->path);
    snprintf(expected[1], sizeof(expected[1]), "%s:2: the line is not of the form NAME=value\n",
             fixture->path);
    snprintf(expected[2], sizeof(expected[2]),
             "%s:3: LATHE_LISTN is no setting; did you mean LATHE_LISTEN?\n", fixture->path);
    snprintf(expected[3], sizeof(expected[3]), "%s:4: LATHE_SHOP_OPEN=: must be true or false\n",
             fixture->path);
    snprintf(expected[4], sizeof(expected[4]),
             "environment: LATHE_SHOP_PAUSE=30: must be a duration such as");
    snprintf(expected[5], sizeof(expected[5]),
             "environment: LATHE_SHOP_SEETS is no setting; did you mean LATHE_SHOP_SEATS?\n");
    snprintf(expected[6], sizeof(expected[6]), "environment: LATHE_QUITE_ELSE is no setting\n");
    snprintf(expected[7], sizeof(expected[7]),
             "LATHE_SHOP_KEY is not set and has no default: Key of the till.\n");
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_has(&fixture->problems, expected[i]);
    assert_int_equal(line_count(&fixture->problems), COUNT_OF(expected));
}

static void a_refused_secret_is_not_repeated(void **state)
{
    struct fixture *fixture = *state;
    const char *environment[] = {"LATHE_SHOP_KEY=abc", NULL};
    assert_null(load(fixture, "", environment));
    assert_has(&fixture->problems, "environment: LATHE_SHOP_KEY: must be one line of text");
    assert_true(str_find(strbuf_str(&fixture->problems), STR("abc")) < 0);
}

static void a_cross_field_check_stops_the_start(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "LATHE_SHOP_KEY=abcd\nLATHE_SHOP_SEATS=9\nLATHE_SHOP_OPEN=no\n", NULL));
    assert_string_equal(fixture->problems.ptr, "LATHE_SHOP_SEATS: nine seats need an open shop\n");
}

static void a_named_file_must_be_there(void **state)
{
    struct fixture *fixture = *state;
    const char *environment[] = {"LATHE_SHOP_KEY=abcd", NULL};
    assert_null(config_load(groups, environment, "/nowhere/x.env", &fixture->problems));
    assert_has(&fixture->problems, "/nowhere/x.env: cannot be read: No such file or directory\n");
}

static void an_oversized_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char *text = calloc(1, 70001);
    assert_non_null(text);
    memset(text, '#', 70000);
    assert_null(load(fixture, text, NULL));
    free(text);
    assert_has(&fixture->problems, ": cannot be read: File too large\n");
}

static void printing_masks_secrets_and_names_sources(void **state)
{
    struct fixture *fixture = *state;
    const char *environment[] = {"LATHE_SHOP_SEATS=5", "LATHE_DATABASE_URL=postgresql://u:pw@db/x", NULL};
    struct config *config = load(fixture, "\nLATHE_SHOP_KEY=hunter22\n", environment);
    assert_non_null(config);
    config_print(config, &fixture->out);
    char from_file[128];
    snprintf(from_file, sizeof(from_file), "LATHE_SHOP_KEY=***  # %s:2\n", fixture->path);
    assert_has(&fixture->out, from_file);
    assert_has(&fixture->out, "LATHE_SHOP_SEATS=5  # environment\n");
    assert_has(&fixture->out, "LATHE_SHOP_TITLE=Lathe  # default\n");
    assert_has(&fixture->out, "LATHE_DATABASE_URL=postgresql://***@db/***  # environment\n");
    assert_true(str_find(strbuf_str(&fixture->out), STR("hunter22")) < 0);
    config_free(config);
}

static void the_reference_has_a_table_per_part(void **state)
{
    struct fixture *fixture = *state;
    config_print_reference(groups, &fixture->out);
    assert_has(&fixture->out, "\n## core\n\n| Name | Type | Default | Permitted | Meaning |\n");
    assert_has(&fixture->out, "| `LATHE_LOG_LEVEL` | word | `info` | debug, info, warn, error | ");
    assert_has(&fixture->out, "\n## shop\n\n| Name | Type | Default | Permitted | Meaning |\n");
    assert_has(&fixture->out, "| `LATHE_SHOP_TITLE` | text | `Lathe` |  | Name \\| of the shop. |\n");
    assert_has(&fixture->out, "| `LATHE_SHOP_SEATS` | integer | `4` | 1 to 9 | Seats. |\n");
    assert_has(&fixture->out, "| `LATHE_SHOP_KEY` | text, secret | *required* |");
}

/* The sample must itself be a good .env file: commented defaults, and the required ones to fill in. */
static void the_sample_is_read_back(void **state)
{
    struct fixture *fixture = *state;
    config_print_sample(groups, &fixture->out);
    assert_has(&fixture->out, "\n# Seats.\n# integer: 1 to 9\n#LATHE_SHOP_SEATS=4\n");
    assert_has(&fixture->out, "\n# Key of the till.\n# text: 4 to 1024 bytes; required\nLATHE_SHOP_KEY=\n");
    const char *environment[] = {"LATHE_SHOP_KEY=abcd", NULL};
    struct config *config = load(fixture, fixture->out.ptr, environment);
    assert_int_equal(fixture->problems.len, 0);
    assert_non_null(config);
    config_free(config);
}

/* Whether a load of these rows dies, in a child whose complaint is not shown. */
static bool load_dies(const struct setting *row)
{
    const struct setting_group group = {.part = "bad", .rows = row, .count = 1, .size = sizeof(struct shop)};
    const struct setting_group *const all[] = {&shop_group, &group, NULL};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct strbuf problems;
        (void)close(STDERR_FILENO);
        (void)sigaction(SIGABRT, &by_default, NULL);
        strbuf_init(&problems, NULL, 4096);
        config_free(config_load(all, NULL, NULL, &problems));
        strbuf_fini(&problems);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void a_mistake_in_a_table_ends_the_start(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct setting good = SETTING_INT(struct shop, seats, "BAD_SEATS", .fallback = "4", .min = 1, .max = 9);
    static const struct setting bad[] = {
        SETTING_INT(struct shop, seats, "SHOP_SEATS", .fallback = "4", .min = 1, .max = 9),
        SETTING_INT(struct shop, seats, "LISTEN", .fallback = "4"),
        SETTING_INT(struct shop, seats, "BAD_SEATS", .fallback = "10", .min = 1, .max = 9),
        SETTING_TIME(struct shop, pause, "BAD_PAUSE", .fallback = "30"),
    };
    /* clang-format on */
    assert_false(load_dies(&good));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_true(load_dies(&bad[i]));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(environment_beats_file_beats_default), TEST(a_value_ends_where_it_ends),
        TEST(every_problem_is_told_in_one_run),     TEST(a_refused_secret_is_not_repeated),
        TEST(a_cross_field_check_stops_the_start),  TEST(a_named_file_must_be_there),
        TEST(an_oversized_file_is_refused),         TEST(printing_masks_secrets_and_names_sources),
        TEST(the_reference_has_a_table_per_part),   TEST(the_sample_is_read_back),
        TEST(a_mistake_in_a_table_ends_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
