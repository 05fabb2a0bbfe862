/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads and writes at a position of our own, so that a shared descriptor's offset does not matter. */
#include "media/audio/byte_io.h"

#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
#include <unistd.h>

#define BUFFER_BYTES (64 * 1024)

static int read_bytes(void *opaque, uint8_t *buffer, int size)
{
    struct byte_io *io = opaque;
    ssize_t count = 0;
    do {
        count = pread(io->fd, buffer, (size_t)size, io->position);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        io->has_failed = true;
        return AVERROR(EIO);
    }
    if (count == 0)
        return AVERROR_EOF;
    io->position += count;
    return (int)count;
}

static int write_bytes(void *opaque, uint8_t *buffer, int size)
{
    struct byte_io *io = opaque;
    for (int done = 0; done < size;) {
        ssize_t count = pwrite(io->fd, buffer + done, (size_t)(size - done), io->position);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            io->has_failed = true;
            return AVERROR(EIO);
        }
        done += (int)count;
        io->position += count;
    }
    if (io->position > io->size)
        io->size = io->position;
    return size;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    struct byte_io *io = opaque;
    int64_t target = -1;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return io->size;
    case SEEK_SET:
        target = offset;
        break;
    case SEEK_CUR:
        target = io->position + offset;
        break;
    case SEEK_END:
        target = io->size + offset;
        break;
    default:
        break;
    }
    if (target < 0)
        return AVERROR(EINVAL);
    io->position = target;
    return target;
}

static void init(struct byte_io *io, int fd, int is_writing)
{
    *io = (struct byte_io){.fd = fd};
    unsigned char *buffer = av_malloc(BUFFER_BYTES);
    if (buffer == NULL)
        return;
    io->avio = avio_alloc_context(buffer, BUFFER_BYTES, is_writing, io, is_writing ? NULL : read_bytes,
                                  is_writing ? write_bytes : NULL, seek);
    if (io->avio == NULL)
        av_free(buffer);
}

void byte_io_init_read(struct byte_io *io, int fd)
{
    init(io, fd, 0);
    io->size = lseek(fd, 0, SEEK_END);
}

void byte_io_init_write(struct byte_io *io, int fd)
{
    init(io, fd, 1);
}

void byte_io_fini(struct byte_io *io)
{
    if (io->avio == NULL)
        return;
    av_freep(&io->avio->buffer);
    avio_context_free(&io->avio);
}
