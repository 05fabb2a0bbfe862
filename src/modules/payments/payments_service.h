/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of payments for its own files, and the adapter that each provider fills. Others use payments.h. */
#ifndef MODULES_PAYMENTS_PAYMENTS_SERVICE_H
#define MODULES_PAYMENTS_PAYMENTS_SERVICE_H

#include "platform/bus/bus.h"
#include "platform/config/config.h"
#include "platform/jobs/jobs.h"
#include "platform/module/module.h"

#include "modules/payments/payments_domain.h"
#include "modules/payments/payments_ledger_repo.h"
#include "modules/payments/payments_repo.h"

enum payments_test_switch { TEST_AUTO, TEST_ON, TEST_OFF };

struct payments_settings {
    struct str stripe_secret_key; /* empty: Stripe is off */
    struct str stripe_publishable_key;
    struct str stripe_webhook_secret;
    struct str stripe_api_url; /* without a trailing slash */
    struct str stripe_script_url;
    int64_t platform_fee_bp;
    int32_t test_provider; /* enum payments_test_switch */
};
extern const struct setting_group payments_settings_group;

struct payments_state {
    const struct payments_settings *settings;
    const struct payments_port *port;
};
struct payments_state *payments_state_of(const struct ctx *cx);

/* What a provider said when it was asked. Texts live in cx->arena. */
struct provider_answer {
    enum payments_truth truth;
    bool names_amount; /* amount and order are the provider's own words, to be compared */
    struct money amount;
    struct id order_id;
    struct str why; /* declined, cancelled: a sentence */
};

/* A provider. Everything here runs outside of transactions and may be repeated: what changes something is keyed by the order and
 * the step. Errors: payments_provider_failed (try again), payments_declined. */
struct payments_adapter {
    bool (*is_on)(const struct ctx *cx);
    /* Nothing is called outside: the deciding commit settles at once. */
    bool is_local;
    /* Makes the payment known to the provider. */
    struct error *(*create)(struct ctx *cx, const struct payment_row *payment, struct str *ret_ref,
                            struct str *ret_client_data);
    struct error *(*read)(struct ctx *cx, const struct payment_row *payment,
                          const struct payments_proof *proof, struct provider_answer *ret_answer);
    /* Each says what is true afterwards, whatever it found. */
    struct error *(*capture)(struct ctx *cx, const struct payment_row *payment,
                             struct provider_answer *ret_answer);
    struct error *(*cancel)(struct ctx *cx, const struct payment_row *payment,
                            struct provider_answer *ret_answer);
    /* Errors besides: payments_not_refundable, for good. */
    struct error *(*refund)(struct ctx *cx, const struct payment_row *payment, struct id refund_id,
                            int64_t minor);
    /* Every refund and dispute of the payment, ours too. Array of struct payments_return. NULL: there can be none but ours. */
    struct error *(*list_returns)(struct ctx *cx, const struct payment_row *payment,
                                  struct array *ret_returns);
};
extern const struct payments_adapter payments_test_adapter, payments_free_adapter, payments_stripe_adapter;
const struct payments_adapter *payments_adapter_of(int32_t provider);

struct money payment_row_amount(const struct payment_row *payment);

/* Carries the decision out at the provider and writes that down; nothing when that was done. Safe at any moment, any number of
 * times, beside others. */
MUST_USE struct error *payments_finish(struct ctx *cx, struct id order_id);
extern const struct job_type payments_finish_job;
/* Queues payments_finish_job in tx, for when the process dies before it has finished by itself. */
MUST_USE struct error *payments_queue_finish(struct ctx *cx, struct tx *tx, struct id order_id,
                                             int64_t delay_us);

/* Books what went back at the provider without us. Safe to repeat. Errors: payments_provider_failed, unavailable: try again. */
MUST_USE struct error *payments_reconcile(struct ctx *cx, const struct payment_row *payment);

/* An event as it came; settled later by a job. Errors: payments_bad_signature, malformed JSON. */
MUST_USE struct error *payments_take_stripe_event(struct ctx *cx, struct str signature, struct str body);
extern const struct job_type payments_event_job;

/* --- ledger --- */

/* A person's money in one currency, from the person's side: what was earned is positive. */
struct ledger_balance {
    struct money balance, sales, fees, refunds;
};
/* Array of struct ledger_balance by currency. */
MUST_USE struct error *ledger_load_balances(struct ctx *cx, struct array *ret_balances);
/* The caller's lines, newest first. Array of struct ledger_owner_row. */
MUST_USE struct error *ledger_list_lines(struct ctx *cx, struct id after, int64_t limit,
                                         struct array *ret_rows);

extern const struct job_type payments_seal_job;
extern const struct module_check payments_checks[];

#endif
