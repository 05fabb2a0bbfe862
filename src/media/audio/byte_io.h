/* SPDX-License-Identifier: AGPL-3.0-or-later
 * FFmpeg's byte streams over descriptors that were handed over: never a path, never a protocol. */
#ifndef MEDIA_AUDIO_BYTE_IO_H
#define MEDIA_AUDIO_BYTE_IO_H

#include <libavformat/avio.h>
#include <stdbool.h>
#include <stdint.h>

struct byte_io {
    int fd; /* the caller's */
    int64_t position;
    int64_t size;    /* of what is there; grows when writing */
    bool has_failed; /* the disk is full, or the descriptor broke */
    AVIOContext *avio;
};

/* NULL avio when there is no memory. */
void byte_io_init_read(struct byte_io *io, int fd);
void byte_io_init_write(struct byte_io *io, int fd);
/* Harmless on a zeroed struct. */
void byte_io_fini(struct byte_io *io);

#endif
