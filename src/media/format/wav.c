/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks a WAV file: one `fmt ` chunk that agrees with itself, then one `data` chunk of whole sample
 * frames that is really there. */
#include "media/format/audio_format.h"
#include "media/format/bytes.h"
#include "media/format/chunks.h"
#include "media/protocol.h"

enum wave_tag { WAVE_PCM = 1, WAVE_FLOAT = 3, WAVE_EXTENSIBLE = 0xfffe };

struct wave_format {
    uint32_t tag;
    int64_t channels;
    int64_t sample_rate;
    int64_t bytes_per_second;
    int64_t bytes_per_frame;
    int64_t bits;
};

/* The tail of the GUIDs whose first two bytes are the old tag. */
static const unsigned char wave_guid_tail[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                                 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};

static struct error *parse_format(struct arena *arena, struct reader *reader, struct chunk chunk,
                                  struct wave_format *ret_format)
{
    unsigned char body[40] = {0};
    size_t len = chunk.size < (int64_t)sizeof(body) ? (size_t)chunk.size : sizeof(body);
    if (len < 16 || !reader_read(reader, chunk.at, body, len))
        return ERROR_IN(arena, media_job_bad_header, "the format chunk is too short");
    struct wave_format format = {
        .tag = bytes_u16le(body),
        .channels = bytes_u16le(body + 2),
        .sample_rate = bytes_u32le(body + 4),
        .bytes_per_second = bytes_u32le(body + 8),
        .bytes_per_frame = bytes_u16le(body + 12),
        .bits = bytes_u16le(body + 14),
    };
    if (format.tag == WAVE_EXTENSIBLE) {
        if (len < 40 || memcmp(body + 26, wave_guid_tail, sizeof(wave_guid_tail)) != 0)
            return ERROR_IN(arena, media_job_unsupported, "an unknown kind of samples");
        format.tag = bytes_u16le(body + 24);
    }
    *ret_format = format;
    return NULL;
}

static bool bits_are_known(const struct wave_format *format)
{
    if (format->tag == WAVE_FLOAT)
        return format->bits == 32 || format->bits == 64;
    return format->bits == 8 || format->bits == 16 || format->bits == 24 || format->bits == 32;
}

static struct error *check_format(struct arena *arena, const struct wave_format *format)
{
    if (format->tag != WAVE_PCM && format->tag != WAVE_FLOAT)
        return ERROR_IN(arena, media_job_unsupported, "compressed samples (tag 0x%04x) in a WAV file",
                        (unsigned)format->tag);
    TRY(audio_check_limits(arena, format->sample_rate, format->channels));
    if (!bits_are_known(format))
        return ERROR_IN(arena, media_job_unsupported, "%lld bits a sample", (long long)format->bits);
    if (format->bytes_per_frame != format->channels * format->bits / 8 ||
        format->bytes_per_second != format->bytes_per_frame * format->sample_rate)
        return ERROR_IN(arena, media_job_bad_header, "the sizes in the format chunk contradict each other");
    return NULL;
}

struct wave_parts {
    struct chunk format;
    struct chunk data;
};

static struct error *find_parts(struct arena *arena, struct chunk_walk *walk, struct wave_parts *parts)
{
    for (;;) {
        struct chunk chunk = {0};
        TRY(chunk_walk_next(arena, walk, &chunk));
        if (chunk.id[0] == 0)
            return NULL;
        struct chunk *part = NULL;
        if (bytes_is(chunk.id, "fmt "))
            part = &parts->format;
        else if (bytes_is(chunk.id, "data"))
            part = &parts->data;
        if (part == NULL)
            continue;
        if (part->at != 0 || (part == &parts->data && parts->format.at == 0))
            return ERROR_IN(arena, media_job_bad_header, "chunks are repeated or out of order");
        *part = chunk;
    }
}

struct error *wav_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    struct chunk_walk walk = {0};
    struct wave_parts parts = {0};
    struct wave_format format = {0};
    TRY(chunk_walk_begin(arena, reader, CHUNK_LITTLE_ENDIAN, &walk));
    TRY(find_parts(arena, &walk, &parts));
    if (parts.format.at == 0 || parts.data.at == 0)
        return ERROR_IN(arena, media_job_bad_header, "no format or no data chunk");
    TRY(parse_format(arena, reader, parts.format, &format));
    TRY(check_format(arena, &format));
    REQUIRE(format.bytes_per_frame > 0); /* check_format saw to it */
    if (parts.data.size == 0)
        return ERROR_IN(arena, media_job_empty, "the file has no samples");
    if (parts.data.size % format.bytes_per_frame != 0)
        return ERROR_IN(arena, media_job_bad_header, "the data ends within a sample");
    ret_facts->sample_rate = format.sample_rate;
    ret_facts->channels = format.channels;
    ret_facts->bits = format.bits;
    ret_facts->samples = parts.data.size / format.bytes_per_frame;
    ret_facts->is_exact = true;
    return NULL;
}
