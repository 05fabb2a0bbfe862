/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What auctions are to the rest of the program. */
#include "base/mem/alloc.h"
#include "base/text/encode.h"

#include "platform/crypto/crypto.h"
#include "platform/module/module.h"

#include "modules/auctions/auctions_events.h"
#include "modules/auctions/auctions_http.h"
#include "modules/auctions/auctions_live.h"
#include "modules/auctions/auctions_read_service.h"
#include "modules/auctions/auctions_sql.h"

REASONS_DEFINE(auctions_reasons, AUCTIONS_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct auctions_settings, pay_within_us, "AUCTION_PAY_WITHIN", .fallback = "48h", .min = US_PER_SECOND, .max = 30 * US_PER_DAY,
                 .help = "How long the winner of an auction has to pay."),
    SETTING_TIME(struct auctions_settings, reminder_us, "AUCTION_REMINDER", .fallback = "10m", .min = US_PER_SECOND, .max = 7 * US_PER_DAY,
                 .help = "How long before the end of an auction those who watch it are reminded."),
    SETTING_TIME(struct auctions_settings, min_length_us, "AUCTION_MIN_LENGTH", .fallback = "1m", .min = US_PER_SECOND, .max = 7 * US_PER_DAY,
                 .help = "The shortest time between start and end of an auction."),
    SETTING_INT(struct auctions_settings, batch, "AUCTION_BATCH", .fallback = "250", .min = 1, .max = 1000,
                .help = "How many waiting bids for one lot are taken into one commit."),
};
const struct setting_group auctions_setting_group = SETTING_GROUP("auctions", struct auctions_settings, rows, NULL);

static const double batch_buckets[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
static const double late_buckets[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10, 60};
static const struct metric metric_rows[AUCTIONS_METRICS] = {
    [AUCTIONS_METRIC_BIDS] = {.name = "auctions_bids_total", .kind = METRIC_COUNTER, .help = "Bids that were taken"},
    [AUCTIONS_METRIC_BATCH] = {.name = "auctions_batch_bids", .kind = METRIC_HISTOGRAM, .help = "Bids in one commit", .buckets = batch_buckets, .bucket_count = COUNT_OF(batch_buckets)},
    [AUCTIONS_METRIC_ENDED] = {.name = "auctions_ended_total", .kind = METRIC_COUNTER, .help = "Auctions that ended here"},
    [AUCTIONS_METRIC_LATE] = {.name = "auctions_end_delay_seconds", .kind = METRIC_HISTOGRAM, .help = "From an auction's end until it was recorded", .buckets = late_buckets, .bucket_count = COUNT_OF(late_buckets)},
};
const struct metric_table auctions_metric_table = {.part = "auctions", .rows = metric_rows, .count = COUNT_OF(metric_rows)};

static const struct job_type *const jobs[] = {&auctions_lot_check_job, NULL};
/* clang-format on */

/* From the instance's secret: several instances that share it, as they must for tokens, sign alike. Its public half is kept, so that
 * old receipts can be checked when the secret is another. */
static struct error *open_key(struct ctx *cx, struct auctions_state *state)
{
    uint8_t public_key[SIGN_PUBLIC_BYTES];
    state->key = sign_key_new(crypto_key(cx->platform->crypto, "auctions.receipt"));
    sign_key_public(state->key, public_key);
    struct str text = base64_encode(cx->arena, public_key, sizeof(public_key));
    REQUIRE(text.len < sizeof(state->public_key));
    memcpy(state->public_key, text.ptr, text.len);
    return auctions_repo_insert_key(cx, text, auctions_clock_read(&state->clock));
}

static void stop(void *arg)
{
    struct auctions_state *state = arg;
    auctions_engine_fini(&state->engine);
    auctions_clock_fini(&state->clock);
    sign_key_free(state->key);
    mem_free(state);
}

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    struct auctions_state *state = MEM_NEW(struct auctions_state);
    state->platform = cx->platform;
    state->settings = settings;
    auctions_engine_init(&state->engine);
    auctions_clock_init(&state->clock);
    struct error *error = auctions_clock_set(cx, &state->clock);
    if (error == NULL)
        error = open_key(cx, state);
    if (error != NULL) {
        stop(state);
        return error;
    }
    *ret_state = state;
    return NULL;
}

static void begin(struct ctx *cx, void *state)
{
    auctions_clock_begin(cx, state);
}

static void end(struct ctx *cx, void *state)
{
    auctions_clock_end(cx, state);
    auctions_engine_end(cx, state); /* what the clock has begun is done before the database goes */
}

const struct module auctions_module = {
    .name = "auctions",
    .routes = auctions_routes,
    .route_count = AUCTIONS_ROUTES,
    .settings = &auctions_setting_group,
    .metrics = &auctions_metric_table,
    .sql = &auctions_sql,
    .events = auctions_events,
    .consumers = auctions_consumers,
    .jobs = jobs,
    .live_rooms = auctions_rooms,
    .live_commands = auctions_commands,
    .reasons = auctions_reasons,
    .checks = auctions_checks,
    .start = start,
    .stop = stop,
    .begin = begin,
    .end = end,
};
