/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The lot and its sale: held while it is auctioned, ordered by the winner, decided by the seller when the winner does not pay. */
#include "modules/auctions/auctions_service.h"
#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/orders/orders.h"

static const char *const lot_kind_words[] = {
    [AUCTION_LOT_PRODUCT] = "product",
    [AUCTION_LOT_LICENSE] = "license",
};
const struct enum_table auction_lot_kind_words = ENUM_TABLE("auction_lot_kind", lot_kind_words);

static const char *const sale_words[] = {
    [AUCTION_SALE_NONE] = "none",     [AUCTION_SALE_OFFERED] = "offered",
    [AUCTION_SALE_PAID] = "paid",     [AUCTION_SALE_DECIDE] = "decide",
    [AUCTION_SALE_CLOSED] = "closed", [AUCTION_SALE_RELISTED] = "relisted",
};
const struct enum_table auction_sale_words = ENUM_TABLE("auction_sale", sale_words);

enum { MAX_CHANCES = 1000 };

static struct instant now_of(const struct ctx *cx)
{
    return auctions_clock_read(&auctions_state_of(cx)->clock);
}

/* --- the lot --- */

struct error *auctions_hold_lot(struct ctx *cx, struct tx *tx, const struct auction_row *row)
{
    return row->lot_kind == AUCTION_LOT_PRODUCT
               ? goods_hold(cx, tx, row->item_id, row->id)
               : catalog_hold_option(cx, tx, row->item_id, row->option_id, row->id);
}

struct error *auctions_release_lot(struct ctx *cx, struct tx *tx, struct auction_row *row)
{
    if (!row->is_lot_held)
        return NULL;
    row->is_lot_held = false;
    return row->lot_kind == AUCTION_LOT_PRODUCT ? goods_release(cx, tx, row->item_id, row->id)
                                                : catalog_release_option(cx, tx, row->option_id, row->id);
}

/* --- the sale --- */

/* What keeps a winner from having an order is for the seller to decide about; the auction ends all the same. */
static bool is_refusal(const struct error *error)
{
    return error_has_code(error, ERROR_CONFLICT) || error_has_code(error, ERROR_NOT_FOUND) ||
           error_has_code(error, ERROR_FORBIDDEN) || error_has_code(error, ERROR_INVALID) ||
           error_has_code(error, ERROR_GONE);
}

struct error *auctions_offer(struct ctx *cx, struct tx *tx, struct auction_row *row, int64_t bidder,
                             struct id account_id, int64_t price)
{
    struct orders_win win = {
        .auction_id = row->id,
        .item_id = row->item_id,
        .option_id = row->option_id,
        .winner_id = account_id,
        .price = {.minor = price},
        .pay_by = instant_add_us(now_of(cx), auctions_state_of(cx)->settings->pay_within_us),
    };
    row->sale = AUCTION_SALE_DECIDE;
    row->buyer = bidder;
    row->sale_price = price;
    row->order_id = ID_NONE;
    if (id_is_none(account_id))
        return NULL;
    REQUIRE(currency_parse(row->currency, &win.price.currency));
    struct error *error = orders_create_for_win(cx, tx, &win, &row->order_id);
    if (is_refusal(error))
        return NULL;
    TRY(error);
    row->sale = AUCTION_SALE_OFFERED;
    return NULL;
}

struct error *auctions_withdraw_offer(struct ctx *cx, struct tx *tx, struct auction_row *row)
{
    if (row->sale != AUCTION_SALE_OFFERED)
        return NULL;
    row->sale = AUCTION_SALE_CLOSED;
    return orders_cancel_win(cx, tx, row->order_id, STR("the auction was voided"));
}

/* The row of the order's auction, locked; not found when the order is not the one of its sale. */
static struct error *lock_sale(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id,
                               struct auction_row *ret_row, bool *ret_found)
{
    TRY(auctions_repo_lock(cx, tx, auction_id, ret_row, ret_found));
    *ret_found = *ret_found && id_equal(ret_row->order_id, order_id);
    return NULL;
}

struct error *auctions_win_paid(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(lock_sale(cx, tx, auction_id, order_id, &row, &is_found));
    if (!is_found || row.sale != AUCTION_SALE_OFFERED)
        return ERROR(cx, auctions_not_decided, "this order is not what the auction waits for");
    if (row.lot_kind == AUCTION_LOT_PRODUCT)
        TRY(goods_sell_held(cx, tx, row.item_id, auction_id));
    row.sale = AUCTION_SALE_PAID;
    row.is_lot_held = false;
    return auctions_repo_update_sale(cx, tx, &row, now_of(cx));
}

/* The provider has ended the payment after it was decided: the lot is held as before. */
static struct error *take_lot_back(struct ctx *cx, struct tx *tx, struct auction_row *row)
{
    row->is_lot_held = true;
    return row->lot_kind == AUCTION_LOT_PRODUCT ? goods_unsell_held(cx, tx, row->item_id, row->id) : NULL;
}

struct error *auctions_win_lapsed(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(lock_sale(cx, tx, auction_id, order_id, &row, &is_found));
    if (!is_found || (row.sale != AUCTION_SALE_OFFERED && row.sale != AUCTION_SALE_PAID))
        return NULL;
    if (row.sale == AUCTION_SALE_PAID)
        TRY(take_lot_back(cx, tx, &row));
    row.sale = AUCTION_SALE_DECIDE;
    return auctions_repo_update_sale(cx, tx, &row, now_of(cx));
}

