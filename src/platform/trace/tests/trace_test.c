/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Trace context: headers that are continued, headers that are ignored. */
#include "platform/trace/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TRACE_ID "4bf92f3577b34da6a3ce929d0e0e4736"

static const uint8_t random_bytes[24] = {0xA0, 0xA1, [15] = 0xAF, 0xB0, 0xB1, [23] = 0xB7};

static const char *format(const struct trace_context *trace)
{
    static char text[TRACEPARENT_CHARS + 1];
    trace_format(trace, text);
    return text;
}

static void a_good_header_is_continued_with_a_new_span(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *next;
    } rows[] = {
        {"00-" TRACE_ID "-00f067aa0ba902b7-01", "00-" TRACE_ID "-b0b10000000000b7-01"},
        {"00-" TRACE_ID "-00f067aa0ba902b7-00", "00-" TRACE_ID "-b0b10000000000b7-00"},
        {"00-" TRACE_ID "-00f067aa0ba902b7-ff", "00-" TRACE_ID "-b0b10000000000b7-01"},
        {"cc-" TRACE_ID "-00f067aa0ba902b7-01", "00-" TRACE_ID "-b0b10000000000b7-01"},
        {"cc-" TRACE_ID "-00f067aa0ba902b7-01-what.comes", "00-" TRACE_ID "-b0b10000000000b7-01"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct trace_context trace = trace_continue(str_cstr(rows[i].header), random_bytes);
        assert_string_equal(format(&trace), rows[i].next);
    }
}

static void a_bad_header_starts_a_new_trace(void **state)
{
    (void)state;
    static const char *const rows[] = {
        NULL,
        "",
        "00",
        "00-" TRACE_ID "-00f067aa0ba902b7-0",
        "00-" TRACE_ID "-00f067aa0ba902b7-011",
        "00-" TRACE_ID "-00f067aa0ba902b7-01-more",
        "cc-" TRACE_ID "-00f067aa0ba902b7-01.more",
        "ff-" TRACE_ID "-00f067aa0ba902b7-01",
        "0g-" TRACE_ID "-00f067aa0ba902b7-01",
        "00_" TRACE_ID "-00f067aa0ba902b7-01",
        "00-" TRACE_ID "_00f067aa0ba902b7-01",
        "00-" TRACE_ID "-00f067aa0ba902b7_01",
        "00-" TRACE_ID "-00f067aa0ba902b7-0x",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473z-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-" TRACE_ID "-0000000000000000-01",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct trace_context trace = trace_continue(str_cstr(rows[i]), random_bytes);
        assert_string_equal(format(&trace), "00-a0a100000000000000000000000000af-b0b10000000000b7-00");
    }
}

static void ids_of_zeros_are_never_made(void **state)
{
    (void)state;
    static const uint8_t zeros[24];
    struct trace_context trace = trace_continue(STR_NONE, zeros);
    assert_string_equal(format(&trace), "00-00000000000000000000000000000001-0000000000000001-00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_header_is_continued_with_a_new_span),
        cmocka_unit_test(a_bad_header_starts_a_new_trace),
        cmocka_unit_test(ids_of_zeros_are_never_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
