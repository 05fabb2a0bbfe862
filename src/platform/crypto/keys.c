/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The instance's keys: settings, the root secret, one derived key per purpose. */
#include "platform/crypto/keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "base/mem/alloc.h"

#include "platform/clock/clock.h"

/* Separates our keys from anything else that the same secret may serve. A change makes all keys new ones. */
static const struct str root_salt = STR_INIT("lathe root secret 1");

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct crypto_settings, secret, "SECRET", .fallback = "", .is_secret = true,
                .min = ROOT_SECRET_MIN, .max = ROOT_SECRET_MAX,
                .help = "Root secret of all keys, the same on every instance; empty: made once and kept in the data directory."),
    SETTING_INT(struct crypto_settings, bcrypt_cost, "BCRYPT_COST", .fallback = "12", .min = 4, .max = 16,
                .help = "Cost of password hashes, as the power of two of their rounds; each step doubles the time of a login."),
};
/* clang-format on */

static void check(const void *settings, bool is_production, struct strbuf *problems)
{
    const struct crypto_settings *crypto = settings;
    if (is_production && crypto->bcrypt_cost < 10)
        strbuf_append_cstr(problems, "LATHE_BCRYPT_COST: must be at least 10 in production\n");
}

const struct setting_group crypto_settings = SETTING_GROUP("crypto", struct crypto_settings, rows, check);

struct error *crypto_open(struct arena *arena, const struct config *config, struct str data_dir,
                          struct crypto **ret_crypto)
{
    const struct crypto_settings *settings = config_settings(config, &crypto_settings);
    struct crypto *crypto = MEM_NEW(struct crypto);
    struct error *error = NULL;
    REQUIRE(pthread_mutex_init(&crypto->lock, NULL) == 0);
    crypto->bcrypt_cost = (int)settings->bcrypt_cost;
    if (settings->secret.len > 0) {
        memcpy(crypto->root, settings->secret.ptr, settings->secret.len);
        crypto->root_len = settings->secret.len;
    } else {
        error = root_secret_load(arena, data_dir, crypto->root, &crypto->root_len);
    }
    if (error != NULL) {
        crypto_close(crypto);
        return error;
    }
    *ret_crypto = crypto;
    return NULL;
}

void crypto_close(struct crypto *crypto)
{
    if (crypto == NULL)
        return;
    pthread_mutex_destroy(&crypto->lock);
    OPENSSL_cleanse(crypto, sizeof(*crypto));
    mem_free(crypto);
}

/* The parameter type knows no const; a derivation only reads. */
static OSSL_PARAM octets(const char *name, struct str bytes)
{
    const union {
        const char *given;
        void *taken;
    } pointer = {.given = bytes.ptr};
    return OSSL_PARAM_construct_octet_string(name, pointer.taken, bytes.len);
}

void hkdf_sha256(struct str secret, struct str salt, struct str info, uint8_t *ret_key, size_t key_len)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        octets(OSSL_KDF_PARAM_KEY, secret),
        octets(OSSL_KDF_PARAM_SALT, salt),
        octets(OSSL_KDF_PARAM_INFO, info),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    REQUIRE(kdf != NULL);
    EVP_KDF_CTX *derivation = EVP_KDF_CTX_new(kdf);
    REQUIRE(derivation != NULL);
    REQUIRE(EVP_KDF_derive(derivation, ret_key, key_len, params) == 1);
    EVP_KDF_CTX_free(derivation);
    EVP_KDF_free(kdf);
}

/* Among the first `count` keys; NULL when it is not there. */
static const uint8_t *find_key(const struct crypto *crypto, size_t count, const char *purpose)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(crypto->keys[i].purpose, purpose) == 0)
            return crypto->keys[i].bytes;
    }
    return NULL;
}

/* The lock is held. */
static const uint8_t *add_key(struct crypto *crypto, size_t count, const char *purpose)
{
    REQUIRE(count < CRYPTO_MAX_PURPOSES);
    struct derived_key *key = &crypto->keys[count];
    size_t len = strlen(purpose);
    REQUIRE(len > 0 && len <= CRYPTO_PURPOSE_MAX);
    memcpy(key->purpose, purpose, len + 1);
    hkdf_sha256(str_from(crypto->root, crypto->root_len), root_salt, str_from(purpose, len), key->bytes,
                sizeof(key->bytes));
    atomic_store_explicit(&crypto->key_count, count + 1, memory_order_release);
    return key->bytes;
}

const uint8_t *crypto_key(struct crypto *crypto, const char *purpose)
{
    size_t count = atomic_load_explicit(&crypto->key_count, memory_order_acquire);
    const uint8_t *key = find_key(crypto, count, purpose);
    if (key != NULL)
        return key;
    pthread_mutex_lock(&crypto->lock);
    count = atomic_load_explicit(&crypto->key_count, memory_order_relaxed);
    key = find_key(crypto, count, purpose);
    if (key == NULL)
        key = add_key(crypto, count, purpose);
    pthread_mutex_unlock(&crypto->lock);
    return key;
}

struct id crypto_new_id(const struct ctx *cx)
{
    uint8_t random[10];
    crypto_random(random, sizeof(random));
    return id_v7(clock_now(cx), random);
}
