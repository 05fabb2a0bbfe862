/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Numbers in bytes, in both orders. The caller has checked that the bytes are there. */
#ifndef MEDIA_FORMAT_BYTES_H
#define MEDIA_FORMAT_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t bytes_u16le(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t bytes_u32le(const unsigned char *at)
{
    return bytes_u16le(at) | bytes_u16le(at + 2) << 16;
}

static inline uint64_t bytes_u64le(const unsigned char *at)
{
    return (uint64_t)bytes_u32le(at) | (uint64_t)bytes_u32le(at + 4) << 32;
}

static inline uint32_t bytes_u16be(const unsigned char *at)
{
    return (uint32_t)at[0] << 8 | (uint32_t)at[1];
}

static inline uint32_t bytes_u24be(const unsigned char *at)
{
    return (uint32_t)at[0] << 16 | bytes_u16be(at + 1);
}

static inline uint32_t bytes_u32be(const unsigned char *at)
{
    return bytes_u16be(at) << 16 | bytes_u16be(at + 2);
}

static inline uint64_t bytes_u64be(const unsigned char *at)
{
    return (uint64_t)bytes_u32be(at) << 32 | bytes_u32be(at + 4);
}

static inline void bytes_put_u32le(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* Do the bytes begin with that four-character code? */
static inline bool bytes_is(const unsigned char *at, const char *code)
{
    return memcmp(at, code, 4) == 0;
}

#endif
