/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The log and what goes out of the module: bids as everybody sees them, the whole log, receipt keys, an account's own data. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "modules/auctions/auctions_read_service.h"

enum { LOG_BATCH = 500, MAX_LOG_PIECE = 256 << 20, MAX_EXPORT_BYTES = 8 << 20 };

/* --- bids --- */

static struct error *view_bid(struct ctx *cx, const struct auction_event_row *row,
                              struct auction_bid_view *ret_view)
{
    struct auction_body body = {0};
    TRY(auction_body_parse(cx->arena, row->body, &body));
    *ret_view = (struct auction_bid_view){
        .sequence = row->sequence,
        .kind = row->kind,
        .at = row->at,
        .bidder = body.bidder,
        .amount = body.amount,
        .price = body.price,
        .leader = body.leader,
    };
    return NULL;
}

struct error *auctions_list_bids(struct ctx *cx, struct id auction_id, int64_t before, int64_t limit,
                                 struct auction_bid_page *ret_page)
{
    struct auction_row row = {0};
    struct array events = {0};
    bool is_found = false;
    TRY(auctions_repo_find(cx, NULL, auction_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
    TRY(auctions_repo_list_bids(cx, auction_id, before != 0 ? before : INT64_MAX, limit + 1, &events));
    size_t count = events.count > (size_t)limit ? (size_t)limit : events.count;
    struct auction_bid_view *views = ARENA_ARRAY(cx->arena, struct auction_bid_view, count);
    for (size_t i = 0; i < count; i++)
        TRY(view_bid(cx, ARRAY_AT(struct auction_event_row, events, i), &views[i]));
    *ret_page = (struct auction_bid_page){
        .items = {views, count},
        .next_cursor = events.count > count ? views[count - 1].sequence : 0,
    };
    return NULL;
}

/* --- the whole log --- */

static struct str log_piece(struct arena *arena, const struct array *events, bool is_first)
{
    struct strbuf out;
    strbuf_init(&out, arena, MAX_LOG_PIECE);
    for (size_t i = 0; i < events->count; i++) {
        const struct auction_event_row *row = ARRAY_AT(struct auction_event_row, *events, i);
        struct auction_log_event event = {.sequence = row->sequence, .chain = row->chain, .body = row->body};
        if (!is_first || i > 0)
            strbuf_append_char(&out, ',');
        strbuf_append(&out, json_encode(arena, &auction_log_event_type, &event));
    }
    return strbuf_str(&out);
}

/* Up to the event that was last when the reply began. */
static struct error *send_events(struct ctx *cx, const struct auction_row *row,
                                 struct http_exchange *exchange)
{
    int64_t after = 0;
    struct arena_mark mark = arena_mark(cx->arena);
    while (after < row->sequence) {
        struct array events = {0};
        int64_t left = row->sequence - after;
        TRY(auctions_repo_list_events(cx, NULL, row->id, after, left < LOG_BATCH ? left : LOG_BATCH,
                                      &events));
        if (events.count == 0)
            return ERROR_CODE(cx, INTERNAL, "the log ends before its auction's sequence number");
        TRY(exchange_write(exchange, log_piece(cx->arena, &events, after == 0)));
        after = ARRAY_AT(struct auction_event_row, events, events.count - 1)->sequence;
        arena_rewind(cx->arena, mark);
    }
    return NULL;
}

struct error *auctions_send_log(struct ctx *cx, struct id auction_id, struct http_exchange *exchange)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(auctions_repo_find(cx, NULL, auction_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
    TRY(exchange_begin(exchange, 200, STR("application/json"), HTTP_NO_LENGTH));
    TRY(exchange_write(exchange, arena_printf(cx->arena, "{\"auction_id\":\"%" STR_FMT "\",\"events\":[",
                                              STR_ARG(id_str(cx->arena, auction_id)))));
    TRY(send_events(cx, &row, exchange));
    TRY(exchange_write(exchange, STR("]}")));
    return exchange_end(exchange);
}

/* --- receipt keys --- */

struct error *auctions_list_keys(struct ctx *cx, struct auction_keys_view *ret_view)
{
    struct array rows = {0};
    TRY(auctions_repo_list_keys(cx, &rows));
    struct auction_key_view *keys = ARENA_ARRAY(cx->arena, struct auction_key_view, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct auction_key_row *row = ARRAY_AT(struct auction_key_row, rows, i);
        keys[i] = (struct auction_key_view){.public_key = row->public_key, .since = row->created_at};
    }
    *ret_view = (struct auction_keys_view){
        .algorithm = STR("Ed25519"),
        .public_key = str_cstr(auctions_state_of(cx)->public_key),
        .keys = {keys, rows.count},
    };
    return NULL;
}

/* --- who follows --- */

static struct array accounts_of(struct ctx *cx, const struct array *rows)
{
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        ids[i] = ARRAY_AT(struct auction_account_row, *rows, i)->account_id;
    return (struct array){ids, rows->count};
}

struct error *auctions_list_audience(struct ctx *cx, struct id auction_id, enum auctions_audience audience,
                                     struct id after, int64_t limit, struct array *ret_account_ids)
{
    struct array rows = {0};
    TRY(audience == AUCTIONS_WATCHERS
            ? auctions_repo_list_watchers(cx, auction_id, after, limit, &rows)
            : auctions_repo_list_bidder_accounts(cx, auction_id, after, limit, &rows));
    *ret_account_ids = accounts_of(cx, &rows);
    return NULL;
}

struct error *auctions_find_lot(struct ctx *cx, struct tx *tx, struct id auction_id, struct id *ret_seller_id,
                                struct str *ret_title)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(auctions_repo_find(cx, tx, auction_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
    *ret_seller_id = row.seller_id;
    *ret_title = row.title;
    return NULL;
}

/* --- export and erasure --- */

static struct error *put_bids(struct ctx *cx, struct json_writer *writer, const struct auction_own_row *own)
{
    struct array maxima = {0};
    json_begin_object(writer);
    json_name(writer, STR("auction_id"));
    json_put_id(writer, own->auction_id);
    json_name(writer, STR("bidder"));
    json_put_i64(writer, own->number);
    json_name(writer, STR("maxima"));
    json_begin_array(writer);
    TRY(auctions_repo_list_maxima(cx, NULL, own->auction_id, 0, INT64_MAX, &maxima));
    for (size_t i = 0; i < maxima.count; i++)
        if (ARRAY_AT(struct auction_maximum_row, maxima, i)->bidder == own->number)
            json_put_i64(writer, ARRAY_AT(struct auction_maximum_row, maxima, i)->maximum);
    json_end_array(writer);
    json_end_object(writer);
    return NULL;
}

static struct error *put_account(struct ctx *cx, struct json_writer *writer, struct id account_id)
{
    struct array bids = {0};
    struct array watched = {0};
    TRY(auctions_repo_list_own(cx, account_id, &bids));
    TRY(auctions_repo_list_watched(cx, account_id, &watched));
    json_name(writer, STR("bids"));
    json_begin_array(writer);
    for (size_t i = 0; i < bids.count; i++)
        TRY(put_bids(cx, writer, ARRAY_AT(struct auction_own_row, bids, i)));
    json_end_array(writer);
    json_name(writer, STR("watched"));
    json_begin_array(writer);
    for (size_t i = 0; i < watched.count; i++)
        json_put_id(writer, ARRAY_AT(struct auction_own_row, watched, i)->auction_id);
    json_end_array(writer);
    return NULL;
}

struct error *auctions_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    TRY(put_account(cx, &writer, account_id));
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "there are too many bids for one document");
    *ret_json = strbuf_str(&out);
    return NULL;
}

struct error *auctions_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    TRY(auctions_repo_forget_bidder(cx, tx, account_id));
    return auctions_repo_delete_watches(cx, tx, account_id);
}
