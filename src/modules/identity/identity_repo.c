/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of identity. See identity_repo.h. */
#include "modules/identity/identity_repo.h"

#include "base/value/email.h"

#include "modules/identity/identity.h"
#include "modules/identity/identity_sql.h"

/* clang-format off */
static const struct db_column account_columns[] = {
    DB_COLUMN_ID(struct account_row, id),
    DB_COLUMN_TEXT(struct account_row, email),
    DB_COLUMN_TEXT(struct account_row, username),
    DB_COLUMN_TEXT(struct account_row, display_name),
    DB_COLUMN_TEXT(struct account_row, password_hash),
    DB_COLUMN_I32(struct account_row, status),
    DB_COLUMN_BOOL(struct account_row, is_verified),
    DB_COLUMN_I64(struct account_row, token_version),
    DB_NULLABLE_INSTANT(struct account_row, last_login_at),
    DB_COLUMN_INSTANT(struct account_row, created_at),
    DB_COLUMN_I64(struct account_row, version),
};
static const struct db_row account_row = DB_ROW(struct account_row, account_columns);

static const struct db_column session_columns[] = {
    DB_COLUMN_ID(struct session_row, id),
    DB_COLUMN_ID(struct session_row, account_id),
    DB_COLUMN_BYTES(struct session_row, refresh_digest),
    DB_COLUMN_TEXT(struct session_row, user_agent),
    DB_COLUMN_TEXT(struct session_row, address),
    DB_COLUMN_INSTANT(struct session_row, created_at),
    DB_COLUMN_INSTANT(struct session_row, refreshed_at),
    DB_COLUMN_INSTANT(struct session_row, expires_at),
    DB_NULLABLE_INSTANT(struct session_row, ended_at),
    DB_COLUMN_BOOL(struct session_row, has_second_factor),
};
static const struct db_row session_row = DB_ROW(struct session_row, session_columns);

static const struct db_column state_columns[] = {
    DB_COLUMN_ID(struct session_state_row, account_id),
    DB_COLUMN_INSTANT(struct session_state_row, expires_at),
    DB_NULLABLE_INSTANT(struct session_state_row, ended_at),
    DB_COLUMN_I32(struct session_state_row, status),
    DB_COLUMN_BOOL(struct session_state_row, is_verified),
    DB_COLUMN_BOOL(struct session_state_row, has_second_factor),
    DB_COLUMN_I64(struct session_state_row, token_version),
};
static const struct db_row state_row = DB_ROW(struct session_state_row, state_columns);

static const struct db_column code_columns[] = {
    DB_COLUMN_TEXT(struct code_row, hash),
    DB_COLUMN_I32(struct code_row, attempts),
    DB_COLUMN_INSTANT(struct code_row, expires_at),
};
static const struct db_row code_row = DB_ROW(struct code_row, code_columns);

static const struct db_column attempts_columns[] = {
    DB_COLUMN_I32(struct attempts_row, failures),
    DB_COLUMN_INSTANT(struct attempts_row, window_ends_at),
    DB_COLUMN_INSTANT(struct attempts_row, locked_until),
};
static const struct db_row attempts_row = DB_ROW(struct attempts_row, attempts_columns);

static const struct db_column role_columns[] = {DB_COLUMN_I32(struct role_value, role)};
static const struct db_row role_row = DB_ROW(struct role_value, role_columns);

static const struct db_column session_id_columns[] = {DB_COLUMN_ID(struct session_id_row, id)};
static const struct db_row session_id_row = DB_ROW(struct session_id_row, session_id_columns);

static const struct db_constraint account_constraints[] = {
    {"account_email", &identity_email_taken, "this e-mail address is in use"},
    {"account_username", &identity_username_taken, "this user name is in use"},
    {NULL, NULL, NULL},
};
/* clang-format on */

struct error *identity_repo_insert_account(struct ctx *cx, struct tx *tx,
                                           const struct new_account_row *account)
{
    struct error *error =
        db_exec(cx, tx,
                IDENTITY_INSERT_ACCOUNT(.id = account->id, .email = account->email,
                                        .email_folded = account->email_folded, .username = account->username,
                                        .username_folded = account->username_folded,
                                        .display_name = account->display_name,
                                        .password_hash = account->password_hash,
                                        .is_verified = account->is_verified, .now = account->now),
                NULL);
    return db_explain(cx, error, account_constraints);
}

struct error *identity_repo_insert_role(struct ctx *cx, struct tx *tx, struct id account_id,
                                        enum identity_role role)
{
    return db_exec(cx, tx, IDENTITY_INSERT_ROLE(.account_id = account_id, .role = (int32_t)role), NULL);
}

