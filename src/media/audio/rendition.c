/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which renditions a master gets, and in what form. */
#include "media/audio/rendition.h"

int delivery_rate(int source_rate)
{
    return source_rate % 11025 == 0 ? 44100 : 48000;
}

int delivery_channels(int source_channels)
{
    return source_channels > 1 ? 2 : 1;
}

bool rendition_is_due(const struct media_job_output *output, const struct audio_source_facts *source)
{
    return output->format != MEDIA_FORMAT_WAV || (source->is_lossless && source->container != AUDIO_WAV);
}

enum sink_feed rendition_feed(enum media_job_format format)
{
    return format == MEDIA_FORMAT_HLS_FLAC || format == MEDIA_FORMAT_WAV ? FEED_NATIVE : FEED_DELIVERY;
}
