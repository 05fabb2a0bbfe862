/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sealed texts: opened by their key and for their owner only, and not when a bit was changed. */
#include "platform/crypto/seal.h"

#include "tests/lib/check.h"

static const uint8_t key[SEAL_KEY_BYTES] = {1, 2, 3}, other_key[SEAL_KEY_BYTES] = {1, 2, 4};

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void what_is_closed_opens_again(void **state)
{
    struct arena *arena = *state;
    struct str plain = STR("twenty bytes, secret"), read_back = STR_NONE;
    struct str sealed = seal_close(arena, key, STR("ada"), plain);
    assert_int_equal(sealed.len, plain.len + SEAL_EXTRA_BYTES);
    assert_true(str_find(sealed, STR("secret")) < 0);
    assert_true(seal_open(arena, key, STR("ada"), sealed, &read_back));
    assert_true(str_equal(read_back, plain));
    assert_false(str_equal(sealed, seal_close(arena, key, STR("ada"), plain))); /* another nonce */
}

static void nobody_else_opens_it(void **state)
{
    struct arena *arena = *state;
    struct str read_back = STR("untouched");
    struct str sealed = seal_close(arena, key, STR("ada"), STR("secret"));
    assert_false(seal_open(arena, other_key, STR("ada"), sealed, &read_back));
    assert_false(seal_open(arena, key, STR("ben"), sealed, &read_back));
    for (size_t len = 0; len < sealed.len; len++)
        assert_false(seal_open(arena, key, STR("ada"), str_from(sealed.ptr, len), &read_back));
    for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
        char *changed = arena_dup(arena, sealed.ptr, sealed.len);
        changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
        assert_false(seal_open(arena, key, STR("ada"), str_from(changed, sealed.len), &read_back));
    }
    check_str(read_back, "untouched");
}

/* The test case 16 of the mode's specification (McGrew and Viega), whose nonce is twelve bytes. */
static void it_is_aes_256_gcm(void **state)
{
    struct arena *arena = *state;
    static const uint8_t published_key[SEAL_KEY_BYTES] = {
        0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
        0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
    static const uint8_t bound[] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                    0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
    static const uint8_t sealed[] = {
        0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88, /* nonce */
        0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07, 0xf4, 0x7f, 0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d,
        0x64, 0x3a, 0x8c, 0xdc, 0xbf, 0xe5, 0xc0, 0xc9, 0x75, 0x98, 0xa2, 0xbd, 0x25, 0x55, 0xd1, 0xaa,
        0x8c, 0xb0, 0x8e, 0x48, 0x59, 0x0d, 0xbb, 0x3d, 0xa7, 0xb0, 0x8b, 0x10, 0x56, 0x82, 0x88, 0x38,
        0xc5, 0xf6, 0x1e, 0x63, 0x93, 0xba, 0x7a, 0x0a, 0xbc, 0xc9, 0xf6, 0x62, 0x76, 0xfc, 0x6e, 0xce,
        0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b, /* tag */
    };
    static const uint8_t plain[] = {
        0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5, 0xaf, 0xf5, 0x26,
        0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda, 0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31,
        0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49,
        0xa6, 0xb5, 0x25, 0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39,
    };
    struct str read_back = STR_NONE;
    assert_true(seal_open(arena, published_key, str_from((const char *)bound, sizeof(bound)),
                          str_from((const char *)sealed, sizeof(sealed)), &read_back));
    assert_int_equal(read_back.len, sizeof(plain));
    assert_memory_equal(read_back.ptr, plain, sizeof(plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_closed_opens_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_opens_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_aes_256_gcm, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
