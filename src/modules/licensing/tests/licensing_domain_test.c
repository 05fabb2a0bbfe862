/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of licensing: files per type, keys, names of files, downloads, search. */
#include "modules/licensing/licensing_domain.h"

#include "tests/lib/check.h"

#define MP3   LICENSE_FILE_BIT(LICENSE_MP3)
#define WAV   LICENSE_FILE_BIT(LICENSE_WAV)
#define STEMS LICENSE_FILE_BIT(LICENSE_STEMS)

struct files_case {
    enum license_type type;
    unsigned promised, due, wanted;
};

static const struct files_case files_cases[] = {
    {LICENSE_BASIC, 0, MP3, MP3},
    {LICENSE_PREMIUM, 0, MP3 | WAV, MP3 | WAV},
    {LICENSE_TRACKOUT, 0, MP3 | WAV | STEMS, MP3 | WAV | STEMS},
    {LICENSE_UNLIMITED, 0, MP3 | WAV | STEMS, MP3 | WAV | STEMS},
    {LICENSE_EXCLUSIVE, 0, MP3, MP3 | WAV | STEMS},
    {LICENSE_EXCLUSIVE, MP3 | STEMS, MP3 | STEMS, MP3 | WAV | STEMS},
    {LICENSE_UNLIMITED, MP3 | STEMS, MP3 | STEMS, MP3 | STEMS},
};

static void a_type_carries_its_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files_cases); i++) {
        const struct files_case *row = &files_cases[i];
        check_that(license_files_due(row->type, row->promised) == row->due, "due of row %zu", i);
        check_that(license_files_wanted(row->type, row->promised) == row->wanted, "wanted of row %zu", i);
    }
}

static void keys_are_made_and_read(void **state)
{
    (void)state;
    uint8_t random[LICENSE_KEY_RANDOM];
    char key[LICENSE_KEY_CHARS], read[LICENSE_KEY_CHARS];
    for (size_t i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)(i * 37);
    license_key_make(random, key);
    check_str(str_from(key, sizeof(key)), "LIC-05AFM-SY38D-JQW16-BGNTZ");
    assert_true(license_key_read(str_from(key, sizeof(key)), read));
    assert_memory_equal(key, read, sizeof(key));
    assert_true(license_key_read(STR("lic-o5afm-sy38d-jqwi6-bgntz"), read));
    assert_memory_equal(key, read, sizeof(key));
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "LIC-",
                                      "LIC-05AFM-SZ49E-KRW16-BGNT",
                                      "LIC-05AFM-SY38D-JQW16-BGNTZ0",
                                      "LIX-05AFM-SZ49E-KRW16-BGNT0",
                                      "LIC-05AFMXSZ49E-KRW16-BGNT0",
                                      "LIC-05AFM-SZ49E-KRW16-BGNTU",
                                      "LIC-05AFM-SZ49E-KRW16-BGNT'"};
    char key[LICENSE_KEY_CHARS];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_that(!license_key_read(str_cstr(bad[i]), key), "%s", bad[i]);
}

struct name_case {
    const char *title;
    enum license_file_kind kind;
    const char *extension, *name;
};

static const struct name_case name_cases[] = {
    {"Night Drive", LICENSE_MP3, "mp3", "Night Drive.mp3"},
    {"Night Drive", LICENSE_STEMS, "zip", "Night Drive (stems).zip"},
    {"../../etc/passwd", LICENSE_WAV, "wav", "recording.wav"},
    {"a/b\\c:d*e?\"f<g>h|", LICENSE_WAV, "wav", "a_b_c_d_e__f_g_h_.wav"},
    {"  ", LICENSE_MP3, "mp3", "recording.mp3"},
    {"Ночь", LICENSE_MP3, "mp3", "Ночь.mp3"},
};

static void file_names_are_safe(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(name_cases); i++) {
        const struct name_case *row = &name_cases[i];
        check_str(license_file_name(arena, str_cstr(row->title), row->kind, str_cstr(row->extension)),
                  row->name);
    }
    check_str(
        license_disposition(arena, STR("Ночь \"1\".mp3")),
        "attachment; filename=\"________ _1_.mp3\"; filename*=UTF-8''%D0%9D%D0%BE%D1%87%D1%8C%20%221%22.mp3");
    arena_free(arena);
}

struct download_case {
    struct license_download_facts facts;
    enum license_download_verdict verdict;
};

static const struct download_case download_cases[] = {
    {{.now = {10}, .expires_at = {11}}, DOWNLOAD_OK},
    {{.now = {11}, .expires_at = {11}}, DOWNLOAD_LINK_EXPIRED},
    {{.now = {1}, .expires_at = {11}, .is_withdrawn = true}, DOWNLOAD_WITHDRAWN},
    {{.now = {1}, .expires_at = {11}, .is_withdrawn = true, .is_known_grant = true}, DOWNLOAD_WITHDRAWN},
    {{.now = {1}, .expires_at = {11}, .downloads = 1000}, DOWNLOAD_OK},
    {{.now = {1}, .expires_at = {11}, .downloads = 4, .max_downloads = 5}, DOWNLOAD_OK},
    {{.now = {1}, .expires_at = {11}, .downloads = 5, .max_downloads = 5}, DOWNLOAD_USED_UP},
    {{.now = {1}, .expires_at = {11}, .downloads = 5, .max_downloads = 5, .is_known_grant = true},
     DOWNLOAD_OK},
};

static void downloads_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(download_cases); i++)
        check_that(license_judge_download(&download_cases[i].facts) == download_cases[i].verdict, "row %zu",
                   i);
}

static void a_search_takes_its_text_literally(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(license_search_pattern(arena, STR("50% OFF_\\")), "%50\\% off\\_\\\\%");
    check_str(license_search_fold(arena, STR("AbC Ä")), "abc Ä");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_carries_its_files),  cmocka_unit_test(keys_are_made_and_read),
        cmocka_unit_test(what_is_no_key_is_refused), cmocka_unit_test(file_names_are_safe),
        cmocka_unit_test(downloads_are_judged),      cmocka_unit_test(a_search_takes_its_text_literally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
