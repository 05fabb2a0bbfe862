/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of payments. See payments_domain.h. */
#include "modules/payments/payments_domain.h"

#include "base/text/number.h"

static const char *const provider_words[] = {
    [PAYMENTS_TEST] = "test", [PAYMENTS_STRIPE] = "stripe", [PAYMENTS_FREE] = "free"};
const struct enum_table payments_provider_words = ENUM_TABLE("payment_provider", provider_words);

static const char *const status_words[] = {
    [PAYMENTS_CREATED] = "created",   [PAYMENTS_AUTHORISED] = "authorised",
    [PAYMENTS_CAPTURED] = "captured", [PAYMENTS_VOIDED] = "voided",
    [PAYMENTS_FAILED] = "failed",     [PAYMENTS_PARTLY_REFUNDED] = "partly_refunded",
    [PAYMENTS_REFUNDED] = "refunded",
};
const struct enum_table payments_status_words = ENUM_TABLE("payment_status", status_words);

/* clang-format off */
static const enum payments_step steps[][TRUTH_COUNT] = {
    [PAYMENTS_UNDECIDED] = {[TRUTH_PENDING] = STEP_WAIT, [TRUTH_DECLINED] = STEP_REFUSE, [TRUTH_AUTHORISED] = STEP_DECIDE,
                            [TRUTH_CAPTURED] = STEP_DECIDE, [TRUTH_CANCELLED] = STEP_FAIL},
    [PAYMENTS_CAPTURE]   = {[TRUTH_PENDING] = STEP_CAPTURE, [TRUTH_DECLINED] = STEP_CAPTURE, [TRUTH_AUTHORISED] = STEP_CAPTURE,
                            [TRUTH_CAPTURED] = STEP_CLOSE, [TRUTH_CANCELLED] = STEP_FAIL},
    [PAYMENTS_VOID]      = {[TRUTH_PENDING] = STEP_VOID, [TRUTH_DECLINED] = STEP_VOID, [TRUTH_AUTHORISED] = STEP_VOID,
                            [TRUTH_CAPTURED] = STEP_RETURN, [TRUTH_CANCELLED] = STEP_CLOSE},
};
/* clang-format on */

enum payments_step payment_next_step(enum payments_decision decision, enum payments_truth truth)
{
    REQUIRE((size_t)decision < COUNT_OF(steps) && truth < TRUTH_COUNT);
    return steps[decision][truth];
}

/* clang-format off */
static const enum payments_return_step return_steps[][RETURN_STATES][RETURN_STATES] = {
    [RETURN_REFUND] = {
        [RETURN_UNKNOWN] = {[RETURN_GIVEN] = RETURN_GIVE},
        [RETURN_GIVEN]   = {[RETURN_KEPT] = RETURN_CREDIT},
        [RETURN_KEPT]    = {[RETURN_GIVEN] = RETURN_REPORT},
    },
    [RETURN_DISPUTE] = {
        [RETURN_UNKNOWN] = {[RETURN_HELD] = RETURN_HOLD, [RETURN_GIVEN] = RETURN_GIVE},
        [RETURN_HELD]    = {[RETURN_GIVEN] = RETURN_GIVE, [RETURN_KEPT] = RETURN_RELEASE},
        [RETURN_GIVEN]   = {[RETURN_KEPT] = RETURN_REPORT},
        [RETURN_KEPT]    = {[RETURN_HELD] = RETURN_REPORT, [RETURN_GIVEN] = RETURN_REPORT},
    },
};
/* clang-format on */

enum payments_return_step payment_return_step(enum payments_return_kind kind,
                                              enum payments_return_state before,
                                              enum payments_return_state now)
{
    REQUIRE((size_t)kind < COUNT_OF(return_steps) && before < RETURN_STATES && now < RETURN_STATES);
    return return_steps[kind][before][now];
}

bool payment_is_settled(int32_t status)
{
    return status != PAYMENTS_CREATED && status != PAYMENTS_AUTHORISED;
}

enum payments_status payment_status_after_refund(int64_t amount_minor, int64_t refunded_minor)
{
    if (refunded_minor == 0)
        return amount_minor == 0 ? PAYMENTS_REFUNDED : PAYMENTS_CAPTURED;
    return refunded_minor >= amount_minor ? PAYMENTS_REFUNDED : PAYMENTS_PARTLY_REFUNDED;
}

struct str ledger_account_name(struct arena *arena, enum ledger_kind kind, struct id owner_id,
                               int32_t provider, struct currency currency)
{
    const char *whose = kind == LEDGER_SELLER ? "seller" : "buyer";
    if (kind == LEDGER_PROVIDER)
        return arena_printf(arena, "provider:%s:%s", provider_words[provider], currency.code);
    if (kind == LEDGER_PLATFORM_FEES || kind == LEDGER_DISPUTED)
        return arena_printf(arena, "platform:%s:%s", kind == LEDGER_DISPUTED ? "disputed" : "fees",
                            currency.code);
    return arena_printf(arena, "%s:%" STR_FMT ":%s", whose, STR_ARG(id_str(arena, owner_id)), currency.code);
}

bool ledger_is_balanced(const struct ledger_line *lines, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (!number_add(sum, lines[i].minor, &sum))
            return false;
    return sum == 0;
}
