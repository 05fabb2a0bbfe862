/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What notifications takes from auctions. */
#include "platform/bus/bus.h"

#include "modules/auctions/auctions.h"
#include "modules/notifications/notifications_service.h"

static struct error *draft_outbid(struct ctx *cx, const struct event *event, struct notification *ret_draft)
{
    struct auctions_outbid_event outbid = {0};
    TRY(event_decode(cx, event, &auctions_bid_outbid, &outbid));
    *ret_draft = (struct notification){
        .account_id = outbid.account_id,
        .kind = NOTIFICATIONS_OUTBID,
        .source_id = event->id,
        .subject_id = outbid.auction_id,
        .title = outbid.title,
        .actor = STR(""),
        .price = outbid.price,
    };
    return NULL;
}

static struct error *take_outbid(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct notification draft = {0};
    TRY(draft_outbid(cx, event, &draft));
    return notifications_record(cx, tx, &draft);
}

static struct notification draft_of_auction(const struct event *event, const struct auctions_event *auction,
                                            struct id account_id, enum notifications_kind kind)
{
    return (struct notification){
        .account_id = account_id,
        .kind = (int32_t)kind,
        .source_id = event->id,
        .subject_id = auction->auction_id,
        .title = auction->title,
        .actor = STR(""),
        .price = auction->price,
    };
}

static struct error *spread(struct ctx *cx, struct tx *tx, const struct event *event,
                            const struct auctions_event *auction, enum notifications_kind kind,
                            enum auctions_audience audience)
{
    const struct notifications_spread all = {
        .kind = (int32_t)kind,
        .audience = (int32_t)audience,
        .source_id = event->id,
        .auction_id = auction->auction_id,
        .winner_id = auction->winner_id,
        .seller_id = auction->seller_id,
        .title = auction->title,
        .price = auction->price,
    };
    return notifications_spread(cx, tx, &all);
}

static struct error *take_ending_soon(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct auctions_event auction = {0};
    TRY(event_decode(cx, event, &auctions_auction_ending_soon, &auction));
    return spread(cx, tx, event, &auction, NOTIFICATIONS_ENDING_SOON, AUCTIONS_WATCHERS);
}

static struct error *take_ended(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct auctions_event auction = {0};
    TRY(event_decode(cx, event, &auctions_auction_ended, &auction));
    if (id_is_none(auction.winner_id)) {
        struct notification unsold =
            draft_of_auction(event, &auction, auction.seller_id, NOTIFICATIONS_UNSOLD);
        return notifications_record(cx, tx, &unsold);
    }
    struct notification won = draft_of_auction(event, &auction, auction.winner_id, NOTIFICATIONS_WON);
    struct notification sold = draft_of_auction(event, &auction, auction.seller_id, NOTIFICATIONS_SOLD);
    TRY(spread(cx, tx, event, &auction, NOTIFICATIONS_LOST, AUCTIONS_BIDDERS));
    return notifications_record_two(cx, tx, &won, &sold);
}

/* The seller, and by a job all who have bid, the winner among them. */
static struct error *take_voided(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct auctions_event auction = {0};
    TRY(event_decode(cx, event, &auctions_auction_voided, &auction));
    struct notification draft = draft_of_auction(event, &auction, auction.seller_id, NOTIFICATIONS_VOIDED);
    auction.winner_id = ID_NONE;
    TRY(spread(cx, tx, event, &auction, NOTIFICATIONS_VOIDED, AUCTIONS_BIDDERS));
    return notifications_record(cx, tx, &draft);
}

const struct notifications_reaction notifications_auction_reactions[] = {
    {.type = &auctions_bid_outbid, .take = take_outbid, .draft = draft_outbid},
    {.type = &auctions_auction_ending_soon, .take = take_ending_soon},
    {.type = &auctions_auction_ended, .take = take_ended},
    {.type = &auctions_auction_voided, .take = take_voided},
    {.type = NULL},
};
