/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A log recomputed: random auctions as the program writes them fit; the same with one character changed do not. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json/json_write.h"

#include "modules/auctions/auctions_service.h"
#include "tests/lib/check.h"

enum { AUCTIONS = 300, MAX_BIDDERS = 6, MAX_EVENTS = 64, LOG_BYTES = 1 << 20 };

/* --- a small writer of logs --- */

struct book {
    struct arena *arena;
    unsigned seed;
    struct auction_terms terms;
    struct auction_state state;
    struct auction_prebid prebids[MAX_BIDDERS];
    size_t prebid_count;
    int64_t bidders, at;
    struct auction_log_event events[MAX_EVENTS];
    int64_t count;
    VEC(struct auction_opened) opened;
    struct str reserve_salt;
};

/* The same in every run. */
static int64_t pick(struct book *book, int64_t limit)
{
    book->seed = book->seed * 1103515245U + 12345U;
    return (int64_t)(book->seed >> 8) % limit;
}

static struct str salt(struct book *book)
{
    return arena_printf(book->arena, "%08x%08x%08x%08x", (unsigned)pick(book, 1 << 20),
                        (unsigned)pick(book, 1 << 20), (unsigned)pick(book, 1 << 20),
                        (unsigned)pick(book, 1 << 20));
}

static void append(struct book *book, struct auction_body *body)
{
    struct str before = book->count == 0 ? auction_chain_start : book->events[book->count - 1].chain;
    struct auction_log_event *event = &book->events[book->count++];
    body->at = book->at;
    event->sequence = book->count;
    event->body = auction_body_format(book->arena, body);
    event->chain = auctions_chain(book->arena, before, event->body);
}

static struct str conceal(struct book *book, int64_t bidder, int64_t maximum)
{
    struct auction_opened opened = {
        .sequence = book->count + 1, .bidder = bidder, .maximum = maximum, .salt = salt(book)};
    *VEC_PUSH(book->arena, &book->opened) = opened;
    return auctions_commitment(book->arena, opened.salt, bidder, maximum);
}

static void create(struct book *book)
{
    struct auction_terms *terms = &book->terms;
    *terms = (struct auction_terms){.starting_price = 1 + pick(book, 3000),
                                    .starts_at = {1000 * US_PER_SECOND},
                                    .ends_at = {2000 * US_PER_SECOND}};
    assert_true(currency_parse(STR("USD"), &terms->currency));
    terms->reserve_price = pick(book, 2) * (terms->starting_price + pick(book, 5000));
    terms->buy_now_price = pick(book, 2) * (terms->starting_price + terms->reserve_price + 1);
    terms->soft_close_ms = pick(book, 2) * 300000;
    terms->extend_ms = terms->soft_close_ms;
    book->state = auction_state_new(terms);
    book->reserve_salt = salt(book);
    struct auction_body body = {.kind = AUCTION_EVENT_CREATED, .auction_id = {{7}}, .item_id = {{8}}};
    auction_body_set_terms(&body, terms);
    body.reserve_commitment = auctions_commitment(book->arena, book->reserve_salt, 0, terms->reserve_price);
    append(book, &body);
}

static void place_prebids(struct book *book)
{
    for (int64_t count = pick(book, 4); count > 0; count--) {
        struct auction_prebid prebid = {.bidder = ++book->bidders,
                                        .maximum = book->terms.starting_price + pick(book, 6000)};
        struct auction_body body = {.kind = AUCTION_EVENT_PREBID, .bidder = prebid.bidder};
        body.commitment = conceal(book, prebid.bidder, prebid.maximum);
        book->prebids[book->prebid_count++] = prebid;
        append(book, &body);
    }
}

