/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Lines: order of members, escapes, masks, what does not fit. */
#include "platform/log/log_line.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/json/json_read.h"

#define TIME_US INT64_C(1795160495123456) /* 2026-11-20T07:41:35.123456Z */

static const struct id some_id = {
    {0x01, 0x93, 0x45, 0x67, 0x89, 0xab, 0x7c, 0xde, 0x80, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde}};

struct text {
    char bytes[LOG_LINE_MAX + 1];
    struct strbuf buf;
};

static struct strbuf *empty_line(struct text *text)
{
    text->buf = (struct strbuf){.ptr = text->bytes, .capacity = sizeof(text->bytes), .max_len = LOG_LINE_MAX};
    return &text->buf;
}

static const char *json_line(const struct ctx *cx, const struct log_field *fields, size_t count)
{
    static struct text text;
    const struct log_record record = {TIME_US, LOG_WARN, "mail.send.failed", cx, fields, count};
    log_line_json(&record, empty_line(&text));
    struct arena *arena = arena_new(0);
    assert_null(json_check(arena, strbuf_str(&text.buf)));
    arena_free(arena);
    return text.buf.ptr;
}

static const char *human_line(enum log_colour colour, const struct ctx *cx, const struct log_field *fields,
                              size_t count)
{
    static struct text text;
    const struct log_record record = {TIME_US, LOG_WARN, "mail.send.failed", cx, fields, count};
    log_line_human(&record, colour, empty_line(&text));
    return text.buf.ptr;
}

#define HEAD       "{\"time\":\"2026-11-20T07:41:35.123456Z\",\"level\":\"warn\",\"event\":\"mail.send.failed\""
#define HUMAN_HEAD "2026-11-20 07:41:35.123 WARN  mail.send.failed"

static void without_work_only_the_fields_follow(void **state)
{
    (void)state;
    const struct log_field fields[] = {
        log_text("to", STR("a***@b.example")),
        log_i64("tries", -3),
        log_f64("load", 0.5),
        log_f64("bad", (double)NAN),
        log_bool("last", true),
        log_id("mail", some_id),
        log_secret("key"),
    };
    assert_string_equal(json_line(NULL, NULL, 0), HEAD "}");
    assert_string_equal(json_line(NULL, fields, COUNT_OF(fields)), HEAD
                        ",\"to\":\"a***@b.example\",\"tries\":-3,\"load\":0.5,\"bad\":null,\"last\":true,"
                        "\"mail\":\"01934567-89ab-7cde-8012-3456789abcde\",\"key\":\"***\"}");
    assert_string_equal(human_line(LOG_PLAIN, NULL, fields, COUNT_OF(fields)),
                        HUMAN_HEAD " to=a***@b.example tries=-3 load=0.5 bad=none last=true"
                                   " mail=01934567-89ab-7cde-8012-3456789abcde key=***");
}

static void the_work_comes_before_the_fields(void **state)
{
    (void)state;
    const struct caller caller = {.account_id = some_id};
    const struct ctx cx = {
        .caller = &caller, .request_id = STR("r-1"), .trace = {.trace_id = {0xAB, [15] = 0x01}}};
    const struct log_field field = log_i64("n", 1);
    assert_string_equal(json_line(&cx, &field, 1), HEAD
                        ",\"request_id\":\"r-1\",\"account_id\":\"01934567-89ab-7cde-8012-3456789abcde\","
                        "\"trace_id\":\"ab000000000000000000000000000001\",\"n\":1}");
    assert_string_equal(human_line(LOG_PLAIN, &cx, &field, 1),
                        HUMAN_HEAD " n=1 request_id=r-1 account_id=01934567-89ab-7cde-8012-3456789abcde"
                                   " trace_id=ab000000000000000000000000000001");
}

static void an_anonymous_untraced_work_says_nothing_of_that(void **state)
{
    (void)state;
    const struct caller nobody = {.account_id = ID_NONE};
    const struct ctx cx = {.caller = &nobody, .request_id = STR("r-1")};
    assert_string_equal(json_line(&cx, NULL, 0), HEAD ",\"request_id\":\"r-1\"}");
}