/* --- the seller's decisions --- */

struct decision {
    struct id auction_id;
    const struct auction_times *times; /* relist */
    struct id new_id;
    struct instant starts_at;
    struct auction_row row;
};

static bool is_unsold(const struct auction_row *row)
{
    return row->status == AUCTIONS_ENDED && row->sale == AUCTION_SALE_NONE &&
           (row->outcome == AUCTION_NO_BIDS || row->outcome == AUCTION_RESERVE_NOT_MET);
}

static struct error *lock_own(struct ctx *cx, struct tx *tx, struct decision *decision)
{
    bool is_found = false;
    TRY(auctions_repo_lock(cx, tx, decision->auction_id, &decision->row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such auction");
    if (!caller_is(cx, decision->row.seller_id))
        return ERROR_CODE(cx, FORBIDDEN, "only the seller can do this");
    return NULL;
}

static struct error *lock_undecided(struct ctx *cx, struct tx *tx, struct decision *decision)
{
    TRY(lock_own(cx, tx, decision));
    if (decision->row.sale != AUCTION_SALE_DECIDE)
        return ERROR(cx, auctions_not_decided, "there is no unpaid win to decide about");
    return NULL;
}

/* Below whom the next one stands: the winner is passed over, wherever a purchase at once has put it. */
static size_t first_after(const struct auction_row *row, const struct array *best)
{
    if (row->buyer == row->leader)
        return 0;
    for (size_t i = 0; i < best->count; i++)
        if (ARRAY_AT(struct auction_maximum_row, *best, i)->bidder == row->buyer)
            return i + 1;
    return 0;
}

static struct error *offer_to_next(struct ctx *cx, struct tx *tx, struct auction_row *row)
{
    struct array best = {0};
    TRY(auctions_repo_list_best(cx, tx, row->id, MAX_CHANCES, &best));
    for (size_t i = first_after(row, &best); i < best.count; i++) {
        const struct auction_maximum_row *next = ARRAY_AT(struct auction_maximum_row, best, i);
        struct auction_bidder_row bidder = {0};
        bool is_found = false;
        if (next->bidder == row->leader)
            continue;
        TRY(auctions_repo_find_bidder(cx, tx, row->id, next->bidder, &bidder, &is_found));
        if (!is_found || id_is_none(bidder.account_id))
            continue;
        TRY(auctions_offer(cx, tx, row, next->bidder, bidder.account_id, next->maximum));
        if (row->sale == AUCTION_SALE_OFFERED)
            return NULL;
    }
    return ERROR(cx, auctions_not_decided, "nobody else has bid");
}

static struct error *give_second_chance(struct ctx *cx, struct tx *tx, void *arg)
{
    struct decision *decision = arg;
    TRY(lock_undecided(cx, tx, decision));
    TRY(offer_to_next(cx, tx, &decision->row));
    TRY(auctions_repo_update_sale(cx, tx, &decision->row, now_of(cx)));
    return claim_record(cx, tx, decision->auction_id);
}

struct error *auctions_second_chance(struct ctx *cx, struct id auction_id)
{
    struct decision decision = {.auction_id = auction_id};
    return db_transact(cx, TX_WRITE, give_second_chance, &decision);
}

static struct error *relist(struct ctx *cx, struct tx *tx, void *arg)
{
    struct decision *decision = arg;
    struct auction_row *row = &decision->row;
    TRY(lock_own(cx, tx, decision));
    if (row->sale != AUCTION_SALE_DECIDE && !is_unsold(row))
        return ERROR(cx, auctions_not_decided, "the lot is not there to be listed again");
    TRY(auctions_release_lot(cx, tx, row));
    row->sale = AUCTION_SALE_RELISTED;
    TRY(auctions_repo_update_sale(cx, tx, row, now_of(cx)));
    TRY(auctions_make_again(cx, tx, row, decision->times, &decision->new_id));
    row->relisted_id = decision->new_id;
    TRY(auctions_repo_update_sale(cx, tx, row, now_of(cx)));
    return claim_record(cx, tx, decision->new_id);
}

struct error *auctions_relist(struct ctx *cx, struct id auction_id, const struct auction_times *times,
                              struct id *ret_auction_id)
{
    struct decision decision = {.auction_id = auction_id, .times = times};
    TRY(db_transact(cx, TX_WRITE, relist, &decision));
    auctions_look(auctions_state_of(cx), decision.new_id);
    *ret_auction_id = decision.new_id;
    return NULL;
}

static struct error *close_sale(struct ctx *cx, struct tx *tx, void *arg)
{
    struct decision *decision = arg;
    TRY(lock_undecided(cx, tx, decision));
    TRY(auctions_release_lot(cx, tx, &decision->row));
    decision->row.sale = AUCTION_SALE_CLOSED;
    return auctions_repo_update_sale(cx, tx, &decision->row, now_of(cx));
}

struct error *auctions_close_sale(struct ctx *cx, struct id auction_id)
{
    struct decision decision = {.auction_id = auction_id};
    return db_transact(cx, TX_WRITE, close_sale, &decision);
}
