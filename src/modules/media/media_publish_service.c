/* SPDX-License-Identifier: AGPL-3.0-or-later
 * From what the media program made to an asset that is ready. */
#include "base/json/json_write.h"
#include "base/mem/cleanup.h"
#include "base/text/enum_table.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fault/fault.h"

#include "modules/media/media_service.h"

enum { MAX_JSON = 256 << 10 };

struct publishing {
    const struct asset_row *asset;
    struct media_outcome *outcome;
    struct id rendition_ids[MEDIA_JOB_OUTPUTS_MAX]; /* chosen once, as the transaction may run again */
    int64_t made_bytes;
};

static struct str bytes_of(const struct blob_key *key)
{
    return str_from((const char *)key->sha256, sizeof(key->sha256));
}

/* --- storing --- */

static struct error *check_segments(struct ctx *cx, const struct media_job_rendition *facts)
{
    int64_t end = 0;
    for (size_t i = 0; i < facts->segments.count; i++) {
        const struct media_job_segment *segment = ARRAY_AT(struct media_job_segment, facts->segments, i);
        if (segment->offset != end || segment->size <= 0 || segment->duration < 0 ||
            segment->size > facts->size_bytes - end)
            return ERROR(cx, media_job_internal, "the segments of %" STR_FMT " do not fit its file",
                         STR_ARG(facts->name));
        end += segment->size;
    }
    bool is_hls = facts->format == MEDIA_FORMAT_HLS_AAC || facts->format == MEDIA_FORMAT_HLS_FLAC;
    if (is_hls && (facts->segments.count < 2 || facts->sample_rate <= 0))
        return ERROR(cx, media_job_internal, "%" STR_FMT " has no segments", STR_ARG(facts->name));
    return NULL;
}

static struct error *store(struct ctx *cx, struct media_made *made)
{
    int64_t size_bytes = 0;
    TRY(check_segments(cx, &made->facts));
    TRY(storage_hash(cx, made->fd, &made->key, &size_bytes));
    if (size_bytes != made->facts.size_bytes)
        return ERROR(cx, media_job_internal, "%" STR_FMT " is not as large as it was said to be",
                     STR_ARG(made->facts.name));
    TRY(media_store_blob(cx, made->fd, &made->key, size_bytes));
    cleanup_fd(&made->fd);
    made->fd = -1;
    return NULL;
}

/* --- rows --- */

static struct str segments_json(struct ctx *cx, const struct media_job_rendition *facts)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_JSON);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    for (size_t i = 0; i < facts->segments.count; i++) {
        const struct media_job_segment *segment = ARRAY_AT(struct media_job_segment, facts->segments, i);
        json_begin_array(&writer);
        json_put_i64(&writer, segment->offset);
        json_put_i64(&writer, segment->size);
        /* rounded to the nearest: an error below a microsecond, which does not add up */
        json_put_i64(
            &writer,
            (int64_t)((double)segment->duration * (double)US_PER_SECOND / (double)facts->sample_rate + 0.5));
        json_end_array(&writer);
    }
    json_end_array(&writer);
    return strbuf_str(&out);
}

static struct error *insert_rendition(struct ctx *cx, struct tx *tx, const struct publishing *publishing,
                                      size_t index)
{
    const struct media_made *made = &publishing->outcome->made[index];
    const struct media_job_rendition *facts = &made->facts;
    static const struct str prefix = STR_INIT("hls-");
    struct rendition_row row = {
        .id = publishing->rendition_ids[index],
        .asset_id = publishing->asset->id,
        .name = str_starts_with(facts->name, prefix) ? str_slice(facts->name, prefix.len, facts->name.len)
                                                     : facts->name,
        .codecs = facts->codec,
        .sample_rate = facts->sample_rate,
        .channels = facts->channels,
        .bandwidth = facts->peak_bit_rate,
        .average_bandwidth = facts->bit_rate,
        .sha256 = bytes_of(&made->key),
        .size_bytes = facts->size_bytes,
        .segments = segments_json(cx, facts),
    };
    return media_repo_insert_rendition(cx, tx, &row, (int32_t)index);
}

