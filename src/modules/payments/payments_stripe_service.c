/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stripe as a payment provider: PaymentIntents that are authorised by the buyer's own client and captured by us. Card data never
 * comes here. Source: docs.stripe.com, API 2023-08-16. */
#include "modules/payments/payments_stripe_service.h"

#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/http/client.h"

#include "modules/payments/payments_service.h"
#include "modules/payments/payments_stripe_domain.h"

#define STRIPE_VERSION "2023-08-16"

enum { MAX_FORM_BYTES = 8192, MAX_REPLY_BYTES = 256 * 1024 };
static const int64_t call_timeout_us = 20 * US_PER_SECOND;

struct stripe_metadata {
    struct str order_id;
};

struct stripe_failure {
    struct str code, message;
};

struct stripe_intent {
    struct str id, object, status, currency, client_secret, cancellation_reason;
    int64_t amount;
    struct stripe_metadata metadata;
    struct stripe_failure last_payment_error;
};

struct stripe_error {
    struct str type, code, message;
    struct stripe_intent payment_intent;
};

struct stripe_error_reply {
    struct stripe_error error;
};

struct stripe_client_data {
    struct str payment_intent_id, client_secret, publishable_key;
};

/* clang-format off */
static const struct json_field metadata_fields[] = {JSON_TEXT(struct stripe_metadata, order_id, .max = 500)};
static const struct json_type metadata_type =
    JSON_TYPE("StripeMetadata", struct stripe_metadata, metadata_fields, .ignore_unknown = true);

static const struct json_field failure_fields[] = {
    JSON_TEXT(struct stripe_failure, code, .flags = JSON_NULLABLE, .max = 500),
    JSON_TEXT(struct stripe_failure, message, .flags = JSON_NULLABLE | JSON_MULTILINE, .max = 5000),
};
static const struct json_type failure_type =
    JSON_TYPE("StripeFailure", struct stripe_failure, failure_fields, .ignore_unknown = true);

static const struct json_field intent_fields[] = {
    JSON_TEXT(struct stripe_intent, id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct stripe_intent, object),
    JSON_TEXT(struct stripe_intent, status, .flags = JSON_REQUIRED),
    JSON_TEXT(struct stripe_intent, currency, .flags = JSON_REQUIRED),
    JSON_TEXT(struct stripe_intent, client_secret, .flags = JSON_NULLABLE, .max = 500),
    JSON_TEXT(struct stripe_intent, cancellation_reason, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct stripe_intent, amount, .flags = JSON_REQUIRED),
    JSON_OBJECT(struct stripe_intent, metadata, struct stripe_metadata, &metadata_type, .flags = JSON_NULLABLE),
    JSON_OBJECT(struct stripe_intent, last_payment_error, struct stripe_failure, &failure_type, .flags = JSON_NULLABLE),
};
static const struct json_type intent_type =
    JSON_TYPE("StripePaymentIntent", struct stripe_intent, intent_fields, .ignore_unknown = true);

static const struct json_field error_fields[] = {
    JSON_TEXT(struct stripe_error, type),
    JSON_TEXT(struct stripe_error, code, .flags = JSON_NULLABLE),
    JSON_TEXT(struct stripe_error, message, .flags = JSON_NULLABLE | JSON_MULTILINE, .max = 5000),
    JSON_OBJECT(struct stripe_error, payment_intent, struct stripe_intent, &intent_type, .flags = JSON_NULLABLE),
};
static const struct json_type error_type = JSON_TYPE("StripeError", struct stripe_error, error_fields, .ignore_unknown = true);

static const struct json_field error_reply_fields[] = {
    JSON_OBJECT(struct stripe_error_reply, error, struct stripe_error, &error_type, .flags = JSON_REQUIRED),
};
static const struct json_type error_reply_type =
    JSON_TYPE("StripeErrorReply", struct stripe_error_reply, error_reply_fields, .ignore_unknown = true);

static const struct json_field client_fields[] = {
    JSON_TEXT(struct stripe_client_data, payment_intent_id),
    JSON_TEXT(struct stripe_client_data, client_secret, .max = 500),
    JSON_TEXT(struct stripe_client_data, publishable_key),
};
static const struct json_type client_type = JSON_TYPE("StripeClientData", struct stripe_client_data, client_fields);
/* clang-format on */

static bool is_on(const struct ctx *cx)
{
    return !str_is_empty(payments_state_of(cx)->settings->stripe_secret_key);
}

/* --- one call --- */

struct stripe_call {
    enum http_method method;
    struct str path; /* "/v1/payment_intents" */
    struct str form; /* POST */
    struct str key;  /* Idempotency-Key; absent for reads */
};

/* Steps of an order have keys of their own, so that repeating one is harmless and none is taken for another. */
static struct str step_key(struct ctx *cx, const struct payment_row *payment, const char *step)
{
    return arena_printf(cx->arena, "lathe-%" STR_FMT "-%s", STR_ARG(id_str(cx->arena, payment->order_id)),
                        step);
}

