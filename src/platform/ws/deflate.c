/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The extension's negotiation, and zlib without its headers. */
#include "platform/ws/deflate.h"

#include <limits.h>
#include <zlib.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/text/number.h"

/* Our window of 4 KiB keeps the memory small; messages are rarely longer. Clients may use all of 32 KiB. */
enum { OUR_WINDOW_BITS = 12, THEIR_WINDOW_BITS = 15, MEMORY_LEVEL = 5, LEVEL = 1, STEP = 16 * 1024 };

struct ws_deflate {
    z_stream packer;
    z_stream unpacker;
};

struct ws_deflate *ws_deflate_new(void)
{
    struct ws_deflate *codec = MEM_NEW(struct ws_deflate);
    REQUIRE(deflateInit2(&codec->packer, LEVEL, Z_DEFLATED, -OUR_WINDOW_BITS, MEMORY_LEVEL,
                         Z_DEFAULT_STRATEGY) == Z_OK);
    REQUIRE(inflateInit2(&codec->unpacker, -THEIR_WINDOW_BITS) == Z_OK);
    return codec;
}

void ws_deflate_free(struct ws_deflate *codec)
{
    if (codec == NULL)
        return;
    (void)deflateEnd(&codec->packer); /* Z_DATA_ERROR says that something was dropped, which is no loss */
    (void)inflateEnd(&codec->unpacker);
    mem_free(codec);
}

/* zlib only reads what next_in points to. */
static Bytef *input(const char *bytes)
{
    Bytef *at;
    memcpy(&at, &bytes, sizeof(at));
    return at;
}

/* What every deflated message ends with, and what is therefore not sent (RFC 7692 §7.2.1). */
static const char tail[4] = {0x00, 0x00, (char)0xFF, (char)0xFF};

bool ws_deflate_pack(struct ws_deflate *codec, struct str plain, struct strbuf *out)
{
    z_stream *stream = &codec->packer;
    REQUIRE(plain.len != 0 && plain.len < INT_MAX && deflateReset(stream) == Z_OK);
    char *room = strbuf_reserve(out, plain.len);
    if (room == NULL)
        return false;
    stream->next_in = input(plain.ptr);
    stream->avail_in = (uInt)plain.len;
    stream->next_out = (Bytef *)room;
    stream->avail_out = (uInt)plain.len;
    (void)deflate(stream, Z_SYNC_FLUSH); /* what it has to say shows in avail_out */
    size_t len = plain.len - stream->avail_out;
    if (stream->avail_out == 0 || len < sizeof(tail))
        return false;
    strbuf_commit(out, len - sizeof(tail));
    return true;
}

/* Unpacks one piece of the input until it is used up. */
static enum ws_unpacked unpack_piece(z_stream *stream, struct str piece, struct strbuf *out)
{
    stream->next_in = input(piece.ptr);
    stream->avail_in = (uInt)piece.len;
    do {
        size_t room = out->max_len - out->len < STEP ? out->max_len - out->len : STEP;
        char spare;
        char *place =
            room != 0 ? strbuf_reserve(out, room) : &spare; /* one byte tells whether there is more */
        stream->next_out = (Bytef *)place;
        stream->avail_out = room != 0 ? (uInt)room : 1;
        int outcome = inflate(stream, Z_SYNC_FLUSH);
        size_t got = (room != 0 ? room : 1) - stream->avail_out;
        if (room == 0 && got != 0)
            return WS_UNPACKED_TOO_LARGE;
        strbuf_commit(out, got);
        if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR)
            return WS_UNPACKED_BROKEN;
        if (outcome != Z_OK)
            break;
    } while (stream->avail_in != 0 || stream->avail_out == 0);
    return WS_UNPACKED;
}

enum ws_unpacked ws_deflate_unpack(struct ws_deflate *codec, struct str packed, struct strbuf *out)
{
    REQUIRE(packed.len < INT_MAX && inflateReset(&codec->unpacker) == Z_OK);
    enum ws_unpacked outcome = unpack_piece(&codec->unpacker, packed, out);
    if (outcome == WS_UNPACKED)
        outcome = unpack_piece(&codec->unpacker, str_from(tail, sizeof(tail)), out);
    return outcome;
}

/* ---- negotiation ---- */

struct offer {
    bool has_server_takeover, has_client_takeover, has_server_bits, has_client_bits;
    bool is_acceptable;
};

/* Each parameter once; values are 8 to 15, plain or quoted. */
static bool take_once(bool *seen)
{
    bool is_first = !*seen;
    *seen = true;
    return is_first;
}

static struct str unquoted(struct str value)
{
    bool is_quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    return is_quoted ? str_slice(value, 1, value.len - 2) : value;
}

static bool is_window_bits(struct str value, int64_t least)
{
    int64_t bits = 0;
    return number_parse_i64(unquoted(value), least, 15, &bits);
}

static bool take_parameter(struct offer *offer, struct str name, struct str value)
{
    if (str_equal_nocase(name, STR("server_no_context_takeover")))
        return value.ptr == NULL && take_once(&offer->has_server_takeover);
    if (str_equal_nocase(name, STR("client_no_context_takeover")))
        return value.ptr == NULL && take_once(&offer->has_client_takeover);
    if (str_equal_nocase(name, STR("server_max_window_bits")))
        return is_window_bits(value, OUR_WINDOW_BITS) && take_once(&offer->has_server_bits);
    if (str_equal_nocase(name, STR("client_max_window_bits")))
        return (value.ptr == NULL || is_window_bits(value, 8)) && take_once(&offer->has_client_bits);
    return false;
}

static struct offer read_offer(struct str text)
{
    struct offer offer = {0};
    struct str name = STR_NONE, part = STR_NONE;
    if (!str_split(&text, ';', &name) || !str_equal_nocase(str_trim(name), STR("permessage-deflate")))
        return offer;
    offer.is_acceptable = true;
    while (offer.is_acceptable && str_split(&text, ';', &part)) {
        struct str value = part;
        (void)str_split(&value, '=', &part); /* a part without '=' leaves value absent */
        value = value.ptr != NULL ? str_trim(value) : STR_NONE;
        offer.is_acceptable = take_parameter(&offer, str_trim(part), value);
    }
    return offer;
}

struct str ws_deflate_agree(struct str offers)
{
    struct str part;
    while (str_split(&offers, ',', &part)) {
        struct offer offer = read_offer(part);
        if (!offer.is_acceptable)
            continue;
        return offer.has_server_bits
                   ? STR("permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                         "server_max_window_bits=12")
                   : STR("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    }
    return STR_NONE;
}
