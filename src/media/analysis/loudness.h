/* SPDX-License-Identifier: AGPL-3.0-or-later
 * EBU R128 by FFmpeg's ebur128 filter: integrated loudness, loudness range, true peak. */
#ifndef MEDIA_ANALYSIS_LOUDNESS_H
#define MEDIA_ANALYSIS_LOUDNESS_H

#include <libavutil/frame.h>

#include "base/error/error.h"

struct loudness;

struct loudness_result {
    double integrated_lufs;
    double range_lu;
    double true_peak_dbtp;
};

/* Frames must have this form. Lives in the arena. Errors: media.internal. */
MUST_USE struct error *loudness_new(struct arena *arena, int sample_rate, enum AVSampleFormat format,
                                    const AVChannelLayout *layout, struct loudness **ret_loudness);
MUST_USE struct error *loudness_add(struct loudness *loudness, const AVFrame *frame);
MUST_USE struct error *loudness_finish(struct loudness *loudness, struct loudness_result *ret_result);

#endif
