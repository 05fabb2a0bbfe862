/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rules of auctions as a filter, for comparing them with a model in another language: one JSON command per line in, the
 * verdict and the state after it out. Times are microseconds.
 *
 *     {"command": "terms", "currency": "USD", "starting_price": 100, …, "starts_at": 0, "ends_at": 60000000}   a new auction
 *     {"command": "bid", "bidder": 1, "amount": 100, "max_amount": 500, "at": 5}    a pre-bid while it is scheduled
 *     {"command": "start"}   {"command": "buy", "bidder": 2, "at": 7}   {"command": "end"}
 *
 * "is_seller": true makes it the seller's bid. A command that makes no sense ends the program with 2. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "modules/auctions/auctions_domain.h"

enum { MAX_BIDDERS = 1000, REPLY_BYTES = 64 << 10 };

enum command_kind { COMMAND_TERMS, COMMAND_BID, COMMAND_START, COMMAND_BUY, COMMAND_END };
static const char *const command_words[] = {
    [COMMAND_TERMS] = "terms", [COMMAND_BID] = "bid", [COMMAND_START] = "start",
    [COMMAND_BUY] = "buy",     [COMMAND_END] = "end",
};
static const struct enum_table command_table = ENUM_TABLE("command", command_words);

struct command {
    int32_t command;
    struct str currency;
    int64_t starting_price, reserve_price, buy_now_price, bid_step, starts_at, ends_at, soft_close_ms,
        extend_ms;
    int64_t bidder, amount, max_amount, at;
    bool is_seller;
};

/* clang-format off */
static const struct json_field command_fields[] = {
    JSON_ENUM(struct command, command, &command_table, .flags = JSON_REQUIRED),
    JSON_TEXT(struct command, currency),
    JSON_INTEGER(struct command, starting_price),
    JSON_INTEGER(struct command, reserve_price),
    JSON_INTEGER(struct command, buy_now_price),
    JSON_INTEGER(struct command, bid_step),
    JSON_INTEGER(struct command, starts_at),
    JSON_INTEGER(struct command, ends_at),
    JSON_INTEGER(struct command, soft_close_ms),
    JSON_INTEGER(struct command, extend_ms),
    JSON_INTEGER(struct command, bidder),
    JSON_INTEGER(struct command, amount),
    JSON_INTEGER(struct command, max_amount),
    JSON_INTEGER(struct command, at),
    JSON_BOOLEAN(struct command, is_seller),
};
static const struct json_type command_type = JSON_TYPE("Command", struct command, command_fields);
/* clang-format on */

struct machine {
    struct auction_terms terms;
    struct auction_state state;
    struct auction_prebid prebids[MAX_BIDDERS];
    bool accepted[MAX_BIDDERS];
    size_t prebid_count;
};

static _Noreturn void refuse(const char *why)
{
    fprintf(stderr, "auctions_domain_cli: %s\n", why);
    exit(2); /* NOLINT(concurrency-mt-unsafe): the program has one thread */
}

static enum auction_verdict set_terms(struct machine *machine, const struct command *command)
{
    machine->terms = (struct auction_terms){
        .starting_price = command->starting_price,
        .reserve_price = command->reserve_price,
        .buy_now_price = command->buy_now_price,
        .bid_step = command->bid_step,
        .starts_at = {command->starts_at},
        .ends_at = {command->ends_at},
        .soft_close_ms = command->soft_close_ms,
        .extend_ms = command->extend_ms,
    };
    if (!currency_parse(command->currency, &machine->terms.currency))
        refuse("no such currency");
    for (size_t i = 0; i < AUCTION_TERMS_RULES; i++)
        if (!auction_terms_rules[i].holds(&machine->terms))
            refuse(auction_terms_rules[i].message);
    machine->state = auction_state_new(&machine->terms);
    machine->prebid_count = 0;
    return AUCTION_OK;
}

static void keep_prebid(struct machine *machine, size_t kept, const struct auction_bid *bid)
{
    struct auction_prebid *prebids = machine->prebids;
    if (kept < machine->prebid_count)
        memmove(&prebids[kept], &prebids[kept + 1],
                (--machine->prebid_count - kept) * sizeof(struct auction_prebid));
    if (machine->prebid_count == MAX_BIDDERS)
        refuse("too many bidders");
    prebids[machine->prebid_count++] =
        (struct auction_prebid){.bidder = bid->bidder, .maximum = bid->maximum};
}

