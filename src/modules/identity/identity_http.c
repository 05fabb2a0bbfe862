/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of identity. */
#include "modules/identity/identity_http.h"

#include "base/text/utf8.h"

#include "platform/http/route.h"

#include "modules/identity/identity_service.h"

/* clang-format off */

/* --- views --- */

static const struct json_field user_fields[] = {
    JSON_ID(struct identity_user, id),
    JSON_TEXT(struct identity_user, email),
    JSON_TEXT(struct identity_user, username),
    JSON_TEXT(struct identity_user, display_name),
    JSON_ARRAY(struct identity_user, roles, JSON_KIND_ENUM, .values = &identity_role_words),
    JSON_ARRAY(struct identity_user, permissions, JSON_KIND_TEXT, .help = "What the account may do"),
    JSON_BOOLEAN(struct identity_user, is_verified, .help = "The e-mail address was confirmed"),
    JSON_BOOLEAN(struct identity_user, needs_second_factor, .help = "What staff may do is not among the permissions until this session has a second factor"),
    JSON_INSTANT(struct identity_user, created_at),
    JSON_INSTANT(struct identity_user, last_login_at, .flags = JSON_NULLABLE),
};
static const struct json_type user_view = JSON_TYPE("User", struct identity_user, user_fields);

struct session_view {
    struct identity_user user;
    struct str access_token, refresh_token, csrf_token, token_type;
    int64_t expires_in;
};
static const struct json_field session_view_fields[] = {
    JSON_OBJECT(struct session_view, user, struct identity_user, &user_view),
    JSON_TEXT(struct session_view, access_token, .flags = JSON_OMITTED, .max = 4096, .help = "Left out for a page of this site, which has the cookie"),
    JSON_TEXT(struct session_view, refresh_token, .flags = JSON_OMITTED, .max = 256, .help = "As access_token"),
    JSON_TEXT(struct session_view, csrf_token, .help = "For X-CSRF-Token when the cookie is used instead of the token"),
    JSON_TEXT(struct session_view, token_type, .example = "\"Bearer\""),
    JSON_INTEGER(struct session_view, expires_in, .help = "Seconds that the access token is good for"),
};
const struct json_type session_view = JSON_TYPE("Session", struct session_view, session_view_fields);

struct session_item {
    struct id id;
    struct str user_agent, address;
    struct instant created_at, refreshed_at, expires_at;
    bool is_current;
};
static const struct json_field session_item_fields[] = {
    JSON_ID(struct session_item, id),
    JSON_TEXT(struct session_item, user_agent, .max = 300),
    JSON_TEXT(struct session_item, address),
    JSON_INSTANT(struct session_item, created_at),
    JSON_INSTANT(struct session_item, refreshed_at),
    JSON_INSTANT(struct session_item, expires_at),
    JSON_BOOLEAN(struct session_item, is_current),
};
static const struct json_type session_item_type = JSON_TYPE("SessionItem", struct session_item, session_item_fields);

struct session_list {
    struct array items;
};
static const struct json_field session_list_fields[] = {
    JSON_OBJECTS(struct session_list, items, &session_item_type, .max = 200),
};
static const struct json_type session_list = JSON_TYPE("SessionList", struct session_list, session_list_fields);

struct chat_token_view {
    struct str token, path, protocol;
    int64_t expires_in;
};
static const struct json_field chat_token_fields[] = {
    JSON_TEXT(struct chat_token_view, token, .max = 4096),
    JSON_TEXT(struct chat_token_view, path, .help = "Where it opens a socket", .example = "\"/ws\""),
    JSON_TEXT(struct chat_token_view, protocol, .help = "The sub-protocol to ask for; the token may be offered beside it as bearer.{token}"),
    JSON_INTEGER(struct chat_token_view, expires_in, .help = "Seconds"),
};
static const struct json_type chat_token_view = JSON_TYPE("ChatToken", struct chat_token_view, chat_token_fields);

/* --- bodies --- */

static const char *const open_role_words[] = {
    [ROLE_LISTENER] = "listener", [ROLE_ARTIST] = "artist", [ROLE_PRODUCER] = "producer", [ROLE_SELLER] = "seller",
};
static const struct enum_table open_roles = ENUM_TABLE("open_role", open_role_words);

