/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Telling: events through the outbox, messages to those who watch, and what a watcher gets when it joins. */
#include "base/json/json_write.h"

#include "platform/bus/bus.h"
#include "platform/live/live.h"

#include "modules/auctions/auctions_read_service.h"

struct str auctions_room(struct ctx *cx, struct id auction_id)
{
    return arena_printf(cx->arena, "auction:%" STR_FMT, STR_ARG(id_str(cx->arena, auction_id)));
}

struct error *auctions_tell(struct ctx *cx, struct tx *tx, const struct event_type *type,
                            const struct auction_row *row, struct str outcome, struct id winner_id)
{
    struct auctions_event event = {
        .auction_id = row->id,
        .item_id = row->item_id,
        .seller_id = row->seller_id,
        .title = row->title,
        .winner_id = winner_id,
        .outcome = outcome,
        .price = {.minor = row->price},
    };
    REQUIRE(currency_parse(row->currency, &event.price.currency));
    return outbox_write(cx, tx, type, row->id, row->version + 1, &event);
}

/* --- messages --- */

/* The message's type for each kind of event. */
static const char *const message_types[AUCTION_EVENT_KINDS] = {
    [AUCTION_EVENT_CREATED] = "auction", [AUCTION_EVENT_CHANGED] = "auction",
    [AUCTION_EVENT_PREBID] = "bid",      [AUCTION_EVENT_STARTED] = "auction",
    [AUCTION_EVENT_BID] = "bid",         [AUCTION_EVENT_BOUGHT] = "bid",
    [AUCTION_EVENT_ENDED] = "ended",     [AUCTION_EVENT_CANCELLED] = "auction",
    [AUCTION_EVENT_VOIDED] = "auction",
};

static struct live_message message_of(struct ctx *cx, struct str room, int64_t sequence,
                                      const struct auction_body *body)
{
    return (struct live_message){
        .room = room,
        .type = str_cstr(message_types[body->kind]),
        .sequence = sequence,
        .body = auction_body_brief(cx->arena, body),
    };
}

static void publish_extension(struct ctx *cx, const struct lot_run *run, struct str room)
{
    if (run->state.status != AUCTIONS_LIVE || run->was.status != AUCTIONS_LIVE ||
        run->state.ends_at.us == run->was.ends_at.us)
        return;
    struct live_message message = {
        .room = room,
        .type = STR("extended"),
        .body = arena_printf(cx->arena, "{\"ends_at\":%lld}", (long long)run->state.ends_at.us),
        .is_latest_only = true,
    };
    live_publish(cx->platform, &message);
}

void auctions_publish(struct ctx *cx, const struct lot_run *run)
{
    struct str room = auctions_room(cx, run->auction_id);
    for (size_t i = 0; i < run->bodies.count; i++) {
        struct live_message message =
            message_of(cx, room, run->events.items[i].sequence, &run->bodies.items[i]);
        live_publish(cx->platform, &message);
    }
    publish_extension(cx, run, room);
    if (id_is_none(run->outbid_id))
        return;
    struct live_message message = {
        .room = arena_printf(cx->arena, "account:%" STR_FMT, STR_ARG(id_str(cx->arena, run->outbid_id))),
        .type = STR("outbid"),
        .body = arena_printf(cx->arena, "{\"auction_id\":\"%" STR_FMT "\",\"price\":%lld}",
                             STR_ARG(id_str(cx->arena, run->auction_id)), (long long)run->state.price),
    };
    live_publish(cx->platform, &message);
}

/* --- joining --- */

/* ret_listed: false when there is too much of it for messages. */
static struct error *list_missed(struct ctx *cx, struct id auction_id, struct live_join *join,
                                 bool *ret_listed)
{
    struct array events = {0};
    VEC(struct live_message) missed = {0};
    TRY(auctions_repo_list_events(cx, NULL, auction_id, join->after_sequence, LIVE_MISSED_MAX + 1, &events));
    *ret_listed = events.count <= LIVE_MISSED_MAX;
    for (size_t i = 0; *ret_listed && i < events.count; i++) {
        const struct auction_event_row *row = ARRAY_AT(struct auction_event_row, events, i);
        struct auction_body body = {0};
        TRY(auction_body_parse(cx->arena, row->body, &body));
        *VEC_PUSH(cx->arena, &missed) = message_of(cx, join->room, row->sequence, &body);
        join->sequence = row->sequence;
    }
    join->missed = (struct array){missed.items, missed.count};
    return NULL;
}

static struct error *join_room(struct ctx *cx, struct live_join *join)
{
    struct id auction_id = ID_NONE;
    struct auction_row row = {0};
    struct auction_view view;
    bool is_found = false;
    bool is_listed = false;
    if (id_parse(join->key, &auction_id))
        TRY(auctions_repo_find(cx, NULL, auction_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
    join->room = auctions_room(cx, auction_id);
    join->sequence = row.sequence;
    if (join->after_sequence >= 0 && join->after_sequence <= row.sequence)
        TRY(list_missed(cx, auction_id, join, &is_listed));
    if (is_listed)
        return NULL;
    TRY(auctions_view_row(cx, &row, &view));
    join->snapshot = json_encode(cx->arena, &auction_view_type, &view);
    return NULL;
}

const struct live_room_kind auctions_rooms[] = {
    {.prefix = "auction",
     .help = "An auction: bid, extended, ended, auction",
     .counts_viewers = true,
     .join = join_room},
    {.prefix = NULL},
};
