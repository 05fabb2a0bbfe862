/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What struct crypto holds, and where its keys come from. Private to crypto. */
#ifndef PLATFORM_CRYPTO_KEYS_H
#define PLATFORM_CRYPTO_KEYS_H

#include <pthread.h>
#include <stdatomic.h>

#include "platform/crypto/crypto.h"

#define CRYPTO_KEY_BYTES    32
#define CRYPTO_MAX_PURPOSES 64
#define CRYPTO_PURPOSE_MAX  63 /* bytes */
#define ROOT_SECRET_MIN     32 /* bytes, of the text */
#define ROOT_SECRET_MAX     1024

struct crypto_settings {
    struct str secret; /* empty: kept in a file */
    int64_t bcrypt_cost;
};

struct derived_key {
    char purpose[CRYPTO_PURPOSE_MAX + 1];
    uint8_t bytes[CRYPTO_KEY_BYTES];
};

struct crypto {
    char root[ROOT_SECRET_MAX];
    size_t root_len;
    int bcrypt_cost;
    pthread_mutex_t lock; /* held to append to keys */
    atomic_size_t key_count;
    struct derived_key keys[CRYPTO_MAX_PURPOSES]; /* the first key_count never change */
};

/* The root secret in the file `secret.key` of data_dir; made when it is not there. ret_secret holds ROOT_SECRET_MAX
 * bytes. Errors: internal, when the file can neither be read nor made, or others may read it. */
MUST_USE struct error *root_secret_load(struct arena *arena, struct str data_dir, char *ret_secret,
                                        size_t *ret_len);

/* HKDF-SHA-256, RFC 5869, both steps. */
void hkdf_sha256(struct str secret, struct str salt, struct str info, uint8_t *ret_key, size_t key_len);

#endif
