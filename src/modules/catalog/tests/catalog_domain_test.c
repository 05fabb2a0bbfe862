/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of the catalogue. */
#include "modules/catalog/catalog_domain.h"

#include "base/text/encode.h"
#include "base/value/slug.h"

#include "modules/catalog/catalog_fingerprint_domain.h"
#include "tests/lib/check.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void every_gap_is_found_and_nothing_else(void **state)
{
    (void)state;
    const struct publish_facts complete = {.is_beat = true,
                                           .has_master = true,
                                           .is_master_ready = true,
                                           .has_stems = true,
                                           .is_stems_ready = true,
                                           .is_lossless = true,
                                           .genre_count = 1,
                                           .option_count = 2,
                                           .promised_files = 7};
    struct publish_facts rows[16];
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        rows[i] = complete;
    const struct {
        struct publish_facts *facts;
        uint32_t gaps;
    } cases[] = {
        {&rows[0], 0},
        {&rows[1], 1 << GAP_MASTER},
        {&rows[2], 1 << GAP_MASTER_PROCESSING},
        {&rows[3], 1 << GAP_MASTER_FAILED},
        {&rows[4], 1 << GAP_STEMS},
        {&rows[5], 1 << GAP_STEMS_PROCESSING},
        {&rows[6], 1 << GAP_STEMS_FAILED},
        {&rows[7], 1 << GAP_COVER_FAILED},
        {&rows[8], 1 << GAP_WAV},
        {&rows[9], 1 << GAP_GENRE},
        {&rows[10], 1 << GAP_GENRE},
        {&rows[11], 1 << GAP_LICENSES},
        {&rows[12], 0}, /* a sample without genre and licences */
        {&rows[13], 0}, /* MP3 alone from a lossy master */
        {&rows[14], 1 << GAP_MASTER | 1 << GAP_GENRE | 1 << GAP_LICENSES},
    };
    rows[1].has_master = rows[1].is_master_ready = false;
    rows[2].is_master_ready = false;
    rows[3].is_master_ready = false, rows[3].is_master_failed = true;
    rows[4].has_stems = rows[4].is_stems_ready = false;
    rows[5].is_stems_ready = false;
    rows[6].is_stems_ready = false, rows[6].is_stems_failed = true;
    rows[7].is_cover_failed = true;
    rows[8].is_lossless = false;
    rows[9].genre_count = 0;
    rows[10].genre_count = 2;
    rows[11].option_count = 0, rows[11].promised_files = 0;
    rows[12] = (struct publish_facts){.has_master = true, .is_master_ready = true};
    rows[13].is_lossless = false, rows[13].promised_files = 1, rows[13].has_stems = false;
    rows[14] = (struct publish_facts){.is_beat = true};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_that(publish_judge(cases[i].facts) == cases[i].gaps, "case %zu gives %x", i,
                   publish_judge(cases[i].facts));
    for (int gap = 0; gap < GAP_COUNT; gap++)
        assert_true(publish_gap_text((enum publish_gap)gap)->pointer[0] == '/');
}

