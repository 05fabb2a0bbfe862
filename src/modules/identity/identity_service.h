/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of identity, for its own HTTP file. Others use identity.h. */
#ifndef MODULES_IDENTITY_IDENTITY_SERVICE_H
#define MODULES_IDENTITY_IDENTITY_SERVICE_H

#include "base/data/vec.h"

#include "platform/config/config.h"

#include "modules/identity/identity.h"
#include "modules/identity/identity_repo.h"

struct identity_settings {
    int64_t access_us;       /* lifetime of an access token */
    int64_t refresh_us;      /* lifetime of a session without a refresh */
    int64_t session_us;      /* lifetime of a session, however often it is refreshed */
    int64_t chat_us;         /* lifetime of a chat token */
    bool requires_verified;  /* unverified accounts may neither sell nor buy */
    bool staff_needs_factor; /* staff's permissions need a session with a second factor */
    struct str shop_name;
    struct str breached_passwords; /* path of a list of stolen passwords; empty: none */
};
extern const struct setting_group identity_settings_group;

struct identity_state {
    const struct identity_settings *settings;
    const struct identity_export_port *export_ports;
    struct breach_list *breached; /* NULL: none; owned */
    char *issuer;                 /* how authenticator apps name this shop; owned */
    char *place; /* words that no password may be made of, as password_place_words makes them; owned */
};

extern const struct cache_space identity_session_space;

/* A person's own view. */
struct identity_user {
    struct id id;
    struct str email, username, display_name;
    struct array roles;       /* of int32_t, enum identity_role */
    struct array permissions; /* of struct str, "item:publish" */
    bool is_verified;
    bool needs_second_factor; /* permissions are withheld from this session until it has one */
    struct instant created_at, last_login_at;
    int64_t version;
};

/* Tokens of a new or renewed session. */
struct identity_tokens {
    struct identity_user user;
    struct id session_id;
    struct str access_token, refresh_token, csrf_token;
    int64_t expires_in;         /* seconds, of the access token */
    int64_t refresh_expires_in; /* seconds */
};

/* Of the caller's session. */
struct identity_chat_token {
    struct str token;
    int64_t expires_in; /* seconds */
};
struct identity_chat_token identity_issue_chat_token(struct ctx *cx);

struct identity_registration {
    struct str email, username, password, display_name;
    int32_t role;
};
MUST_USE struct error *identity_register(struct ctx *cx, const struct identity_registration *registration,
                                         struct identity_tokens *ret_tokens);
MUST_USE struct error *identity_log_in(struct ctx *cx, struct str login, struct str password,
                                       struct identity_tokens *ret_tokens);
MUST_USE struct error *identity_refresh(struct ctx *cx, struct str refresh_token,
                                        struct identity_tokens *ret_tokens);
/* The session that a refresh token belongs to, by its text alone; none when malformed. */
struct id identity_refresh_session(struct ctx *cx, struct str refresh_token);

MUST_USE struct error *identity_load_user(struct ctx *cx, struct id account_id,
                                          struct identity_user *ret_user);
MUST_USE struct error *identity_list_sessions(struct ctx *cx,
                                              struct array *ret_sessions); /* of struct session_row */
MUST_USE struct error *identity_end_session(struct ctx *cx, struct id session_id);
MUST_USE struct error *identity_end_other_sessions(struct ctx *cx);

/* These never tell whether an account exists. */
MUST_USE struct error *identity_send_code(struct ctx *cx, struct str email, enum code_purpose purpose);
MUST_USE struct error *identity_verify_email(struct ctx *cx, struct str email, struct str code);
MUST_USE struct error *identity_reset_password(struct ctx *cx, struct str email, struct str code,
                                               struct str password);

MUST_USE struct error *identity_change_password(struct ctx *cx, struct str old_password,
                                                struct str new_password);
/* One JSON object with a section per module. */
MUST_USE struct error *identity_export(struct ctx *cx, struct str *ret_json);
MUST_USE struct error *identity_delete_account(struct ctx *cx, struct str password);

/* Within the module: shared by the service's files. */
struct identity_state *identity_state_of(const struct ctx *cx);
/* The caller's own password, for what matters; a wrong one is told to the log. Errors: identity_bad_credentials. */
MUST_USE struct error *identity_prove_password(struct ctx *cx, struct str password,
                                               struct account_row *ret_account);
MUST_USE struct error *identity_check_new_password(struct ctx *cx, const char *pointer, struct str password,
                                                   struct str email, struct str username);
/* By what a session was opened. */
enum session_strength { SESSION_BY_PASSWORD, SESSION_BY_TWO_FACTORS };
/* Which of these permissions such a session does not get. */
uint64_t identity_withheld(const struct ctx *cx, uint64_t permissions, enum session_strength strength);
MUST_USE struct error *identity_fill_user(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                          enum session_strength strength, struct identity_user *ret_user);
/* A new session in tx. */
MUST_USE struct error *identity_open_session(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                             enum session_strength strength,
                                             struct identity_tokens *ret_tokens);
/* 256 random bits behind an id, as text, and the SHA-256 that is stored of it. */
struct str identity_make_token(struct ctx *cx, struct id id, struct str *ret_digest);
bool identity_read_token(struct ctx *cx, struct str token, struct id *ret_id, struct str *ret_digest);
/* Every loop reads the session anew after the commit; what it had opened stays open. */
void identity_look_again(struct ctx *cx, struct tx *tx, struct id session_id);
/* Ends sessions of the account in tx and makes every loop forget them at the commit. */
MUST_USE struct error *identity_end_sessions(struct ctx *cx, struct tx *tx, struct id account_id,
                                             struct id except);
/* A code by mail, and what is kept of it. */
struct email_code {
    char digits[CODE_DIGITS];
    struct str hash;
};
/* Takes as long as a password's hash: before the transaction that stores it. */
MUST_USE struct error *identity_make_code(struct ctx *cx, struct email_code *ret_code);
/* Stores the code and queues its mail, in tx. */
MUST_USE struct error *identity_issue_code(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                           enum code_purpose purpose, const struct email_code *code);

#endif
