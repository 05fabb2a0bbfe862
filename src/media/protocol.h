/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the server and `lathe-media` say to each other. Both sides link this file's small library.
 *
 * One process does one job. It is started with a SOCK_SEQPACKET socket as descriptor 3; each packet is
 * one JSON message of at most MEDIA_JOB_MESSAGE_MAX bytes, and at most one descriptor rides on it by
 * SCM_RIGHTS.
 *
 *     server → child   job          with the input: a readable, seekable descriptor at any offset
 *     child  → server  progress     any number
 *     child  → server  output       "I need the file NAME"; the child waits for the answer
 *     server → child   grant        with an empty, writable and seekable descriptor
 *                   or refuse       no room: the job fails with media.output_refused
 *     child  → server  rendition    the file of that name is complete
 *     child  → server  entries      what a stems archive holds, up to MEDIA_JOB_ENTRIES_PER_MESSAGE
 *     child  → server  audio | image | stems | failed    exactly one, last; then the child exits
 *
 * The exit status is 0 after any last message, whatever it says; a child that ends without one has
 * crashed or was killed (media.crashed). To cancel, the server kills the child or closes the socket.
 * The descriptors of a granted file may be shared: the child writes with pwrite from offset 0. */
#ifndef MEDIA_PROTOCOL_H
#define MEDIA_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/data/vec.h"
#include "base/error/error.h"
#include "base/json/json_type.h"
#include "base/text/enum_table.h"
#include "base/text/str.h"

#define MEDIA_JOB_FD                  3
#define MEDIA_JOB_MESSAGE_MAX         (192 * 1024) /* below the kernel's default socket buffer of 208 KiB */
#define MEDIA_JOB_OUTPUTS_MAX         16
#define MEDIA_JOB_ENTRIES_PER_MESSAGE 150
#define MEDIA_JOB_NAME_MAX            64
#define MEDIA_JOB_SEGMENTS_MAX        2500 /* 4 hours of 6-second segments; the longest list that fits a message */

/* Why a job fails. The first group is the uploader's; the last is ours. */
#define MEDIA_JOB_REASONS(X)                                                                                 \
    X(media_job_not_audio, "media.not_audio", MEDIA_TYPE, "The content is no audio format that is taken")    \
    X(media_job_not_image, "media.not_image", MEDIA_TYPE, "The content is no JPEG, PNG or WebP image")       \
    X(media_job_not_zip, "media.not_zip", MEDIA_TYPE, "The content is no zip archive")                       \
    X(media_job_empty, "media.empty", INVALID, "The file has no content or no audible sample")               \
    X(media_job_unsupported, "media.unsupported", MEDIA_TYPE, "A known format, in a form that is not taken") \
    X(media_job_bad_header, "media.bad_header", INVALID, "The header contradicts itself or the file")        \
    X(media_job_truncated, "media.truncated", INVALID, "The file ends before its content does")              \
    X(media_job_polyglot, "media.polyglot", INVALID, "The file is, or carries, a file of another kind")      \
    X(media_job_too_long, "media.too_long", TOO_LARGE, "Longer than the limit")                              \
    X(media_job_too_large, "media.too_large", TOO_LARGE, "More pixels, channels or bytes than the limit")    \
    X(media_job_decode_error, "media.decode_error", INVALID, "The content is damaged")                       \
    X(media_job_checksum, "media.checksum", INVALID, "The content does not have the checksum it states")     \
    X(media_job_zip_encrypted, "media.zip_encrypted", INVALID, "The archive is encrypted")                   \
    X(media_job_zip_method, "media.zip_method", INVALID, "Only stored and deflated entries are taken")       \
    X(media_job_zip_path, "media.zip_path", INVALID, "An entry's name leaves the archive or is a link")      \
    X(media_job_zip_duplicate, "media.zip_duplicate", INVALID, "Two entries have the same name")             \
    X(media_job_zip_bomb, "media.zip_bomb", TOO_LARGE, "The archive unpacks to more than the limits")        \
    X(media_job_zip_damaged, "media.zip_damaged", INVALID, "The archive contradicts itself")                 \
    X(media_job_zip_no_audio, "media.zip_no_audio", INVALID, "No entry of the archive is audio")             \
    X(media_job_output_refused, "media.output_refused", FULL, "There was no room for the results")           \
    X(media_job_sandbox, "media.sandbox", INTERNAL, "The media process tried what it may not do")            \
    X(media_job_crashed, "media.crashed", INTERNAL, "The media process ended without a result")              \
    X(media_job_internal, "media.internal", INTERNAL, "The media process failed by itself")

