/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An exported log, recomputed. Needs nothing but the text. */
#include "base/json/json_read.h"

#include "modules/auctions/auctions_service.h"

enum { MAX_EVENTS = 100000000 };

struct exported_log {
    struct id auction_id;
    struct array events; /* struct auction_log_event */
};
/* clang-format off */
static const struct json_field log_fields[] = {
    JSON_ID(struct exported_log, auction_id, .flags = JSON_REQUIRED),
    JSON_OBJECTS(struct exported_log, events, &auction_log_event_type, .flags = JSON_REQUIRED, .max = MAX_EVENTS),
};
static const struct json_type log_type = JSON_TYPE("AuctionLog", struct exported_log, log_fields);
/* clang-format on */

/* What the end opened, if there is an end that can be read. It may follow `voided`. */
static void open_log(struct auction_replay *replay, const struct exported_log *log)
{
    for (size_t i = log->events.count; i > 0 && !replay->is_open; i--) {
        struct auction_body body = {0};
        const struct auction_log_event *event = ARRAY_AT(struct auction_log_event, log->events, i - 1);
        if (auction_body_parse(replay->arena, event->body, &body) != NULL || body.kind != AUCTION_EVENT_ENDED)
            continue;
        replay->is_open = true;
        replay->opened = body.opened;
        replay->reserve = body.reserve;
    }
}

static struct str summary_of(const struct auction_replay *replay)
{
    const struct auction_state *state = &replay->state;
    struct money price = {.minor = state->price, .currency = replay->terms.currency};
    struct str amount = money_str(replay->arena, price);
    if (state->outcome == AUCTION_SOLD)
        return arena_printf(replay->arena, "%lld events, %lld bids; sold to bidder %lld for %" STR_FMT,
                            (long long)replay->sequence, (long long)state->bid_count,
                            (long long)state->leader, STR_ARG(amount));
    struct str word = state->status == AUCTIONS_ENDED || state->outcome == AUCTION_VOIDED
                          ? enum_word(&auction_outcome_words, (int)state->outcome)
                          : enum_word(&auctions_status_words, (int)state->status);
    return arena_printf(
        replay->arena, "%lld events, %lld bids; %" STR_FMT "%s", (long long)replay->sequence,
        (long long)state->bid_count, STR_ARG(word),
        replay->is_open ? "" : "; the maxima are not opened yet, so only what can be seen was judged");
}

/* First, and before anything that the end opened is believed: that the text is what was written. */
static struct str check_chain(struct arena *arena, const struct exported_log *log, int64_t *ret_sequence)
{
    struct str chain = auction_chain_start;
    for (size_t i = 0; i < log->events.count; i++) {
        const struct auction_log_event *event = ARRAY_AT(struct auction_log_event, log->events, i);
        *ret_sequence = event->sequence;
        if (event->sequence != (int64_t)i + 1)
            return arena_printf(arena, "event %zu should stand here", i + 1);
        if (!str_equal(event->chain, auctions_chain(arena, chain, event->body)))
            return STR("the chain is broken here");
        chain = event->chain;
    }
    return log->events.count != 0 ? STR_NONE : STR("there is no event");
}

struct error *auctions_verify_log(struct arena *arena, struct str json,
                                  struct auctions_log_report *ret_report)
{
    struct exported_log log = {0};
    struct auction_replay replay;
    TRY(json_decode(arena, &log_type, json, &log));
    *ret_report = (struct auctions_log_report){.fits = false};
    ret_report->text = check_chain(arena, &log, &ret_report->sequence);
    ret_report->fits = ret_report->text.ptr == NULL;
    auctions_replay_init(&replay, arena);
    open_log(&replay, &log);
    for (size_t i = 0; i < log.events.count && ret_report->fits; i++) {
        const struct auction_log_event *event = ARRAY_AT(struct auction_log_event, log.events, i);
        struct str why = auctions_replay_event(&replay, event);
        if (why.ptr == NULL && !id_equal(replay.auction_id, log.auction_id))
            why = STR("it belongs to another auction");
        if (why.ptr != NULL)
            *ret_report = (struct auctions_log_report){.sequence = event->sequence, .text = why};
    }
    if (ret_report->fits)
        ret_report->text = summary_of(&replay);
    return NULL;
}
