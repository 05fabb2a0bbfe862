/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Bodies of events. See auctions_body_domain.h. */
#include "modules/auctions/auctions_body_domain.h"

#include "base/json/json_read.h"
#include "base/json/json_write.h"

enum { MAX_JUDGED = 1000000, MAX_OPENED = 10000000 };

const struct str auction_chain_start =
    STR_INIT("0000000000000000000000000000000000000000000000000000000000000000");

static const char *const kind_words[AUCTION_EVENT_KINDS] = {
    [AUCTION_EVENT_CREATED] = "created", [AUCTION_EVENT_CHANGED] = "changed",
    [AUCTION_EVENT_PREBID] = "prebid",   [AUCTION_EVENT_STARTED] = "started",
    [AUCTION_EVENT_BID] = "bid",         [AUCTION_EVENT_BOUGHT] = "bought",
    [AUCTION_EVENT_ENDED] = "ended",     [AUCTION_EVENT_CANCELLED] = "cancelled",
    [AUCTION_EVENT_VOIDED] = "voided",
};
const struct enum_table auction_event_words = ENUM_TABLE("auction_event_kind", kind_words);

/* clang-format off */
static const struct json_field judged_fields[] = {
    JSON_INTEGER(struct auction_judged, bidder, .flags = JSON_REQUIRED),
    JSON_BOOLEAN(struct auction_judged, accepted, .flags = JSON_REQUIRED),
};
static const struct json_type judged_type = JSON_TYPE("AuctionJudged", struct auction_judged, judged_fields);

static const struct json_field opened_fields[] = {
    JSON_INTEGER(struct auction_opened, sequence, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct auction_opened, bidder, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct auction_opened, maximum, .flags = JSON_REQUIRED),
    JSON_TEXT(struct auction_opened, salt, .flags = JSON_REQUIRED, .max = AUCTION_SALT_CHARS),
};
static const struct json_type opened_type = JSON_TYPE("AuctionOpened", struct auction_opened, opened_fields);

static const struct json_field reserve_fields[] = {
    JSON_INTEGER(struct auction_opened_reserve, price, .flags = JSON_REQUIRED),
    JSON_TEXT(struct auction_opened_reserve, salt, .flags = JSON_REQUIRED, .max = AUCTION_SALT_CHARS),
};
static const struct json_type reserve_type = JSON_TYPE("AuctionOpenedReserve", struct auction_opened_reserve, reserve_fields);

#define B struct auction_body
#define MUST .flags = JSON_REQUIRED
#define HEAD JSON_ENUM(B, kind, &auction_event_words, MUST), JSON_INTEGER(B, at, MUST)
#define NUMBER_OR_NULL .flags = JSON_REQUIRED | JSON_NULLABLE, .min = 1, .max = INT64_MAX

static const struct json_field terms_fields[] = {
    HEAD,
    JSON_ID(B, auction_id, MUST), JSON_ID(B, item_id, MUST), JSON_TEXT(B, currency, MUST),
    JSON_INTEGER(B, starting_price, MUST), JSON_TEXT(B, reserve_commitment, MUST), JSON_INTEGER(B, buy_now_price, MUST),
    JSON_INTEGER(B, bid_step, MUST), JSON_INTEGER(B, starts_at, MUST), JSON_INTEGER(B, ends_at, MUST),
    JSON_INTEGER(B, soft_close_ms, MUST), JSON_INTEGER(B, extend_ms, MUST),
};
static const struct json_field prebid_fields[] = {
    HEAD, JSON_INTEGER(B, bidder, MUST), JSON_TEXT(B, commitment, MUST),
};
static const struct json_field started_fields[] = {
    HEAD, JSON_OBJECTS(B, judged, &judged_type, MUST, .max = MAX_JUDGED), JSON_INTEGER(B, price, MUST),
    JSON_INTEGER(B, leader, NUMBER_OR_NULL), JSON_BOOLEAN(B, reserve_met, MUST), JSON_INTEGER(B, bid_count, MUST),
};
static const struct json_field bid_fields[] = {
    HEAD, JSON_INTEGER(B, bidder, MUST), JSON_INTEGER(B, amount, MUST), JSON_TEXT(B, commitment, MUST),
    JSON_INTEGER(B, price, MUST), JSON_INTEGER(B, leader, NUMBER_OR_NULL), JSON_BOOLEAN(B, reserve_met, MUST),
    JSON_INTEGER(B, bid_count, MUST), JSON_INTEGER(B, ends_at, MUST),
};
static const struct json_field bought_fields[] = {
    HEAD, JSON_INTEGER(B, bidder, MUST), JSON_INTEGER(B, price, MUST),
};
static const struct json_field ended_fields[] = {
    HEAD, JSON_ENUM(B, outcome, &auction_outcome_words, MUST), JSON_INTEGER(B, winner, NUMBER_OR_NULL), JSON_INTEGER(B, price, MUST),
    JSON_OBJECTS(B, opened, &opened_type, MUST, .max = MAX_OPENED),
    JSON_OBJECT(B, reserve, struct auction_opened_reserve, &reserve_type, MUST),
};
static const struct json_field ended_brief_fields[] = {
    HEAD, JSON_ENUM(B, outcome, &auction_outcome_words), JSON_INTEGER(B, winner, NUMBER_OR_NULL), JSON_INTEGER(B, price),
};
static const struct json_field cancelled_fields[] = {HEAD};
static const struct json_field voided_fields[] = {HEAD, JSON_TEXT(B, reason, MUST, .max = 1000)};

