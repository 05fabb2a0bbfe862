/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the values that are texts: ids, slugs, short codes, e-mail addresses. */
#include "base/mem/arena.h"
#include "base/value/email.h"
#include "base/value/id.h"
#include "base/value/slug.h"

#include "tests/lib/check.h"

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

/* ---- ids ---- */

static const uint8_t random_ones[10] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t random_zeros[10] = {0};

static void version_7_holds_the_milliseconds_and_its_marks(void **state)
{
    (void)state;
    /* The example of RFC 9562, appendix A.6. */
    static const uint8_t random[10] = {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
    struct instant now = {INT64_C(1645557742000) * US_PER_MS};
    check_str(id_str(arena, id_v7(now, random)), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    check_str(id_str(arena, id_v7(now, random_ones)), "017f22e2-79b0-7fff-bfff-ffffffffffff");
    check_str(id_str(arena, id_v7(now, random_zeros)), "017f22e2-79b0-7000-8000-000000000000");
    check_str(id_str(arena, id_v7(INSTANT_MAX, random_zeros)), "e677d21f-dbff-7000-8000-000000000000");
}

static void later_ids_sort_later(void **state)
{
    (void)state;
    struct id before = id_v7((struct instant){1000}, random_ones);
    struct id after = id_v7((struct instant){2000}, random_zeros);
    assert_true(id_compare(before, after) < 0);
    assert_true(id_compare(after, before) > 0);
    assert_int_equal(id_compare(after, after), 0);
    assert_false(id_equal(before, after));
    assert_true(id_equal(after, after));
}

static void ids_go_both_ways(void **state)
{
    (void)state;
    struct id id = ID_NONE;
    assert_true(id_is_none(id));
    assert_true(id_parse(STR("01234567-89ab-cdef-0123-456789abcdef"), &id));
    assert_false(id_is_none(id));
    assert_int_equal(id.bytes[0], 0x01);
    assert_int_equal(id.bytes[7], 0xEF);
    assert_int_equal(id.bytes[15], 0xEF);
    check_str(id_str(arena, id), "01234567-89ab-cdef-0123-456789abcdef");
    assert_true(id_parse(STR("01234567-89AB-CDEF-0123-456789aBcDeF"), &id));
    check_str(id_str(arena, id), "01234567-89ab-cdef-0123-456789abcdef");
    assert_true(id_parse(STR("00000000-0000-0000-0000-000000000000"), &id));
    assert_true(id_is_none(id));
}

static void what_is_no_uuid_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "0123456789abcdef0123456789abcdef",
        "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abcdef0",
        "{01234567-89ab-cdef-0123-456789abcdef}",
        "01234567-89ab-cdef-0123-456789abcdeg",
        "g1234567-89ab-cdef-0123-456789abcdef",
        "01234567+89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-01234-56789abcdef",
        "0123456-789ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-45678\303\244bcdef",
        "01234567-89ab-cdef-0123-456789abcde ",
    };
    struct id id = id_v7(INSTANT_NONE, random_ones);
    struct id before = id;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        check_that(!id_parse(str_cstr(texts[i]), &id), "\"%s\"", texts[i]);
        check_that(id_equal(id, before), "\"%s\" was written", texts[i]);
    }
    assert_false(id_parse(STR_NONE, &id));
}

/* ---- slugs ---- */

static void slugs_are_made_from_titles(void **state)
{
    (void)state;
    static const struct {
        const char *title;
        const char *slug;
    } rows[] = {
        {"Night Drive 2", "night-drive-2"},
        {"  --Hello,   World!-- ", "hello-world"},
        {"Don't Stop", "dont-stop"},
        {"Don\xE2\x80\x99t Stop", "dont-stop"},
        {"AC/DC", "ac-dc"},
        {"Sigur R\xC3\xB3s", "sigur-ros"},
        {"\303\204pfel & \303\226l, Stra\303\237e", "apfel-ol-strasse"},
        {"\xC3\x86ther \xC3\x98re \xC3\x85", "aether-ore-a"},
        {"\xC5\x81\xC3\xB3"
         "d\xC5\xBA",
         "lodz"},
        {"\xC4\xB0stanbul \xC5\x9Fi\xC5\x9F", "istanbul-sis"},
        {"Vi\xE1\xBB\x87t Nam", "viet-nam"},
        {"Cafe\xCC\x81", "cafe"}, /* e and a combining accent */
        {"\xD0\x9C\xD0\xB8\xD1\x80", "untitled"},
        {"\xF0\x9F\x8E\xB5 beat \xF0\x9F\x8E\xB5", "beat"},
        {"!!!", "untitled"},
        {"", "untitled"},
        {"\xFF\xFE broken", "broken"},
        {"a\377b", "a-b"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str slug = slug_from_title(arena, str_cstr(rows[i].title));
        check_str(slug, rows[i].slug);
        check_that(slug_is_valid(slug), "%s", rows[i].slug);
    }
    check_str(slug_from_title(arena, STR_NONE), "untitled");
}

static void long_titles_are_cut(void **state)
{
    (void)state;
    for (size_t words = 1; words < 60; words++) {
        char title[200];
        for (size_t i = 0; i < words * 3; i++)
            title[i] = i % 3 == 2 ? ' ' : 'x';
        struct str slug = slug_from_title(arena, str_from(title, words * 3));
        check_that(slug_is_valid(slug), "%zu words gave %s", words, slug.ptr);
        check_that(slug.len >= (words < 27 ? words * 3 - 1 : 79), "%zu words gave %zu", words, slug.len);
    }
}

static void slugs_are_checked(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "7", "night-drive-2", "a-b-c", "0-0"};
    static const char *const bad[] = {"",    "-",   "-a",  "a-",   "a--b",         "A",   "a_b",
                                      "a b", "a.b", "a/b", "a\nb", "\xC3\xA4pfel", "a`b", "a{b"};
    char longest[SLUG_MAX_CHARS + 1];
    memset(longest, 'a', sizeof(longest));
    for (size_t i = 0; i < COUNT_OF(good); i++)
        check_that(slug_is_valid(str_cstr(good[i])), "\"%s\"", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_that(!slug_is_valid(str_cstr(bad[i])), "\"%s\"", bad[i]);
    assert_true(slug_is_valid(str_from(longest, SLUG_MAX_CHARS)));
    assert_false(slug_is_valid(str_from(longest, SLUG_MAX_CHARS + 1)));
    assert_false(slug_is_valid(STR_NONE));
    assert_false(slug_is_valid(STR("a\0b")));
}

static void short_codes_hold_their_forty_bits(void **state)
{
    (void)state;
    static const struct {
        uint8_t random[5];
        const char *code;
    } rows[] = {
        {{0, 0, 0, 0, 0}, "00000000"},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, "zzzzzzzz"},
        {{0x00, 0x44, 0x32, 0x14, 0xC7}, "01234567"},
        {{0, 0, 0, 0, 1}, "00000001"},
        {{0x80, 0, 0, 0, 0}, "g0000000"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char code[SHORT_CODE_CHARS];
        short_code_make(rows[i].random, code);
        check_str(str_from(code, sizeof(code)), rows[i].code);
        assert_true(short_code_is_valid(str_from(code, sizeof(code))));
    }
}

static void look_alikes_are_in_no_short_code(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "0000000",  "000000000", "0000000i", "0000000l",
                                      "0000000o", "0000000u", "0000000A",  "0000000-", "0000000 "};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_that(!short_code_is_valid(str_cstr(bad[i])), "\"%s\"", bad[i]);
    assert_false(short_code_is_valid(STR("0000000\0")));
}

