/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reading notifications, preferences, and what goes with time or with its account. */
#include "modules/notifications/notifications_service.h"

#include "base/json/json_write.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/jobs/jobs.h"
#include "platform/live/live.h"

#include "modules/notifications/notifications_repo.h"

enum { SWEEP_BATCH = 1000, EXPORT_BATCH = 500, MAX_EXPORT_BYTES = 16 << 20 };

/* --- views --- */

/* clang-format off */
static const struct json_field view_fields[] = {
    JSON_ID(struct notification_view, id),
    JSON_ENUM(struct notification_view, kind, &notifications_kind_words),
    JSON_ID(struct notification_view, subject_id, .help = "The auction, the order or the room"),
    JSON_TEXT(struct notification_view, title),
    JSON_TEXT(struct notification_view, actor, .flags = JSON_NULLABLE, .help = "Who did it"),
    JSON_TEXT(struct notification_view, text, .help = "The whole in one line"),
    JSON_TEXT(struct notification_view, path, .help = "Of the page that shows its subject"),
    JSON_MONEY(struct notification_view, price, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct notification_view, created_at),
    JSON_INSTANT(struct notification_view, read_at, .flags = JSON_NULLABLE),
};
/* clang-format on */
/* Without its sequence: the socket's envelope has it. */
const struct json_type notification_view_type =
    JSON_TYPE("Notification", struct notification_view, view_fields);

struct notification_view notification_view_of(struct arena *arena, const struct notification *notification)
{
    return (struct notification_view){
        .id = notification->id,
        .kind = notification->kind,
        .sequence = notification->sequence,
        .subject_id = notification->subject_id,
        .title = notification->title,
        .actor = str_is_empty(notification->actor) ? STR_NONE : notification->actor,
        .text = notification_line(arena, notification),
        .path = notification_path(arena, notification),
        .price = notification->price,
        .created_at = notification->created_at,
        .read_at = notification->read_at,
    };
}

/* --- reading --- */

static struct error *parse_cursor(struct ctx *cx, struct str text, int64_t *ret_before)
{
    *ret_before = INT64_MAX;
    if (str_is_empty(text) || number_parse_i64(text, 1, INT64_MAX, ret_before))
        return NULL;
    struct error *error = ERROR_CODE(cx, INVALID, "the list cannot be asked for like this");
    error_add_violation(cx->arena, error, STR("/cursor"), "cursor", "is no cursor of this list");
    return error;
}

struct error *notifications_list(struct ctx *cx, const struct notification_query *query,
                                 struct notification_page *ret_page)
{
    struct array found = {0};
    int64_t before = 0, unread = 0;
    TRY(parse_cursor(cx, query->cursor, &before));
    TRY(notifications_repo_list(cx, cx->caller->account_id, before,
                                query->unread ? NOTIFICATIONS_UNREAD : NOTIFICATIONS_ALL, query->limit + 1,
                                &found));
    TRY(notifications_count_unread(cx, &unread));
    bool has_more = found.count > (size_t)query->limit;
    size_t count = has_more ? (size_t)query->limit : found.count;
    struct notification_view *views = ARENA_ARRAY(cx->arena, struct notification_view, count);
    for (size_t i = 0; i < count; i++)
        views[i] = notification_view_of(cx->arena, ARRAY_AT(struct notification, found, i));
    *ret_page = (struct notification_page){.items = {views, count}, .unread_count = unread};
    if (has_more)
        ret_page->next_cursor = arena_printf(cx->arena, "%lld", (long long)views[count - 1].sequence);
    return NULL;
}

struct error *notifications_count_unread(struct ctx *cx, int64_t *ret_count)
{
    return notifications_repo_count_unread(cx, NULL, cx->caller->account_id, NOTIFICATIONS_MAX_UNREAD,
                                           ret_count);
}

/* --- marking --- */

struct str notifications_room(struct arena *arena, struct id account_id)
{
    return arena_printf(arena, "account:%" STR_FMT, STR_ARG(id_str(arena, account_id)));
}

static void push(struct ctx *cx, void *arg)
{
    live_publish(cx->platform, arg);
}

static struct error *tell_other_windows(struct ctx *cx, struct tx *tx)
{
    int64_t unread = 0;
    TRY(notifications_repo_count_unread(cx, tx, cx->caller->account_id, NOTIFICATIONS_MAX_UNREAD, &unread));
    struct live_message *message = ARENA_NEW(cx->arena, struct live_message);
    *message = (struct live_message){
        .room = notifications_room(cx->arena, cx->caller->account_id),
        .type = STR("notifications_read"),
        .body = arena_printf(cx->arena, "{\"unread_count\":%lld}", (long long)unread),
        .is_latest_only = true,
    };
    tx_after_commit(tx, push, message);
    return NULL;
}

