/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The zip directory against archives that are whole, and that contradict themselves. */
#include "media/format/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "media/format/tests/build.h"
#include "media/protocol.h"

static const struct zip_limits limits = {.max_entries = 5, .max_total_bytes = 1000000};

static int make_arena(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static struct error *read_zip(struct arena *arena, struct str file, struct zip_directory *ret_directory)
{
    struct reader reader = reader_over(file);
    return zip_read_directory(arena, &reader, &limits, ret_directory);
}

static void assert_refused(struct arena *arena, struct str file, const struct reason *reason,
                           const char *what)
{
    struct zip_directory directory = {0};
    struct error *error = read_zip(arena, file, &directory);
    if (error == NULL || error->reason != reason)
        fail_msg("%s: expected %s, got %s", what, reason->name,
                 error == NULL ? "no error" : error->reason->name);
}

static const struct zip_part two[] = {{.name = "drums/kick.wav", .content = "one"},
                                      {.name = "bass.wav", .content = "three"}};

static void whole_archive_lists_its_entries(void **state)
{
    struct zip_directory directory = {0};
    assert_null(read_zip(*state, build_zip(*state, two, 2), &directory));
    assert_int_equal(directory.count, 2);
    assert_true(str_equal(directory.entries[0].name, STR("drums/kick.wav")));
    assert_int_equal(directory.entries[1].size, 5);
    assert_int_equal(directory.total_bytes, 8);
}

static void bad_entry_is_refused(void **state)
{
    /* clang-format off */
    const struct {
        const char *what;
        const struct reason *reason;
        struct zip_part part;
    } cases[] = {
        {"parent", &media_job_zip_path, {.name = "../a.wav", .content = "x"}},
        {"parent inside", &media_job_zip_path, {.name = "a/../../b", .content = "x"}},
        {"absolute", &media_job_zip_path, {.name = "/etc/passwd", .content = "x"}},
        {"backslash", &media_job_zip_path, {.name = "a\\b", .content = "x"}},
        {"drive", &media_job_zip_path, {.name = "c:a", .content = "x"}},
        {"control", &media_job_zip_path, {.name = "a\nb", .content = "x"}},
        {"empty part", &media_job_zip_path, {.name = "a//b", .content = "x"}},
        {"symbolic link", &media_job_zip_path, {.name = "a", .content = "/etc", .mode = 0120777}},
        {"device", &media_job_zip_path, {.name = "a", .content = "x", .mode = 0020666}},
        {"encrypted", &media_job_zip_encrypted, {.name = "a", .content = "x", .flags = 1}},
        {"strong encryption", &media_job_zip_encrypted, {.name = "a", .content = "x", .flags = 1 << 6}},
        {"bzip2", &media_job_zip_method, {.name = "a", .content = "x", .method = 12}},
        {"stored with two sizes", &media_job_zip_damaged, {.name = "a", .content = "x", .stated_size = 9}},
        {"other name inside", &media_job_zip_damaged, {.name = "a.wav", .content = "x", .local_name = "b.wav"}},
        {"directory with content", &media_job_zip_damaged, {.name = "a/", .content = "x"}},
        {"too much", &media_job_zip_bomb, {.name = "a", .content = "x", .method = 8, .stated_size = 2000000}},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_refused(*state, build_zip(*state, &cases[i].part, 1), cases[i].reason, cases[i].what);
}

static void same_name_twice_is_refused_in_any_case(void **state)
{
    const struct zip_part parts[] = {{.name = "Kick.wav", .content = "a"},
                                     {.name = "kick.WAV", .content = "b"}};
    assert_refused(*state, build_zip(*state, parts, 2), &media_job_zip_duplicate, "case");
    const struct zip_part folder[] = {{.name = "a/", .content = ""}, {.name = "a", .content = "b"}};
    assert_refused(*state, build_zip(*state, folder, 2), &media_job_zip_duplicate, "folder and file");
}

static void too_many_entries_are_refused(void **state)
{
    const struct zip_part parts[] = {{.name = "1", .content = ""}, {.name = "2", .content = ""},
                                     {.name = "3", .content = ""}, {.name = "4", .content = ""},
                                     {.name = "5", .content = ""}, {.name = "6", .content = ""}};
    assert_refused(*state, build_zip(*state, parts, 6), &media_job_zip_bomb, "six of five");
}

static void overlapping_entries_are_refused(void **state)
{
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    put_zip_local(&out, &two[0]);
    size_t directory_at = out.len;
    put_zip_central(&out, &two[0], 0);
    put_zip_central(&out, &(struct zip_part){.name = "other.wav", .content = "one", .local_name = NULL}, 0);
    put_zip_end(&out, 2, directory_at);
    assert_refused(*state, strbuf_str(&out), &media_job_zip_damaged, "two names for one place");
}

static void hidden_bytes_are_refused(void **state)
{
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    put_zip_local(&out, &two[0]);
    strbuf_append_cstr(&out, "hidden");
    size_t directory_at = out.len;
    put_zip_central(&out, &two[0], 0);
    put_zip_end(&out, 1, directory_at);
    assert_refused(*state, strbuf_str(&out), &media_job_zip_damaged, "between entry and directory");

    strbuf_clear(&out);
    strbuf_append_cstr(&out, "MZ head");
    strbuf_append(&out, build_zip(*state, two, 2));
    assert_refused(*state, strbuf_str(&out), &media_job_not_zip, "program before the archive");
}

static void archive_cut_anywhere_is_refused(void **state)
{
    struct str whole = build_zip(*state, two, 2);
    for (size_t len = 0; len < whole.len; len++) {
        struct zip_directory directory = {0};
        assert_non_null(read_zip(*state, str_from(whole.ptr, len), &directory));
    }
}

static void archive_with_a_flipped_byte_never_gains_a_bad_name(void **state)
{
    struct str whole = build_zip(*state, two, 2);
    for (size_t at = 0; at < whole.len; at++) {
        char *copy = arena_dup(*state, whole.ptr, whole.len);
        copy[at] = (char)(copy[at] ^ 0x5c);
        struct zip_directory directory = {0};
        if (read_zip(*state, str_from(copy, whole.len), &directory) != NULL)
            continue;
        for (size_t i = 0; i < directory.count; i++)
            assert_true(zip_name_is_safe(directory.entries[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_archive_lists_its_entries),
        cmocka_unit_test(bad_entry_is_refused),
        cmocka_unit_test(same_name_twice_is_refused_in_any_case),
        cmocka_unit_test(too_many_entries_are_refused),
        cmocka_unit_test(overlapping_entries_are_refused),
        cmocka_unit_test(hidden_bytes_are_refused),
        cmocka_unit_test(archive_cut_anywhere_is_refused),
        cmocka_unit_test(archive_with_a_flipped_byte_never_gains_a_bad_name),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
