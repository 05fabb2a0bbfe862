/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chunked bodies: a state per place in the grammar, each with a function that takes one byte. */
#include "platform/http/wire/chunked.h"

#include "base/require/require.h"

#include "platform/http/wire/syntax.h"

/* 15 hex digits stay below 2^60. */
#define MAX_SIZE_DIGITS 15

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return (byte | 0x20) - 'a' + 10;
}

static enum http_fault size_ended(struct chunk_decoder *decoder, char byte)
{
    if (decoder->digits == 0)
        return HTTP_FAULT_CHUNK;
    decoder->digits = 0;
    switch (byte) {
    case '\r':
        decoder->place = CHUNK_AT_SIZE_LF;
        return HTTP_FAULT_NONE;
    case ';':
        decoder->place = CHUNK_AT_EXTENSION;
        return HTTP_FAULT_NONE;
    default:
        return HTTP_FAULT_CHUNK;
    }
}

static enum http_fault take_size(struct chunk_decoder *decoder, char byte)
{
    if (!byte_is(byte, BYTE_HEX))
        return size_ended(decoder, byte);
    if (++decoder->digits > MAX_SIZE_DIGITS)
        return HTTP_FAULT_CHUNK;
    decoder->left = decoder->left * 16 + hex_value(byte);
    return HTTP_FAULT_NONE;
}

static enum http_fault take_extension(struct chunk_decoder *decoder, char byte)
{
    if (byte == '\r') {
        decoder->place = CHUNK_AT_SIZE_LF;
        return HTTP_FAULT_NONE;
    }
    if (!byte_is(byte, BYTE_FIELD))
        return HTTP_FAULT_CHUNK;
    return ++decoder->extension_len <= CHUNK_MAX_EXTENSION_LEN ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK_LIMIT;
}

static enum http_fault take_size_lf(struct chunk_decoder *decoder, char byte)
{
    decoder->place = decoder->left != 0 ? CHUNK_AT_DATA : CHUNK_AT_TRAILER_START;
    return byte == '\n' ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK;
}

static enum http_fault take_data_cr(struct chunk_decoder *decoder, char byte)
{
    decoder->place = CHUNK_AT_DATA_LF;
    return byte == '\r' ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK;
}

static enum http_fault take_data_lf(struct chunk_decoder *decoder, char byte)
{
    decoder->place = CHUNK_AT_SIZE;
    return byte == '\n' ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK;
}

static enum http_fault take_trailer_start(struct chunk_decoder *decoder, char byte)
{
    decoder->trailer_len++;
    decoder->place = byte == '\r' ? CHUNK_AT_LAST_LF : CHUNK_AT_TRAILER_NAME;
    return byte == '\r' || byte_is(byte, BYTE_TOKEN) ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK;
}

static enum http_fault take_trailer_name(struct chunk_decoder *decoder, char byte)
{
    if (byte == ':')
        decoder->place = CHUNK_AT_TRAILER_VALUE;
    else if (!byte_is(byte, BYTE_TOKEN))
        return HTTP_FAULT_CHUNK;
    return ++decoder->trailer_len <= CHUNK_MAX_TRAILER_LEN ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK_LIMIT;
}

static enum http_fault take_trailer_value(struct chunk_decoder *decoder, char byte)
{
    if (byte == '\r')
        decoder->place = CHUNK_AT_TRAILER_LF;
    else if (!byte_is(byte, BYTE_FIELD))
        return HTTP_FAULT_CHUNK;
    return ++decoder->trailer_len <= CHUNK_MAX_TRAILER_LEN ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK_LIMIT;
}

static enum http_fault take_trailer_lf(struct chunk_decoder *decoder, char byte)
{
    decoder->place = CHUNK_AT_TRAILER_START;
    return byte == '\n' ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK;
}

static enum http_fault take_last_lf(struct chunk_decoder *decoder, char byte)
{
    decoder->place = CHUNK_AT_END;
    return byte == '\n' ? HTTP_FAULT_NONE : HTTP_FAULT_CHUNK;
}

typedef enum http_fault (*take_fn)(struct chunk_decoder *decoder, char byte);

/* CHUNK_AT_DATA and CHUNK_AT_END take no single bytes. */
static const take_fn takes[] = {
    [CHUNK_AT_SIZE] = take_size,
    [CHUNK_AT_EXTENSION] = take_extension,
    [CHUNK_AT_SIZE_LF] = take_size_lf,
    [CHUNK_AT_DATA_CR] = take_data_cr,
    [CHUNK_AT_DATA_LF] = take_data_lf,
    [CHUNK_AT_TRAILER_START] = take_trailer_start,
    [CHUNK_AT_TRAILER_NAME] = take_trailer_name,
    [CHUNK_AT_TRAILER_VALUE] = take_trailer_value,
    [CHUNK_AT_TRAILER_LF] = take_trailer_lf,
    [CHUNK_AT_LAST_LF] = take_last_lf,
};

static void take_data(struct chunk_decoder *decoder, struct str *rest, struct str *ret_data)
{
    size_t len = (uint64_t)decoder->left < rest->len ? (size_t)decoder->left : rest->len;
    *ret_data = str_from(rest->ptr, len);
    *rest = str_from(rest->ptr + len, rest->len - len);
    decoder->left -= (int64_t)len;
    if (decoder->left == 0)
        decoder->place = CHUNK_AT_DATA_CR;
}

enum chunk_step chunk_decode(struct chunk_decoder *decoder, struct str *rest, struct str *ret_data,
                             enum http_fault *ret_fault)
{
    while (decoder->place != CHUNK_AT_END) {
        if (rest->len == 0)
            return CHUNK_NEEDS_MORE;
        if (decoder->place == CHUNK_AT_DATA) {
            take_data(decoder, rest, ret_data);
            return CHUNK_DATA;
        }
        enum http_fault fault = takes[decoder->place](decoder, rest->ptr[0]);
        if (fault != HTTP_FAULT_NONE) {
            *ret_fault = fault;
            return CHUNK_REFUSED;
        }
        *rest = str_from(rest->ptr + 1, rest->len - 1);
    }
    return CHUNK_ENDED;
}
