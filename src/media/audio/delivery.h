/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The sound in the form of the lossy renditions, made once for all of them. */
#ifndef MEDIA_AUDIO_DELIVERY_H
#define MEDIA_AUDIO_DELIVERY_H

#include <libavutil/frame.h>

#include "base/error/error.h"

#include "media/audio/source.h"

struct delivery;

/* Freed with the arena. Errors: media.internal. */
MUST_USE struct error *delivery_new(struct arena *arena, const struct audio_source_facts *source,
                                    struct delivery **ret_delivery);
/* frame NULL: the end; gives what the resampler holds back. The result is valid until the next call and
 * may have no samples. */
MUST_USE struct error *delivery_convert(struct delivery *delivery, const AVFrame *frame, AVFrame **ret_frame);

#endif
