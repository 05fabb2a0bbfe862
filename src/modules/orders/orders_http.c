/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of orders, with that of paying them. */
#include "modules/orders/orders_http.h"

#include "modules/orders/orders_service.h"

enum { MAX_ITEMS = 50, DEFAULT_LIMIT = 20, MAX_LIMIT = 100 };

/* clang-format off */

/* --- views --- */

static const struct json_field shipment_fields[] = {
    JSON_TEXT(struct shipment_view, carrier),
    JSON_TEXT(struct shipment_view, tracking_number),
    JSON_TEXT(struct shipment_view, tracking_url, .max = 500, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct shipment_view, shipped_at),
    JSON_INSTANT(struct shipment_view, delivered_at, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct shipment_view, completed_at, .flags = JSON_NULLABLE),
};
static const struct json_type shipment_view = JSON_TYPE("Shipment", struct shipment_view, shipment_fields);

static const struct json_field item_fields[] = {
    JSON_ID(struct order_item_view, id),
    JSON_ENUM(struct order_item_view, kind, &order_line_kind_words),
    JSON_ENUM(struct order_item_view, status, &orders_status_words),
    JSON_ID(struct order_item_view, spec_id, .flags = JSON_NULLABLE, .help = "Of licences"),
    JSON_ID(struct order_item_view, license_option_id, .flags = JSON_NULLABLE, .help = "Of licences"),
    JSON_ID(struct order_item_view, product_id, .flags = JSON_NULLABLE, .help = "Of products"),
    JSON_TEXT(struct order_item_view, title),
    JSON_ENUM(struct order_item_view, license_type, &catalog_license_type_words, .flags = JSON_NULLABLE, .help = "Of licences"),
    JSON_TEXT(struct order_item_view, option_name, .help = "The licence option's name, or a product's condition"),
    JSON_ARRAY(struct order_item_view, features, JSON_KIND_TEXT),
    JSON_ARRAY(struct order_item_view, file_types, JSON_KIND_TEXT),
    JSON_MONEY(struct order_item_view, price),
    JSON_MONEY(struct order_item_view, refunded, .help = "What of the price went back to the buyer"),
    JSON_ID(struct order_item_view, seller_id),
    JSON_TEXT(struct order_item_view, seller_name),
    JSON_ID(struct order_item_view, license_id, .flags = JSON_NULLABLE, .help = "Once paid"),
    JSON_INSTANT(struct order_item_view, refunded_at, .flags = JSON_NULLABLE),
    JSON_OBJECT(struct order_item_view, shipment, struct shipment_view, &shipment_view, .flags = JSON_OMITTED, .help = "Of goods that were sent, in a single order"),
};
static const struct json_type item_view = JSON_TYPE("OrderItem", struct order_item_view, item_fields);

static const struct json_field payment_fields[] = {
    JSON_ENUM(struct order_payment_view, provider, &payments_provider_words),
    JSON_ENUM(struct order_payment_view, status, &payments_status_words),
    JSON_MONEY(struct order_payment_view, amount),
    JSON_MONEY(struct order_payment_view, refunded),
    JSON_MONEY(struct order_payment_view, held, .help = "Kept back by the provider while a dispute is open"),
    JSON_TEXT(struct order_payment_view, payment_intent_id, .flags = JSON_OMITTED, .help = "stripe"),
    JSON_TEXT(struct order_payment_view, client_secret, .flags = JSON_OMITTED, .max = 500, .help = "stripe: for the buyer's client, while pending"),
    JSON_TEXT(struct order_payment_view, publishable_key, .flags = JSON_OMITTED, .max = 512, .help = "stripe"),
    JSON_TEXT(struct order_payment_view, script_url, .flags = JSON_OMITTED, .max = 512, .help = "stripe: where its own script is loaded from"),
};
static const struct json_type payment_view = JSON_TYPE("OrderPayment", struct order_payment_view, payment_fields);

