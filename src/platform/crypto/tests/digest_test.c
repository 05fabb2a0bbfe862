/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Digests by name, against the published values of "abc" (FIPS 180-4), fed whole and in pieces. */
#include "platform/crypto/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/mem/arena.h"
#include "base/text/encode.h"

static const char *const of_abc[DIGEST_KIND_COUNT] = {
    [DIGEST_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
    [DIGEST_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    [DIGEST_SHA512] = ("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
};

static void assert_digest(struct digest_stream *stream, const char *expected)
{
    uint8_t digest[DIGEST_MAX_BYTES];
    struct arena *arena = arena_new(0);
    size_t len = digest_bytes(stream);
    digest_end(stream, digest);
    assert_int_equal(len * 2, strlen(expected));
    assert_string_equal(hex_encode(arena, digest, len).ptr, expected);
    arena_free(arena);
}

static void each_kind_gives_its_published_value(void **state)
{
    (void)state;
    for (int kind = 0; kind < DIGEST_KIND_COUNT; kind++) {
        struct digest_stream *whole = digest_begin((enum digest_kind)kind);
        struct digest_stream *pieces = digest_begin((enum digest_kind)kind);
        digest_feed(whole, "abc", 3);
        digest_feed(pieces, "a", 1);
        digest_feed(pieces, "", 0);
        digest_feed(pieces, "bc", 2);
        assert_digest(whole, of_abc[kind]);
        assert_digest(pieces, of_abc[kind]);
    }
}

static void each_kind_has_a_word(void **state)
{
    (void)state;
    assert_int_equal(digest_kind_words.count, DIGEST_KIND_COUNT);
    for (int kind = 0; kind < DIGEST_KIND_COUNT; kind++) {
        int found = -1;
        assert_true(enum_parse(&digest_kind_words, enum_word(&digest_kind_words, kind), &found));
        assert_int_equal(found, kind);
    }
}

static void a_digest_may_be_given_up(void **state)
{
    (void)state;
    digest_abandon(NULL);
    digest_abandon(digest_begin(DIGEST_SHA1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_gives_its_published_value),
        cmocka_unit_test(each_kind_has_a_word),
        cmocka_unit_test(a_digest_may_be_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
