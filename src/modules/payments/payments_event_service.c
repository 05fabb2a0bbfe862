/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Webhooks of Stripe: checked, stored once, answered; a job then asks the provider for the truth and settles. What an event claims
 * is never believed, so a late, doubled or reordered one does no harm. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/log/log.h"

#include "modules/payments/payments_service.h"
#include "modules/payments/payments_stripe_domain.h"

static const int64_t tolerance_s = 300;

struct event_object {
    struct str id, object;
    struct str payment_intent; /* of a charge, a refund, a dispute */
};
struct event_data {
    struct event_object object;
};
struct stripe_event {
    struct str id, type;
    struct event_data data;
};
struct event_job_payload {
    struct id event_id;
};

/* clang-format off */
static const struct json_field object_fields[] = {
    JSON_TEXT(struct event_object, id, .flags = JSON_NULLABLE),
    JSON_TEXT(struct event_object, object, .flags = JSON_NULLABLE),
    JSON_TEXT(struct event_object, payment_intent, .flags = JSON_NULLABLE),
};
static const struct json_type object_type =
    JSON_TYPE("StripeEventObject", struct event_object, object_fields, .ignore_unknown = true);

static const struct json_field data_fields[] = {
    JSON_OBJECT(struct event_data, object, struct event_object, &object_type, .flags = JSON_REQUIRED),
};
static const struct json_type data_type = JSON_TYPE("StripeEventData", struct event_data, data_fields, .ignore_unknown = true);

static const struct json_field event_fields[] = {
    JSON_TEXT(struct stripe_event, id, .flags = JSON_REQUIRED, .min = 1, .max = 255),
    JSON_TEXT(struct stripe_event, type, .flags = JSON_REQUIRED),
    JSON_OBJECT(struct stripe_event, data, struct event_data, &data_type, .flags = JSON_REQUIRED),
};
static const struct json_type event_body =
    JSON_TYPE("StripeEvent", struct stripe_event, event_fields, .ignore_unknown = true);

static const struct json_field job_fields[] = {JSON_ID(struct event_job_payload, event_id, .flags = JSON_REQUIRED)};
static const struct json_type job_payload = JSON_TYPE("PaymentEventJob", struct event_job_payload, job_fields);
/* clang-format on */

static bool is_signed(const struct ctx *cx, struct str header, struct str body)
{
    struct str secret = payments_state_of(cx)->settings->stripe_webhook_secret;
    struct stripe_signature signature;
    uint8_t mac[SHA256_BYTES];
    bool matches = false;
    if (str_is_empty(secret) || !stripe_signature_parse(header, &signature))
        return false;
    struct str payload = arena_printf(cx->arena, "%" STR_FMT ".", STR_ARG(signature.time_text));
    char *bytes = arena_alloc_raw(cx->arena, payload.len + body.len + 1);
    memcpy(bytes, payload.ptr, payload.len);
    memcpy(bytes + payload.len, body.ptr != NULL ? body.ptr : "", body.len);
    hmac_sha256(secret.ptr, secret.len, bytes, payload.len + body.len, mac);
    for (size_t i = 0; i < signature.count; i++)
        matches = crypto_equal(mac, signature.v1[i], sizeof(mac)) || matches;
    return matches && stripe_time_is_near(signature.time_s, clock_now(cx).us / US_PER_SECOND, tolerance_s);
}

struct taking {
    struct event_row event;
    struct str body;
};

static struct error *store(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct taking *taking = arg;
    bool is_new = false;
    TRY(payments_repo_insert_event(cx, tx, &taking->event, taking->body, clock_now(cx), &is_new));
    if (!is_new || stripe_event_kind(taking->event.type) == STRIPE_EVENT_OTHER)
        return NULL;
    struct event_job_payload payload = {taking->event.id};
    return job_enqueue(cx, tx, &payments_event_job, id_str(cx->arena, taking->event.id),
                       json_encode(cx->arena, &job_payload, &payload), INSTANT_NONE);
}

/* The PaymentIntent that it is about, as far as there is one. */
static struct str subject_of(const struct stripe_event *event)
{
    const struct event_object *object = &event->data.object;
    bool is_return = stripe_event_kind(event->type) == STRIPE_EVENT_RETURN;
    struct str subject = is_return ? object->payment_intent : object->id;
    return subject.ptr != NULL ? subject : STR("");
}

struct error *payments_take_stripe_event(struct ctx *cx, struct str signature, struct str body)
{
    struct stripe_event event;
    if (!is_signed(cx, signature, body))
        return ERROR(cx, payments_bad_signature,
                     "the Stripe-Signature header does not fit the body, or is too old");
    if (json_decode(cx->arena, &event_body, body, &event) != NULL)
        return ERROR_CODE(cx, MALFORMED, "the body is not an event");
    struct taking taking = {
        .event = {.id = crypto_new_id(cx),
                  .provider = PAYMENTS_STRIPE,
                  .event_id = event.id,
                  .type = event.type,
                  .provider_ref = subject_of(&event)},
        .body = body,
    };
    return db_transact(cx, TX_WRITE, store, &taking);
}

/* --- the job --- */

/* What may pass is tried again; everything else is the event's outcome. */
static struct error *judge(struct error *error, const char *good, struct str *ret_outcome)
{
    *ret_outcome = str_cstr(error == NULL ? good : error->reason->name);
    bool is_passing =
        error != NULL && (error_code_may_retry(error->reason->code) ||
                          error->reason->code == ERROR_INTERNAL || error->reason->code == ERROR_CANCELLED);
    return is_passing ? error : NULL;
}

static struct error *act_on(struct ctx *cx, const struct event_row *event, const struct payment_row *payment,
                            struct str *ret_outcome)
{
    struct payments_proof proof = {.order_id = payment->order_id};
    TRY(judge(payments_settle(cx, &proof), "settled", ret_outcome));
    if (stripe_event_kind(event->type) != STRIPE_EVENT_RETURN)
        return NULL;
    struct error *error = payments_reconcile(cx, payment);
    TRY(judge(error, "reconciled", ret_outcome));
    if (error != NULL)
        LOG(cx, ERROR, "payments.return.refused", log_id("order_id", payment->order_id),
            log_text("why", error_describe(cx->arena, error)));
    return NULL;
}

static struct error *run_event(struct ctx *cx, const struct job *job)
{
    struct event_job_payload payload = {0};
    struct event_row event = {0};
    struct payment_row payment = {0};
    struct str outcome = STR("unknown");
    bool is_found = false;
    TRY(json_decode(cx->arena, &job_payload, job->payload, &payload));
    TRY(payments_repo_find_event(cx, payload.event_id, &event, &is_found));
    if (!is_found || !instant_is_none(event.handled_at))
        return NULL;
    TRY(payments_repo_find_by_ref(cx, NULL, PAYMENTS_STRIPE, event.provider_ref, &payment, &is_found));
    if (is_found)
        TRY(act_on(cx, &event, &payment, &outcome));
    return payments_repo_handle_event(cx, event.id, outcome, clock_now(cx));
}

const struct job_type payments_event_job = {
    .name = "payments.event",
    .help =
        "Asks the provider about the payment that its webhook spoke of, and settles or books what went back",
    .run = run_event,
    .max_attempts = 20,
};