REASONS_DECLARE(MEDIA_JOB_REASONS);
extern const struct reason *const media_job_reasons[]; /* NULL-terminated */

/* The row of that wire name, or media_job_internal. */
const struct reason *media_job_reason(struct str name);

/* ---- server → child -------------------------------------------------------------------------- */

enum media_job_kind { MEDIA_JOB_AUDIO, MEDIA_JOB_IMAGE, MEDIA_JOB_STEMS };
extern const struct enum_table media_job_kind_words; /* "audio" "image" "stems" */

enum media_job_format {
    MEDIA_FORMAT_HLS_AAC,  /* fMP4 with segments; bit_rate */
    MEDIA_FORMAT_HLS_FLAC, /* fMP4 with segments; bit-exact for lossless masters up to 24 bits */
    MEDIA_FORMAT_MP3,      /* whole file with gapless header; bit_rate */
    MEDIA_FORMAT_PREVIEW,  /* MP3 of preview_length_ms with a tag tone; bit_rate */
    MEDIA_FORMAT_WAV,      /* 16 or 24 bits; made only from a lossless master that is not WAV itself */
    MEDIA_FORMAT_JPEG,     /* width, height, fit, quality; of an audio job: the embedded cover, if any */
    MEDIA_FORMAT_WEBP      /* as JPEG */
};
extern const struct enum_table media_job_format_words; /* "hls_aac" "hls_flac" "mp3" "preview" "wav" … */

enum media_job_fit {
    MEDIA_FIT_CROP,   /* fill width × height, cutting from the middle */
    MEDIA_FIT_INSIDE, /* keep the whole picture inside width × height; never enlarged */
};
extern const struct enum_table media_job_fit_words; /* "crop" "inside" */

/* A file that the server wants. name comes back in output and rendition. */
struct media_job_output {
    struct str name;
    int32_t format;   /* enum media_job_format */
    int64_t bit_rate; /* bits/s */
    int64_t width;    /* pixels */
    int64_t height;
    int32_t fit;     /* enum media_job_fit */
    int64_t quality; /* 1–100 */
};

struct media_job_request {
    int32_t type;         /* MEDIA_COMMAND_JOB */
    int32_t kind;         /* enum media_job_kind */
    struct array outputs; /* struct media_job_output; none for stems */
    int64_t cpu_seconds;  /* RLIMIT_CPU of the process; 0 = 1800 */
    /* audio */
    int64_t max_duration_ms;   /* 0 = 4 hours, which is also the most */
    int64_t preview_start_ms;  /* -1: where the loudest part begins */
    int64_t preview_length_ms; /* 0 = 30 000 */
    struct str title;          /* written into the MP3 files when present */
    struct str artist;
    struct str album;
    struct str comment;
    /* stems */
    int64_t max_entries;     /* 0 = 1000, which is also the most */
    int64_t max_total_bytes; /* 0 = 4 GiB, which is also the most */
};

/* Answer to an output message. */
struct media_job_answer {
    int32_t type; /* MEDIA_COMMAND_GRANT (a descriptor rides along) or MEDIA_COMMAND_REFUSE */
    struct str name;
};

enum media_job_command_type { MEDIA_COMMAND_JOB, MEDIA_COMMAND_GRANT, MEDIA_COMMAND_REFUSE };

struct media_job_command {
    enum media_job_command_type type;
    struct media_job_request request; /* JOB */
    struct media_job_answer answer;   /* GRANT, REFUSE */
};

/* A request with its defaults filled in: a struct with these and the outputs added is a whole job. */
struct media_job_request media_job_request_default(enum media_job_kind kind);

