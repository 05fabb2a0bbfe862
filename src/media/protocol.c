/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The messages of the media protocol as descriptors, and the two unions that tell them apart. */
#include "media/protocol.h"

#include "base/json/json_read.h"
#include "base/json/json_write.h"

REASONS_DEFINE(media_job_reasons, MEDIA_JOB_REASONS);

const struct reason *media_job_reason(struct str name)
{
    for (const struct reason *const *row = media_job_reasons; *row != NULL; row++) {
        if (str_equal(str_cstr((*row)->name), name))
            return *row;
    }
    return &media_job_internal;
}

/* clang-format off */
static const char *const command_words[] = {
    [MEDIA_COMMAND_JOB] = "job", [MEDIA_COMMAND_GRANT] = "grant", [MEDIA_COMMAND_REFUSE] = "refuse",
};
static const char *const event_words[] = {
    [MEDIA_EVENT_OUTPUT] = "output", [MEDIA_EVENT_PROGRESS] = "progress", [MEDIA_EVENT_RENDITION] = "rendition",
    [MEDIA_EVENT_ENTRIES] = "entries", [MEDIA_EVENT_AUDIO] = "audio", [MEDIA_EVENT_IMAGE] = "image",
    [MEDIA_EVENT_STEMS] = "stems", [MEDIA_EVENT_FAILED] = "failed",
};
static const char *const kind_words[] = {
    [MEDIA_JOB_AUDIO] = "audio", [MEDIA_JOB_IMAGE] = "image", [MEDIA_JOB_STEMS] = "stems",
};
static const char *const format_words[] = {
    [MEDIA_FORMAT_HLS_AAC] = "hls_aac", [MEDIA_FORMAT_HLS_FLAC] = "hls_flac", [MEDIA_FORMAT_MP3] = "mp3",
    [MEDIA_FORMAT_PREVIEW] = "preview", [MEDIA_FORMAT_WAV] = "wav", [MEDIA_FORMAT_JPEG] = "jpeg",
    [MEDIA_FORMAT_WEBP] = "webp",
};
static const char *const fit_words[] = {
    [MEDIA_FIT_CROP] = "crop", [MEDIA_FIT_INSIDE] = "inside",
};
static const char *const stage_words[] = {
    [MEDIA_STAGE_PROBE] = "probe", [MEDIA_STAGE_ENCODE] = "encode", [MEDIA_STAGE_ANALYSE] = "analyse",
};
static const char *const key_words[MEDIA_KEY_COUNT] = {
    "none",
    "C major", "C# major", "D major", "D# major", "E major", "F major",
    "F# major", "G major", "G# major", "A major", "A# major", "B major",
    "C minor", "C# minor", "D minor", "D# minor", "E minor", "F minor",
    "F# minor", "G minor", "G# minor", "A minor", "A# minor", "B minor",
};
/* clang-format on */

static const struct enum_table command_table = ENUM_TABLE("media command", command_words);
static const struct enum_table event_table = ENUM_TABLE("media event", event_words);
const struct enum_table media_job_kind_words = ENUM_TABLE("media job kind", kind_words);
const struct enum_table media_job_format_words = ENUM_TABLE("media format", format_words);
const struct enum_table media_job_fit_words = ENUM_TABLE("image fit", fit_words);
const struct enum_table media_job_stage_words = ENUM_TABLE("media stage", stage_words);
const struct enum_table media_job_key_words = ENUM_TABLE("musical key", key_words);

_Static_assert(COUNT_OF(event_words) == MEDIA_EVENT_COUNT, "every event has a word");

/* clang-format off */
const struct media_job_output media_job_audio_outputs[] = {
    {.name = STR_INIT("hls-aac-96"),  .format = MEDIA_FORMAT_HLS_AAC, .bit_rate = 96000},
    {.name = STR_INIT("hls-aac-160"), .format = MEDIA_FORMAT_HLS_AAC, .bit_rate = 160000},
    {.name = STR_INIT("hls-aac-256"), .format = MEDIA_FORMAT_HLS_AAC, .bit_rate = 256000},
    {.name = STR_INIT("hls-flac"),    .format = MEDIA_FORMAT_HLS_FLAC},
    {.name = STR_INIT("mp3-320"),     .format = MEDIA_FORMAT_MP3,     .bit_rate = 320000},
    {.name = STR_INIT("preview"),     .format = MEDIA_FORMAT_PREVIEW, .bit_rate = 128000},
    {.name = STR_INIT("wav"),         .format = MEDIA_FORMAT_WAV},
    {.name = STR_INIT("cover"),       .format = MEDIA_FORMAT_JPEG, .width = 1000, .height = 1000,
     .fit = MEDIA_FIT_CROP, .quality = 85},
};
/* clang-format on */
const size_t media_job_audio_output_count = COUNT_OF(media_job_audio_outputs);

