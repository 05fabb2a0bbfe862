/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Money that goes back without us: refunds made in the provider's own pages, and disputes. The provider is asked for all of them; each
 * is written down once under the order's and the payment's rows, whatever number of events told of it. Refunds that we asked for are
 * known by the id that we gave them, and are booked by those who asked. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/log/log.h"

#include "modules/payments/payments_service.h"

struct claiming {
    struct payment_row payment;
    struct id buyer_id;
    const struct payments_return *given;
    struct return_row row; /* as it was; state unknown: not written down */
    struct payments_claim claim;
};

/* Provider against what is held, or what is owed to the buyer. */
static struct error *post(struct ctx *cx, struct tx *tx, const struct claiming *claiming, const char *reason,
                          struct id reference_id, const struct ledger_line other)
{
    const struct ledger_line lines[] = {
        {.kind = LEDGER_PROVIDER, .minor = -other.minor, .what = str_cstr(reason)},
        {.kind = other.kind, .owner_id = other.owner_id, .minor = other.minor, .what = str_cstr(reason)},
    };
    struct ledger_posting posting = {
        .reason = str_cstr(reason),
        .reference_id = reference_id,
        .order_id = claiming->payment.order_id,
        .currency = payment_row_amount(&claiming->payment).currency,
        .provider = claiming->payment.provider,
        .lines = lines,
        .line_count = COUNT_OF(lines),
    };
    return ledger_post(cx, tx, &posting);
}

static struct error *add_refunded(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                  int64_t minor)
{
    enum payments_status status =
        payment_status_after_refund(payment->amount_minor, payment->refunded_minor + minor);
    return payments_repo_add_refunded(cx, tx, payment->id, (int32_t)status, minor);
}

/* Written down for the first time, or moved. */
static struct error *write_state(struct ctx *cx, struct tx *tx, struct claiming *claiming,
                                 enum payments_return_state state)
{
    const struct payments_return *given = claiming->given;
    if (claiming->row.status != RETURN_UNKNOWN)
        return payments_repo_move_return(cx, tx, claiming->row.id, (int32_t)state, clock_now(cx));
    claiming->row.id = crypto_new_id(cx);
    struct new_return row = {claiming->row.id, given->ref, given->kind, (int32_t)state, given->minor};
    return payments_repo_insert_return(cx, tx, &claiming->payment, &row, clock_now(cx));
}

static struct error *hold(struct ctx *cx, struct tx *tx, struct claiming *claiming)
{
    TRY(write_state(cx, tx, claiming, RETURN_HELD));
    TRY(payments_repo_add_held(cx, tx, claiming->payment.id, claiming->given->minor));
    return post(cx, tx, claiming, "dispute", claiming->row.id,
                (struct ledger_line){.kind = LEDGER_DISPUTED, .minor = claiming->given->minor});
}

static struct error *release(struct ctx *cx, struct tx *tx, struct claiming *claiming)
{
    TRY(write_state(cx, tx, claiming, RETURN_KEPT));
    TRY(payments_repo_add_held(cx, tx, claiming->payment.id, -claiming->row.amount_minor));
    return post(cx, tx, claiming, "dispute_won", claiming->row.id,
                (struct ledger_line){.kind = LEDGER_DISPUTED, .minor = -claiming->row.amount_minor});
}

static struct error *give(struct ctx *cx, struct tx *tx, struct claiming *claiming)
{
    bool is_held = claiming->row.status == RETURN_HELD;
    int64_t minor = is_held ? claiming->row.amount_minor : claiming->given->minor;
    TRY(write_state(cx, tx, claiming, RETURN_GIVEN));
    if (is_held)
        TRY(payments_repo_add_held(cx, tx, claiming->payment.id, -minor));
    TRY(add_refunded(cx, tx, &claiming->payment, minor));
    claiming->claim.is_given = true;
    claiming->claim.id = claiming->row.id;
    claiming->claim.minor = minor;
    claiming->claim.from = is_held ? LEDGER_DISPUTED : LEDGER_PROVIDER;
    return NULL;
}

static struct error *credit(struct ctx *cx, struct tx *tx, const struct claiming *claiming,
                            struct id reference_id)
{
    int64_t minor = claiming->row.amount_minor;
    TRY(add_refunded(cx, tx, &claiming->payment, -minor));
    return post(
        cx, tx, claiming, "refund_failed", reference_id,
        (struct ledger_line){.kind = LEDGER_BUYER_CREDIT, .owner_id = claiming->buyer_id, .minor = -minor});
}

static struct error *report(struct ctx *cx, const struct claiming *claiming, const char *event)
{
    LOG(cx, WARN, event, log_id("order_id", claiming->payment.order_id),
        log_text("provider_ref", claiming->given->ref), log_i64("minor", claiming->given->minor));
    return NULL;
}

