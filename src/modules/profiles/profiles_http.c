/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of profiles. */
#include "modules/profiles/profiles_http.h"

#include "modules/profiles/profiles_service.h"

/* clang-format off */
#define PUBLIC_PROFILE_FIELDS(type_)                                                                                \
    JSON_ID(type_, id),                                                                        \
    JSON_TEXT(type_, username),                                                                \
    JSON_TEXT(type_, display_name),                                                            \
    JSON_TEXT(type_, bio, .max = 500, .flags = JSON_MULTILINE),                                \
    JSON_TEXT(type_, website),                                                                 \
    JSON_TEXT(type_, instagram),                                                               \
    JSON_TEXT(type_, twitter),                                                                 \
    JSON_TEXT(type_, youtube),                                                                 \
    JSON_TEXT(type_, spotify),                                                                 \
    JSON_TEXT(type_, soundcloud),                                                              \
    JSON_TEXT(type_, avatar_url, .flags = JSON_NULLABLE),                                      \
    JSON_INSTANT(type_, created_at)

static const struct json_field public_fields[] = {PUBLIC_PROFILE_FIELDS(struct profile_view)};
static const struct json_type public_view = JSON_TYPE("PublicProfile", struct profile_view, public_fields);

static const struct json_field own_fields[] = {
    PUBLIC_PROFILE_FIELDS(struct profile_view),
    JSON_TEXT(struct profile_view, email),
    JSON_TEXT(struct profile_view, first_name),
    JSON_TEXT(struct profile_view, last_name),
    JSON_TEXT(struct profile_view, phone),
    JSON_TEXT(struct profile_view, store_currency),
    JSON_INTEGER(struct profile_view, completion, .help = "Per cent of the fields that are filled"),
};
static const struct json_type own_view = JSON_TYPE("OwnProfile", struct profile_view, own_fields);

/* An empty link takes it away. */
static bool is_link(struct str text)
{
    return str_is_empty(text) || json_format_http_url.is_valid(text);
}
static const struct json_format link_format = {.name = "link", .message = "must be an http or https address", .is_valid = is_link};

static bool is_currency(struct str text)
{
    return str_is_empty(text) || json_format_currency.is_valid(text);
}
static const struct json_format currency_format = {.name = "currency", .message = "must be an ISO 4217 code", .is_valid = is_currency};

static bool is_phone(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && c != ' ' && c != '-' && c != '(' && c != ')' && !(c == '+' && i == 0))
            return false;
    }
    return true;
}
static const struct json_format phone_format = {.name = "phone", .message = "must be a telephone number", .is_valid = is_phone};

static const struct json_field patch_fields[] = {
    JSON_TEXT(struct profile_patch, display_name, .flags = JSON_TRIMMED, .min = 1, .max = 50),
    JSON_TEXT(struct profile_patch, bio, .flags = JSON_TRIMMED | JSON_MULTILINE, .max = 500),
    JSON_TEXT(struct profile_patch, first_name, .flags = JSON_TRIMMED, .max = 50),
    JSON_TEXT(struct profile_patch, last_name, .flags = JSON_TRIMMED, .max = 50),
    JSON_TEXT(struct profile_patch, phone, .flags = JSON_TRIMMED, .max = 30, .format = &phone_format),
    JSON_TEXT(struct profile_patch, website, .flags = JSON_TRIMMED, .max = 255, .format = &link_format),
    JSON_TEXT(struct profile_patch, instagram, .flags = JSON_TRIMMED, .max = 255, .format = &link_format),
    JSON_TEXT(struct profile_patch, twitter, .flags = JSON_TRIMMED, .max = 255, .format = &link_format),
    JSON_TEXT(struct profile_patch, youtube, .flags = JSON_TRIMMED, .max = 255, .format = &link_format),
    JSON_TEXT(struct profile_patch, spotify, .flags = JSON_TRIMMED, .max = 255, .format = &link_format),
    JSON_TEXT(struct profile_patch, soundcloud, .flags = JSON_TRIMMED, .max = 255, .format = &link_format),
    JSON_TEXT(struct profile_patch, store_currency, .max = 3, .format = &currency_format),
};
const struct json_type profile_patch_body = JSON_TYPE("ProfilePatch", struct profile_patch, patch_fields, JSON_PRESENCE(struct profile_patch));

struct avatar_body {
    struct id upload_id;
};
static const struct json_field avatar_fields[] = {JSON_ID(struct avatar_body, upload_id, .flags = JSON_REQUIRED)};
static const struct json_type avatar_body = JSON_TYPE("AvatarUpload", struct avatar_body, avatar_fields);

struct user_path {
    struct str user;
};
static const struct json_field user_path_fields[] = {JSON_TEXT(struct user_path, user, .flags = JSON_REQUIRED, .min = 1, .max = 64, .help = "Id or user name")};
static const struct json_type user_path = JSON_TYPE("UserPath", struct user_path, user_path_fields);
/* clang-format on */

static struct error *read_public(struct ctx *cx, struct call *call)
{
    struct profile_view view;
    TRY(profiles_load_public(cx, PATH(call, struct user_path, user_path)->user, &view));
    call_set_etag(cx, call, view.id, view.version);
    return call_reply(cx, call, &view);
}

static struct error *reply_own(struct ctx *cx, struct call *call)
{
    struct profile_view view;
    TRY(profiles_load_own(cx, &view));
    call_set_etag(cx, call, view.id, view.version);
    return call_reply(cx, call, &view);
}

static struct error *patch_own(struct ctx *cx, struct call *call)
{
    struct profile_view view;
    TRY(profiles_load_own(cx, &view));
    TRY(call_check_match(cx, call, view.id, view.version));
    TRY(profiles_patch_own(cx, BODY(call, struct profile_patch, profile_patch_body)));
    return reply_own(cx, call);
}

static struct error *put_avatar(struct ctx *cx, struct call *call)
{
    TRY(profiles_set_avatar(cx, BODY(call, struct avatar_body, avatar_body)->upload_id));
    return reply_own(cx, call);
}

static struct error *delete_avatar(struct ctx *cx, struct call *call)
{
    TRY(profiles_remove_avatar(cx));
    return call_reply_empty(cx, call);
}

/* clang-format off */
const struct route profiles_routes[PROFILES_ROUTES] = {
    ROUTE(GET,    "/api/v1/users/{user}", read_public,   ROUTE_ANYONE, .path_type = &user_path, .reply = &public_view, .cache = CACHE_PUBLIC, .summary = "Public profile, by id or user name"),
    ROUTE(GET,    "/api/v1/me/profile",   reply_own,     ROUTE_MEMBER, .reply = &own_view, .summary = "Own profile"),
    ROUTE(PATCH,  "/api/v1/me",           patch_own,     ROUTE_MAY(ACCOUNT_SELF), .body = &profile_patch_body, .reply = &own_view, .summary = "Edit the own profile"),
    ROUTE(PUT,    "/api/v1/me/avatar",    put_avatar,    ROUTE_MAY(ACCOUNT_SELF), .body = &avatar_body, .reply = &own_view, .status = 202, .summary = "Use an upload as avatar"),
    ROUTE(DELETE, "/api/v1/me/avatar",    delete_avatar, ROUTE_MAY(ACCOUNT_SELF), .summary = "Take the avatar away"),
};
/* clang-format on */
