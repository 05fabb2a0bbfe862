/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The .env parser: what each line means, and what each bad line is told. */
#include "platform/config/env_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/require/require.h"

struct parsed {
    struct arena *arena;
    struct env_entries entries;
    struct strbuf problems;
};

static void parse(struct parsed *parsed, struct str text)
{
    *parsed = (struct parsed){.arena = arena_new(0)};
    strbuf_init(&parsed->problems, parsed->arena, 4096);
    env_file_parse(parsed->arena, STR("x.env"), text, &parsed->entries, &parsed->problems);
}

static void assert_text(struct str actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.ptr != NULL ? actual.ptr : "", expected, actual.len);
}

static void a_line_gives_its_value(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *value;
    } rows[] = {
        {"A=1", "1"},
        {"A=", ""},
        {"  A=1  ", "1"},
        {"export A=1", "1"},
        {"export\tA=1", "1"},
        {"A= 1 2 ", "1 2"},
        {"A=1 # why", "1"},
        {"A=# why", ""},
        {"A=pass#word", "pass#word"},
        {"A=it's", "it's"},
        {"A=a=b", "a=b"},
        {"A=\\n$B", "\\n$B"},
        {"A='  two  words # here '", "  two  words # here "},
        {"A='a\\n\"$b'  # why", "a\\n\"$b"},
        {"A=\"\"", ""},
        {"A=''", ""},
        {"A=\"say \\\"hi\\\" \\\\ \\$1\\n\\r\\t\"", "say \"hi\" \\ $1\n\r\t"},
        {"A=\xC3\xA4", "\xC3\xA4"},
        {"A=1\r", "1"},
        {"\xEF\xBB\xBF"
         "A=1",
         "1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct parsed parsed;
        parse(&parsed, str_cstr(rows[i].line));
        assert_text(strbuf_str(&parsed.problems), "");
        assert_int_equal(parsed.entries.list.count, 1);
        assert_text(parsed.entries.list.items[0].name, "A");
        assert_text(parsed.entries.list.items[0].value, rows[i].value);
        arena_free(parsed.arena);
    }
}

static void a_bad_line_is_told_with_its_number(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *problem;
    } rows[] = {
        {"A", "x.env:2: the line is not of the form NAME=value\n"},
        {"=1", "x.env:2: the line is not of the form NAME=value\n"},
        {"1A=1", "x.env:2: the line is not of the form NAME=value\n"},
        {"A =1", "x.env:2: the line is not of the form NAME=value\n"},
        {"A-B=1", "x.env:2: the line is not of the form NAME=value\n"},
        {"exportA 1", "x.env:2: the line is not of the form NAME=value\n"},
        {"A='1", "x.env:2: the line lacks the closing '\n"},
        {"A=\"1", "x.env:2: the line lacks the closing \"\n"},
        {"A=\"1\\", "x.env:2: the line has an unknown escape; \\\\ \\\" \\$ \\n \\r \\t are known\n"},
        {"A=\"\\x\"", "x.env:2: the line has an unknown escape; \\\\ \\\" \\$ \\n \\r \\t are known\n"},
        {"A='1'2", "x.env:2: the line has text after the closing quote\n"},
        {"A=\"1\" 2", "x.env:2: the line has text after the closing quote\n"},
        {"A=\xFF", "x.env:2: the line is not UTF-8 text\n"},
        {"FIRST=2", "x.env:2: FIRST is set twice, first on line 1\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[128];
        int len = snprintf(text, sizeof(text), "FIRST=1\n%s\nLAST=1\n", rows[i].line);
        struct parsed parsed;
        parse(&parsed, str_from(text, (size_t)len));
        assert_text(strbuf_str(&parsed.problems), rows[i].problem);
        assert_int_equal(parsed.entries.list.count, 2);
        assert_text(parsed.entries.list.items[1].name, "LAST");
        assert_int_equal(parsed.entries.list.items[1].line, 3);
        arena_free(parsed.arena);
    }
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(&parsed, str_from("A=1\0", 4));
    assert_text(strbuf_str(&parsed.problems), "x.env:1: the line is not UTF-8 text\n");
    assert_int_equal(parsed.entries.list.count, 0);
    arena_free(parsed.arena);
}

static void blank_and_comment_lines_give_nothing(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(&parsed, STR("\n  \t\n# A=1\n   # B=2\n\r\n"));
    assert_text(strbuf_str(&parsed.problems), "");
    assert_int_equal(parsed.entries.list.count, 0);
    arena_free(parsed.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_gives_its_value),
        cmocka_unit_test(a_bad_line_is_told_with_its_number),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(blank_and_comment_lines_give_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
