/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of payments: webhooks, and a seller's money. Paying itself is a route of orders, whose reply is an order. */
#include "modules/payments/payments_http.h"

#include "modules/payments/payments_service.h"

enum { MAX_EVENT_BYTES = 512 * 1024, DEFAULT_LIMIT = 20, MAX_LIMIT = 100 };

/* clang-format off */
static const struct json_field balance_fields[] = {
    JSON_MONEY(struct ledger_balance, balance, .help = "What the platform owes the seller"),
    JSON_MONEY(struct ledger_balance, sales, .help = "Prices of what was sold"),
    JSON_MONEY(struct ledger_balance, fees, .help = "The platform's fees (negative), less those given back"),
    JSON_MONEY(struct ledger_balance, refunds, .help = "Refunded prices (negative), with the fees that came back"),
};
static const struct json_type balance_type = JSON_TYPE("Balance", struct ledger_balance, balance_fields);

struct balance_list {
    struct array items;
};
static const struct json_field balance_list_fields[] = {
    JSON_OBJECTS(struct balance_list, items, &balance_type, .max = 200, .help = "One per currency"),
};
static const struct json_type balance_list = JSON_TYPE("BalanceList", struct balance_list, balance_list_fields);

struct ledger_line_view {
    struct id id, order_id, reference_id;
    struct str what;
    struct money amount;
    struct instant at;
};
static const struct json_field line_fields[] = {
    JSON_ID(struct ledger_line_view, id),
    JSON_TEXT(struct ledger_line_view, what, .help = "sale_gross, platform_fee, refund, platform_fee_back, …"),
    JSON_MONEY(struct ledger_line_view, amount, .help = "Positive: to the seller"),
    JSON_ID(struct ledger_line_view, order_id),
    JSON_ID(struct ledger_line_view, reference_id, .help = "The order's line"),
    JSON_INSTANT(struct ledger_line_view, at),
};
static const struct json_type line_type = JSON_TYPE("LedgerLine", struct ledger_line_view, line_fields);

struct ledger_page {
    struct array items;
    struct id next_cursor;
};
static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct ledger_page, items, &line_type, .max = MAX_LIMIT),
    JSON_ID(struct ledger_page, next_cursor, .flags = JSON_NULLABLE),
};
static const struct json_type ledger_page = JSON_TYPE("LedgerPage", struct ledger_page, page_fields);

struct ledger_query {
    struct id cursor;
    int64_t limit;
};
static const struct json_field query_fields[] = {
    JSON_ID(struct ledger_query, cursor, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct ledger_query, limit, .min = 1, .max = MAX_LIMIT, .fallback = DEFAULT_LIMIT),
};
static const struct json_type ledger_query = JSON_TYPE("LedgerQuery", struct ledger_query, query_fields);
/* clang-format on */

static struct error *read_balance(struct ctx *cx, struct call *call)
{
    struct balance_list list = {.items = {NULL, 0}};
    TRY(ledger_load_balances(cx, &list.items));
    return call_reply(cx, call, &list);
}

static struct error *list_ledger(struct ctx *cx, struct call *call)
{
    const struct ledger_query *query = QUERY(call, struct ledger_query, ledger_query);
    struct array rows = {0};
    TRY(ledger_list_lines(cx, query->cursor, query->limit, &rows));
    struct ledger_line_view *views = ARENA_ARRAY(cx->arena, struct ledger_line_view, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct ledger_owner_row *row = ARRAY_AT(struct ledger_owner_row, rows, i);
        views[i] = (struct ledger_line_view){
            .id = row->id,
            .order_id = row->order_id,
            .reference_id = row->reference_id,
            .what = row->what,
            .amount = {.minor = -row->minor}, /* a seller's credit is what the seller has */
            .at = row->created_at,
        };
        bool is_currency = currency_parse(row->currency, &views[i].amount.currency);
        REQUIRE(is_currency);
    }
    struct ledger_page page = {.items = {views, rows.count}};
    if ((int64_t)rows.count == query->limit)
        page.next_cursor = views[rows.count - 1].id;
    return call_reply(cx, call, &page);
}

static struct error *take_stripe_event(struct ctx *cx, struct call *call)
{
    struct str body = {0};
    TRY(exchange_read_all(call->exchange, MAX_EVENT_BYTES, &body));
    TRY(payments_take_stripe_event(
        cx, http_field(exchange_request(call->exchange), HTTP_FIELD_STRIPE_SIGNATURE), body));
    return exchange_reply(call->exchange, 200, STR("application/json"), STR("{\"received\":true}"));
}

static const struct route_header stripe_headers[] = {
    {"Stripe-Signature", "t=SECONDS,v1=HMAC of the time and the body", NULL, true},
    {0},
};

/* clang-format off */
static const struct reason *const webhook_reasons[] = {&payments_bad_signature, NULL};
const struct route payments_routes[PAYMENTS_ROUTES] = {
    ROUTE(POST, "/api/v1/webhooks/stripe", take_stripe_event, ROUTE_ANYONE, .headers = stripe_headers, .raw_body_type = "application/json", .raw_reply_type = "application/json", .max_body_len = MAX_EVENT_BYTES, ROUTE_RATE(RATE_NONE), .is_vital = true, .cache = CACHE_NO_STORE, .no_csrf = true, .reasons = webhook_reasons, .summary = "Events from Stripe, signed; any order, any number of times, one effect"),
    ROUTE(GET,  "/api/v1/me/balance",      read_balance,      ROUTE_MEMBER, .reply = &balance_list, .cache = CACHE_NO_STORE, .summary = "Own money from sales, by currency"),
    ROUTE(GET,  "/api/v1/me/ledger",       list_ledger,       ROUTE_MEMBER, .query = &ledger_query, .reply = &ledger_page, .cache = CACHE_NO_STORE, .summary = "Own money line by line, newest first"),
};
/* clang-format on */
