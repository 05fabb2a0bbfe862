/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of payments: the payment port with its providers, webhooks, refunds, and the double-entry ledger. Owns payment,
 * payment_event, refund, ledger_account, ledger_transaction, ledger_entry. It knows orders only as ids: what a settled payment
 * means is told to orders through the port that app fills. */
#ifndef MODULES_PAYMENTS_PAYMENTS_H
#define MODULES_PAYMENTS_PAYMENTS_H

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

struct tx;

enum payments_provider { PAYMENTS_TEST, PAYMENTS_STRIPE, PAYMENTS_FREE };
enum payments_status {
    PAYMENTS_CREATED,    /* known to the provider, nothing authorised */
    PAYMENTS_AUTHORISED, /* the provider holds the amount */
    PAYMENTS_CAPTURED,
    PAYMENTS_VOIDED,
    PAYMENTS_FAILED,
    PAYMENTS_PARTLY_REFUNDED,
    PAYMENTS_REFUNDED
};
extern const struct enum_table payments_provider_words, payments_status_words;

#define PAYMENTS_REASONS(X)                                                                                  \
    X(payments_declined, "payments.declined", CONFLICT, "The provider declined the payment")                 \
    X(payments_bad_signature, "payments.bad_signature", MALFORMED, "The signature of the provider is wrong") \
    X(payments_mismatch, "payments.mismatch", CONFLICT,                                                      \
      "Amount, currency or order differ from what was agreed")                                               \
    X(payments_provider_off, "payments.provider_off", INVALID, "This payment provider is not switched on")   \
    X(payments_provider_failed, "payments.provider_failed", UNAVAILABLE,                                     \
      "The payment provider cannot be reached")                                                              \
    X(payments_pending, "payments.pending", CONFLICT, "The provider has not confirmed the payment yet")      \
    X(payments_not_refundable, "payments.not_refundable", CONFLICT, "Nothing is left to refund")

REASONS_DECLARE(PAYMENTS_REASONS);

extern const struct module payments_module;

struct payments_payment {
    struct id id, order_id;
    int32_t provider, status;
    int32_t decision; /* enum payments_decision */
    struct money amount;
    int64_t refunded_minor;
    int64_t held_minor;      /* kept back by the provider while disputes are open */
    struct str provider_ref; /* the provider's id of the payment */
    struct str
        client_data; /* JSON for the buyer's client: {"provider", "client_secret", "publishable_key", …} */
};

/* Makes the payment of an order at the provider: between transactions, keyed by the order, so repeating it is harmless.
 * Errors: payments_provider_off, payments_provider_failed. */
MUST_USE struct error *payments_begin(struct ctx *cx, struct id order_id, enum payments_provider provider,
                                      struct money amount, struct payments_payment *ret_payment);
/* The one that an order gets when its buyer names none: Stripe where it is on, else test where it is on, else free. */
enum payments_provider payments_default_provider(const struct ctx *cx);

/* Where the buyer's browser loads a provider's own script; absent: it has none, or is off. */
struct str payments_script_url(const struct ctx *cx, enum payments_provider provider);
/* What a page must be allowed so that the providers' scripts work in it: sources for a Content-Security-Policy, with blanks between
 * them. Absent: none. In cx->arena. */
struct payments_page_sources {
    struct str scripts, frames, connections;
};
struct payments_page_sources payments_page_sources(const struct ctx *cx);

/* Whether an order of that amount may be paid that way; free is for amounts of zero, and only it. Errors: payments_provider_off. */
MUST_USE struct error *payments_check_provider(struct ctx *cx, enum payments_provider provider,
                                               struct money amount);

/* The order's payment. */
MUST_USE struct error *payments_find(struct ctx *cx, struct tx *tx, struct id order_id,
                                     struct payments_payment *ret_payment, bool *ret_found);

/* What a client brings to POST /payments/verify: test outcome, or the provider's proof. */
struct payments_proof {
    struct id order_id;
    struct str outcome;           /* test: "succeed" | "fail" */
    struct str payment_intent_id; /* stripe */
};
/* Asks the provider for the truth and, when it is authorised, runs the port (decide, then capture or void). Safe to repeat and to
 * run beside the webhook: one effect. Errors: payments_declined, payments_pending, payments_mismatch, the port's. */
MUST_USE struct error *payments_settle(struct ctx *cx, const struct payments_proof *proof);

/* The order is given up before anybody decided it (cancelled, expired): what the provider holds or may yet be given is voided.
 * Nothing when the payment was decided, or there is none. In tx, after the order's row was locked. */
MUST_USE struct error *payments_abandon(struct ctx *cx, struct tx *tx, struct id order_id);

