/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Ed25519 on OpenSSL. See sign.h. */
#include "platform/crypto/sign.h"

#include <openssl/evp.h>

/* OpenSSL's own object under our name: it counts its references and may be used by all threads. */
static EVP_PKEY *pkey_of(const struct sign_key *key)
{
    return (EVP_PKEY *)(uintptr_t)key;
}

struct sign_key *sign_key_new(const uint8_t seed[SIGN_SEED_BYTES])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_SEED_BYTES);
    REQUIRE(pkey != NULL);
    return (struct sign_key *)(void *)pkey;
}

void sign_key_free(struct sign_key *key)
{
    EVP_PKEY_free(pkey_of(key));
}

void sign_key_public(const struct sign_key *key, uint8_t ret_public[SIGN_PUBLIC_BYTES])
{
    size_t len = SIGN_PUBLIC_BYTES;
    REQUIRE(EVP_PKEY_get_raw_public_key(pkey_of(key), ret_public, &len) == 1 && len == SIGN_PUBLIC_BYTES);
}

void sign_message(const struct sign_key *key, const void *bytes, size_t len,
                  uint8_t ret_signature[SIGN_BYTES])
{
    size_t signature_len = SIGN_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    REQUIRE(context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, pkey_of(key)) == 1);
    REQUIRE(EVP_DigestSign(context, ret_signature, &signature_len, bytes, len) == 1 &&
            signature_len == SIGN_BYTES);
    EVP_MD_CTX_free(context);
}

bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], const void *bytes, size_t len,
                 const uint8_t signature[SIGN_BYTES])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_PUBLIC_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_right = pkey != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
                    EVP_DigestVerify(context, signature, SIGN_BYTES, bytes, len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return is_right;
}
