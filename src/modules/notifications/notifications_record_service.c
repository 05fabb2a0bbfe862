/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Keeping what happened to an account, pushing it, and queueing its mail. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/db.h"
#include "platform/jobs/jobs.h"
#include "platform/live/live.h"

#include "modules/auctions/auctions.h"
#include "modules/identity/identity.h"
#include "modules/notifications/notifications_repo.h"
#include "modules/notifications/notifications_service.h"

enum { SPREAD_BATCH = 200 };

/* --- one --- */

static struct error *load_delivery(struct ctx *cx, struct tx *tx, const struct notification *draft,
                                   enum notification_delivery *ret_delivery)
{
    struct preference_row preference = {0};
    bool is_found = false;
    TRY(notifications_repo_find_preference(cx, tx, draft->account_id, draft->kind, &preference, &is_found));
    *ret_delivery = is_found ? (enum notification_delivery)preference.delivery
                             : notification_default_delivery(draft->kind);
    return NULL;
}

static void push(struct ctx *cx, void *arg)
{
    live_publish(cx->platform, arg);
}

static void push_after_commit(struct ctx *cx, struct tx *tx, const struct notification *notification)
{
    struct notification_view view = notification_view_of(cx->arena, notification);
    struct live_message *message = ARENA_NEW(cx->arena, struct live_message);
    *message = (struct live_message){
        .room = notifications_room(cx->arena, notification->account_id),
        .type = STR("notification"),
        .sequence = notification->sequence,
        .body = json_encode(cx->arena, &notification_view_type, &view),
    };
    tx_after_commit(tx, push, message);
}

static struct error *keep(struct ctx *cx, struct tx *tx, struct notification *notification,
                          enum notification_delivery delivery)
{
    int64_t replaced = 0;
    if (notification_replaces_unread(notification->kind))
        TRY(notifications_repo_delete_unread(cx, tx, notification, &replaced));
    TRY(notifications_repo_next_sequence(cx, tx, notification->account_id, &notification->sequence));
    TRY(notifications_repo_insert(cx, tx, notification));
    push_after_commit(cx, tx, notification);
    /* Of several that nobody has read the first was mailed already. */
    return delivery == NOTIFICATION_MAIL && replaced == 0
               ? notifications_queue_mail(cx, tx, notification->id, notification->created_at)
               : NULL;
}

struct error *notifications_record(struct ctx *cx, struct tx *tx, const struct notification *draft)
{
    struct identity_account account;
    enum notification_delivery delivery = NOTIFICATION_OFF;
    bool is_found = false, is_told = false;
    TRY(identity_find_account(cx, tx, draft->account_id, &account, &is_found));
    if (!is_found)
        return NULL;
    TRY(load_delivery(cx, tx, draft, &delivery));
    if (delivery == NOTIFICATION_OFF)
        return NULL;
    TRY(notifications_repo_find_by_source(cx, tx, draft, &is_told));
    if (is_told)
        return NULL;
    struct notification notification = *draft;
    notification.id = crypto_new_id(cx);
    notification.created_at = clock_now(cx);
    return keep(cx, tx, &notification, delivery);
}

/* --- many --- */

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
    for (size_t i = 0; i < batch->account_ids.count; i++) {
        struct notification draft = {
            .account_id = *ARRAY_AT(struct id, batch->account_ids, i),
            .kind = spread->kind,
            .source_id = spread->source_id,
            .subject_id = spread->auction_id,
            .title = spread->title,
            .actor = STR(""),
            .price = spread->price,
        };
        if (!id_equal(draft.account_id, spread->winner_id) && !id_equal(draft.account_id, spread->seller_id))
            TRY(notifications_record(cx, tx, &draft));
    }
    return NULL;
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
