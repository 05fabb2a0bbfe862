/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tokens under keys of any length, for the published examples. Private to crypto. */
#ifndef PLATFORM_CRYPTO_JWT_H
#define PLATFORM_CRYPTO_JWT_H

#include "platform/crypto/crypto.h"

#define JWT_MAX_CHARS 4096

MUST_USE bool jwt_check(struct arena *arena, struct str key, struct str token, struct str *ret_payload_json);

#endif
