/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the encodings. */
#include "base/text/encode.h"

#include "base/mem/arena.h"

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

static void hex_goes_both_ways(void **state)
{
    (void)state;
    const unsigned char bytes[] = {0x00, 0x0F, 0xA5, 0xFF};
    unsigned char back[4];
    check_str(hex_encode(arena, bytes, sizeof(bytes)), "000fa5ff");
    check_str(hex_encode(arena, NULL, 0), "");
    assert_true(hex_decode(STR("000fA5Ff"), back, sizeof(back)));
    assert_memory_equal(back, bytes, sizeof(bytes));
    assert_true(hex_decode(STR(""), back, 0));
}

/* RFC 4648, section 10. */
static void base32_is_that_of_the_standard(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "MY"},
                                          {"fo", "MZXQ"},
                                          {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"},
                                          {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_str(base32_encode(arena, rows[i][0], strlen(rows[i][0])), rows[i][1]);
    check_str(base32_encode(arena, "\xff\xff\xff\xff\xff\x00", 6), "77777777AA");
}

static void bad_hex_is_refused_and_nothing_is_written(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           "0",        "00",       "000fa5f",     "000fa5ff0",
                                        "000fa5ff00", "000fa5fg", "000fa5f ", "000fa5\x10g", "0x0fa5ff"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        unsigned char back[4] = "abc";
        check_that(!hex_decode(str_cstr(texts[i]), back, sizeof(back)), "\"%s\"", texts[i]);
        check_that(memcmp(back, "abc", 4) == 0, "\"%s\" was written", texts[i]);
    }
}

/* RFC 4648 §10, and bytes that tell the alphabets apart. */
static void base64_goes_both_ways(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *padded;
        const char *url;
    } rows[] = {
        {STR_INIT(""), "", ""},
        {STR_INIT("f"), "Zg==", "Zg"},
        {STR_INIT("fo"), "Zm8=", "Zm8"},
        {STR_INIT("foo"), "Zm9v", "Zm9v"},
        {STR_INIT("foob"), "Zm9vYg==", "Zm9vYg"},
        {STR_INIT("fooba"), "Zm9vYmE=", "Zm9vYmE"},
        {STR_INIT("foobar"), "Zm9vYmFy", "Zm9vYmFy"},
        {STR_INIT("\xFB\xEF\xFF"), "++//", "--__"},
        {STR_INIT("\0\0"), "AAA=", "AAA"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str bytes = rows[i].bytes;
        struct str back = STR_NONE;
        check_str(base64_encode(arena, bytes.ptr, bytes.len), rows[i].padded);
        check_str(base64url_encode(arena, bytes.ptr, bytes.len), rows[i].url);
        check_that(base64_decode(arena, str_cstr(rows[i].padded), &back) && str_equal(back, bytes), "%s",
                   rows[i].padded);
        check_that(base64url_decode(arena, str_cstr(rows[i].url), &back) && str_equal(back, bytes), "%s",
                   rows[i].url);
    }
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const char *const padded[] = {
        "Z",      "Zg",   "Zg=",   "Zg===", "Zh==",     "Zm9=",     "Zm9vYg",
        "====",   "=",    "==",    "Z===",  "Zg==Zg==", "Zg= =",    "Z=g=",
        "Zm9v\n", "--__", "Zm 9v", "Zm9v=", "Zm9v====", "Zm8=Zm8=", "\xC3\xA4==",
    };
    static const char *const url[] = {"Z",    "Zh",    "Zm9",    "Zg==", "Zm9vY",
                                      "++//", "Zm9v=", "Zm9v\n", " Zg",  "Z\x80"};
    struct str back = STR_NONE;
    for (size_t i = 0; i < COUNT_OF(padded); i++)
        check_that(!base64_decode(arena, str_cstr(padded[i]), &back), "base64 \"%s\"", padded[i]);
    for (size_t i = 0; i < COUNT_OF(url); i++)
        check_that(!base64url_decode(arena, str_cstr(url[i]), &back), "base64url \"%s\"", url[i]);
    assert_false(base64_decode(arena, STR("Zm\0v"), &back));
    assert_null(back.ptr);
}

