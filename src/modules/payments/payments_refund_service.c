/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Refunds: asked for in a row, done at the provider under the refund's key, then written down with the caller's postings. Whoever
 * comes back with the same refund goes on where it stopped. */
#include "platform/clock/clock.h"
#include "platform/fault/fault.h"

#include "modules/payments/payments_service.h"

struct asking {
    struct id order_id, refund_id;
    int64_t minor;
    struct payment_row payment;
    struct refund_row refund;
};

/* What cost nothing can be given back even when all the money was. */
static bool is_refundable(const struct payment_row *payment, int64_t minor)
{
    return payment->status == PAYMENTS_CAPTURED || payment->status == PAYMENTS_PARTLY_REFUNDED ||
           (payment->status == PAYMENTS_REFUNDED && minor == 0);
}

static struct error *ask_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    struct asking *asking = arg;
    int64_t open_minor = 0;
    bool is_found = false;
    TRY(payments_repo_lock(cx, tx, asking->order_id, &asking->payment, &is_found));
    if (!is_found)
        return ERROR(cx, payments_not_refundable, "the order was not paid");
    TRY(payments_repo_lock_refund(cx, tx, asking->refund_id, &asking->refund, &is_found));
    if (is_found)
        return NULL;
    TRY(payments_repo_sum_open_refunds(cx, tx, asking->payment.id, &open_minor));
    int64_t left = asking->payment.amount_minor - asking->payment.refunded_minor -
                   asking->payment.held_minor - open_minor;
    if (!is_refundable(&asking->payment, asking->minor) || asking->minor > left)
        return ERROR(cx, payments_not_refundable, "nothing is left to refund");
    asking->refund = (struct refund_row){asking->refund_id, asking->payment.id, asking->minor, REFUND_ASKED};
    return payments_repo_insert_refund(cx, tx, &asking->payment, asking->refund_id, asking->minor,
                                       clock_now(cx));
}

static struct error *write_refusal(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct asking *asking = arg;
    return payments_repo_finish_refund(cx, tx, asking->refund_id, REFUND_REFUSED, clock_now(cx));
}

struct error *payments_refund(struct ctx *cx, struct id order_id, struct id refund_id, int64_t amount_minor)
{
    struct asking asking = {.order_id = order_id, .refund_id = refund_id, .minor = amount_minor};
    TRY(payments_finish(cx, order_id)); /* what was sold a moment ago is captured first */
    TRY(db_transact(cx, TX_WRITE, ask_in_tx, &asking));
    if (asking.refund.status == REFUND_DONE || asking.minor == 0)
        return NULL;
    if (asking.refund.status == REFUND_REFUSED)
        return ERROR(cx, payments_not_refundable, "the provider refused this refund");
    FAULT_POINT(cx, "payments.refund.before_provider");
    struct error *error = payments_adapter_of(asking.payment.provider)
                              ->refund(cx, &asking.payment, refund_id, asking.refund.amount_minor);
    if (error_is(error, &payments_not_refundable))
        TRY(db_transact(cx, TX_WRITE, write_refusal, &asking));
    FAULT_POINT(cx, "payments.refund.after_provider");
    return error;
}

struct error *payments_record_refund(struct ctx *cx, struct tx *tx, struct id order_id, struct id refund_id,
                                     int64_t amount_minor)
{
    struct payment_row payment = {0};
    struct refund_row refund = {0};
    bool is_found = false, is_asked = false;
    TRY(payments_repo_lock(cx, tx, order_id, &payment, &is_found));
    TRY(payments_repo_lock_refund(cx, tx, refund_id, &refund, &is_asked));
    if (!is_found || !is_asked || refund.amount_minor != amount_minor)
        return ERROR_CODE(cx, INTERNAL, "a refund is recorded that was not asked for");
    if (refund.status == REFUND_DONE)
        return NULL;
    enum payments_status status =
        payment_status_after_refund(payment.amount_minor, payment.refunded_minor + amount_minor);
    TRY(payments_repo_finish_refund(cx, tx, refund_id, REFUND_DONE, clock_now(cx)));
    return payments_repo_add_refunded(cx, tx, payment.id, (int32_t)status, amount_minor);
}