static void tempos_are_kept_to_the_thousandth(void **state)
{
    (void)state;
    assert_int_equal(bpm_to_milli(92.5), 92500);
    assert_int_equal(bpm_to_milli(0), 0);
    assert_true(bpm_from_milli(140001) > 140.0005 && bpm_from_milli(140001) < 140.0015);
    static const struct {
        double found, folded;
    } rows[] = {{0, 0},     {-3, 0},    {45, 90},   {20, 80},     {60, 60},
                {128, 128}, {300, 300}, {310, 155}, {1300, 162.5}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_that(bpm_to_milli(bpm_fold(rows[i].found)) == bpm_to_milli(rows[i].folded), "row %zu", i);
}

static void words_and_bits_come_back(void **state)
{
    (void)state;
    struct str words[] = {STR("lo-fi"), STR("two words"), STR("ü")};
    struct array list = {words, COUNT_OF(words)};
    struct array back = lines_split(arena, lines_join(arena, &list));
    assert_int_equal(back.count, 3);
    for (size_t i = 0; i < back.count; i++)
        assert_true(str_equal(*ARRAY_AT(struct str, back, i), words[i]));
    assert_int_equal(lines_split(arena, STR("")).count, 0);

    int32_t values[] = {6, 0, 3};
    struct array set = {values, COUNT_OF(values)};
    struct array bits = bits_list(arena, bits_of(&set));
    assert_int_equal(bits.count, 3);
    assert_int_equal(*ARRAY_AT(int32_t, bits, 0), 0);
    assert_int_equal(*ARRAY_AT(int32_t, bits, 2), 6);
    check_str(genre_slug(arena, STR("hip_hop")), "hip-hop");
}

static void numbered_slugs_stay_slugs(void **state)
{
    (void)state;
    char longest[SLUG_MAX_CHARS];
    memset(longest, 'a', sizeof(longest));
    longest[77] = '-';
    check_str(slug_numbered(arena, STR("night"), 1), "night");
    check_str(slug_numbered(arena, STR("night"), 2), "night-2");
    assert_true(slug_is_valid(slug_suffixed(arena, STR("night"), STR("0k3n9zwq"))));
    for (int64_t number = 1; number < INT64_C(10000000000); number *= 10)
        assert_true(slug_is_valid(slug_numbered(arena, str_from(longest, sizeof(longest)), number)));
}

static void cursors_come_back_and_belong_to_their_sort(void **state)
{
    (void)state;
    static const int64_t keys[] = {0, 1, -1, INT64_MAX, INT64_MIN, 1795160495123456};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct list_cursor cursor = {.key = keys[i], .id = {{1, 2, 3, [15] = 255}}};
        struct list_cursor back = {0};
        struct str text = cursor_format(arena, SORT_PLAYS, &cursor);
        assert_true(cursor_parse(arena, SORT_PLAYS, text, &back));
        assert_int_equal(back.key, keys[i]);
        assert_true(id_equal(back.id, cursor.id));
        assert_false(cursor_parse(arena, SORT_NEWEST, text, &back));
    }
    static const char *const bad[] = {"",     "x",    "AAAA",
                                      "====", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct list_cursor back;
        check_that(!cursor_parse(arena, SORT_NEWEST, str_cstr(bad[i]), &back), "row %zu", i);
    }
}

static bool has_facet(const struct array *facets, const char *facet)
{
    size_t count = 0;
    for (size_t i = 0; i < facets->count; i++)
        count += str_equal(*ARRAY_AT(struct str, *facets, i), str_cstr(facet));
    assert_true(count < 2);
    return count == 1;
}

static void items_are_found_by_each_property(void **state)
{
    (void)state;
    struct str genres[] = {STR("trap"), STR("lo-fi")};
    struct str tags[] = {STR("Night Drive"), STR("night-drive"), STR("808")};
    struct facet_source source = {
        .owner_id = {{0x01, 0x9a}},
        .category = CATALOG_SAMPLE,
        .key = 21, /* a_minor */
        .moods = 1 << 1,
        .instruments = 1 << 0 | 1 << 7,
        .genres = {genres, 2},
        .tags = {tags, 3},
        .is_free = true,
    };
    struct array facets = facets_of(arena, &source);
    static const char *const should[] = {"all",
                                         "owner:019a0000-0000-0000-0000-000000000000",
                                         "category:sample",
                                         "key:a_minor",
                                         "genre:trap",
                                         "genre:lo-fi",
                                         "tag:night drive",
                                         "tag:808",
                                         "mood:dark",
                                         "instrument:piano",
                                         "instrument:808",
                                         "free"};
    for (size_t i = 0; i < COUNT_OF(should); i++)
        check_that(has_facet(&facets, should[i]), "%s is missing", should[i]);
    assert_int_equal(facets.count, COUNT_OF(should));
}