static enum auction_verdict place_prebid(struct machine *machine, const struct auction_bid *bid)
{
    size_t kept = 0;
    while (kept < machine->prebid_count && machine->prebids[kept].bidder != bid->bidder)
        kept++;
    int64_t maximum = kept < machine->prebid_count ? machine->prebids[kept].maximum : 0;
    enum auction_verdict verdict = auction_judge_prebid(&machine->terms, &machine->state, bid, maximum);
    if (verdict == AUCTION_OK)
        keep_prebid(machine, kept, bid);
    return verdict;
}

static enum auction_verdict place_bid(struct machine *machine, const struct command *command)
{
    struct auction_bid bid = {
        .bidder = command->bidder,
        .is_seller = command->is_seller,
        .amount = command->amount,
        .maximum = command->max_amount != 0 ? command->max_amount : command->amount,
    };
    if (machine->state.status == AUCTIONS_SCHEDULED)
        return place_prebid(machine, &bid);
    return auction_judge_bid(&machine->terms, &machine->state, &bid, (struct instant){command->at});
}

static enum auction_verdict start(struct machine *machine, const struct command *command)
{
    (void)command;
    if (machine->state.status != AUCTIONS_SCHEDULED)
        refuse("start of an auction that is not scheduled");
    auction_start(&machine->terms, &machine->state, machine->prebids, machine->prebid_count,
                  machine->accepted);
    return AUCTION_OK;
}

static enum auction_verdict buy(struct machine *machine, const struct command *command)
{
    struct auction_bid bid = {.bidder = command->bidder, .is_seller = command->is_seller};
    return auction_judge_buy_now(&machine->terms, &machine->state, &bid, (struct instant){command->at});
}

static enum auction_verdict end(struct machine *machine, const struct command *command)
{
    (void)command;
    if (machine->state.status != AUCTIONS_LIVE)
        refuse("end of an auction that is not live");
    auction_end(&machine->state);
    return AUCTION_OK;
}

static enum auction_verdict (*const actions[])(struct machine *machine, const struct command *command) = {
    [COMMAND_TERMS] = set_terms, [COMMAND_BID] = place_bid, [COMMAND_START] = start,
    [COMMAND_BUY] = buy,         [COMMAND_END] = end,
};

static void put_number(struct json_writer *writer, struct str name, int64_t value)
{
    json_name(writer, name);
    json_put_i64(writer, value);
}

static void put_word(struct json_writer *writer, struct str name, struct str word)
{
    json_name(writer, name);
    json_put_text(writer, word);
}

static void put_judged(struct json_writer *writer, const struct machine *machine)
{
    json_name(writer, STR("judged"));
    json_begin_array(writer);
    for (size_t i = 0; i < machine->prebid_count; i++) {
        json_begin_object(writer);
        put_number(writer, STR("bidder"), machine->prebids[i].bidder);
        json_name(writer, STR("accepted"));
        json_put_bool(writer, machine->accepted[i]);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void reply(struct arena *arena, const struct machine *machine, const struct command *command,
                  enum auction_verdict verdict)
{
    const struct auction_state *state = &machine->state;
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, REPLY_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    put_word(&writer, STR("verdict"), enum_word(&auction_verdict_words, (int)verdict));
    put_word(&writer, STR("status"), enum_word(&auctions_status_words, (int)state->status));
    put_word(&writer, STR("outcome"), enum_word(&auction_outcome_words, (int)state->outcome));
    put_number(&writer, STR("price"), state->price);
    put_number(&writer, STR("leader"), state->leader);
    put_number(&writer, STR("maximum"), state->maximum);
    put_number(&writer, STR("bid_count"), state->bid_count);
    put_number(&writer, STR("ends_at"), state->ends_at.us);
    put_number(&writer, STR("least"), auction_least_bid(&machine->terms, state));
    json_name(&writer, STR("reserve_met"));
    json_put_bool(&writer, state->is_reserve_met);
    if (command->command == COMMAND_START)
        put_judged(&writer, machine);
    json_end_object(&writer);
    printf("%" STR_FMT "\n", STR_ARG(strbuf_str(&out)));
}

int main(void)
{
    static struct machine machine;
    static char line[4096];
    struct arena *arena = arena_new(0);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct command command = {0};
        if (json_decode(arena, &command_type, str_trim(str_from(line, strcspn(line, "\r\n"))), &command) !=
            NULL)
            refuse("a line that is no command");
        reply(arena, &machine, &command, actions[command.command](&machine, &command));
        arena_clear(arena);
    }
    arena_free(arena);
    return 0;
}
