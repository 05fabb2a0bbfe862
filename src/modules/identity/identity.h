/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of identity: accounts, sessions, roles. Owns account, account_role, session, email_code, login_attempt,
 * second_factor, recovery_code. Knows nobody. */
#ifndef MODULES_IDENTITY_IDENTITY_H
#define MODULES_IDENTITY_IDENTITY_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"

struct tx;

enum identity_status { IDENTITY_ACTIVE, IDENTITY_SUSPENDED, IDENTITY_DELETED };

/* What others may know of an account. email only for its owner's mails and receipts. */
struct identity_account {
    struct id id;
    struct str username;
    struct str display_name;
    struct str email;
    int32_t status;   /* enum identity_status */
    bool is_verified; /* e-mail confirmed */
    struct str roles; /* words joined by ',' */
    struct instant created_at;
    int64_t version;
};

#define IDENTITY_REASONS(X)                                                                                  \
    X(identity_bad_credentials, "identity.bad_credentials", UNAUTHENTICATED, "Login or password is wrong")   \
    X(identity_token_invalid, "identity.token_invalid", UNAUTHENTICATED, "The token is not valid any more")  \
    X(identity_refresh_reused, "identity.refresh_reused", UNAUTHENTICATED,                                   \
      "A used refresh token came again: the session was ended")                                              \
    X(identity_locked, "identity.locked", RATE_LIMITED, "Too many failed log-ins; try again later")          \
    X(identity_second_factor_required, "identity.second_factor_required", UNAUTHENTICATED,                   \
      "The password was right; send the challenge with a code of the authenticator app")                     \
    X(identity_challenge_invalid, "identity.challenge_invalid", UNAUTHENTICATED,                             \
      "The challenge is not valid any more; log in anew")                                                    \
    X(identity_second_factor_on, "identity.second_factor_on", CONFLICT, "The second factor is on already")   \
    X(identity_second_factor_off, "identity.second_factor_off", CONFLICT, "There is no second factor")       \
    X(identity_suspended, "identity.suspended", FORBIDDEN, "The account is suspended")                       \
    X(identity_email_taken, "identity.email_taken", CONFLICT, "The e-mail address is in use")                \
    X(identity_username_taken, "identity.username_taken", CONFLICT, "The user name is in use")               \
    X(identity_weak_password, "identity.weak_password", INVALID, "The password is too weak")                 \
    X(identity_bad_code, "identity.bad_code", INVALID, "The code is wrong or expired")                       \
    X(identity_not_verified, "identity.not_verified", FORBIDDEN, "Confirm the e-mail address first")         \
    X(identity_csrf, "identity.csrf", FORBIDDEN, "The CSRF token is missing or wrong")

REASONS_DECLARE(IDENTITY_REASONS);

extern const struct module identity_module;

/* Who the bearer of this access token is. Session and token version are checked through the cache, so revoking is immediate.
 * ret_caller lives in cx->arena. Errors: identity_token_invalid, identity_suspended, unavailable. */
MUST_USE struct error *identity_authenticate(struct ctx *cx, struct str access_token,
                                             const struct caller **ret_caller);

/* The owner of a session that was authenticated before, as it is now: for connections that outlive their access token.
 * ret_caller lives in cx->arena. Errors: as identity_authenticate. */
MUST_USE struct error *identity_find_caller(struct ctx *cx, struct id session_id,
                                            const struct caller **ret_caller);

/* The same for opening a socket: takes access tokens, and chat tokens (POST /api/v1/chat/token), which open nothing else. */
MUST_USE struct error *identity_authenticate_socket(struct ctx *cx, struct str token,
                                                    const struct caller **ret_caller);

/* The CSRF token that belongs to a session cookie's session; constant-time comparison. */
bool identity_csrf_matches(const struct ctx *cx, struct id session_id, struct str token);

/* Names of the cookies that the browser's session uses, without the prefix of call_set_cookie: access token (HttpOnly), refresh
 * token (HttpOnly), CSRF token (readable). */
#define IDENTITY_ACCESS_COOKIE  "lathe_session"
#define IDENTITY_REFRESH_COOKIE "lathe_refresh"
#define IDENTITY_CSRF_COOKIE    "lathe_csrf"

/* Deleted accounts are not found. tx may be NULL. */
MUST_USE struct error *identity_find_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                             struct identity_account *ret_account, bool *ret_found);
/* Which of these accounts (struct id) there are; array of struct id, in no order. tx may be NULL. */
MUST_USE struct error *identity_list_there(struct ctx *cx, struct tx *tx, struct array account_ids,
                                           struct array *ret_ids);
/* By user name, case-folded. */
MUST_USE struct error *identity_find_account_by_name(struct ctx *cx, struct str username,
                                                     struct identity_account *ret_account, bool *ret_found);

/* In tx; bumps the caches. Errors: not_found. */
MUST_USE struct error *identity_rename(struct ctx *cx, struct tx *tx, struct id account_id,
                                       struct str display_name);

/* Whether an account may sell or buy while unverified is a setting: identity_not_verified when it may not. */
MUST_USE struct error *identity_require_verified(struct ctx *cx);

/* For `lathe user create` and `lathe demo`: an account that is verified and has these roles (words joined by ','). */
struct identity_new_account {
    struct str email, username, password, display_name, roles;
};
MUST_USE struct error *identity_create_account(struct ctx *cx, const struct identity_new_account *params,
                                               struct id *ret_account_id);

/* For `lathe user remove-second-factor`: for whoever has lost the app and the recovery codes. Ends the account's sessions and tells its owner.
 * Errors: not_found, identity_second_factor_off. */
MUST_USE struct error *identity_take_factor_away(struct ctx *cx, struct str username);

/* Export and deletion: modules add their part through ports that app fills. section is an object's JSON in the arena. */
struct identity_export_port {
    const char *section; /* "orders"; a NULL section ends the table */
    struct error *(*export_account)(struct ctx *cx, struct id account_id, struct str *ret_json);
    /* Erases or anonymises in tx what need not be kept by law. May be NULL. */
    struct error *(*erase_account)(struct ctx *cx, struct tx *tx, struct id account_id);
};
void identity_set_export_ports(const struct ctx *cx, const struct identity_export_port *ports);

/* Events (payload struct identity_event): identity.account.registered, .verified, .suspended, .deleted. */
struct identity_event {
    struct id account_id;
};
extern const struct event_type identity_account_registered, identity_account_deleted;

#endif
