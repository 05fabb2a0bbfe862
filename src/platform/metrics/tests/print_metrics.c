/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Prints an exposition with every shape of series, for promtool to judge. */
#include "platform/metrics/tests/sample_table.h"

int main(void)
{
    static const char *const routes[] = {"GET /a/{id}", "GET /b"};
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &sample_table);
    metrics_register_words(metrics, &sample_table, SAMPLE_ROUTE, routes, COUNT_OF(routes));
    metric_add(metrics, &sample_table, SAMPLE_SALES, 1, 3);
    metric_set(metrics, &sample_table, SAMPLE_ROOMS, 0, -2);
    metric_observe(metrics, &sample_table, SAMPLE_WAIT, 0, 0.25);
    metric_observe(metrics, &sample_table, SAMPLE_WAIT, 0, 1e9);
    metric_observe(metrics, &sample_table, SAMPLE_ROUTE, 0, 0.75);

    struct strbuf out;
    strbuf_init(&out, NULL, 1 << 20);
    metrics_write(metrics, &out);
    bool ok = fwrite(out.ptr, 1, out.len, stdout) == out.len;
    strbuf_fini(&out);
    metrics_free(metrics);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
