/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What orders of all ends share, and the ends without a sale: cancelled by the buyer, expired. */
#include "platform/bus/bus.h"
#include "platform/clock/clock.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/orders/orders_service.h"

struct orders_state *orders_state_of(const struct ctx *cx)
{
    return module_state(cx, &orders_module);
}

struct money orders_money(struct str currency, int64_t minor)
{
    struct money money = {.minor = minor};
    bool is_currency = currency_parse(currency, &money.currency);
    REQUIRE(is_currency);
    return money;
}

void orders_move_line(struct order_line_row *line, enum orders_status to)
{
    REQUIRE(order_line_may_move((enum order_line_kind)line->kind, (enum orders_status)line->status, to));
    line->status = (int32_t)to;
}

struct error *orders_load_lines(struct ctx *cx, struct tx *tx, struct id order_id, struct array *ret_lines)
{
    return orders_repo_list_lines(cx, tx, &order_id, 1, ret_lines);
}

struct error *orders_end_quietly(struct ctx *cx, struct tx *tx, struct order_row *order,
                                 const struct orders_ending *ending)
{
    struct array lines = {0};
    TRY(orders_load_lines(cx, tx, order->id, &lines));
    for (size_t i = 0; i < lines.count; i++) {
        struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        orders_move_line(line, ending->status);
        TRY(orders_repo_update_line(cx, tx, line));
    }
    order->status = (int32_t)ending->status;
    order->failure_code = str_cstr(ending->reason->name);
    order->failure_detail = ending->detail;
    return orders_repo_update(cx, tx, order, clock_now(cx));
}

struct error *orders_end(struct ctx *cx, struct tx *tx, struct order_row *order, enum orders_status status,
                         const struct reason *reason, struct str detail)
{
    TRY(orders_end_quietly(cx, tx, order, &(struct orders_ending){status, reason, detail}));
    return orders_tell_win_lapsed(cx, tx, order->id);
}

struct error *orders_failure_error(struct ctx *cx, const struct order_row *order)
{
    static const struct reason *const reasons[] = {&licensing_exclusive_sold, &catalog_option_closed,
                                                   &licensing_file_missing,   &payments_declined,
                                                   &goods_out_of_stock,       &orders_expired};
    const struct reason *reason = &orders_wrong_state;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (str_equal(order->failure_code, str_cstr(reasons[i]->name)))
            reason = reasons[i];
    return error_new(cx->arena, reason, __FILE__, __LINE__, "the order is %s: %" STR_FMT,
                     orders_status_words.words[order->status], STR_ARG(order->failure_detail));
}

struct error *orders_post(struct ctx *cx, struct tx *tx, const struct order_row *order,
                          const struct order_line_row *line, enum posting_direction direction,
                          struct str reason)
{
    int64_t price = (line->price_minor - line->refunded_minor) * (int64_t)direction;
    int64_t fee = (line->fee_minor - line->fee_refunded_minor) * (int64_t)direction;
    bool is_sale = direction == POST_SALE;
    struct str gross = is_sale ? STR("sale_gross") : STR("refund");
    struct str share = is_sale ? STR("platform_fee") : STR("platform_fee_back");
    const struct ledger_line lines[] = {
        {.kind = LEDGER_PROVIDER, .minor = price, .what = gross},
        {.kind = LEDGER_SELLER, .owner_id = line->seller_id, .minor = -price, .what = gross},
        {.kind = LEDGER_SELLER, .owner_id = line->seller_id, .minor = fee, .what = share},
        {.kind = LEDGER_PLATFORM_FEES, .minor = -fee, .what = share},
    };
    struct ledger_posting posting = {
        .reason = reason,
        .reference_id = line->id,
        .order_id = order->id,
        .currency = orders_money(order->currency, 0).currency,
        .provider = order->provider,
        .lines = lines,
        .line_count = COUNT_OF(lines),
    };
    return ledger_post(cx, tx, &posting);
}

struct error *orders_tell_line(struct ctx *cx, struct tx *tx, const struct event_type *type,
                               const struct order_row *order, const struct order_line_row *line)
{
    struct orders_line_event event = {
        .order_id = order->id,
        .line_id = line->id,
        .spec_id = line->spec_id,
        .buyer_id = order->buyer_id,
        .seller_id = line->seller_id,
        .price = orders_money(order->currency, line->price_minor),
    };
    return outbox_write(cx, tx, type, line->id, line->version + 1, &event);
}

/* --- ends without a sale --- */

struct ending {
    struct id order_id;
    const struct reason *reason;
    struct str detail;
    bool only_expired;
};

static struct error *end_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct ending *ending = arg;
    struct order_row order = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, ending->order_id, &order, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    if (ending->only_expired &&
        (order.status != ORDERS_PENDING || instant_is_before(clock_now(cx), order.expires_at)))
        return NULL;
    if (order.status != ORDERS_PENDING)
        return ERROR(cx, orders_wrong_state, "the order is %s", orders_status_words.words[order.status]);
    TRY(orders_end(cx, tx, &order, ORDERS_CANCELLED, ending->reason, ending->detail));
    return payments_abandon(cx, tx, order.id);
}

struct error *orders_cancel(struct ctx *cx, struct id order_id)
{
    struct order_row order = {0};
    struct ending ending = {
        .order_id = order_id, .reason = &orders_wrong_state, .detail = STR("cancelled by the buyer")};
    bool is_found = false;
    TRY(orders_repo_find(cx, NULL, order_id, &order, &is_found));
    if (!is_found || !caller_is(cx, order.buyer_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    if (order.status == ORDERS_CANCELLED)
        return NULL;
    return db_transact(cx, TX_WRITE, end_in_tx, &ending);
}

static struct error *expire(struct ctx *cx, const struct job *job)
{
    struct array ids = {0};
    (void)job;
    TRY(orders_repo_list_expired(cx, clock_now(cx), &ids));
    for (size_t i = 0; i < ids.count; i++) {
        struct ending ending = {
            .order_id = ARRAY_AT(struct db_id, ids, i)->id,
            .reason = &orders_expired,
            .detail = STR("nobody paid in time"),
            .only_expired = true,
        };
        TRY(db_transact(cx, TX_WRITE, end_in_tx, &ending));
    }
    return NULL;
}

const struct job_type orders_expire_job = {
    .name = "orders.expire",
    .help = "Cancels orders that nobody paid in time, and voids what their providers hold",
    .run = expire,
    .every_us = 10 * US_PER_SECOND,
};
