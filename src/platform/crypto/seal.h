/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What has to be read again but must not be readable where it is kept: AES-256-GCM with a random nonce, under a key of crypto_key. */
#ifndef PLATFORM_CRYPTO_SEAL_H
#define PLATFORM_CRYPTO_SEAL_H

#include "base/error/error.h"
#include "base/mem/arena.h"

#define SEAL_KEY_BYTES   32
#define SEAL_EXTRA_BYTES (12 + 16) /* nonce before, tag behind */

/* bound says whose it is: opened for anybody else it is refused. At most 2^32 texts for one key (SP 800-38D, 8.3), and 64 KiB each. */
struct str seal_close(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], struct str bound,
                      struct str plain);
/* False when it was closed by another key, for another, or changed. */
MUST_USE bool seal_open(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], struct str bound,
                        struct str sealed, struct str *ret_plain);

#endif
