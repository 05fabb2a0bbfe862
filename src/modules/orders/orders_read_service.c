/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Orders as their buyers, their sellers and administrators see them; paying, which answers with an order. */
#include "base/json/json_read.h"

#include "modules/orders/orders_service.h"

/* --- parts of a view --- */

struct client_data {
    struct str payment_intent_id, client_secret, publishable_key;
};
/* clang-format off */
static const struct json_field client_fields[] = {
    JSON_TEXT(struct client_data, payment_intent_id),
    JSON_TEXT(struct client_data, client_secret, .max = 500),
    JSON_TEXT(struct client_data, publishable_key, .max = 512),
};
/* clang-format on */
static const struct json_type client_type =
    JSON_TYPE("PaymentClientData", struct client_data, client_fields, .ignore_unknown = true);

/* A line is about a spec or about a product; both are items. */
static struct id spec_of(int32_t kind, struct id item_id)
{
    return order_line_is_sent((enum order_line_kind)kind) ? ID_NONE : item_id;
}

static struct id product_of(int32_t kind, struct id item_id)
{
    return order_line_is_sent((enum order_line_kind)kind) ? item_id : ID_NONE;
}

static struct order_item_view item_of(struct ctx *cx, const struct order_row *order,
                                      const struct order_line_row *line)
{
    return (struct order_item_view){
        .id = line->id,
        .kind = line->kind,
        .status = line->status,
        .spec_id = spec_of(line->kind, line->spec_id),
        .product_id = product_of(line->kind, line->spec_id),
        .license_option_id = line->option_id,
        .title = line->title,
        .license_type = line->license_type,
        .option_name = line->option_name,
        .features = licensing_read_texts(cx, line->features),
        .file_types = licensing_read_texts(cx, line->file_types),
        .price = orders_money(order->currency, line->price_minor),
        .refunded = orders_money(order->currency, line->refunded_minor),
        .seller_id = line->seller_id,
        .seller_name = line->seller_name,
        .license_id = line->license_id,
        .refunded_at = line->refunded_at,
    };
}

/* What a client pays with is for the buyer, and only while something is to be paid. */
static struct error *fill_payment(struct ctx *cx, const struct order_row *order,
                                  struct order_payment_view *ret_view)
{
    struct payments_payment payment;
    struct client_data data = {.payment_intent_id = STR_NONE};
    bool is_found = false;
    *ret_view = (struct order_payment_view){.provider = order->provider, .status = PAYMENTS_CREATED};
    ret_view->amount = orders_money(order->currency, order->total_minor);
    ret_view->refunded = ret_view->held = orders_money(order->currency, 0);
    TRY(payments_find(cx, NULL, order->id, &payment, &is_found));
    if (!is_found)
        return NULL;
    ret_view->status = payment.status;
    ret_view->refunded.minor = payment.refunded_minor;
    ret_view->held.minor = payment.held_minor;
    bool is_payable = order->status == ORDERS_PENDING && caller_is(cx, order->buyer_id);
    if (is_payable && json_decode(cx->arena, &client_type, payment.client_data, &data) == NULL) {
        ret_view->payment_intent_id = data.payment_intent_id;
        ret_view->client_secret = data.client_secret;
        ret_view->publishable_key = data.publishable_key;
        ret_view->script_url = payments_script_url(cx, (enum payments_provider)payment.provider);
    }
    return NULL;
}

static struct order_view head_of(const struct order_row *order)
{
    return (struct order_view){
        .id = order->id,
        .status = order->status,
        .total = orders_money(order->currency, 0),
        .buyer_id = order->buyer_id,
        .buyer_name = order->buyer_name,
        .failure = {str_is_empty(order->failure_code) ? STR_NONE : order->failure_code,
                    str_is_empty(order->failure_code) ? STR_NONE : order->failure_detail},
        .created_at = order->created_at,
        .expires_at = order->expires_at,
        .paid_at = order->paid_at,
        .version = order->version,
    };
}

