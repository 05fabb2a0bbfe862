/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: the Stripe-Signature header. */
#include "base/require/require.h"

#include "modules/payments/payments_stripe_domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stripe_signature signature;
    if (!stripe_signature_parse(str_from((const char *)data, size), &signature))
        return 0;
    REQUIRE(signature.count > 0 && signature.count <= STRIPE_MAX_SIGNATURES);
    REQUIRE(signature.time_s >= 0 && signature.time_text.len > 0);
    return 0;
}
