/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of notifications. */
#include "modules/notifications/notifications_http.h"

#include "modules/notifications/notifications_service.h"

struct read_path {
    struct id notification_id;
};
struct unread_view {
    int64_t count;
};
struct unsubscribe_query {
    struct str token;
};

/* clang-format off */
static const struct json_field path_fields[] = {JSON_ID(struct read_path, notification_id, .flags = JSON_REQUIRED)};
static const struct json_type read_path = JSON_TYPE("NotificationPath", struct read_path, path_fields);

static const struct json_field query_fields[] = {
    JSON_TEXT(struct notification_query, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct notification_query, limit, .min = 1, .max = 100, .fallback = 20),
    JSON_BOOLEAN(struct notification_query, unread, .help = "Only what was not read"),
};
static const struct json_type notification_query = JSON_TYPE("NotificationQuery", struct notification_query, query_fields);

static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct notification_page, items, &notification_view_type),
    JSON_TEXT(struct notification_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct notification_page, unread_count, .help = "At most 1000"),
};
static const struct json_type notification_page = JSON_TYPE("NotificationPage", struct notification_page, page_fields);

static const struct json_field unread_fields[] = {JSON_INTEGER(struct unread_view, count, .help = "At most 1000")};
static const struct json_type unread_view = JSON_TYPE("UnreadCount", struct unread_view, unread_fields);

static const struct json_field preference_fields[] = {
    JSON_ENUM(struct notification_preference, kind, &notifications_kind_words, .flags = JSON_REQUIRED),
    JSON_ENUM(struct notification_preference, delivery, &notification_delivery_words, .flags = JSON_REQUIRED,
              .help = "off: not even kept; app: kept and pushed; mail: mailed too, to those who are not there"),
};
static const struct json_type preference_type = JSON_TYPE("NotificationPreference", struct notification_preference, preference_fields);
static const struct json_field preferences_fields[] = {
    JSON_OBJECTS(struct notification_preferences, items, &preference_type, .flags = JSON_REQUIRED, .max = NOTIFICATIONS_KIND_COUNT),
};
static const struct json_type preferences_type = JSON_TYPE("NotificationPreferences", struct notification_preferences, preferences_fields);

static const struct json_field unsubscribe_fields[] = {
    JSON_TEXT(struct unsubscribe_query, token, .min = 1, .max = 100, .flags = JSON_REQUIRED, .help = "From the mail's List-Unsubscribe"),
};
static const struct json_type unsubscribe_query = JSON_TYPE("UnsubscribeQuery", struct unsubscribe_query, unsubscribe_fields);
/* clang-format on */

static struct error *list(struct ctx *cx, struct call *call)
{
    struct notification_page page = {0};
    TRY(notifications_list(cx, QUERY(call, struct notification_query, notification_query), &page));
    return call_reply(cx, call, &page);
}

static struct error *count_unread(struct ctx *cx, struct call *call)
{
    struct unread_view view = {0};
    TRY(notifications_count_unread(cx, &view.count));
    return call_reply(cx, call, &view);
}

static struct error *mark_read(struct ctx *cx, struct call *call)
{
    TRY(notifications_mark_read(cx, PATH(call, struct read_path, read_path)->notification_id));
    return call_reply_empty(cx, call);
}

static struct error *mark_all_read(struct ctx *cx, struct call *call)
{
    TRY(notifications_mark_all_read(cx));
    return call_reply_empty(cx, call);
}

static struct error *list_preferences(struct ctx *cx, struct call *call)
{
    struct notification_preferences preferences = {0};
    TRY(notifications_list_preferences(cx, cx->caller->account_id, &preferences));
    return call_reply(cx, call, &preferences);
}

static struct error *set_preferences(struct ctx *cx, struct call *call)
{
    TRY(notifications_set_preferences(cx, BODY(call, struct notification_preferences, preferences_type)));
    return list_preferences(cx, call);
}

/* The body that a mail program sends (List-Unsubscribe=One-Click, RFC 8058) says nothing that the link does not. */
static struct error *unsubscribe(struct ctx *cx, struct call *call)
{
    TRY(notifications_follow_link(cx, QUERY(call, struct unsubscribe_query, unsubscribe_query)->token));
    return call_reply_empty(cx, call);
}

/* clang-format off */
const struct route notifications_routes[NOTIFICATIONS_ROUTES] = {
    ROUTE(GET,  "/api/v1/me/notifications",                        list,             ROUTE_MEMBER, .query = &notification_query, .reply = &notification_page, .summary = "Own notifications, newest first"),
    ROUTE(GET,  "/api/v1/me/notifications/unread-count",           count_unread,     ROUTE_MEMBER, .reply = &unread_view, .summary = "How many are unread"),
    ROUTE(POST, "/api/v1/me/notifications/{notification_id}/read", mark_read,        ROUTE_MEMBER, .path_type = &read_path, .summary = "Mark one as read; may be said again"),
    ROUTE(POST, "/api/v1/me/notifications/read-all",               mark_all_read,    ROUTE_MEMBER, .summary = "Mark all as read"),
    ROUTE(GET,  "/api/v1/me/notification-preferences",             list_preferences, ROUTE_MEMBER, .reply = &preferences_type, .summary = "How far each kind goes: off, app, mail"),
    ROUTE(PUT,  "/api/v1/me/notification-preferences",             set_preferences,  ROUTE_MEMBER, .body = &preferences_type, .reply = &preferences_type, .summary = "Say how far kinds go; those not named stay"),
    ROUTE(POST, "/api/v1/notifications/unsubscribe",               unsubscribe,      ROUTE_ANYONE, .query = &unsubscribe_query, .raw_body_type = "application/x-www-form-urlencoded", .max_body_len = 1024, .no_csrf = true, .summary = "One-click unsubscribe from mails of one kind (RFC 8058)"),
};
/* clang-format on */