static void matches_are_in_the_language_of_the_engine(void **state)
{
    (void)state;
    static const struct {
        const char *words, *sqlite, *postgresql;
    } rows[] = {
        {"night", "\"night\"*", "'night':*"},
        {"night dri", "\"night\" \"dri\"*", "'night' & 'dri':*"},
        {"night d", "\"night\" \"d\"", "'night' & 'd'"},
        {"夜", "\"夜\"", "'夜'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_str(match_sqlite(arena, str_cstr(rows[i].words)), rows[i].sqlite);
        check_str(match_postgresql(arena, str_cstr(rows[i].words)), rows[i].postgresql);
    }
}

static void parts_are_held_by_what_matches(void **state)
{
    (void)state;
    struct array parts = match_parts(arena, str_cstr("night dri"));
    assert_int_equal(parts.count, 2);
    check_str(*ARRAY_AT(struct str, parts, 0), " night ");
    check_str(*ARRAY_AT(struct str, parts, 1), " dri");
    parts = match_parts(arena, str_cstr("night d"));
    check_str(*ARRAY_AT(struct str, parts, 1), " d ");
    check_str(match_sqlite_whole(arena, str_cstr("night dri")), "\"night\" \"dri\"");
    assert_int_equal(match_parts(arena, STR_NONE).count, 0);
    check_str(match_longest(STR("to the night on")), "night");
    check_str(match_longest(STR_NONE), "");
    check_str(match_sqlite(arena, STR_NONE), "");
}

static void few_grow_as_the_root_of_the_texts(void **state)
{
    (void)state;
    assert_true(match_few(0) >= 100);
    assert_true(match_few(1000000) >= 1400 && match_few(1000000) < 1700);
    assert_int_equal(match_few(INT64_MAX / 8), 4000);
    for (int64_t texts = 1; texts < INT64_MAX / 100; texts *= 10)
        assert_true(match_few(texts) <= match_few(texts * 10));
}

static void larger_licences_carry_more(void **state)
{
    (void)state;
    assert_int_equal(license_files(CATALOG_BASIC), 1 << CATALOG_FILE_MP3);
    assert_int_equal(license_files(CATALOG_PREMIUM), 1 << CATALOG_FILE_MP3 | 1 << CATALOG_FILE_WAV);
    for (int type = CATALOG_TRACKOUT; type <= CATALOG_EXCLUSIVE; type++)
        assert_int_equal(license_files((enum catalog_license_type)type), 7);
    for (int type = CATALOG_BASIC; type <= CATALOG_EXCLUSIVE; type++)
        assert_int_equal(license_terms_default((enum catalog_license_type)type).is_exclusive,
                         type == CATALOG_EXCLUSIVE);
}

static struct str fingerprint(const uint32_t *features, size_t count)
{
    return base64_encode(arena, features, count * sizeof(*features));
}

/* The same recording after another encoding: a few bits of some features differ. */
static void fingerprints_know_a_recording_again(void **state)
{
    (void)state;
    enum { COUNT = 800 };
    uint32_t master[COUNT];
    uint32_t encoded[COUNT];
    uint32_t stranger[COUNT];
    uint32_t noise = 12345;
    for (size_t i = 0; i < COUNT; i++) {
        noise = noise * 1664525 + 1013904223;
        master[i] = noise ^ noise >> 13;
        encoded[i] = i % 3 == 0 ? master[i] : master[i] ^ UINT32_C(1) << i % 32 ^ UINT32_C(1) << i % 7;
        noise = noise * 1664525 + 1013904223;
        stranger[i] = noise ^ noise >> 11;
    }
    struct str raw = fingerprint(master, COUNT);
    assert_true(fingerprint_is_same(arena, raw, fingerprint(encoded, COUNT)));
    assert_true(fingerprint_is_same(arena, raw, fingerprint(encoded + 20, COUNT - 20)));
    assert_false(fingerprint_is_same(arena, raw, fingerprint(stranger, COUNT)));
    assert_false(fingerprint_is_same(arena, raw, STR("no fingerprint")));

    struct array stored = fingerprint_features(arena, raw, 4);
    struct array asked = fingerprint_features(arena, fingerprint(encoded, COUNT), 1);
    size_t shared = 0;
    for (size_t i = 0; i < stored.count; i++)
        for (size_t k = 0; k < asked.count; k++)
            shared += *ARRAY_AT(int64_t, stored, i) == *ARRAY_AT(int64_t, asked, k);
    assert_true(stored.count >= COUNT / 4 - 1 && shared > 20);
    assert_int_equal(fingerprint_features(arena, STR(""), 1).count, 0);
    uint32_t held[COUNT] = {0};
    for (size_t i = COUNT / 2; i < COUNT; i++)
        held[i] = 7;
    assert_int_equal(fingerprint_features(arena, fingerprint(held, COUNT), 1).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gap_is_found_and_nothing_else),
        cmocka_unit_test(tempos_are_kept_to_the_thousandth),
        cmocka_unit_test(words_and_bits_come_back),
        cmocka_unit_test(numbered_slugs_stay_slugs),
        cmocka_unit_test(cursors_come_back_and_belong_to_their_sort),
        cmocka_unit_test(items_are_found_by_each_property),
        cmocka_unit_test(matches_are_in_the_language_of_the_engine),
        cmocka_unit_test(parts_are_held_by_what_matches),
        cmocka_unit_test(few_grow_as_the_root_of_the_texts),
        cmocka_unit_test(larger_licences_carry_more),
        cmocka_unit_test(fingerprints_know_a_recording_again),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