static const struct json_field failure_fields[] = {
    JSON_TEXT(struct order_failure_view, code, .example = "\"licensing.exclusive_sold\""),
    JSON_TEXT(struct order_failure_view, detail, .max = 5000),
};
static const struct json_type failure_view = JSON_TYPE("OrderFailure", struct order_failure_view, failure_fields);

static const struct json_field order_fields[] = {
    JSON_ID(struct order_view, id),
    JSON_ENUM(struct order_view, status, &orders_status_words),
    JSON_OBJECTS(struct order_view, items, &item_view, .max = MAX_ITEMS),
    JSON_MONEY(struct order_view, total, .help = "Of the items shown: a seller sees the own ones"),
    JSON_OBJECT(struct order_view, payment, struct order_payment_view, &payment_view),
    JSON_ID(struct order_view, buyer_id),
    JSON_TEXT(struct order_view, buyer_name),
    JSON_OBJECT(struct order_view, failure, struct order_failure_view, &failure_view, .flags = JSON_NULLABLE, .help = "Why it failed or was cancelled"),
    JSON_ID(struct order_view, auction_id, .flags = JSON_NULLABLE, .help = "Of what was won"),
    JSON_OBJECT(struct order_view, address, struct order_address, &order_address_type, .flags = JSON_OMITTED, .help = "Where goods go: in a single order, for its buyer and who sends them"),
    JSON_INSTANT(struct order_view, created_at),
    JSON_INSTANT(struct order_view, expires_at),
    JSON_INSTANT(struct order_view, paid_at, .flags = JSON_NULLABLE),
};
const struct json_type order_view_type = JSON_TYPE("Order", struct order_view, order_fields);

struct order_page {
    struct array items;
    struct id next_cursor;
    int64_t total;
};
static const struct json_field order_page_fields[] = {
    JSON_OBJECTS(struct order_page, items, &order_view_type, .max = MAX_LIMIT),
    JSON_ID(struct order_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct order_page, total, .flags = JSON_OMITTED, .min = 0, .max = INT64_MAX, .help = "With with_total=true"),
};
static const struct json_type order_page = JSON_TYPE("OrderPage", struct order_page, order_page_fields);

static const struct json_field sale_fields[] = {
    JSON_ID(struct sale_view, id, .help = "The line's"),
    JSON_ID(struct sale_view, order_id),
    JSON_ENUM(struct sale_view, kind, &order_line_kind_words),
    JSON_ID(struct sale_view, spec_id, .flags = JSON_NULLABLE, .help = "Of licences"),
    JSON_ID(struct sale_view, product_id, .flags = JSON_NULLABLE, .help = "Of products"),
    JSON_TEXT(struct sale_view, title),
    JSON_ENUM(struct sale_view, license_type, &catalog_license_type_words, .flags = JSON_NULLABLE, .help = "Of licences"),
    JSON_TEXT(struct sale_view, option_name),
    JSON_ENUM(struct sale_view, status, &orders_status_words),
    JSON_MONEY(struct sale_view, price),
    JSON_MONEY(struct sale_view, fee),
    JSON_MONEY(struct sale_view, net),
    JSON_MONEY(struct sale_view, refunded, .help = "What of the price went back to the buyer; its share of the fee to the seller"),
    JSON_ID(struct sale_view, buyer_id),
    JSON_TEXT(struct sale_view, buyer_name),
    JSON_ID(struct sale_view, license_id, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct sale_view, paid_at, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct sale_view, refunded_at, .flags = JSON_NULLABLE),
};
static const struct json_type sale_view = JSON_TYPE("Sale", struct sale_view, sale_fields);

static const struct json_field sale_page_fields[] = {
    JSON_OBJECTS(struct order_page, items, &sale_view, .max = MAX_LIMIT),
    JSON_ID(struct order_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct order_page, total, .flags = JSON_OMITTED, .min = 0, .max = INT64_MAX, .help = "With with_total=true"),
};
static const struct json_type sale_page = JSON_TYPE("SalePage", struct order_page, sale_page_fields);

