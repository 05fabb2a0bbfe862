/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a payment means: the commit that decides a sale, and what is taken back when a provider ends a payment by itself. Everything
 * runs in payments' transaction and first locks the order's row; recordings are locked in the order of their ids. */
#include <stdlib.h>

#include "platform/clock/clock.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/orders/orders_service.h"

/* --- what is expected --- */

static struct error *expected(struct ctx *cx, struct id order_id, struct money *ret_amount,
                              struct id *ret_buyer_id)
{
    struct order_row order = {0};
    bool is_found = false;
    TRY(orders_repo_find(cx, NULL, order_id, &order, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    *ret_amount = orders_money(order.currency, order.total_minor);
    *ret_buyer_id = order.buyer_id;
    return NULL;
}

/* --- selling --- */

struct sale {
    struct order_row *order;
    struct array lines;             /* of struct order_line_row, by spec id */
    struct licensing_issue *issues; /* beside lines */
    const struct reason *refusal;   /* NULL: everything can be sold */
    struct str refusal_detail;
};

static int compare_spec(const void *a, const void *b)
{
    return id_compare(((const struct order_line_row *)a)->spec_id,
                      ((const struct order_line_row *)b)->spec_id);
}

static void refuse(struct ctx *cx, struct sale *sale, const struct reason *reason,
                   const struct order_line_row *line)
{
    sale->refusal = reason;
    sale->refusal_detail = arena_printf(cx->arena, "%s: %" STR_FMT " (%" STR_FMT ")", reason->help,
                                        STR_ARG(line->title), STR_ARG(line->option_name));
}

static struct licensing_issue issue_of(const struct sale *sale, const struct order_line_row *line,
                                       const struct catalog_spec *spec)
{
    return (struct licensing_issue){
        .order_id = sale->order->id,
        .order_line_id = line->id,
        .buyer_id = sale->order->buyer_id,
        .seller_id = line->seller_id,
        .buyer_name = sale->order->buyer_name,
        .seller_name = line->seller_name,
        .spec_id = line->spec_id,
        .spec_title = line->title,
        .option_id = line->option_id,
        .type = line->license_type,
        .option_name = line->option_name,
        .features = line->features,
        .file_types = line->file_types,
        .terms = line->terms,
        .price = orders_money(sale->order->currency, line->price_minor),
        .master_asset_id = spec->master_asset_id,
        .stems_asset_id = spec->stems_asset_id,
    };
}

/* Locks what is sold and asks whether it can be sold now. */
static struct error *claim_offer(struct ctx *cx, struct tx *tx, const struct order_line_row *line)
{
    if (line->kind == ORDER_LINE_LICENSE_WIN)
        return catalog_claim_win(cx, tx, line->spec_id);
    return catalog_claim_sale(cx, tx, line->spec_id, line->option_id,
                              line->license_type == CATALOG_EXCLUSIVE);
}

/* A refusal is no error: it is committed. */
static struct error *claim_license(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index)
{
    const struct order_line_row *line = ARRAY_AT(struct order_line_row, sale->lines, index);
    struct catalog_spec spec = {.status = CATALOG_DELETED};
    bool is_found = false;
    struct error *error = claim_offer(cx, tx, line);
    if (error != NULL && !error_is(error, &catalog_option_closed))
        return error;
    TRY(catalog_find_spec(cx, tx, line->spec_id, &spec, &is_found));
    if (error != NULL || !is_found) {
        refuse(cx, sale,
               is_found && spec.status == CATALOG_SOLD ? &licensing_exclusive_sold : &catalog_option_closed,
               line);
        return NULL;
    }
    sale->issues[index] = issue_of(sale, line, &spec);
    error = licensing_check_sale(cx, tx, &sale->issues[index]);
    if (error_is(error, &licensing_file_missing)) {
        refuse(cx, sale, &licensing_file_missing, line);
        return NULL;
    }
    return error;
}

static struct error *claim_product(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index)
{
    const struct order_line_row *line = ARRAY_AT(struct order_line_row, sale->lines, index);
    struct id auction_id = ID_NONE;
    bool is_held = false;
    TRY(orders_repo_find_win(cx, tx, sale->order->id, &auction_id, &is_held));
    if (is_held)
        TRY(goods_find_hold(cx, tx, line->spec_id, auction_id, &is_held));
    if (!is_held)
        refuse(cx, sale, &goods_out_of_stock, line);
    return NULL;
}

static struct error *give_license(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index)
{
    struct order_line_row *line = ARRAY_AT(struct order_line_row, sale->lines, index);
    return licensing_issue(cx, tx, &sale->issues[index], &line->license_id);
}

static struct error *give_product(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index)
{
    const struct order_line_row *line = ARRAY_AT(struct order_line_row, sale->lines, index);
    struct id auction_id = ID_NONE;
    bool is_win = false;
    TRY(orders_repo_find_win(cx, tx, sale->order->id, &auction_id, &is_win));
    return goods_sell_held(cx, tx, line->spec_id, auction_id);
}

static struct error *withdraw_license(struct ctx *cx, struct tx *tx, const struct order_line_row *line,
                                      struct str why)
{
    return licensing_withdraw(cx, tx, line->id, why);
}

/* What is sold is claimed, all of it, before any of it is given. Goods come back between people: what was sold stays sold. */
static const struct {
    struct error *(*claim)(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index);
    struct error *(*give)(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index);
    struct error *(*withdraw)(struct ctx *cx, struct tx *tx, const struct order_line_row *line,
                              struct str why);
} kinds[ORDER_LINE_KINDS] = {
    [ORDER_LINE_LICENSE] = {claim_license, give_license, withdraw_license},
    [ORDER_LINE_LICENSE_WIN] = {claim_license, give_license, withdraw_license},
    [ORDER_LINE_PRODUCT_WIN] = {claim_product, give_product, NULL},
};

struct error *orders_withdraw_line(struct ctx *cx, struct tx *tx, const struct order_line_row *line,
                                   struct str why)
{
    return kinds[line->kind].withdraw != NULL ? kinds[line->kind].withdraw(cx, tx, line, why) : NULL;
}

static struct error *sell_line(struct ctx *cx, struct tx *tx, struct sale *sale, size_t index)
{
    struct order_line_row *line = ARRAY_AT(struct order_line_row, sale->lines, index);
    orders_move_line(line, ORDERS_PAID);
    line->paid_at = sale->order->paid_at;
    line->fee_minor = payments_platform_fee(cx, orders_money(sale->order->currency, line->price_minor)).minor;
    TRY(kinds[line->kind].give(cx, tx, sale, index));
    TRY(orders_post(cx, tx, sale->order, line, POST_SALE, STR("sale")));
    TRY(orders_repo_update_line(cx, tx, line));
    return orders_tell_line(cx, tx, &orders_line_paid, sale->order, line);
}

static struct error *close_exclusive(struct ctx *cx, struct tx *tx, const struct sale *sale)
{
    for (size_t i = 0; i < sale->lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, sale->lines, i);
        if (line->license_type == CATALOG_EXCLUSIVE)
            TRY(catalog_close_offerings(cx, tx, line->spec_id, sale->order->id));
    }
    return NULL;
}

static struct error *sell(struct ctx *cx, struct tx *tx, struct order_row *order,
                          enum payments_decision *ret_decision)
{
    struct sale sale = {.order = order};
    TRY(orders_load_lines(cx, tx, order->id, &sale.lines));
    qsort(sale.lines.items, sale.lines.count, sizeof(struct order_line_row), compare_spec);
    sale.issues = ARENA_ARRAY(cx->arena, struct licensing_issue, sale.lines.count);
    for (size_t i = 0; i < sale.lines.count && sale.refusal == NULL; i++)
        TRY(kinds[ARRAY_AT(struct order_line_row, sale.lines, i)->kind].claim(cx, tx, &sale, i));
    if (sale.refusal != NULL) {
        *ret_decision = PAYMENTS_VOID;
        return orders_end(cx, tx, order, ORDERS_FAILED, sale.refusal, sale.refusal_detail);
    }
    order->status = ORDERS_PAID;
    order->paid_at = clock_now(cx);
    for (size_t i = 0; i < sale.lines.count; i++)
        TRY(sell_line(cx, tx, &sale, i));
    TRY(close_exclusive(cx, tx, &sale));
    TRY(orders_repo_update(cx, tx, order, order->paid_at));
    TRY(orders_tell_win_paid(cx, tx, order->id));
    *ret_decision = PAYMENTS_CAPTURE;
    return orders_mail_receipt(cx, tx, order, sale.lines);
}

static struct error *decide(struct ctx *cx, struct tx *tx, struct id order_id,
                            enum payments_decision *ret_decision)
{
    struct order_row order = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, order_id, &order, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    *ret_decision = PAYMENTS_VOID;
    switch (order_judge_payment((enum orders_status)order.status, order.expires_at, clock_now(cx))) {
    case PAYMENT_SELLS:
        return sell(cx, tx, &order, ret_decision);
    case PAYMENT_SOLD_BEFORE:
        *ret_decision = PAYMENTS_CAPTURE;
        return NULL;
    case PAYMENT_LATE:
        return orders_end(cx, tx, &order, ORDERS_CANCELLED, &orders_expired,
                          STR("the payment came after the order had expired"));
    case PAYMENT_UNWANTED:
        break;
    }
    return NULL;
}

/* --- taking back --- */

static struct error *take_back_line(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                    struct order_line_row *line)
{
    orders_move_line(line, ORDERS_FAILED);
    TRY(orders_withdraw_line(cx, tx, line, STR("the payment fell through")));
    TRY(orders_post(cx, tx, order, line, POST_REVERSE, STR("sale_reversed")));
    TRY(orders_repo_update_line(cx, tx, line));
    return orders_tell_line(cx, tx, &orders_line_refunded, order, line);
}

static struct error *reopen_exclusive(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                      const struct array *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, *lines, i);
        if (line->license_type == CATALOG_EXCLUSIVE && line->status == ORDERS_FAILED)
            TRY(catalog_reopen_offerings(cx, tx, line->spec_id, order->id));
    }
    return NULL;
}