/* ---- e-mail ---- */

static void addresses_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {
        {"a@example.org", true},
        {"first.last+tag@sub.example.co.uk", true},
        {"!#$%&'*+-/=?^_`{|}~@example.org", true},
        {"a@1.example", true},
        {"a@xn--bcher-kva.example", true},
        {"A@EXAMPLE.ORG", true},
        {"", false},
        {"@", false},
        {"a", false},
        {"a@", false},
        {"@example.org", false},
        {"a@example", false},
        {"a@@example.org", false},
        {"a@b@example.org", false},
        {".a@example.org", false},
        {"a.@example.org", false},
        {"a..b@example.org", false},
        {"a b@example.org", false},
        {"\"a b\"@example.org", false},
        {"a(b)@example.org", false},
        {"a@example..org", false},
        {"a@.example.org", false},
        {"a@example.org.", false},
        {"a@-example.org", false},
        {"a@example-.org", false},
        {"a@exa_mple.org", false},
        {"a@example.org ", false},
        {" a@example.org", false},
        {"a@example.org\n", false},
        {"a@[127.0.0.1]", false},
        {"a@127.0.0.1", false},
        {"a,b@example.org", false},
        {"a<b@example.org", false},
        {"b\303\274cher@example.org", false},
        {"a@b\303\274cher.example", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_that(email_is_valid(str_cstr(rows[i].text)) == rows[i].is_valid, "\"%s\"", rows[i].text);
    assert_false(email_is_valid(STR_NONE));
    assert_false(email_is_valid(STR("a\0b@example.org")));
    assert_false(email_is_valid(STR("a@exa\0mple.org")));
}

/* An address with parts of the given lengths. */
static struct str address_of(size_t local_len, size_t label_len, size_t label_count)
{
    char text[600];
    size_t len = 0;
    memset(text, 'a', local_len);
    len += local_len;
    text[len++] = '@';
    for (size_t i = 0; i < label_count; i++) {
        memset(text + len, 'b', label_len);
        len += label_len;
        text[len++] = '.';
    }
    return arena_str(arena, str_from(text, len - 1));
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    assert_true(email_is_valid(address_of(64, 10, 2)));
    assert_false(email_is_valid(address_of(65, 10, 2)));
    assert_true(email_is_valid(address_of(1, 63, 2)));
    assert_false(email_is_valid(address_of(1, 64, 2)));
    struct str longest = address_of(63, 37, 5);
    assert_int_equal(longest.len, 253);
    assert_true(email_is_valid(longest));
    assert_true(email_is_valid(address_of(64, 37, 5)));
    assert_false(email_is_valid(address_of(64, 37, 6)));
    assert_false(email_is_valid(address_of(63, 47, 4)));
}

static void folding_lowers_ascii(void **state)
{
    (void)state;
    check_str(email_fold(arena, STR("First.Last@EXAMPLE.org")), "first.last@example.org");
    check_str(email_fold(arena, STR("a[@]z")), "a[@]z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_7_holds_the_milliseconds_and_its_marks),
        cmocka_unit_test(later_ids_sort_later),
        cmocka_unit_test(ids_go_both_ways),
        cmocka_unit_test(what_is_no_uuid_is_refused),
        cmocka_unit_test(slugs_are_made_from_titles),
        cmocka_unit_test(long_titles_are_cut),
        cmocka_unit_test(slugs_are_checked),
        cmocka_unit_test(short_codes_hold_their_forty_bits),
        cmocka_unit_test(look_alikes_are_in_no_short_code),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(folding_lowers_ascii),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