/* --- inputs --- */

static const struct json_field request_item_fields[] = {
    JSON_ID(struct order_request_item, spec_id, .flags = JSON_REQUIRED),
    JSON_ID(struct order_request_item, license_option_id, .flags = JSON_REQUIRED),
    JSON_MONEY(struct order_request_item, price, .help = "As it was shown: refused when it has changed since"),
};
static const struct json_type request_item = JSON_TYPE("OrderRequestItem", struct order_request_item, request_item_fields);

static const struct json_field request_fields[] = {
    JSON_OBJECTS(struct order_request, items, &request_item, .flags = JSON_REQUIRED, .max = MAX_ITEMS),
    JSON_ENUM(struct order_request, provider, &payments_provider_words, .fallback = -1, .help = "Left out: the usual one"),
    JSON_BOOLEAN(struct order_request, terms_accepted, .fallback = true, .help = "Ordering accepts the terms of the licences; false is refused"),
};
static const struct json_type request_body = JSON_TYPE("OrderRequest", struct order_request, request_fields);

static const struct json_field search_fields[] = {
    JSON_ENUM(struct order_search, status, &orders_status_words, .fallback = -1),
    JSON_ID(struct order_search, cursor, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct order_search, limit, .min = 1, .max = MAX_LIMIT, .fallback = DEFAULT_LIMIT),
    JSON_INTEGER(struct order_search, page, .min = 1, .max = 10000, .fallback = 0, .help = "Instead of a cursor"),
    JSON_BOOLEAN(struct order_search, with_total),
};
static const struct json_type order_search = JSON_TYPE("OrderSearch", struct order_search, search_fields);

static const struct json_field sales_search_fields[] = {
    JSON_ID(struct order_search, cursor, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct order_search, limit, .min = 1, .max = MAX_LIMIT, .fallback = DEFAULT_LIMIT),
    JSON_INTEGER(struct order_search, page, .min = 1, .max = 10000, .fallback = 0, .help = "Instead of a cursor"),
    JSON_BOOLEAN(struct order_search, with_total),
};
static const struct json_type sales_search = JSON_TYPE("SalesSearch", struct order_search, sales_search_fields);

static const struct json_field path_fields[] = {JSON_ID(struct order_path, order_id, .flags = JSON_REQUIRED)};
const struct json_type order_path = JSON_TYPE("OrderPath", struct order_path, path_fields);

static const struct json_field proof_fields[] = {
    JSON_ID(struct payments_proof, order_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct payments_proof, outcome, .max = 20, .help = "test: succeed or fail"),
    JSON_TEXT(struct payments_proof, payment_intent_id, .help = "stripe: the PaymentIntent that was paid"),
};
static const struct json_type proof_body = JSON_TYPE("PaymentProof", struct payments_proof, proof_fields);

struct refund_body {
    struct array lines;
};
static const struct json_field refund_fields[] = {
    JSON_ARRAY(struct refund_body, lines, JSON_KIND_ID, .flags = JSON_UNIQUE, .max = MAX_ITEMS, .help = "Left out: all that the caller may refund"),
};
static const struct json_type refund_body = JSON_TYPE("RefundRequest", struct refund_body, refund_fields);

/* clang-format on */

struct error *orders_reply(struct ctx *cx, struct call *call, struct id order_id)
{
    struct order_view view;
    TRY(orders_load(cx, order_id, &view));
    return call_reply(cx, call, &view);
}

/* Also renders the reply of an order that was placed before: goes on with its payment where that is missing. */
static struct error *reply_placed(struct ctx *cx, struct call *call, struct id order_id)
{
    TRY(orders_begin_payment(cx, order_id));
    call_set_location(cx, call, "/api/v1/orders/%" STR_FMT, STR_ARG(id_str(cx->arena, order_id)));
    return orders_reply(cx, call, order_id);
}

