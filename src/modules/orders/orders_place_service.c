/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Placing an order: what is offered now is judged, copied and stored as pending; nothing is reserved. The payment is made known to
 * its provider afterwards, outside of the transaction, so that a repeat goes on where a crash stopped. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/claim.h"
#include "platform/fault/fault.h"

#include "modules/catalog/catalog.h"
#include "modules/identity/identity.h"
#include "modules/orders/orders_service.h"

struct placing {
    const struct order_request *request;
    struct order_item_facts *facts;
    struct catalog_option *options;
    size_t count;
    struct order_row order;
    struct order_line_row *lines;
};

/* --- judging --- */

/* What a verdict is for the buyer, and where in the body. */
struct verdict_row {
    const struct reason *reason;
    const char *member, *rule, *message;
};
static const struct verdict_row verdicts[ITEM_VERDICTS] = {
    [ITEM_OTHER_SPEC] = {ERROR_COMMON(INVALID), "license_option_id", "belongs", "belongs to another spec"},
    [ITEM_CLOSED] = {&catalog_option_closed, "license_option_id", "open", "is not offered any more"},
    [ITEM_OWN] = {&orders_own_item, "spec_id", "own", "is your own"},
    [ITEM_DUPLICATE] = {&orders_duplicate_line, "spec_id", "unique", "is in the order twice"},
    [ITEM_OTHER_CURRENCY] = {&orders_mixed_currency, "license_option_id", "currency",
                             "has another currency than the first item"},
    [ITEM_PRICE_CHANGED] = {&orders_price_changed, "price", "price", "has changed since it was shown"},
};

static struct error *judge_items(struct ctx *cx, const struct placing *placing)
{
    struct error *error = NULL;
    for (size_t i = 0; i < placing->count; i++) {
        enum order_item_verdict verdict = order_judge_item(placing->facts, i, cx->caller->account_id);
        const struct verdict_row *row = &verdicts[verdict];
        if (verdict == ITEM_OK)
            continue;
        if (error == NULL)
            error = error_new(cx->arena, row->reason, __FILE__, __LINE__, "an item of the order %s",
                              row->message);
        error_add_violation(cx->arena, error, arena_printf(cx->arena, "/items/%zu/%s", i, row->member),
                            row->rule, "%s", row->message);
    }
    return error;
}

/* A closed option of a spec whose exclusive licence was sold says so. */
static struct error *explain_closed(struct ctx *cx, const struct placing *placing, struct error *error)
{
    if (!error_is(error, &catalog_option_closed))
        return error;
    for (size_t i = 0; i < placing->count; i++) {
        struct catalog_spec spec = {.status = CATALOG_DRAFT};
        bool is_found = false;
        if (placing->facts[i].is_open)
            continue;
        TRY(catalog_find_spec(cx, NULL, placing->facts[i].spec_id, &spec, &is_found));
        if (is_found && spec.status == CATALOG_SOLD)
            error->reason = &licensing_exclusive_sold;
    }
    return error;
}

static struct error *load_offers(struct ctx *cx, struct placing *placing)
{
    placing->facts = ARENA_ARRAY(cx->arena, struct order_item_facts, placing->count);
    placing->options = ARENA_ARRAY(cx->arena, struct catalog_option, placing->count);
    for (size_t i = 0; i < placing->count; i++) {
        const struct order_request_item *item =
            ARRAY_AT(struct order_request_item, placing->request->items, i);
        struct catalog_option *option = &placing->options[i];
        TRY(catalog_load_option(cx, NULL, item->license_option_id, option));
        placing->facts[i] = (struct order_item_facts){
            .spec_id = item->spec_id,
            .option_spec_id = option->spec_id,
            .seller_id = option->seller_id,
            .price = option->price,
            .shown_price = item->price,
            .is_open = option->is_open,
        };
    }
    return NULL;
}

static struct error *check_request(struct ctx *cx, const struct order_request *request)
{
    if (request->items.count == 0)
        return ERROR(cx, orders_empty, "an order needs at least one item");
    if (!request->terms_accepted)
        return ERROR(cx, orders_terms, "accept the terms of the licences to order");
    return identity_require_verified(cx);
}

/* --- copying --- */

