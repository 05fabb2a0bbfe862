/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The life of a payment: begun, asked for, decided by one commit, carried out at the provider. Client call, webhook and job all
 * come through here, in any order and number: the order's row serialises the decision, which is written once; what follows is
 * keyed at the provider and written under the payment's row. No call to a provider happens inside of a transaction. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fault/fault.h"
#include "platform/log/log.h"

#include "modules/payments/payments_service.h"

/* How long the process that decided has to carry it out before a job does. */
static const int64_t finish_grace_us = 30 * US_PER_SECOND;

struct payments_state *payments_state_of(const struct ctx *cx)
{
    return module_state(cx, &payments_module);
}

void payments_set_port(const struct ctx *cx, const struct payments_port *port)
{
    payments_state_of(cx)->port = port;
}

static const struct payments_adapter *const adapters[] = {
    [PAYMENTS_TEST] = &payments_test_adapter,
    [PAYMENTS_STRIPE] = &payments_stripe_adapter,
    [PAYMENTS_FREE] = &payments_free_adapter,
};

const struct payments_adapter *payments_adapter_of(int32_t provider)
{
    REQUIRE(provider >= 0 && (size_t)provider < COUNT_OF(adapters));
    return adapters[provider];
}

enum payments_provider payments_default_provider(const struct ctx *cx)
{
    static const enum payments_provider preference[] = {PAYMENTS_STRIPE, PAYMENTS_TEST};
    for (size_t i = 0; i < COUNT_OF(preference); i++)
        if (adapters[preference[i]]->is_on(cx))
            return preference[i];
    return PAYMENTS_FREE;
}

struct money payment_row_amount(const struct payment_row *payment)
{
    struct money amount = {.minor = payment->amount_minor};
    bool is_currency = currency_parse(payment->currency, &amount.currency);
    REQUIRE(is_currency);
    return amount;
}

static struct payments_payment to_payment(const struct payment_row *row)
{
    return (struct payments_payment){
        .id = row->id,
        .order_id = row->order_id,
        .provider = row->provider,
        .status = row->status,
        .decision = row->decision,
        .amount = payment_row_amount(row),
        .refunded_minor = row->refunded_minor,
        .held_minor = row->held_minor,
        .provider_ref = row->provider_ref,
        .client_data = row->client_data,
    };
}

struct error *payments_find(struct ctx *cx, struct tx *tx, struct id order_id,
                            struct payments_payment *ret_payment, bool *ret_found)
{
    struct payment_row row = {0};
    TRY(payments_repo_find(cx, tx, order_id, &row, ret_found));
    if (*ret_found)
        *ret_payment = to_payment(&row);
    return NULL;
}

/* --- begin --- */

struct error *payments_check_provider(struct ctx *cx, enum payments_provider provider, struct money amount)
{
    if (adapters[provider]->is_on(cx) && (provider == PAYMENTS_FREE) == (amount.minor == 0))
        return NULL;
    return ERROR(cx, payments_provider_off, "this order cannot be paid by \"%s\"",
                 payments_provider_words.words[provider]);
}

struct error *payments_begin(struct ctx *cx, struct id order_id, enum payments_provider provider,
                             struct money amount, struct payments_payment *ret_payment)
{
    const struct payments_adapter *adapter = payments_adapter_of((int32_t)provider);
    bool is_found = false;
    TRY(payments_find(cx, NULL, order_id, ret_payment, &is_found));
    if (is_found)
        return NULL;
    TRY(payments_check_provider(cx, provider, amount));
    struct payment_row row = {
        .id = crypto_new_id(cx),
        .order_id = order_id,
        .provider = (int32_t)provider,
        .amount_minor = amount.minor,
        .currency = arena_str(cx->arena, str_cstr(amount.currency.code)),
    };
    TRY(adapter->create(cx, &row, &row.provider_ref, &row.client_data));
    FAULT_POINT(cx, "payments.begin.created");
    TRY(payments_repo_insert(cx, NULL, &row, clock_now(cx)));
    TRY(payments_find(cx, NULL, order_id, ret_payment,
                      &is_found)); /* somebody else may have been faster: the same payment */
    return is_found ? NULL : ERROR_CODE(cx, INTERNAL, "a payment that was just stored is gone");
}

/* --- carrying out --- */

struct finish_payload {
    struct id order_id;
};
static const struct json_field finish_fields[] = {
    JSON_ID(struct finish_payload, order_id, .flags = JSON_REQUIRED)};
static const struct json_type finish_type = JSON_TYPE("PaymentFinish", struct finish_payload, finish_fields);

static struct error *run_finish(struct ctx *cx, const struct job *job)
{
    struct finish_payload payload = {0};
    TRY(json_decode(cx->arena, &finish_type, job->payload, &payload));
    return payments_finish(cx, payload.order_id);
}

const struct job_type payments_finish_job = {
    .name = "payments.finish",
    .help =
        "Captures or voids at the provider what a commit decided, when the process that decided could not",
    .run = run_finish,
    .max_attempts = 40, /* about a day and a half: a hold lasts for a week */
};

