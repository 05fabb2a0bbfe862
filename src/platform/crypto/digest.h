/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Digests that clients choose, piece by piece: checksums of what is sent, not a protection. Ours is SHA-256 (crypto.h). */
#ifndef PLATFORM_CRYPTO_DIGEST_H
#define PLATFORM_CRYPTO_DIGEST_H

#include "base/text/enum_table.h"

#include "platform/crypto/crypto.h"

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512, DIGEST_KIND_COUNT };
extern const struct enum_table digest_kind_words; /* "sha1" "sha256" "sha512" */

#define DIGEST_MAX_BYTES 64

struct digest_stream;
struct digest_stream *digest_begin(enum digest_kind kind);
void digest_feed(struct digest_stream *stream, const void *bytes, size_t len);
/* How long the result is. */
size_t digest_bytes(const struct digest_stream *stream);
void digest_end(struct digest_stream *stream, uint8_t ret_digest[DIGEST_MAX_BYTES]); /* frees the stream */
void digest_abandon(struct digest_stream *stream);                                   /* accepts NULL */

#endif