static struct error *mark_one(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct id *id = arg;
    struct notification notification = {0};
    bool is_found = false;
    TRY(notifications_repo_find(cx, tx, *id, &notification, &is_found));
    if (!is_found || !caller_is(cx, notification.account_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such notification");
    TRY(notifications_repo_mark_read(cx, tx, notification.account_id, *id, clock_now(cx)));
    return tell_other_windows(cx, tx);
}

struct error *notifications_mark_read(struct ctx *cx, struct id notification_id)
{
    return db_transact(cx, TX_WRITE, mark_one, &notification_id);
}

static struct error *mark_all(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(notifications_repo_mark_all_read(cx, tx, cx->caller->account_id, clock_now(cx)));
    return tell_other_windows(cx, tx);
}

struct error *notifications_mark_all_read(struct ctx *cx)
{
    return db_transact(cx, TX_WRITE, mark_all, NULL);
}

/* --- what was missed --- */

struct error *notifications_load_summary(struct ctx *cx, struct id account_id, int64_t *ret_sequence,
                                         int64_t *ret_unread)
{
    /* In this order: what comes between the two is counted and pushed, and a count that is pushed too is no harm. */
    TRY(notifications_repo_last_sequence(cx, account_id, ret_sequence));
    return notifications_repo_count_unread(cx, NULL, account_id, NOTIFICATIONS_MAX_UNREAD, ret_unread);
}

struct error *notifications_list_missed(struct ctx *cx, struct id account_id, int64_t after, int64_t limit,
                                        struct array *ret_missed)
{
    struct array found = {0};
    int64_t last = 0;
    TRY(notifications_repo_last_sequence(cx, account_id, &last));
    if (after >= 0 && after <= last)
        TRY(notifications_repo_list_since(cx, account_id, after, limit + 1, &found));
    bool is_told_by_them = after >= 0 && after <= last && found.count <= (size_t)limit;
    *ret_missed = is_told_by_them ? found : (struct array){0};
    return NULL;
}

/* --- preferences --- */

struct error *notifications_list_preferences(struct ctx *cx, struct id account_id,
                                             struct notification_preferences *ret_preferences)
{
    struct array said = {0};
    TRY(notifications_repo_list_preferences(cx, account_id, &said));
    struct notification_preference *all =
        ARENA_ARRAY(cx->arena, struct notification_preference, NOTIFICATIONS_KIND_COUNT);
    for (int32_t kind = 0; kind < NOTIFICATIONS_KIND_COUNT; kind++)
        all[kind] = (struct notification_preference){
            .kind = kind, .delivery = (int32_t)notification_default_delivery(kind)};
    for (size_t i = 0; i < said.count; i++) {
        const struct preference_row *row = ARRAY_AT(struct preference_row, said, i);
        if (row->kind >= 0 && row->kind < NOTIFICATIONS_KIND_COUNT)
            all[row->kind].delivery = row->delivery;
    }
    ret_preferences->items = (struct array){all, NOTIFICATIONS_KIND_COUNT};
    return NULL;
}

static struct error *set_all(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct notification_preferences *preferences = arg;
    for (size_t i = 0; i < preferences->items.count; i++) {
        const struct notification_preference *one =
            ARRAY_AT(struct notification_preference, preferences->items, i);
        struct preference_row row = {.kind = one->kind, .delivery = one->delivery};
        TRY(notifications_repo_set_preference(cx, tx, cx->caller->account_id, &row));
    }
    return NULL;
}

struct error *notifications_set_preferences(struct ctx *cx,
                                            const struct notification_preferences *preferences)
{
    struct notification_preferences mine = *preferences;
    return db_transact(cx, TX_WRITE, set_all, &mine);
}

/* --- what goes --- */

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    struct instant before =
        instant_add_us(clock_now(cx), -notifications_state_of(cx)->settings->retention_us);
    int64_t count = 0;
    do {
        TRY(notifications_repo_delete_older(cx, before, SWEEP_BATCH, &count));
    } while (count == SWEEP_BATCH);
    return NULL;
}

const struct job_type notifications_sweep_job = {
    .name = "notifications.sweep",
    .help = "Forgets notifications that are older than they are kept",
    .run = sweep,
    .every_us = US_PER_HOUR,
};

struct error *notifications_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return notifications_repo_delete_of_account(cx, tx, account_id);
}

static struct error *put_all(struct ctx *cx, struct json_writer *writer, struct id account_id)
{
    int64_t before = INT64_MAX;
    for (;;) {
        struct array found = {0};
        TRY(notifications_repo_list(cx, account_id, before, NOTIFICATIONS_ALL, EXPORT_BATCH, &found));
        for (size_t i = 0; i < found.count; i++) {
            const struct notification *notification = ARRAY_AT(struct notification, found, i);
            struct notification_view view = notification_view_of(cx->arena, notification);
            json_put_object(writer, &notification_view_type, &view);
            before = notification->sequence;
        }
        if (found.count < EXPORT_BATCH)
            return NULL;
    }
}

static struct error *put_preferences(struct ctx *cx, struct json_writer *writer, struct id account_id)
{
    struct notification_preferences preferences = {0};
    TRY(notifications_list_preferences(cx, account_id, &preferences));
    for (size_t i = 0; i < preferences.items.count; i++) {
        const struct notification_preference *one =
            ARRAY_AT(struct notification_preference, preferences.items, i);
        json_name(writer, enum_word(&notifications_kind_words, one->kind));
        json_put_text(writer, enum_word(&notification_delivery_words, one->delivery));
    }
    return NULL;
}

struct error *notifications_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("notifications"));
    json_begin_array(&writer);
    TRY(put_all(cx, &writer, account_id));
    json_end_array(&writer);
    json_name(&writer, STR("preferences"));
    json_begin_object(&writer);
    TRY(put_preferences(cx, &writer, account_id));
    json_end_object(&writer);
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "there are too many notifications for one document");
    *ret_json = strbuf_str(&out);
    return NULL;
}

/* --- what `lathe check` asks --- */

static struct error *check_sequences(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(notifications_repo_list_ahead(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct ahead_row *row = ARRAY_AT(struct ahead_row, rows, i);
        strbuf_printf(findings, "  account %" STR_FMT " has notification %lld, which was never counted\n",
                      STR_ARG(id_str(cx->arena, row->account_id)), (long long)row->sequence);
    }
    return NULL;
}

const struct module_check notifications_checks[] = {
    {"notifications.sequences", "no notification is ahead of its account's count", check_sequences},
    {NULL, NULL, NULL},
};