static struct error *name_of(struct ctx *cx, struct id account_id, struct str *ret_name)
{
    struct identity_account account;
    bool is_found = false;
    TRY(identity_find_account(cx, NULL, account_id, &account, &is_found));
    if (!is_found)
        return ERROR(cx, catalog_option_closed, "the seller's account was closed");
    *ret_name = account.display_name;
    return NULL;
}

static struct error *fill_line(struct ctx *cx, const struct placing *placing, size_t index)
{
    const struct catalog_option *option = &placing->options[index];
    struct order_line_row *line = &placing->lines[index];
    *line = (struct order_line_row){
        .id = crypto_new_id(cx),
        .order_id = placing->order.id,
        .position = (int32_t)index,
        .kind = ORDER_LINE_LICENSE,
        .status = ORDERS_PENDING,
        .seller_id = option->seller_id,
        .spec_id = option->spec_id,
        .option_id = option->id,
        .license_type = option->type,
        .title = option->spec_title,
        .option_name = option->name,
        .features = option->features,
        .file_types = option->file_types,
        .terms = option->terms,
        .price_minor = option->price.minor,
    };
    return name_of(cx, option->seller_id, &line->seller_name);
}

static struct error *choose_provider(struct ctx *cx, const struct order_request *request, struct money total,
                                     int32_t *ret_provider)
{
    int32_t provider = request->provider;
    if (total.minor == 0)
        provider = PAYMENTS_FREE;
    else if (provider < 0)
        provider = (int32_t)payments_default_provider(cx);
    *ret_provider = provider;
    return payments_check_provider(cx, (enum payments_provider)provider, total);
}

static struct error *fill_order(struct ctx *cx, struct placing *placing)
{
    struct money total = {.minor = 0};
    struct instant now = clock_now(cx);
    if (!order_total(placing->facts, placing->count, &total))
        return ERROR_CODE(cx, INVALID, "the order's total is too large");
    placing->order = (struct order_row){
        .id = crypto_new_id(cx),
        .buyer_id = cx->caller->account_id,
        .status = ORDERS_PENDING,
        .currency = arena_str(cx->arena, str_cstr(total.currency.code)),
        .total_minor = total.minor,
        .expires_at = instant_add_us(now, orders_state_of(cx)->settings->expiry_us),
        .created_at = now,
    };
    TRY(choose_provider(cx, placing->request, total, &placing->order.provider));
    TRY(name_of(cx, placing->order.buyer_id, &placing->order.buyer_name));
    placing->lines = ARENA_ARRAY(cx->arena, struct order_line_row, placing->count);
    for (size_t i = 0; i < placing->count; i++)
        TRY(fill_line(cx, placing, i));
    return NULL;
}

static struct error *store(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct placing *placing = arg;
    TRY(orders_repo_insert(cx, tx, &placing->order));
    for (size_t i = 0; i < placing->count; i++)
        TRY(orders_repo_insert_line(cx, tx, &placing->lines[i]));
    return claim_record(cx, tx, placing->order.id);
}

struct error *orders_place(struct ctx *cx, const struct order_request *request, struct id *ret_order_id)
{
    struct placing placing = {.request = request, .count = request->items.count};
    TRY(check_request(cx, request));
    TRY(load_offers(cx, &placing));
    struct error *refusal = judge_items(cx, &placing);
    if (refusal != NULL)
        return explain_closed(cx, &placing, refusal);
    TRY(fill_order(cx, &placing));
    TRY(db_transact(cx, TX_WRITE, store, &placing));
    *ret_order_id = placing.order.id;
    return NULL;
}

struct error *orders_begin_payment(struct ctx *cx, struct id order_id)
{
    struct order_row order = {0};
    struct payments_payment payment;
    bool is_found = false;
    TRY(orders_repo_find(cx, NULL, order_id, &order, &is_found));
    if (!is_found || order.status != ORDERS_PENDING)
        return NULL;
    FAULT_POINT(cx, "orders.place.stored");
    TRY(payments_begin(cx, order_id, (enum payments_provider)order.provider,
                       orders_money(order.currency, order.total_minor), &payment));
    if (payment.provider != PAYMENTS_FREE)
        return NULL;
    return payments_settle(cx, &(struct payments_proof){.order_id = order_id});
}
