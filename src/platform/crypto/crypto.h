/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Keys, random bytes, hashes, MACs, passwords and tokens. A fresh start makes the instance's root secret, stores it with
 * mode 0600 in the data directory (or takes it from LATHE_SECRET) and refuses to run when it can neither read nor store
 * it. Every use derives its own key from the root by name (HKDF-SHA-256). */
#ifndef PLATFORM_CRYPTO_CRYPTO_H
#define PLATFORM_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"

#define SHA256_BYTES 32

extern const struct setting_group crypto_settings; /* LATHE_SECRET, LATHE_BCRYPT_COST */

/* data_dir must exist. Errors: internal with a telling message. */
MUST_USE struct error *crypto_open(struct arena *arena, const struct config *config, struct str data_dir,
                                   struct crypto **ret_crypto);
void crypto_close(struct crypto *crypto); /* wipes keys; accepts NULL */

/* From a per-thread buffered CSPRNG. Tests that must repeat seed it by platform/crypto/random.h. */
void crypto_random(void *ret_bytes, size_t len);
struct id crypto_new_id(const struct ctx *cx); /* UUIDv7 of clock_now */

/* The derived key of a purpose ("media.segment", "auth.jwt"); 32 bytes, cached, lives with the crypto. */
const uint8_t *crypto_key(struct crypto *crypto, const char *purpose);

void sha256(const void *bytes, size_t len, uint8_t ret_digest[SHA256_BYTES]);
struct sha256_stream;
struct sha256_stream *sha256_begin(void);
void sha256_feed(struct sha256_stream *stream, const void *bytes, size_t len);
void sha256_end(struct sha256_stream *stream, uint8_t ret_digest[SHA256_BYTES]); /* frees the stream */
/* State as bytes so that a hash survives a restart in the middle of an upload. */
#define SHA256_STATE_BYTES 128
void sha256_save(const struct sha256_stream *stream, uint8_t ret_state[SHA256_STATE_BYTES]);
/* NULL when the bytes are no stored state. */
struct sha256_stream *sha256_restore(const uint8_t state[SHA256_STATE_BYTES]);
void sha256_abandon(struct sha256_stream *stream); /* accepts NULL */

void hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t ret_mac[SHA256_BYTES]);
/* Constant time for equal lengths. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* bcrypt through libcrypt on the hashing pool. Passwords over 72 bytes are hashed first. The verdict takes as long for
 * an absent hash (hash.len 0: compared with a dummy of the present cost) as for a wrong password.
 * Errors: rate_limited when the queue is full; internal when the stored hash is not bcrypt. The password is not kept. */
MUST_USE struct error *password_hash(struct ctx *cx, struct str password, struct str *ret_hash);
MUST_USE struct error *password_check(struct ctx *cx, struct str password, struct str hash, bool *ret_matches,
                                      bool *ret_needs_rehash);

/* JWT HS256, at most 4096 characters. Payload is JSON text made by the caller's descriptor; verify checks the signature
 * and the header only. */
struct str jwt_sign(struct arena *arena, const uint8_t key[32], struct str payload_json);
MUST_USE bool jwt_verify(struct arena *arena, const uint8_t key[32], struct str token,
                         struct str *ret_payload_json);

#endif
