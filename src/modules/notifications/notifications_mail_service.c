/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Mails of notifications: for those who are not there to see them, with a link that stops them. */
#include "base/data/vec.h"
#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/db.h"
#include "platform/jobs/jobs.h"
#include "platform/live/live.h"
#include "platform/mail/mail.h"

#include "modules/identity/identity.h"
#include "modules/notifications/notifications_repo.h"
#include "modules/notifications/notifications_service.h"

/* --- the link --- */

#define MAC_BYTES   16
#define TOKEN_BYTES (NOTIFICATION_LINK_BYTES + MAC_BYTES)

static void sign_link(struct ctx *cx, const uint8_t link[NOTIFICATION_LINK_BYTES], uint8_t ret_mac[MAC_BYTES])
{
    uint8_t mac[SHA256_BYTES];
    hmac_sha256(crypto_key(cx->platform->crypto, "notifications.stop"), SHA256_BYTES, link,
                NOTIFICATION_LINK_BYTES, mac);
    memcpy(ret_mac, mac, MAC_BYTES);
}

struct str notifications_link_token(struct ctx *cx, struct id account_id, int32_t kind)
{
    uint8_t token[TOKEN_BYTES];
    notification_link_pack(account_id, kind, token);
    sign_link(cx, token, token + NOTIFICATION_LINK_BYTES);
    return base64url_encode(cx->arena, token, sizeof(token));
}

static bool read_token(struct ctx *cx, struct str text, struct id *ret_account_id, int32_t *ret_kind)
{
    struct str token = STR_NONE;
    uint8_t mac[MAC_BYTES];
    if (!base64url_decode(cx->arena, text, &token) || token.len != TOKEN_BYTES)
        return false;
    const uint8_t *bytes = (const uint8_t *)token.ptr;
    sign_link(cx, bytes, mac);
    return crypto_equal(mac, bytes + NOTIFICATION_LINK_BYTES, MAC_BYTES) &&
           notification_link_unpack(bytes, ret_account_id, ret_kind);
}

struct stopping {
    struct id account_id;
    int32_t kind;
};

/* Only mails stop: who has switched the kind off altogether keeps it so. */
static struct error *stop_mails(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct stopping *stopping = arg;
    struct preference_row row = {0};
    struct identity_account account;
    bool is_said = false, is_found = false;
    TRY(identity_find_account(cx, tx, stopping->account_id, &account, &is_found));
    if (!is_found)
        return NULL;
    TRY(notifications_repo_find_preference(cx, tx, stopping->account_id, stopping->kind, &row, &is_said));
    if (is_said && row.delivery == NOTIFICATION_OFF)
        return NULL;
    row = (struct preference_row){.kind = stopping->kind, .delivery = NOTIFICATION_APP};
    return notifications_repo_set_preference(cx, tx, stopping->account_id, &row);
}

struct error *notifications_follow_link(struct ctx *cx, struct str token)
{
    struct stopping stopping = {.kind = 0};
    if (!read_token(cx, token, &stopping.account_id, &stopping.kind))
        return ERROR(cx, notifications_bad_link, "the link is damaged");
    return db_transact(cx, TX_WRITE, stop_mails, &stopping);
}

/* --- the mail --- */

struct mail_payload {
    struct id notification_id;
    struct id account_id, subject_id; /* of a kind whose latest matters; none: that one notification */
    int64_t kind;
};
static const struct json_field payload_fields[] = {
    JSON_ID(struct mail_payload, notification_id, .flags = JSON_REQUIRED),
    JSON_ID(struct mail_payload, account_id),
    JSON_ID(struct mail_payload, subject_id),
    JSON_INTEGER(struct mail_payload, kind),
};
static const struct json_type payload_type =
    JSON_TYPE("NotificationMail", struct mail_payload, payload_fields);

