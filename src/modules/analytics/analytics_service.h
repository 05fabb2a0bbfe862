/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of analytics, for its own HTTP file. */
#ifndef MODULES_ANALYTICS_ANALYTICS_SERVICE_H
#define MODULES_ANALYTICS_ANALYTICS_SERVICE_H

#include "base/data/vec.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

#include "modules/analytics/analytics.h"
#include "modules/analytics/analytics_domain.h"

struct event_type;
struct tx;

/* NULL-terminated, for the module's description. */
extern const struct event_type *const analytics_events[];
extern const struct event_consumer *const analytics_consumers[];
extern const struct job_type analytics_sweep_job;

/* A play that somebody claims to have heard for so long. ret_counted: false when it was too short or was counted already.
 * Errors: not_found. */
MUST_USE struct error *analytics_count_play(struct ctx *cx, struct str key, int64_t seconds,
                                            bool *ret_counted);

struct day_view {
    struct str date; /* "2026-11-20" */
    int64_t plays, downloads, favorites, purchases;
};

/* Numbers of one spec, or of all specs of an account. */
struct analytics_view {
    struct id spec_id;    /* none: an account's */
    struct tally total;   /* one spec: of all time; an account: of the window */
    struct array revenue; /* of struct money, of the window, one a currency */
    struct array series;  /* of struct day_view, every day of the window */
};
/* days: of the window, ending today. The spec's owner or item:admin only. Errors: not_found, forbidden. */
MUST_USE struct error *analytics_load_spec(struct ctx *cx, struct str key, int64_t days,
                                           struct analytics_view *ret_view);
MUST_USE struct error *analytics_load_overview(struct ctx *cx, int64_t days, struct analytics_view *ret_view);

struct top_query {
    int64_t days, limit;
    int32_t sort;        /* enum analytics_sort */
    struct str currency; /* for TOP_REVENUE */
};
struct top_view {
    struct id spec_id;
    struct str title, slug;
    int64_t plays, downloads, favorites, purchases;
    struct money revenue; /* none: not asked for */
};
/* The caller's own specs; array of struct top_view. */
MUST_USE struct error *analytics_list_top(struct ctx *cx, const struct top_query *query,
                                          struct array *ret_top);

/* --- for the consumers, in their tx --- */

MUST_USE struct error *analytics_add(struct ctx *cx, struct tx *tx, struct id spec_id, struct id owner_id,
                                     struct instant at, const struct tally *tally);
MUST_USE struct error *analytics_add_revenue(struct ctx *cx, struct tx *tx, struct id spec_id,
                                             struct id owner_id, struct instant at, struct money amount);
/* A mark knows its spec only: nothing when that is gone. */
MUST_USE struct error *analytics_add_favorite(struct ctx *cx, struct tx *tx, struct id spec_id,
                                              struct instant at, int64_t by);
/* Forgets a spec that is gone for good. */
MUST_USE struct error *analytics_forget_spec(struct ctx *cx, struct tx *tx, struct id spec_id);
MUST_USE struct error *analytics_forget_subject(struct ctx *cx, struct tx *tx, struct id subject_id);
MUST_USE struct error *analytics_reset(struct ctx *cx, struct tx *tx);

#endif
