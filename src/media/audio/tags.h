/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The embedded tags worth showing, made safe to show. */
#ifndef MEDIA_AUDIO_TAGS_H
#define MEDIA_AUDIO_TAGS_H

#include "base/data/vec.h"

#include "media/audio/source.h"

/* struct media_job_tag, in a fixed order; valid UTF-8 without controls, cut to 1000 characters. */
struct array tags_read(struct arena *arena, const struct audio_source *source);

#endif
