/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Recording what a claimed call made. */
#include "platform/db/claim.h"

struct error *claim_record(struct ctx *cx, struct tx *tx, struct id result_id)
{
    if (cx->claim == NULL)
        return NULL;
    return cx->claim->record(cx, tx, cx->claim, result_id);
}
