/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of analytics. See analytics_repo.h. */
#include "modules/analytics/analytics_repo.h"

#include "modules/analytics/analytics_sql.h"

/* clang-format off */
static const struct db_column tally_columns[] = {
    DB_COLUMN_I64(struct tally, plays),
    DB_COLUMN_I64(struct tally, downloads),
    DB_COLUMN_I64(struct tally, favorites),
    DB_COLUMN_I64(struct tally, purchases),
};
static const struct db_row tally_row = DB_ROW(struct tally, tally_columns);

static const struct db_column day_columns[] = {
    DB_COLUMN_I64(struct day_row, day),
    DB_COLUMN_I64(struct day_row, plays),
    DB_COLUMN_I64(struct day_row, downloads),
    DB_COLUMN_I64(struct day_row, favorites),
    DB_COLUMN_I64(struct day_row, purchases),
};
static const struct db_row day_row = DB_ROW(struct day_row, day_columns);

static const struct db_column revenue_columns[] = {
    DB_COLUMN_TEXT(struct revenue_row, currency),
    DB_COLUMN_I64(struct revenue_row, minor),
};
static const struct db_row revenue_row = DB_ROW(struct revenue_row, revenue_columns);

static const struct db_column top_columns[] = {
    DB_COLUMN_ID(struct top_row, spec_id),
    DB_COLUMN_I64(struct top_row, plays),
    DB_COLUMN_I64(struct top_row, downloads),
    DB_COLUMN_I64(struct top_row, favorites),
    DB_COLUMN_I64(struct top_row, purchases),
};
static const struct db_row top_row = DB_ROW(struct top_row, top_columns);

static const struct db_column earner_columns[] = {
    DB_COLUMN_ID(struct earner_row, spec_id),
    DB_COLUMN_I64(struct earner_row, minor),
};
static const struct db_row earner_row = DB_ROW(struct earner_row, earner_columns);

static const uint32_t top_orders[] = {
    [TOP_PLAYS] = ANALYTICS_LIST_TOP_ORDER_PLAYS,
    [TOP_DOWNLOADS] = ANALYTICS_LIST_TOP_ORDER_DOWNLOADS,
    [TOP_FAVORITES] = ANALYTICS_LIST_TOP_ORDER_FAVORITES,
    [TOP_PURCHASES] = ANALYTICS_LIST_TOP_ORDER_PURCHASES,
};
/* clang-format on */

struct error *analytics_repo_insert_play(struct ctx *cx, struct tx *tx, struct id spec_id, int64_t hour,
                                         struct str listener, bool *ret_counted)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, ANALYTICS_INSERT_PLAY(.spec_id = spec_id, .hour = hour, .listener = listener),
                &count));
    *ret_counted = count == 1;
    return NULL;
}

struct error *analytics_repo_sweep_plays(struct ctx *cx, int64_t before_hour, int64_t *ret_count)
{
    return db_exec(cx, NULL, ANALYTICS_SWEEP_PLAYS(.before = before_hour), ret_count);
}

struct error *analytics_repo_add_to_counter(struct ctx *cx, struct tx *tx, struct id spec_id,
                                            struct id owner_id, const struct tally *tally,
                                            struct tally *ret_total)
{
    return db_load(cx, tx,
                   ANALYTICS_ADD_TO_COUNTER(.spec_id = spec_id, .owner_id = owner_id, .plays = tally->plays,
                                            .downloads = tally->downloads, .favorites = tally->favorites,
                                            .purchases = tally->purchases),
                   &tally_row, ret_total);
}

struct error *analytics_repo_add_to_day(struct ctx *cx, struct tx *tx, struct id subject_id, int64_t day,
                                        struct id owner_id, const struct tally *tally)
{
    return db_exec(cx, tx,
                   ANALYTICS_ADD_TO_DAY(.subject_id = subject_id, .day = day, .owner_id = owner_id,
                                        .plays = tally->plays, .downloads = tally->downloads,
                                        .favorites = tally->favorites, .purchases = tally->purchases),
                   NULL);
}

struct error *analytics_repo_add_revenue(struct ctx *cx, struct tx *tx, struct id subject_id, int64_t day,
                                         struct id owner_id, struct money amount)
{
    return db_exec(cx, tx,
                   ANALYTICS_ADD_REVENUE(.subject_id = subject_id, .currency = str_cstr(amount.currency.code),
                                         .day = day, .owner_id = owner_id, .minor = amount.minor),
                   NULL);
}

struct error *analytics_repo_find_counter(struct ctx *cx, struct id spec_id, struct tally *ret_total)
{
    bool is_found = false;
    return db_find(cx, NULL, ANALYTICS_FIND_COUNTER(.spec_id = spec_id), &tally_row, ret_total, &is_found);
}

struct error *analytics_repo_list_days(struct ctx *cx, struct id subject_id, int64_t from_day,
                                       struct array *ret_days)
{
    return db_list(cx, NULL, ANALYTICS_LIST_DAYS(.subject_id = subject_id, .from_day = from_day), &day_row,
                   ret_days);
}

struct error *analytics_repo_list_revenue(struct ctx *cx, struct id subject_id, int64_t from_day,
                                          struct array *ret_revenue)
{
    return db_list(cx, NULL, ANALYTICS_LIST_REVENUE(.subject_id = subject_id, .from_day = from_day),
                   &revenue_row, ret_revenue);
}

struct error *analytics_repo_list_top(struct ctx *cx, struct id owner_id, int64_t from_day,
                                      enum analytics_sort sort, int64_t limit, struct array *ret_top)
{
    return db_list(cx, NULL,
                   ANALYTICS_LIST_TOP(.owner_id = owner_id, .from_day = from_day, .limit = limit,
                                      .order = top_orders[sort]),
                   &top_row, ret_top);
}

struct error *analytics_repo_list_earners(struct ctx *cx, struct id owner_id, int64_t from_day,
                                          struct str currency, int64_t limit, struct array *ret_earners)
{
    return db_list(cx, NULL,
                   ANALYTICS_LIST_TOP_EARNERS(.owner_id = owner_id, .currency = currency,
                                              .from_day = from_day, .limit = limit),
                   &earner_row, ret_earners);
}

struct error *analytics_repo_delete_spec(struct ctx *cx, struct tx *tx, struct id spec_id)
{
    TRY(db_exec(cx, tx, ANALYTICS_DELETE_SPEC_COUNTER(.spec_id = spec_id), NULL));
    TRY(db_exec(cx, tx, ANALYTICS_DELETE_DAYS(.subject_id = spec_id), NULL));
    return db_exec(cx, tx, ANALYTICS_DELETE_REVENUE(.subject_id = spec_id), NULL);
}

struct error *analytics_repo_reset(struct ctx *cx, struct tx *tx)
{
    TRY(db_exec(cx, tx, ANALYTICS_RESET_COUNTERS(), NULL));
    TRY(db_exec(cx, tx, ANALYTICS_RESET_DAYS(), NULL));
    return db_exec(cx, tx, ANALYTICS_RESET_REVENUE(), NULL);
}
