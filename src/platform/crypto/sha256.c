/* SPDX-License-Identifier: AGPL-3.0-or-later
 * SHA-256 with a state that can be stored, and comparison in constant time.
 *
 * The EVP interface keeps a digest's state to itself, and an upload that is resumed after a restart must go on where
 * its hash was. So this one file uses OpenSSL's older SHA256_CTX, whose members are public; it runs the same
 * assembly. OpenSSL 3 marks it as deprecated, which is switched off here only. What is stored is our own layout, big
 * endian, so that it may move between machines and OpenSSL versions. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/mem/alloc.h"

#include "platform/crypto/crypto.h"

#define BLOCK_BYTES 64
#define WORDS       8
/* The stored state: mark, words, length, open block, zeros. */
#define MARK_AT   0
#define WORDS_AT  4
#define LENGTH_AT 36
#define BLOCK_AT  44
#define REST_AT   108

static const uint8_t mark[4] = {'S', '2', '5', '1'};

struct sha256_stream {
    SHA256_CTX state;
};

_Static_assert(sizeof(((SHA256_CTX *)NULL)->data) == BLOCK_BYTES, "the open block");
_Static_assert(REST_AT <= SHA256_STATE_BYTES, "the state fits");

void sha256(const void *bytes, size_t len, uint8_t ret_digest[SHA256_BYTES])
{
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, bytes, len);
    SHA256_Final(ret_digest, &state);
}

struct sha256_stream *sha256_begin(void)
{
    struct sha256_stream *stream = MEM_NEW(struct sha256_stream);
    SHA256_Init(&stream->state);
    return stream;
}

void sha256_feed(struct sha256_stream *stream, const void *bytes, size_t len)
{
    SHA256_Update(&stream->state, bytes, len);
}

void sha256_end(struct sha256_stream *stream, uint8_t ret_digest[SHA256_BYTES])
{
    SHA256_Final(ret_digest, &stream->state);
    mem_free(stream);
}

void sha256_abandon(struct sha256_stream *stream)
{
    mem_free(stream);
}

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void sha256_save(const struct sha256_stream *stream, uint8_t ret_state[SHA256_STATE_BYTES])
{
    memset(ret_state, 0, SHA256_STATE_BYTES);
    memcpy(ret_state + MARK_AT, mark, sizeof(mark));
    for (size_t i = 0; i < WORDS; i++)
        put_u32(ret_state + WORDS_AT + 4 * i, stream->state.h[i]);
    put_u32(ret_state + LENGTH_AT, stream->state.Nh); /* in bits */
    put_u32(ret_state + LENGTH_AT + 4, stream->state.Nl);
    memcpy(ret_state + BLOCK_AT, stream->state.data, stream->state.num);
}

static bool is_state(const uint8_t state[SHA256_STATE_BYTES])
{
    uint8_t rest = state[LENGTH_AT + 7] & 7; /* whole bytes only */
    for (size_t i = REST_AT; i < SHA256_STATE_BYTES; i++)
        rest |= state[i];
    return memcmp(state + MARK_AT, mark, sizeof(mark)) == 0 && rest == 0;
}

struct sha256_stream *sha256_restore(const uint8_t state[SHA256_STATE_BYTES])
{
    if (!is_state(state))
        return NULL;
    struct sha256_stream *stream = sha256_begin();
    for (size_t i = 0; i < WORDS; i++)
        stream->state.h[i] = get_u32(state + WORDS_AT + 4 * i);
    stream->state.Nh = get_u32(state + LENGTH_AT);
    stream->state.Nl = get_u32(state + LENGTH_AT + 4);
    stream->state.num = stream->state.Nl / 8 % BLOCK_BYTES;
    memcpy(stream->state.data, state + BLOCK_AT, BLOCK_BYTES);
    return stream;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