/* Only the kind, to know which of the others it is. */
static const struct json_field head_fields[] = {HEAD};
static const struct json_type head_type = JSON_TYPE("AuctionEventHead", B, head_fields, .ignore_unknown = true);

static const struct json_type types[AUCTION_EVENT_KINDS] = {
    [AUCTION_EVENT_CREATED]   = JSON_TYPE("AuctionCreated", B, terms_fields),
    [AUCTION_EVENT_CHANGED]   = JSON_TYPE("AuctionChanged", B, terms_fields),
    [AUCTION_EVENT_PREBID]    = JSON_TYPE("AuctionPrebid", B, prebid_fields),
    [AUCTION_EVENT_STARTED]   = JSON_TYPE("AuctionStarted", B, started_fields),
    [AUCTION_EVENT_BID]       = JSON_TYPE("AuctionBidPlaced", B, bid_fields),
    [AUCTION_EVENT_BOUGHT]    = JSON_TYPE("AuctionBought", B, bought_fields),
    [AUCTION_EVENT_ENDED]     = JSON_TYPE("AuctionEnded", B, ended_fields),
    [AUCTION_EVENT_CANCELLED] = JSON_TYPE("AuctionCancelled", B, cancelled_fields),
    [AUCTION_EVENT_VOIDED]    = JSON_TYPE("AuctionVoided", B, voided_fields),
};
static const struct json_type ended_brief_type = JSON_TYPE("AuctionEndedBrief", B, ended_brief_fields);

static const struct json_field log_event_fields[] = {
    JSON_INTEGER(struct auction_log_event, sequence, MUST, .min = 1, .max = INT64_MAX),
    JSON_TEXT(struct auction_log_event, chain, MUST, .min = AUCTION_CHAIN_CHARS, .max = AUCTION_CHAIN_CHARS),
    JSON_TEXT(struct auction_log_event, body, MUST, .max = INT32_MAX, .help = "The exact text that the chain covers"),
};
const struct json_type auction_log_event_type = JSON_TYPE("AuctionLogEvent", struct auction_log_event, log_event_fields);
/* clang-format on */

struct str auction_body_format(struct arena *arena, const struct auction_body *body)
{
    return json_encode(arena, &types[body->kind], body);
}

struct str auction_body_brief(struct arena *arena, const struct auction_body *body)
{
    const struct json_type *type = body->kind == AUCTION_EVENT_ENDED ? &ended_brief_type : &types[body->kind];
    return json_encode(arena, type, body);
}

struct error *auction_body_parse(struct arena *arena, struct str text, struct auction_body *ret_body)
{
    struct auction_body head = {.kind = 0};
    TRY(json_decode(arena, &head_type, text, &head));
    return json_decode(arena, &types[head.kind], text, ret_body);
}

void auction_body_set_terms(struct auction_body *body, const struct auction_terms *terms)
{
    body->currency = str_cstr(terms->currency.code);
    body->starting_price = terms->starting_price;
    body->buy_now_price = terms->buy_now_price;
    body->bid_step = terms->bid_step;
    body->starts_at = terms->starts_at.us;
    body->ends_at = terms->ends_at.us;
    body->soft_close_ms = terms->soft_close_ms;
    body->extend_ms = terms->extend_ms;
}

void auction_body_set_state(struct auction_body *body, const struct auction_state *state)
{
    body->price = state->price;
    body->leader = state->leader;
    body->reserve_met = state->is_reserve_met;
    body->bid_count = state->bid_count;
    body->ends_at = state->ends_at.us;
}
