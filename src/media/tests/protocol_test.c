/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What one side writes the other side reads; and when two fingerprints are of one recording. */
#include "media/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json/json_write.h"
#include "base/mem/arena.h"
#include "base/text/encode.h"

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

static void descriptors_are_consistent(void **state)
{
    (void)state;
    const struct json_type *const types[] = {
        &media_job_request_type,  &media_job_answer_type,    &media_job_output_ask_type,
        &media_job_progress_type, &media_job_rendition_type, &media_job_entries_type,
        &media_job_audio_type,    &media_job_image_type,     &media_job_stems_type,
        &media_job_failure_type,  &media_job_segment_type,   &media_job_tag_type,
        &media_job_entry_type,
    };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        json_type_check(types[i]);
}

static void request_survives_the_wire(void **state)
{
    struct media_job_command sent = {.type = MEDIA_COMMAND_JOB};
    struct media_job_output outputs[MEDIA_JOB_OUTPUTS_MAX];
    memcpy(outputs, media_job_audio_outputs, media_job_audio_output_count * sizeof(outputs[0]));
    sent.request = media_job_request_default(MEDIA_JOB_AUDIO);
    sent.request.outputs = (struct array){.items = outputs, .count = media_job_audio_output_count};
    sent.request.title = STR("A \"title\" — ä");
    struct media_job_command got = {0};
    assert_null(media_job_command_decode(*state, media_job_command_encode(*state, &sent), &got));
    assert_int_equal(got.type, MEDIA_COMMAND_JOB);
    assert_int_equal(got.request.kind, MEDIA_JOB_AUDIO);
    assert_int_equal(got.request.preview_start_ms, -1);
    assert_true(str_equal(got.request.title, sent.request.title));
    assert_true(str_is_empty(got.request.artist));
    assert_int_equal(got.request.outputs.count, media_job_audio_output_count);
    for (size_t i = 0; i < media_job_audio_output_count; i++) {
        const struct media_job_output *output =
            ARRAY_AT(const struct media_job_output, got.request.outputs, i);
        assert_true(str_equal(output->name, outputs[i].name));
        assert_int_equal(output->format, outputs[i].format);
        assert_int_equal(output->bit_rate, outputs[i].bit_rate);
    }
}

static void answers_survive_the_wire(void **state)
{
    for (int type = MEDIA_COMMAND_GRANT; type <= MEDIA_COMMAND_REFUSE; type++) {
        const struct media_job_command sent = {.type = (enum media_job_command_type)type,
                                               .answer = {.name = STR("wav")}};
        struct media_job_command got = {0};
        assert_null(media_job_command_decode(*state, media_job_command_encode(*state, &sent), &got));
        assert_int_equal((int)got.type, type);
        assert_true(str_equal(got.answer.name, STR("wav")));
    }
}

/* One message of each type with every required member at a legal value. */
static struct media_job_event event_of(enum media_job_event_type type, struct media_job_segment *segments,
                                       struct media_job_entry *entry, int64_t *bars)
{
    for (int i = 0; i < MEDIA_WAVEFORM_BARS; i++)
        bars[i] = 8;
    return (struct media_job_event){
        .type = type,
        .output = {.name = STR("preview")},
        .progress = {.stage = MEDIA_STAGE_ENCODE, .fraction = 0.25},
        .rendition = {.name = STR("hls-flac"),
                      .format = MEDIA_FORMAT_HLS_FLAC,
                      .codec = STR("fLaC"),
                      .size_bytes = 3,
                      .segments = {.items = segments, .count = 2}},
        .entries = {.entries = {.items = entry, .count = 1}},
        .audio = {.container = STR("wav"),
                  .codec = STR("pcm_s16le"),
                  .samples = 1,
                  .sample_rate = 44100,
                  .channels = 2,
                  .loudness_lufs = -14.25,
                  .true_peak_dbtp = MEDIA_PEAK_SILENT,
                  .key = MEDIA_KEY_C_MINOR,
                  .waveform = STR(""),
                  .bars = {.items = bars, .count = MEDIA_WAVEFORM_BARS},
                  .fingerprint = STR(""),
                  .fingerprint_raw = STR(""),
                  .preview_start_ms = -1},
        .image = {.container = STR("png"), .width = 10, .height = 20},
        .stems = {.entries = 2, .audio_entries = 1, .total_bytes = 100},
        .failed = {.reason = STR("media.truncated"), .message = STR("the file ends")},
    };
}