#define HOURS_4_MS   (4 * 60 * 60 * 1000LL)
#define GIB_4        (4LL * 1024 * 1024 * 1024)
#define COUNT_MAX    INT64_C(0x7fffffffffff) /* bytes and samples: far above any file, far below overflow */
#define MESSAGE_TEXT 2000

/* clang-format off */
static const struct json_field output_fields[] = {
    JSON_TEXT(struct media_job_output, name, .min = 1, .max = MEDIA_JOB_NAME_MAX, .flags = JSON_REQUIRED),
    JSON_ENUM(struct media_job_output, format, &media_job_format_words, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_output, bit_rate, .min = 0, .max = 512000),
    JSON_INTEGER(struct media_job_output, width, .min = 0, .max = 8000),
    JSON_INTEGER(struct media_job_output, height, .min = 0, .max = 8000),
    JSON_ENUM(struct media_job_output, fit, &media_job_fit_words, .fallback = MEDIA_FIT_CROP),
    JSON_INTEGER(struct media_job_output, quality, .min = 0, .max = 100),
};
static const struct json_type output_type =
    JSON_TYPE("MediaJobOutput", struct media_job_output, output_fields);

static const struct json_field request_fields[] = {
    JSON_ENUM(struct media_job_request, type, &command_table, .flags = JSON_REQUIRED),
    JSON_ENUM(struct media_job_request, kind, &media_job_kind_words, .flags = JSON_REQUIRED),
    JSON_OBJECTS(struct media_job_request, outputs, &output_type, .min = 0, .max = MEDIA_JOB_OUTPUTS_MAX),
    JSON_INTEGER(struct media_job_request, cpu_seconds, .min = 0, .max = 86400),
    JSON_INTEGER(struct media_job_request, max_duration_ms, .min = 0, .max = HOURS_4_MS),
    JSON_INTEGER(struct media_job_request, preview_start_ms, .min = -1, .max = HOURS_4_MS, .fallback = -1),
    JSON_INTEGER(struct media_job_request, preview_length_ms, .min = 0, .max = 120000),
    JSON_TEXT(struct media_job_request, title, .flags = JSON_OMITTED),
    JSON_TEXT(struct media_job_request, artist, .flags = JSON_OMITTED),
    JSON_TEXT(struct media_job_request, album, .flags = JSON_OMITTED),
    JSON_TEXT(struct media_job_request, comment, .flags = JSON_OMITTED),
    JSON_INTEGER(struct media_job_request, max_entries, .min = 0, .max = 1000),
    JSON_INTEGER(struct media_job_request, max_total_bytes, .min = 0, .max = GIB_4),
};
const struct json_type media_job_request_type =
    JSON_TYPE("MediaJobRequest", struct media_job_request, request_fields);

static const struct json_field answer_fields[] = {
    JSON_ENUM(struct media_job_answer, type, &command_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_answer, name, .min = 1, .max = MEDIA_JOB_NAME_MAX, .flags = JSON_REQUIRED),
};
const struct json_type media_job_answer_type =
    JSON_TYPE("MediaJobAnswer", struct media_job_answer, answer_fields);

static const struct json_field output_ask_fields[] = {
    JSON_ENUM(struct media_job_output_ask, type, &event_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_output_ask, name, .min = 1, .max = MEDIA_JOB_NAME_MAX, .flags = JSON_REQUIRED),
};
const struct json_type media_job_output_ask_type =
    JSON_TYPE("MediaJobOutputAsk", struct media_job_output_ask, output_ask_fields);

static const struct json_field progress_fields[] = {
    JSON_ENUM(struct media_job_progress, type, &event_table, .flags = JSON_REQUIRED),
    JSON_ENUM(struct media_job_progress, stage, &media_job_stage_words, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_progress, fraction, .min = 0, .max = 1, .flags = JSON_REQUIRED),
};
const struct json_type media_job_progress_type =
    JSON_TYPE("MediaJobProgress", struct media_job_progress, progress_fields);

