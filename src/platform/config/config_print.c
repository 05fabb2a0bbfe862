/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Settings on paper: effective values, the reference page, the sample file. */
#include "platform/config/config.h"
#include "platform/config/config_store.h"
#include "platform/config/setting_value.h"

static void append_source(const struct config *config, const struct config_value *value, struct strbuf *out)
{
    switch (value->source) {
    case CONFIG_FROM_DEFAULT:
        strbuf_append_cstr(out, "default");
        break;
    case CONFIG_FROM_FILE:
        strbuf_printf(out, "%" STR_FMT ":%zu", STR_ARG(config->env_file), value->line);
        break;
    case CONFIG_FROM_ENVIRONMENT:
        strbuf_append_cstr(out, "environment");
        break;
    }
    if (value->path.ptr != NULL)
        strbuf_printf(out, ", by %" STR_FMT, STR_ARG(value->path));
}

void config_print(const struct config *config, struct strbuf *out)
{
    for (size_t p = 0; p < config->count; p++) {
        const struct config_part *part = &config->parts[p];
        strbuf_printf(out, "%s# %s\n", p > 0 ? "\n" : "", part->group->part);
        for (size_t i = 0; i < part->group->count; i++) {
            const struct config_value *value = &part->values[i];
            strbuf_printf(out, "LATHE_%s=", value->row->name);
            /* Defaults are public. */
            if (value->source == CONFIG_FROM_DEFAULT)
                strbuf_append(out, value->text);
            else
                setting_append_masked(value->row, value->text, out);
            strbuf_append_cstr(out, "  # ");
            append_source(config, value, out);
            strbuf_append_char(out, '\n');
        }
    }
}

/* A cell may not hold a bar. */
static void append_cell(const char *text, struct strbuf *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            strbuf_append_char(out, '\\');
        strbuf_append_char(out, *text);
    }
}

static void append_default_cell(const struct setting *row, struct strbuf *out)
{
    if (row->fallback == NULL) {
        strbuf_append_cstr(out, "*required*");
    } else if (row->fallback[0] == '\0') {
        strbuf_append_cstr(out, "*empty*");
    } else {
        strbuf_append_char(out, '`');
        append_cell(row->fallback, out);
        strbuf_append_char(out, '`');
    }
}

static void append_reference_row(const struct setting *row, struct strbuf *out)
{
    strbuf_printf(out, "| `LATHE_%s` | %s%s | ", row->name, setting_kind_word(row->kind),
                  row->is_secret ? ", secret" : "");
    append_default_cell(row, out);
    strbuf_append_cstr(out, " | ");
    setting_describe_range(row, out);
    strbuf_append_cstr(out, " | ");
    append_cell(row->help, out);
    strbuf_append_cstr(out, " |\n");
}

static const char reference_head[] =
    "# Settings\n"
    "\n"
    "Lathe reads environment variables first, then the file `.env` in the working directory, then the default.\n"
    "A name with the prefix `LATHE_` that is not listed here, a wrong unit or a value out of range stops the start,\n"
    "with one line for each problem. `lathe config` prints what is in effect and where it comes from.\n"
    "\n"
    "Durations are written `500ms`, `30s`, `15m`, `24h`, `7d`; sizes `512`, `64K`, `16M`, `2G`, `1T` (powers of 1024);\n"
    "booleans `true`, `false`, `yes`, `no`, `on`, `off`, `1`, `0`. In the file a value may stand in single quotes\n"
    "(every byte counts) or double quotes (with `\\\\ \\\" \\$ \\n \\r \\t`); `#` after a blank begins a comment.\n"
    "\n"
    "A secret may be handed over as a file instead, by a vault or by systemd: `LATHE_SECRET_FILE=/run/…` for `LATHE_SECRET`, and\n"
    "so for each that is marked *secret*. Others must not be able to read it; a newline at its end does not count.\n";

void config_print_reference(const struct setting_group *const *groups, struct strbuf *out)
{
    struct arena *arena = arena_new(0);
    const struct setting_group **all = config_groups(arena, groups);
    strbuf_append_cstr(out, reference_head);
    for (; *all != NULL; all++) {
        strbuf_printf(out, "\n## %s\n\n", (*all)->part);
        strbuf_append_cstr(out, "| Name | Type | Default | Permitted | Meaning |\n|---|---|---|---|---|\n");
        for (size_t i = 0; i < (*all)->count; i++)
            append_reference_row(&(*all)->rows[i], out);
    }
    arena_free(arena);
}

/* Defaults are shown commented out; what has none is left for the operator to fill in. */
static void append_sample_row(const struct setting *row, struct strbuf *out)
{
    strbuf_printf(out, "\n# %s\n# %s", row->help, setting_kind_word(row->kind));
    strbuf_append_cstr(out, setting_has_range(row) ? ": " : "");
    setting_describe_range(row, out);
    if (row->fallback == NULL)
        strbuf_printf(out, "; required\nLATHE_%s=\n", row->name);
    else
        strbuf_printf(out, "\n#LATHE_%s=%s\n", row->name, row->fallback);
}

void config_print_sample(const struct setting_group *const *groups, struct strbuf *out)
{
    struct arena *arena = arena_new(0);
    const struct setting_group **all = config_groups(arena, groups);
    strbuf_append_cstr(out,
                       "# Settings of Lathe with their defaults. Copy to .env and change what you need.\n"
                       "# Made from the settings tables; docs/reference/settings.md says more.\n");
    for (; *all != NULL; all++) {
        strbuf_printf(out, "\n# ---- %s ----\n", (*all)->part);
        for (size_t i = 0; i < (*all)->count; i++)
            append_sample_row(&(*all)->rows[i], out);
    }
    arena_free(arena);
}
