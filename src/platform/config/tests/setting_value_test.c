/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Values of each kind: what is read, what is refused, what the refusal says. */
#include "platform/config/setting_value.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/value/instant.h"

struct values {
    struct str text;
    int64_t number;
    bool flag;
    int32_t word;
};

static const char *const word_list[] = {"json", NULL, "human"};
static const struct enum_table words = ENUM_TABLE("format", word_list);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct values, text, "TEXT", .min = 2, .max = 5),
    SETTING_INT(struct values, number, "COUNT", .min = -3, .max = 10),
    SETTING_BOOL(struct values, flag, "FLAG", .help = ""),
    SETTING_TIME(struct values, number, "TIME", .min = US_PER_SECOND, .max = US_PER_HOUR),
    SETTING_BYTES(struct values, number, "SIZE", .min = 0, .max = INT64_C(3) << 30),
    SETTING_WORD(struct values, word, "WORD", &words, .help = ""),
    SETTING_STR(struct values, text, "SECRET", .is_secret = true),
    SETTING_TIME(struct values, number, "ANY_TIME", .help = ""),
    SETTING_BYTES(struct values, number, "ANY_SIZE", .help = ""),
};
/* clang-format on */

enum { TEXT, COUNT, FLAG, TIME, SIZE, WORD, SECRET, ANY_TIME, ANY_SIZE };

static int64_t member(const struct values *values, enum setting_kind kind)
{
    switch (kind) {
    case SETTING_TEXT:
        return (int64_t)values->text.len;
    case SETTING_BOOLEAN:
        return values->flag;
    case SETTING_ENUM:
        return values->word;
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_SIZE:
        break;
    }
    return values->number;
}

static void good_values_are_read(void **state)
{
    (void)state;
    static const struct {
        int row;
        const char *text;
        int64_t value;
    } cases[] = {
        {TEXT, "ab", 2},
        {TEXT,
         "a\xC3\xA4"
         "bc",
         5},
        {COUNT, "-3", -3},
        {COUNT, "10", 10},
        {FLAG, "true", true},
        {FLAG, "YES", true},
        {FLAG, "on", true},
        {FLAG, "1", true},
        {FLAG, "False", false},
        {FLAG, "off", false},
        {TIME, "1000ms", US_PER_SECOND},
        {TIME, "60m", US_PER_HOUR},
        {ANY_TIME, "0", 0},
        {ANY_TIME, "7d", 7 * US_PER_DAY},
        {ANY_TIME, "24h", US_PER_DAY},
        {SIZE, "512", 512},
        {SIZE, "64K", 65536},
        {SIZE, "16M", 16 << 20},
        {SIZE, "3G", INT64_C(3) << 30},
        {ANY_SIZE, "2T", INT64_C(2) << 40},
        {WORD, "human", 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct setting *row = &rows[cases[i].row];
        struct values values = {.number = 77};
        assert_true(setting_parse(row, str_cstr(cases[i].text), &values));
        assert_int_equal(member(&values, row->kind), cases[i].value);
    }
}

static void bad_values_are_refused_and_store_nothing(void **state)
{
    (void)state;
    static const struct {
        int row;
        const char *text;
    } cases[] = {
        {TEXT, "a"},
        {TEXT, "abcdef"},
        {TEXT, "a\nb"},
        {TEXT, "a\xFF"},
        {COUNT, ""},
        {COUNT, "11"},
        {COUNT, "-4"},
        {COUNT, "1.5"},
        {COUNT, " 1"},
        {COUNT, "0x1"},
        {FLAG, ""},
        {FLAG, "maybe"},
        {TIME, "30"},
        {TIME, "999ms"},
        {TIME, "61m"},
        {TIME, "-1s"},
        {TIME, "1.5s"},
        {TIME, "1 s"},
        {TIME, "1S"},
        {TIME, "s"},
        {ANY_TIME, ""},
        {ANY_TIME, "200000000d"},
        {ANY_TIME, "99999999999999999999s"},
        {SIZE, "4G"},
        {SIZE, "1k"},
        {SIZE, "1KB"},
        {ANY_SIZE, "9999999T"},
        {WORD, ""},
        {WORD, "Human"},
        {WORD, "xml"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct values values = {.number = 77, .word = 77};
        assert_false(setting_parse(&rows[cases[i].row], str_cstr(cases[i].text), &values));
        assert_int_equal(values.number, 77);
        assert_int_equal(values.word, 77);
        assert_null(values.text.ptr);
    }
}

static void a_description_names_kind_and_range(void **state)
{
    (void)state;
    static const struct {
        int row;
        const char *text;
    } cases[] = {
        {TEXT, "one line of text, 2 to 5 bytes"},
        {COUNT, "a whole number, -3 to 10"},
        {FLAG, "true or false"},
        {TIME, "a duration such as 500ms, 30s, 15m, 24h or 7d, 1s to 1h"},
        {SIZE, "a size such as 512, 64K, 16M or 2G, 0 to 3G"},
        {WORD, "one of json, human"},
        {ANY_TIME, "a duration such as 500ms, 30s, 15m, 24h or 7d"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct strbuf out;
        strbuf_init(&out, NULL, 256);
        setting_describe(&rows[cases[i].row], &out);
        assert_string_equal(out.ptr, cases[i].text);
        strbuf_fini(&out);
    }
}

static void a_secret_shows_no_more_than_scheme_and_host(void **state)
{
    (void)state;
    static const struct {
        int row;
        const char *text;
        const char *shown;
    } cases[] = {
        {TEXT, "plain", "plain"},
        {SECRET, "hunter2", "***"},
        {SECRET, "sqlite:lathe.db", "***"},
        {SECRET, "postgresql://u:p@db:5432/lathe?password=x", "postgresql://***@db:5432/***"},
        {SECRET, "postgresql://u:p@ss@db", "postgresql://***@db"},
        {SECRET, "postgresql://u:p/x@db", "postgresql://***"},
        {SECRET, "https://hooks.example/T0/secret", "https://hooks.example/***"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct strbuf out;
        strbuf_init(&out, NULL, 256);
        setting_append_masked(&rows[cases[i].row], str_cstr(cases[i].text), &out);
        assert_string_equal(out.ptr, cases[i].shown);
        strbuf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_values_are_read),
        cmocka_unit_test(bad_values_are_refused_and_store_nothing),
        cmocka_unit_test(a_description_names_kind_and_range),
        cmocka_unit_test(a_secret_shows_no_more_than_scheme_and_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