static bool sees_all(const struct ctx *cx, const struct order_row *order)
{
    return caller_is(cx, order->buyer_id) || caller_may(cx, PERMISSION_ORDER_ADMIN);
}

/* A seller sees what was bought from the seller once it was paid, and nothing of the rest. */
static bool sees_line(const struct ctx *cx, const struct order_row *order, const struct order_line_row *line)
{
    return sees_all(cx, order) || (caller_is(cx, line->seller_id) && !instant_is_none(line->paid_at));
}

/* lines hold those of several orders; from is where this order's begin, and is moved behind them. */
static void fill_items(struct ctx *cx, const struct order_row *order, struct array lines, size_t *from,
                       struct order_view *view)
{
    VEC(struct order_item_view) items = {0};
    for (; *from < lines.count; (*from)++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, *from);
        if (!id_equal(line->order_id, order->id))
            break;
        if (!sees_line(cx, order, line))
            continue;
        *VEC_PUSH(cx->arena, &items) = item_of(cx, order, line);
        view->total.minor += line->price_minor;
    }
    view->items = (struct array){items.items, items.count};
}

/* --- goods --- */

static struct error *fill_shipments(struct ctx *cx, struct array items)
{
    struct array rows = {0};
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, items.count);
    for (size_t i = 0; i < items.count; i++)
        ids[i] = ARRAY_AT(struct order_item_view, items, i)->id;
    TRY(orders_repo_list_shipments(cx, NULL, ids, items.count, &rows));
    for (size_t i = 0; i < items.count; i++)
        for (size_t k = 0; k < rows.count; k++) {
            const struct order_shipment_row *row = ARRAY_AT(struct order_shipment_row, rows, k);
            if (id_equal(row->line_id, ids[i]))
                ARRAY_AT(struct order_item_view, items, i)->shipment = (struct shipment_view){
                    .carrier = row->carrier,
                    .tracking_number = row->tracking_number,
                    .tracking_url = str_is_empty(row->tracking_url) ? STR_NONE : row->tracking_url,
                    .shipped_at = row->shipped_at,
                    .delivered_at = row->delivered_at,
                    .completed_at = row->completed_at,
                };
        }
    return NULL;
}

/* Who sends something, and has been paid for it. */
static bool is_sender(const struct ctx *cx, const struct array *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, *lines, i);
        if (order_line_is_sent((enum order_line_kind)line->kind) && caller_is(cx, line->seller_id) &&
            order_line_is_sold((enum orders_status)line->status))
            return true;
    }
    return false;
}

static struct error *fill_goods(struct ctx *cx, const struct order_row *order, const struct array *lines,
                                struct order_view *view)
{
    bool is_found = false;
    TRY(orders_repo_find_win(cx, NULL, order->id, &view->auction_id, &is_found));
    TRY(fill_shipments(cx, view->items));
    if (!caller_is(cx, order->buyer_id) && !is_sender(cx, lines))
        return NULL;
    return orders_repo_find_address(cx, NULL, order->id, &view->address, &is_found);
}

/* --- one order --- */