static const struct json_field register_fields[] = {
    JSON_TEXT(struct identity_registration, email, .flags = JSON_REQUIRED | JSON_TRIMMED, .max = 254, .format = &json_format_email),
    JSON_TEXT(struct identity_registration, username, .flags = JSON_REQUIRED, .min = 3, .max = 30, .format = &json_format_username),
    JSON_TEXT(struct identity_registration, password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 8, .max = 1024),
    JSON_TEXT(struct identity_registration, display_name, .flags = JSON_TRIMMED, .max = 50),
    JSON_ENUM(struct identity_registration, role, &open_roles, .fallback = ROLE_LISTENER),
};
static const struct json_type register_body = JSON_TYPE("Registration", struct identity_registration, register_fields);

struct login_body {
    struct str login, password;
};
static const struct json_field login_fields[] = {
    JSON_TEXT(struct login_body, login, .flags = JSON_REQUIRED | JSON_TRIMMED, .min = 1, .max = 254, .help = "E-mail address or user name"),
    JSON_TEXT(struct login_body, password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 1, .max = 1024),
};
static const struct json_type login_body = JSON_TYPE("Login", struct login_body, login_fields);

struct refresh_body {
    struct str refresh_token;
};
static const struct json_field refresh_fields[] = {
    JSON_TEXT(struct refresh_body, refresh_token, .flags = JSON_SECRET, .max = 256, .help = "May be left out when the cookie is sent"),
};
static const struct json_type refresh_body = JSON_TYPE("Refresh", struct refresh_body, refresh_fields);

struct email_body {
    struct str email;
};
static const struct json_field email_fields[] = {
    JSON_TEXT(struct email_body, email, .flags = JSON_REQUIRED | JSON_TRIMMED, .max = 254, .format = &json_format_email),
};
static const struct json_type email_body = JSON_TYPE("EmailAddress", struct email_body, email_fields);

struct code_body {
    struct str email, code;
};
static const struct json_field code_fields[] = {
    JSON_TEXT(struct code_body, email, .flags = JSON_REQUIRED | JSON_TRIMMED, .max = 254, .format = &json_format_email),
    JSON_TEXT(struct code_body, code, .flags = JSON_REQUIRED | JSON_TRIMMED, .min = 6, .max = 6),
};
static const struct json_type code_body = JSON_TYPE("EmailCode", struct code_body, code_fields);

struct reset_body {
    struct str email, code, password;
};
static const struct json_field reset_fields[] = {
    JSON_TEXT(struct reset_body, email, .flags = JSON_REQUIRED | JSON_TRIMMED, .max = 254, .format = &json_format_email),
    JSON_TEXT(struct reset_body, code, .flags = JSON_REQUIRED | JSON_TRIMMED, .min = 6, .max = 6),
    JSON_TEXT(struct reset_body, password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 8, .max = 1024),
};
static const struct json_type reset_body = JSON_TYPE("PasswordReset", struct reset_body, reset_fields);

struct change_body {
    struct str old_password, new_password;
};
static const struct json_field change_fields[] = {
    JSON_TEXT(struct change_body, old_password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 1, .max = 1024),
    JSON_TEXT(struct change_body, new_password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 8, .max = 1024),
};
static const struct json_type change_body = JSON_TYPE("PasswordChange", struct change_body, change_fields);

static const struct json_field password_fields[] = {
    JSON_TEXT(struct password_body, password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 1, .max = 1024),
};
const struct json_type password_body = JSON_TYPE("PasswordProof", struct password_body, password_fields);

struct session_path {
    struct id session_id;
};
static const struct json_field session_path_fields[] = {JSON_ID(struct session_path, session_id, .flags = JSON_REQUIRED)};
static const struct json_type session_path = JSON_TYPE("SessionPath", struct session_path, session_path_fields);

/* clang-format on */

/* --- the browser's cookies --- */

static void set_cookies(struct ctx *cx, struct call *call, const struct identity_tokens *tokens)
{
    call_set_cookie(cx, call, STR(IDENTITY_ACCESS_COOKIE), tokens->access_token, tokens->expires_in,
                    COOKIE_HTTP_ONLY);
    call_set_cookie(cx, call, STR(IDENTITY_REFRESH_COOKIE), tokens->refresh_token, tokens->refresh_expires_in,
                    COOKIE_HTTP_ONLY);
    call_set_cookie(cx, call, STR(IDENTITY_CSRF_COOKIE), tokens->csrf_token, tokens->refresh_expires_in,
                    COOKIE_SCRIPT);
}