static const struct json_field segment_fields[] = {
    JSON_INTEGER(struct media_job_segment, offset, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_segment, size, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_segment, duration, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
};
const struct json_type media_job_segment_type =
    JSON_TYPE("MediaJobSegment", struct media_job_segment, segment_fields);

static const struct json_field rendition_fields[] = {
    JSON_ENUM(struct media_job_rendition, type, &event_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_rendition, name, .min = 1, .max = MEDIA_JOB_NAME_MAX, .flags = JSON_REQUIRED),
    JSON_ENUM(struct media_job_rendition, format, &media_job_format_words, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_rendition, codec, .flags = JSON_OMITTED),
    JSON_INTEGER(struct media_job_rendition, size_bytes, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_rendition, samples, .min = 0, .max = COUNT_MAX),
    JSON_INTEGER(struct media_job_rendition, sample_rate, .min = 0, .max = 384000),
    JSON_INTEGER(struct media_job_rendition, channels, .min = 0, .max = 8),
    JSON_INTEGER(struct media_job_rendition, bits, .min = 0, .max = 64),
    JSON_INTEGER(struct media_job_rendition, bit_rate, .min = 0, .max = COUNT_MAX),
    JSON_INTEGER(struct media_job_rendition, peak_bit_rate, .min = 0, .max = COUNT_MAX),
    JSON_INTEGER(struct media_job_rendition, priming_samples, .min = 0, .max = COUNT_MAX),
    JSON_OBJECTS(struct media_job_rendition, segments, &media_job_segment_type, .min = 0, .max = MEDIA_JOB_SEGMENTS_MAX),
    JSON_INTEGER(struct media_job_rendition, width, .min = 0, .max = 8000),
    JSON_INTEGER(struct media_job_rendition, height, .min = 0, .max = 8000),
};
const struct json_type media_job_rendition_type =
    JSON_TYPE("MediaJobRendition", struct media_job_rendition, rendition_fields);

static const struct json_field tag_fields[] = {
    JSON_TEXT(struct media_job_tag, name, .min = 1, .max = 64, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_tag, value, .min = 0, .max = 1000, .flags = JSON_REQUIRED | JSON_MULTILINE),
};
const struct json_type media_job_tag_type = JSON_TYPE("MediaJobTag", struct media_job_tag, tag_fields);

static const struct json_field audio_fields[] = {
    JSON_ENUM(struct media_job_audio, type, &event_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_audio, container, .min = 1, .max = 16, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_audio, codec, .min = 1, .max = 32, .flags = JSON_REQUIRED),
    JSON_BOOLEAN(struct media_job_audio, is_lossless, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, duration_ms, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, samples, .min = 1, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, sample_rate, .min = 8000, .max = 384000, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, channels, .min = 1, .max = 8, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, bits, .min = 0, .max = 64, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, bit_rate, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_audio, loudness_lufs, .min = -70, .max = 100, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_audio, loudness_range_lu, .min = 0, .max = 200, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_audio, true_peak_dbtp, .min = -120, .max = 200, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_audio, tempo_bpm, .min = 0, .max = 1000, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_audio, tempo_confidence, .min = 0, .max = 1, .flags = JSON_REQUIRED),
    JSON_ENUM(struct media_job_audio, key, &media_job_key_words, .flags = JSON_REQUIRED),
    JSON_NUMBER(struct media_job_audio, key_confidence, .min = 0, .max = 1, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_audio, waveform, .min = 0, .max = 4000, .flags = JSON_REQUIRED),
    JSON_ARRAY(struct media_job_audio, bars, JSON_KIND_I64, .min = MEDIA_WAVEFORM_BARS, .max = MEDIA_WAVEFORM_BARS, .item_min = 8, .item_max = 100, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_audio, fingerprint, .min = 0, .max = 8000, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_audio, fingerprint_raw, .min = 0, .max = 8000, .flags = JSON_REQUIRED),
    JSON_OBJECTS(struct media_job_audio, tags, &media_job_tag_type, .min = 0, .max = 64, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_audio, preview_start_ms, .min = -1, .max = HOURS_4_MS, .flags = JSON_REQUIRED),
};
const struct json_type media_job_audio_type =
    JSON_TYPE("MediaJobAudio", struct media_job_audio, audio_fields);

static const struct json_field image_fields[] = {
    JSON_ENUM(struct media_job_image, type, &event_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_image, container, .min = 1, .max = 16, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_image, width, .min = 1, .max = 8000, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_image, height, .min = 1, .max = 8000, .flags = JSON_REQUIRED),
};
const struct json_type media_job_image_type =
    JSON_TYPE("MediaJobImage", struct media_job_image, image_fields);

static const struct json_field entry_fields[] = {
    JSON_TEXT(struct media_job_entry, name, .min = 1, .max = 512, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_entry, size_bytes, .min = 0, .max = COUNT_MAX, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_entry, container, .min = 0, .max = 16, .flags = JSON_REQUIRED),
};
const struct json_type media_job_entry_type =
    JSON_TYPE("MediaJobEntry", struct media_job_entry, entry_fields);

static const struct json_field entries_fields[] = {
    JSON_ENUM(struct media_job_entries, type, &event_table, .flags = JSON_REQUIRED),
    JSON_OBJECTS(struct media_job_entries, entries, &media_job_entry_type, .min = 1, .max = MEDIA_JOB_ENTRIES_PER_MESSAGE, .flags = JSON_REQUIRED),
};
const struct json_type media_job_entries_type =
    JSON_TYPE("MediaJobEntries", struct media_job_entries, entries_fields);

static const struct json_field stems_fields[] = {
    JSON_ENUM(struct media_job_stems, type, &event_table, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_stems, entries, .min = 1, .max = 1000, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_stems, audio_entries, .min = 1, .max = 1000, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct media_job_stems, total_bytes, .min = 0, .max = GIB_4, .flags = JSON_REQUIRED),
};
const struct json_type media_job_stems_type =
    JSON_TYPE("MediaJobStems", struct media_job_stems, stems_fields);

static const struct json_field failure_fields[] = {
    JSON_ENUM(struct media_job_failure, type, &event_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_failure, reason, .min = 1, .max = 64, .flags = JSON_REQUIRED),
    JSON_TEXT(struct media_job_failure, message, .min = 0, .max = MESSAGE_TEXT, .flags = JSON_REQUIRED | JSON_MULTILINE),
};
const struct json_type media_job_failure_type =
    JSON_TYPE("MediaJobFailure", struct media_job_failure, failure_fields);
/* clang-format on */

struct media_job_request media_job_request_default(enum media_job_kind kind)
{
    return (struct media_job_request){
        .type = MEDIA_COMMAND_JOB,
        .kind = (int32_t)kind,
        .preview_start_ms = -1,
    };
}

/* What every message begins with; enough to choose the descriptor. */
struct head {
    int32_t type;
};

/* One row per message: its descriptor and where it lies in the union struct. */
struct message {
    const struct json_type *type;
    size_t offset;
};

static const struct message commands[] = {
    [MEDIA_COMMAND_JOB] = {&media_job_request_type, offsetof(struct media_job_command, request)},
    [MEDIA_COMMAND_GRANT] = {&media_job_answer_type, offsetof(struct media_job_command, answer)},
    [MEDIA_COMMAND_REFUSE] = {&media_job_answer_type, offsetof(struct media_job_command, answer)},
};

static const struct message events[MEDIA_EVENT_COUNT] = {
    [MEDIA_EVENT_OUTPUT] = {&media_job_output_ask_type, offsetof(struct media_job_event, output)},
    [MEDIA_EVENT_PROGRESS] = {&media_job_progress_type, offsetof(struct media_job_event, progress)},
    [MEDIA_EVENT_RENDITION] = {&media_job_rendition_type, offsetof(struct media_job_event, rendition)},
    [MEDIA_EVENT_ENTRIES] = {&media_job_entries_type, offsetof(struct media_job_event, entries)},
    [MEDIA_EVENT_AUDIO] = {&media_job_audio_type, offsetof(struct media_job_event, audio)},
    [MEDIA_EVENT_IMAGE] = {&media_job_image_type, offsetof(struct media_job_event, image)},
    [MEDIA_EVENT_STEMS] = {&media_job_stems_type, offsetof(struct media_job_event, stems)},
    [MEDIA_EVENT_FAILED] = {&media_job_failure_type, offsetof(struct media_job_event, failed)},
};

static struct error *decode_head(struct arena *arena, const struct enum_table *words, struct str text,
                                 struct head *ret_head)
{
    const struct json_field fields[] = {JSON_ENUM(struct head, type, words, .flags = JSON_REQUIRED)};
    const struct json_type type = JSON_TYPE("MediaJobHead", struct head, fields, .ignore_unknown = true);
    return json_decode(arena, &type, text, ret_head);
}

struct str media_job_command_encode(struct arena *arena, const struct media_job_command *command)
{
    const struct message *row = &commands[command->type];
    struct media_job_command copy = *command;
    char *message = (char *)&copy + row->offset;
    ((struct head *)(void *)message)->type = (int32_t)command->type;
    return json_encode(arena, row->type, message);
}

struct error *media_job_command_decode(struct arena *arena, struct str text,
                                       struct media_job_command *ret_command)
{
    struct head head = {0};
    struct media_job_command command = {0};
    TRY(decode_head(arena, &command_table, text, &head));
    command.type = (enum media_job_command_type)head.type;
    const struct message *row = &commands[command.type];
    TRY(json_decode(arena, row->type, text, (char *)&command + row->offset));
    *ret_command = command;
    return NULL;
}

struct str media_job_event_encode(struct arena *arena, const struct media_job_event *event)
{
    const struct message *row = &events[event->type];
    struct media_job_event copy = *event;
    char *message = (char *)&copy + row->offset;
    ((struct head *)(void *)message)->type = (int32_t)event->type;
    return json_encode(arena, row->type, message);
}

struct error *media_job_event_decode(struct arena *arena, struct str text, struct media_job_event *ret_event)
{
    struct head head = {0};
    struct media_job_event event = {0};
    TRY(decode_head(arena, &event_table, text, &head));
    event.type = (enum media_job_event_type)head.type;
    const struct message *row = &events[event.type];
    TRY(json_decode(arena, row->type, text, (char *)&event + row->offset));
    *ret_event = event;
    return NULL;
}
