/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Signatures that anybody can check: Ed25519 (RFC 8032). The key pair comes from a seed, such as crypto_key gives for a purpose. */
#ifndef PLATFORM_CRYPTO_SIGN_H
#define PLATFORM_CRYPTO_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/require/require.h"

#define SIGN_SEED_BYTES   32
#define SIGN_PUBLIC_BYTES 32
#define SIGN_BYTES        64

struct sign_key;

struct sign_key *sign_key_new(const uint8_t seed[SIGN_SEED_BYTES]);
void sign_key_free(struct sign_key *key); /* accepts NULL */
void sign_key_public(const struct sign_key *key, uint8_t ret_public[SIGN_PUBLIC_BYTES]);

/* From any thread; about 20 microseconds. */
void sign_message(const struct sign_key *key, const void *bytes, size_t len,
                  uint8_t ret_signature[SIGN_BYTES]);
MUST_USE bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], const void *bytes, size_t len,
                          const uint8_t signature[SIGN_BYTES]);

#endif