/* Of all texts of two digits, exactly 256 mean a byte. */
static void each_byte_has_one_base64_text(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            char text[] = {(char)first, (char)second};
            struct str back = STR_NONE;
            struct arena_mark mark = arena_mark(arena);
            if (base64url_decode(arena, str_from(text, 2), &back)) {
                accepted++;
                assert_true(str_equal(base64url_encode(arena, back.ptr, back.len), str_from(text, 2)));
            }
            arena_rewind(arena, mark);
        }
    }
    assert_int_equal(accepted, 256);
}

static void percent_escapes_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *path; /* NULL: refused */
        const char *form;
    } rows[] = {
        {"", "", ""},          {"plain", "plain", "plain"},
        {"a+b", "a+b", "a b"}, {"a%20b", "a b", "a b"},
        {"%2B+", "++", "+ "},  {"%c3%A4", "\xC3\xA4", "\xC3\xA4"},
        {"%25", "%", "%"},     {"%2525", "%25", "%25"},
        {"%00", NULL, NULL},   {"a%0", NULL, NULL},
        {"a%", NULL, NULL},    {"%g0", NULL, NULL},
        {"%0g", NULL, NULL},   {"%-1", NULL, NULL},
        {"%%20", NULL, NULL},  {"%2", NULL, NULL},
        {"+%", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str path = STR_NONE;
        struct str form = STR_NONE;
        bool path_ok = percent_decode(arena, str_cstr(rows[i].text), PERCENT_PATH, &path);
        bool form_ok = percent_decode(arena, str_cstr(rows[i].text), PERCENT_FORM, &form);
        check_that(path_ok == (rows[i].path != NULL), "path \"%s\"", rows[i].text);
        check_that(form_ok == (rows[i].form != NULL), "form \"%s\"", rows[i].text);
        check_that(!path_ok || str_equal(path, str_cstr(rows[i].path)), "path \"%s\"", rows[i].text);
        check_that(!form_ok || str_equal(form, str_cstr(rows[i].form)), "form \"%s\"", rows[i].text);
    }
}

/* The escape must lie within the text, whatever follows it in memory. */
static void an_escape_does_not_read_past_the_text(void **state)
{
    (void)state;
    struct str decoded = STR_NONE;
    assert_false(percent_decode(arena, str_from("%41", 1), PERCENT_PATH, &decoded));
    assert_false(percent_decode(arena, str_from("%41", 2), PERCENT_PATH, &decoded));
    assert_true(percent_decode(arena, str_from("%41", 3), PERCENT_PATH, &decoded));
}

static void percent_encoding_keeps_unreserved_bytes(void **state)
{
    (void)state;
    check_str(percent_encode(arena, STR("AZaz09-._~")), "AZaz09-._~");
    check_str(percent_encode(arena, STR("a b/\xC3\xA4?&=+%@[`{")),
              "a%20b%2F%C3%A4%3F%26%3D%2B%25%40%5B%60%7B");
    check_str(percent_encode(arena, STR("\r\n")), "%0D%0A");
    check_str(percent_encode(arena, STR_NONE), "");
}

static void percent_encoding_decodes_to_the_same(void **state)
{
    (void)state;
    char all[255];
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    struct str text = str_from(all, sizeof(all));
    struct str back = STR_NONE;
    assert_true(percent_decode(arena, percent_encode(arena, text), PERCENT_FORM, &back));
    assert_true(str_equal(back, text));
}

static void html_is_escaped(void **state)
{
    (void)state;
    check_str(html_escape(arena, STR("<a href=\"x\">Tom & 'Jerry'</a>")),
              "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;");
    check_str(html_escape(arena, STR("plain \xC3\xA4")), "plain \xC3\xA4");
    check_str(html_escape(arena, STR("&&")), "&amp;&amp;");
    check_str(html_escape(arena, STR("")), "");
    check_str(html_escape(arena, STR_NONE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(base32_is_that_of_the_standard),
        cmocka_unit_test(bad_hex_is_refused_and_nothing_is_written),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(base64_that_is_not_canonical_is_refused),
        cmocka_unit_test(each_byte_has_one_base64_text),
        cmocka_unit_test(percent_escapes_are_decoded),
        cmocka_unit_test(an_escape_does_not_read_past_the_text),
        cmocka_unit_test(percent_encoding_keeps_unreserved_bytes),
        cmocka_unit_test(percent_encoding_decodes_to_the_same),
        cmocka_unit_test(html_is_escaped),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
