/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of errors. */
#include "base/error/error.h"

#include "tests/lib/check.h"

#define SAMPLE_REASONS(X)                                                                                    \
    X(sample_full, "sample.full", CONFLICT, "The sample holds no more")                                      \
    X(sample_broken, "sample.broken", INTERNAL, "The sample broke")

REASONS_DECLARE(SAMPLE_REASONS);
REASONS_DEFINE(sample_reasons, SAMPLE_REASONS);

static struct arena *arena;

static int arena_setup(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int arena_teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void check_code(enum error_code code)
{
    int status = error_code_status(code);
    check_that(status >= 400 && status <= 599, "code %d has status %d", (int)code, status);
    check_that((status >= 500) == (error_code_level(code) >= ERROR_LEVEL_WARN), "level of %d", (int)code);
    check_that(error_common_reasons[code].code == code, "reason %d has another code", (int)code);
    check_that(strlen(error_code_title(code)) > 0, "code %d has no title", (int)code);
    check_str(arena_printf(arena, "common.%s", error_code_name(code)), error_common_reasons[code].name);
}

static void each_code_has_a_row(void **state)
{
    (void)state;
    for (int i = 0; i < ERROR_CODE_COUNT; i++)
        check_code((enum error_code)i);
    assert_int_equal(error_code_status(ERROR_NOT_FOUND), 404);
    assert_int_equal(error_code_status(ERROR_FULL), 507);
    assert_true(error_code_may_retry(ERROR_UNAVAILABLE));
    assert_false(error_code_may_retry(ERROR_CONFLICT));
}

/* What clients are written against: a code keeps its status and its name. */
static void codes_keep_their_names_on_the_wire(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        int status;
        const char *name;
    } rows[] = {
        {ERROR_MALFORMED, 400, "common.malformed"},
        {ERROR_UNAUTHENTICATED, 401, "common.unauthenticated"},
        {ERROR_FORBIDDEN, 403, "common.forbidden"},
        {ERROR_NOT_FOUND, 404, "common.not_found"},
        {ERROR_METHOD, 405, "common.method_not_allowed"},
        {ERROR_CONFLICT, 409, "common.conflict"},
        {ERROR_GONE, 410, "common.gone"},
        {ERROR_PRECONDITION, 412, "common.precondition_failed"},
        {ERROR_TOO_LARGE, 413, "common.too_large"},
        {ERROR_MEDIA_TYPE, 415, "common.unsupported_media_type"},
        {ERROR_RANGE, 416, "common.range_not_satisfiable"},
        {ERROR_INVALID, 422, "common.invalid"},
        {ERROR_RATE_LIMITED, 429, "common.rate_limited"},
        {ERROR_CHECKSUM, 460, "common.checksum_mismatch"},
        {ERROR_CANCELLED, 499, "common.cancelled"},
        {ERROR_INTERNAL, 500, "common.internal"},
        {ERROR_UNAVAILABLE, 503, "common.unavailable"},
        {ERROR_TIMEOUT, 504, "common.timeout"},
        {ERROR_FULL, 507, "common.storage_full"},
    };
    _Static_assert(COUNT_OF(rows) == ERROR_CODE_COUNT, "each code has its row");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_that(error_code_status(rows[i].code) == rows[i].status, "status of %s", rows[i].name);
        check_str(str_cstr(error_common_reasons[rows[i].code].name), rows[i].name);
    }
}

static void no_two_codes_share_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < ERROR_CODE_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            const char *name = error_code_name((enum error_code)i);
            check_that(strcmp(name, error_code_name((enum error_code)j)) != 0, "%s is there twice", name);
        }
    }
}

static void name_code(void *arg)
{
    (void)error_code_name(*(const enum error_code *)arg);
}

static void a_code_outside_the_set_aborts(void **state)
{
    (void)state;
    enum error_code code = ERROR_CODE_COUNT;
    assert_true(check_aborts(name_code, &code));
}

static void an_error_says_what_and_where(void **state)
{
    (void)state;
    int line = __LINE__ + 1;
    const struct error *error = ERROR_IN(arena, sample_full, "holds %d of %s", 3, "three");
    check_str(error->message, "holds 3 of three");
    assert_int_equal(error->line, line);
    assert_string_equal(error->file, __FILE__);
    assert_null(error->cause);
    assert_true(error_is(error, &sample_full));
    assert_false(error_is(error, &sample_broken));
    assert_false(error_is(NULL, &sample_full));
    assert_true(error_has_code(error, ERROR_CONFLICT));
    assert_false(error_has_code(error, ERROR_INTERNAL));
    assert_false(error_has_code(NULL, ERROR_CONFLICT));
}

static void reason_tables_list_their_rows(void **state)
{
    (void)state;
    assert_ptr_equal(sample_reasons[0], &sample_full);
    assert_ptr_equal(sample_reasons[1], &sample_broken);
    assert_null(sample_reasons[2]);
    assert_string_equal(sample_full.name, "sample.full");
    assert_int_equal(sample_full.code, ERROR_CONFLICT);
}

static void a_common_reason_serves_failures_without_owner(void **state)
{
    (void)state;
    const struct error *error = ERROR_IN(arena, *ERROR_COMMON(NOT_FOUND), "no such thing");
    assert_true(error_has_code(error, ERROR_NOT_FOUND));
    assert_string_equal(error->reason->name, "common.not_found");
}

