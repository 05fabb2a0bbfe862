/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Builds small files in memory, whole ones by default, for tests to damage. */
#ifndef MEDIA_FORMAT_TESTS_BUILD_H
#define MEDIA_FORMAT_TESTS_BUILD_H

#include <stdint.h>

#include "base/mem/arena.h"
#include "base/text/strbuf.h"

#include "media/format/reader.h"

static inline void put_le(struct strbuf *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        strbuf_append_char(out, (char)(value >> (8 * i)));
}

static inline void put_be(struct strbuf *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        strbuf_append_char(out, (char)(value >> (8 * i)));
}

static inline void put_fill(struct strbuf *out, char byte, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strbuf_append_char(out, byte);
}

/* What a WAV file states; build_wav computes what is left 0. */
struct wav_parts {
    uint32_t riff_size, tag, channels, rate, bytes_per_second, frame_bytes, bits, data_size;
    size_t data_bytes; /* really there; 0: as stated */
    const char *tail;
};

static inline struct wav_parts wav_whole(void)
{
    return (struct wav_parts){.tag = 1, .channels = 2, .rate = 44100, .bits = 16, .data_size = 400};
}

static inline struct str build_wav(struct arena *arena, struct wav_parts parts)
{
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 20);
    uint32_t frame = parts.frame_bytes != 0 ? parts.frame_bytes : parts.channels * parts.bits / 8;
    size_t data = parts.data_bytes != 0 ? parts.data_bytes : parts.data_size;
    strbuf_append_cstr(&out, "RIFF");
    put_le(&out, parts.riff_size != 0 ? parts.riff_size : 36 + data, 4);
    strbuf_append_cstr(&out, "WAVEfmt ");
    put_le(&out, 16, 4);
    put_le(&out, parts.tag, 2);
    put_le(&out, parts.channels, 2);
    put_le(&out, parts.rate, 4);
    put_le(&out, parts.bytes_per_second != 0 ? parts.bytes_per_second : parts.rate * frame, 4);
    put_le(&out, frame, 2);
    put_le(&out, parts.bits, 2);
    strbuf_append_cstr(&out, "data");
    put_le(&out, parts.data_size, 4);
    put_fill(&out, 7, data);
    if (parts.tail != NULL)
        strbuf_append_cstr(&out, parts.tail);
    return strbuf_str(&out);
}

/* MPEG-1 layer III frames of 128 kbit/s at 44.1 kHz, 417 bytes each. */
static inline void put_mp3_frames(struct strbuf *out, int count)
{
    for (int i = 0; i < count; i++) {
        put_be(out, 0xfffb9000, 4);
        put_fill(out, 0, 413);
    }
}

/* One stored zip entry, with what differs from the plain case. */
struct zip_part {
    const char *name;
    const char *content;
    const char *local_name; /* NULL: as name */
    uint32_t flags, method, mode;
    uint32_t stated_size; /* 0: as it is */
    uint32_t crc;
};

static inline void put_zip_local(struct strbuf *out, const struct zip_part *part)
{
    const char *name = part->local_name != NULL ? part->local_name : part->name;
    size_t size = strlen(part->content);
    strbuf_append(out, STR("PK\3\4"));
    put_le(out, 20, 2);
    put_le(out, part->flags, 2);
    put_le(out, part->method, 2);
    put_le(out, 0, 4);
    put_le(out, part->crc, 4);
    put_le(out, size, 4);
    put_le(out, part->stated_size != 0 ? part->stated_size : size, 4);
    put_le(out, strlen(name), 2);
    put_le(out, 0, 2);
    strbuf_append_cstr(out, name);
    strbuf_append_cstr(out, part->content);
}

static inline void put_zip_central(struct strbuf *out, const struct zip_part *part, size_t at)
{
    size_t size = strlen(part->content);
    strbuf_append(out, STR("PK\1\2"));
    put_le(out, 20 | 3 << 8, 2);
    put_le(out, 20, 2);
    put_le(out, part->flags, 2);
    put_le(out, part->method, 2);
    put_le(out, 0, 4);
    put_le(out, part->crc, 4);
    put_le(out, size, 4);
    put_le(out, part->stated_size != 0 ? part->stated_size : size, 4);
    put_le(out, strlen(part->name), 2);
    put_le(out, 0, 8);
    put_le(out, (uint64_t)part->mode << 16, 4);
    put_le(out, at, 4);
    strbuf_append_cstr(out, part->name);
}

static inline void put_zip_end(struct strbuf *out, size_t count, size_t directory_at)
{
    size_t size = out->len - directory_at;
    strbuf_append(out, STR("PK\5\6"));
    put_le(out, 0, 4);
    put_le(out, count, 2);
    put_le(out, count, 2);
    put_le(out, size, 4);
    put_le(out, directory_at, 4);
    put_le(out, 0, 2);
}

static inline struct str build_zip(struct arena *arena, const struct zip_part *parts, size_t count)
{
    struct strbuf out;
    size_t places[16] = {0};
    strbuf_init(&out, arena, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        places[i] = out.len;
        put_zip_local(&out, &parts[i]);
    }
    size_t directory_at = out.len;
    for (size_t i = 0; i < count; i++)
        put_zip_central(&out, &parts[i], places[i]);
    put_zip_end(&out, count, directory_at);
    return strbuf_str(&out);
}

static inline struct reader reader_over(struct str bytes)
{
    struct reader reader;
    reader_init_memory(&reader, bytes);
    return reader;
}

#endif
