/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sinks that make a file: an encoder and a muxer over a granted descriptor. */
#ifndef MEDIA_AUDIO_RENDITION_H
#define MEDIA_AUDIO_RENDITION_H

#include "media/audio/sink.h"
#include "media/audio/source.h"
#include "media/protocol.h"

/* What a rendition is made for and from. */
struct rendition_params {
    const struct media_job_request *request; /* for the tags of MP3 files */
    const struct media_job_output *output;
    const struct audio_source_facts *source;
    int fd;
};

/* The forms in which lossy renditions are made, shared by all of them. */
int delivery_rate(int source_rate);
int delivery_channels(int source_channels);

/* Does this master get that output? WAV is promised from lossless masters that are not WAV. */
bool rendition_is_due(const struct media_job_output *output, const struct audio_source_facts *source);

/* The codec, rate and width of an audio output. */
enum sink_feed rendition_feed(enum media_job_format format);

/* Errors: media.internal, media.output_refused when the file cannot be written. */
MUST_USE struct error *hls_sink_new(struct arena *arena, const struct rendition_params *params,
                                    struct sink **ret_sink);
MUST_USE struct error *file_sink_new(struct arena *arena, const struct rendition_params *params,
                                     struct sink **ret_sink);
MUST_USE struct error *preview_sink_new(struct arena *arena, const struct rendition_params *params,
                                        struct sink **ret_sink);

/* After sink_join: what was made. Segments live as long as the sink. */
const struct media_job_rendition *hls_sink_rendition(const struct sink *sink);
const struct media_job_rendition *file_sink_rendition(const struct sink *sink);
const struct media_job_rendition *preview_sink_rendition(const struct sink *sink);
int64_t preview_sink_start_ms(const struct sink *sink);

#endif
