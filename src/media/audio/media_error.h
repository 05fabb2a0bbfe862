/* SPDX-License-Identifier: AGPL-3.0-or-later
 * FFmpeg's negative numbers as errors of ours. */
#ifndef MEDIA_AUDIO_MEDIA_ERROR_H
#define MEDIA_AUDIO_MEDIA_ERROR_H

#include <libavutil/error.h>

#include "base/error/error.h"

#include "media/protocol.h"

/* An error of that reason that says what was being done and what FFmpeg answered. */
#define LIBAV_ERROR(arena, reason, code, what)                                                               \
    ERROR_IN((arena), reason, "%s: %s", (what),                                                              \
             av_make_error_string((char[AV_ERROR_MAX_STRING_SIZE]){0}, AV_ERROR_MAX_STRING_SIZE, (code)))

/* Returns early when an FFmpeg call on our own data failed, which is never the uploader's fault. */
#define TRY_LIBAV(arena, call)                                                                               \
    do {                                                                                                     \
        int libav_code_ = (call);                                                                            \
        if (libav_code_ < 0)                                                                                 \
            return LIBAV_ERROR((arena), media_job_internal, libav_code_, #call);                             \
    } while (0)

#endif
