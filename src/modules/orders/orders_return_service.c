/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Money that the provider gave back without us, by a refund in its own pages or by a lost dispute: shared over the lines by the rule
 * of orders_domain.h, posted in one transaction of the ledger, and what is paid back whole ends its licence. */
#include "base/data/vec.h"

#include "platform/clock/clock.h"

#include "modules/orders/orders_service.h"

struct returning {
    struct order_row order;
    const struct payments_return *given;
    struct payments_claim claim;
    struct array lines;         /* of struct order_line_row: those that are paid */
    struct order_share *shares; /* beside lines */
    int64_t credit_minor;       /* what no line bears: it was owed to the buyer */
};

typedef VEC(struct ledger_line) ledger_vec;
typedef VEC(struct order_line_row) line_vec;

/* A refund of ours decides about its lines first. */
static struct error *load_paid(struct ctx *cx, struct tx *tx, struct returning *returning)
{
    struct array lines = {0};
    line_vec paid = {0};
    TRY(orders_load_lines(cx, tx, returning->order.id, &lines));
    for (size_t i = 0; i < lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        if (!order_line_is_sold((enum orders_status)line->status))
            continue;
        if (!id_is_none(line->refund_id))
            return ERROR_CODE(cx, UNAVAILABLE, "a refund of this order is under way");
        *VEC_PUSH(cx->arena, &paid) = *line;
    }
    returning->lines = (struct array){paid.items, paid.count};
    return NULL;
}

static void share(struct ctx *cx, struct returning *returning)
{
    returning->shares = ARENA_ARRAY(cx->arena, struct order_share, returning->lines.count);
    for (size_t i = 0; i < returning->lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, returning->lines, i);
        returning->shares[i] = (struct order_share){
            .price_minor = line->price_minor,
            .refunded_minor = line->refunded_minor,
            .fee_minor = line->fee_minor,
            .fee_refunded_minor = line->fee_refunded_minor,
            .is_named = id_equal(line->id, returning->given->line_id),
        };
    }
    returning->credit_minor =
        order_share_return(returning->shares, returning->lines.count, returning->claim.minor);
}

static struct error *post(struct ctx *cx, struct tx *tx, const struct returning *returning)
{
    bool is_dispute = returning->given->kind == RETURN_DISPUTE;
    struct str what = is_dispute ? STR("dispute_lost") : STR("refund");
    ledger_vec lines = {0};
    *VEC_PUSH(cx->arena, &lines) =
        (struct ledger_line){.kind = returning->claim.from, .minor = -returning->claim.minor, .what = what};
    for (size_t i = 0; i < returning->lines.count; i++) {
        const struct order_share *share = &returning->shares[i];
        struct id seller_id = ARRAY_AT(struct order_line_row, returning->lines, i)->seller_id;
        *VEC_PUSH(cx->arena, &lines) = (struct ledger_line){LEDGER_SELLER, seller_id, share->minor, what};
        *VEC_PUSH(cx->arena, &lines) =
            (struct ledger_line){LEDGER_SELLER, seller_id, -share->fee_back_minor, STR("platform_fee_back")};
        *VEC_PUSH(cx->arena, &lines) = (struct ledger_line){
            .kind = LEDGER_PLATFORM_FEES, .minor = share->fee_back_minor, .what = STR("platform_fee_back")};
    }
    *VEC_PUSH(cx->arena, &lines) =
        (struct ledger_line){LEDGER_BUYER_CREDIT, returning->order.buyer_id, returning->credit_minor, what};
    struct ledger_posting posting = {
        .reason = is_dispute ? STR("dispute_lost") : STR("provider_refund"),
        .reference_id = returning->claim.id,
        .order_id = returning->order.id,
        .currency = orders_money(returning->order.currency, 0).currency,
        .provider = returning->order.provider,
        .lines = lines.items,
        .line_count = lines.count,
    };
    return ledger_post(cx, tx, &posting);
}

/* What of a line went back; a line that is over loses its licence. */
static struct error *write_line(struct ctx *cx, struct tx *tx, const struct returning *returning,
                                size_t index, line_vec *ended)
{
    struct order_line_row *line = ARRAY_AT(struct order_line_row, returning->lines, index);
    const struct order_share *share = &returning->shares[index];
    line->refunded_minor += share->minor;
    line->fee_refunded_minor += share->fee_back_minor;
    if (share->is_over) {
        orders_move_line(line, ORDERS_REFUNDED);
        line->refunded_at = clock_now(cx);
        TRY(orders_withdraw_line(cx, tx, line, STR("refunded")));
    }
    TRY(orders_repo_update_line(cx, tx, line));
    if (!share->is_over)
        return NULL;
    *VEC_PUSH(cx->arena, ended) = *line;
    return orders_tell_line(cx, tx, &orders_line_refunded, &returning->order, line);
}

static struct error *book(struct ctx *cx, struct tx *tx, struct returning *returning)
{
    line_vec touched = {0}, ended = {0};
    TRY(load_paid(cx, tx, returning));
    share(cx, returning);
    TRY(post(cx, tx, returning));
    for (size_t i = 0; i < returning->lines.count; i++) {
        if (returning->shares[i].minor == 0 && !returning->shares[i].is_over)
            continue;
        TRY(write_line(cx, tx, returning, i, &ended));
        *VEC_PUSH(cx->arena, &touched) = *ARRAY_AT(struct order_line_row, returning->lines, i);
    }
    if (ended.count != 0)
        TRY(orders_close(cx, tx, &returning->order));
    return orders_mail_return(cx, tx, &returning->order, (struct array){touched.items, touched.count},
                              (struct array){ended.items, ended.count}, returning->claim.minor);
}

struct error *orders_take_return(struct ctx *cx, struct tx *tx, struct id order_id,
                                 const struct payments_return *given, bool *ret_is_changed)
{
    struct returning returning = {.given = given};
    bool is_found = false;
    *ret_is_changed = false;
    TRY(orders_repo_lock(cx, tx, order_id, &returning.order, &is_found));
    if (!is_found)
        return NULL;
    TRY(payments_claim_return(cx, tx, order_id, returning.order.buyer_id, given, &returning.claim));
    *ret_is_changed = returning.claim.is_changed;
    return returning.claim.is_given ? book(cx, tx, &returning) : NULL;
}
