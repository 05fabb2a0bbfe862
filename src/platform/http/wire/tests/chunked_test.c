/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chunked bodies: what comes out, whole and byte by byte, and what is refused. */
#include "platform/http/wire/chunked.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

struct row {
    const char *wire;
    const char *body; /* NULL: refused */
    const char *left; /* after the body */
    enum http_fault fault;
};

/* clang-format off */
static const struct row rows[] = {
    {"0\r\n\r\n", "", "", HTTP_FAULT_NONE},
    {"5\r\nhello\r\n0\r\n\r\n", "hello", "", HTTP_FAULT_NONE},
    {"5\r\nhello\r\n0\r\n\r\nGET /", "hello", "GET /", HTTP_FAULT_NONE},
    {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", "", HTTP_FAULT_NONE},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", "", HTTP_FAULT_NONE},
    {"a\r\n0123456789\r\n000\r\n\r\n", "0123456789", "", HTTP_FAULT_NONE},
    {"000000000000005\r\nhello\r\n0\r\n\r\n", "hello", "", HTTP_FAULT_NONE},
    {"5;name=value\r\nhello\r\n0;x\r\n\r\n", "hello", "", HTTP_FAULT_NONE},
    {"5;a=\"b c\"\r\nhello\r\n0\r\n\r\n", "hello", "", HTTP_FAULT_NONE},
    {"5\r\nhe\r\no\r\n0\r\n\r\n", "he\r\no", "", HTTP_FAULT_NONE},
    {"0\r\nTrailer: x\r\nOther:\r\n\r\nrest", "", "rest", HTTP_FAULT_NONE},
    {"\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {";x\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5 \r\nhello\r\n0\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {" 5\r\nhello\r\n0\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5 ;x\r\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0x5\r\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"+5\r\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"-5\r\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5\nhello\r\n0\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5\r\rhello", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5\r\nhelloX\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5\r\nhello\n0\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5\r\nhello\rX", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5\r\nhell\r\n0\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"g\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0000000000000005\r\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"ffffffffffffffff\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5;a\x01\r\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"5;a\nhello\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\n folded\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\nname\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\nna me: x\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\nname: a\x7f\r\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\nname: a\n\r\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\n\n", NULL, NULL, HTTP_FAULT_CHUNK},
    {"0\r\n\rX", NULL, NULL, HTTP_FAULT_CHUNK},
};
/* clang-format on */

struct outcome {
    enum chunk_step step;
    enum http_fault fault;
    char body[64];
    size_t body_len;
    struct str left;
};

static void feed(struct chunk_decoder *decoder, struct str piece, struct outcome *outcome)
{
    struct str data = STR_NONE;
    while ((outcome->step = chunk_decode(decoder, &piece, &data, &outcome->fault)) == CHUNK_DATA) {
        REQUIRE(outcome->body_len + data.len < sizeof(outcome->body));
        memcpy(outcome->body + outcome->body_len, data.ptr, data.len);
        outcome->body_len += data.len;
    }
    outcome->left = piece;
}

static void check(const struct row *row, const struct outcome *outcome)
{
    enum chunk_step expected = row->body != NULL ? CHUNK_ENDED : CHUNK_REFUSED;
    if (outcome->step != expected || (expected == CHUNK_REFUSED && outcome->fault != row->fault))
        fail_msg("%s: step %d, fault %s", row->wire, outcome->step, http_fault_name(outcome->fault));
    if (row->body != NULL)
        assert_true(str_equal(str_from(outcome->body, outcome->body_len), str_cstr(row->body)));
}

static void bodies_are_decoded_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct chunk_decoder decoder = {0};
        struct outcome outcome = {0};
        feed(&decoder, str_cstr(rows[i].wire), &outcome);
        check(&rows[i], &outcome);
        if (rows[i].left != NULL)
            assert_true(str_equal(outcome.left, str_cstr(rows[i].left)));
    }
}

static void bodies_are_decoded_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct chunk_decoder decoder = {0};
        struct outcome outcome = {.step = CHUNK_NEEDS_MORE};
        struct str wire = str_cstr(rows[i].wire);
        for (size_t at = 0; at < wire.len && outcome.step == CHUNK_NEEDS_MORE; at++)
            feed(&decoder, str_slice(wire, at, 1), &outcome);
        check(&rows[i], &outcome);
    }
}

static void every_prefix_of_a_body_needs_more(void **state)
{
    (void)state;
    struct str wire = STR("5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n");
    for (size_t len = 0; len < wire.len; len++) {
        struct chunk_decoder decoder = {0};
        struct outcome outcome = {0};
        feed(&decoder, str_slice(wire, 0, len), &outcome);
        assert_int_equal(outcome.step, CHUNK_NEEDS_MORE);
    }
}

/* Feeds the text over and over: the sum over the body counts, not each line. */
static enum http_fault feed_forever(const char *start, const char *repeated)
{
    struct chunk_decoder decoder = {0};
    struct outcome outcome = {0};
    feed(&decoder, str_cstr(start), &outcome);
    for (int i = 0; i < 100000 && outcome.step == CHUNK_NEEDS_MORE; i++) {
        outcome.body_len = 0;
        feed(&decoder, str_cstr(repeated), &outcome);
    }
    assert_int_equal(outcome.step, CHUNK_REFUSED);
    return outcome.fault;
}

static void extensions_and_trailers_are_bounded_over_the_whole_body(void **state)
{
    (void)state;
    assert_int_equal(feed_forever("1;", "xxxxxxxx"), HTTP_FAULT_CHUNK_LIMIT);
    assert_int_equal(feed_forever("", "1;abcdef\r\nx\r\n"), HTTP_FAULT_CHUNK_LIMIT);
    assert_int_equal(feed_forever("0\r\nname", "name"), HTTP_FAULT_CHUNK_LIMIT);
    assert_int_equal(feed_forever("0\r\nname:", "value"), HTTP_FAULT_CHUNK_LIMIT);
    assert_int_equal(feed_forever("0\r\n", "name: value\r\n"), HTTP_FAULT_CHUNK_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_decoded_whole),
        cmocka_unit_test(bodies_are_decoded_byte_by_byte),
        cmocka_unit_test(every_prefix_of_a_body_needs_more),
        cmocka_unit_test(extensions_and_trailers_are_bounded_over_the_whole_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
