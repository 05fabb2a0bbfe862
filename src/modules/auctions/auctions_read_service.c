/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What can be seen of auctions: views, lists, statistics. */
#include "modules/auctions/auctions_read_service.h"

#include "base/text/encode.h"
#include "base/text/fold.h"

#include "modules/media/media.h"

enum { COVER_SIDE = 512, MAX_QUERY_WORDS = 8, MAX_QUERY_CHARS = 200 };

/* --- views --- */

/* clang-format off */
#define M struct auction_my_view
static const struct json_field my_fields[] = {
    JSON_INTEGER(M, bidder, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX, .help = "The number under which the caller bids"),
    JSON_INTEGER(M, maximum, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX, .help = "Shown to nobody else; null in lists"),
    JSON_BOOLEAN(M, is_leading),
    JSON_BOOLEAN(M, is_watching),
};
static const struct json_type my_type = JSON_TYPE("AuctionMine", M, my_fields);

#define V struct auction_view
#define POSITIVE_OR_NULL .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX
static const struct json_field view_fields[] = {
    JSON_ID(V, id),
    JSON_ENUM(V, lot_kind, &auction_lot_kind_words),
    JSON_ID(V, item_id),
    JSON_ID(V, license_option_id, .flags = JSON_NULLABLE),
    JSON_TEXT(V, title),
    JSON_TEXT(V, slug),
    JSON_TEXT(V, cover_url, .flags = JSON_NULLABLE, .max = 1000),
    JSON_ID(V, seller_id),
    JSON_TEXT(V, seller_name),
    JSON_ENUM(V, status, &auctions_status_words),
    JSON_ENUM(V, outcome, &auction_outcome_words),
    JSON_TEXT(V, currency),
    JSON_INTEGER(V, starting_price),
    JSON_INTEGER(V, buy_now_price, POSITIVE_OR_NULL),
    JSON_INTEGER(V, bid_step, POSITIVE_OR_NULL, .help = "null: by the price's band"),
    JSON_INSTANT(V, starts_at),
    JSON_INSTANT(V, planned_ends_at),
    JSON_INSTANT(V, ends_at, .help = "With the extensions"),
    JSON_INTEGER(V, soft_close_ms),
    JSON_INTEGER(V, extend_ms),
    JSON_INTEGER(V, price, .help = "The starting price before the first bid"),
    JSON_INTEGER(V, leader, POSITIVE_OR_NULL, .help = "A bidder's number"),
    JSON_INTEGER(V, bid_count),
    JSON_INTEGER(V, bidder_count),
    JSON_INTEGER(V, least_bid, .help = "What somebody who does not lead must offer at least"),
    JSON_INTEGER(V, sequence, .help = "Of the last event"),
    JSON_BOOLEAN(V, reserve_met),
    JSON_BOOLEAN(V, can_buy_now),
    JSON_TEXT(V, void_reason, .flags = JSON_OMITTED, .max = 1000),
    JSON_ENUM(V, sale, &auction_sale_words, .help = "What became of the lot after the end"),
    JSON_ID(V, order_id, .flags = JSON_NULLABLE, .help = "For its buyer and the seller"),
    JSON_ID(V, relisted_id, .flags = JSON_NULLABLE, .help = "The auction in which the lot was listed again"),
    JSON_INTEGER(V, viewers),
    JSON_OBJECT(V, my, struct auction_my_view, &my_type, .flags = JSON_NULLABLE, .help = "Of the caller: null without a bid and a watch"),
    JSON_INSTANT(V, server_time, .help = "For the countdown"),
    JSON_INSTANT(V, created_at),
};
const struct json_type auction_view_type = JSON_TYPE("Auction", V, view_fields);
/* clang-format on */

static struct str cover_url(struct ctx *cx, const struct auction_row *row)
{
    return id_is_none(row->cover_asset_id) ? STR_NONE : media_image_url(cx, row->cover_asset_id, COVER_SIDE);
}

