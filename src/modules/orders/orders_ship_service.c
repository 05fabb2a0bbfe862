/* SPDX-License-Identifier: AGPL-3.0-or-later
 * How what was won is paid, and what happens to goods afterwards: where they go, who says that they moved on. */
#include "platform/clock/clock.h"

#include "modules/identity/identity.h"
#include "modules/orders/orders_service.h"

static struct error *no_order(struct ctx *cx)
{
    return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
}

static struct error *wrong_state(struct ctx *cx, int32_t status)
{
    return ERROR(cx, orders_wrong_state, "it is %s", orders_status_words.words[status]);
}

static struct order_line_row *find_sent(const struct array *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct order_line_row *line = ARRAY_AT(struct order_line_row, *lines, i);
        if (order_line_is_sent((enum order_line_kind)line->kind))
            return line;
    }
    return NULL;
}

/* --- addresses --- */

struct addressing {
    struct id order_id;
    const struct order_address *address;
};

static struct str text_of(struct str text)
{
    return text.ptr != NULL ? text : STR("");
}

static struct error *put_address(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct addressing *addressing = arg;
    struct order_row order = {.id = ID_NONE};
    struct array lines = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, addressing->order_id, &order, &is_found));
    if (!is_found || !caller_is(cx, order.buyer_id))
        return no_order(cx);
    TRY(orders_load_lines(cx, tx, order.id, &lines));
    if (order.status > ORDERS_PAID || find_sent(&lines) == NULL)
        return wrong_state(cx, order.status);
    struct order_address address = *addressing->address;
    address.line2 = text_of(address.line2);
    address.region = text_of(address.region);
    address.postal_code = text_of(address.postal_code);
    address.phone = text_of(address.phone);
    return orders_repo_put_address(cx, tx, order.id, &address, clock_now(cx));
}

struct error *orders_put_address(struct ctx *cx, struct id order_id, const struct order_address *address)
{
    struct addressing addressing = {order_id, address};
    return db_transact(cx, TX_WRITE, put_address, &addressing);
}

struct error *orders_check_address(struct ctx *cx, struct id order_id)
{
    struct array lines = {0};
    struct order_address address;
    bool is_found = false;
    TRY(orders_load_lines(cx, NULL, order_id, &lines));
    if (find_sent(&lines) == NULL)
        return NULL;
    TRY(orders_repo_find_address(cx, NULL, order_id, &address, &is_found));
    return is_found ? NULL : ERROR(cx, orders_address_missing, "say first where it is to be sent");
}

/* --- paying --- */

struct choice {
    struct id order_id;
    int32_t provider;
};

/* What was begun at one provider is not paid at another. */
static struct error *choose(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct choice *choice = arg;
    struct order_row order = {.id = ID_NONE};
    struct payments_payment payment;
    bool is_found = false, is_begun = false;
    TRY(orders_repo_lock(cx, tx, choice->order_id, &order, &is_found));
    if (!is_found || order.status != ORDERS_PENDING)
        return wrong_state(cx, order.status);
    if (!instant_is_before(clock_now(cx), order.expires_at))
        return ERROR(cx, orders_expired, "its time to be paid is over");
    TRY(payments_find(cx, tx, order.id, &payment, &is_begun));
    if (is_begun && payment.provider != choice->provider)
        return ERROR(cx, orders_wrong_state, "its payment was begun at another provider");
    return orders_repo_update_provider(cx, tx, order.id, choice->provider, clock_now(cx));
}