static void start(struct book *book)
{
    bool accepted[MAX_BIDDERS] = {0};
    struct auction_judged judged[MAX_BIDDERS] = {{0}};
    book->at = book->terms.starts_at.us;
    auction_start(&book->terms, &book->state, book->prebids, book->prebid_count, accepted);
    for (size_t i = 0; i < book->prebid_count; i++)
        judged[i] = (struct auction_judged){book->prebids[i].bidder, accepted[i]};
    struct auction_body body = {.kind = AUCTION_EVENT_STARTED, .judged = {judged, book->prebid_count}};
    auction_body_set_state(&body, &book->state);
    append(book, &body);
}

static void place_bid(struct book *book)
{
    bool is_new = book->bidders == 0 || (book->bidders < MAX_BIDDERS && pick(book, 3) == 0);
    struct auction_bid bid = {.bidder = is_new ? book->bidders + 1 : 1 + pick(book, book->bidders)};
    bid.amount = auction_least_bid(&book->terms, &book->state) + pick(book, 500) - 20;
    bid.amount = bid.amount < 1 ? 1 : bid.amount;
    bid.maximum = bid.amount + pick(book, 2) * pick(book, 3000);
    book->at += pick(book, 200) * US_PER_SECOND;
    if (auction_judge_bid(&book->terms, &book->state, &bid, (struct instant){book->at}) != AUCTION_OK)
        return;
    struct auction_body body = {.kind = AUCTION_EVENT_BID, .bidder = bid.bidder, .amount = bid.amount};
    body.commitment = conceal(book, bid.bidder, bid.maximum);
    auction_body_set_state(&body, &book->state);
    book->bidders = is_new ? bid.bidder : book->bidders;
    append(book, &body);
}

static void buy_now(struct book *book)
{
    struct auction_bid bid = {.bidder = 1 + pick(book, book->bidders + 1)};
    if (auction_judge_buy_now(&book->terms, &book->state, &bid, (struct instant){book->at}) != AUCTION_OK)
        return;
    struct auction_body body = {
        .kind = AUCTION_EVENT_BOUGHT, .bidder = bid.bidder, .price = book->state.price};
    append(book, &body);
}

static void end(struct book *book)
{
    if (book->state.status == AUCTIONS_LIVE)
        auction_end(&book->state);
    book->at = book->state.ends_at.us;
    struct auction_body body = {
        .kind = AUCTION_EVENT_ENDED,
        .outcome = (int32_t)book->state.outcome,
        .winner = book->state.outcome == AUCTION_SOLD ? book->state.leader : 0,
        .price = book->state.price,
        .opened = {book->opened.items, book->opened.count},
        .reserve = {.price = book->terms.reserve_price, .salt = book->reserve_salt},
    };
    append(book, &body);
}

static void play(struct book *book, struct arena *arena, unsigned seed)
{
    *book = (struct book){.arena = arena, .seed = seed * 2654435761U + 1, .at = 900 * US_PER_SECOND};
    create(book);
    place_prebids(book);
    start(book);
    for (int64_t bids = pick(book, 30); bids > 0; bids--)
        place_bid(book);
    if (pick(book, 4) == 0 && book->at < book->state.ends_at.us)
        buy_now(book);
    end(book);
}

static struct str export(const struct book *book, int64_t count)
{
    struct strbuf out;
    strbuf_init(&out, book->arena, LOG_BYTES);
    strbuf_append(&out, STR("{\"auction_id\":\"07000000-0000-0000-0000-000000000000\",\"events\":["));
    for (int64_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_append_char(&out, ',');
        strbuf_append(&out, json_encode(book->arena, &auction_log_event_type, &book->events[i]));
    }
    strbuf_append(&out, STR("]}"));
    return strbuf_str(&out);
}

static struct auctions_log_report report_of(struct arena *arena, struct str log)
{
    struct auctions_log_report report = {.fits = false};
    struct error *error = auctions_verify_log(arena, log, &report);
    check_that(error == NULL, "the log could not be read");
    return report;
}

/* --- tests --- */