static struct error *insert_made_file(struct ctx *cx, struct tx *tx, const struct publishing *publishing,
                                      size_t index)
{
    static const struct file_row rows[] = {
        [MEDIA_FORMAT_MP3] = {.kind = MEDIA_FILE_MP3,
                              .content_type = STR_INIT("audio/mpeg"),
                              .extension = STR_INIT("mp3")},
        [MEDIA_FORMAT_PREVIEW] = {.kind = MEDIA_FILE_PREVIEW,
                                  .content_type = STR_INIT("audio/mpeg"),
                                  .extension = STR_INIT("mp3")},
        [MEDIA_FORMAT_WAV] = {.kind = MEDIA_FILE_WAV,
                              .content_type = STR_INIT("audio/wav"),
                              .extension = STR_INIT("wav")},
    };
    const struct media_made *made = &publishing->outcome->made[index];
    struct file_row row = rows[made->facts.format];
    row.sha256 = bytes_of(&made->key);
    row.size_bytes = made->facts.size_bytes;
    return media_repo_insert_file(cx, tx, publishing->asset->id, &row);
}

/* The picture in a recording's tags serves as a cover until there is another. */
static struct error *insert_variant(struct ctx *cx, struct tx *tx, const struct publishing *publishing,
                                    size_t index)
{
    const struct media_made *made = &publishing->outcome->made[index];
    const struct media_job_rendition *facts = &made->facts;
    struct variant_row row = {
        .name = str_equal(facts->name, STR("cover")) ? STR("1024.jpg") : facts->name,
        .sha256 = bytes_of(&made->key),
        .size_bytes = facts->size_bytes,
    };
    return media_repo_insert_variant(cx, tx, publishing->asset->id, &row,
                                     (struct variant_size){(int32_t)facts->width, (int32_t)facts->height});
}

static struct error *insert_made(struct ctx *cx, struct tx *tx, const struct publishing *publishing,
                                 size_t index)
{
    switch ((enum media_job_format)publishing->outcome->made[index].facts.format) {
    case MEDIA_FORMAT_HLS_AAC:
    case MEDIA_FORMAT_HLS_FLAC:
        return insert_rendition(cx, tx, publishing, index);
    case MEDIA_FORMAT_MP3:
    case MEDIA_FORMAT_PREVIEW:
    case MEDIA_FORMAT_WAV:
        return insert_made_file(cx, tx, publishing, index);
    case MEDIA_FORMAT_JPEG:
    case MEDIA_FORMAT_WEBP:
        return insert_variant(cx, tx, publishing, index);
    }
    UNREACHABLE("the descriptor takes these formats only");
}

/* --- originals --- */

static const struct {
    const char *container;
    struct str content_type, extension;
} containers[] = {
    {"wav", STR_INIT("audio/wav"), STR_INIT("wav")},    {"aiff", STR_INIT("audio/aiff"), STR_INIT("aiff")},
    {"flac", STR_INIT("audio/flac"), STR_INIT("flac")}, {"mp3", STR_INIT("audio/mpeg"), STR_INIT("mp3")},
    {"ogg", STR_INIT("audio/ogg"), STR_INIT("ogg")},    {"m4a", STR_INIT("audio/mp4"), STR_INIT("m4a")},
    {"aac", STR_INIT("audio/aac"), STR_INIT("aac")},
};

static void describe_original(struct str container, struct file_row *row)
{
    row->content_type = STR("application/octet-stream");
    row->extension = STR("bin");
    for (size_t i = 0; i < COUNT_OF(containers); i++) {
        if (!str_equal(container, str_cstr(containers[i].container)))
            continue;
        row->content_type = containers[i].content_type;
        row->extension = containers[i].extension;
    }
}

static struct error *insert_original(struct ctx *cx, struct tx *tx, const struct asset_row *asset,
                                     struct file_row row, enum media_file_kind kind)
{
    row.kind = (int32_t)kind;
    row.sha256 = asset->original;
    row.size_bytes = asset->size_bytes;
    return media_repo_insert_file(cx, tx, asset->id, &row);
}

/* A lossless WAV is delivered as it came; others of the kind were made anew. */
static struct error *insert_originals(struct ctx *cx, struct tx *tx, const struct publishing *publishing)
{
    const struct media_job_event *last = &publishing->outcome->last;
    struct file_row row = {0};
    if (last->type == MEDIA_EVENT_STEMS) {
        row.content_type = STR("application/zip");
        row.extension = STR("zip");
        return insert_original(cx, tx, publishing->asset, row, MEDIA_FILE_STEMS);
    }
    if (last->type != MEDIA_EVENT_AUDIO)
        return NULL;
    describe_original(last->audio.container, &row);
    TRY(insert_original(cx, tx, publishing->asset, row, MEDIA_FILE_ORIGINAL));
    bool is_wav = str_equal(last->audio.container, STR("wav")) && last->audio.is_lossless;
    return is_wav ? insert_original(cx, tx, publishing->asset, row, MEDIA_FILE_WAV) : NULL;
}

