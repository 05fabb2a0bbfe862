/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The consumer of notifications, and what it takes from orders. What it takes from auctions and chat stands in files of its own. */
#include "platform/bus/bus.h"

#include "modules/auctions/auctions.h"
#include "modules/catalog/catalog.h"
#include "modules/chat/chat.h"
#include "modules/notifications/notifications_service.h"
#include "modules/orders/orders.h"

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
    return notifications_record_two(cx, tx, &to_buyer, &to_seller);
}

const struct notifications_reaction notifications_order_reactions[] = {
    {.type = &orders_line_paid, .take = take_paid},
    {.type = &orders_line_refunded, .take = take_refunded},
    {.type = NULL},
};

/* --- the consumer --- */

static const struct notifications_reaction *const reactions[] = {
    notifications_order_reactions, notifications_auction_reactions, notifications_chat_reactions};

static const struct event_type *const types[] = {
    &orders_line_paid,       &orders_line_refunded,         &auctions_bid_outbid,
    &auctions_auction_ended, &auctions_auction_ending_soon, &auctions_auction_voided,
    &chat_message_mentioned, &chat_direct_received,         NULL};

static const struct notifications_reaction *reaction_to(const struct event *event)
{
    for (size_t i = 0; i < COUNT_OF(reactions); i++)
        for (const struct notifications_reaction *row = reactions[i]; row->type != NULL; row++)
            if (str_equal(event->type, str_cstr(row->type->name)))
                return row;
    return NULL;
}

static struct error *handle(struct ctx *cx, struct tx *tx, const struct event *event)
{
    const struct notifications_reaction *reaction = reaction_to(event);
    return reaction != NULL ? reaction->take(cx, tx, event) : NULL;
}

/* Those in a row that only record are recorded together. */
static struct error *handle_all(struct ctx *cx, struct tx *tx, const struct array *events)
{
    VEC(struct notification) drafts = {0};
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = ARRAY_AT(struct event, *events, i);
        const struct notifications_reaction *reaction = reaction_to(event);
        if (reaction == NULL)
            continue;
        if (reaction->draft != NULL) {
            TRY(reaction->draft(cx, event, VEC_PUSH(cx->arena, &drafts)));
            continue;
        }
        TRY(notifications_record_all(cx, tx, drafts.items, drafts.count));
        drafts.count = 0;
        TRY(reaction->take(cx, tx, event));
    }
    return notifications_record_all(cx, tx, drafts.items, drafts.count);
}

/* One consumer for all kinds: they share the inboxes. */
static const struct event_consumer inbox_consumer = {
    .name = "notifications.inbox", .types = types, .handle = handle, .handle_all = handle_all};

const struct event_consumer *const notifications_consumers[] = {&inbox_consumer, NULL};
