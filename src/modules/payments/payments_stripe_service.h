/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the files that speak to Stripe share. */
#ifndef MODULES_PAYMENTS_PAYMENTS_STRIPE_SERVICE_H
#define MODULES_PAYMENTS_PAYMENTS_STRIPE_SERVICE_H

#include "modules/payments/payments_service.h"

/* GET, path with its query. Errors: payments_provider_failed, also for every refusal. */
MUST_USE struct error *stripe_read(struct ctx *cx, struct str path, struct str *ret_body);

/* See struct payments_adapter. */
MUST_USE struct error *stripe_list_returns(struct ctx *cx, const struct payment_row *payment,
                                           struct array *ret_returns);

#endif