struct error *auctions_view_row(struct ctx *cx, const struct auction_row *row, struct auction_view *ret_view)
{
    struct auction_terms terms = auctions_row_terms(row);
    struct auction_state state = auctions_row_state(row);
    struct instant now = auctions_clock_read(&auctions_state_of(cx)->clock);
    *ret_view = (struct auction_view){
        .id = row->id,
        .item_id = row->item_id,
        .license_option_id = row->option_id,
        .lot_kind = row->lot_kind,
        .title = row->title,
        .slug = row->slug,
        .cover_url = cover_url(cx, row),
        .seller_id = row->seller_id,
        .seller_name = row->seller_name,
        .currency = row->currency,
        .status = row->status,
        .outcome = row->outcome,
        .starting_price = row->starting_price,
        .buy_now_price = row->buy_now_price,
        .bid_step = row->bid_step,
        .starts_at = row->starts_at,
        .planned_ends_at = row->planned_ends_at,
        .ends_at = row->ends_at,
        .soft_close_ms = row->soft_close_ms,
        .extend_ms = row->extend_ms,
        .price = row->leader != 0 ? row->price : row->starting_price,
        .leader = row->leader,
        .bid_count = row->bid_count,
        .bidder_count = row->bidder_count,
        .least_bid = auction_least_bid(&terms, &state),
        .sequence = row->sequence,
        .reserve_met = row->is_reserve_met,
        .can_buy_now = auction_can_buy_now(&terms, &state, now),
        .void_reason = str_is_empty(row->void_reason) ? STR_NONE : row->void_reason,
        .sale = row->sale,
        .relisted_id = row->relisted_id,
        .viewers = live_count(cx->platform, auctions_room(cx, row->id)).now,
        .server_time = now,
        .created_at = row->created_at,
    };
    return NULL;
}

static struct error *find_own_number(struct ctx *cx, struct id auction_id, int64_t *ret_number)
{
    struct array known = {0};
    struct id account_id = cx->caller->account_id;
    TRY(auctions_repo_list_bidders(cx, NULL, auction_id, (struct array){&account_id, 1}, &known));
    *ret_number = known.count == 0 ? 0 : ARRAY_AT(struct auction_bidder_row, known, 0)->number;
    return NULL;
}

static struct error *fill_own(struct ctx *cx, const struct auction_row *row, struct auction_view *view)
{
    struct auction_my_view *my = &view->my;
    if (caller_is_anonymous(cx))
        return NULL;
    TRY(find_own_number(cx, row->id, &my->bidder));
    TRY(auctions_repo_is_watched(cx, cx->caller->account_id, row->id, &my->is_watching));
    if (my->bidder != 0)
        TRY(auctions_repo_find_maximum(cx, NULL, row->id, my->bidder, &my->maximum));
    my->is_leading = my->bidder != 0 && my->bidder == row->leader;
    bool is_party = caller_is(cx, row->seller_id) || (my->bidder != 0 && my->bidder == row->buyer);
    view->order_id = is_party ? row->order_id : ID_NONE;
    return NULL;
}

