/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The audio walkers against small files, whole and damaged. */
#include "media/format/audio_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "media/format/tests/build.h"
#include "media/protocol.h"

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

static void assert_refused(struct arena *arena, struct str file, const struct reason *reason,
                           const char *what)
{
    struct reader reader = reader_over(file);
    struct audio_facts facts = {0};
    struct error *error = audio_format_check(arena, &reader, &facts);
    if (error == NULL || error->reason != reason)
        fail_msg("%s: expected %s, got %s", what, reason->name,
                 error == NULL ? "no error" : error->reason->name);
}

static struct audio_facts assert_taken(struct arena *arena, struct str file)
{
    struct reader reader = reader_over(file);
    struct audio_facts facts = {0};
    struct error *error = audio_format_check(arena, &reader, &facts);
    if (error != NULL)
        fail_msg("refused: %s: %.*s", error->reason->name, (int)error->message.len, error->message.ptr);
    return facts;
}

static void whole_wav_states_its_facts(void **state)
{
    struct audio_facts facts = assert_taken(*state, build_wav(*state, wav_whole()));
    assert_int_equal(facts.container, AUDIO_WAV);
    assert_int_equal(facts.sample_rate, 44100);
    assert_int_equal(facts.channels, 2);
    assert_int_equal(facts.bits, 16);
    assert_int_equal(facts.samples, 100);
    assert_true(facts.is_exact);
}

#define WAV(what_, reason_, ...)                                                                             \
    {                                                                                                        \
        .what = (what_), .reason = &(reason_), .parts = {.tag = 1, .bits = 16, __VA_ARGS__ }                 \
    }

static void damaged_wav_is_refused(void **state)
{
    /* clang-format off */
    const struct {
        const char *what;
        const struct reason *reason;
        struct wav_parts parts;
    } cases[] = {
        WAV("outer size past the end", media_job_truncated, .riff_size = 4000, .channels = 2, .rate = 44100, .data_size = 400),
        WAV("data past the end", media_job_truncated, .channels = 2, .rate = 44100, .data_size = 4000000, .data_bytes = 400),
        WAV("streamed size", media_job_bad_header, .riff_size = UINT32_MAX, .channels = 2, .rate = 44100, .data_size = 400),
        WAV("no channels", media_job_bad_header, .channels = 0, .rate = 44100, .data_size = 400, .frame_bytes = 4),
        WAV("nine channels", media_job_too_large, .channels = 9, .rate = 44100, .data_size = 360),
        WAV("rate too low", media_job_unsupported, .channels = 2, .rate = 4000, .data_size = 400),
        WAV("rate too high", media_job_unsupported, .channels = 2, .rate = 400000, .data_size = 400),
        WAV("frame size lies", media_job_bad_header, .channels = 2, .rate = 44100, .data_size = 400, .frame_bytes = 6),
        WAV("byte rate lies", media_job_bad_header, .channels = 2, .rate = 44100, .data_size = 400, .bytes_per_second = 5),
        WAV("no data", media_job_empty, .channels = 2, .rate = 44100, .data_size = 0),
        WAV("half a sample", media_job_bad_header, .channels = 2, .rate = 44100, .data_size = 402),
        WAV("something behind", media_job_polyglot, .channels = 2, .rate = 44100, .data_size = 400, .tail = "#!/usr/bin/env python"),
        WAV("page in the samples", media_job_polyglot, .channels = 2, .rate = 44100, .data_size = 400, .tail = "<script>alert(1)</script>"),
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct wav_parts parts = cases[i].parts;
        if (parts.tail != NULL)
            parts.riff_size = 436;
        assert_refused(*state, build_wav(*state, parts), cases[i].reason, cases[i].what);
    }
    struct wav_parts telephone = wav_whole();
    telephone.tag = 7;
    assert_refused(*state, build_wav(*state, telephone), &media_job_unsupported, "mu-law");
    struct wav_parts odd = wav_whole();
    odd.bits = 12;
    odd.frame_bytes = 3;
    assert_refused(*state, build_wav(*state, odd), &media_job_unsupported, "12 bits");
}

static void wav_with_a_tag_or_zeros_behind_is_taken(void **state)
{
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    strbuf_append(&out, build_wav(*state, wav_whole()));
    strbuf_append_cstr(&out, "TAG");
    put_fill(&out, ' ', 125);
    assert_taken(*state, strbuf_str(&out));
    strbuf_clear(&out);
    strbuf_append(&out, build_wav(*state, wav_whole()));
    put_fill(&out, 0, 100);
    assert_taken(*state, strbuf_str(&out));
}

