/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The frame parser against RFC 6455 §5 to §8: what comes out of which bytes, whole and byte at a time. */
#include "platform/ws/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/strbuf.h"

enum { MAX_MESSAGE = 1000 };

/* A client's frame; a NULL payload ends a row of them. */
struct frame {
    unsigned first;
    const char *payload;
};

static void append_frame(struct strbuf *out, unsigned first, struct str payload)
{
    static const uint8_t mask[4] = {0xA1, 0x02, 0xFF, 0x34};
    strbuf_append_char(out, (char)first);
    if (payload.len < 126) {
        strbuf_append_char(out, (char)(0x80 | payload.len));
    } else {
        strbuf_append_char(out, (char)(0x80 | 126));
        strbuf_append_char(out, (char)(payload.len >> 8));
        strbuf_append_char(out, (char)payload.len);
    }
    strbuf_append(out, str_from((const char *)mask, sizeof(mask)));
    for (size_t i = 0; i < payload.len; i++)
        strbuf_append_char(out, (char)((uint8_t)payload.ptr[i] ^ mask[i & 3]));
}

/* "text:hello;" for each event; a fault ends it. */
static void describe(struct strbuf *out, enum ws_event_kind kind, const struct ws_event *event)
{
    static const char *const words[] = {
        [WS_EVENT_NONE] = "",       [WS_EVENT_FRAME] = "part", [WS_EVENT_MESSAGE] = "text",
        [WS_EVENT_PING] = "ping",   [WS_EVENT_PONG] = "pong",  [WS_EVENT_CLOSE] = "close",
        [WS_EVENT_FAULT] = "fault",
    };
    strbuf_append_cstr(out, kind == WS_EVENT_MESSAGE && event->opcode == WS_BINARY ? "binary" : words[kind]);
    if (kind == WS_EVENT_CLOSE || kind == WS_EVENT_FAULT)
        strbuf_printf(out, ":%d", event->code);
    else if (kind != WS_EVENT_FRAME)
        strbuf_printf(out, ":%" STR_FMT, STR_ARG(event->payload));
    strbuf_append_char(out, ';');
}

static struct str run(struct arena *arena, struct str bytes, size_t step)
{
    struct ws_parser parser = {.max_message = MAX_MESSAGE, .may_deflate = false};
    struct strbuf out;
    bool is_over = false;
    strbuf_init(&out, arena, 1 << 16);
    for (size_t at = 0; at < bytes.len && !is_over; at += step) {
        struct str rest = str_slice(bytes, at, step);
        for (;;) {
            struct ws_event event;
            enum ws_event_kind kind = ws_parser_next(&parser, &rest, &event);
            if (kind == WS_EVENT_NONE)
                break;
            describe(&out, kind, &event);
            is_over = kind == WS_EVENT_FAULT;
            if (is_over)
                break;
        }
        assert_true(is_over || rest.len == 0);
    }
    ws_parser_fini(&parser);
    return strbuf_str(&out);
}

static void expect(struct str bytes, const char *wanted)
{
    static const size_t steps[] = {1, 2, 3, 7, 1 << 20};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct arena *arena = arena_new(0);
        struct str seen = run(arena, bytes, steps[i]);
        if (!str_equal(seen, str_cstr(wanted)))
            fail_msg("in steps of %zu: %s, not %s", steps[i], seen.ptr, wanted);
        arena_free(arena);
    }
}