static void clear_cookies(struct ctx *cx, struct call *call)
{
    call_set_cookie(cx, call, STR(IDENTITY_ACCESS_COOKIE), STR(""), 0, COOKIE_HTTP_ONLY);
    call_set_cookie(cx, call, STR(IDENTITY_REFRESH_COOKIE), STR(""), 0, COOKIE_HTTP_ONLY);
    call_set_cookie(cx, call, STR(IDENTITY_CSRF_COOKIE), STR(""), 0, COOKIE_SCRIPT);
}

/* Who uses the cookies gets the tokens by them alone, where no script can read them. Browsers tell which site asks by a field that no
 * script can set or leave out (Fetch Metadata); older ones are known by the token that goes with the cookie. Source: ASVS 3.3.4. */
static bool is_page_of_ours(const struct http_request *request)
{
    if (!str_is_empty(http_field(request, HTTP_FIELD_X_CSRF_TOKEN)))
        return true;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_pair *field = &request->headers[i];
        if (str_equal(field->name, STR("sec-fetch-site")) && str_equal(field->value, STR("same-origin")))
            return true;
    }
    return false;
}

struct error *identity_reply_session(struct ctx *cx, struct call *call, const struct identity_tokens *tokens)
{
    bool is_for_page = is_page_of_ours(exchange_request(call->exchange));
    struct session_view view = {
        .user = tokens->user,
        .access_token = is_for_page ? STR_NONE : tokens->access_token,
        .refresh_token = is_for_page ? STR_NONE : tokens->refresh_token,
        .csrf_token = tokens->csrf_token,
        .token_type = STR("Bearer"),
        .expires_in = tokens->expires_in,
    };
    set_cookies(cx, call, tokens);
    return call_reply(cx, call, &view);
}

/* --- handlers --- */

static struct error *register_account(struct ctx *cx, struct call *call)
{
    struct identity_tokens tokens = {0};
    TRY(identity_register(cx, BODY(call, struct identity_registration, register_body), &tokens));
    return identity_reply_session(cx, call, &tokens);
}

static struct error *log_in(struct ctx *cx, struct call *call)
{
    const struct login_body *body = BODY(call, struct login_body, login_body);
    struct identity_tokens tokens = {0};
    TRY(identity_log_in(cx, body->login, body->password, &tokens));
    return identity_reply_session(cx, call, &tokens);
}

/* The cookie is sent by the browser on its own, so it counts only together with the CSRF token of its session. */
static struct error *choose_refresh_token(struct ctx *cx, struct call *call, struct str *ret_token)
{
    const struct http_request *request = exchange_request(call->exchange);
    *ret_token = BODY(call, struct refresh_body, refresh_body)->refresh_token;
    if (!str_is_empty(*ret_token))
        return NULL;
    *ret_token = call_cookie(cx, call, STR(IDENTITY_REFRESH_COOKIE));
    if (str_is_empty(*ret_token))
        return ERROR(cx, identity_token_invalid, "send a refresh token");
    struct id session_id = identity_refresh_session(cx, *ret_token);
    if (!identity_csrf_matches(cx, session_id, http_field(request, HTTP_FIELD_X_CSRF_TOKEN)))
        return ERROR(cx, identity_csrf, "send the %s cookie's value as X-CSRF-Token", IDENTITY_CSRF_COOKIE);
    return NULL;
}

static struct error *refresh(struct ctx *cx, struct call *call)
{
    struct str token = {0};
    struct identity_tokens tokens = {0};
    TRY(choose_refresh_token(cx, call, &token));
    TRY(identity_refresh(cx, token, &tokens));
    return identity_reply_session(cx, call, &tokens);
}

static struct error *log_out(struct ctx *cx, struct call *call)
{
    TRY(identity_end_session(cx, cx->caller->session_id));
    clear_cookies(cx, call);
    return call_reply_empty(cx, call);
}

static struct error *read_me(struct ctx *cx, struct call *call)
{
    struct identity_user user;
    TRY(identity_load_user(cx, cx->caller->account_id, &user));
    /* The same account has fewer permissions in a session that lacks a second factor: a browser must not take one answer for the other. */
    call_set_etag(cx, call, user.id, user.needs_second_factor ? -user.version : user.version);
    return call_reply(cx, call, &user);
}

