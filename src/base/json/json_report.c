/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Violations and their JSON pointers. */
#include "base/json/json_report.h"

#include <stdarg.h>

#include "base/json/json_read.h"
#include "base/text/strbuf.h"

#define MAX_MESSAGE_BYTES 512
#define MAX_POINTER_BYTES ((size_t)1 << 30)

static void append_escaped(struct strbuf *buf, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '~')
            strbuf_append(buf, STR("~0"));
        else if (name.ptr[i] == '/')
            strbuf_append(buf, STR("~1"));
        else
            strbuf_append_char(buf, name.ptr[i]);
    }
}

static size_t path_depth(const struct json_path *path)
{
    size_t depth = 0;
    for (; path != NULL; path = path->parent)
        depth++;
    return depth;
}

static const struct json_path *ancestor(const struct json_path *path, size_t steps_up)
{
    while (steps_up-- > 0)
        path = path->parent;
    return path;
}

struct str json_path_pointer(struct arena *arena, const struct json_path *path)
{
    struct strbuf buf;
    strbuf_init(&buf, arena, MAX_POINTER_BYTES);
    for (size_t above = path_depth(path); above > 0; above--) {
        const struct json_path *step = ancestor(path, above - 1);
        strbuf_append_char(&buf, '/');
        if (step->name.ptr != NULL)
            append_escaped(&buf, step->name);
        else
            strbuf_append_u64(&buf, step->index);
    }
    return strbuf_str(&buf);
}

void json_violate(struct json_report *report, const struct json_path *path, const char *rule,
                  const char *format, ...)
{
    if (report->count++ >= JSON_MAX_VIOLATIONS)
        return;
    if (report->error == NULL)
        report->error = ERROR_IN(report->arena, json_invalid, "some values are not valid");
    struct strbuf message;
    strbuf_init(&message, report->arena, MAX_MESSAGE_BYTES);
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&message, format, args);
    va_end(args);
    error_add_violation(report->arena, report->error, json_path_pointer(report->arena, path), rule,
                        "%" STR_FMT, STR_ARG(strbuf_str(&message)));
}

struct error *json_report_finish(const struct json_report *report)
{
    struct error *error = report->error;
    if (error == NULL)
        return NULL;
    const struct violation *first = error->violations;
    const char *blank = first->pointer.len != 0 ? " " : "";
    if (report->count == 1)
        error->message = arena_printf(report->arena, "%" STR_FMT "%s%" STR_FMT, STR_ARG(first->pointer),
                                      blank, STR_ARG(first->message));
    else
        error->message =
            arena_printf(report->arena, "%" STR_FMT "%s%" STR_FMT " (and %zu more)", STR_ARG(first->pointer),
                         blank, STR_ARG(first->message), report->count - 1);
    return error;
}
