/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stripe's wire forms without its network: amounts, form bodies, the signature header, status words. Pure.
 * Source: docs.stripe.com (API 2023-08-16): currencies, webhooks/signatures, payment-intents lifecycle. */
#ifndef MODULES_PAYMENTS_PAYMENTS_STRIPE_DOMAIN_H
#define MODULES_PAYMENTS_PAYMENTS_STRIPE_DOMAIN_H

#include "base/text/strbuf.h"

#include "modules/payments/payments_domain.h"

/* Stripe counts some currencies with other decimals than ISO 4217. False when the amount cannot be said there. */
MUST_USE bool stripe_amount(struct money money, int64_t *ret_amount);
/* The way back. False when it is no whole number of our minor units. */
MUST_USE bool stripe_minor(struct currency currency, int64_t amount, int64_t *ret_minor);
/* "usd"; ret_text holds 4 bytes with its NUL. */
void stripe_currency(struct currency currency, char ret_text[4]);
bool stripe_currency_equal(struct str text, struct currency currency);

/* application/x-www-form-urlencoded: appends name=value with an & where one is needed. Names are ours and go as they are, with
 * their brackets ("metadata[order_id]"). */
void stripe_form_put(struct strbuf *form, const char *name, struct str value);
void stripe_form_put_i64(struct strbuf *form, const char *name, int64_t value);

/* Stripe-Signature: t=1492774577,v1=5257a8…,v1=…,v0=… */
#define STRIPE_MAX_SIGNATURES  8
#define STRIPE_SIGNATURE_BYTES 32
struct stripe_signature {
    struct str time_text; /* as signed */
    int64_t time_s;
    uint8_t v1[STRIPE_MAX_SIGNATURES][STRIPE_SIGNATURE_BYTES];
    size_t count;
};
/* False without a time or without any v1. Further v1 values beyond the maximum are passed over, as are other schemes. */
MUST_USE bool stripe_signature_parse(struct str header, struct stripe_signature *ret_signature);
/* Whether a signature of that time may be accepted now: not older than the tolerance, nor that far ahead. */
bool stripe_time_is_near(int64_t time_s, int64_t now_s, int64_t tolerance_s);

/* "https://js.stripe.com" of "https://js.stripe.com/v3/"; absent when the address has no host, or bytes that none has. */
struct str stripe_origin(struct str url);

/* Status of a PaymentIntent; has_error: it carries a last_payment_error. Unknown words count as pending. */
enum payments_truth stripe_truth(struct str status, bool has_error);

/* Where the money of a refund or a dispute is, by its status. RETURN_UNKNOWN: nowhere else yet (a refund that waits for the buyer, an
 * inquiry before a dispute), and for unknown words. */
enum payments_return_state stripe_refund_state(struct str status);
enum payments_return_state stripe_dispute_state(struct str status);

/* What an event of that type says should be looked at. */
enum stripe_event_kind { STRIPE_EVENT_OTHER, STRIPE_EVENT_PAYMENT, STRIPE_EVENT_RETURN };
enum stripe_event_kind stripe_event_kind(struct str type);

#endif