struct error *identity_repo_list_roles(struct ctx *cx, struct tx *tx, struct id account_id,
                                       struct array *ret_roles)
{
    return db_list(cx, tx, IDENTITY_LIST_ROLES(.account_id = account_id), &role_row, ret_roles);
}

struct error *identity_repo_delete_roles(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, IDENTITY_DELETE_ROLES(.account_id = account_id), NULL);
}

struct error *identity_repo_find_account(struct ctx *cx, struct tx *tx, struct id id,
                                         struct account_row *ret_account, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_FIND_ACCOUNT(.id = id), &account_row, ret_account, ret_found);
}

struct error *identity_repo_list_there(struct ctx *cx, struct tx *tx, struct array ids, struct array *ret_ids)
{
    return db_list(cx, tx, IDENTITY_LIST_ACCOUNTS_THERE(.ids = ids), &db_id_row, ret_ids);
}

struct error *identity_repo_lock_account(struct ctx *cx, struct tx *tx, struct id id,
                                         struct account_row *ret_account, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_LOCK_ACCOUNT(.id = id), &account_row, ret_account, ret_found);
}

struct error *identity_repo_find_login(struct ctx *cx, struct tx *tx, struct str login,
                                       struct account_row *ret_account, bool *ret_found)
{
    if (str_find_byte(login, '@', 0) >= 0)
        return db_find(cx, tx, IDENTITY_FIND_ACCOUNT_BY_EMAIL(.email_folded = email_fold(cx->arena, login)),
                       &account_row, ret_account, ret_found);
    return db_find(cx, tx,
                   IDENTITY_FIND_ACCOUNT_BY_USERNAME(.username_folded = username_fold(cx->arena, login)),
                   &account_row, ret_account, ret_found);
}

struct error *identity_repo_update_login(struct ctx *cx, struct tx *tx, struct id id, struct instant now)
{
    return db_exec(cx, tx, IDENTITY_UPDATE_LOGIN(.id = id, .now = now), NULL);
}

struct error *identity_repo_update_password(struct ctx *cx, struct tx *tx, struct id id, struct str hash,
                                            struct instant now)
{
    return db_exec(cx, tx, IDENTITY_UPDATE_PASSWORD(.id = id, .password_hash = hash, .now = now), NULL);
}

struct error *identity_repo_update_verified(struct ctx *cx, struct tx *tx, struct id id, struct instant now)
{
    return db_exec(cx, tx, IDENTITY_UPDATE_VERIFIED(.id = id, .now = now), NULL);
}

struct error *identity_repo_update_display_name(struct ctx *cx, struct tx *tx, struct id id, struct str name,
                                                struct instant now)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, IDENTITY_UPDATE_DISPLAY_NAME(.id = id, .display_name = name, .now = now), &count));
    return count == 1 ? NULL : ERROR_CODE(cx, NOT_FOUND, "no such account");
}

struct error *identity_repo_revoke_tokens(struct ctx *cx, struct tx *tx, struct id id)
{
    return db_exec(cx, tx, IDENTITY_REVOKE_TOKENS(.id = id), NULL);
}

struct error *identity_repo_erase_account(struct ctx *cx, struct tx *tx, struct id id, struct str placeholder,
                                          struct instant now)
{
    return db_exec(cx, tx, IDENTITY_ERASE_ACCOUNT(.id = id, .placeholder = placeholder, .now = now), NULL);
}

struct error *identity_repo_insert_session(struct ctx *cx, struct tx *tx, const struct session_row *session)
{
    return db_exec(cx, tx,
                   IDENTITY_INSERT_SESSION(.id = session->id, .account_id = session->account_id,
                                           .refresh_digest = session->refresh_digest,
                                           .user_agent = session->user_agent, .address = session->address,
                                           .now = session->created_at, .expires_at = session->expires_at,
                                           .has_second_factor = session->has_second_factor),
                   NULL);
}

struct error *identity_repo_find_session_state(struct ctx *cx, struct id id,
                                               struct session_state_row *ret_state, bool *ret_found)
{
    return db_find(cx, NULL, IDENTITY_FIND_SESSION_STATE(.id = id), &state_row, ret_state, ret_found);
}

struct error *identity_repo_lock_session(struct ctx *cx, struct tx *tx, struct id id,
                                         struct session_row *ret_session, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_LOCK_SESSION(.id = id), &session_row, ret_session, ret_found);
}

struct error *identity_repo_list_sessions(struct ctx *cx, struct id account_id, struct instant now,
                                          struct array *ret_sessions)
{
    return db_list(cx, NULL, IDENTITY_LIST_SESSIONS(.account_id = account_id, .now = now), &session_row,
                   ret_sessions);
}

