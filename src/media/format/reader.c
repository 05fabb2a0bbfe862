/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The window over an input. */
#include "media/format/reader.h"

#include <errno.h>
#include <unistd.h>

#include "media/protocol.h"

struct error *reader_init_fd(struct reader *reader, struct arena *arena, int fd)
{
    /* Not fstat: the sandbox allows nothing of that family, since it takes paths. */
    int64_t size = lseek(fd, 0, SEEK_END);
    if (size < 0)
        return ERROR_IN(arena, media_job_internal, "the input is not a file");
    if (size == 0)
        return ERROR_IN(arena, media_job_empty, "the file is empty");
    *reader = (struct reader){
        .fd = fd,
        .size = size,
        .buffer = arena_alloc_raw(arena, READER_WINDOW),
    };
    reader->window = reader->buffer;
    return NULL;
}

void reader_init_memory(struct reader *reader, struct str bytes)
{
    *reader = (struct reader){
        .fd = -1,
        .size = (int64_t)bytes.len,
        .window = (const unsigned char *)bytes.ptr,
        .window_len = bytes.len,
    };
}

static bool window_has(const struct reader *reader, int64_t at, size_t len)
{
    return at >= reader->window_at && (uint64_t)(at - reader->window_at) <= reader->window_len &&
           len <= reader->window_len - (size_t)(at - reader->window_at);
}

/* Moves the window to `at`; it may come out shorter at the end of the file or after a read error. */
static void window_move(struct reader *reader, int64_t at)
{
    reader->window_at = at;
    reader->window_len = 0;
    while (reader->window_len < READER_WINDOW) {
        ssize_t count = pread(reader->fd, reader->buffer + reader->window_len,
                              READER_WINDOW - reader->window_len, at + (int64_t)reader->window_len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return;
        reader->window_len += (size_t)count;
    }
}

const unsigned char *reader_view(struct reader *reader, int64_t at, size_t len)
{
    if (at < 0 || at > reader->size || (int64_t)len > reader->size - at)
        return NULL;
    if (!window_has(reader, at, len)) {
        if (reader->fd < 0 || len > READER_WINDOW)
            return NULL;
        window_move(reader, at);
        if (!window_has(reader, at, len))
            return NULL;
    }
    return reader->window + (at - reader->window_at);
}

const unsigned char *reader_view_some(struct reader *reader, int64_t at, size_t len, size_t *ret_len)
{
    if (at < 0 || at > reader->size)
        return NULL;
    if ((int64_t)len > reader->size - at)
        len = (size_t)(reader->size - at);
    const unsigned char *view = reader_view(reader, at, len);
    if (view != NULL)
        *ret_len = len;
    return view;
}

bool reader_read(struct reader *reader, int64_t at, void *ret_bytes, size_t len)
{
    unsigned char *out = ret_bytes;
    while (len > 0) {
        size_t part = len < READER_WINDOW ? len : READER_WINDOW;
        const unsigned char *view = reader_view(reader, at, part);
        if (view == NULL)
            return false;
        memcpy(out, view, part);
        out += part;
        at += (int64_t)part;
        len -= part;
    }
    return true;
}

bool reader_is_zero_from(struct reader *reader, int64_t from)
{
    while (from < reader->size) {
        size_t len = 0;
        const unsigned char *view = reader_view_some(reader, from, 4096, &len);
        if (view == NULL)
            return false;
        for (size_t i = 0; i < len; i++) {
            if (view[i] != 0)
                return false;
        }
        from += (int64_t)len;
    }
    return true;
}
