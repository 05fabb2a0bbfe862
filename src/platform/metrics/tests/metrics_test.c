/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Counting from many threads, and the text that a scrape gets. */
#include "platform/metrics/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/metrics/tests/sample_table.h"

static int set_up(void **state)
{
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &sample_table);
    *state = metrics;
    return 0;
}

static int tear_down(void **state)
{
    metrics_free(*state);
    return 0;
}

static void assert_exposes(struct metrics *metrics, const char *part)
{
    struct strbuf out;
    strbuf_init(&out, NULL, 1 << 20);
    metrics_write(metrics, &out);
    assert_false(out.overflow);
    if (str_find(strbuf_str(&out), str_cstr(part)) < 0)
        fail_msg("\"%s\" is not in:\n%s", part, out.ptr);
    strbuf_fini(&out);
}

static void count_a_thousand_times(struct metrics *metrics)
{
    for (int i = 0; i < 1000; i++) {
        metric_add(metrics, &sample_table, SAMPLE_PLAYS, 0, 1);
        metric_add(metrics, &sample_table, SAMPLE_SALES, 1, 2);
        metric_add(metrics, &sample_table, SAMPLE_ROOMS, 0, i % 2 == 0 ? 1 : -1);
        metric_observe(metrics, &sample_table, SAMPLE_WAIT, 0, 0.5);
    }
}

static void *count_on_thread(void *arg)
{
    count_a_thousand_times(arg);
    return NULL;
}

static void counts_of_all_threads_are_summed_and_outlive_them(void **state)
{
    struct metrics *metrics = *state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_on_thread, metrics), 0);
    count_a_thousand_times(metrics);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);

    assert_int_equal(metric_read(metrics, &sample_table, SAMPLE_PLAYS, 0), 5000);
    assert_int_equal(metric_read(metrics, &sample_table, SAMPLE_SALES, 0), 0);
    assert_int_equal(metric_read(metrics, &sample_table, SAMPLE_SALES, 1), 10000);
    assert_int_equal(metric_read(metrics, &sample_table, SAMPLE_ROOMS, 0), 0);
    assert_int_equal(metric_read(metrics, &sample_table, SAMPLE_WAIT, 0), 5000);
    assert_exposes(metrics, "\nshop_wait_seconds_sum 2500\nshop_wait_seconds_count 5000\n");
}

static void *set_on_thread(void *arg)
{
    metric_set(arg, &sample_table, SAMPLE_QUEUE, 0, 7);
    return NULL;
}

static void the_last_set_of_a_gauge_wins(void **state)
{
    struct metrics *metrics = *state;
    metric_set(metrics, &sample_table, SAMPLE_QUEUE, 0, 900);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, set_on_thread, metrics), 0);
    pthread_join(thread, NULL);
    assert_int_equal(metric_read(metrics, &sample_table, SAMPLE_QUEUE, 0), 7);
}

static void a_second_set_of_metrics_starts_at_zero(void **state)
{
    struct metrics *first = *state;
    metric_add(first, &sample_table, SAMPLE_PLAYS, 0, 5);
    struct metrics *second = metrics_new();
    metrics_register(second, &sample_table);
    metric_add(second, &sample_table, SAMPLE_PLAYS, 0, 1);
    metric_add(first, &sample_table, SAMPLE_PLAYS, 0, 1);
    assert_int_equal(metric_read(second, &sample_table, SAMPLE_PLAYS, 0), 1);
    assert_int_equal(metric_read(first, &sample_table, SAMPLE_PLAYS, 0), 6);
    metrics_free(second);
}

static void a_label_is_escaped(void **state)
{
    struct metrics *metrics = *state;
    metric_add(metrics, &sample_table, SAMPLE_SALES, 1, 2);
    assert_exposes(metrics, "# HELP shop_sales_total Sales by medium.\n"
                            "# TYPE shop_sales_total counter\n"
                            "shop_sales_total{medium=\"vinyl\"} 0\n"
                            "shop_sales_total{medium=\"tape \\\"C90\\\"\\\\\"} 2\n");
}

static void histogram_buckets_are_cumulative_and_closed_above(void **state)
{
    struct metrics *metrics = *state;
    static const double values[] = {0.1, 0.5, 0.75, 10, 11};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        metric_observe(metrics, &sample_table, SAMPLE_WAIT, 0, values[i]);
    assert_exposes(metrics, "# TYPE shop_wait_seconds histogram\n"
                            "shop_wait_seconds_bucket{le=\"0.5\"} 2\n"
                            "shop_wait_seconds_bucket{le=\"1\"} 3\n"
                            "shop_wait_seconds_bucket{le=\"10\"} 4\n"
                            "shop_wait_seconds_bucket{le=\"+Inf\"} 5\n"
                            "shop_wait_seconds_sum 22.35\n"
                            "shop_wait_seconds_count 5\n");
}

static void words_may_come_later_and_are_copied(void **state)
{
    struct metrics *metrics = *state;
    char name[] = "GET /x";
    const char *words[] = {"GET /y", name};
    metrics_register_words(metrics, &sample_table, SAMPLE_ROUTE, words, COUNT_OF(words));
    name[0] = '?';
    metric_observe(metrics, &sample_table, SAMPLE_ROUTE, 1, 2);
    /* The route without observations has no series. */
    assert_exposes(metrics, "# TYPE shop_route_seconds histogram\n"
                            "shop_route_seconds_bucket{route=\"GET /x\",le=\"0.5\"} 0\n"
                            "shop_route_seconds_bucket{route=\"GET /x\",le=\"1\"} 0\n"
                            "shop_route_seconds_bucket{route=\"GET /x\",le=\"10\"} 1\n"
                            "shop_route_seconds_bucket{route=\"GET /x\",le=\"+Inf\"} 1\n"
                            "shop_route_seconds_sum{route=\"GET /x\"} 2\n"
                            "shop_route_seconds_count{route=\"GET /x\"} 1\n");
}

