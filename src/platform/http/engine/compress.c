/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gzip by zlib, whose state is reset, and brotli, whose state cannot be: it gets its memory from a stock that is kept. */
#include "platform/http/engine/compress.h"

#define ZLIB_CONST 1
#include <brotli/encode.h>
#include <zlib.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"

/* Levels where a JSON reply costs about what sending the saved bytes would. */
#define GZIP_LEVEL     4
#define GZIP_MEM_LEVEL 8
#define GZIP_WINDOW    (15 + 16) /* 16: with the header and trailer of gzip */
#define BROTLI_LEVEL   3
#define BROTLI_WINDOW  18

/* Blocks of memory that the brotli encoder gave back, for the next one. */
enum { MAX_BLOCKS = 24 };

struct block {
    size_t size_bytes;
    bool is_used;
    void *memory;
};

struct compressor {
    z_stream gzip;
    bool has_gzip;
    struct block blocks[MAX_BLOCKS];
    size_t block_count;
};

struct compressor *compressor_new(void)
{
    return MEM_NEW(struct compressor);
}

void compressor_free(struct compressor *compressor)
{
    if (compressor == NULL)
        return;
    if (compressor->has_gzip)
        deflateEnd(&compressor->gzip);
    for (size_t i = 0; i < compressor->block_count; i++)
        mem_free(compressor->blocks[i].memory);
    mem_free(compressor);
}

/* ---- gzip ---- */

static bool gzip(struct compressor *compressor, struct str bytes, char *out, size_t capacity, size_t *ret_len)
{
    z_stream *stream = &compressor->gzip;
    if (!compressor->has_gzip) {
        int status =
            deflateInit2(stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEM_LEVEL, Z_DEFAULT_STRATEGY);
        if (status != Z_OK)
            return false;
        compressor->has_gzip = true;
    }
    REQUIRE(deflateReset(stream) == Z_OK);
    stream->next_in = (const Bytef *)bytes.ptr;
    stream->avail_in = (uInt)bytes.len;
    stream->next_out = (Bytef *)out;
    stream->avail_out = (uInt)capacity;
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        return false;
    *ret_len = capacity - stream->avail_out;
    return true;
}

/* ---- brotli ---- */

static struct block *find_free_block(struct compressor *compressor, size_t size_bytes)
{
    for (size_t i = 0; i < compressor->block_count; i++) {
        struct block *block = &compressor->blocks[i];
        if (!block->is_used && block->size_bytes >= size_bytes && block->size_bytes / 4 <= size_bytes)
            return block;
    }
    return NULL;
}

static void *block_take(void *opaque, size_t size_bytes)
{
    struct compressor *compressor = opaque;
    struct block *block = find_free_block(compressor, size_bytes);
    if (block == NULL && compressor->block_count == MAX_BLOCKS)
        return mem_alloc(size_bytes);
    if (block == NULL) {
        block = &compressor->blocks[compressor->block_count++];
        *block = (struct block){.size_bytes = size_bytes, .memory = mem_alloc(size_bytes)};
    }
    block->is_used = true;
    return block->memory;
}

static void block_give(void *opaque, void *memory)
{
    struct compressor *compressor = opaque;
    for (size_t i = 0; i < compressor->block_count; i++) {
        if (compressor->blocks[i].memory == memory) {
            compressor->blocks[i].is_used = false;
            return;
        }
    }
    mem_free(memory);
}

static bool brotli(struct compressor *compressor, struct str bytes, char *out, size_t capacity,
                   size_t *ret_len)
{
    BrotliEncoderState *state = BrotliEncoderCreateInstance(block_take, block_give, compressor);
    if (state == NULL)
        return false;
    BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, BROTLI_LEVEL);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, BROTLI_WINDOW);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_MODE, BROTLI_MODE_TEXT);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_SIZE_HINT, (uint32_t)bytes.len);
    const uint8_t *in = (const uint8_t *)bytes.ptr;
    uint8_t *next_out = (uint8_t *)out;
    size_t in_left = bytes.len, out_left = capacity;
    bool is_done = BrotliEncoderCompressStream(state, BROTLI_OPERATION_FINISH, &in_left, &in, &out_left,
                                               &next_out, NULL) == BROTLI_TRUE &&
                   BrotliEncoderIsFinished(state) == BROTLI_TRUE;
    BrotliEncoderDestroyInstance(state);
    *ret_len = capacity - out_left;
    return is_done;
}

/* ---- either ---- */

typedef bool (*encode_fn)(struct compressor *compressor, struct str bytes, char *out, size_t capacity,
                          size_t *ret_len);

static const encode_fn encoders[CODING_COUNT] = {[CODING_GZIP] = gzip, [CODING_BROTLI] = brotli};

bool compressor_run(struct compressor *compressor, struct arena *arena, enum content_coding coding,
                    struct str bytes, struct str *ret_bytes)
{
    REQUIRE(coding < CODING_COUNT && encoders[coding] != NULL && bytes.len < UINT32_MAX);
    size_t len = 0;
    char *out = arena_alloc_raw(arena, bytes.len);
    /* No more room than the bytes have themselves: what does not fit does not pay. */
    if (!encoders[coding](compressor, bytes, out, bytes.len, &len) || len >= bytes.len)
        return false;
    *ret_bytes = str_from(out, len);
    return true;
}
