/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Digests by OpenSSL's EVP interface. */
#include "platform/crypto/digest.h"

#include <openssl/evp.h>

#include "base/mem/alloc.h"

struct digest_stream {
    EVP_MD_CTX *context;
};

static const char *const words[] = {
    [DIGEST_SHA1] = "sha1",
    [DIGEST_SHA256] = "sha256",
    [DIGEST_SHA512] = "sha512",
};
const struct enum_table digest_kind_words = ENUM_TABLE("digest_kind", words);

static const EVP_MD *(*const algorithms[DIGEST_KIND_COUNT])(void) = {
    [DIGEST_SHA1] = EVP_sha1,
    [DIGEST_SHA256] = EVP_sha256,
    [DIGEST_SHA512] = EVP_sha512,
};

struct digest_stream *digest_begin(enum digest_kind kind)
{
    struct digest_stream *stream = MEM_NEW(struct digest_stream);
    stream->context = EVP_MD_CTX_new();
    REQUIRE(stream->context != NULL && EVP_DigestInit_ex(stream->context, algorithms[kind](), NULL) == 1);
    return stream;
}

void digest_feed(struct digest_stream *stream, const void *bytes, size_t len)
{
    REQUIRE(EVP_DigestUpdate(stream->context, bytes, len) == 1);
}

size_t digest_bytes(const struct digest_stream *stream)
{
    return (size_t)EVP_MD_CTX_get_size(stream->context);
}

void digest_end(struct digest_stream *stream, uint8_t ret_digest[DIGEST_MAX_BYTES])
{
    REQUIRE(EVP_DigestFinal_ex(stream->context, ret_digest, NULL) == 1);
    digest_abandon(stream);
}

void digest_abandon(struct digest_stream *stream)
{
    if (stream == NULL)
        return;
    EVP_MD_CTX_free(stream->context);
    mem_free(stream);
}
