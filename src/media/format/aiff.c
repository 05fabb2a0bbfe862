/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks an AIFF or AIFF-C file: COMM says how many sample frames there are, SSND must hold them. */
#include "media/format/audio_format.h"
#include "media/format/bytes.h"
#include "media/format/chunks.h"
#include "media/protocol.h"

/* Uncompressed kinds of AIFF-C; the others are lossy telephone codecs. */
static const char *const uncompressed[] = {"NONE", "twos", "sowt", "fl32", "FL32",
                                           "fl64", "FL64", "in24", "in32"};

struct aiff_parts {
    struct chunk common;
    struct chunk sound;
};

static struct error *find_parts(struct arena *arena, struct chunk_walk *walk, struct aiff_parts *parts)
{
    for (;;) {
        struct chunk chunk = {0};
        TRY(chunk_walk_next(arena, walk, &chunk));
        if (chunk.id[0] == 0)
            return NULL;
        struct chunk *part = NULL;
        if (bytes_is(chunk.id, "COMM"))
            part = &parts->common;
        else if (bytes_is(chunk.id, "SSND"))
            part = &parts->sound;
        if (part == NULL)
            continue;
        if (part->at != 0)
            return ERROR_IN(arena, media_job_bad_header, "a chunk is repeated");
        *part = chunk;
    }
}

/* An 80-bit extended number; whole rates only, as all files have. -1: not one. */
static int64_t parse_rate(const unsigned char *at)
{
    uint32_t exponent = bytes_u16be(at);
    uint64_t mantissa = bytes_u64be(at + 2);
    if (exponent < 16383 || exponent > 16383 + 30)
        return -1;
    return (int64_t)(mantissa >> (63 - (exponent - 16383)));
}

static bool is_uncompressed(const unsigned char *kind)
{
    for (size_t i = 0; i < COUNT_OF(uncompressed); i++) {
        if (bytes_is(kind, uncompressed[i]))
            return true;
    }
    return false;
}

static struct error *parse_common(struct arena *arena, struct reader *reader, struct chunk chunk,
                                  struct audio_facts *facts)
{
    unsigned char body[22] = {0};
    bool is_aifc = bytes_is(reader_view(reader, 8, 4), "AIFC");
    size_t len = is_aifc ? 22 : 18;
    if (chunk.size < (int64_t)len || !reader_read(reader, chunk.at, body, len))
        return ERROR_IN(arena, media_job_bad_header, "the common chunk is too short");
    if (is_aifc && !is_uncompressed(body + 18))
        return ERROR_IN(arena, media_job_unsupported, "compressed samples in an AIFF file");
    facts->channels = bytes_u16be(body);
    facts->samples = bytes_u32be(body + 2);
    facts->bits = bytes_u16be(body + 6);
    facts->sample_rate = parse_rate(body + 8);
    facts->is_exact = true;
    if (facts->bits < 1 || facts->bits > 64)
        return ERROR_IN(arena, media_job_unsupported, "%lld bits a sample", (long long)facts->bits);
    return audio_check_limits(arena, facts->sample_rate, facts->channels);
}

static struct error *check_sound(struct arena *arena, struct reader *reader, struct chunk chunk,
                                 const struct audio_facts *facts)
{
    const unsigned char *head = chunk.size < 8 ? NULL : reader_view(reader, chunk.at, 8);
    if (head == NULL)
        return ERROR_IN(arena, media_job_bad_header, "the sound chunk is too short");
    int64_t have = chunk.size - 8 - (int64_t)bytes_u32be(head);
    int64_t want = facts->samples * facts->channels * ((facts->bits + 7) / 8);
    if (have < want)
        return ERROR_IN(arena, media_job_truncated, "%lld bytes of sound where the header states %lld",
                        (long long)have, (long long)want);
    if (have > want + 1)
        return ERROR_IN(arena, media_job_bad_header, "more sound than the header states");
    return NULL;
}

struct error *aiff_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    struct chunk_walk walk = {0};
    struct aiff_parts parts = {0};
    TRY(chunk_walk_begin(arena, reader, CHUNK_BIG_ENDIAN, &walk));
    TRY(find_parts(arena, &walk, &parts));
    if (parts.common.at == 0)
        return ERROR_IN(arena, media_job_bad_header, "no common chunk");
    TRY(parse_common(arena, reader, parts.common, ret_facts));
    if (ret_facts->samples == 0)
        return ERROR_IN(arena, media_job_empty, "the file has no samples");
    if (parts.sound.at == 0)
        return ERROR_IN(arena, media_job_bad_header, "no sound chunk");
    return check_sound(arena, reader, parts.sound, ret_facts);
}