/* Trackers write such files: the last chunks are left out of the sum, and pads are forgotten. */
static void wav_with_chunks_behind_its_stated_end_is_taken(void **state)
{
    struct wav_parts parts = wav_whole();
    parts.channels = 1;
    parts.bits = 8;
    parts.data_size = 401;
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    strbuf_append(&out, build_wav(*state, parts));
    strbuf_append(&out, STR("xtra\4\0\0\0abcd"));
    assert_int_equal(assert_taken(*state, strbuf_str(&out)).samples, 401);
    strbuf_append(&out, STR("xtra\5\0\0\0abcd"));
    assert_refused(*state, strbuf_str(&out), &media_job_polyglot, "a chunk that does not fit");
}

static void wav_cut_anywhere_is_refused(void **state)
{
    struct str whole = build_wav(*state, wav_whole());
    for (size_t len = 0; len < whole.len; len++) {
        struct reader reader = reader_over(str_from(whole.ptr, len));
        struct audio_facts facts = {0};
        struct error *error = audio_format_check(*state, &reader, &facts);
        assert_non_null(error);
        assert_true(error->reason == &media_job_truncated || error->reason == &media_job_not_audio);
    }
}

static void wav_that_is_a_zip_is_refused(void **state)
{
    const struct zip_part part = {.name = "a.txt", .content = "hello"};
    struct str zip = build_zip(*state, &part, 1);
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    strbuf_append(&out, build_wav(*state, wav_whole()));
    /* Inside the outer chunk, so that the WAV itself is whole. */
    strbuf_append_cstr(&out, "LIST");
    put_le(&out, zip.len, 4);
    strbuf_append(&out, zip);
    uint32_t riff_size = (uint32_t)out.len - 8;
    for (int i = 0; i < 4; i++)
        out.ptr[4 + i] = (char)(riff_size >> (8 * i));
    assert_refused(*state, strbuf_str(&out), &media_job_polyglot, "zip in a chunk");
}

struct aiff_parts {
    uint32_t frames, channels, bits, exponent, sound_bytes;
    const char *kind; /* AIFF-C */
};

static struct str build_aiff(struct arena *arena, struct aiff_parts parts)
{
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 16);
    size_t common = parts.kind != NULL ? 24 : 18;
    strbuf_append_cstr(&out, "FORM");
    put_be(&out, 4 + 8 + common + 8 + 8 + parts.sound_bytes, 4);
    strbuf_append_cstr(&out, parts.kind != NULL ? "AIFC" : "AIFF");
    strbuf_append_cstr(&out, "COMM");
    put_be(&out, common, 4);
    put_be(&out, parts.channels, 2);
    put_be(&out, parts.frames, 4);
    put_be(&out, parts.bits, 2);
    put_be(&out, parts.exponent, 2);
    put_be(&out, 0xac44000000000000, 8);
    if (parts.kind != NULL) {
        strbuf_append_cstr(&out, parts.kind);
        put_be(&out, 0, 2);
    }
    strbuf_append_cstr(&out, "SSND");
    put_be(&out, 8 + parts.sound_bytes, 4);
    put_be(&out, 0, 8);
    put_fill(&out, 1, parts.sound_bytes);
    return strbuf_str(&out);
}

static void aiff_is_walked(void **state)
{
    const struct aiff_parts whole = {
        .frames = 10, .channels = 2, .bits = 16, .exponent = 0x400e, .sound_bytes = 40};
    struct audio_facts facts = assert_taken(*state, build_aiff(*state, whole));
    assert_int_equal(facts.sample_rate, 44100);
    assert_int_equal(facts.samples, 10);

    struct aiff_parts parts = whole;
    parts.kind = "sowt";
    assert_int_equal(assert_taken(*state, build_aiff(*state, parts)).bits, 16);
    parts.kind = "ima4";
    assert_refused(*state, build_aiff(*state, parts), &media_job_unsupported, "compressed");
    parts = whole;
    parts.sound_bytes = 36;
    assert_refused(*state, build_aiff(*state, parts), &media_job_truncated, "less sound than stated");
    parts = whole;
    parts.sound_bytes = 80;
    assert_refused(*state, build_aiff(*state, parts), &media_job_bad_header, "more sound than stated");
    parts = whole;
    parts.exponent = 0x7fff;
    assert_refused(*state, build_aiff(*state, parts), &media_job_bad_header, "infinite rate");
    parts = whole;
    parts.frames = 0;
    assert_refused(*state, build_aiff(*state, parts), &media_job_empty, "no frames");
}