static void events_survive_the_wire(void **state)
{
    struct media_job_segment segments[2] = {{.size = 1}, {.offset = 1, .size = 2, .duration = 4608}};
    struct media_job_entry entry = {.name = STR("a.wav"), .size_bytes = 7, .container = STR("wav")};
    int64_t bars[MEDIA_WAVEFORM_BARS];
    for (int type = 0; type < MEDIA_EVENT_COUNT; type++) {
        struct media_job_event sent = event_of((enum media_job_event_type)type, segments, &entry, bars);
        struct media_job_event got = {0};
        struct str text = media_job_event_encode(*state, &sent);
        assert_null(media_job_event_decode(*state, text, &got));
        assert_int_equal((int)got.type, type);
        assert_true(str_equal(media_job_event_encode(*state, &got), text));
    }
}

static void longest_rendition_fits_a_message(void **state)
{
    struct media_job_segment *segments =
        ARENA_ARRAY(*state, struct media_job_segment, MEDIA_JOB_SEGMENTS_MAX);
    for (size_t i = 0; i < MEDIA_JOB_SEGMENTS_MAX; i++)
        segments[i] =
            (struct media_job_segment){.offset = 99999999999, .size = 99999999, .duration = 2304000};
    const struct media_job_event event = {
        .type = MEDIA_EVENT_RENDITION,
        .rendition = {.name = STR("hls-flac"),
                      .segments = {.items = segments, .count = MEDIA_JOB_SEGMENTS_MAX}}};
    assert_true(media_job_event_encode(*state, &event).len <= MEDIA_JOB_MESSAGE_MAX);
}

static void messages_of_another_kind_are_refused(void **state)
{
    struct media_job_event event = {0};
    struct media_job_command command = {0};
    assert_non_null(media_job_event_decode(*state, STR("{\"type\":\"job\"}"), &event));
    assert_non_null(media_job_event_decode(
        *state, STR("{\"type\":\"progress\",\"stage\":\"encode\",\"fraction\":2}"), &event));
    assert_non_null(media_job_event_decode(*state, STR("{\"type\":\"output\",\"name\":\"\"}"), &event));
    assert_non_null(
        media_job_event_decode(*state, STR("{\"type\":\"output\",\"name\":\"x\",\"more\":1}"), &event));
    assert_non_null(media_job_command_decode(*state, STR("{\"type\":\"failed\"}"), &command));
}

static void reasons_are_found_by_name(void **state)
{
    (void)state;
    for (const struct reason *const *row = media_job_reasons; *row != NULL; row++)
        assert_ptr_equal(media_job_reason(str_cstr((*row)->name)), *row);
    assert_ptr_equal(media_job_reason(STR("media.unheard_of")), &media_job_internal);
}

static struct media_fingerprint random_print(struct arena *arena, size_t count, uint32_t seed)
{
    struct media_fingerprint print = {.features = ARENA_ARRAY(arena, uint32_t, count), .count = count};
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        print.features[i] = seed ^ seed >> 13;
    }
    return print;
}

static void same_recording_is_alike_even_when_it_starts_later(void **state)
{
    struct media_fingerprint whole = random_print(*state, 900, 1);
    struct media_fingerprint later = {.features = whole.features + 77, .count = 700};
    assert_true(media_fingerprint_similarity(whole, whole) > 0.999);
    assert_true(media_fingerprint_similarity(whole, later) > 0.999);
    assert_true(media_fingerprint_similarity(later, whole) > 0.999);
}

static void strangers_are_not_alike(void **state)
{
    struct media_fingerprint a = random_print(*state, 900, 1);
    struct media_fingerprint b = random_print(*state, 900, 2);
    assert_true(media_fingerprint_similarity(a, b) < MEDIA_FINGERPRINT_SAME);
    assert_true(media_fingerprint_similarity(a, (struct media_fingerprint){0}) <= 0);
    /* Three seconds in common say nothing. */
    assert_true(media_fingerprint_similarity(a, (struct media_fingerprint){a.features, 24}) <= 0);
}

static void fingerprint_text_is_checked(void **state)
{
    struct media_fingerprint print = {0};
    assert_true(media_fingerprint_parse(*state, base64_encode(*state, "\1\2\3\4\0\0\0\x80", 8), &print));
    assert_int_equal(print.count, 2);
    assert_int_equal(print.features[0], 0x04030201);
    assert_int_equal(print.features[1], 0x80000000);
    assert_false(media_fingerprint_parse(*state, base64_encode(*state, "abc", 3), &print));
    assert_false(media_fingerprint_parse(*state, STR("no base64!"), &print));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_are_consistent),
        cmocka_unit_test(request_survives_the_wire),
        cmocka_unit_test(answers_survive_the_wire),
        cmocka_unit_test(events_survive_the_wire),
        cmocka_unit_test(longest_rendition_fits_a_message),
        cmocka_unit_test(messages_of_another_kind_are_refused),
        cmocka_unit_test(reasons_are_found_by_name),
        cmocka_unit_test(same_recording_is_alike_even_when_it_starts_later),
        cmocka_unit_test(strangers_are_not_alike),
        cmocka_unit_test(fingerprint_text_is_checked),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