static struct error *load(struct ctx *cx, struct id auction_id, struct auction_row *ret_row)
{
    bool is_found = false;
    TRY(auctions_repo_find(cx, NULL, auction_id, ret_row, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
}

struct error *auctions_load_view(struct ctx *cx, struct id auction_id, struct auction_view *ret_view)
{
    struct auction_row row = {0};
    TRY(load(cx, auction_id, &row));
    TRY(auctions_view_row(cx, &row, ret_view));
    return fill_own(cx, &row, ret_view);
}

/* --- lists --- */

/* Words in their order, anything between them. */
static struct str pattern_of(struct ctx *cx, struct str words)
{
    struct strbuf out;
    struct str word = STR_NONE;
    strbuf_init(&out, cx->arena, MAX_QUERY_CHARS * 8);
    strbuf_append_char(&out, '%');
    while (words.ptr != NULL && str_split(&words, ' ', &word)) {
        strbuf_append(&out, word);
        strbuf_append_char(&out, '%');
    }
    return strbuf_str(&out);
}

static struct error *add_words(struct ctx *cx, struct str query, struct auction_filter *filter)
{
    VEC(struct str) parts = {0};
    struct str words = fold_words(cx->arena, query, MAX_QUERY_WORDS), word = STR_NONE;
    filter->query = pattern_of(cx, words);
    while (words.len != 0 && str_split(&words, ' ', &word))
        *VEC_PUSH(cx->arena, &parts) = title_part(word);
    if (parts.count == 0)
        return NULL;
    return auctions_repo_find_rare_word(cx, (struct array){parts.items, parts.count}, &filter->word);
}

static struct error *require_login(struct ctx *cx, const struct auction_search *search)
{
    bool is_own = search->watched || search->bidding || search->selling;
    return is_own && caller_is_anonymous(cx) ? ERROR_CODE(cx, UNAUTHENTICATED, "log in to see your own")
                                             : NULL;
}

static struct error *filter_of(struct ctx *cx, const struct auction_search *search,
                               struct auction_filter *ret_filter)
{
    struct id caller_id = cx->caller->account_id;
    TRY(require_login(cx, search));
    *ret_filter = (struct auction_filter){
        .status = search->status,
        .seller_id = search->selling ? caller_id : search->seller,
        .item_id = search->item,
        .watcher_id = search->watched ? caller_id : ID_NONE,
        .bidder_id = search->bidding ? caller_id : ID_NONE,
        .order = (enum auction_order)search->sort,
        .limit = search->limit + 1,
    };
    if (ret_filter->order == AUCTION_BY_ENDING && search->status < 0)
        ret_filter->open_at = auctions_clock_read(&auctions_state_of(cx)->clock);
    if (!str_is_empty(search->q))
        TRY(add_words(cx, search->q, ret_filter));
    return page_key_parse(cx, search->cursor, &ret_filter->after);
}

/* The caller's numbers, by auction. */
static void fill_number(const struct array *own, const struct auction_row *row, struct auction_view *view)
{
    for (size_t i = 0; i < own->count; i++) {
        const struct auction_own_row *mine = ARRAY_AT(struct auction_own_row, *own, i);
        if (!id_equal(mine->auction_id, row->id))
            continue;
        view->my.bidder = mine->number;
        view->my.is_leading = mine->number == row->leader;
    }
}

struct error *auctions_search(struct ctx *cx, const struct auction_search *search,
                              struct auction_page *ret_page)
{
    struct auction_filter filter;
    struct array rows = {0};
    struct array own = {0};
    TRY(filter_of(cx, search, &filter));
    TRY(auctions_repo_list(cx, &filter, &rows));
    if (search->bidding)
        TRY(auctions_repo_list_own(cx, cx->caller->account_id, &own));
    bool has_more = rows.count > (size_t)search->limit;
    size_t count = has_more ? (size_t)search->limit : rows.count;
    struct auction_view *views = ARENA_ARRAY(cx->arena, struct auction_view, count);
    for (size_t i = 0; i < count; i++) {
        const struct auction_row *row = ARRAY_AT(struct auction_row, rows, i);
        TRY(auctions_view_row(cx, row, &views[i]));
        views[i].my.is_watching = search->watched;
        fill_number(&own, row, &views[i]);
    }
    *ret_page = (struct auction_page){
        .items = {views, count},
        .server_time = auctions_clock_read(&auctions_state_of(cx)->clock),
    };
    if (has_more) {
        const struct auction_row *last = ARRAY_AT(struct auction_row, rows, count - 1);
        ret_page->next_cursor = page_key_format(cx->arena, last->ends_at, last->id);
    }
    return NULL;
}

/* --- watching, statistics --- */

struct error *auctions_watch(struct ctx *cx, struct id auction_id)
{
    struct auction_row row = {0};
    TRY(load(cx, auction_id, &row));
    return auctions_repo_insert_watch(cx, NULL, cx->caller->account_id, auction_id,
                                      auctions_clock_read(&auctions_state_of(cx)->clock));
}

struct error *auctions_unwatch(struct ctx *cx, struct id auction_id)
{
    struct auction_row row = {0};
    TRY(load(cx, auction_id, &row));
    return auctions_repo_delete_watch(cx, cx->caller->account_id, auction_id);
}

struct error *auctions_count(struct ctx *cx, struct id auction_id, struct auction_statistics *ret_counts)
{
    struct auction_row row = {0};
    TRY(load(cx, auction_id, &row));
    struct live_viewers viewers = live_count(cx->platform, auctions_room(cx, auction_id));
    *ret_counts = (struct auction_statistics){
        .bids = row.bid_count,
        .bidders = row.bidder_count,
        .viewers = viewers.now,
        .viewers_peak = viewers.peak > row.viewers_peak ? viewers.peak : row.viewers_peak,
        .extensions_ms = row.ends_at.us > row.planned_ends_at.us
                             ? (row.ends_at.us - row.planned_ends_at.us) / US_PER_MS
                             : 0,
        .revenue = {.minor = row.sale == AUCTION_SALE_PAID ? row.sale_price : 0},
        .server_time = auctions_clock_read(&auctions_state_of(cx)->clock),
    };
    REQUIRE(currency_parse(row.currency, &ret_counts->revenue.currency));
    return auctions_repo_count_watchers(cx, auction_id, &ret_counts->watchers);
}

/* --- reports --- */

struct error *auctions_report(struct ctx *cx, struct id auction_id, struct catalog_complaint complaint)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(auctions_repo_find(cx, NULL, auction_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
    complaint.item_id = row.item_id;
    complaint.auction_id = row.id;
    return catalog_report(cx, &complaint);
}
