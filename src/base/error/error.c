/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Making, copying and describing errors. */
#include "base/error/error.h"

#include <stdarg.h>

#include "base/text/strbuf.h"

/* What one message, and a description of a whole chain, may take. Longer ones are cut. */
#define MESSAGE_MAX_BYTES     2048
#define DESCRIPTION_MAX_BYTES 8192

struct code_row {
    int status;
    enum error_level level;
    bool may_retry;
    const char *name;
    const char *title;
};

static const struct code_row code_rows[ERROR_CODE_COUNT] = {
#define ROW(code_, status_, level_, retry_, name_, title_)                                                   \
    [ERROR_##code_] = {.status = (status_),                                                                  \
                       .level = ERROR_LEVEL_##level_,                                                        \
                       .may_retry = (retry_),                                                                \
                       .name = (name_),                                                                      \
                       .title = (title_)},
    ERROR_CODES(ROW)
#undef ROW
};

const struct reason error_common_reasons[ERROR_CODE_COUNT] = {
#define ROW(code_, status_, level_, retry_, name_, title_)                                                   \
    [ERROR_##code_] = {.name = "common." name_, .code = ERROR_##code_, .help = (title_)},
    ERROR_CODES(ROW)
#undef ROW
};

static const struct code_row *code_row(enum error_code code)
{
    REQUIRE((unsigned)code < ERROR_CODE_COUNT);
    return &code_rows[code];
}

int error_code_status(enum error_code code)
{
    return code_row(code)->status;
}

enum error_level error_code_level(enum error_code code)
{
    return code_row(code)->level;
}

bool error_code_may_retry(enum error_code code)
{
    return code_row(code)->may_retry;
}

const char *error_code_name(enum error_code code)
{
    return code_row(code)->name;
}

const char *error_code_title(enum error_code code)
{
    return code_row(code)->title;
}

struct error *error_new(struct arena *arena, const struct reason *reason, const char *file, int line,
                        const char *format, ...)
{
    struct strbuf message;
    strbuf_init(&message, arena, MESSAGE_MAX_BYTES);
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&message, format, args);
    va_end(args);

    struct error *error = ARENA_NEW(arena, struct error);
    error->reason = reason;
    error->message = strbuf_str(&message);
    error->file = file;
    error->line = line;
    return error;
}

struct error *error_wrap(struct arena *arena, struct error *cause, const char *file, int line,
                         const char *format, ...)
{
    struct strbuf message;
    strbuf_init(&message, arena, MESSAGE_MAX_BYTES);
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&message, format, args);
    va_end(args);
    strbuf_append(&message, STR(": "));
    strbuf_append(&message, cause->message);

    struct error *error = ARENA_NEW(arena, struct error);
    *error = *cause;
    error->message = strbuf_str(&message);
    error->file = file;
    error->line = line;
    error->cause = cause;
    return error;
}

void error_add_violation(struct arena *arena, struct error *error, struct str pointer, const char *rule,
                         const char *format, ...)
{
    struct strbuf message;
    strbuf_init(&message, arena, MESSAGE_MAX_BYTES);
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&message, format, args);
    va_end(args);

    struct violation *violation = ARENA_NEW(arena, struct violation);
    violation->pointer = arena_str(arena, pointer);
    violation->rule = arena_str(arena, str_cstr(rule));
    violation->message = strbuf_str(&message);

    struct violation **end = &error->violations;
    while (*end != NULL)
        end = &(*end)->next;
    *end = violation;
}

static struct violation *violations_copy(struct arena *arena, const struct violation *from)
{
    struct violation *first = NULL;
    struct violation **end = &first;
    for (; from != NULL; from = from->next) {
        *end = ARENA_NEW(arena, struct violation);
        (*end)->pointer = arena_str(arena, from->pointer);
        (*end)->rule = arena_str(arena, from->rule);
        (*end)->message = arena_str(arena, from->message);
        end = &(*end)->next;
    }
    return first;
}

struct error *error_copy(struct arena *arena, const struct error *error)
{
    struct error *first = NULL;
    struct error **end = &first;
    for (; error != NULL; error = error->cause) {
        struct error *copy = ARENA_NEW(arena, struct error);
        *copy = *error;
        copy->message = arena_str(arena, error->message);
        copy->violations = violations_copy(arena, error->violations);
        copy->extra_json = arena_str(arena, error->extra_json);
        copy->cause = NULL;
        *end = copy;
        end = &copy->cause;
    }
    return first;
}

/* A wrapping error already ends with its cause's message. */
static bool repeats(const struct error *outer, const struct error *inner)
{
    return outer->reason == inner->reason && str_ends_with(outer->message, inner->message);
}

struct str error_describe(struct arena *arena, const struct error *error)
{
    struct strbuf text;
    strbuf_init(&text, arena, DESCRIPTION_MAX_BYTES);
    const struct error *outer = NULL;
    for (; error != NULL; error = error->cause) {
        if (outer == NULL || !repeats(outer, error)) {
            strbuf_append(&text, outer != NULL ? STR(": ") : STR(""));
            strbuf_printf(&text, "%s: ", error->reason->name);
            strbuf_append(&text, error->message);
        }
        strbuf_printf(&text, " (%s:%d)", error->file, error->line);
        outer = error;
    }
    return strbuf_str(&text);
}