struct error *identity_repo_rotate_session(struct ctx *cx, struct tx *tx, const struct session_row *session)
{
    return db_exec(cx, tx,
                   IDENTITY_ROTATE_SESSION(.id = session->id, .refresh_digest = session->refresh_digest,
                                           .now = session->refreshed_at, .expires_at = session->expires_at),
                   NULL);
}

struct error *identity_repo_end_session(struct ctx *cx, struct tx *tx, struct id id, struct id account_id,
                                        struct instant now, bool *ret_ended)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, IDENTITY_END_SESSION(.id = id, .account_id = account_id, .now = now), &count));
    *ret_ended = count == 1;
    return NULL;
}

struct error *identity_repo_list_live_session_ids(struct ctx *cx, struct tx *tx, struct id account_id,
                                                  struct array *ret_ids)
{
    return db_list(cx, tx, IDENTITY_LIST_LIVE_SESSION_IDS(.account_id = account_id), &session_id_row,
                   ret_ids);
}

struct error *identity_repo_end_sessions(struct ctx *cx, struct tx *tx, struct id account_id,
                                         struct id except, struct instant now)
{
    uint32_t with = id_is_none(except) ? 0 : IDENTITY_END_SESSIONS_WITH_OTHERS;
    return db_exec(
        cx, tx,
        IDENTITY_END_SESSIONS(.account_id = account_id, .except_id = except, .now = now, .with = with), NULL);
}

struct error *identity_repo_delete_sessions(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, IDENTITY_DELETE_SESSIONS(.account_id = account_id), NULL);
}

struct error *identity_repo_upsert_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                        enum code_purpose purpose, struct str hash, struct instant expires_at)
{
    return db_exec(cx, tx,
                   IDENTITY_UPSERT_CODE(.account_id = account_id, .purpose = (int32_t)purpose, .hash = hash,
                                        .expires_at = expires_at),
                   NULL);
}

struct error *identity_repo_find_code(struct ctx *cx, struct id account_id, enum code_purpose purpose,
                                      struct code_row *ret_code, bool *ret_found)
{
    return db_find(cx, NULL, IDENTITY_FIND_CODE(.account_id = account_id, .purpose = (int32_t)purpose),
                   &code_row, ret_code, ret_found);
}

struct error *identity_repo_lock_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                      enum code_purpose purpose, struct code_row *ret_code, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_LOCK_CODE(.account_id = account_id, .purpose = (int32_t)purpose),
                   &code_row, ret_code, ret_found);
}

struct error *identity_repo_count_code_attempt(struct ctx *cx, struct tx *tx, struct id account_id,
                                               enum code_purpose purpose)
{
    return db_exec(cx, tx, IDENTITY_COUNT_CODE_ATTEMPT(.account_id = account_id, .purpose = (int32_t)purpose),
                   NULL);
}

struct error *identity_repo_delete_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                        enum code_purpose purpose)
{
    return db_exec(cx, tx, IDENTITY_DELETE_CODE(.account_id = account_id, .purpose = (int32_t)purpose), NULL);
}

struct error *identity_repo_delete_codes(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, IDENTITY_DELETE_CODES(.account_id = account_id), NULL);
}

struct error *identity_repo_find_attempts(struct ctx *cx, struct tx *tx, struct str login_digest,
                                          struct attempts_row *ret_attempts, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_FIND_ATTEMPTS(.login_digest = login_digest), &attempts_row, ret_attempts,
                   ret_found);
}

struct error *identity_repo_count_failure(struct ctx *cx, struct tx *tx, struct str login_digest,
                                          struct instant now)
{
    TRY(db_exec(cx, tx,
                IDENTITY_COUNT_FAILURE(.login_digest = login_digest, .now = now,
                                       .window_ends_at = instant_add_us(now, lockout_window_us)),
                NULL));
    return db_exec(cx, tx,
                   IDENTITY_LOCK_LOGIN(.login_digest = login_digest, .min_failures = LOCKOUT_FAILURES,
                                       .locked_until = instant_add_us(now, lockout_us)),
                   NULL);
}

struct error *identity_repo_delete_attempts(struct ctx *cx, struct tx *tx, struct str login_digest)
{
    return db_exec(cx, tx, IDENTITY_DELETE_ATTEMPTS(.login_digest = login_digest), NULL);
}

struct error *identity_repo_sweep(struct ctx *cx, struct instant before)
{
    TRY(db_exec(cx, NULL, IDENTITY_SWEEP_SESSIONS(.before = before), NULL));
    return db_exec(cx, NULL, IDENTITY_SWEEP_ATTEMPTS(.before = before), NULL);
}