static struct error *list_sessions(struct ctx *cx, struct call *call)
{
    struct array rows = {0};
    TRY(identity_list_sessions(cx, &rows));
    struct session_item *items = ARENA_ARRAY(cx->arena, struct session_item, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct session_row *row = ARRAY_AT(struct session_row, rows, i);
        items[i] = (struct session_item){row->id,
                                         row->user_agent,
                                         row->address,
                                         row->created_at,
                                         row->refreshed_at,
                                         row->expires_at,
                                         id_equal(row->id, cx->caller->session_id)};
    }
    struct session_list list = {.items = {items, rows.count}};
    return call_reply(cx, call, &list);
}

static struct error *end_session(struct ctx *cx, struct call *call)
{
    TRY(identity_end_session(cx, PATH(call, struct session_path, session_path)->session_id));
    return call_reply_empty(cx, call);
}

static struct error *end_other_sessions(struct ctx *cx, struct call *call)
{
    TRY(identity_end_other_sessions(cx));
    return call_reply_empty(cx, call);
}

static struct error *verify_email(struct ctx *cx, struct call *call)
{
    const struct code_body *body = BODY(call, struct code_body, code_body);
    TRY(identity_verify_email(cx, body->email, body->code));
    return call_reply_empty(cx, call);
}

static struct error *resend_verification(struct ctx *cx, struct call *call)
{
    TRY(identity_send_code(cx, BODY(call, struct email_body, email_body)->email, CODE_VERIFY_EMAIL));
    return call_reply_empty(cx, call);
}

static struct error *forgot_password(struct ctx *cx, struct call *call)
{
    TRY(identity_send_code(cx, BODY(call, struct email_body, email_body)->email, CODE_RESET_PASSWORD));
    return call_reply_empty(cx, call);
}

static struct error *reset_password(struct ctx *cx, struct call *call)
{
    const struct reset_body *body = BODY(call, struct reset_body, reset_body);
    TRY(identity_reset_password(cx, body->email, body->code, body->password));
    return call_reply_empty(cx, call);
}

static struct error *change_password(struct ctx *cx, struct call *call)
{
    const struct change_body *body = BODY(call, struct change_body, change_body);
    TRY(identity_change_password(cx, body->old_password, body->new_password));
    return call_reply_empty(cx, call);
}

static struct error *issue_chat_token(struct ctx *cx, struct call *call)
{
    struct identity_chat_token token = identity_issue_chat_token(cx);
    struct chat_token_view view = {token.token, STR("/ws"), STR("lathe.v1"), token.expires_in};
    return call_reply(cx, call, &view);
}

static struct error *export_me(struct ctx *cx, struct call *call)
{
    struct str json = {0};
    TRY(identity_export(cx, &json));
    exchange_add_header(call->exchange, STR("Content-Disposition"),
                        STR("attachment; filename=\"lathe-export.json\""));
    return exchange_reply(call->exchange, 200, STR("application/json"), json);
}

static struct error *delete_me(struct ctx *cx, struct call *call)
{
    TRY(identity_delete_account(cx, BODY(call, struct password_body, password_body)->password));
    clear_cookies(cx, call);
    return call_reply_empty(cx, call);
}

