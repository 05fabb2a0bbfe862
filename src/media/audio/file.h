/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The making of one whole file, for the sinks that do nothing else and for the preview. */
#ifndef MEDIA_AUDIO_FILE_H
#define MEDIA_AUDIO_FILE_H

#include <libavutil/frame.h>

#include "media/audio/rendition.h"

struct file_encoding;

/* The output's format says which: WAV, or MP3 for everything else. Lives in the arena. */
MUST_USE struct error *file_encoding_new(struct arena *arena, const struct rendition_params *params,
                                         struct file_encoding **ret_file);
MUST_USE struct error *file_encoding_consume(struct file_encoding *file, const AVFrame *frame);
MUST_USE struct error *file_encoding_finish(struct file_encoding *file);
/* After finishing. */
const struct media_job_rendition *file_encoding_rendition(const struct file_encoding *file);

#endif