static void values_cannot_break_out_of_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *json;
        const char *human;
    } rows[] = {
        {"plain", "\"plain\"", "plain"},
        {"", "\"\"", "\"\""},
        {"two words", "\"two words\"", "\"two words\""},
        {"a=b", "\"a=b\"", "\"a=b\""},
        {"x\"},{\"y", "\"x\\\"},{\\\"y\"", "\"x\\\"},{\\\"y\""},
        {"a\nevent=b", "\"a\\nevent=b\"", "\"a\\x0aevent=b\""},
        {"\033[2J", "\"\\u001b[2J\"", "\"\\x1b[2J\""},
        {"\xC2\x9B"
         "2J",
         "\"\xC2\x9B"
         "2J\"",
         "\"\\xc2\\x9b2J\""},
        {"\xE2\x80\xAE"
         "txt",
         "\"\xE2\x80\xAE"
         "txt\"",
         "\"\\xe2\\x80\\xaetxt\""},
        {"b\xFFt", "\"b\xEF\xBF\xBDt\"", "\"b\\xfft\""},
        {"\xC3\xA4", "\"\xC3\xA4\"", "\xC3\xA4"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct log_field field = log_text("v", str_cstr(rows[i].value));
        char expected[256];
        snprintf(expected, sizeof(expected), HEAD ",\"v\":%s}", rows[i].json);
        assert_string_equal(json_line(NULL, &field, 1), expected);
        snprintf(expected, sizeof(expected), HUMAN_HEAD " v=%s", rows[i].human);
        assert_string_equal(human_line(LOG_PLAIN, NULL, &field, 1), expected);
    }
}

static void what_does_not_fit_is_left_out_and_said(void **state)
{
    (void)state;
    static char big[1900];
    memset(big, 'x', sizeof(big));
    const struct log_field fields[] = {
        log_text("a", str_from(big, sizeof(big))),
        log_text("b", str_from(big, sizeof(big))),
        log_text("c", str_from(big, sizeof(big))),
        log_i64("d", 1),
    };
    struct str json = str_cstr(json_line(NULL, fields, COUNT_OF(fields)));
    assert_true(json.len <= LOG_LINE_MAX);
    assert_true(str_ends_with(json, STR("xxx\",\"cut\":true}")));
    struct str human = str_cstr(human_line(LOG_PLAIN, NULL, fields, COUNT_OF(fields)));
    assert_true(human.len <= LOG_LINE_MAX);
    assert_true(str_ends_with(human, STR("xxx cut=true")));
}

static void one_value_is_shortened_between_code_points(void **state)
{
    (void)state;
    static char big[4098];
    for (size_t i = 0; i < sizeof(big); i += 3)
        memcpy(big + i, "\xE2\x82\xAC", 3);
    const struct log_field field = log_text("v", str_from(big, sizeof(big)));
    struct str json = str_cstr(json_line(NULL, &field, 1));
    assert_true(str_ends_with(json, STR("\xE2\x82\xAC\"}")));
    assert_in_range(json.len, 2040, 2200);
}

static void colour_marks_the_level_and_the_names(void **state)
{
    (void)state;
    const struct log_field field = log_i64("n", 1);
    assert_string_equal(human_line(LOG_COLOURED, NULL, &field, 1),
                        "2026-11-20 07:41:35.123 \033[33mWARN \033[0m mail.send.failed \033[2mn=\033[0m1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_work_only_the_fields_follow),
        cmocka_unit_test(the_work_comes_before_the_fields),
        cmocka_unit_test(an_anonymous_untraced_work_says_nothing_of_that),
        cmocka_unit_test(values_cannot_break_out_of_the_line),
        cmocka_unit_test(what_does_not_fit_is_left_out_and_said),
        cmocka_unit_test(one_value_is_shortened_between_code_points),
        cmocka_unit_test(colour_marks_the_level_and_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
