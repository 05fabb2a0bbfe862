/* SPDX-License-Identifier: AGPL-3.0-or-later
 * HMAC-SHA-256 on a context that each thread keeps: fetching the algorithm anew would cost thrice the work. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "platform/crypto/crypto.h"

static pthread_key_t context_key;  /* frees a thread's context when the thread ends */
static EVP_MAC_CTX *first_context; /* with the digest set; the threads' contexts are copies */

/* Used within one call only, so a fiber switch never comes between. */
static _Thread_local EVP_MAC_CTX *my_context;

static void free_context(void *context)
{
    my_context = NULL;
    EVP_MAC_CTX_free(context);
}

static void prepare(void)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    REQUIRE(mac != NULL);
    first_context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); /* the context holds it */
    REQUIRE(first_context != NULL && EVP_MAC_CTX_set_params(first_context, params) == 1);
    REQUIRE(pthread_key_create(&context_key, free_context) == 0);
}

static EVP_MAC_CTX *new_context(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    REQUIRE(pthread_once(&once, prepare) == 0);
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(first_context);
    REQUIRE(context != NULL && pthread_setspecific(context_key, context) == 0);
    my_context = context;
    return context;
}

void hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t ret_mac[SHA256_BYTES])
{
    static const uint8_t no_key[1];
    EVP_MAC_CTX *context = my_context != NULL ? my_context : new_context();
    size_t mac_len = 0;
    REQUIRE(EVP_MAC_init(context, key_len > 0 ? key : no_key, key_len, NULL) == 1);
    REQUIRE(EVP_MAC_update(context, bytes, len) == 1);
    REQUIRE(EVP_MAC_final(context, ret_mac, &mac_len, SHA256_BYTES) == 1 && mac_len == SHA256_BYTES);
}