static struct error *call(struct ctx *cx, const struct stripe_call *call, struct http_client_reply *ret_reply)
{
    const struct payments_settings *settings = payments_state_of(cx)->settings;
    struct http_pair headers[] = {
        {STR("authorization"),
         arena_printf(cx->arena, "Bearer %" STR_FMT, STR_ARG(settings->stripe_secret_key))},
        {STR("stripe-version"), STR(STRIPE_VERSION)},
        {STR("content-type"), STR("application/x-www-form-urlencoded")},
        {STR("idempotency-key"), call->key},
    };
    struct http_client_request request = {
        .method = call->method,
        .url = arena_printf(cx->arena, "%" STR_FMT "%" STR_FMT, STR_ARG(settings->stripe_api_url),
                            STR_ARG(call->path)),
        .headers = headers,
        .header_count = call->method == HTTP_GET ? 2 : 4,
        .body = call->form,
        .timeout_us = call_timeout_us,
        .max_reply_len = MAX_REPLY_BYTES,
    };
    struct error *error = http_client_call(cx, &request, ret_reply);
    if (error == NULL || error->reason->code == ERROR_CANCELLED)
        return error;
    return ERROR(cx, payments_provider_failed, "Stripe cannot be reached: %" STR_FMT,
                 STR_ARG(error->message));
}

static bool is_success(const struct http_client_reply *reply)
{
    return reply->status >= 200 && reply->status < 300;
}

static struct error *refused(struct ctx *cx, const struct http_client_reply *reply,
                             const struct stripe_error *error)
{
    if (str_equal(error->type, STR("card_error")))
        return ERROR(cx, payments_declined, "%" STR_FMT, STR_ARG(error->message));
    return ERROR(cx, payments_provider_failed, "Stripe answered %d %" STR_FMT ": %" STR_FMT, reply->status,
                 STR_ARG(error->code), STR_ARG(error->message));
}

static struct stripe_error read_error(struct ctx *cx, const struct http_client_reply *reply)
{
    struct stripe_error_reply body;
    if (json_decode(cx->arena, &error_reply_type, reply->body, &body) != NULL)
        return (struct stripe_error){
            .type = STR(""), .code = STR(""), .message = STR("its answer is not understood")};
    return body.error;
}

static struct error *read_intent(struct ctx *cx, struct str json, struct stripe_intent *ret_intent)
{
    if (json_decode(cx->arena, &intent_type, json, ret_intent) != NULL)
        return ERROR(cx, payments_provider_failed, "Stripe's answer is not a PaymentIntent");
    return NULL;
}

/* Amounts are compared in Stripe's own count, so that nothing is lost on the way. */
static void fill_answer(struct ctx *cx, const struct payment_row *payment, const struct stripe_intent *intent,
                        struct provider_answer *ret_answer)
{
    struct money ours = payment_row_amount(payment);
    int64_t expected = -1;
    bool is_same = stripe_amount(ours, &expected) && intent->amount == expected &&
                   stripe_currency_equal(intent->currency, ours.currency);
    struct str why = !str_is_empty(intent->last_payment_error.message) ? intent->last_payment_error.message
                     : !str_is_empty(intent->cancellation_reason)      ? intent->cancellation_reason
                                                                       : STR("cancelled at Stripe");
    *ret_answer = (struct provider_answer){
        .truth = stripe_truth(intent->status, intent->last_payment_error.message.ptr != NULL ||
                                                  intent->last_payment_error.code.ptr != NULL),
        .names_amount = true,
        .amount = is_same ? ours : (struct money){.minor = -1},
        .why = arena_str(cx->arena, why),
    };
    if (!id_parse(intent->metadata.order_id, &ret_answer->order_id))
        ret_answer->order_id = ID_NONE;
}

/* An answer to a step: the intent as it is now, also when Stripe says that its state did not allow the step. */
static struct error *answer_of(struct ctx *cx, const struct payment_row *payment,
                               const struct http_client_reply *reply, struct provider_answer *ret_answer)
{
    struct stripe_intent intent;
    if (is_success(reply)) {
        TRY(read_intent(cx, reply->body, &intent));
    } else {
        struct stripe_error error = read_error(cx, reply);
        if (!str_equal(error.code, STR("payment_intent_unexpected_state")) ||
            str_is_empty(error.payment_intent.id))
            return refused(cx, reply, &error);
        intent = error.payment_intent;
    }
    if (!str_equal(intent.id, payment->provider_ref))
        return ERROR(cx, payments_provider_failed, "Stripe answered about another payment");
    fill_answer(cx, payment, &intent, ret_answer);
    return NULL;
}

struct error *stripe_read(struct ctx *cx, struct str path, struct str *ret_body)
{
    struct http_client_reply reply = {0};
    TRY(call(cx, &(struct stripe_call){.method = HTTP_GET, .path = path}, &reply));
    if (!is_success(&reply)) {
        struct stripe_error error = read_error(cx, &reply);
        return refused(cx, &reply, &error);
    }
    *ret_body = reply.body;
    return NULL;
}

/* --- the adapter --- */

