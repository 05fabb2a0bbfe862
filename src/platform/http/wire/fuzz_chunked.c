/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chunked bodies, whole and in steps of the first byte: the same body must come out. */
#include "base/require/require.h"

#include "platform/http/wire/chunked.h"

struct outcome {
    enum chunk_step step;
    int64_t data_len;
    uint64_t sum;
};

static bool feed(struct chunk_decoder *decoder, struct str piece, struct outcome *outcome)
{
    struct str data;
    enum http_fault fault;
    while ((outcome->step = chunk_decode(decoder, &piece, &data, &fault)) == CHUNK_DATA) {
        for (size_t i = 0; i < data.len; i++)
            outcome->sum = outcome->sum * 31 + (uint8_t)data.ptr[i];
        outcome->data_len += (int64_t)data.len;
    }
    return outcome->step == CHUNK_NEEDS_MORE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str input = str_from((const char *)data + 1, size - 1);
    struct chunk_decoder whole_decoder = {0}, decoder = {0};
    struct outcome whole = {0}, pieces = {0};
    feed(&whole_decoder, input, &whole);
    size_t step = (size_t)data[0] + 1;
    for (size_t at = 0; at < input.len && feed(&decoder, str_slice(input, at, step), &pieces);)
        at += step;
    REQUIRE(whole.step == pieces.step);
    REQUIRE(whole.data_len == pieces.data_len && whole.sum == pieces.sum);
    return 0;
}