/* --- what was found --- */

static struct str bars_json(struct ctx *cx, struct array bars)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_JSON);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    for (size_t i = 0; i < bars.count; i++)
        json_put_i64(&writer, *ARRAY_AT(int64_t, bars, i));
    json_end_array(&writer);
    return strbuf_str(&out);
}

static struct str tags_json(struct ctx *cx, struct array tags)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_JSON);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    for (size_t i = 0; i < tags.count; i++) {
        const struct media_job_tag *tag = ARRAY_AT(struct media_job_tag, tags, i);
        json_begin_array(&writer);
        json_put_text(&writer, tag->name);
        json_put_text(&writer, tag->value);
        json_end_array(&writer);
    }
    json_end_array(&writer);
    return strbuf_str(&out);
}

/* "C# minor" → "c_sharp_minor" */
static struct str key_word(struct ctx *cx, int32_t key)
{
    if (key == MEDIA_KEY_NONE)
        return STR_NONE;
    struct str word = enum_word(&media_job_key_words, key);
    struct strbuf out;
    strbuf_init(&out, cx->arena, 64);
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (c == '#')
            strbuf_append_cstr(&out, "_sharp");
        else
            strbuf_append_char(&out, c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    return strbuf_str(&out);
}

static struct error *insert_audio(struct ctx *cx, struct tx *tx, struct id asset_id,
                                  const struct media_job_audio *audio)
{
    struct audio_row row = {
        .asset_id = asset_id,
        .container = audio->container,
        .codec = audio->codec,
        .is_lossless = audio->is_lossless,
        .duration_ms = audio->duration_ms,
        .sample_rate = audio->sample_rate,
        .channels = audio->channels,
        .bit_depth = audio->bits,
        .bit_rate = audio->bit_rate,
        .loudness_lufs = audio->loudness_lufs,
        .loudness_range_lu = audio->loudness_range_lu,
        .true_peak_dbtp = audio->true_peak_dbtp,
        .bpm = audio->tempo_bpm,
        .musical_key = key_word(cx, audio->key),
        .waveform = bars_json(cx, audio->bars),
        .waveform_fine = audio->waveform,
        .fingerprint = audio->fingerprint,
        .fingerprint_raw = audio->fingerprint_raw,
        .tags = tags_json(cx, audio->tags),
    };
    return media_repo_insert_audio(cx, tx, &row);
}

/* --- the transaction --- */

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct blob_key));
}

/* In key order, as everybody locks them. */
static struct error *hold_all(struct ctx *cx, struct tx *tx, const struct publishing *publishing)
{
    struct blob_key keys[MEDIA_JOB_OUTPUTS_MAX];
    size_t count = publishing->outcome->made_count;
    for (size_t i = 0; i < count; i++)
        keys[i] = publishing->outcome->made[i].key;
    qsort(keys, count, sizeof(keys[0]), compare_keys);
    for (size_t i = 0; i < count; i++)
        TRY(media_hold_blob(cx, tx, &keys[i], publishing->asset->id, BLOB_MADE));
    return NULL;
}

static struct error *publish(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct publishing *publishing = arg;
    const struct asset_row *asset = publishing->asset;
    const struct media_asset_event event = {asset->id, asset->owner_id};
    bool is_done = false;
    TRY(media_repo_finish_asset(cx, tx, asset->id, publishing->made_bytes, clock_now(cx), &is_done));
    if (!is_done)
        return ERROR_CODE(cx, GONE, "the asset was released, or is over already");
    TRY(hold_all(cx, tx, publishing));
    if (publishing->outcome->last.type == MEDIA_EVENT_AUDIO)
        TRY(insert_audio(cx, tx, asset->id, &publishing->outcome->last.audio));
    TRY(insert_originals(cx, tx, publishing));
    for (size_t i = 0; i < publishing->outcome->made_count; i++)
        TRY(insert_made(cx, tx, publishing, i));
    return outbox_write(cx, tx, &media_asset_ready, asset->id, asset->version + 1, &event);
}

struct error *media_publish(struct ctx *cx, const struct asset_row *asset, struct media_outcome *outcome)
{
    struct publishing publishing = {.asset = asset, .outcome = outcome};
    for (size_t i = 0; i < outcome->made_count; i++) {
        TRY(store(cx, &outcome->made[i]));
        publishing.made_bytes += outcome->made[i].facts.size_bytes;
        publishing.rendition_ids[i] = crypto_new_id(cx);
    }
    FAULT_POINT(cx, "media.process.stored");
    return db_transact(cx, TX_WRITE, publish, &publishing);
}
