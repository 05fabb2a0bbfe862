/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The providers inside the program: `test`, which takes no money and is refused in production, and `free`, for orders that cost
 * nothing. Neither keeps anything: the payment's row is all there is. */
#include "modules/payments/payments_service.h"

static bool is_test_on(const struct ctx *cx)
{
    int32_t wanted = payments_state_of(cx)->settings->test_provider;
    return !cx->platform->is_production && wanted != TEST_OFF;
}

static bool is_free_on(const struct ctx *cx)
{
    (void)cx;
    return true;
}

static struct error *create(struct ctx *cx, const struct payment_row *payment, struct str *ret_ref,
                            struct str *ret_client_data)
{
    *ret_ref = id_str(cx->arena, payment->order_id);
    *ret_client_data = STR("{}");
    return NULL;
}

static struct error *read_test(struct ctx *cx, const struct payment_row *payment,
                               const struct payments_proof *proof, struct provider_answer *ret_answer)
{
    (void)payment;
    bool succeeds = str_equal(proof->outcome, STR("succeed"));
    if (!succeeds && !str_equal(proof->outcome, STR("fail"))) {
        struct error *error = ERROR_CODE(cx, INVALID, "the test provider is told how the payment ends");
        error_add_violation(cx->arena, error, STR("/outcome"), "enum", "must be \"succeed\" or \"fail\"");
        return error;
    }
    *ret_answer = (struct provider_answer){.truth = succeeds ? TRUTH_AUTHORISED : TRUTH_DECLINED,
                                           .why = STR("the test provider was told to decline")};
    return NULL;
}

static struct error *read_free(struct ctx *cx, const struct payment_row *payment,
                               const struct payments_proof *proof, struct provider_answer *ret_answer)
{
    (void)proof;
    if (payment->amount_minor != 0)
        return ERROR(cx, payments_mismatch, "an order that costs something is not free");
    *ret_answer = (struct provider_answer){.truth = TRUTH_AUTHORISED};
    return NULL;
}

static struct error *capture(struct ctx *cx, const struct payment_row *payment,
                             struct provider_answer *ret_answer)
{
    (void)cx;
    (void)payment;
    *ret_answer = (struct provider_answer){.truth = TRUTH_CAPTURED};
    return NULL;
}

static struct error *cancel(struct ctx *cx, const struct payment_row *payment,
                            struct provider_answer *ret_answer)
{
    (void)cx;
    (void)payment;
    *ret_answer = (struct provider_answer){.truth = TRUTH_CANCELLED};
    return NULL;
}

static struct error *refund(struct ctx *cx, const struct payment_row *payment, struct id refund_id,
                            int64_t minor)
{
    (void)cx;
    (void)payment;
    (void)refund_id;
    (void)minor;
    return NULL;
}

const struct payments_adapter payments_test_adapter = {
    .is_on = is_test_on,
    .is_local = true,
    .create = create,
    .read = read_test,
    .capture = capture,
    .cancel = cancel,
    .refund = refund,
};

const struct payments_adapter payments_free_adapter = {
    .is_on = is_free_on,
    .is_local = true,
    .create = create,
    .read = read_free,
    .capture = capture,
    .cancel = cancel,
    .refund = refund,
};
