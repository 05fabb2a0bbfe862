/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks MP3 and ADTS files, which are nothing but frames one behind the other: every frame must be
 * there to its last byte, and nothing may stand between or behind them but the known tags. */
#include "media/format/audio_format.h"
#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

struct frame {
    int64_t size;
    int64_t sample_rate;
    int64_t channels;
    int64_t samples;
    int64_t side_info; /* bytes between the header and where a Xing tag would stand; MP3 */
};

typedef bool (*frame_parse_fn)(const unsigned char *head, size_t len, struct frame *ret_frame);

/* Layer III bit rates in kbit/s: MPEG-1, then MPEG-2 and 2.5. */
static const int mp3_kbits[2][15] = {
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
};
static const int mp3_rates[3] = {44100, 48000, 32000};
static const int adts_rates[13] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                   22050, 16000, 12000, 11025, 8000,  7350};

enum mpeg_version { MPEG_2_5 = 0, MPEG_RESERVED = 1, MPEG_2 = 2, MPEG_1 = 3 };

static bool parse_mp3(const unsigned char *head, size_t len, struct frame *ret_frame)
{
    if (len < 4 || head[0] != 0xff || (head[1] & 0xe0) != 0xe0)
        return false;
    int version = head[1] >> 3 & 3;
    int layer = head[1] >> 1 & 3;
    int rate = head[2] >> 4;
    int frequency = head[2] >> 2 & 3;
    if (version == MPEG_RESERVED || layer != 1 || rate == 0 || rate == 15 || frequency == 3 ||
        (head[3] & 3) == 2)
        return false;
    bool is_mpeg1 = version == MPEG_1;
    int64_t hertz = mp3_rates[frequency] >> (is_mpeg1 ? 0 : version == MPEG_2 ? 1 : 2);
    int64_t bit_rate = 1000LL * mp3_kbits[is_mpeg1 ? 0 : 1][rate];
    bool is_mono = head[3] >> 6 == 3;
    *ret_frame = (struct frame){
        .size = (is_mpeg1 ? 144 : 72) * bit_rate / hertz + (head[2] >> 1 & 1),
        .sample_rate = hertz,
        .channels = is_mono ? 1 : 2,
        .samples = is_mpeg1 ? 1152 : 576,
        .side_info = is_mpeg1 ? (is_mono ? 17 : 32) : (is_mono ? 9 : 17),
    };
    return true;
}

static bool parse_adts(const unsigned char *head, size_t len, struct frame *ret_frame)
{
    if (len < 7 || head[0] != 0xff || (head[1] & 0xf6) != 0xf0 || (head[2] >> 2 & 15) >= 13)
        return false;
    int64_t size = (int64_t)(head[3] & 3) << 11 | (int64_t)head[4] << 3 | head[5] >> 5;
    if (size < 8)
        return false;
    *ret_frame = (struct frame){
        .size = size,
        .sample_rate = adts_rates[head[2] >> 2 & 15],
        .channels = (head[2] & 1) << 2 | head[3] >> 6,
        .samples = 1024 * ((head[6] & 3) + 1),
    };
    return true;
}

static bool frame_at(struct reader *reader, int64_t at, frame_parse_fn parse, struct frame *ret_frame)
{
    size_t len = 0;
    const unsigned char *head = reader_view_some(reader, at, 8, &len);
    return head != NULL && parse(head, len, ret_frame);
}

/* Three frames in a row, or all that the file has, of one rate: chance gives that once in 10^12. */
static bool frames_are_at(struct reader *reader, int64_t at, frame_parse_fn parse)
{
    int64_t rate = 0;
    for (int i = 0; i < 3; i++) {
        struct frame frame = {0};
        if (i > 0 && at == reader->size)
            return true;
        if (!frame_at(reader, at, parse, &frame) || (rate != 0 && frame.sample_rate != rate))
            return false;
        rate = frame.sample_rate;
        at += frame.size;
    }
    return true;
}

bool mp3_is_at(struct reader *reader, int64_t at)
{
    return frames_are_at(reader, at, parse_mp3);
}

bool adts_is_at(struct reader *reader, int64_t at)
{
    return frames_are_at(reader, at, parse_adts);
}

#define HEADER_BYTES 7 /* of the longer kind */

struct frame_sum {
    int64_t end;
    int64_t frames;
    struct frame first;
};

/* Walks to the first byte that is no frame, or the end of the file. */
static struct error *walk_frames(struct arena *arena, struct reader *reader, int64_t at, frame_parse_fn parse,
                                 struct frame_sum *ret_sum)
{
    struct frame_sum sum = {.end = at};
    struct frame frame = {0};
    unsigned char first = 0;
    while (frame_at(reader, sum.end, parse, &frame)) {
        if (sum.frames == 0)
            sum.first = frame;
        if (frame.sample_rate != sum.first.sample_rate)
            return ERROR_IN(arena, media_job_unsupported, "the sample rate changes within the file");
        if (frame.size > reader->size - sum.end)
            return ERROR_IN(arena, media_job_truncated, "the file ends within a frame");
        sum.end += frame.size;
        sum.frames++;
    }
    bool is_half_header =
        reader->size - sum.end < HEADER_BYTES && reader_read(reader, sum.end, &first, 1) && first == 0xff;
    if (is_half_header)
        return ERROR_IN(arena, media_job_truncated, "the file ends within a frame");
    *ret_sum = sum;
    return NULL;
}

/* The number of frames that the Xing or Info tag in the first frame states, without its own; -1: none. */
static int64_t xing_frames(struct reader *reader, int64_t at, const struct frame *first)
{
    const unsigned char *tag = reader_view(reader, at + 4 + first->side_info, 12);
    if (tag == NULL || (!bytes_is(tag, "Xing") && !bytes_is(tag, "Info")) || (tag[7] & 1) == 0)
        return -1;
    return bytes_u32be(tag + 8);
}

static struct error *walk(struct arena *arena, struct reader *reader, frame_parse_fn parse,
                          struct audio_facts *facts, struct frame_sum *ret_sum)
{
    int64_t at = foreign_skip_id3(reader);
    TRY(walk_frames(arena, reader, at, parse, ret_sum));
    TRY(foreign_check_tail(arena, reader, ret_sum->end));
    facts->sample_rate = ret_sum->first.sample_rate;
    facts->channels = ret_sum->first.channels;
    facts->samples = ret_sum->frames * ret_sum->first.samples;
    return NULL;
}

struct error *mp3_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    struct frame_sum sum = {0};
    TRY(walk(arena, reader, parse_mp3, ret_facts, &sum));
    int64_t stated = xing_frames(reader, foreign_skip_id3(reader), &sum.first);
    if (stated > sum.frames)
        return ERROR_IN(arena, media_job_truncated, "%lld frames where the header states %lld",
                        (long long)sum.frames, (long long)stated);
    return audio_check_limits(arena, ret_facts->sample_rate, ret_facts->channels);
}

struct error *adts_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    struct frame_sum sum = {0};
    TRY(walk(arena, reader, parse_adts, ret_facts, &sum));
    /* HE-AAC states half its rate, and channels may be described inside: the decoder knows better. */
    ret_facts->samples = -1;
    return NULL;
}