/* clang-format off */
#define OWN_CREDENTIAL ROUTE_RATE(RATE_CREDENTIAL), .cache = CACHE_NO_STORE
#define CREDENTIAL ROUTE_RATE(RATE_CREDENTIAL), .cache = CACHE_NO_STORE, .no_csrf = true
const struct route identity_routes[IDENTITY_ROUTES] = {
    ROUTE(POST,   "/api/v1/auth/register",            register_account,    ROUTE_ANYONE, .body = &register_body, .reply = &session_view, .status = 201, CREDENTIAL, .summary = "Make an account and log in"),
    ROUTE(POST,   "/api/v1/auth/login",               log_in,              ROUTE_ANYONE, .body = &login_body, .reply = &session_view, CREDENTIAL, .reasons = login_reasons, .summary = "Log in by e-mail address or user name"),
    ROUTE(POST,   "/api/v1/auth/login/second-factor", log_in_by_factor,    ROUTE_ANYONE, .body = &second_login_body, .reply = &session_view, CREDENTIAL, .reasons = factor_reasons, .summary = "Finish a log-in by a code of the authenticator app, or a recovery code"),
    ROUTE(POST,   "/api/v1/auth/refresh",             refresh,             ROUTE_ANYONE, .body = &refresh_body, .reply = &session_view, CREDENTIAL, .summary = "Renew the tokens; a used refresh token ends the session"),
    ROUTE(POST,   "/api/v1/auth/logout",              log_out,             ROUTE_MEMBER, .cache = CACHE_NO_STORE, .summary = "End this session"),
    ROUTE(POST,   "/api/v1/auth/verify-email",        verify_email,        ROUTE_ANYONE, .body = &code_body, CREDENTIAL, .summary = "Confirm the e-mail address by its code"),
    ROUTE(POST,   "/api/v1/auth/resend-verification", resend_verification, ROUTE_ANYONE, .body = &email_body, CREDENTIAL, .summary = "Send the code again"),
    ROUTE(POST,   "/api/v1/auth/forgot-password",     forgot_password,     ROUTE_ANYONE, .body = &email_body, CREDENTIAL, .summary = "Send a code for a new password"),
    ROUTE(POST,   "/api/v1/auth/reset-password",      reset_password,      ROUTE_ANYONE, .body = &reset_body, CREDENTIAL, .summary = "Set a new password by its code; ends every session"),
    ROUTE(POST,   "/api/v1/auth/change-password",     change_password,     ROUTE_MEMBER, .body = &change_body, ROUTE_RATE(RATE_CREDENTIAL), .cache = CACHE_NO_STORE, .summary = "Change the password; ends the other sessions"),
    ROUTE(POST,   "/api/v1/chat/token",               issue_chat_token,    ROUTE_MEMBER, .reply = &chat_token_view, .cache = CACHE_NO_STORE, .summary = "A token for opening GET /ws, and nothing else; ends with its session"),
    ROUTE(GET,    "/api/v1/me",                       read_me,             ROUTE_MEMBER, .reply = &user_view, .summary = "Who bears this token"),
    ROUTE(DELETE, "/api/v1/me",                       delete_me,           ROUTE_MEMBER, .body = &password_body, ROUTE_RATE(RATE_CREDENTIAL), .cache = CACHE_NO_STORE, .summary = "Delete the account and what names the person"),
    ROUTE(GET,    "/api/v1/me/export",                export_me,           ROUTE_MEMBER, .raw_reply_type = "application/json", ROUTE_RATE(RATE_CREDENTIAL), .cache = CACHE_NO_STORE, .summary = "Everything that is kept about the account"),
    ROUTE(GET,    "/api/v1/me/sessions",              list_sessions,       ROUTE_MEMBER, .reply = &session_list, .cache = CACHE_NO_STORE, .summary = "Own sessions"),
    ROUTE(DELETE, "/api/v1/me/sessions",              end_other_sessions,  ROUTE_MEMBER, .summary = "End every other session"),
    ROUTE(GET,    "/api/v1/me/second-factor",         read_factor,         ROUTE_MEMBER, .reply = &factor_view, .cache = CACHE_NO_STORE, .summary = "Whether the second factor is on"),
    ROUTE(POST,   "/api/v1/me/second-factor",         begin_factor,        ROUTE_MEMBER, .body = &password_body, .reply = &factor_setup_view, .status = 201, OWN_CREDENTIAL, .reasons = factor_reasons, .summary = "Begin with a second factor: a secret for an authenticator app"),
    ROUTE(POST,   "/api/v1/me/second-factor/confirm", confirm_factor,      ROUTE_MEMBER, .body = &factor_code_body, .reply = &recovery_codes_view, OWN_CREDENTIAL, .reasons = factor_reasons, .summary = "Turn it on by a code of the app; ends the other sessions, shows the recovery codes once"),
    ROUTE(POST,   "/api/v1/me/second-factor/recovery-codes", renew_codes,  ROUTE_MEMBER, .body = &factor_proof_body, .reply = &recovery_codes_view, OWN_CREDENTIAL, .reasons = factor_reasons, .summary = "New recovery codes; the old ones are worth nothing any more"),
    ROUTE(DELETE, "/api/v1/me/second-factor",         turn_off_factor,     ROUTE_MEMBER, .body = &factor_proof_body, OWN_CREDENTIAL, .reasons = factor_reasons, .summary = "Turn the second factor off; ends the other sessions"),
    ROUTE(DELETE, "/api/v1/me/sessions/{session_id}", end_session,         ROUTE_MEMBER, .path_type = &session_path, .summary = "End one session"),
};
/* clang-format on */
