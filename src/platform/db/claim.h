/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The service's side of an Idempotency-Key. The gateway claims the key before the handler runs and puts the claim into
 * cx->claim; the transaction that does the work records what it made, so that a lost reply can be rendered again. */
#ifndef PLATFORM_DB_CLAIM_H
#define PLATFORM_DB_CLAIM_H

#include "platform/db/db.h"

struct claim {
    struct id id;
    /* Writes result_id to the claim's row in tx; set by the gateway. */
    struct error *(*record)(struct ctx *cx, struct tx *tx, const struct claim *claim, struct id result_id);
};

/* Nothing when the call carries no key. */
MUST_USE struct error *claim_record(struct ctx *cx, struct tx *tx, struct id result_id);

#endif