struct error *payments_queue_finish(struct ctx *cx, struct tx *tx, struct id order_id, int64_t delay_us)
{
    struct finish_payload payload = {order_id};
    return job_enqueue(cx, tx, &payments_finish_job, id_str(cx->arena, order_id),
                       json_encode(cx->arena, &finish_type, &payload),
                       instant_add_us(clock_now(cx), delay_us));
}

struct closing {
    struct id order_id;
    enum payments_status status;
    struct str failure;
};

static struct error *close_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct closing *closing = arg;
    struct payment_row row = {0};
    bool is_found = false;
    if (closing->status == PAYMENTS_FAILED) /* the order's row before the payment's */
        TRY(payments_state_of(cx)->port->failed(cx, tx, closing->order_id, closing->failure));
    TRY(payments_repo_lock(cx, tx, closing->order_id, &row, &is_found));
    if (!is_found || payment_is_settled(row.status))
        return NULL;
    struct instant now = clock_now(cx);
    /* Who asked before it was decided may see that the hold is gone when somebody else has let it go, and not written it yet. */
    bool is_voided = closing->status == PAYMENTS_FAILED && row.decision == PAYMENTS_VOID;
    row.status = (int32_t)(is_voided ? PAYMENTS_VOIDED : closing->status);
    row.failure = is_voided ? STR("") : closing->failure;
    if (row.decision == PAYMENTS_UNDECIDED) {
        row.decision = PAYMENTS_VOID;
        TRY(payments_repo_decide(cx, tx, &row, now));
    }
    return payments_repo_settle(cx, tx, &row, now);
}

static struct error *close_payment(struct ctx *cx, struct id order_id, enum payments_status status,
                                   struct str failure)
{
    struct closing closing = {
        .order_id = order_id, .status = status, .failure = failure.ptr != NULL ? failure : STR("")};
    return db_transact(cx, TX_WRITE, close_in_tx, &closing);
}

/* All of it, unless somebody did that at the provider already. */
static struct error *give_back(struct ctx *cx, const struct payment_row *row)
{
    const struct payments_adapter *adapter = payments_adapter_of(row->provider);
    struct array returns = {0};
    int64_t given = 0;
    struct error *error = adapter->refund(cx, row, row->id, row->amount_minor);
    if (!error_is(error, &payments_not_refundable) || adapter->list_returns == NULL)
        return error;
    TRY(adapter->list_returns(cx, row, &returns));
    for (size_t i = 0; i < returns.count; i++) {
        const struct payments_return *one = ARRAY_AT(struct payments_return, returns, i);
        if (one->state == RETURN_GIVEN && !number_add(given, one->minor, &given))
            return error;
    }
    return given >= row->amount_minor ? NULL : error;
}

/* What the provider did is known: write it down, or take back what was given. */
static struct error *conclude(struct ctx *cx, const struct payment_row *row,
                              const struct provider_answer *answer)
{
    bool is_capture = row->decision == PAYMENTS_CAPTURE;
    switch (payment_next_step((enum payments_decision)row->decision, answer->truth)) {
    case STEP_CLOSE:
        return close_payment(cx, row->order_id, is_capture ? PAYMENTS_CAPTURED : PAYMENTS_VOIDED, STR(""));
    case STEP_FAIL:
        return close_payment(cx, row->order_id, PAYMENTS_FAILED, answer->why);
    case STEP_RETURN:
        TRY(give_back(cx, row));
        return close_payment(cx, row->order_id, PAYMENTS_VOIDED, STR(""));
    case STEP_WAIT:
    case STEP_REFUSE:
    case STEP_DECIDE:
    case STEP_CAPTURE:
    case STEP_VOID:
    case STEP_COUNT:
        break;
    }
    return ERROR(cx, payments_provider_failed, "the provider has not %s the payment yet",
                 is_capture ? "captured" : "voided");
}

struct error *payments_finish(struct ctx *cx, struct id order_id)
{
    struct payment_row row = {0};
    struct provider_answer answer = {.truth = TRUTH_PENDING};
    bool is_found = false;
    TRY(payments_repo_find(cx, NULL, order_id, &row, &is_found));
    if (!is_found || row.decision == PAYMENTS_UNDECIDED || payment_is_settled(row.status))
        return NULL;
    const struct payments_adapter *adapter = payments_adapter_of(row.provider);
    FAULT_POINT(cx, "payments.finish.before_provider");
    TRY((row.decision == PAYMENTS_CAPTURE ? adapter->capture : adapter->cancel)(cx, &row, &answer));
    FAULT_POINT(cx, "payments.finish.after_provider");
    return conclude(cx, &row, &answer);
}

/* --- deciding --- */

struct deciding {
    struct id order_id;
    int64_t grace_us; /* before a job carries it out */
};

