/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sealed texts by OpenSSL's EVP interface. See seal.h. Layout: nonce, ciphertext, tag. */
#include "platform/crypto/seal.h"

#include <openssl/evp.h>

#include "platform/crypto/crypto.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, MAX_TEXT = 64 << 10 };

static void begin(EVP_CIPHER_CTX *cipher, const uint8_t *key, const uint8_t *nonce, struct str bound,
                  bool is_closing)
{
    int len = 0;
    REQUIRE(bound.len <= MAX_TEXT);
    REQUIRE(EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, is_closing ? 1 : 0) == 1);
    REQUIRE(EVP_CipherUpdate(cipher, NULL, &len, (const uint8_t *)bound.ptr, (int)bound.len) == 1);
}

struct str seal_close(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], struct str bound,
                      struct str plain)
{
    REQUIRE(plain.len > 0 && plain.len <= MAX_TEXT && bound.len > 0);
    uint8_t *sealed = arena_alloc(arena, plain.len + SEAL_EXTRA_BYTES);
    int len = 0, rest = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    REQUIRE(cipher != NULL);
    crypto_random(sealed, NONCE_BYTES);
    begin(cipher, key, sealed, bound, true);
    uint8_t *text = sealed + NONCE_BYTES;
    REQUIRE(EVP_CipherUpdate(cipher, text, &len, (const uint8_t *)plain.ptr, (int)plain.len) == 1);
    REQUIRE(EVP_CipherFinal_ex(cipher, text + len, &rest) == 1 && (size_t)len == plain.len && rest == 0);
    REQUIRE(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + plain.len) == 1);
    EVP_CIPHER_CTX_free(cipher);
    return str_from((const char *)sealed, plain.len + SEAL_EXTRA_BYTES);
}

bool seal_open(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], struct str bound, struct str sealed,
               struct str *ret_plain)
{
    if (sealed.len <= SEAL_EXTRA_BYTES || sealed.len > MAX_TEXT + SEAL_EXTRA_BYTES)
        return false;
    size_t text_len = sealed.len - SEAL_EXTRA_BYTES;
    uint8_t tag[TAG_BYTES], *plain = arena_alloc(arena, text_len);
    int len = 0, rest = 0;
    const uint8_t *nonce = (const uint8_t *)sealed.ptr, *text = nonce + NONCE_BYTES;
    memcpy(tag, text + text_len, sizeof(tag));
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    REQUIRE(cipher != NULL);
    begin(cipher, key, nonce, bound, false);
    REQUIRE(EVP_CipherUpdate(cipher, plain, &len, text, (int)text_len) == 1);
    REQUIRE(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1);
    bool is_whole = EVP_CipherFinal_ex(cipher, plain + len, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (is_whole)
        *ret_plain = str_from((const char *)plain, text_len);
    return is_whole;
}