struct error *orders_choose_payment(struct ctx *cx, struct id order_id,
                                    const struct order_payment_request *request)
{
    struct choice choice = {.order_id = order_id};
    struct order_row order = {.id = ID_NONE};
    bool is_found = false;
    TRY(orders_repo_find(cx, NULL, order_id, &order, &is_found));
    if (!is_found || !caller_is(cx, order.buyer_id))
        return no_order(cx);
    if (!request->terms_accepted)
        return ERROR(cx, orders_terms, "accept the terms to pay");
    TRY(identity_require_verified(cx));
    TRY(orders_check_address(cx, order_id));
    choice.provider = request->provider < 0 ? order.provider : request->provider;
    TRY(payments_check_provider(cx, (enum payments_provider)choice.provider,
                                orders_money(order.currency, order.total_minor)));
    TRY(db_transact(cx, TX_WRITE, choose, &choice));
    return orders_begin_payment(cx, order_id);
}

/* --- goods on their way --- */

static struct error *write_shipment(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                    const struct order_line_row *line, const struct order_shipping *shipping)
{
    struct order_shipment_row shipment = {
        .line_id = line->id,
        .carrier = shipping->carrier,
        .tracking_number = shipping->tracking_number,
        .tracking_url = shipping->tracking_url,
        .shipped_at = clock_now(cx),
    };
    if (shipping->to == ORDERS_SHIPPED) {
        TRY(orders_repo_insert_shipment(cx, tx, &shipment));
        TRY(orders_tell_line(cx, tx, &orders_line_shipped, order, line));
        return orders_mail_shipped(cx, tx, order, line, &shipment);
    }
    struct array rows = {0};
    TRY(orders_repo_list_shipments(cx, tx, &line->id, 1, &rows));
    REQUIRE(rows.count == 1);
    shipment = *ARRAY_AT(struct order_shipment_row, rows, 0);
    *(shipping->to == ORDERS_DELIVERED ? &shipment.delivered_at : &shipment.completed_at) = clock_now(cx);
    return orders_repo_update_shipment(cx, tx, &shipment);
}

static struct error *move_line(struct ctx *cx, struct tx *tx, struct order_row *order,
                               struct order_line_row *line, const struct order_shipping *shipping)
{
    orders_move_line(line, shipping->to);
    TRY(orders_repo_update_line(cx, tx, line));
    TRY(write_shipment(cx, tx, order, line, shipping));
    return orders_close(cx, tx, order);
}

static struct order_line_row *find_line(const struct array *lines, struct id line_id)
{
    for (size_t i = 0; i < lines->count; i++)
        if (id_equal(ARRAY_AT(struct order_line_row, *lines, i)->id, line_id))
            return ARRAY_AT(struct order_line_row, *lines, i);
    return NULL;
}

/* A refund that is under way decides first. */
static struct error *move_goods(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct order_shipping *shipping = arg;
    struct order_row order = {.id = ID_NONE};
    struct array lines = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, shipping->order_id, &order, &is_found));
    if (is_found)
        TRY(orders_load_lines(cx, tx, order.id, &lines));
    struct order_line_row *line = find_line(&lines, shipping->line_id);
    bool is_buyer = is_found && caller_is(cx, order.buyer_id);
    if (line == NULL || !(is_buyer || (caller_is(cx, line->seller_id) && !instant_is_none(line->paid_at))))
        return no_order(cx);
    switch (order_judge_shipping((enum order_line_kind)line->kind, (enum orders_status)line->status,
                                 shipping->to, caller_is(cx, line->seller_id), is_buyer)) {
    case SHIPPING_OK:
        break;
    case SHIPPING_SAID:
        return NULL;
    case SHIPPING_NOT_YOURS:
        return ERROR_CODE(cx, FORBIDDEN, "that is for the other party to say");
    case SHIPPING_WRONG_STATE:
        return wrong_state(cx, line->status);
    }
    if (!id_is_none(line->refund_id))
        return ERROR(cx, orders_wrong_state, "it is being refunded");
    return move_line(cx, tx, &order, line, shipping);
}

struct error *orders_move_goods(struct ctx *cx, const struct order_shipping *shipping)
{
    struct order_shipping moving = *shipping;
    return db_transact(cx, TX_WRITE, move_goods, &moving);
}