struct error *orders_load(struct ctx *cx, struct id order_id, struct order_view *ret_view)
{
    struct order_row order = {0};
    struct array lines = {0};
    bool is_found = false;
    size_t from = 0;
    TRY(orders_repo_find(cx, NULL, order_id, &order, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    TRY(orders_load_lines(cx, NULL, order_id, &lines));
    *ret_view = head_of(&order);
    fill_items(cx, &order, lines, &from, ret_view);
    if (ret_view->items.count == 0)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    TRY(fill_goods(cx, &order, &lines, ret_view));
    return fill_payment(cx, &order, &ret_view->payment);
}

struct error *orders_verify_payment(struct ctx *cx, const struct payments_proof *proof)
{
    struct order_row order = {0};
    bool is_found = false;
    TRY(orders_repo_find(cx, NULL, proof->order_id, &order, &is_found));
    if (!is_found || !caller_is(cx, order.buyer_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    if (order.status == ORDERS_PENDING)
        TRY(orders_check_address(cx, proof->order_id));
    TRY(orders_begin_payment(cx, proof->order_id)); /* where a crash came between the order and its payment */
    TRY(payments_settle(cx, proof));
    TRY(orders_repo_find(cx, NULL, proof->order_id, &order, &is_found));
    bool is_over = order.status == ORDERS_FAILED || order.status == ORDERS_CANCELLED;
    return is_over ? orders_failure_error(cx, &order) : NULL;
}

/* --- lists --- */

static struct order_filter filter_of(const struct ctx *cx, const struct order_search *search)
{
    return (struct order_filter){
        .person_id = cx->caller->account_id,
        .status = search->status,
        .after = search->cursor,
        .limit = search->limit,
        .offset = search->page > 1 ? (search->page - 1) * search->limit : 0,
    };
}

static struct error *fill_wins(struct ctx *cx, struct order_view *views, size_t count)
{
    struct array wins = {0};
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = views[i].id;
    if (count > 0)
        TRY(orders_repo_list_wins(cx, ids, count, &wins));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < wins.count; k++)
            if (id_equal(ARRAY_AT(struct order_win_row, wins, k)->order_id, ids[i]))
                views[i].auction_id = ARRAY_AT(struct order_win_row, wins, k)->auction_id;
    return NULL;
}

struct error *orders_list(struct ctx *cx, const struct order_search *search, struct array *ret_views,
                          int64_t *ret_total)
{
    struct order_filter filter = filter_of(cx, search);
    struct array orders = {0}, lines = {0};
    size_t from = 0;
    TRY(orders_repo_list(cx, &filter, &orders));
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, orders.count);
    struct order_view *views = ARENA_ARRAY(cx->arena, struct order_view, orders.count);
    for (size_t i = 0; i < orders.count; i++)
        ids[i] = ARRAY_AT(struct order_row, orders, i)->id;
    if (orders.count != 0)
        TRY(orders_repo_list_lines(cx, NULL, ids, orders.count, &lines));
    for (size_t i = 0; i < orders.count; i++) {
        const struct order_row *order = ARRAY_AT(struct order_row, orders, i);
        views[i] = head_of(order);
        fill_items(cx, order, lines, &from, &views[i]);
        TRY(fill_payment(cx, order, &views[i].payment));
    }
    TRY(fill_wins(cx, views, orders.count));
    *ret_views = (struct array){views, orders.count};
    *ret_total = -1;
    return search->with_total ? orders_repo_count(cx, &filter, ret_total) : NULL;
}

static struct sale_view sale_of(const struct sale_row *row)
{
    return (struct sale_view){
        .id = row->id,
        .order_id = row->order_id,
        .kind = row->kind,
        .spec_id = spec_of(row->kind, row->spec_id),
        .product_id = product_of(row->kind, row->spec_id),
        .title = row->title,
        .license_type = row->license_type,
        .option_name = row->option_name,
        .status = row->status,
        .price = orders_money(row->currency, row->price_minor),
        .fee = orders_money(row->currency, row->fee_minor),
        .net = orders_money(row->currency, row->price_minor - row->fee_minor),
        .refunded = orders_money(row->currency, row->refunded_minor),
        .buyer_id = row->buyer_id,
        .buyer_name = row->buyer_name,
        .license_id = row->license_id,
        .paid_at = row->paid_at,
        .refunded_at = row->refunded_at,
    };
}

struct error *orders_list_sales(struct ctx *cx, const struct order_search *search, struct array *ret_views,
                                int64_t *ret_total)
{
    struct order_filter filter = filter_of(cx, search);
    struct array rows = {0};
    TRY(orders_repo_list_sales(cx, &filter, &rows));
    struct sale_view *views = ARENA_ARRAY(cx->arena, struct sale_view, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        views[i] = sale_of(ARRAY_AT(struct sale_row, rows, i));
    *ret_views = (struct array){views, rows.count};
    *ret_total = -1;
    return search->with_total ? orders_repo_count_sales(cx, filter.person_id, ret_total) : NULL;
}
