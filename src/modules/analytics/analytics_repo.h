/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of analytics. */
#ifndef MODULES_ANALYTICS_ANALYTICS_REPO_H
#define MODULES_ANALYTICS_ANALYTICS_REPO_H

#include "base/data/vec.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/analytics/analytics_domain.h"

struct day_row {
    int64_t day;
    int64_t plays, downloads, favorites, purchases;
};
struct revenue_row {
    struct str currency;
    int64_t minor;
};
struct top_row {
    struct id spec_id;
    int64_t plays, downloads, favorites, purchases;
};
struct earner_row {
    struct id spec_id;
    int64_t minor;
};

/* ret_counted: false when this listener was counted in this hour already. */
MUST_USE struct error *analytics_repo_insert_play(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                  int64_t hour, struct str listener, bool *ret_counted);
MUST_USE struct error *analytics_repo_sweep_plays(struct ctx *cx, int64_t before_hour, int64_t *ret_count);

/* Adds to the spec's counter; ret_total is what it is now. */
MUST_USE struct error *analytics_repo_add_to_counter(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                     struct id owner_id, const struct tally *tally,
                                                     struct tally *ret_total);
/* owner_id none: the subject is an account. */
MUST_USE struct error *analytics_repo_add_to_day(struct ctx *cx, struct tx *tx, struct id subject_id,
                                                 int64_t day, struct id owner_id, const struct tally *tally);
MUST_USE struct error *analytics_repo_add_revenue(struct ctx *cx, struct tx *tx, struct id subject_id,
                                                  int64_t day, struct id owner_id, struct money amount);

MUST_USE struct error *analytics_repo_find_counter(struct ctx *cx, struct id spec_id,
                                                   struct tally *ret_total);
/* Days with anything in them, rising; array of struct day_row. */
MUST_USE struct error *analytics_repo_list_days(struct ctx *cx, struct id subject_id, int64_t from_day,
                                                struct array *ret_days);
/* Array of struct revenue_row. */
MUST_USE struct error *analytics_repo_list_revenue(struct ctx *cx, struct id subject_id, int64_t from_day,
                                                   struct array *ret_revenue);
/* By a count; array of struct top_row. */
MUST_USE struct error *analytics_repo_list_top(struct ctx *cx, struct id owner_id, int64_t from_day,
                                               enum analytics_sort sort, int64_t limit,
                                               struct array *ret_top);
/* By revenue; array of struct earner_row. */
MUST_USE struct error *analytics_repo_list_earners(struct ctx *cx, struct id owner_id, int64_t from_day,
                                                   struct str currency, int64_t limit,
                                                   struct array *ret_earners);

MUST_USE struct error *analytics_repo_delete_spec(struct ctx *cx, struct tx *tx, struct id spec_id);
MUST_USE struct error *analytics_repo_reset(struct ctx *cx, struct tx *tx);

#endif
