/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sinks that make no file but learn something: one for loudness, one for everything else. */
#ifndef MEDIA_AUDIO_METER_H
#define MEDIA_AUDIO_METER_H

#include "media/audio/sink.h"
#include "media/audio/source.h"
#include "media/protocol.h"

MUST_USE struct error *loudness_sink_new(struct arena *arena, const struct audio_source_facts *source,
                                         struct sink **ret_sink);
MUST_USE struct error *analysis_sink_new(struct arena *arena, const struct audio_source_facts *source,
                                         struct sink **ret_sink);

/* After sink_join: fill the members that each knows. Texts and arrays are in the arena. */
void loudness_sink_result(const struct sink *sink, struct media_job_audio *audio);
void analysis_sink_result(const struct sink *sink, struct arena *arena, struct media_job_audio *audio);

#endif
