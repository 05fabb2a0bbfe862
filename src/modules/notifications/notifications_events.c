/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What notifications takes from the feed: one row an event type, and whom each one concerns. */
#include <assert.h>

#include "platform/bus/bus.h"

#include "modules/auctions/auctions.h"
#include "modules/catalog/catalog.h"
#include "modules/chat/chat.h"
#include "modules/notifications/notifications_service.h"
#include "modules/orders/orders.h"

/* In the order of their ids: the order in which inboxes are locked everywhere. */
static struct error *record_two(struct ctx *cx, struct tx *tx, const struct notification *a,
                                const struct notification *b)
{
    bool in_order = id_compare(a->account_id, b->account_id) < 0;
    TRY(notifications_record(cx, tx, in_order ? a : b));
    return notifications_record(cx, tx, in_order ? b : a);
}

/* --- orders --- */

static struct error *find_title(struct ctx *cx, struct tx *tx, struct id spec_id, struct str *ret_title)
{
    struct catalog_spec spec = {0};
    bool is_found = false;
    TRY(catalog_find_spec(cx, tx, spec_id, &spec, &is_found));
    *ret_title = is_found ? spec.title : STR("");
    return NULL;
}

static struct error *draft_of_line(struct ctx *cx, struct tx *tx, const struct event *event,
                                   const struct event_type *type, struct orders_line_event *ret_line,
                                   struct notification *ret_draft)
{
    TRY(event_decode(cx, event, type, ret_line));
    *ret_draft = (struct notification){
        .source_id = event->id,
        .subject_id = ret_line->order_id,
        .actor = STR(""),
        .price = ret_line->price,
    };
    return find_title(cx, tx, ret_line->spec_id, &ret_draft->title);
}

static struct error *take_paid(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct orders_line_event line = {0};
    struct notification draft;
    TRY(draft_of_line(cx, tx, event, &orders_line_paid, &line, &draft));
    draft.kind = NOTIFICATIONS_ORDER_PAID;
    draft.account_id = line.seller_id;
    return notifications_record(cx, tx, &draft);
}

static struct error *take_refunded(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct orders_line_event line = {0};
    struct notification to_buyer;
    TRY(draft_of_line(cx, tx, event, &orders_line_refunded, &line, &to_buyer));
    to_buyer.kind = NOTIFICATIONS_REFUND;
    to_buyer.account_id = line.buyer_id;
    struct notification to_seller = to_buyer;
    to_seller.account_id = line.seller_id;
    return record_two(cx, tx, &to_buyer, &to_seller);
}

/* --- auctions --- */

static struct error *take_outbid(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct auctions_outbid_event outbid = {0};
    TRY(event_decode(cx, event, &auctions_bid_outbid, &outbid));
    struct notification draft = {
        .account_id = outbid.account_id,
        .kind = NOTIFICATIONS_OUTBID,
        .source_id = event->id,
        .subject_id = outbid.auction_id,
        .title = outbid.title,
        .actor = STR(""),
        .price = outbid.price,
    };
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
    return record_two(cx, tx, &won, &sold);
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

/* --- chat --- */

static struct error *take_mentioned(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct chat_mention_event mention = {0};
    TRY(event_decode(cx, event, &chat_message_mentioned, &mention));
    struct notification draft = {
        .account_id = mention.account_id,
        .kind = NOTIFICATIONS_MENTION,
        .source_id = event->id,
        .subject_id = mention.room_id,
        .title = mention.excerpt,
        .actor = mention.author_name,
    };
    return notifications_record(cx, tx, &draft);
}

static struct error *take_direct(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct chat_direct_event direct = {0};
    TRY(event_decode(cx, event, &chat_direct_received, &direct));
    struct notification draft = {
        .account_id = direct.account_id,
        .kind = NOTIFICATIONS_DIRECT_MESSAGE,
        .source_id = event->id,
        .subject_id = direct.room_id,
        .title = direct.excerpt,
        .actor = direct.author_name,
    };
    return notifications_record(cx, tx, &draft);
}

/* --- the consumer --- */

struct reaction {
    const struct event_type *type;
    struct error *(*take)(struct ctx *cx, struct tx *tx, const struct event *event);
};

/* clang-format off */
static const struct reaction reactions[] = {
    {&orders_line_paid, take_paid},
    {&orders_line_refunded, take_refunded},
    {&auctions_bid_outbid, take_outbid},
    {&auctions_auction_ending_soon, take_ending_soon},
    {&auctions_auction_ended, take_ended},
    {&auctions_auction_voided, take_voided},
    {&chat_message_mentioned, take_mentioned},
    {&chat_direct_received, take_direct},
};
static const struct event_type *const types[] = {
    &orders_line_paid, &orders_line_refunded, &auctions_bid_outbid, &auctions_auction_ending_soon, &auctions_auction_ended,
    &auctions_auction_voided, &chat_message_mentioned, &chat_direct_received, NULL,
};
/* clang-format on */
static_assert(COUNT_OF(types) == COUNT_OF(reactions) + 1, "every type has its reaction");

static struct error *handle(struct ctx *cx, struct tx *tx, const struct event *event)
{
    for (size_t i = 0; i < COUNT_OF(reactions); i++)
        if (str_equal(event->type, str_cstr(reactions[i].type->name)))
            return reactions[i].take(cx, tx, event);
    return NULL;
}

/* One consumer for all kinds: they share the inboxes. */
static const struct event_consumer inbox_consumer = {
    .name = "notifications.inbox", .types = types, .handle = handle};

const struct event_consumer *const notifications_consumers[] = {&inbox_consumer, NULL};