/* What an audio master is turned into: AAC 96, 160 and 256, FLAC, MP3 320, preview, WAV and a cover of
 * 1000 × 1000. Names: "hls-aac-96" "hls-aac-160" "hls-aac-256" "hls-flac" "mp3-320" "preview" "wav" "cover". */
extern const struct media_job_output media_job_audio_outputs[];
extern const size_t media_job_audio_output_count;

struct str media_job_command_encode(struct arena *arena, const struct media_job_command *command);
/* Texts of ret_command point into text or arena. Errors: those of json_decode. */
MUST_USE struct error *media_job_command_decode(struct arena *arena, struct str text,
                                                struct media_job_command *ret_command);

/* ---- child → server -------------------------------------------------------------------------- */

struct media_job_output_ask {
    int32_t type;
    struct str name; /* of the request's output */
};

enum media_job_stage {
    MEDIA_STAGE_PROBE,
    MEDIA_STAGE_ENCODE, /* decoding, encoding and analysis run together */
    MEDIA_STAGE_ANALYSE /* what is left of the analysis after the last sample */
};
extern const struct enum_table media_job_stage_words; /* "probe" "encode" "analyse" */

struct media_job_progress {
    int32_t type;
    int32_t stage;   /* enum media_job_stage */
    double fraction; /* of the whole job, 0–1, never falling */
};

/* Segments follow each other without gaps from offset 0. Item 0 is the init segment (duration 0), item
 * n the nth media segment. Sum of durations = samples + priming_samples. */
struct media_job_segment {
    int64_t offset;
    int64_t size;
    int64_t duration; /* in units of 1 / sample_rate s */
};

struct media_job_rendition {
    int32_t type;
    struct str name;
    int32_t format;   /* enum media_job_format */
    struct str codec; /* RFC 6381: "mp4a.40.2", "fLaC", "mp3"; empty for WAV and images */
    int64_t size_bytes;
    /* audio */
    int64_t samples; /* per channel, without priming and padding */
    int64_t sample_rate;
    int64_t channels;
    int64_t bits;            /* of lossless formats, else 0 */
    int64_t bit_rate;        /* mean over the file, bits/s */
    int64_t peak_bit_rate;   /* of the largest segment; BANDWIDTH of a playlist */
    int64_t priming_samples; /* encoder delay at the beginning, as the file itself also says */
    struct array segments;   /* struct media_job_segment; HLS formats only */
    /* images */
    int64_t width;
    int64_t height;
};

struct media_job_tag {
    struct str name; /* "title" "artist" "album" "date" …, lower case */
    struct str value;
};

enum media_job_key {
    MEDIA_KEY_NONE, /* not found: silence, noise, drums */
    MEDIA_KEY_C_MAJOR,
    MEDIA_KEY_C_MINOR = MEDIA_KEY_C_MAJOR + 12,
    MEDIA_KEY_COUNT = MEDIA_KEY_C_MINOR + 12
};
extern const struct enum_table media_job_key_words; /* "none" "C major" "C# major" … "B minor" */

#define MEDIA_WAVEFORM_POINTS 1000
#define MEDIA_WAVEFORM_BARS   64
#define MEDIA_LOUDNESS_SILENT (-70.0)
#define MEDIA_PEAK_SILENT     (-120.0)

/* The last message of an audio job. */
struct media_job_audio {
    int32_t type;
    struct str container; /* "wav" "aiff" "flac" "mp3" "ogg" "m4a" "aac" */
    struct str codec;     /* "pcm_s16le" "flac" "mp3" "vorbis" "opus" "aac" "alac" … */
    bool is_lossless;
    int64_t duration_ms; /* rounded */
    int64_t samples;     /* per channel, exact, without encoder delay and padding */
    int64_t sample_rate;
    int64_t channels;
    int64_t bits; /* per sample; 0 for lossy formats */
    int64_t bit_rate;
    double loudness_lufs;       /* integrated, EBU R128; MEDIA_LOUDNESS_SILENT when nothing passes the gate */
    double loudness_range_lu;   /* LRA */
    double true_peak_dbtp;      /* MEDIA_PEAK_SILENT for digital silence */
    double tempo_bpm;           /* 0: none found */
    double tempo_confidence;    /* 0–1 */
    int32_t key;                /* enum media_job_key */
    double key_confidence;      /* 0–1 */
    struct str waveform;        /* base64 of MEDIA_WAVEFORM_POINTS pairs of int8: lowest, highest */
    struct array bars;          /* int64_t × MEDIA_WAVEFORM_BARS, 8–100 */
    struct str fingerprint;     /* Chromaprint's compressed text form, of the first 120 s; or empty */
    struct str fingerprint_raw; /* the same for media_fingerprint_parse */
    struct array tags;          /* struct media_job_tag */
    int64_t preview_start_ms;   /* -1: no preview was wanted */
};