static void what_the_program_writes_fits(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static struct book book;
    for (unsigned seed = 0; seed < AUCTIONS; seed++) {
        play(&book, arena, seed);
        for (int64_t count = 1; count <= book.count; count += count < book.count - 1 ? 7 : 1) {
            struct auctions_log_report report = report_of(arena, export(&book, count));
            check_that(report.fits, "seed %u, %d events: event %d: %.*s", seed, (int)count,
                       (int)report.sequence, STR_ARG(report.text));
        }
        arena_clear(arena);
    }
    arena_free(arena);
}

/* The chain of everything behind it made anew, so that only the rules can tell. */
static void forge(struct book *book, int64_t index, const struct auction_body *body)
{
    struct str chain = index == 0 ? auction_chain_start : book->events[index - 1].chain;
    book->events[index].body = auction_body_format(book->arena, body);
    for (int64_t i = index; i < book->count; i++)
        chain = book->events[i].chain = auctions_chain(book->arena, chain, book->events[i].body);
}

static void change_price(struct auction_body *body)
{
    body->price++;
}

static void change_leader(struct auction_body *body)
{
    body->leader = body->leader % 2 + 1;
}

static void change_end(struct auction_body *body)
{
    body->ends_at += US_PER_SECOND;
}

static void change_count(struct auction_body *body)
{
    body->bid_count += 1;
}

static void change_time(struct auction_body *body)
{
    body->at -= 2000 * US_PER_SECOND;
}

static void change_winner(struct auction_body *body)
{
    body->winner = body->winner + 1;
}

static void change_commitment(struct auction_body *body)
{
    body->commitment = auction_chain_start;
}

struct forgery {
    int32_t kind;
    void (*change)(struct auction_body *body);
};
static const struct forgery forgeries[] = {
    {AUCTION_EVENT_BID, change_price},      {AUCTION_EVENT_BID, change_leader},
    {AUCTION_EVENT_BID, change_end},        {AUCTION_EVENT_BID, change_count},
    {AUCTION_EVENT_BID, change_commitment}, {AUCTION_EVENT_BID, change_time},
    {AUCTION_EVENT_ENDED, change_price},    {AUCTION_EVENT_ENDED, change_winner},
    {AUCTION_EVENT_STARTED, change_count},
};

static void a_forged_event_is_named(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static struct book book;
    size_t tried = 0;
    for (unsigned seed = 0; seed < 60; seed++)
        for (size_t f = 0; f < COUNT_OF(forgeries); f++) {
            play(&book, arena, seed);
            int64_t at = book.count - 1;
            struct auction_body body = {0};
            for (; at >= 0; at--) {
                assert_null(auction_body_parse(arena, book.events[at].body, &body));
                if (body.kind == forgeries[f].kind)
                    break;
            }
            if (at < 0)
                continue;
            forgeries[f].change(&body);
            forge(&book, at, &body);
            struct auctions_log_report report = report_of(arena, export(&book, book.count));
            check_that(!report.fits && report.sequence <= at + 1, "seed %u, forgery %zu at event %d: %.*s",
                       seed, f, (int)at + 1, STR_ARG(report.text));
            tried++;
            arena_clear(arena);
        }
    assert_true(tried > 300);
    arena_free(arena);
}

static void a_flipped_byte_is_found(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static struct book book;
    for (unsigned seed = 0; seed < 40; seed++) {
        play(&book, arena, seed);
        int64_t at = pick(&book, book.count);
        size_t len = book.events[at].body.len;
        char *body = arena_cstr(arena, book.events[at].body);
        size_t place = (size_t)pick(&book, (int64_t)len);
        body[place] ^= 1;
        book.events[at].body = str_from(body, len);
        struct auctions_log_report report = report_of(arena, export(&book, book.count));
        check_that(!report.fits && report.sequence == at + 1, "seed %u: byte %zu of event %d", seed, place,
                   (int)at + 1);
        arena_clear(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_program_writes_fits),
        cmocka_unit_test(a_forged_event_is_named),
        cmocka_unit_test(a_flipped_byte_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
