/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that orders publishes: one per line. */
#include "platform/bus/bus.h"

#include "modules/orders/orders.h"

/* clang-format off */
static const struct json_field line_fields[] = {
    JSON_ID(struct orders_line_event, order_id, .flags = JSON_REQUIRED),
    JSON_ID(struct orders_line_event, line_id, .flags = JSON_REQUIRED),
    JSON_ID(struct orders_line_event, spec_id, .flags = JSON_REQUIRED),
    JSON_ID(struct orders_line_event, buyer_id, .flags = JSON_REQUIRED),
    JSON_ID(struct orders_line_event, seller_id, .flags = JSON_REQUIRED),
    JSON_MONEY(struct orders_line_event, price, .flags = JSON_REQUIRED),
};
/* clang-format on */
static const struct json_type line_payload =
    JSON_TYPE("OrderLineEvent", struct orders_line_event, line_fields);

const struct event_type orders_line_paid = {.name = "orders.line.paid",
                                            .payload = &line_payload,
                                            .help =
                                                "A line of an order was paid and what it bought was issued"};
const struct event_type orders_line_refunded = {.name = "orders.line.refunded",
                                                .payload = &line_payload,
                                                .help =
                                                    "A paid line was refunded, or its payment fell through"};
const struct event_type orders_line_shipped = {
    .name = "orders.line.shipped", .payload = &line_payload, .help = "Goods were sent to their buyer"};