/* Frames whose heads are in order. */
static void frames_become_events(void **state)
{
    (void)state;
    static const struct {
        struct frame frames[5];
        const char *events;
    } rows[] = {
        {{{0x81, "hello"}}, "text:hello;"},
        {{{0x81, ""}}, "text:;"},
        {{{0x82, "x"}}, "binary:x;"},
        {{{0x81, "a"}, {0x81, "b"}}, "text:a;text:b;"},
        {{{0x01, "he"}, {0x00, "ll"}, {0x80, "o"}}, "part;part;text:hello;"},
        {{{0x01, "he"}, {0x89, "!"}, {0x80, "llo"}}, "part;ping:!;text:hello;"},
        {{{0x01, "he"}, {0x8A, ""}, {0x80, "llo"}}, "part;pong:;text:hello;"},
        {{{0x88, ""}}, "close:1005;"},
        {{{0x88, "\x03\xE8"}}, "close:1000;"},
        {{{0x88, "\x03\xE8"
                 "bye"}},
         "close:1000;"},
        {{{0x88, "\x0F\xA0"}}, "close:4000;"},
        {{{0x81, "\xC3\xBC\xF0\x9F\x8E\xB5"}}, "text:\xC3\xBC\xF0\x9F\x8E\xB5;"},
        {{{0x01, "\xF0\x9F"}, {0x80, "\x8E\xB5"}},
         "part;text:\xF0\x9F\x8E\xB5;"}, /* cut within a character */
        /* faults */
        {{{0x88, "\x03"}}, "fault:1002;"},
        {{{0x88, "\x03\xED"}}, "fault:1002;"}, /* 1005 is never sent */
        {{{0x88, "\x03\xE7"}}, "fault:1002;"}, /* 999 */
        {{{0x88, "\x07\xD0"}}, "fault:1002;"}, /* 2000 */
        {{{0x88, "\x13\x88"}}, "fault:1002;"}, /* 5000 */
        {{{0x88, "\x03\xE8\xFF"}}, "fault:1007;"},
        {{{0x81, "\xFF"}}, "fault:1007;"},
        {{{0x81, "\xC3"}}, "fault:1007;"},
        {{{0x81, "\xED\xA0\x80"}}, "fault:1007;"}, /* a surrogate */
        {{{0x01, "\xF0\x9F"}, {0x80, "x"}}, "part;fault:1007;"},
        {{{0x80, "x"}}, "fault:1002;"},
        {{{0x00, "x"}}, "fault:1002;"},
        {{{0x01, "x"}, {0x81, "y"}}, "part;fault:1002;"},
        {{{0x01, "x"}, {0x02, "y"}}, "part;fault:1002;"},
        {{{0x09, "x"}}, "fault:1002;"}, /* a ping in parts */
        {{{0x08, ""}}, "fault:1002;"},
        {{{0xC1, "x"}}, "fault:1002;"}, /* the deflate bit, without agreement */
        {{{0xA1, "x"}}, "fault:1002;"},
        {{{0x91, "x"}}, "fault:1002;"},
        {{{0x83, "x"}}, "fault:1002;"},
        {{{0x87, "x"}}, "fault:1002;"},
        {{{0x8B, "x"}}, "fault:1002;"},
        {{{0x8F, "x"}}, "fault:1002;"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *arena = arena_new(0);
        struct strbuf bytes;
        strbuf_init(&bytes, arena, 4096);
        for (size_t f = 0; f < COUNT_OF(rows[i].frames) && rows[i].frames[f].payload != NULL; f++)
            append_frame(&bytes, rows[i].frames[f].first, str_cstr(rows[i].frames[f].payload));
        expect(strbuf_str(&bytes), rows[i].events);
        arena_free(arena);
    }
}

/* Heads that are refused before their payload came. */
static void heads_are_judged_at_once(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *events;
    } rows[] = {
        {STR_INIT("\x81\x05"), "fault:1002;"},                                     /* not masked */
        {STR_INIT("\x81\xFE\x00\x05MASK"), "fault:1002;"},                         /* 5 in two bytes */
        {STR_INIT("\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFFMASK"), "fault:1002;"}, /* 65535 in eight */
        {STR_INIT("\x81\xFF\x80\x00\x00\x00\x00\x01\x00\x00MASK"), "fault:1002;"}, /* the highest bit */
        {STR_INIT("\x81\xFF\x00\x00\x00\x00\x06\x40\x00\x00MASK"), "fault:1009;"}, /* 100 MiB */
        {STR_INIT("\x81\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFMASK"), "fault:1009;"},
        {STR_INIT("\x81\xFE\x03\xE9MASK"), "fault:1009;"}, /* one too many */
        {STR_INIT("\x89\xFE\x00\x7EMASK"), "fault:1002;"}, /* a ping of 126 */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect(rows[i].bytes, rows[i].events);
}

static void a_message_in_parts_is_limited_as_a_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf bytes;
    char *text = arena_alloc_raw(arena, MAX_MESSAGE);
    memset(text, 'x', MAX_MESSAGE);
    strbuf_init(&bytes, arena, 4096);
    append_frame(&bytes, 0x01, str_from(text, 600));
    append_frame(&bytes, 0x80, str_from(text, 401));
    expect(strbuf_str(&bytes), "part;fault:1009;");
    arena_free(arena);
}

static void the_longest_message_fits(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf bytes, wanted;
    char *text = arena_alloc_raw(arena, MAX_MESSAGE);
    memset(text, 'x', MAX_MESSAGE);
    strbuf_init(&bytes, arena, 4096);
    strbuf_init(&wanted, arena, 4096);
    append_frame(&bytes, 0x81, str_from(text, MAX_MESSAGE));
    strbuf_printf(&wanted, "text:%.*s;", MAX_MESSAGE, text);
    expect(strbuf_str(&bytes), strbuf_str(&wanted).ptr);
    arena_free(arena);
}

static void between_messages_nothing_is_held(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf bytes;
    struct ws_parser parser = {.max_message = MAX_MESSAGE};
    struct ws_event event;
    strbuf_init(&bytes, arena, 4096);
    append_frame(&bytes, 0x81, STR("hello"));
    append_frame(&bytes, 0x89, STR("ping"));
    struct str rest = strbuf_str(&bytes);
    while (ws_parser_next(&parser, &rest, &event) != WS_EVENT_NONE)
        continue;
    assert_null(parser.message.bytes);
    assert_null(parser.control.bytes);
    arena_free(arena);
}

static void frames_of_ours_have_the_shortest_head(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint32_t head_len;
    } rows[] = {{0, 2}, {125, 2}, {126, 4}, {65535, 4}, {65536, 10}};
    struct arena *arena = arena_new(0);
    char *text = arena_alloc(arena, 65536);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ws_frame *frame = ws_frame_new(WS_TEXT, str_from(text, rows[i].len), WS_PLAIN);
        assert_int_equal(frame->head_len, rows[i].head_len);
        assert_int_equal(frame->len, rows[i].head_len + rows[i].len);
        assert_int_equal((uint8_t)frame->bytes[0], 0x81);
        ws_frame_unref(frame);
    }
    struct ws_frame *close = ws_frame_close(WS_CLOSE_TOO_SLOW, str_from(text, 200));
    assert_int_equal(close->len, 2 + WS_CONTROL_MAX);
    assert_memory_equal(close->bytes + 2, "\x0F\xA8", 2);
    ws_frame_unref(close);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_become_events),
        cmocka_unit_test(heads_are_judged_at_once),
        cmocka_unit_test(a_message_in_parts_is_limited_as_a_whole),
        cmocka_unit_test(the_longest_message_fits),
        cmocka_unit_test(between_messages_nothing_is_held),
        cmocka_unit_test(frames_of_ours_have_the_shortest_head),
    };
    return cmocka_run_group_tests_name("ws parser", tests, NULL, NULL);
}