/* ---- TRY ---- */

static struct error *fail_below(int value, int limit)
{
    return value < limit ? ERROR_IN(arena, sample_broken, "%d is below %d", value, limit) : NULL;
}

static struct error *try_both(int value, int *ret_reached)
{
    TRY(fail_below(value, 1));
    *ret_reached = 1;
    TRY_CTX(arena, fail_below(value, 2), "while trying %s", "again");
    *ret_reached = 2;
    return NULL;
}

static void try_returns_the_first_error(void **state)
{
    (void)state;
    int reached = 0;
    assert_true(error_is(try_both(0, &reached), &sample_broken));
    assert_int_equal(reached, 0);
    assert_null(try_both(2, &reached));
    assert_int_equal(reached, 2);
}

static void try_ctx_says_what_was_being_done(void **state)
{
    (void)state;
    int reached = 0;
    const struct error *error = try_both(1, &reached);
    assert_int_equal(reached, 1);
    assert_true(error_is(error, &sample_broken));
    check_str(error->message, "while trying again: 1 is below 2");
    check_str(error->cause->message, "1 is below 2");
}

/* ---- wrapping, violations, copies ---- */

static struct error *error_with_everything(void)
{
    struct error *error = ERROR_IN(arena, sample_full, "first");
    char pointer[] = "/items/0";
    error_add_violation(arena, error, str_cstr(pointer), "max", "must be at most %d", 5);
    memset(pointer, '?', sizeof(pointer) - 1);
    error_add_violation(arena, error, STR(""), "unique", "repeats");
    error->retry_after_ms = 1500;
    error->extra_json = STR("\"least\":5");
    return error;
}

static void check_everything(const struct error *error)
{
    check_str(error->violations->pointer, "/items/0");
    check_str(error->violations->rule, "max");
    check_str(error->violations->message, "must be at most 5");
    check_str(error->violations->next->rule, "unique");
    assert_null(error->violations->next->next);
    assert_int_equal(error->retry_after_ms, 1500);
    check_str(error->extra_json, "\"least\":5");
}

static void violations_stay_in_order_and_are_copied(void **state)
{
    (void)state;
    check_everything(error_with_everything());
}

static void a_wrapping_error_keeps_what_the_client_needs(void **state)
{
    (void)state;
    struct error *wrapped = error_wrap(arena, error_with_everything(), "here.c", 3, "outer");
    assert_true(error_is(wrapped, &sample_full));
    check_str(wrapped->message, "outer: first");
    check_everything(wrapped);
}

static void a_copy_outlives_its_source(void **state)
{
    (void)state;
    struct arena *other = arena_new(0);
    struct arena_mark mark = arena_mark(arena);
    struct error *source = error_wrap(arena, error_with_everything(), "here.c", 3, "outer");
    const struct error *copy = error_copy(other, source);
    memset(source, 0xEE, sizeof(*source));
    arena_rewind(arena, mark);
    memset(arena_alloc_raw(arena, 4000), 0xEE, 4000);

    check_str(copy->message, "outer: first");
    check_everything(copy);
    check_str(copy->cause->message, "first");
    check_everything(copy->cause);
    assert_null(copy->cause->cause);
    assert_null(error_copy(other, NULL));
    arena_free(other);
}

static void a_description_names_messages_and_places_once(void **state)
{
    (void)state;
    struct error *inner = error_new(arena, &sample_full, "inner.c", 1, "no room");
    struct error *outer = error_wrap(arena, inner, "outer.c", 2, "while storing");
    check_str(error_describe(arena, inner), "sample.full: no room (inner.c:1)");
    check_str(error_describe(arena, outer), "sample.full: while storing: no room (outer.c:2) (inner.c:1)");

    struct error *own = error_new(arena, &sample_broken, "own.c", 3, "cannot go on");
    own->cause = outer;
    check_str(error_describe(arena, own), "sample.broken: cannot go on (own.c:3): "
                                          "sample.full: while storing: no room (outer.c:2) (inner.c:1)");
    check_str(error_describe(arena, NULL), "");
}

static void endless_messages_are_cut(void **state)
{
    (void)state;
    char text[10000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct error *error = ERROR_IN(arena, sample_full, "%s", text);
    assert_in_range(error->message.len, 100, 2048);
    for (int i = 0; i < 100; i++)
        error = error_wrap(arena, error, "here.c", i, "%s", text);
    assert_in_range(error->message.len, 100, 2048);
    assert_in_range(error_describe(arena, error).len, 100, 8192);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_a_row),
        cmocka_unit_test(codes_keep_their_names_on_the_wire),
        cmocka_unit_test(no_two_codes_share_a_name),
        cmocka_unit_test(a_code_outside_the_set_aborts),
        cmocka_unit_test(an_error_says_what_and_where),
        cmocka_unit_test(reason_tables_list_their_rows),
        cmocka_unit_test(a_common_reason_serves_failures_without_owner),
        cmocka_unit_test(try_returns_the_first_error),
        cmocka_unit_test(try_ctx_says_what_was_being_done),
        cmocka_unit_test(violations_stay_in_order_and_are_copied),
        cmocka_unit_test(a_wrapping_error_keeps_what_the_client_needs),
        cmocka_unit_test(a_copy_outlives_its_source),
        cmocka_unit_test(a_description_names_messages_and_places_once),
        cmocka_unit_test(endless_messages_are_cut),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