static struct error *create(struct ctx *cx, const struct payment_row *payment, struct str *ret_ref,
                            struct str *ret_client_data)
{
    struct strbuf form;
    struct http_client_reply reply = {0};
    struct stripe_intent intent = {.amount = 0};
    int64_t amount = 0;
    char currency[4];
    struct money money = payment_row_amount(payment);
    if (!stripe_amount(money, &amount))
        return ERROR(cx, payments_provider_off, "Stripe cannot charge this amount of %s",
                     money.currency.code);
    stripe_currency(money.currency, currency);
    strbuf_init(&form, cx->arena, MAX_FORM_BYTES);
    stripe_form_put_i64(&form, "amount", amount);
    stripe_form_put(&form, "currency", str_cstr(currency));
    stripe_form_put(&form, "capture_method", STR("manual"));
    stripe_form_put(&form, "automatic_payment_methods[enabled]", STR("true"));
    stripe_form_put(&form, "metadata[order_id]", id_str(cx->arena, payment->order_id));
    struct stripe_call step = {HTTP_POST, STR("/v1/payment_intents"), strbuf_str(&form),
                               step_key(cx, payment, "create")};
    TRY(call(cx, &step, &reply));
    if (!is_success(&reply)) {
        struct stripe_error error = read_error(cx, &reply);
        return refused(cx, &reply, &error);
    }
    TRY(read_intent(cx, reply.body, &intent));
    struct stripe_client_data data = {intent.id, intent.client_secret,
                                      payments_state_of(cx)->settings->stripe_publishable_key};
    *ret_ref = arena_str(cx->arena, intent.id);
    *ret_client_data = json_encode(cx->arena, &client_type, &data);
    return NULL;
}

static struct str intent_path(struct ctx *cx, const struct payment_row *payment, const char *verb)
{
    return arena_printf(cx->arena, "/v1/payment_intents/%" STR_FMT "%s", STR_ARG(payment->provider_ref),
                        verb);
}

static struct error *read_truth(struct ctx *cx, const struct payment_row *payment,
                                const struct payments_proof *proof, struct provider_answer *ret_answer)
{
    struct http_client_reply reply = {0};
    if (!str_is_empty(proof->payment_intent_id) &&
        !str_equal(proof->payment_intent_id, payment->provider_ref))
        return ERROR(cx, payments_mismatch, "this PaymentIntent belongs to another order");
    TRY(call(cx, &(struct stripe_call){.method = HTTP_GET, .path = intent_path(cx, payment, "")}, &reply));
    return answer_of(cx, payment, &reply, ret_answer);
}

static struct error *capture(struct ctx *cx, const struct payment_row *payment,
                             struct provider_answer *ret_answer)
{
    struct http_client_reply reply = {0};
    struct stripe_call step = {HTTP_POST, intent_path(cx, payment, "/capture"), STR(""),
                               step_key(cx, payment, "capture")};
    TRY(call(cx, &step, &reply));
    return answer_of(cx, payment, &reply, ret_answer);
}

static struct error *cancel(struct ctx *cx, const struct payment_row *payment,
                            struct provider_answer *ret_answer)
{
    struct http_client_reply reply = {0};
    struct stripe_call step = {HTTP_POST, intent_path(cx, payment, "/cancel"), STR(""),
                               step_key(cx, payment, "cancel")};
    TRY(call(cx, &step, &reply));
    return answer_of(cx, payment, &reply, ret_answer);
}

static struct error *refund(struct ctx *cx, const struct payment_row *payment, struct id refund_id,
                            int64_t minor)
{
    struct strbuf form;
    struct http_client_reply reply = {0};
    struct money part = payment_row_amount(payment);
    int64_t amount = 0;
    part.minor = minor;
    if (!stripe_amount(part, &amount))
        return ERROR(cx, payments_not_refundable, "Stripe cannot refund this amount of %s",
                     part.currency.code);
    struct str refund_text = id_str(cx->arena, refund_id);
    strbuf_init(&form, cx->arena, MAX_FORM_BYTES);
    stripe_form_put(&form, "payment_intent", payment->provider_ref);
    stripe_form_put_i64(&form, "amount", amount);
    stripe_form_put(&form, "metadata[order_id]", id_str(cx->arena, payment->order_id));
    stripe_form_put(&form, "metadata[refund_id]", refund_text);
    char *step = arena_cstr(cx->arena, arena_printf(cx->arena, "refund-%" STR_FMT, STR_ARG(refund_text)));
    TRY(call(
        cx,
        &(struct stripe_call){HTTP_POST, STR("/v1/refunds"), strbuf_str(&form), step_key(cx, payment, step)},
        &reply));
    if (is_success(&reply))
        return NULL;
    struct stripe_error error = read_error(cx, &reply);
    if (reply.status == 400)
        return ERROR(cx, payments_not_refundable, "Stripe refused the refund: %" STR_FMT,
                     STR_ARG(error.message));
    return refused(cx, &reply, &error);
}

const struct payments_adapter payments_stripe_adapter = {
    .is_on = is_on,
    .create = create,
    .read = read_truth,
    .capture = capture,
    .cancel = cancel,
    .refund = refund,
    .list_returns = stripe_list_returns,
};
