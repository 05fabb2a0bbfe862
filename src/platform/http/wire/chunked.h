/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The chunked transfer coding, read incrementally and without copying. Extensions and trailer fields are checked, bounded and
 * ignored. Pure. Source: RFC 9112 §7.1. */
#ifndef PLATFORM_HTTP_WIRE_CHUNKED_H
#define PLATFORM_HTTP_WIRE_CHUNKED_H

#include "base/text/str.h"

#include "platform/http/wire/fault_table.h"

/* Sums over a whole body. */
#define CHUNK_MAX_EXTENSION_LEN (16 * 1024)
#define CHUNK_MAX_TRAILER_LEN   (8 * 1024)

enum chunk_place {
    CHUNK_AT_SIZE,
    CHUNK_AT_EXTENSION,
    CHUNK_AT_SIZE_LF,
    CHUNK_AT_DATA,
    CHUNK_AT_DATA_CR,
    CHUNK_AT_DATA_LF,
    CHUNK_AT_TRAILER_START,
    CHUNK_AT_TRAILER_NAME,
    CHUNK_AT_TRAILER_VALUE,
    CHUNK_AT_TRAILER_LF,
    CHUNK_AT_LAST_LF,
    CHUNK_AT_END
};

/* Zeroed before the body's first byte. */
struct chunk_decoder {
    int64_t left; /* data bytes of this chunk that are still to come */
    enum chunk_place place;
    int digits; /* of the size read so far */
    uint32_t extension_len, trailer_len;
};

enum chunk_step {
    CHUNK_NEEDS_MORE, /* rest is used up */
    CHUNK_DATA,       /* *ret_data is the next piece of the body; it points into rest */
    CHUNK_ENDED,      /* the body is complete; what is left in rest is not part of it */
    CHUNK_REFUSED     /* *ret_fault says why; the decoder is not used again */
};

/* Takes bytes off *rest until there is something to say. */
enum chunk_step chunk_decode(struct chunk_decoder *decoder, struct str *rest, struct str *ret_data,
                             enum http_fault *ret_fault);

#endif