/* Refunds part of a captured payment at the provider (keyed by refund_id, so repeating is harmless), then returns. The caller
 * withdraws and posts in its transaction with payments_record_refund. */
MUST_USE struct error *payments_refund(struct ctx *cx, struct id order_id, struct id refund_id,
                                       int64_t amount_minor);
MUST_USE struct error *payments_record_refund(struct ctx *cx, struct tx *tx, struct id order_id,
                                              struct id refund_id, int64_t amount_minor);

/* Accounts of the ledger: "provider:stripe:USD", "platform:fees:USD", "seller:{account id}:USD", "buyer:{…}", "platform:disputed:USD". */
enum ledger_kind {
    LEDGER_PROVIDER,
    LEDGER_PLATFORM_FEES,
    LEDGER_SELLER,
    LEDGER_BUYER_CREDIT,
    LEDGER_DISPUTED /* kept back by providers until disputes end */
};

/* --- what goes back without us: refunds made in the provider's own pages, and disputes --- */

enum payments_return_kind { RETURN_REFUND, RETURN_DISPUTE };
/* Where the money is. */
enum payments_return_state {
    RETURN_UNKNOWN, /* not heard of yet */
    RETURN_HELD,    /* an open dispute: with the provider */
    RETURN_GIVEN,   /* with the buyer */
    RETURN_KEPT,    /* with us: a refund that failed, a dispute that was won */
    RETURN_STATES
};
/* As the provider tells it when it is asked. */
struct payments_return {
    struct str ref; /* the provider's id of the refund or dispute */
    int32_t kind, state;
    int64_t minor;
    struct id refund_id; /* none: not one of ours */
    struct id line_id;   /* none: names no line of the order */
};
struct payments_claim {
    bool is_changed; /* something was written down */
    bool is_given;   /* the caller shares it over the lines and posts it, once */
    struct id id;    /* the posting's reference */
    int64_t minor;
    enum ledger_kind from;
};
/* In tx, the order's row locked: writes down what became of the money and posts what concerns the provider alone (holds, and what
 * it could not give back, which the buyer then has as credit). Errors: payments_mismatch (more than was paid), unavailable (the
 * payment is not captured yet). */
MUST_USE struct error *payments_claim_return(struct ctx *cx, struct tx *tx, struct id order_id,
                                             struct id buyer_id, const struct payments_return *given,
                                             struct payments_claim *ret_claim);

/* Filled by app with orders' commands. */
enum payments_decision { PAYMENTS_UNDECIDED, PAYMENTS_CAPTURE, PAYMENTS_VOID };
struct payments_port {
    /* Checks that the order wants this payment (amount, currency, owner): before anything is captured. */
    struct error *(*expected)(struct ctx *cx, struct id order_id, struct money *ret_amount,
                              struct id *ret_buyer_id);
    /* The commit that decides, in payments' transaction, which has locked nothing yet (the order's row comes first): order paid →
     * licences → entitlements → ledger, or failed. Repeating gives the same answer. */
    struct error *(*decide)(struct ctx *cx, struct tx *tx, struct id order_id,
                            enum payments_decision *ret_decision);
    /* The provider ended the payment by itself, perhaps after the decision: what was given is taken back. In tx. */
    struct error *(*failed)(struct ctx *cx, struct tx *tx, struct id order_id, struct str why);
    /* The provider tells of money that went back, or is back: order's row → payments_claim_return → lines, licences, ledger, mails.
     * In tx; repeating it changes nothing. Errors besides: unavailable, while a refund of ours is under way. */
    struct error *(*returned)(struct ctx *cx, struct tx *tx, struct id order_id,
                              const struct payments_return *given, bool *ret_is_changed);
};
void payments_set_port(const struct ctx *cx, const struct payments_port *port);

/* --- ledger --- */

struct ledger_line {
    enum ledger_kind kind;
    struct id owner_id; /* seller or buyer; none else */
    int64_t minor;      /* > 0 debit, < 0 credit; 0: no line */
    struct str what;    /* as the person reads it: "sale_gross", "platform_fee", … */
};
struct ledger_posting {
    struct str reason;      /* "sale", "refund", "provider_refund", "dispute", … */
    struct id reference_id; /* order line, payment_return */
    struct id order_id;
    struct currency currency;
    int32_t provider;
    const struct ledger_line *lines;
    size_t line_count; /* sum of minor is zero, else REQUIRE */
};
/* Once per (reason, reference_id): a second post is nothing. In tx. */
MUST_USE struct error *ledger_post(struct ctx *cx, struct tx *tx, const struct ledger_posting *posting);
/* The platform's fee of a price by the setting (basis points). */
struct money payments_platform_fee(const struct ctx *cx, struct money price);

#endif