static void refresh(void *arg)
{
    metric_set(arg, &sample_table, SAMPLE_QUEUE, 0, metric_read(arg, &sample_table, SAMPLE_QUEUE, 0) + 1);
}

static void gauges_are_refreshed_before_a_scrape(void **state)
{
    struct metrics *metrics = *state;
    metrics_on_scrape(metrics, refresh, metrics);
    assert_exposes(metrics, "\nshop_queue_bytes 1\n");
    assert_exposes(metrics, "\nshop_queue_bytes 2\n");
}

static void the_process_is_measured(void **state)
{
    struct metrics *metrics = *state;
    static const char *const names[] = {"process_cpu_seconds_total", "process_resident_memory_bytes",
                                        "process_open_fds", "process_max_fds", "process_start_time_seconds"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char line[64];
        snprintf(line, sizeof(line), "\n%s ", names[i]);
        assert_exposes(metrics, line);
    }
}

static void the_reference_lists_every_row(void **state)
{
    (void)state;
    const struct metric_table *tables[] = {&sample_table, NULL};
    struct strbuf out;
    strbuf_init(&out, NULL, 65536);
    metrics_print_reference(tables, &out);
    static const char *const parts[] = {
        "\n## shop\n\n| Name | Kind | Label | Meaning |\n",
        "\n| `shop_plays_total` | counter |  | Plays. |\n",
        "\n| `shop_route_seconds` | histogram | route | Time by route. |\n",
        "| medium: vinyl, tape",
        "\n| `process_open_fds` | gauge |",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_true(str_find(strbuf_str(&out), str_cstr(parts[i])) >= 0);
    strbuf_fini(&out);
}

/* Whether the process dies of it, in a child whose complaint is not shown. */
static bool dies(void (*fn)(const void *arg), const void *arg)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        (void)sigaction(SIGABRT, &by_default, NULL);
        fn(arg);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void register_row(const void *arg)
{
    const struct metric_table table = {.part = "bad", .rows = arg, .count = 1};
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &sample_table);
    metrics_register(metrics, &table);
    metrics_free(metrics);
}

static void a_mistake_in_a_table_ends_the_start(void **state)
{
    (void)state;
    static const double descending[] = {2, 1};
    static const char *const words[] = {"a"};
    static const struct metric good = {.name = "x_total", .kind = METRIC_COUNTER, .help = "X."};
    static const struct metric bad[] = {
        {.name = "x", .kind = METRIC_COUNTER, .help = "X."},
        {.name = "x_total", .kind = METRIC_GAUGE, .help = "X."},
        {.name = "X_total", .kind = METRIC_COUNTER, .help = "X."},
        {.name = "1_total", .kind = METRIC_COUNTER, .help = "X."},
        {.name = "x_total", .kind = METRIC_COUNTER, .help = ""},
        {.name = "x_total", .kind = METRIC_COUNTER, .help = "two\nlines"},
        {.name = "shop_plays_total", .kind = METRIC_COUNTER, .help = "X."},
        {.name = "x_seconds", .kind = METRIC_HISTOGRAM, .help = "X."},
        {.name = "x_seconds",
         .kind = METRIC_HISTOGRAM,
         .help = "X.",
         .buckets = descending,
         .bucket_count = 2},
        {.name = "x_total", .kind = METRIC_COUNTER, .help = "X.", .label_words = words, .label_count = 1},
        {.name = "x_total",
         .kind = METRIC_COUNTER,
         .help = "X.",
         .label = "a-b",
         .label_words = words,
         .label_count = 1},
    };
    assert_false(dies(register_row, &good));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_true(dies(register_row, &bad[i]));
}

struct count_call {
    struct metrics *metrics;
    size_t row;
    size_t label;
};

static void add_there(const void *arg)
{
    const struct count_call *call = arg;
    metric_add(call->metrics, &sample_table, call->row, call->label, 1);
}

static void counting_what_is_not_there_is_a_mistake(void **state)
{
    struct metrics *metrics = *state;
    const struct count_call good = {metrics, SAMPLE_SALES, 1};
    const struct count_call bad[] = {
        {metrics, SAMPLE_SALES, 2}, {metrics, SAMPLE_PLAYS, 1}, {metrics, COUNT_OF(sample_rows), 0},
        {metrics, SAMPLE_WAIT, 0},  {metrics, SAMPLE_ROUTE, 0},
    };
    assert_false(dies(add_there, &good));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_true(dies(add_there, &bad[i]));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(counts_of_all_threads_are_summed_and_outlive_them),
        TEST(the_last_set_of_a_gauge_wins),
        TEST(a_second_set_of_metrics_starts_at_zero),
        TEST(a_label_is_escaped),
        TEST(histogram_buckets_are_cumulative_and_closed_above),
        TEST(words_may_come_later_and_are_copied),
        TEST(gauges_are_refreshed_before_a_scrape),
        TEST(the_process_is_measured),
        TEST(the_reference_lists_every_row),
        TEST(a_mistake_in_a_table_ends_the_start),
        TEST(counting_what_is_not_there_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
