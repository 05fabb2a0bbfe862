/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Compression of whole replies. One compressor per loop keeps its encoder's memory between replies. */
#ifndef PLATFORM_HTTP_ENGINE_COMPRESS_H
#define PLATFORM_HTTP_ENGINE_COMPRESS_H

#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/str.h"

#include "platform/http/wire/accept.h"

struct compressor;

struct compressor *compressor_new(void);
void compressor_free(struct compressor *compressor); /* accepts NULL */

/* False when the result would not be smaller. ret_bytes lives in the arena. Takes about 4 µs per KiB: what is long belongs to
 * another thread, with a compressor of its own. */
bool compressor_run(struct compressor *compressor, struct arena *arena, enum content_coding coding,
                    struct str bytes, struct str *ret_bytes) MUST_USE;

#endif
