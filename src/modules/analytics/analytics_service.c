/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Counting plays, and what owners are told. */
#include "modules/analytics/analytics_service.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs.h"

#include "modules/analytics/analytics_repo.h"
#include "modules/catalog/catalog.h"

enum { LISTENER_BYTES = 16, KEEP_HOURS = 48, SWEEP_BATCH = 5000 };

/* --- plays --- */

/* Accounts are told apart for ever, strangers for a day; neither can be found out from what is stored. */
static struct str listener_of(struct ctx *cx)
{
    uint8_t mac[SHA256_BYTES];
    const uint8_t *key = crypto_key(cx->platform->crypto, "analytics.listener");
    struct str who =
        caller_is_anonymous(cx)
            ? arena_printf(cx->arena, "%lld\n%" STR_FMT "\n%" STR_FMT, (long long)day_of(clock_now(cx)),
                           STR_ARG(cx->client_address), STR_ARG(cx->user_agent))
            : id_str(cx->arena, cx->caller->account_id);
    hmac_sha256(key, SHA256_BYTES, who.ptr, who.len, mac);
    return str_from(arena_dup(cx->arena, mac, LISTENER_BYTES), LISTENER_BYTES);
}

struct play {
    struct catalog_spec spec;
    struct str listener;
    bool is_counted;
};

static struct error *count(struct ctx *cx, struct tx *tx, void *arg)
{
    struct play *play = arg;
    TRY(analytics_repo_insert_play(cx, tx, play->spec.id, hour_of(clock_now(cx)), play->listener,
                                   &play->is_counted));
    if (!play->is_counted)
        return NULL;
    struct analytics_play_event event = {.spec_id = play->spec.id, .owner_id = play->spec.owner_id};
    return outbox_write(cx, tx, &analytics_play_counted, play->spec.id, play->spec.version, &event);
}

struct error *analytics_count_play(struct ctx *cx, struct str key, int64_t seconds, bool *ret_counted)
{
    struct play play = {0};
    TRY(catalog_load_visible_spec(cx, key, &play.spec));
    *ret_counted = false;
    if (!play_counts(seconds, play.spec.duration_ms))
        return NULL;
    play.listener = listener_of(cx);
    TRY(db_transact(cx, TX_WRITE, count, &play));
    *ret_counted = play.is_counted;
    return NULL;
}

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    int64_t swept = SWEEP_BATCH;
    (void)job;
    while (swept == SWEEP_BATCH)
        TRY(analytics_repo_sweep_plays(cx, hour_of(clock_now(cx)) - KEEP_HOURS, &swept));
    return NULL;
}

const struct job_type analytics_sweep_job = {
    .name = "analytics.sweep_plays",
    .help = "Forgets who heard what, two days later",
    .run = sweep,
    .every_us = US_PER_HOUR,
};

/* --- counting what happened --- */

struct error *analytics_add(struct ctx *cx, struct tx *tx, struct id spec_id, struct id owner_id,
                            struct instant at, const struct tally *tally)
{
    struct tally total = {0};
    TRY(analytics_repo_add_to_counter(cx, tx, spec_id, owner_id, tally, &total));
    TRY(analytics_repo_add_to_day(cx, tx, spec_id, day_of(at), owner_id, tally));
    TRY(analytics_repo_add_to_day(cx, tx, owner_id, day_of(at), ID_NONE, tally));
    return catalog_set_counters(cx, tx, spec_id, total.plays, total.favorites, total.purchases);
}

struct error *analytics_add_revenue(struct ctx *cx, struct tx *tx, struct id spec_id, struct id owner_id,
                                    struct instant at, struct money amount)
{
    TRY(analytics_repo_add_revenue(cx, tx, spec_id, day_of(at), owner_id, amount));
    return analytics_repo_add_revenue(cx, tx, owner_id, day_of(at), ID_NONE, amount);
}

struct error *analytics_add_favorite(struct ctx *cx, struct tx *tx, struct id spec_id, struct instant at,
                                     int64_t by)
{
    struct catalog_spec spec = {0};
    struct tally tally = {.favorites = by};
    bool is_found = false;
    TRY(catalog_find_spec(cx, tx, spec_id, &spec, &is_found));
    return is_found ? analytics_add(cx, tx, spec_id, spec.owner_id, at, &tally) : NULL;
}

struct error *analytics_forget_spec(struct ctx *cx, struct tx *tx, struct id spec_id)
{
    struct catalog_spec spec = {0};
    bool is_found = false;
    TRY(catalog_find_spec(cx, tx, spec_id, &spec, &is_found));
    return is_found ? NULL : analytics_repo_delete_spec(cx, tx, spec_id);
}

struct error *analytics_forget_subject(struct ctx *cx, struct tx *tx, struct id subject_id)
{
    return analytics_repo_delete_spec(cx, tx, subject_id);
}

struct error *analytics_reset(struct ctx *cx, struct tx *tx)
{
    return analytics_repo_reset(cx, tx);
}

/* --- what owners see --- */

/* Every day of the window, those without anything too. */
static struct array fill_series(struct ctx *cx, int64_t from_day, int64_t days, const struct array *rows)
{
    struct day_view *series = ARENA_ARRAY(cx->arena, struct day_view, (size_t)days);
    for (int64_t i = 0; i < days; i++) {
        char *date = arena_alloc(cx->arena, INSTANT_DAY_CHARS);
        instant_format_day(day_start(from_day + i), date);
        series[i].date = str_from(date, INSTANT_DAY_CHARS);
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct day_row *row = ARRAY_AT(const struct day_row, *rows, i);
        int64_t at = row->day - from_day;
        if (at >= days) /* a clock that was set back */
            continue;
        series[at].plays = row->plays;
        series[at].downloads = row->downloads;
        series[at].favorites = row->favorites;
        series[at].purchases = row->purchases;
    }
    return (struct array){series, (size_t)days};
}

