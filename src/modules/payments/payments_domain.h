/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of payments: what the provider's truth means for a payment, shares of a sale, names of accounts. Pure. */
#ifndef MODULES_PAYMENTS_PAYMENTS_DOMAIN_H
#define MODULES_PAYMENTS_PAYMENTS_DOMAIN_H

#include "base/mem/arena.h"
#include "base/value/id.h"
#include "base/value/money.h"

#include "modules/payments/payments.h"

/* What a provider says of a payment. */
enum payments_truth {
    TRUTH_PENDING,    /* the buyer has not finished */
    TRUTH_DECLINED,   /* refused, and may be tried again with another means */
    TRUTH_AUTHORISED, /* the amount is held */
    TRUTH_CAPTURED,
    TRUTH_CANCELLED, /* over, nothing was taken */
    TRUTH_COUNT
};

/* What is to be done, from the truth and what was decided. */
enum payments_step {
    STEP_WAIT,    /* nothing yet: the buyer's turn */
    STEP_REFUSE,  /* tell the buyer; another try may follow */
    STEP_DECIDE,  /* run the deciding commit */
    STEP_FAIL,    /* the provider ended it: the order fails */
    STEP_CAPTURE, /* decided: take the money */
    STEP_VOID,    /* decided: give the hold back */
    STEP_RETURN,  /* decided against, but the money was taken: refund all of it */
    STEP_CLOSE,   /* decided and carried out: write it down */
    STEP_COUNT
};
enum payments_step payment_next_step(enum payments_decision decision, enum payments_truth truth);

/* What is to be done about money that went back without us, from what was written down and what the provider says now. */
enum payments_return_step {
    RETURN_NOTHING,
    RETURN_HOLD,    /* write it down, post the hold */
    RETURN_GIVE,    /* it is the buyer's */
    RETURN_RELEASE, /* the dispute was won */
    RETURN_CREDIT,  /* the provider could not give it: we owe it to the buyer */
    RETURN_REPORT   /* for the operator to look at */
};
enum payments_return_step payment_return_step(enum payments_return_kind kind,
                                              enum payments_return_state before,
                                              enum payments_return_state now);

bool payment_is_settled(int32_t status);
/* After a refund: partly or wholly; or not at all, when the provider could not give it. */
enum payments_status payment_status_after_refund(int64_t amount_minor, int64_t refunded_minor);

/* Where a kind's accounts come from: their names are "provider:stripe:USD", "platform:fees:USD", "seller:{id}:USD",
 * "buyer:{id}:USD". */
struct str ledger_account_name(struct arena *arena, enum ledger_kind kind, struct id owner_id,
                               int32_t provider, struct currency currency);
bool ledger_is_balanced(const struct ledger_line *lines, size_t count);

#endif