/* One waiting job for all that replace each other. */
static struct job_entry mail_entry(struct ctx *cx, const struct notification *notification)
{
    struct mail_payload payload = {.notification_id = notification->id};
    struct str key = id_str(cx->arena, notification->id);
    if (notification_replaces_unread(notification->kind)) {
        payload.account_id = notification->account_id;
        payload.subject_id = notification->subject_id;
        payload.kind = notification->kind;
        key = arena_printf(cx->arena, "%" STR_FMT " %" STR_FMT " %d",
                           STR_ARG(id_str(cx->arena, notification->account_id)),
                           STR_ARG(id_str(cx->arena, notification->subject_id)), (int)notification->kind);
    }
    return (struct job_entry){.key = key, .payload_json = json_encode(cx->arena, &payload_type, &payload)};
}

struct error *notifications_queue_mails(struct ctx *cx, struct tx *tx, struct array notifications,
                                        struct instant now)
{
    VEC(struct job_entry) entries = {0};
    for (size_t i = 0; i < notifications.count; i++) {
        const struct notification *notification = ARRAY_AT(struct notification, notifications, i);
        if (instant_is_none(notification->mailed_at))
            *VEC_PUSH(cx->arena, &entries) = mail_entry(cx, notification);
    }
    return job_enqueue_all(cx, tx, &notifications_mail_job, entries.items, entries.count,
                           instant_add_us(now, notifications_state_of(cx)->settings->mail_delay_us));
}

static struct error *send(struct ctx *cx, const struct notification *notification,
                          const struct identity_account *account)
{
    struct str public_url = cx->platform->public_url;
    struct str line = notification_line(cx->arena, notification);
    struct str path = notification_path(cx->arena, notification);
    struct str token = notifications_link_token(cx, account->id, notification->kind);
    struct str stop = arena_printf(cx->arena, "%" STR_FMT "/api/v1/notifications/unsubscribe?token=%" STR_FMT,
                                   STR_ARG(public_url), STR_ARG(token));
    struct str settings = arena_printf(cx->arena, "%" STR_FMT "/notifications?unsubscribe=%" STR_FMT,
                                       STR_ARG(public_url), STR_ARG(token));
    struct mail_message message = {
        .id = notification->id,
        .to = account->email,
        .to_name = account->display_name,
        .subject = line,
        .text = arena_printf(cx->arena,
                             "Hello %" STR_FMT ",\n\n%" STR_FMT "\n\n%" STR_FMT "%" STR_FMT
                             "\n\nNo more mails of this kind: %" STR_FMT "\n",
                             STR_ARG(account->display_name), STR_ARG(line), STR_ARG(public_url),
                             STR_ARG(path), STR_ARG(settings)),
        .unsubscribe_url = stop,
    };
    return mail_send(cx, &message);
}

static bool is_wanted(const struct ctx *cx, const struct notification *notification)
{
    return instant_is_none(notification->read_at) && !live_is_present(cx->platform, notification->account_id);
}

static struct error *find_notification(struct ctx *cx, const struct mail_payload *payload,
                                       struct notification *ret_notification, bool *ret_found)
{
    struct notification like = {
        .account_id = payload->account_id, .subject_id = payload->subject_id, .kind = (int32_t)payload->kind};
    return id_is_none(payload->account_id)
               ? notifications_repo_find(cx, NULL, payload->notification_id, ret_notification, ret_found)
               : notifications_repo_find_unread(cx, &like, ret_notification, ret_found);
}

/* Read, erased, or its account come back meanwhile: nothing to send. */
static struct error *run(struct ctx *cx, const struct job *job)
{
    struct mail_payload payload = {.notification_id = ID_NONE};
    struct notification notification = {0};
    struct identity_account account;
    bool is_found = false;
    TRY(json_decode(cx->arena, &payload_type, job->payload, &payload));
    TRY(find_notification(cx, &payload, &notification, &is_found));
    if (!is_found || !is_wanted(cx, &notification))
        return NULL;
    TRY(identity_find_account(cx, NULL, notification.account_id, &account, &is_found));
    if (!is_found || account.status != IDENTITY_ACTIVE)
        return NULL;
    TRY(send(cx, &notification, &account));
    return notification_replaces_unread(notification.kind)
               ? notifications_repo_mark_mailed(cx, &notification, clock_now(cx))
               : NULL;
}

const struct job_type notifications_mail_job = {
    .name = "notifications.mail",
    .help = "Mails what an account has not seen",
    .run = run,
};
