/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One-time passwords by OpenSSL's HMAC. See otp.h. */
#include "platform/crypto/otp.h"

#include <openssl/hmac.h>

#include "base/require/require.h"

enum { COUNTER_BYTES = 8, SHA1_BYTES = 20 };

uint32_t otp_value(const uint8_t *secret, size_t len, uint64_t counter)
{
    uint8_t message[COUNTER_BYTES], mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    for (int i = 0; i < COUNTER_BYTES; i++)
        message[i] = (uint8_t)(counter >> (56 - 8 * i));
    REQUIRE(len > 0 && len <= INT32_MAX);
    REQUIRE(HMAC(EVP_sha1(), secret, (int)len, message, sizeof(message), mac, &mac_len) != NULL);
    REQUIRE(mac_len == SHA1_BYTES);
    const uint8_t *at = mac + (mac[SHA1_BYTES - 1] & 0xf);
    return ((uint32_t)at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
