/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The opening handshake (RFC 6455 §4.2): what the request must carry, and the key's answer. */
#ifndef PLATFORM_WS_HANDSHAKE_H
#define PLATFORM_WS_HANDSHAKE_H

#include "platform/http/http.h"

enum ws_handshake {
    WS_HANDSHAKE_OK,
    WS_HANDSHAKE_NOT_UPGRADE, /* no GET of HTTP/1.1 with Upgrade: websocket and Connection: upgrade, or it has a body */
    WS_HANDSHAKE_VERSION, /* not version 13 */
    WS_HANDSHAKE_KEY      /* Sec-WebSocket-Key is missing, or not 16 bytes in base64 */
};

enum ws_handshake ws_handshake_judge(const struct http_request *request);

#define WS_ACCEPT_CHARS 28
/* Of a key that was judged. Writes no NUL. */
void ws_handshake_accept(struct str key, char ret_accept[WS_ACCEPT_CHARS]);

/* Whether a comma-separated list has the word, in any case. */
bool ws_list_has(struct str list, struct str word);

#endif
