/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of texts by value and of their hash. */
#include "base/text/str.h"

#include "tests/lib/check.h"

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void order_is_bytewise_and_shorter_first(void **state)
{
    (void)state;
    static const struct {
        struct str a, b;
        int order;
    } rows[] = {
        {STR_INIT(""), STR_INIT(""), 0},      {STR_INIT("a"), STR_INIT("a"), 0},
        {STR_INIT(""), STR_INIT("a"), -1},    {STR_INIT("a"), STR_INIT("ab"), -1},
        {STR_INIT("b"), STR_INIT("ab"), 1},   {STR_INIT("a\0b"), STR_INIT("a\0c"), -1},
        {STR_INIT("\xC3"), STR_INIT("z"), 1}, {{NULL, 0}, STR_INIT(""), 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_that(sign(str_compare(rows[i].a, rows[i].b)) == rows[i].order, "row %zu", i);
        check_that(sign(str_compare(rows[i].b, rows[i].a)) == -rows[i].order, "row %zu turned", i);
        check_that(str_equal(rows[i].a, rows[i].b) == (rows[i].order == 0), "row %zu equal", i);
    }
}

static void only_ascii_letters_ignore_case(void **state)
{
    (void)state;
    assert_true(str_equal_nocase(STR("Content-Type"), STR("content-TYPE")));
    assert_true(str_equal_nocase(STR(""), STR_NONE));
    assert_false(str_equal_nocase(STR("a"), STR("ab")));
    assert_false(str_equal_nocase(STR("@"), STR("`"))); /* 0x40 and 0x60 */
    assert_false(str_equal_nocase(STR("["), STR("{")));
    assert_false(str_equal_nocase(STR("\xC3\x84"), STR("\xC3\xA4")));
}

static void prefixes_and_suffixes(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("Bearer x"), STR("Bearer ")));
    assert_true(str_starts_with(STR("a"), STR("")));
    assert_true(str_starts_with(STR_NONE, STR("")));
    assert_false(str_starts_with(STR("Bear"), STR("Bearer")));
    assert_true(str_ends_with(STR("a.flac"), STR(".flac")));
    assert_true(str_ends_with(STR("a"), STR("")));
    assert_false(str_ends_with(STR("flac"), STR(".flac")));
    assert_false(str_ends_with(STR_NONE, STR("a")));
}

static void bytes_are_found_from_a_place_on(void **state)
{
    (void)state;
    assert_int_equal(str_find_byte(STR("a=b=c"), '=', 0), 1);
    assert_int_equal(str_find_byte(STR("a=b=c"), '=', 2), 3);
    assert_int_equal(str_find_byte(STR("a=b=c"), '=', 4), -1);
    assert_int_equal(str_find_byte(STR("a=b=c"), '=', 99), -1);
    assert_int_equal(str_find_byte(STR_NONE, '=', 0), -1);
    assert_int_equal(str_find_byte(STR("a\0b"), '\0', 0), 1);
}

static void texts_are_found_in_texts(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("chunked, gzip"), STR("gzip")), 9);
    assert_int_equal(str_find(STR("aaab"), STR("aab")), 1);
    assert_int_equal(str_find(STR("a"), STR("ab")), -1);
    assert_int_equal(str_find(STR("a"), STR("")), 0);
    assert_int_equal(str_find(STR_NONE, STR("a")), -1);
    assert_int_equal(str_find(STR("a\0b"), STR("\0b")), 1);
}

static void slices_are_clipped(void **state)
{
    (void)state;
    check_str(str_slice(STR("abc"), 0, 2), "ab");
    check_str(str_slice(STR("abc"), 1, SIZE_MAX), "bc");
    check_str(str_slice(STR("abc"), 3, 1), "");
    check_str(str_slice(STR("abc"), 99, 1), "");
    assert_non_null(str_slice(STR("abc"), 99, 1).ptr);
    assert_null(str_slice(STR_NONE, 1, 1).ptr);
}

static void blanks_are_trimmed_at_both_ends(void **state)
{
    (void)state;
    check_str(str_trim(STR(" \t a b\t ")), "a b");
    check_str(str_trim(STR("a\n")), "a\n");
    check_str(str_trim(STR("   ")), "");
    check_str(str_trim(STR("")), "");
    assert_null(str_trim(STR_NONE).ptr);
}