/* Nobody has paid after all: what was sold is the seller's again, as if nobody had. */
static struct error *take_back(struct ctx *cx, struct tx *tx, struct order_row *order, struct str why)
{
    struct array lines = {0};
    TRY(orders_load_lines(cx, tx, order->id, &lines));
    qsort(lines.items, lines.count, sizeof(struct order_line_row), compare_spec);
    for (size_t i = 0; i < lines.count; i++) {
        struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        if (line->status == ORDERS_PAID)
            TRY(take_back_line(cx, tx, order, line));
    }
    TRY(reopen_exclusive(cx, tx, order, &lines));
    order->status = ORDERS_FAILED;
    order->failure_code = str_cstr(payments_declined.name);
    order->failure_detail = why;
    TRY(orders_repo_update(cx, tx, order, clock_now(cx)));
    return orders_tell_win_lapsed(cx, tx, order->id);
}

static struct error *failed(struct ctx *cx, struct tx *tx, struct id order_id, struct str why)
{
    struct order_row order = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, order_id, &order, &is_found));
    if (!is_found)
        return NULL;
    if (order.status == ORDERS_PENDING)
        return orders_end(cx, tx, &order, ORDERS_FAILED, &payments_declined, why);
    return order.status == ORDERS_PAID ? take_back(cx, tx, &order, why) : NULL;
}

const struct payments_port orders_payments_port = {
    .expected = expected, .decide = decide, .failed = failed, .returned = orders_take_return};
