/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that auctions publishes, and what it does when a lot goes from the market. */
#include "modules/auctions/auctions_events.h"

#include "platform/bus/bus.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"

/* clang-format off */
static const struct json_field auction_fields[] = {
    JSON_ID(struct auctions_event, auction_id, .flags = JSON_REQUIRED),
    JSON_ID(struct auctions_event, item_id, .flags = JSON_REQUIRED),
    JSON_ID(struct auctions_event, seller_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct auctions_event, title, .flags = JSON_REQUIRED),
    JSON_ID(struct auctions_event, winner_id, .flags = JSON_NULLABLE, .help = "ended and sold"),
    JSON_TEXT(struct auctions_event, outcome, .flags = JSON_NULLABLE, .max = 1000, .help = "ended: sold, reserve_not_met, no_bids; voided: the reason"),
    JSON_MONEY(struct auctions_event, price, .flags = JSON_REQUIRED),
};
static const struct json_type auction_payload = JSON_TYPE("AuctionEvent", struct auctions_event, auction_fields);

static const struct json_field outbid_fields[] = {
    JSON_ID(struct auctions_outbid_event, auction_id, .flags = JSON_REQUIRED),
    JSON_ID(struct auctions_outbid_event, account_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct auctions_outbid_event, title, .flags = JSON_REQUIRED),
    JSON_MONEY(struct auctions_outbid_event, price, .flags = JSON_REQUIRED),
};
static const struct json_type outbid_payload = JSON_TYPE("AuctionOutbidEvent", struct auctions_outbid_event, outbid_fields);

const struct event_type auctions_auction_scheduled = {.name = "auctions.auction.scheduled", .payload = &auction_payload, .help = "An auction was made"};
const struct event_type auctions_auction_started = {.name = "auctions.auction.started", .payload = &auction_payload, .help = "An auction takes bids from now on"};
const struct event_type auctions_auction_ending_soon = {.name = "auctions.auction.ending_soon", .payload = &auction_payload, .help = "Watchers are reminded that an auction will end"};
const struct event_type auctions_auction_ended = {.name = "auctions.auction.ended", .payload = &auction_payload, .help = "An auction has ended, sold or not"};
const struct event_type auctions_auction_voided = {.name = "auctions.auction.voided", .payload = &auction_payload, .help = "A moderator has made an auction void"};
const struct event_type auctions_bid_outbid = {.name = "auctions.bid.outbid", .payload = &outbid_payload, .help = "Somebody who led does so no more"};

const struct event_type *const auctions_events[] = {
    &auctions_auction_scheduled, &auctions_auction_started, &auctions_auction_ending_soon,
    &auctions_auction_ended, &auctions_auction_voided, &auctions_bid_outbid, NULL,
};
/* clang-format on */

/* --- a lot that cannot be had any more --- */

static struct error *follow_lot(struct ctx *cx, struct tx *tx, const struct event *event)
{
    return auctions_enqueue_lot_check(cx, tx, event->aggregate_id);
}

static const struct event_type *const lot_types[] = {&catalog_spec_changed, &catalog_spec_withdrawn,
                                                     &goods_product_withdrawn, NULL};
static const struct event_consumer lots_consumer = {
    .name = "auctions.lots", .types = lot_types, .handle = follow_lot};

/* The state is no consumer's: it is written with the events. But `lathe rebuild auctions.state` makes it anew from them. */
static const struct event_type *const no_types[] = {NULL};

static struct error *nothing_to_handle(struct ctx *cx, struct tx *tx, const struct event *event)
{
    (void)tx;
    return ERROR_CODE(cx, INTERNAL, "auctions.state reads no event, yet got %" STR_FMT, STR_ARG(event->type));
}

static const struct event_consumer state_consumer = {.name = "auctions.state",
                                                     .types = no_types,
                                                     .handle = nothing_to_handle,
                                                     .reset = auctions_rebuild_states};

const struct event_consumer *const auctions_consumers[] = {&lots_consumer, &state_consumer, NULL};
