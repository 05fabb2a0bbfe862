/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the metadata of a FLAC file up to the first frame. The frames have checksums of their own, which
 * the decoder compares; the number of samples and their MD5 are compared after decoding. */
#include "media/format/audio_format.h"
#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

enum flac_block { FLAC_STREAMINFO = 0, FLAC_BLOCK_INVALID = 127 };
#define FLAC_BLOCKS_MAX 1024

static struct error *parse_streaminfo(struct arena *arena, const unsigned char *info,
                                      struct audio_facts *facts)
{
    static const unsigned char no_md5[16];
    uint64_t packed = bytes_u64be(info + 10);
    facts->sample_rate = (int64_t)(packed >> 44);
    facts->channels = (int64_t)(packed >> 41 & 7) + 1;
    facts->bits = (int64_t)(packed >> 36 & 31) + 1;
    int64_t samples = (int64_t)(packed & 0xfffffffff);
    if (samples != 0) {
        facts->samples = samples;
        facts->is_exact = true;
    }
    memcpy(facts->md5, info + 18, 16);
    facts->has_md5 = memcmp(facts->md5, no_md5, 16) != 0;
    if (facts->bits < 4 || bytes_u16be(info) < 16 || bytes_u16be(info) > bytes_u16be(info + 2))
        return ERROR_IN(arena, media_job_bad_header, "the stream information contradicts itself");
    return audio_check_limits(arena, facts->sample_rate, facts->channels);
}

/* The first block must be the stream information; ret_at is where the frames begin. */
static struct error *walk_blocks(struct arena *arena, struct reader *reader, struct audio_facts *facts,
                                 int64_t *at)
{
    for (int block = 0; block < FLAC_BLOCKS_MAX; block++) {
        unsigned char head[4 + 34] = {0};
        if (!reader_read(reader, *at, head, 4))
            return ERROR_IN(arena, media_job_truncated, "the file ends within its metadata");
        int type = head[0] & 0x7f;
        int64_t size = bytes_u24be(head + 1);
        bool is_first = block == 0;
        if (type == FLAC_BLOCK_INVALID || is_first != (type == FLAC_STREAMINFO) || (is_first && size != 34))
            return ERROR_IN(arena, media_job_bad_header, "metadata blocks out of order");
        if (size > reader->size - *at - 4)
            return ERROR_IN(arena, media_job_truncated, "the file ends within its metadata");
        if (is_first) {
            if (!reader_read(reader, *at + 4, head + 4, 34))
                return ERROR_IN(arena, media_job_truncated, "the file ends within its metadata");
            TRY(parse_streaminfo(arena, head + 4, facts));
        }
        *at += 4 + size;
        if ((head[0] & 0x80) != 0)
            return NULL;
    }
    return ERROR_IN(arena, media_job_bad_header, "over %d metadata blocks", FLAC_BLOCKS_MAX);
}

struct error *flac_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    int64_t at = foreign_skip_id3(reader) + 4;
    TRY(walk_blocks(arena, reader, ret_facts, &at));
    const unsigned char *frame = reader_view(reader, at, 2);
    if (frame == NULL)
        return ERROR_IN(arena, media_job_truncated, "the file ends before its first frame");
    if (frame[0] != 0xff || (frame[1] & 0xfe) != 0xf8)
        return ERROR_IN(arena, media_job_bad_header, "no frame after the metadata");
    return NULL;
}
