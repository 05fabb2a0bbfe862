/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The one error type.
 *
 * A function that can fail returns `struct error *`; NULL is success. The error lives in the arena of
 * whoever runs the work, so there is nothing to free. Nobody logs and returns: the gateway (or the job
 * runner) logs once. A code is one of a closed set; a reason belongs to the module that raises it and
 * fixes the code, so the same reason never has two statuses. */
#ifndef BASE_ERROR_ERROR_H
#define BASE_ERROR_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/str.h"

/* code, HTTP status, log level (debug, info, warn, error), may a retry help, wire name, title */
#define ERROR_CODES(X)                                                                                       \
    X(MALFORMED, 400, DEBUG, false, "malformed", "The request cannot be read")                               \
    X(UNAUTHENTICATED, 401, DEBUG, false, "unauthenticated", "Log in first")                                 \
    X(FORBIDDEN, 403, DEBUG, false, "forbidden", "Not allowed")                                              \
    X(NOT_FOUND, 404, DEBUG, false, "not_found", "Not found")                                                \
    X(METHOD, 405, DEBUG, false, "method_not_allowed", "Method not allowed")                                 \
    X(CONFLICT, 409, DEBUG, false, "conflict", "In conflict with the present state")                         \
    X(GONE, 410, DEBUG, false, "gone", "No longer available")                                                \
    X(PRECONDITION, 412, DEBUG, false, "precondition_failed", "Changed in the meantime")                     \
    X(TOO_LARGE, 413, DEBUG, false, "too_large", "Too large")                                                \
    X(MEDIA_TYPE, 415, DEBUG, false, "unsupported_media_type", "Unsupported media type")                     \
    X(RANGE, 416, DEBUG, false, "range_not_satisfiable", "Range not satisfiable")                            \
    X(INVALID, 422, DEBUG, false, "invalid", "Some values are not valid")                                    \
    X(RATE_LIMITED, 429, DEBUG, true, "rate_limited", "Too many requests")                                   \
    X(CHECKSUM, 460, DEBUG, false, "checksum_mismatch", "Not what the checksum says")                        \
    X(CANCELLED, 499, DEBUG, false, "cancelled", "The client went away")                                     \
    X(INTERNAL, 500, ERROR, false, "internal", "Something failed on our side")                               \
    X(UNAVAILABLE, 503, WARN, true, "unavailable", "Not available right now")                                \
    X(TIMEOUT, 504, WARN, true, "timeout", "Took too long")                                                  \
    X(FULL, 507, ERROR, true, "storage_full", "Out of storage")

enum error_code {
#define ERROR_CODE_ENUM(code, status, level, retry, name, title) ERROR_##code,
    ERROR_CODES(ERROR_CODE_ENUM)
#undef ERROR_CODE_ENUM
        ERROR_CODE_COUNT
};

/* How loudly the one who logs an error says so. */
enum error_level { ERROR_LEVEL_DEBUG, ERROR_LEVEL_INFO, ERROR_LEVEL_WARN, ERROR_LEVEL_ERROR };

/* A row of a module's reason table. name is the stable wire string, "module.what". */
struct reason {
    const char *name;
    enum error_code code;
    const char *help;
};

/* One rule that a member of the input broke. pointer is a JSON pointer ("" for the whole). */
struct violation {
    struct str pointer;
    struct str rule;
    struct str message;
    struct violation *next;
};

struct error {
    const struct reason *reason;
    struct str message; /* for the client unless the code is INTERNAL */
    const char *file;
    int line;
    struct error *cause;
    struct violation *violations; /* in the order found */
    int64_t retry_after_ms;       /* 0: unknown */
    struct str extra_json; /* further members of the problem document, as `"name":value,…`; or absent */
};

struct error *error_new(struct arena *arena, const struct reason *reason, const char *file, int line,
                        const char *format, ...) __attribute__((format(printf, 5, 6), returns_nonnull))
MUST_USE;

/* A new error with the cause's reason, violations and hints, the text put in front of its message:
 * "text: message". */
struct error *error_wrap(struct arena *arena, struct error *cause, const char *file, int line,
                         const char *format, ...) __attribute__((format(printf, 5, 6), returns_nonnull))
MUST_USE;

/* Appends a violation, copying the texts; rule is a short word ("min", "pattern", "unknown"), message is a sentence part. */
void error_add_violation(struct arena *arena, struct error *error, struct str pointer, const char *rule,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The only way to drop an error. */
static inline void error_ignore(const struct error *error)
{
    (void)error;
}

static inline bool error_is(const struct error *error, const struct reason *reason)
{
    return error != NULL && error->reason == reason;
}

static inline bool error_has_code(const struct error *error, enum error_code code)
{
    return error != NULL && error->reason->code == code;
}

/* A deep copy in another arena, for errors that cross threads or fibers. */
struct error *error_copy(struct arena *arena, const struct error *error);

int error_code_status(enum error_code code);
enum error_level error_code_level(enum error_code code);
bool error_code_may_retry(enum error_code code);
const char *error_code_name(enum error_code code);
const char *error_code_title(enum error_code code);

/* "reason: message (place): cause (place)", for the log. */
struct str error_describe(struct arena *arena, const struct error *error);

/* One reason per code for failures that no module owns, named "common.<code>". */
#define ERROR_COMMON(code_name) (&error_common_reasons[ERROR_##code_name])
extern const struct reason error_common_reasons[ERROR_CODE_COUNT];

/* Reason tables. A facade lists its rows as LIST(X) with X(symbol, "module.name", CODE, "help"). */
#define REASON_EXTERN_(symbol, name_, code_, help_) extern const struct reason symbol;
#define REASON_DEFINE_(symbol, name_, code_, help_)                                                          \
    const struct reason symbol = {.name = (name_), .code = ERROR_##code_, .help = (help_)};
#define REASON_ROW_(symbol, name_, code_, help_) &symbol,
#define REASONS_DECLARE(LIST)                    LIST(REASON_EXTERN_) struct reasons_need_semicolon
/* Defines the reasons and `table`, a NULL-terminated array of them. */
#define REASONS_DEFINE(table, LIST)                                                                          \
    LIST(REASON_DEFINE_) const struct reason *const table[] = {LIST(REASON_ROW_) NULL}

/* Returns early with an error. Cleanup attributes make it safe. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        struct error *try_error_ = (expression);                                                             \
        if (try_error_ != NULL)                                                                              \
            return try_error_;                                                                               \
    } while (0)

/* As TRY, saying what was being done. */
#define TRY_CTX(arena, expression, ...)                                                                      \
    do {                                                                                                     \
        struct error *try_error_ = (expression);                                                             \
        if (try_error_ != NULL)                                                                              \
            return error_wrap((arena), try_error_, __FILE__, __LINE__, __VA_ARGS__);                         \
    } while (0)

/* An error in an arena; platform/ctx/ctx.h has ERROR(cx, reason, …) for code that has a context. */
#define ERROR_IN(arena, reason, ...) error_new((arena), &(reason), __FILE__, __LINE__, __VA_ARGS__)

#endif