static struct str build_flac(struct arena *arena, uint64_t rate, int first_type, const char *frame)
{
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 16);
    strbuf_append_cstr(&out, "fLaC");
    put_be(&out, (uint64_t)(0x80 | first_type), 1);
    put_be(&out, 34, 3);
    put_be(&out, 4096, 2);
    put_be(&out, 4096, 2);
    put_be(&out, 0, 6);
    put_be(&out, rate << 44 | 1ULL << 41 | 15ULL << 36 | 5000, 8);
    put_fill(&out, 9, 16);
    strbuf_append_cstr(&out, frame);
    return strbuf_str(&out);
}

static void flac_metadata_is_walked(void **state)
{
    struct audio_facts facts = assert_taken(*state, build_flac(*state, 48000, 0, "\xff\xf8"));
    assert_int_equal(facts.sample_rate, 48000);
    assert_int_equal(facts.channels, 2);
    assert_int_equal(facts.bits, 16);
    assert_int_equal(facts.samples, 5000);
    assert_true(facts.has_md5);
    assert_refused(*state, build_flac(*state, 48000, 1, "\xff\xf8"), &media_job_bad_header,
                   "no stream information");
    assert_refused(*state, build_flac(*state, 48000, 0, ""), &media_job_truncated, "no frame");
    assert_refused(*state, build_flac(*state, 48000, 0, "text"), &media_job_bad_header, "text for a frame");
    assert_refused(*state, build_flac(*state, 400000, 0, "\xff\xf8"), &media_job_unsupported, "rate");
}

static void mp3_frames_are_counted(void **state)
{
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    put_mp3_frames(&out, 10);
    struct audio_facts facts = assert_taken(*state, strbuf_str(&out));
    assert_int_equal(facts.container, AUDIO_MP3);
    assert_int_equal(facts.samples, 11520);
    assert_refused(*state, str_from(out.ptr, out.len - 1), &media_job_truncated, "cut within the last frame");
    strbuf_append_cstr(&out, "hello world, this is no frame");
    assert_refused(*state, strbuf_str(&out), &media_job_polyglot, "text behind the frames");
}

static void mp3_with_fewer_frames_than_stated_is_truncated(void **state)
{
    struct strbuf out;
    strbuf_init(&out, *state, 1 << 16);
    put_mp3_frames(&out, 5);
    memcpy(out.ptr + 36, "Info\0\0\0\1\0\0\0\6", 12);
    assert_refused(*state, strbuf_str(&out), &media_job_truncated, "a frame is missing");
    out.ptr[36 + 11] = 5; /* some encoders count the frame of the tag itself */
    assert_taken(*state, strbuf_str(&out));
}

static void other_content_is_not_audio(void **state)
{
    const struct str cases[] = {
        STR("hello"),
        STR("RIFF\4\0\0\0AVI "),
        STR("\x89PNG\r\n\x1a\n........"),
        STR("PK\3\4............"),
        STR("MZ............"),
        STR("\xff\xfb\x90\x00 one frame header only"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_refused(*state, cases[i], &media_job_not_audio, cases[i].ptr);
}

static void random_bytes_are_refused(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (int round = 0; round < 200; round++) {
        char bytes[700];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 6364136223846793005 + 1442695040888963407;
            bytes[i] = (char)(seed >> 56);
        }
        struct reader reader = reader_over(str_from(bytes, sizeof(bytes)));
        struct audio_facts facts = {0};
        assert_non_null(audio_format_check(*state, &reader, &facts));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_wav_states_its_facts),
        cmocka_unit_test(damaged_wav_is_refused),
        cmocka_unit_test(wav_with_a_tag_or_zeros_behind_is_taken),
        cmocka_unit_test(wav_with_chunks_behind_its_stated_end_is_taken),
        cmocka_unit_test(wav_cut_anywhere_is_refused),
        cmocka_unit_test(wav_that_is_a_zip_is_refused),
        cmocka_unit_test(aiff_is_walked),
        cmocka_unit_test(flac_metadata_is_walked),
        cmocka_unit_test(mp3_frames_are_counted),
        cmocka_unit_test(mp3_with_fewer_frames_than_stated_is_truncated),
        cmocka_unit_test(other_content_is_not_audio),
        cmocka_unit_test(random_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
