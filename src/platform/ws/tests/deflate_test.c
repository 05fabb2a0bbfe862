/* SPDX-License-Identifier: AGPL-3.0-or-later
 * permessage-deflate: what is agreed on, and messages there and back. */
#include "platform/ws/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem/arena.h"
#include "base/require/require.h"

#define PLAIN "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

static void offers_are_answered(void **state)
{
    (void)state;
    static const struct {
        const char *offers, *answer;
    } rows[] = {
        {"permessage-deflate", PLAIN},
        {"permessage-deflate; client_max_window_bits", PLAIN},
        {"Permessage-Deflate ;client_max_window_bits=15", PLAIN},
        {"permessage-deflate; client_max_window_bits=\"10\"", PLAIN},
        {"permessage-deflate; server_no_context_takeover; client_no_context_takeover", PLAIN},
        {"permessage-deflate; server_max_window_bits=15", PLAIN "; server_max_window_bits=12"},
        {"permessage-deflate; server_max_window_bits=9, permessage-deflate", PLAIN}, /* the second offer */
        {"x-webkit-deflate-frame, permessage-deflate", PLAIN},
        {"", NULL},
        {"permessage-bzip2", NULL},
        {"permessage-deflate; server_max_window_bits=9", NULL},
        {"permessage-deflate; server_max_window_bits", NULL},
        {"permessage-deflate; server_max_window_bits=16", NULL},
        {"permessage-deflate; client_max_window_bits=7", NULL},
        {"permessage-deflate; client_max_window_bits=", NULL},
        {"permessage-deflate; client_max_window_bits; client_max_window_bits", NULL},
        {"permessage-deflate; server_no_context_takeover=1", NULL},
        {"permessage-deflate; unknown", NULL},
        {"permessage-deflate; ", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str answer = ws_deflate_agree(str_cstr(rows[i].offers));
        if (!str_equal(answer, str_cstr(rows[i].answer)))
            fail_msg("%s: %.*s", rows[i].offers, (int)answer.len, answer.ptr != NULL ? answer.ptr : "");
    }
}

static void messages_come_back_as_they_were(void **state)
{
    (void)state;
    struct ws_deflate *codec = ws_deflate_new();
    struct arena *arena = arena_new(0);
    for (size_t len = 100; len < 40000; len = len * 3 + 1) {
        struct strbuf packed, plain;
        char *text = arena_alloc_raw(arena, len);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)('a' + i % 23);
        strbuf_init(&packed, arena, len);
        strbuf_init(&plain, arena, len);
        assert_true(ws_deflate_pack(codec, str_from(text, len), &packed));
        assert_true(packed.len < len / 2);
        assert_int_equal(ws_deflate_unpack(codec, strbuf_str(&packed), &plain), WS_UNPACKED);
        assert_true(str_equal(strbuf_str(&plain), str_from(text, len)));
    }
    arena_free(arena);
    ws_deflate_free(codec);
}

static void what_does_not_shrink_stays_as_it_is(void **state)
{
    (void)state;
    struct ws_deflate *codec = ws_deflate_new();
    struct arena *arena = arena_new(0);
    struct strbuf packed;
    strbuf_init(&packed, arena, 100);
    assert_false(ws_deflate_pack(codec, STR("abc"), &packed));
    arena_free(arena);
    ws_deflate_free(codec);
}

/* A few bytes that would become a gigabyte stop at the limit. */
static void what_grows_without_end_is_cut_off(void **state)
{
    (void)state;
    struct ws_deflate *codec = ws_deflate_new();
    struct arena *arena = arena_new(0);
    size_t len = (size_t)4 << 20;
    char *zeros = arena_alloc(arena, len);
    struct strbuf packed, plain;
    strbuf_init(&packed, arena, len);
    strbuf_init(&plain, arena, 65536);
    assert_true(ws_deflate_pack(codec, str_from(zeros, len), &packed));
    assert_true(packed.len < 20000);
    assert_int_equal(ws_deflate_unpack(codec, strbuf_str(&packed), &plain), WS_UNPACKED_TOO_LARGE);
    assert_true(plain.len <= 65536);
    arena_free(arena);
    ws_deflate_free(codec);
}

static void limits_are_exact(void **state)
{
    (void)state;
    struct ws_deflate *codec = ws_deflate_new();
    struct arena *arena = arena_new(0);
    char *text = arena_alloc(arena, 1000);
    struct strbuf packed, fits, bursts;
    strbuf_init(&packed, arena, 1000);
    strbuf_init(&fits, arena, 1000);
    strbuf_init(&bursts, arena, 999);
    assert_true(ws_deflate_pack(codec, str_from(text, 1000), &packed));
    assert_int_equal(ws_deflate_unpack(codec, strbuf_str(&packed), &fits), WS_UNPACKED);
    assert_int_equal(fits.len, 1000);
    assert_int_equal(ws_deflate_unpack(codec, strbuf_str(&packed), &bursts), WS_UNPACKED_TOO_LARGE);
    arena_free(arena);
    ws_deflate_free(codec);
}

static void nonsense_is_broken(void **state)
{
    (void)state;
    struct ws_deflate *codec = ws_deflate_new();
    struct arena *arena = arena_new(0);
    struct strbuf plain;
    strbuf_init(&plain, arena, 1000);
    assert_int_equal(ws_deflate_unpack(codec, STR("\xFF\xFF\xFF\xFF"), &plain), WS_UNPACKED_BROKEN);
    strbuf_clear(&plain);
    assert_int_equal(ws_deflate_unpack(codec, STR("\xF2\x48\xCD\xC9\xC9\x07\x00"), &plain), WS_UNPACKED);
    assert_true(
        str_equal(strbuf_str(&plain), STR("Hello"))); /* RFC 7692 §7.2.3.1; and the codec is not hurt */
    arena_free(arena);
    ws_deflate_free(codec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_are_answered),
        cmocka_unit_test(messages_come_back_as_they_were),
        cmocka_unit_test(what_does_not_shrink_stays_as_it_is),
        cmocka_unit_test(what_grows_without_end_is_cut_off),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(nonsense_is_broken),
    };
    return cmocka_run_group_tests_name("ws deflate", tests, NULL, NULL);
}
