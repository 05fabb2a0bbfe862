/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Telling all bidders or watchers of an auction, by a job. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/db/db.h"
#include "platform/jobs/jobs.h"

#include "modules/auctions/auctions.h"
#include "modules/notifications/notifications_service.h"

enum { SPREAD_BATCH = 200 };

static const char *const words[] = {[AUCTIONS_BIDDERS] = "bidders", [AUCTIONS_WATCHERS] = "watchers"};
static const struct enum_table audience_words = ENUM_TABLE("auctions_audience", words);

/* clang-format off */
static const struct json_field spread_fields[] = {
    JSON_ENUM(struct notifications_spread, kind, &notifications_kind_words, .flags = JSON_REQUIRED),
    JSON_ENUM(struct notifications_spread, audience, &audience_words, .flags = JSON_REQUIRED),
    JSON_ID(struct notifications_spread, source_id, .flags = JSON_REQUIRED),
    JSON_ID(struct notifications_spread, auction_id, .flags = JSON_REQUIRED),
    JSON_ID(struct notifications_spread, winner_id, .flags = JSON_NULLABLE),
    JSON_ID(struct notifications_spread, seller_id, .flags = JSON_NULLABLE),
    JSON_TEXT(struct notifications_spread, title, .max = 1000, .flags = JSON_NULLABLE),
    JSON_MONEY(struct notifications_spread, price, .flags = JSON_NULLABLE),
};
/* clang-format on */
static const struct json_type spread_type =
    JSON_TYPE("NotificationsSpread", struct notifications_spread, spread_fields);

struct error *notifications_spread(struct ctx *cx, struct tx *tx, const struct notifications_spread *spread)
{
    return job_enqueue(cx, tx, &notifications_spread_job, id_str(cx->arena, spread->source_id),
                       json_encode(cx->arena, &spread_type, spread), INSTANT_NONE);
}

struct batch {
    const struct notifications_spread *spread;
    struct array account_ids;
};

static struct error *record_batch(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct batch *batch = arg;
    const struct notifications_spread *spread = batch->spread;
    VEC(struct notification) drafts = {0};
    for (size_t i = 0; i < batch->account_ids.count; i++) {
        struct id account_id = *ARRAY_AT(struct id, batch->account_ids, i);
        if (id_equal(account_id, spread->winner_id) || id_equal(account_id, spread->seller_id))
            continue;
        *VEC_PUSH(cx->arena, &drafts) = (struct notification){
            .account_id = account_id,
            .kind = spread->kind,
            .source_id = spread->source_id,
            .subject_id = spread->auction_id,
            .title = spread->title,
            .actor = STR(""),
            .price = spread->price,
        };
    }
    return notifications_record_all(cx, tx, drafts.items, drafts.count);
}

/* Batch after batch, in the order of ids, which is also the order in which their inboxes are locked. */
static struct error *spread_to_all(struct ctx *cx, const struct notifications_spread *spread)
{
    struct id after = ID_NONE;
    for (;;) {
        struct arena_mark mark = arena_mark(cx->arena);
        struct batch batch = {.spread = spread};
        TRY(auctions_list_audience(cx, spread->auction_id, (enum auctions_audience)spread->audience, after,
                                   SPREAD_BATCH, &batch.account_ids));
        if (batch.account_ids.count == 0)
            return NULL;
        TRY(db_transact(cx, TX_WRITE, record_batch, &batch));
        after = *ARRAY_AT(struct id, batch.account_ids, batch.account_ids.count - 1);
        arena_rewind(cx->arena, mark);
    }
}

static struct error *run_spread(struct ctx *cx, const struct job *job)
{
    struct notifications_spread spread = {0};
    TRY(json_decode(cx->arena, &spread_type, job->payload, &spread));
    return spread_to_all(cx, &spread);
}

const struct job_type notifications_spread_job = {
    .name = "notifications.spread",
    .help = "Tells all bidders or watchers of an auction what became of it",
    .run = run_spread,
};