static struct error *place_order(struct ctx *cx, struct call *call)
{
    struct id order_id = ID_NONE;
    TRY(orders_place(cx, BODY(call, struct order_request, request_body), &order_id));
    return reply_placed(cx, call, order_id);
}

static void fill_next(struct order_page *page, const struct order_search *search, struct id last)
{
    if ((int64_t)page->items.count == search->limit)
        page->next_cursor = last;
}

static struct error *list_orders(struct ctx *cx, struct call *call)
{
    const struct order_search *search = QUERY(call, struct order_search, order_search);
    struct order_page page = {.total = -1};
    TRY(orders_list(cx, search, &page.items, &page.total));
    if (page.items.count != 0)
        fill_next(&page, search, ARRAY_AT(struct order_view, page.items, page.items.count - 1)->id);
    return call_reply(cx, call, &page);
}

static struct error *list_sales(struct ctx *cx, struct call *call)
{
    const struct order_search *search = QUERY(call, struct order_search, sales_search);
    struct order_page page = {.total = -1};
    TRY(orders_list_sales(cx, search, &page.items, &page.total));
    if (page.items.count != 0)
        fill_next(&page, search, ARRAY_AT(struct sale_view, page.items, page.items.count - 1)->id);
    return call_reply(cx, call, &page);
}

static struct error *read_order(struct ctx *cx, struct call *call)
{
    return orders_reply(cx, call, PATH(call, struct order_path, order_path)->order_id);
}

static struct error *cancel_order(struct ctx *cx, struct call *call)
{
    struct id order_id = PATH(call, struct order_path, order_path)->order_id;
    TRY(orders_cancel(cx, order_id));
    return orders_reply(cx, call, order_id);
}

static struct error *refund_order(struct ctx *cx, struct call *call)
{
    struct orders_refund_request request = {
        .order_id = PATH(call, struct order_path, order_path)->order_id,
        .lines = BODY(call, struct refund_body, refund_body)->lines,
    };
    TRY(orders_refund(cx, &request));
    return orders_reply(cx, call, request.order_id);
}

/* For a refund that was asked for before: what is left of it is done first. */
static struct error *reply_refunded(struct ctx *cx, struct call *call, struct id order_id)
{
    TRY(orders_finish_refunds(cx, order_id));
    return orders_reply(cx, call, order_id);
}

static struct error *verify_payment(struct ctx *cx, struct call *call)
{
    const struct payments_proof *proof = BODY(call, struct payments_proof, proof_body);
    TRY(orders_verify_payment(cx, proof));
    return orders_reply(cx, call, proof->order_id);
}

/* clang-format off */
static const struct reason *const place_reasons[] = {
    &orders_empty, &orders_terms, &orders_own_item, &orders_duplicate_line, &orders_mixed_currency, &orders_price_changed,
    &catalog_option_closed, &licensing_exclusive_sold, &payments_provider_off, &payments_provider_failed, NULL};
static const struct reason *const verify_reasons[] = {
    &payments_declined, &payments_pending, &payments_mismatch, &payments_provider_failed, &licensing_exclusive_sold,
    &catalog_option_closed, &licensing_file_missing, &goods_out_of_stock, &orders_address_missing, &orders_expired, &orders_wrong_state, NULL};
static const struct reason *const cancel_reasons[] = {&orders_wrong_state, NULL};
static const struct reason *const payment_reasons[] = {&orders_terms, &orders_address_missing, &orders_expired, &orders_wrong_state, &payments_provider_off, &payments_provider_failed, NULL};
static const struct reason *const refund_reasons[] = {&payments_not_refundable, &payments_provider_failed, NULL};

