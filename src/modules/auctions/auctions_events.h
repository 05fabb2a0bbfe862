/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The tables of events, and the service's entry points for consumers. */
#ifndef MODULES_AUCTIONS_AUCTIONS_EVENTS_H
#define MODULES_AUCTIONS_AUCTIONS_EVENTS_H

#include "platform/bus/bus.h"
#include "platform/jobs/jobs.h"

#include "modules/auctions/auctions.h"

extern const struct event_type *const auctions_events[];
extern const struct event_consumer *const auctions_consumers[];

/* Looks, in a job, whether what is auctioned of the spec can still be sold, and voids what cannot. */
MUST_USE struct error *auctions_enqueue_lot_check(struct ctx *cx, struct tx *tx, struct id item_id);
extern const struct job_type auctions_lot_check_job;

/* Makes every auction's state anew from its events. */
MUST_USE struct error *auctions_rebuild_states(struct ctx *cx, struct tx *tx);

#endif