static void splitting_gives_each_part(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts[4];
        size_t count;
    } rows[] = {
        {"a,,b", {"a", "", "b"}, 3}, {"", {""}, 1},     {",", {"", ""}, 2}, {"a", {"a"}, 1},
        {"a,", {"a", ""}, 2},        {NULL, {NULL}, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str rest = str_cstr(rows[i].text);
        struct str part = STR_NONE;
        for (size_t at = 0; at < rows[i].count; at++) {
            check_that(str_split(&rest, ',', &part), "row %zu ends after %zu parts", i, at);
            check_str(part, rows[i].parts[at]);
        }
        check_that(!str_split(&rest, ',', &part), "row %zu has more parts", i);
    }
}

static void c_strings_become_texts(void **state)
{
    (void)state;
    assert_null(str_cstr(NULL).ptr);
    assert_int_equal(str_cstr(NULL).len, 0);
    assert_int_equal(str_cstr("abc").len, 3);
    assert_true(str_is_empty(STR_NONE));
    assert_true(str_is_empty(STR("")));
    assert_false(str_is_empty(STR(" ")));
}

/* ---- hash ---- */

#define HASH_LENGTHS 100

static void a_hash_depends_on_the_bytes_alone(void **state)
{
    (void)state;
    char one[HASH_LENGTHS + 8];
    char other[HASH_LENGTHS + 8];
    memset(one, 'a', sizeof(one));
    memset(other, 'b', sizeof(other));
    for (size_t len = 0; len < HASH_LENGTHS; len++) {
        for (size_t i = 0; i < len; i++) {
            one[1 + i] = (char)i;
            other[3 + i] = (char)i;
        }
        check_that(str_hash(str_from(one + 1, len)) == str_hash(str_from(other + 3, len)), "length %zu", len);
    }
    assert_true(str_hash(STR_NONE) == str_hash(STR("")));
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x;
    uint64_t y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static size_t count_repeats(uint64_t *hashes, size_t count)
{
    qsort(hashes, count, sizeof(*hashes), compare_u64);
    size_t repeats = 0;
    for (size_t i = 1; i < count; i++)
        repeats += hashes[i] == hashes[i - 1] ? 1 : 0;
    return repeats;
}

/* All single bit changes of texts of zeros of all lengths: a hash that drops a bit repeats itself. */
static void each_bit_and_the_length_change_the_hash(void **state)
{
    (void)state;
    static uint64_t hashes[HASH_LENGTHS * (HASH_LENGTHS + 1) * 4];
    size_t count = 0;
    char text[HASH_LENGTHS] = {0};
    for (size_t len = 0; len < HASH_LENGTHS; len++) {
        hashes[count++] = str_hash(str_from(text, len));
        for (size_t bit = 0; bit < len * 8; bit++) {
            text[bit / 8] = (char)(1U << bit % 8);
            hashes[count++] = str_hash(str_from(text, len));
            text[bit / 8] = 0;
        }
    }
    assert_int_equal(count_repeats(hashes, count), 0);
}

/* Tables use the low bits: 4096 numbered keys must fill most of 1024 buckets, as chance would. */
static void low_bits_are_spread(void **state)
{
    (void)state;
    bool is_taken[1024] = {false};
    size_t taken = 0;
    for (int i = 0; i < 4096; i++) {
        char key[16];
        int len = snprintf(key, sizeof(key), "key-%d", i);
        size_t bucket = (size_t)str_hash(str_from(key, (size_t)len)) & 1023;
        taken += is_taken[bucket] ? 0 : 1;
        is_taken[bucket] = true;
    }
    assert_true(taken > 950); /* expected: 1005, with a deviation of 4 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_bytewise_and_shorter_first),
        cmocka_unit_test(only_ascii_letters_ignore_case),
        cmocka_unit_test(prefixes_and_suffixes),
        cmocka_unit_test(bytes_are_found_from_a_place_on),
        cmocka_unit_test(texts_are_found_in_texts),
        cmocka_unit_test(slices_are_clipped),
        cmocka_unit_test(blanks_are_trimmed_at_both_ends),
        cmocka_unit_test(splitting_gives_each_part),
        cmocka_unit_test(c_strings_become_texts),
        cmocka_unit_test(a_hash_depends_on_the_bytes_alone),
        cmocka_unit_test(each_bit_and_the_length_change_the_hash),
        cmocka_unit_test(low_bits_are_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
