/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Lists of stolen passwords: each line is found, nothing else is, whatever the lengths of lines; what is no such list is refused. */
#include "platform/crypto/breached.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text/encode.h"

#include "platform/crypto/digest.h"

#include "tests/lib/check.h"

enum { LINES = 500, NEAR = 3 };

struct hashed {
    char digits[41];
    char password[24];
};

struct fixture {
    struct arena *arena;
    char path[64];
    struct hashed lines[LINES];
};

static int compare(const void *a, const void *b)
{
    const struct hashed *one = a, *other = b;
    return strcmp(one->digits, other->digits);
}

static void hash_line(struct arena *arena, struct hashed *line, int number)
{
    uint8_t digest[DIGEST_MAX_BYTES];
    (void)snprintf(line->password, sizeof(line->password), "secret %d", number);
    struct digest_stream *stream = digest_begin(DIGEST_SHA1);
    digest_feed(stream, line->password, strlen(line->password));
    digest_end(stream, digest);
    struct str digits = hex_encode(arena, digest, 20);
    for (size_t i = 0; i < digits.len; i++)
        line->digits[i] = (char)(digits.ptr[i] >= 'a' ? digits.ptr[i] - 0x20 : digits.ptr[i]);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new(0), .path = "/tmp/lathe-breached-test-XXXXXX"};
    int fd = mkstemp(fixture.path);
    assert_true(fd >= 0);
    close(fd);
    for (int i = 0; i < LINES; i++)
        hash_line(fixture.arena, &fixture.lines[i], i);
    qsort(fixture.lines, LINES, sizeof(fixture.lines[0]), compare);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    arena_free(fixture->arena);
    return 0;
}

static void write_text(const struct fixture *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Counts of one digit to nineteen, with the end given, without one behind the last when bare. */
static void write_list(const struct fixture *fixture, int count, const char *line_end, bool is_bare)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    for (int i = 0; i < count; i++) {
        const char *end = is_bare && i == count - 1 ? "" : line_end;
        assert_true(
            fprintf(file, "%s:%.*s%s", fixture->lines[i].digits, 1 + i % 19, "1234567890123456789", end) > 0);
    }
    assert_int_equal(fclose(file), 0);
}

static void expect_found(struct ctx *cx, const struct breach_list *list, const char *password, bool expected)
{
    bool is_found = !expected;
    assert_null(breach_list_find(cx, list, str_cstr(password), &is_found));
    if (is_found != expected)
        fail_msg("%s", password);
}

static void look_each_up(const struct fixture *fixture, int count)
{
    const struct platform platform = {.blocking_pool = NULL}; /* off fibers the reads happen right here */
    struct ctx cx = {.arena = fixture->arena, .platform = &platform, .caller = &caller_anonymous};
    struct breach_list *list = NULL;
    assert_null(breach_list_open(cx.arena, str_cstr(fixture->path), &list));
    for (int i = 0; i < LINES; i++)
        expect_found(&cx, list, fixture->lines[i].password, i < count);
    expect_found(&cx, list, "", false);
    expect_found(&cx, list, "correct horse battery staple", false);
    breach_list_close(list);
}

static void each_line_is_found_and_nothing_else(void **state)
{
    const struct fixture *fixture = *state;
    static const int counts[] = {1, 2, NEAR, 65, LINES};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        write_list(fixture, counts[i], "\r\n", false);
        look_each_up(fixture, counts[i]);
        write_list(fixture, counts[i], "\n", true);
        look_each_up(fixture, counts[i]);
    }
}

static void assert_refused(const struct fixture *fixture, const char *part)
{
    struct breach_list *list = NULL;
    struct error *error = breach_list_open(fixture->arena, str_cstr(fixture->path), &list);
    assert_null(list);
    if (error == NULL)
        fail_msg("accepted: %s", part);
    else
        check_that(str_find(error->message, str_cstr(part)) >= 0, "%" STR_FMT, STR_ARG(error->message));
}

static void what_is_no_such_list_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    write_text(fixture, "");
    assert_refused(fixture, "empty");
    write_text(fixture, "password\n123456\n");
    assert_refused(fixture, "no line of a SHA-1");
    write_text(fixture, "8846F7EAEE8FB117AD06BDD830B7586C:12\n"); /* NTLM */
    assert_refused(fixture, "no line of a SHA-1");
    write_text(fixture, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:many\n");
    assert_refused(fixture, "no line of a SHA-1");
    write_text(fixture, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:2\n\n");
    assert_refused(fixture, "no line of a SHA-1");
    write_text(fixture,
               "7C4A8D09CA3762AF61E59520943DC26494F8941B:3\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:2\n");
    assert_refused(fixture, "order");
    unlink(fixture->path);
    assert_refused(fixture, "cannot be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_line_is_found_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_such_list_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
