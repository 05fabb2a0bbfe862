/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Orders for what was won at auctions: made when the auction ends, paid within their own time, told to the auction when they
 * are paid or lapse. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/identity/identity.h"
#include "modules/orders/orders_service.h"

void orders_set_port(const struct ctx *cx, const struct orders_port *port)
{
    orders_state_of(cx)->port = port;
}

/* --- making --- */

static struct error *fill_product(struct ctx *cx, struct tx *tx, const struct orders_win *win,
                                  struct order_line_row *line)
{
    struct goods_product product = {.id = ID_NONE};
    bool is_found = false;
    TRY(goods_find_product(cx, tx, win->item_id, &product, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such product");
    line->kind = ORDER_LINE_PRODUCT_WIN;
    line->license_type = -1;
    line->seller_id = product.owner_id;
    line->seller_name = product.owner_name;
    line->title = product.title;
    line->option_name = enum_word(&goods_condition_words, product.condition);
    line->features = line->file_types = STR("[]");
    line->terms = STR("{}");
    return NULL;
}

static struct error *fill_license(struct ctx *cx, struct tx *tx, const struct orders_win *win,
                                  struct order_line_row *line)
{
    struct catalog_option option;
    struct identity_account seller;
    bool is_found = false;
    TRY(catalog_load_option(cx, tx, win->option_id, &option));
    TRY(identity_find_account(cx, tx, option.seller_id, &seller, &is_found));
    if (!is_found || !id_equal(option.spec_id, win->item_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such licence option");
    line->kind = ORDER_LINE_LICENSE_WIN;
    line->option_id = option.id;
    line->license_type = option.type;
    line->seller_id = option.seller_id;
    line->seller_name = seller.display_name;
    line->title = option.spec_title;
    line->option_name = option.name;
    line->features = option.features;
    line->file_types = option.file_types;
    line->terms = option.terms;
    return NULL;
}

/* An account that was deleted since has nobody left to pay: the order lapses. */
static struct error *name_of_winner(struct ctx *cx, struct tx *tx, struct id winner_id, struct str *ret_name)
{
    struct identity_account winner;
    bool is_found = false;
    TRY(identity_find_account(cx, tx, winner_id, &winner, &is_found));
    *ret_name = is_found ? winner.display_name : STR("Deleted account");
    return NULL;
}

struct error *orders_create_for_win(struct ctx *cx, struct tx *tx, const struct orders_win *win,
                                    struct id *ret_order_id)
{
    struct order_row order = {
        .id = crypto_new_id(cx),
        .buyer_id = win->winner_id,
        .status = ORDERS_PENDING,
        .currency = arena_str(cx->arena, str_cstr(win->price.currency.code)),
        .total_minor = win->price.minor,
        .provider = (int32_t)payments_default_provider(cx),
        .expires_at = win->pay_by,
        .created_at = clock_now(cx),
    };
    struct order_line_row line = {
        .id = crypto_new_id(cx),
        .order_id = order.id,
        .status = ORDERS_PENDING,
        .spec_id = win->item_id,
        .price_minor = win->price.minor,
    };
    TRY(id_is_none(win->option_id) ? fill_product(cx, tx, win, &line) : fill_license(cx, tx, win, &line));
    TRY(name_of_winner(cx, tx, win->winner_id, &order.buyer_name));
    TRY(orders_repo_insert(cx, tx, &order));
    TRY(orders_repo_insert_line(cx, tx, &line));
    TRY(orders_repo_insert_win(cx, tx, order.id, win->auction_id));
    *ret_order_id = order.id;
    return NULL;
}

/* --- telling the auction --- */

static struct error *tell(struct ctx *cx, struct tx *tx, struct id order_id,
                          struct error *(*win)(struct ctx *cx, struct tx *tx, struct id auction_id,
                                               struct id order_id))
{
    struct id auction_id = ID_NONE;
    bool is_win = false;
    TRY(orders_repo_find_win(cx, tx, order_id, &auction_id, &is_win));
    return is_win ? win(cx, tx, auction_id, order_id) : NULL;
}

struct error *orders_tell_win_paid(struct ctx *cx, struct tx *tx, struct id order_id)
{
    const struct orders_port *port = orders_state_of(cx)->port;
    return port != NULL ? tell(cx, tx, order_id, port->win_paid) : NULL;
}

struct error *orders_tell_win_lapsed(struct ctx *cx, struct tx *tx, struct id order_id)
{
    const struct orders_port *port = orders_state_of(cx)->port;
    return port != NULL ? tell(cx, tx, order_id, port->win_lapsed) : NULL;
}

struct error *orders_cancel_win(struct ctx *cx, struct tx *tx, struct id order_id, struct str why)
{
    struct order_row order = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, order_id, &order, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    if (order.status == ORDERS_FAILED || order.status == ORDERS_CANCELLED)
        return NULL;
    if (order.status != ORDERS_PENDING)
        return ERROR(cx, orders_wrong_state, "the order is %s", orders_status_words.words[order.status]);
    TRY(orders_end_quietly(cx, tx, &order,
                           &(struct orders_ending){ORDERS_CANCELLED, &orders_wrong_state, why}));
    return payments_abandon(cx, tx, order.id);
}
