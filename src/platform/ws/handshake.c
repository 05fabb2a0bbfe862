/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Judges a request to open a WebSocket. */
#include "platform/ws/handshake.h"

#include "base/mem/arena.h"
#include "base/text/encode.h"

#include "platform/crypto/digest.h"

enum { KEY_CHARS = 24, KEY_BYTES = 16, SHA1_BYTES = 20 };

bool ws_list_has(struct str list, struct str word)
{
    struct str part;
    while (str_split(&list, ',', &part))
        if (str_equal_nocase(str_trim(part), word))
            return true;
    return false;
}

static bool is_key(struct str key)
{
    if (key.len != KEY_CHARS)
        return false;
    struct arena *arena = arena_new(0);
    struct str bytes = STR_NONE;
    bool is_good = base64_decode(arena, key, &bytes) && bytes.len == KEY_BYTES;
    arena_free(arena);
    return is_good;
}

enum ws_handshake ws_handshake_judge(const struct http_request *request)
{
    bool is_upgrade = request->method == HTTP_GET && request->minor_version == 1 && !request->has_body &&
                      ws_list_has(http_field(request, HTTP_FIELD_UPGRADE), STR("websocket")) &&
                      ws_list_has(http_field(request, HTTP_FIELD_CONNECTION), STR("upgrade"));
    if (!is_upgrade)
        return WS_HANDSHAKE_NOT_UPGRADE;
    if (!str_equal(str_trim(http_field(request, HTTP_FIELD_SEC_WEBSOCKET_VERSION)), STR("13")))
        return WS_HANDSHAKE_VERSION;
    return is_key(str_trim(http_field(request, HTTP_FIELD_SEC_WEBSOCKET_KEY))) ? WS_HANDSHAKE_OK
                                                                               : WS_HANDSHAKE_KEY;
}

void ws_handshake_accept(struct str key, char ret_accept[WS_ACCEPT_CHARS])
{
    static const struct str magic = STR_INIT("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    uint8_t digest[DIGEST_MAX_BYTES];
    struct digest_stream *stream = digest_begin(DIGEST_SHA1);
    key = str_trim(key);
    digest_feed(stream, key.ptr, key.len);
    digest_feed(stream, magic.ptr, magic.len);
    digest_end(stream, digest);
    struct arena *arena = arena_new(0);
    struct str text = base64_encode(arena, digest, SHA1_BYTES);
    memcpy(ret_accept, text.ptr, WS_ACCEPT_CHARS);
    arena_free(arena);
}
