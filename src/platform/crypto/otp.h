/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One-time passwords of authenticator apps: HOTP (RFC 4226) with SHA-1, of which TOTP (RFC 6238) is the one whose counter is the time.
 * SHA-1 is what the apps know; HMAC does not rest on its resistance to collisions. */
#ifndef PLATFORM_CRYPTO_OTP_H
#define PLATFORM_CRYPTO_OTP_H

#include <stddef.h>
#include <stdint.h>

#define OTP_SECRET_BYTES 20 /* RFC 4226, 4: as long as the hash */

/* The value whose last decimal digits are shown: RFC 4226, 5.3, 31 bits. */
uint32_t otp_value(const uint8_t *secret, size_t len, uint64_t counter);

#endif