/* The last message of an image job: the picture that came in. */
struct media_job_image {
    int32_t type;
    struct str container; /* "jpeg" "png" "webp" */
    int64_t width;        /* as shown, after orientation */
    int64_t height;
};

struct media_job_entry {
    struct str name; /* bytes that are not UTF-8 are shown as U+FFFD */
    int64_t size_bytes;
    struct str container; /* as in audio; empty: no audio */
};

struct media_job_entries {
    int32_t type;
    struct array entries; /* struct media_job_entry */
};

/* The last message of a stems job. */
struct media_job_stems {
    int32_t type;
    int64_t entries; /* files, without directories */
    int64_t audio_entries;
    int64_t total_bytes; /* unpacked */
};

struct media_job_failure {
    int32_t type;
    struct str reason; /* see media_job_reason */
    struct str message;
};

enum media_job_event_type {
    MEDIA_EVENT_OUTPUT,
    MEDIA_EVENT_PROGRESS,
    MEDIA_EVENT_RENDITION,
    MEDIA_EVENT_ENTRIES,
    MEDIA_EVENT_AUDIO,
    MEDIA_EVENT_IMAGE,
    MEDIA_EVENT_STEMS,
    MEDIA_EVENT_FAILED,
    MEDIA_EVENT_COUNT
};

/* One message of the child; type says which member counts. */
struct media_job_event {
    enum media_job_event_type type;
    struct media_job_output_ask output;
    struct media_job_progress progress;
    struct media_job_rendition rendition;
    struct media_job_entries entries;
    struct media_job_audio audio;
    struct media_job_image image;
    struct media_job_stems stems;
    struct media_job_failure failed;
};

static inline bool media_job_event_is_last(enum media_job_event_type type)
{
    return type >= MEDIA_EVENT_AUDIO;
}

/* The text may be longer than MEDIA_JOB_MESSAGE_MAX; the sender checks. */
struct str media_job_event_encode(struct arena *arena, const struct media_job_event *event);
/* Texts of ret_event point into text or arena. Errors: those of json_decode. */
MUST_USE struct error *media_job_event_decode(struct arena *arena, struct str text,
                                              struct media_job_event *ret_event);

/* The descriptors, for those who show parts of a result to clients. */
extern const struct json_type media_job_request_type, media_job_answer_type, media_job_output_ask_type,
    media_job_progress_type, media_job_rendition_type, media_job_entries_type, media_job_audio_type,
    media_job_image_type, media_job_stems_type, media_job_failure_type, media_job_segment_type,
    media_job_tag_type, media_job_entry_type;

/* ---- fingerprints ---------------------------------------------------------------------------- */

/* A raw fingerprint: 32-bit features, about 8 per second. */
struct media_fingerprint {
    uint32_t *features;
    size_t count;
};

/* Two recordings are taken for the same when their similarity is at least this. Measured on 60 tracks: copies
 * as MP3 of 128 kbit/s have 0.99, cut at the beginning 0.94, with changed tone 0.91; strangers at most 0.79,
 * against near silence 0.87. */
#define MEDIA_FINGERPRINT_SAME 0.90

/* False when text is not fingerprint_raw. The features live in the arena. */
MUST_USE bool media_fingerprint_parse(struct arena *arena, struct str text,
                                      struct media_fingerprint *ret_fingerprint);

/* The share of equal bits where the two overlap best, 0–1; unrelated music has about 0.5–0.65. One may
 * start up to 30 s into the other. 0 when they overlap by less than 4 s. */
double media_fingerprint_similarity(struct media_fingerprint a, struct media_fingerprint b);

#endif
