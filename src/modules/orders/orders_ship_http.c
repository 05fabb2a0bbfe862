/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Paying what was won, and goods on their way: addresses, carriers, arrival. */
#include "modules/orders/orders_http.h"
#include "modules/orders/orders_service.h"

/* clang-format off */
static bool is_country(struct str text)
{
    return text.len == 2 && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' && text.ptr[1] >= 'A' && text.ptr[1] <= 'Z';
}
static const struct json_format country_format = {
    .name = "country", .pattern = "^[A-Z]{2}$", .message = "must be a country code of two capital letters", .is_valid = is_country};

static const struct json_field address_fields[] = {
    JSON_TEXT(struct order_address, name, .min = 1, .max = 100, .flags = JSON_REQUIRED | JSON_TRIMMED),
    JSON_TEXT(struct order_address, line1, .min = 1, .max = 120, .flags = JSON_REQUIRED | JSON_TRIMMED, .help = "Street and number"),
    JSON_TEXT(struct order_address, line2, .max = 120, .flags = JSON_TRIMMED),
    JSON_TEXT(struct order_address, city, .min = 1, .max = 80, .flags = JSON_REQUIRED | JSON_TRIMMED),
    JSON_TEXT(struct order_address, region, .max = 80, .flags = JSON_TRIMMED, .help = "State, province"),
    JSON_TEXT(struct order_address, postal_code, .max = 20, .flags = JSON_TRIMMED),
    JSON_TEXT(struct order_address, country, .min = 2, .max = 2, .format = &country_format, .flags = JSON_REQUIRED, .help = "ISO 3166-1, two letters"),
    JSON_TEXT(struct order_address, phone, .max = 30, .flags = JSON_TRIMMED, .help = "For the carrier"),
};
const struct json_type order_address_type = JSON_TYPE("OrderAddress", struct order_address, address_fields);
/* The same, of which some may be left out. */
const struct json_type order_address_body = JSON_TYPE("OrderAddressRequest", struct order_address, address_fields);

static const struct json_field payment_fields[] = {
    JSON_ENUM(struct order_payment_request, provider, &payments_provider_words, .fallback = -1, .help = "Left out: the usual one"),
    JSON_BOOLEAN(struct order_payment_request, terms_accepted, .fallback = true, .help = "Paying accepts the terms of the licence; false is refused"),
};
const struct json_type order_payment_body = JSON_TYPE("OrderPaymentRequest", struct order_payment_request, payment_fields);

struct line_path {
    struct id order_id, line_id;
};
static const struct json_field line_path_fields[] = {
    JSON_ID(struct line_path, order_id, .flags = JSON_REQUIRED),
    JSON_ID(struct line_path, line_id, .flags = JSON_REQUIRED),
};
const struct json_type order_line_path = JSON_TYPE("OrderLinePath", struct line_path, line_path_fields);

struct ship_body {
    struct str carrier, tracking_number, tracking_url;
};
static const struct json_field ship_fields[] = {
    JSON_TEXT(struct ship_body, carrier, .min = 1, .max = 60, .flags = JSON_REQUIRED | JSON_TRIMMED),
    JSON_TEXT(struct ship_body, tracking_number, .min = 1, .max = 100, .flags = JSON_REQUIRED | JSON_TRIMMED),
    JSON_TEXT(struct ship_body, tracking_url, .max = 500, .format = &json_format_http_url, .flags = JSON_NULLABLE),
};
const struct json_type order_ship_body = JSON_TYPE("ShipmentRequest", struct ship_body, ship_fields);
/* clang-format on */

struct error *order_put_address(struct ctx *cx, struct call *call)
{
    struct id order_id = PATH(call, struct order_path, order_path)->order_id;
    TRY(orders_put_address(cx, order_id, BODY(call, struct order_address, order_address_body)));
    return orders_reply(cx, call, order_id);
}

struct error *order_choose_payment(struct ctx *cx, struct call *call)
{
    struct id order_id = PATH(call, struct order_path, order_path)->order_id;
    TRY(orders_choose_payment(cx, order_id, BODY(call, struct order_payment_request, order_payment_body)));
    return orders_reply(cx, call, order_id);
}

static struct error *move(struct ctx *cx, struct call *call, struct order_shipping shipping)
{
    const struct line_path *path = PATH(call, struct line_path, order_line_path);
    shipping.order_id = path->order_id;
    shipping.line_id = path->line_id;
    TRY(orders_move_goods(cx, &shipping));
    return orders_reply(cx, call, path->order_id);
}

struct error *order_ship(struct ctx *cx, struct call *call)
{
    const struct ship_body *body = BODY(call, struct ship_body, order_ship_body);
    struct order_shipping shipping = {
        .to = ORDERS_SHIPPED,
        .carrier = body->carrier,
        .tracking_number = body->tracking_number,
        .tracking_url = body->tracking_url.ptr != NULL ? body->tracking_url : STR(""),
    };
    return move(cx, call, shipping);
}

struct error *order_deliver(struct ctx *cx, struct call *call)
{
    return move(cx, call, (struct order_shipping){.to = ORDERS_DELIVERED});
}

struct error *order_complete(struct ctx *cx, struct call *call)
{
    return move(cx, call, (struct order_shipping){.to = ORDERS_COMPLETED});
}
