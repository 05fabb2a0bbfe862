/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See demo_auction.h. */
#include "app/demo/demo_auction.h"

#include <stdio.h>

#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/fiber/fiber.h"

enum { MAX_BODY = 4 << 10 };
static const int64_t length_us = 7 * US_PER_DAY;
static const int64_t start_limit_us = 30 * US_PER_SECOND;

struct demo_bid {
    size_t bidder;
    int amount, maximum;
};
static const struct demo_bid bids[] = {
    {0, 12000, 15000}, {1, 15500, 21000}, {0, 21600, 24000}, {1, 24500, 32000}};

/* The seller answers: bidder -1. */
struct demo_line {
    int bidder;
    const char *text;
};
static const struct demo_line lines[] = {
    {0, "Is the shy pad the clap or the rim shot?"},
    {-1, "The rim shot. It wakes up after a few bars."},
    {1, "Worth it for the case alone. Good luck, everybody."},
};

/* clang-format off */
struct id_reply {
    struct id id;
    struct str status;
};
static const struct json_field auction_fields[] = {
    JSON_ID(struct id_reply, id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct id_reply, status, .flags = JSON_REQUIRED),
};
static const struct json_type auction_type = JSON_TYPE("DemoAuction", struct id_reply, auction_fields, .ignore_unknown = true);
static const struct json_field room_fields[] = {JSON_ID(struct id_reply, id, .flags = JSON_REQUIRED)};
static const struct json_type room_type = JSON_TYPE("DemoRoom", struct id_reply, room_fields, .ignore_unknown = true);
/* clang-format on */

static struct error *create(struct ctx *cx, const struct demo_sale *sale, struct id_reply *ret_auction)
{
    struct instant ends_at = instant_add_us(clock_now(cx), length_us);
    struct str body =
        arena_printf(cx->arena,
                     "{\"item_id\":\"%" STR_FMT
                     "\",\"starting_price\":12000,\"reserve_price\":20000,\"ends_at\":\"%" STR_FMT "\"}",
                     STR_ARG(id_str(cx->arena, sale->product_id)), STR_ARG(instant_str(cx->arena, ends_at)));
    const struct demo_request request = {HTTP_POST, STR("/auctions"), body, &auction_type};
    return demo_call(cx, sale->seller, &request, ret_auction);
}

/* It starts at once, by a fiber of its own. */
static struct error *wait_live(struct ctx *cx, const struct demo_client *client, struct str path)
{
    const struct demo_request ask = {HTTP_GET, path, STR_NONE, &auction_type};
    int64_t give_up_us = loop_now_us() + start_limit_us;
    for (;;) {
        struct id_reply auction = {.id = ID_NONE};
        TRY(demo_call(cx, client, &ask, &auction));
        if (str_equal(auction.status, STR("live")))
            return NULL;
        if (loop_now_us() > give_up_us)
            return ERROR_CODE(cx, INTERNAL, "the demo's own auction did not start");
        TRY(fiber_sleep_until(cx, loop_now_us() + 50 * US_PER_MS));
    }
}

static struct error *place_bids(struct ctx *cx, const struct demo_sale *sale, struct str auction_path)
{
    struct str path = arena_printf(cx->arena, "%" STR_FMT "/bids", STR_ARG(auction_path));
    for (size_t i = 0; i < COUNT_OF(bids); i++) {
        struct str body =
            arena_printf(cx->arena, "{\"amount\":%d,\"max_amount\":%d}", bids[i].amount, bids[i].maximum);
        TRY(demo_call(cx, &sale->bidders[bids[i].bidder % sale->bidder_count],
                      &(const struct demo_request){HTTP_POST, path, body, NULL}, NULL));
    }
    return NULL;
}

static struct str message_body(struct ctx *cx, const char *text)
{
    struct strbuf body;
    struct json_writer writer;
    strbuf_init(&body, cx->arena, MAX_BODY);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_name(&writer, STR("text"));
    json_put_text(&writer, str_cstr(text));
    json_end_object(&writer);
    return strbuf_str(&body);
}

static struct error *talk(struct ctx *cx, const struct demo_sale *sale, struct id auction_id)
{
    struct str open =
        arena_printf(cx->arena, "/chat/auctions/%" STR_FMT, STR_ARG(id_str(cx->arena, auction_id)));
    struct id_reply room = {.id = ID_NONE};
    TRY(demo_call(cx, sale->seller, &(const struct demo_request){HTTP_GET, open, STR_NONE, &room_type},
                  &room));
    struct str path =
        arena_printf(cx->arena, "/chat/rooms/%" STR_FMT "/messages", STR_ARG(id_str(cx->arena, room.id)));
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const struct demo_client *speaker =
            lines[i].bidder < 0 ? sale->seller : &sale->bidders[(size_t)lines[i].bidder % sale->bidder_count];
        TRY(demo_call(cx, speaker,
                      &(const struct demo_request){HTTP_POST, path, message_body(cx, lines[i].text), NULL},
                      NULL));
    }
    return NULL;
}

struct error *demo_auction_open(struct ctx *cx, const struct demo_sale *sale)
{
    struct id_reply auction = {.id = ID_NONE};
    TRY(create(cx, sale, &auction));
    struct str path = arena_printf(cx->arena, "/auctions/%" STR_FMT, STR_ARG(id_str(cx->arena, auction.id)));
    TRY(wait_live(cx, sale->seller, path));
    TRY(place_bids(cx, sale, path));
    TRY(talk(cx, sale, auction.id));
    printf("  an auction with %zu bids, for a week\n", COUNT_OF(bids));
    return NULL;
}
