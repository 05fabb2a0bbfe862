/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of identity. One function per statement; tx may be NULL where it is not locked. */
#ifndef MODULES_IDENTITY_IDENTITY_REPO_H
#define MODULES_IDENTITY_IDENTITY_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/identity/identity_domain.h"

struct account_row {
    struct id id;
    struct str email, username, display_name, password_hash;
    int32_t status; /* enum identity_status */
    bool is_verified;
    int64_t token_version;
    struct instant last_login_at, created_at;
    int64_t version;
};

struct new_account_row {
    struct id id;
    struct str email, email_folded, username, username_folded, display_name, password_hash;
    bool is_verified;
    struct instant now;
};

struct session_row {
    struct id id, account_id;
    struct str refresh_digest, user_agent, address;
    struct instant created_at, refreshed_at, expires_at, ended_at;
    bool has_second_factor;
};

/* What authentication asks of a session and its account. */
struct session_state_row {
    struct id account_id;
    struct instant expires_at, ended_at;
    int32_t status;
    bool is_verified, has_second_factor;
    int64_t token_version;
};

enum code_purpose { CODE_VERIFY_EMAIL, CODE_RESET_PASSWORD };
struct code_row {
    struct str hash;
    int32_t attempts;
    struct instant expires_at;
};

struct attempts_row {
    int32_t failures;
    struct instant window_ends_at, locked_until;
};

/* conflict: identity_email_taken, identity_username_taken. */
MUST_USE struct error *identity_repo_insert_account(struct ctx *cx, struct tx *tx,
                                                    const struct new_account_row *account);
MUST_USE struct error *identity_repo_insert_role(struct ctx *cx, struct tx *tx, struct id account_id,
                                                 enum identity_role role);
/* Array of struct role_row_value { int32_t role; }. */
struct role_value {
    int32_t role;
};
MUST_USE struct error *identity_repo_list_roles(struct ctx *cx, struct tx *tx, struct id account_id,
                                                struct array *ret_roles);
MUST_USE struct error *identity_repo_delete_roles(struct ctx *cx, struct tx *tx, struct id account_id);

MUST_USE struct error *identity_repo_find_account(struct ctx *cx, struct tx *tx, struct id id,
                                                  struct account_row *ret_account, bool *ret_found);
MUST_USE struct error *identity_repo_list_there(struct ctx *cx, struct tx *tx, struct array ids,
                                                struct array *ret_ids);
MUST_USE struct error *identity_repo_lock_account(struct ctx *cx, struct tx *tx, struct id id,
                                                  struct account_row *ret_account, bool *ret_found);
/* By address when the login holds an @, else by user name. */
MUST_USE struct error *identity_repo_find_login(struct ctx *cx, struct tx *tx, struct str login,
                                                struct account_row *ret_account, bool *ret_found);
MUST_USE struct error *identity_repo_update_login(struct ctx *cx, struct tx *tx, struct id id,
                                                  struct instant now);
MUST_USE struct error *identity_repo_update_password(struct ctx *cx, struct tx *tx, struct id id,
                                                     struct str hash, struct instant now);
MUST_USE struct error *identity_repo_update_verified(struct ctx *cx, struct tx *tx, struct id id,
                                                     struct instant now);
MUST_USE struct error *identity_repo_update_display_name(struct ctx *cx, struct tx *tx, struct id id,
                                                         struct str name, struct instant now);
MUST_USE struct error *identity_repo_revoke_tokens(struct ctx *cx, struct tx *tx, struct id id);
MUST_USE struct error *identity_repo_erase_account(struct ctx *cx, struct tx *tx, struct id id,
                                                   struct str placeholder, struct instant now);

MUST_USE struct error *identity_repo_insert_session(struct ctx *cx, struct tx *tx,
                                                    const struct session_row *session);
MUST_USE struct error *identity_repo_find_session_state(struct ctx *cx, struct id id,
                                                        struct session_state_row *ret_state, bool *ret_found);
MUST_USE struct error *identity_repo_lock_session(struct ctx *cx, struct tx *tx, struct id id,
                                                  struct session_row *ret_session, bool *ret_found);
MUST_USE struct error *identity_repo_list_sessions(struct ctx *cx, struct id account_id, struct instant now,
                                                   struct array *ret_sessions);
MUST_USE struct error *identity_repo_rotate_session(struct ctx *cx, struct tx *tx,
                                                    const struct session_row *session);
MUST_USE struct error *identity_repo_end_session(struct ctx *cx, struct tx *tx, struct id id,
                                                 struct id account_id, struct instant now, bool *ret_ended);
/* Array of struct session_id_row. */
struct session_id_row {
    struct id id;
};
MUST_USE struct error *identity_repo_list_live_session_ids(struct ctx *cx, struct tx *tx,
                                                           struct id account_id, struct array *ret_ids);
/* except: a session that stays, or none. */
MUST_USE struct error *identity_repo_end_sessions(struct ctx *cx, struct tx *tx, struct id account_id,
                                                  struct id except, struct instant now);
MUST_USE struct error *identity_repo_delete_sessions(struct ctx *cx, struct tx *tx, struct id account_id);

MUST_USE struct error *identity_repo_upsert_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                                 enum code_purpose purpose, struct str hash,
                                                 struct instant expires_at);
MUST_USE struct error *identity_repo_find_code(struct ctx *cx, struct id account_id,
                                               enum code_purpose purpose, struct code_row *ret_code,
                                               bool *ret_found);
MUST_USE struct error *identity_repo_lock_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                               enum code_purpose purpose, struct code_row *ret_code,
                                               bool *ret_found);
MUST_USE struct error *identity_repo_count_code_attempt(struct ctx *cx, struct tx *tx, struct id account_id,
                                                        enum code_purpose purpose);
MUST_USE struct error *identity_repo_delete_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                                 enum code_purpose purpose);
MUST_USE struct error *identity_repo_delete_codes(struct ctx *cx, struct tx *tx, struct id account_id);

/* tx may be NULL. */
MUST_USE struct error *identity_repo_find_attempts(struct ctx *cx, struct tx *tx, struct str login_digest,
                                                   struct attempts_row *ret_attempts, bool *ret_found);
/* Counts; locks the login when that was one too many. */
MUST_USE struct error *identity_repo_count_failure(struct ctx *cx, struct tx *tx, struct str login_digest,
                                                   struct instant now);
MUST_USE struct error *identity_repo_delete_attempts(struct ctx *cx, struct tx *tx, struct str login_digest);

MUST_USE struct error *identity_repo_sweep(struct ctx *cx, struct instant before);

#endif
