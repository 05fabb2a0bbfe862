/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The socket's command for bids: the same engine, the same reply as the route. */
#include "modules/auctions/auctions_live.h"

#include "modules/auctions/auctions_read_service.h"

enum { BIDS_PER_MINUTE = 600, BIDS_AT_ONCE = 60 };

static struct error *bid(struct ctx *cx, struct live_call *call)
{
    const struct auction_bid_request *request = call->body;
    if (!caller_may(cx, PERMISSION_AUCTION_BID))
        return ERROR_CODE(cx, FORBIDDEN, "this account cannot bid");
    return auctions_bid(cx, request->auction_id, request, call->reply);
}

/* clang-format off */
const struct live_command auctions_commands[] = {
    {.type = "bid", .help = "Bid; with a `key` it can be said again without bidding twice", .body = &auction_socket_bid_type, .reply = &auction_bid_reply_type,
     .needs_login = true, .per_minute = BIDS_PER_MINUTE, .burst = BIDS_AT_ONCE, .is_vital = true, .run = bid},
    {.type = NULL},
};
/* clang-format on */
