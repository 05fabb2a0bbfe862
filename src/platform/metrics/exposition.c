/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Metrics as text: what a scrape gets (Prometheus text format 0.0.4) and the reference page. */
#include "base/text/number.h"

#include "platform/metrics/metrics_store.h"

static const char *const kind_words[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};

/* A backslash, a newline and, in label values, a double quote are escaped. */
static void append_escaped(const char *text, struct strbuf *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            strbuf_append_cstr(out, "\\n");
            continue;
        }
        if (*text == '\\' || *text == '"')
            strbuf_append_char(out, '\\');
        strbuf_append_char(out, *text);
    }
}

static void append_f64(double value, struct strbuf *out)
{
    char digits[NUMBER_F64_CHARS];
    strbuf_append(out, str_from(digits, number_format_f64(digits, value)));
}

void metric_write_head(const struct metric *metric, struct strbuf *out)
{
    strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                  kind_words[metric->kind]);
}

/* "{label=\"word\"}", without the closing brace when more is to follow. */
static void append_label(const struct metric_row *row, uint32_t label, struct strbuf *out)
{
    if (row->words == NULL)
        return;
    strbuf_printf(out, "%s=\"", row->metric->label);
    append_escaped(row->words[label], out);
    strbuf_append_char(out, '"');
}

/* "name_suffix{label="word",le="bound"} "; bound NULL: no le. */
static void append_series(const struct metric_row *row, const char *suffix, uint32_t label, const char *bound,
                          struct strbuf *out)
{
    strbuf_append_cstr(out, row->metric->name);
    strbuf_append_cstr(out, suffix);
    if (row->words != NULL || bound != NULL) {
        strbuf_append_char(out, '{');
        append_label(row, label, out);
        if (bound != NULL)
            strbuf_printf(out, "%sle=\"%s\"", row->words != NULL ? "," : "", bound);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ' ');
}

static void append_value_line(int64_t value, struct strbuf *out)
{
    strbuf_append_i64(out, value);
    strbuf_append_char(out, '\n');
}

static void write_histogram(const struct metrics *metrics, const struct metric_row *row, uint32_t label,
                            struct strbuf *out)
{
    uint32_t first = row->first_cell + label * row->width;
    int64_t count = 0;
    for (uint32_t i = 0; i < row->width - 1; i++) {
        char bound[NUMBER_F64_CHARS + 1] = "+Inf";
        if (i < row->metric->bucket_count)
            bound[number_format_f64(bound, row->metric->buckets[i])] = '\0';
        count += metrics_sum(metrics, first + i);
        append_series(row, "_bucket", label, bound, out);
        append_value_line(count, out);
    }
    append_series(row, "_sum", label, NULL, out);
    append_f64(metrics_sum_f64(metrics, first + row->width - 1), out);
    strbuf_append_char(out, '\n');
    append_series(row, "_count", label, NULL, out);
    append_value_line(count, out);
}

static bool has_observations(const struct metrics *metrics, const struct metric_row *row, uint32_t label)
{
    uint32_t first = row->first_cell + label * row->width;
    for (uint32_t i = 0; i < row->width - 1; i++) {
        if (metrics_sum(metrics, first + i) != 0)
            return true;
    }
    return false;
}

static void write_row(const struct metrics *metrics, const struct metric_row *row, struct strbuf *out)
{
    metric_write_head(row->metric, out);
    for (uint32_t label = 0; label < row->label_count; label++) {
        if (row->kind != METRIC_HISTOGRAM) {
            append_series(row, "", label, NULL, out);
            append_value_line(metrics_sum(metrics, row->first_cell + label), out);
        } else if (row->words == NULL || has_observations(metrics, row, label)) {
            /* Hundreds of routes have some twenty lines each, so a label appears with its first observation. */
            write_histogram(metrics, row, label, out);
        }
    }
}

static void run_refreshes(struct metrics *metrics)
{
    struct metric_refresh refreshes[METRICS_MAX_REFRESHES];
    pthread_mutex_lock(&metrics->lock);
    size_t count = metrics->refresh_count;
    memcpy(refreshes, metrics->refreshes, count * sizeof(refreshes[0]));
    pthread_mutex_unlock(&metrics->lock);
    for (size_t i = 0; i < count; i++)
        refreshes[i].fn(refreshes[i].arg);
}

void metrics_write(struct metrics *metrics, struct strbuf *out)
{
    run_refreshes(metrics);
    pthread_mutex_lock(&metrics->lock);
    for (size_t t = 0; t < metrics->table_count; t++) {
        const struct metric_entry *entry = &metrics->in_order[t];
        for (size_t i = 0; i < entry->table->count; i++)
            write_row(metrics, &entry->rows[i], out);
    }
    pthread_mutex_unlock(&metrics->lock);
    process_metrics_write(out);
}

static void print_table(const struct metric_table *table, struct strbuf *out)
{
    strbuf_printf(out, "\n## %s\n\n| Name | Kind | Label | Meaning |\n|---|---|---|---|\n", table->part);
    for (size_t i = 0; i < table->count; i++) {
        const struct metric *row = &table->rows[i];
        strbuf_printf(out, "| `%s` | %s | %s", row->name, kind_words[row->kind],
                      row->label != NULL ? row->label : "");
        for (size_t w = 0; row->label_words != NULL && w < row->label_count; w++)
            strbuf_printf(out, "%s%s", w == 0 ? ": " : ", ", row->label_words[w]);
        strbuf_printf(out, " | %s |\n", row->help);
    }
}

void metrics_print_reference(const struct metric_table *const *tables, struct strbuf *out)
{
    strbuf_append_cstr(
        out, "# Metrics\n"
             "\n"
             "`GET /metrics` answers in the Prometheus text format. A label has a closed set of values. The\n"
             "series of a labelled histogram appear with their first observation.\n");
    for (; *tables != NULL; tables++)
        print_table(*tables, out);
    print_table(&process_metric_table, out);
}