/* Where nothing outside needs to be done, it is carried out in the same commit. */
static struct error *write_decision(struct ctx *cx, struct tx *tx, struct payment_row *row,
                                    const struct deciding *deciding)
{
    struct instant now = clock_now(cx);
    bool is_local = payments_adapter_of(row->provider)->is_local;
    row->status = PAYMENTS_AUTHORISED;
    TRY(payments_repo_decide(cx, tx, row, now));
    if (!is_local)
        return payments_queue_finish(cx, tx, row->order_id, deciding->grace_us);
    row->status = row->decision == PAYMENTS_CAPTURE ? PAYMENTS_CAPTURED : PAYMENTS_VOIDED;
    return payments_repo_settle(cx, tx, row, now);
}

static struct error *decide_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deciding *deciding = arg;
    enum payments_decision decision = PAYMENTS_UNDECIDED;
    struct payment_row row = {0};
    bool is_found = false;
    TRY(payments_state_of(cx)->port->decide(cx, tx, deciding->order_id, &decision));
    REQUIRE(decision != PAYMENTS_UNDECIDED);
    TRY(payments_repo_lock(cx, tx, deciding->order_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "the order has no payment");
    if (row.decision != PAYMENTS_UNDECIDED)
        return NULL;
    row.decision = (int32_t)decision;
    return write_decision(cx, tx, &row, deciding);
}

static struct error *check_amount(struct ctx *cx, const struct payment_row *row,
                                  const struct provider_answer *answer)
{
    struct money expected = {0};
    struct id buyer_id = ID_NONE;
    TRY(payments_state_of(cx)->port->expected(cx, row->order_id, &expected, &buyer_id));
    bool is_ours =
        expected.minor == row->amount_minor && str_equal(row->currency, str_cstr(expected.currency.code));
    bool is_theirs = !answer->names_amount || (answer->amount.minor == expected.minor &&
                                               currency_equal(answer->amount.currency, expected.currency) &&
                                               id_equal(answer->order_id, row->order_id));
    return is_ours && is_theirs ? NULL
                                : ERROR(cx, payments_mismatch,
                                        "amount, currency or order of the payment differ from the order's");
}

static struct error *decide(struct ctx *cx, const struct payment_row *row,
                            const struct provider_answer *answer)
{
    struct deciding deciding = {.order_id = row->order_id, .grace_us = finish_grace_us};
    TRY(check_amount(cx, row, answer));
    FAULT_POINT(cx, "payments.settle.before_decision");
    TRY(db_transact(cx, TX_WRITE, decide_in_tx, &deciding));
    FAULT_POINT(cx, "payments.settle.after_decision");
    return NULL;
}

/* The decision stands whether the provider can be reached now or not: the job goes on from there. */
static void try_to_finish(struct ctx *cx, struct id order_id)
{
    struct error *error = payments_finish(cx, order_id);
    if (error != NULL)
        LOG(cx, WARN, "payments.finish.postponed", log_id("order_id", order_id),
            log_text("why", error_describe(cx->arena, error)));
}

static struct error *act_on_truth(struct ctx *cx, const struct payment_row *row,
                                  const struct provider_answer *answer)
{
    switch (payment_next_step(PAYMENTS_UNDECIDED, answer->truth)) {
    case STEP_WAIT:
        return ERROR(cx, payments_pending, "the provider has not confirmed the payment yet");
    case STEP_REFUSE:
        return ERROR(cx, payments_declined, "the provider declined the payment: %" STR_FMT,
                     STR_ARG(answer->why));
    case STEP_FAIL:
        return close_payment(cx, row->order_id, PAYMENTS_FAILED, answer->why);
    case STEP_DECIDE:
    case STEP_CAPTURE:
    case STEP_VOID:
    case STEP_RETURN:
    case STEP_CLOSE:
    case STEP_COUNT:
        break;
    }
    return decide(cx, row, answer);
}

struct error *payments_settle(struct ctx *cx, const struct payments_proof *proof)
{
    struct payment_row row = {0};
    struct provider_answer answer = {.truth = TRUTH_PENDING};
    bool is_found = false;
    TRY(payments_repo_find(cx, NULL, proof->order_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "the order has no payment");
    if (!payment_is_settled(row.status) && row.decision == PAYMENTS_UNDECIDED) {
        TRY(payments_adapter_of(row.provider)->read(cx, &row, proof, &answer));
        TRY(act_on_truth(cx, &row, &answer));
    }
    try_to_finish(cx, proof->order_id);
    return NULL;
}

struct error *payments_abandon(struct ctx *cx, struct tx *tx, struct id order_id)
{
    struct payment_row row = {0};
    struct deciding deciding = {.order_id = order_id}; /* nobody else carries it out: the job does at once */
    bool is_found = false;
    TRY(payments_repo_lock(cx, tx, order_id, &row, &is_found));
    if (!is_found || row.decision != PAYMENTS_UNDECIDED)
        return NULL;
    row.decision = PAYMENTS_VOID;
    return write_decision(cx, tx, &row, &deciding);
}
