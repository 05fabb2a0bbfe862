/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Packs decoded samples as FLAC counted them and sums them up. */
#include "media/audio/sample_md5.h"

#include <libavutil/md5.h>
#include <libavutil/mem.h>

#include "base/mem/arena.h"
#include "base/require/require.h"

#define BLOCK_BYTES 8192

struct sample_md5 {
    struct AVMD5 *sum;
    int bytes; /* of a packed sample */
    int shift; /* from left-justified to the sample's own width */
    bool is_wide;
    bool is_planar;
    unsigned char block[BLOCK_BYTES];
};

struct sample_md5 *sample_md5_new(struct arena *arena, enum AVSampleFormat format, int bits)
{
    struct sample_md5 *md5 = ARENA_NEW(arena, struct sample_md5);
    int width = 8 * av_get_bytes_per_sample(format);
    REQUIRE(width == 16 || width == 32);
    md5->sum = av_md5_alloc();
    REQUIRE(md5->sum != NULL);
    av_md5_init(md5->sum);
    md5->bytes = (bits + 7) / 8;
    md5->shift = width - bits;
    md5->is_wide = width == 32;
    md5->is_planar = av_sample_fmt_is_planar(format) != 0;
    return md5;
}

void sample_md5_free(struct sample_md5 *md5)
{
    if (md5 != NULL)
        av_freep(&md5->sum);
}

static int32_t sample_at(const struct sample_md5 *md5, const AVFrame *frame, int channel, int i)
{
    const uint8_t *plane = frame->extended_data[md5->is_planar ? channel : 0];
    int at = md5->is_planar ? i : i * frame->ch_layout.nb_channels + channel;
    if (md5->is_wide)
        return ((const int32_t *)(const void *)plane)[at] >> md5->shift;
    return ((const int16_t *)(const void *)plane)[at] >> md5->shift;
}

void sample_md5_add(struct sample_md5 *md5, const AVFrame *frame)
{
    size_t len = 0;
    for (int i = 0; i < frame->nb_samples; i++) {
        for (int channel = 0; channel < frame->ch_layout.nb_channels; channel++) {
            uint32_t value = (uint32_t)sample_at(md5, frame, channel, i);
            for (int byte = 0; byte < md5->bytes; byte++)
                md5->block[len++] = (unsigned char)(value >> (8 * byte));
        }
        if (len > BLOCK_BYTES - 64) {
            av_md5_update(md5->sum, md5->block, len);
            len = 0;
        }
    }
    av_md5_update(md5->sum, md5->block, len);
}

bool sample_md5_is(struct sample_md5 *md5, const unsigned char expected[16])
{
    unsigned char sum[16];
    av_md5_final(md5->sum, sum);
    return memcmp(sum, expected, sizeof(sum)) == 0;
}