static struct error *act(struct ctx *cx, struct tx *tx, struct claiming *claiming)
{
    const struct payments_return *given = claiming->given;
    int64_t left =
        claiming->payment.amount_minor - claiming->payment.refunded_minor - claiming->payment.held_minor;
    enum payments_return_step step = payment_return_step((enum payments_return_kind)given->kind,
                                                         (enum payments_return_state)claiming->row.status,
                                                         (enum payments_return_state)given->state);
    if (claiming->row.status == RETURN_UNKNOWN && step != RETURN_NOTHING &&
        (given->minor <= 0 || given->minor > left))
        return ERROR(cx, payments_mismatch, "more went back at the provider than was paid");
    claiming->claim.is_changed = step != RETURN_NOTHING && step != RETURN_REPORT;
    switch (step) {
    case RETURN_HOLD:
        return hold(cx, tx, claiming);
    case RETURN_GIVE:
        return give(cx, tx, claiming);
    case RETURN_RELEASE:
        return release(cx, tx, claiming);
    case RETURN_CREDIT:
        TRY(write_state(cx, tx, claiming, RETURN_KEPT));
        return credit(cx, tx, claiming, claiming->row.id);
    case RETURN_REPORT:
        return report(cx, claiming, "payments.return.unexpected");
    case RETURN_NOTHING:
        break;
    }
    return NULL;
}

/* One that we asked for: booked by who asked, unless the provider could not give it in the end. */
static struct error *claim_ours(struct ctx *cx, struct tx *tx, struct claiming *claiming, bool *ret_is_ours)
{
    struct refund_row refund = {.status = REFUND_ASKED};
    *ret_is_ours = false;
    if (id_is_none(claiming->given->refund_id))
        return NULL;
    TRY(payments_repo_lock_refund(cx, tx, claiming->given->refund_id, &refund, ret_is_ours));
    *ret_is_ours = *ret_is_ours && id_equal(refund.payment_id, claiming->payment.id) &&
                   refund.amount_minor == claiming->given->minor;
    if (!*ret_is_ours || refund.status != REFUND_DONE || claiming->given->state != RETURN_KEPT)
        return NULL;
    claiming->row.amount_minor = refund.amount_minor;
    claiming->claim.is_changed = true;
    TRY(payments_repo_finish_refund(cx, tx, refund.id, REFUND_FELL, clock_now(cx)));
    return credit(cx, tx, claiming, refund.id);
}

struct error *payments_claim_return(struct ctx *cx, struct tx *tx, struct id order_id, struct id buyer_id,
                                    const struct payments_return *given, struct payments_claim *ret_claim)
{
    struct claiming claiming = {.buyer_id = buyer_id, .given = given, .row = {.status = RETURN_UNKNOWN}};
    bool is_found = false, is_ours = false;
    *ret_claim = (struct payments_claim){.is_given = false};
    TRY(payments_repo_lock(cx, tx, order_id, &claiming.payment, &is_found));
    if (!is_found || claiming.payment.decision != PAYMENTS_CAPTURE ||
        claiming.payment.status == PAYMENTS_FAILED)
        return NULL; /* what was not sold has no place in the ledger */
    if (!payment_is_settled(claiming.payment.status))
        return ERROR_CODE(cx, UNAVAILABLE, "the payment is not captured yet");
    TRY(claim_ours(cx, tx, &claiming, &is_ours));
    if (!is_ours) {
        TRY(payments_repo_lock_return(cx, tx, claiming.payment.provider, given->ref, &claiming.row,
                                      &is_found));
        TRY(act(cx, tx, &claiming));
    }
    *ret_claim = claiming.claim;
    return NULL;
}

/* --- reconciling --- */

struct telling {
    struct id order_id;
    const struct payments_return *given;
    bool is_changed;
};

static struct error *tell(struct ctx *cx, struct tx *tx, void *arg)
{
    struct telling *telling = arg;
    return payments_state_of(cx)->port->returned(cx, tx, telling->order_id, telling->given,
                                                 &telling->is_changed);
}

/* What happened at the provider without us is told to the operator, whoever else is told by mail. */
static void log_change(const struct ctx *cx, const struct telling *telling)
{
    static const char *const states[RETURN_STATES] = {"unknown", "held", "given", "kept"};
    const struct payments_return *given = telling->given;
    LOG(cx, WARN, given->kind == RETURN_DISPUTE ? "payments.dispute" : "payments.refund.by_provider",
        log_id("order_id", telling->order_id), log_text("provider_ref", given->ref),
        log_text("state", str_cstr(states[given->state])), log_i64("minor", given->minor));
}

struct error *payments_reconcile(struct ctx *cx, const struct payment_row *payment)
{
    const struct payments_adapter *adapter = payments_adapter_of(payment->provider);
    struct array returns = {0};
    if (adapter->list_returns == NULL)
        return NULL;
    TRY(adapter->list_returns(cx, payment, &returns));
    for (size_t i = 0; i < returns.count; i++) {
        struct telling telling = {payment->order_id, ARRAY_AT(struct payments_return, returns, i), false};
        TRY(db_transact(cx, TX_WRITE, tell, &telling));
        if (telling.is_changed)
            log_change(cx, &telling);
    }
    return NULL;
}
