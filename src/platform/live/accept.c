/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Opening a connection: the handshake's answer, and the hand-over to the hub of the loop. */
#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"

#include "platform/live/client.h"
#include "platform/ws/handshake.h"

REASONS_DEFINE(live_reasons, LIVE_REASONS);

static struct error *check_handshake(struct ctx *cx, struct http_exchange *exchange)
{
    switch (ws_handshake_judge(exchange_request(exchange))) {
    case WS_HANDSHAKE_OK:
        return NULL;
    case WS_HANDSHAKE_NOT_UPGRADE:
        exchange_add_header(exchange, STR("Upgrade"), STR("websocket"));
        return ERROR(cx, live_not_upgrade,
                     "this path speaks the WebSocket protocol (RFC 6455) over HTTP/1.1");
    case WS_HANDSHAKE_VERSION:
        exchange_add_header(exchange, STR("Sec-WebSocket-Version"), STR("13"));
        return ERROR(cx, live_not_upgrade, "the version is 13");
    case WS_HANDSHAKE_KEY:
        return ERROR(cx, live_not_upgrade, "Sec-WebSocket-Key is 16 bytes in base64");
    }
    UNREACHABLE("all verdicts are handled");
}

/* A client that names no sub-protocol takes ours. */
static struct error *agree_protocol(struct ctx *cx, struct http_exchange *exchange)
{
    struct str offered = http_field(exchange_request(exchange), HTTP_FIELD_SEC_WEBSOCKET_PROTOCOL);
    if (offered.ptr == NULL)
        return NULL;
    if (!ws_list_has(offered, STR("lathe.v1")))
        return ERROR(cx, live_no_protocol, "the sub-protocol is lathe.v1");
    exchange_add_header(exchange, STR("Sec-WebSocket-Protocol"), STR("lathe.v1"));
    return NULL;
}

static bool agree_deflate(struct http_exchange *exchange, const struct live *live)
{
    struct str offers = http_field(exchange_request(exchange), HTTP_FIELD_SEC_WEBSOCKET_EXTENSIONS);
    struct str agreed =
        live->settings->compresses && offers.ptr != NULL ? ws_deflate_agree(offers) : STR_NONE;
    if (agreed.ptr == NULL)
        return false;
    exchange_add_header(exchange, STR("Sec-WebSocket-Extensions"), agreed);
    return true;
}

static struct error *check_room(struct ctx *cx, const struct live *live)
{
    const struct hub *hub = live->hubs[loop_index(loop_self())];
    bool has_room =
        hub != NULL && !hub->is_draining && atomic_load(&hub->client_count) < live->settings->max_connections;
    return has_room ? NULL : ERROR(cx, live_full, "no more connections can be taken right now");
}

static struct opening *opening_new(struct ctx *cx, struct live *live)
{
    struct opening *opening = MEM_NEW(struct opening);
    struct str address = str_slice(cx->client_address, 0, sizeof(opening->address));
    opening->live = live;
    opening->caller = *cx->caller;
    opening->address_len = (uint8_t)address.len;
    memcpy(opening->address, address.ptr, address.len);
    return opening;
}

struct error *live_accept(struct ctx *cx, struct http_exchange *exchange)
{
    struct live *live = cx->platform->live;
    char *accept = arena_alloc_raw(cx->arena, WS_ACCEPT_CHARS);
    TRY(check_handshake(cx, exchange));
    TRY(check_room(cx, live));
    TRY(agree_protocol(cx, exchange));
    AUTO_MEM struct opening *opening = opening_new(cx, live);
    opening->is_deflating = agree_deflate(exchange, live);
    ws_handshake_accept(http_field(exchange_request(exchange), HTTP_FIELD_SEC_WEBSOCKET_KEY), accept);
    exchange_add_header(exchange, STR("Sec-WebSocket-Accept"), str_from(accept, WS_ACCEPT_CHARS));
    TRY(exchange_upgrade(exchange, STR("websocket"), client_open, opening));
    TAKE_PTR(opening);
    return NULL;
}
