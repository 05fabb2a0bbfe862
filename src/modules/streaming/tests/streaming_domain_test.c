/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Windows, segment tables, playlists. */
#include "modules/streaming/streaming_domain.h"

#include "tests/lib/check.h"

static void an_address_is_good_in_its_window_and_the_next(void **state)
{
    (void)state;
    struct instant noon = {UINT32_MAX * US_PER_SECOND / US_PER_HOUR * US_PER_HOUR};
    int64_t window = window_of(noon);
    assert_true(window_is_open(window, noon));
    assert_true(window_is_open(window, instant_add_us(noon, 2 * US_PER_HOUR - 1)));
    assert_false(window_is_open(window, instant_add_us(noon, 2 * US_PER_HOUR)));
    assert_false(window_is_open(window + 1, noon));
    assert_int_equal(window_end(window).us, noon.us + 2 * US_PER_HOUR);
}

struct table_case {
    const char *json;
    size_t count; /* 0: refused */
};

static const struct table_case table_cases[] = {
    {"[[0,700,0],[700,9000,6000000]]", 2},
    {"[ [0, 700, 0], [700, 9000, 6000000] ]", 2},
    {"[[0,700,0]]", 1},
    {"[]", 0},
    {"", 0},
    {"[[0,700]]", 0},
    {"[[0,700,0],]", 0},
    {"[[0,-1,0]]", 0},
    {"[[0,700,0]]x", 0},
    {"[[0,700,0],[99999999999999999999,1,1]]", 0},
};

static void tables_are_read_or_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(table_cases); i++) {
        struct segment *segments = NULL;
        size_t count = 0;
        bool is_read = segments_parse(arena, str_cstr(table_cases[i].json), &segments, &count);
        check_that(is_read == (table_cases[i].count > 0), "row %zu", i);
        if (is_read)
            check_that(count == table_cases[i].count, "row %zu", i);
    }
    arena_free(arena);
}

static void a_media_playlist_names_every_segment(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct segment segments[] = {{0, 700, 0}, {700, 9000, 6013967}, {9700, 100, 1000}};
    check_str(
        playlist_media(arena, STR("/media/r/1/s"), segments, 3),
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MAP:URI=\"/media/r/1/s/0.m4s\"\n#EXTINF:6.013967,\n/media/r/1/s/1.m4s\n#EXTINF:0.001000,\n"
        "/media/r/1/s/2.m4s\n"
        "#EXT-X-ENDLIST\n");
    arena_free(arena);
}

static void a_master_playlist_names_every_rendition(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct playlist_variant variants[] = {
        {STR_INIT("aac-96.m3u8"), STR_INIT("mp4a.40.2"), STR_INIT("aac-96"), 110000, 98000}};
    check_str(
        playlist_master(arena, variants, 1),
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=110000,AVERAGE-BANDWIDTH=98000,CODECS=\"mp4a.40.2\",NAME=\"aac-96\"\naac-96.m3u8\n");
    arena_free(arena);
}

static void segments_are_named_by_their_number(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       ".m4s",   "1",        "1.mp4",    "-1.m4s",
                                      "01.m4s", "1 .m4s", "4097.m4s", "1.m4s.m4s"};
    int64_t number = -1;
    assert_true(segment_number_parse(STR("0.m4s"), &number));
    assert_int_equal(number, 0);
    assert_true(segment_number_parse(STR("4096.m4s"), &number));
    assert_int_equal(number, 4096);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_that(!segment_number_parse(str_cstr(bad[i]), &number), "%s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_good_in_its_window_and_the_next),
        cmocka_unit_test(tables_are_read_or_refused),
        cmocka_unit_test(a_media_playlist_names_every_segment),
        cmocka_unit_test(a_master_playlist_names_every_rendition),
        cmocka_unit_test(segments_are_named_by_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