const struct route orders_routes[ORDERS_ROUTES] = {
    ROUTE(POST, "/api/v1/orders",                   place_order,    ROUTE_MAY(ORDER_PLACE), .body = &request_body, .reply = &order_view_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = reply_placed, .is_vital = true, .cache = CACHE_NO_STORE, .reasons = place_reasons, .summary = "Order licences; the reply says how to pay"),
    ROUTE(GET,  "/api/v1/orders",                   list_orders,    ROUTE_MEMBER, .query = &order_search, .reply = &order_page, .cache = CACHE_NO_STORE, .summary = "Own orders, newest first"),
    ROUTE(GET,  "/api/v1/orders/sales",             list_sales,     ROUTE_MAY(SALE_READ), .query = &sales_search, .reply = &sale_page, .cache = CACHE_NO_STORE, .summary = "What the caller sold, line by line, newest first"),
    ROUTE(GET,  "/api/v1/orders/{order_id}",        read_order,     ROUTE_MEMBER, .path_type = &order_path, .reply = &order_view_type, .cache = CACHE_NO_STORE, .summary = "One order, for its buyer and its sellers"),
    ROUTE(POST, "/api/v1/orders/{order_id}/cancel", cancel_order,   ROUTE_MEMBER, .path_type = &order_path, .reply = &order_view_type, .cache = CACHE_NO_STORE, .reasons = cancel_reasons, .summary = "Give up an order that is not paid; safe to repeat"),
    ROUTE(POST, "/api/v1/orders/{order_id}/refund", refund_order,   ROUTE_MEMBER, .path_type = &order_path, .body = &refund_body, .reply = &order_view_type, .idempotency = IDEMPOTENCY_OPTIONAL, .render = reply_refunded, .is_vital = true, .cache = CACHE_NO_STORE, .reasons = refund_reasons, .summary = "Refund lines, by their seller: the money, the licences, the ledger"),
    ROUTE(PUT,  "/api/v1/orders/{order_id}/address", order_put_address, ROUTE_MEMBER, .path_type = &order_path, .body = &order_address_body, .reply = &order_view_type, .cache = CACHE_NO_STORE, .reasons = cancel_reasons, .summary = "Where goods are to be sent, by their buyer; until they are"),
    ROUTE(POST, "/api/v1/orders/{order_id}/payment", order_choose_payment, ROUTE_MAY(ORDER_PLACE), .path_type = &order_path, .body = &order_payment_body, .reply = &order_view_type, .is_vital = true, .cache = CACHE_NO_STORE, .reasons = payment_reasons, .summary = "Choose how to pay what was won; the reply says how"),
    ROUTE(POST, "/api/v1/orders/{order_id}/items/{line_id}/ship", order_ship, ROUTE_MEMBER, .path_type = &order_line_path, .body = &order_ship_body, .reply = &order_view_type, .cache = CACHE_NO_STORE, .reasons = cancel_reasons, .summary = "Goods were sent, by their seller; safe to repeat"),
    ROUTE(POST, "/api/v1/orders/{order_id}/items/{line_id}/deliver", order_deliver, ROUTE_MEMBER, .path_type = &order_line_path, .reply = &order_view_type, .cache = CACHE_NO_STORE, .reasons = cancel_reasons, .summary = "Goods have arrived, by either party; safe to repeat"),
    ROUTE(POST, "/api/v1/orders/{order_id}/items/{line_id}/complete", order_complete, ROUTE_MEMBER, .path_type = &order_line_path, .reply = &order_view_type, .cache = CACHE_NO_STORE, .reasons = cancel_reasons, .summary = "Goods are as they should be, by their buyer; safe to repeat"),
    ROUTE(POST, "/api/v1/payments/verify",          verify_payment, ROUTE_MEMBER, .body = &proof_body, .reply = &order_view_type, .is_vital = true, .cache = CACHE_NO_STORE, .reasons = verify_reasons, .summary = "The buyer's client has paid; safe to repeat, beside the provider's webhook"),
};
/* clang-format on */