static struct array money_list(struct ctx *cx, const struct array *rows)
{
    struct money *amounts = ARENA_ARRAY(cx->arena, struct money, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        const struct revenue_row *row = ARRAY_AT(const struct revenue_row, *rows, i);
        amounts[i].minor = row->minor;
        REQUIRE(currency_parse(row->currency, &amounts[i].currency));
    }
    return (struct array){amounts, rows->count};
}

static struct tally sum_of(const struct array *rows)
{
    struct tally sum = {0};
    for (size_t i = 0; i < rows->count; i++) {
        const struct day_row *row = ARRAY_AT(const struct day_row, *rows, i);
        sum.plays += row->plays;
        sum.downloads += row->downloads;
        sum.favorites += row->favorites;
        sum.purchases += row->purchases;
    }
    return sum;
}

static struct error *load_window(struct ctx *cx, struct id subject_id, int64_t days,
                                 struct analytics_view *ret_view)
{
    struct array rows = {0};
    struct array revenue = {0};
    int64_t from_day = first_day(clock_now(cx), days);
    TRY(analytics_repo_list_days(cx, subject_id, from_day, &rows));
    TRY(analytics_repo_list_revenue(cx, subject_id, from_day, &revenue));
    *ret_view = (struct analytics_view){
        .total = sum_of(&rows),
        .revenue = money_list(cx, &revenue),
        .series = fill_series(cx, from_day, days, &rows),
    };
    return NULL;
}

struct error *analytics_load_spec(struct ctx *cx, struct str key, int64_t days,
                                  struct analytics_view *ret_view)
{
    struct catalog_spec spec = {0};
    TRY(catalog_load_visible_spec(cx, key, &spec));
    if (!caller_is(cx, spec.owner_id) && !caller_may(cx, PERMISSION_ITEM_ADMIN))
        return ERROR_CODE(cx, FORBIDDEN, "these numbers are for the owner");
    TRY(load_window(cx, spec.id, days, ret_view));
    ret_view->spec_id = spec.id;
    return analytics_repo_find_counter(cx, spec.id, &ret_view->total);
}

struct error *analytics_load_overview(struct ctx *cx, int64_t days, struct analytics_view *ret_view)
{
    return load_window(cx, cx->caller->account_id, days, ret_view);
}

/* --- the best --- */

static struct error *list_by_count(struct ctx *cx, const struct top_query *query, struct array *ret_top)
{
    struct array rows = {0};
    TRY(analytics_repo_list_top(cx, cx->caller->account_id, first_day(clock_now(cx), query->days),
                                (enum analytics_sort)query->sort, query->limit, &rows));
    struct top_view *top = ARENA_ARRAY(cx->arena, struct top_view, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct top_row *row = ARRAY_AT(struct top_row, rows, i);
        top[i] = (struct top_view){.spec_id = row->spec_id,
                                   .plays = row->plays,
                                   .downloads = row->downloads,
                                   .favorites = row->favorites,
                                   .purchases = row->purchases};
    }
    *ret_top = (struct array){top, rows.count};
    return NULL;
}

static struct error *list_by_revenue(struct ctx *cx, const struct top_query *query, struct array *ret_top)
{
    struct array rows = {0};
    struct currency currency = {{0}};
    if (!currency_parse(query->currency, &currency)) {
        struct error *error = ERROR_CODE(cx, INVALID, "revenue is compared in one currency");
        error_add_violation(cx->arena, error, STR("/currency"), "required", "is needed to compare revenue");
        return error;
    }
    TRY(analytics_repo_list_earners(cx, cx->caller->account_id, first_day(clock_now(cx), query->days),
                                    query->currency, query->limit, &rows));
    struct top_view *top = ARENA_ARRAY(cx->arena, struct top_view, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct earner_row *row = ARRAY_AT(struct earner_row, rows, i);
        top[i] = (struct top_view){.spec_id = row->spec_id, .revenue = {row->minor, currency}};
        struct array days = {0};
        TRY(analytics_repo_list_days(cx, row->spec_id, first_day(clock_now(cx), query->days), &days));
        struct tally sum = sum_of(&days);
        top[i].plays = sum.plays;
        top[i].downloads = sum.downloads;
        top[i].favorites = sum.favorites;
        top[i].purchases = sum.purchases;
    }
    *ret_top = (struct array){top, rows.count};
    return NULL;
}

static struct error *fill_titles(struct ctx *cx, const struct array *top)
{
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, top->count);
    struct array briefs = {0};
    for (size_t i = 0; i < top->count; i++)
        ids[i] = ARRAY_AT(struct top_view, *top, i)->spec_id;
    TRY(catalog_list_briefs(cx, ids, top->count, &briefs));
    for (size_t i = 0, at = 0; i < top->count && at < briefs.count; i++) {
        const struct catalog_brief *brief = ARRAY_AT(struct catalog_brief, briefs, at);
        struct top_view *view = ARRAY_AT(struct top_view, *top, i);
        if (!id_equal(brief->id, view->spec_id)) /* gone since */
            continue;
        view->title = brief->title;
        view->slug = brief->slug;
        at++;
    }
    return NULL;
}

struct error *analytics_list_top(struct ctx *cx, const struct top_query *query, struct array *ret_top)
{
    TRY(query->sort == TOP_REVENUE ? list_by_revenue(cx, query, ret_top) : list_by_count(cx, query, ret_top));
    return fill_titles(cx, ret_top);
}
