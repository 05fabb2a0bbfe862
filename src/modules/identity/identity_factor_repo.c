/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the second factor. See identity_factor_repo.h. */
#include "modules/identity/identity_factor_repo.h"

#include "modules/identity/identity_sql.h"

/* clang-format off */
static const struct db_column factor_columns[] = {
    DB_COLUMN_BYTES(struct factor_row, secret),
    DB_COLUMN_BOOL(struct factor_row, is_on),
    DB_COLUMN_I64(struct factor_row, last_step),
    DB_NULLABLE_BYTES(struct factor_row, challenge_digest),
    DB_NULLABLE_INSTANT(struct factor_row, challenge_expires_at),
    DB_NULLABLE_INSTANT(struct factor_row, confirmed_at),
};
static const struct db_row factor_row = DB_ROW(struct factor_row, factor_columns);

struct hash_value {
    struct str hash;
};
static const struct db_column hash_columns[] = {DB_COLUMN_TEXT(struct hash_value, hash)};
static const struct db_row hash_row = DB_ROW(struct hash_value, hash_columns);
/* clang-format on */

struct error *factor_repo_begin(struct ctx *cx, struct tx *tx, struct id account_id, struct str secret,
                                struct instant now, bool *ret_begun)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, IDENTITY_BEGIN_FACTOR(.account_id = account_id, .secret = secret, .now = now),
                &count));
    *ret_begun = count == 1;
    return NULL;
}

struct error *factor_repo_find(struct ctx *cx, struct tx *tx, struct id account_id,
                               struct factor_row *ret_factor, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_FIND_FACTOR(.account_id = account_id), &factor_row, ret_factor,
                   ret_found);
}

struct error *factor_repo_lock(struct ctx *cx, struct tx *tx, struct id account_id,
                               struct factor_row *ret_factor, bool *ret_found)
{
    return db_find(cx, tx, IDENTITY_LOCK_FACTOR(.account_id = account_id), &factor_row, ret_factor,
                   ret_found);
}

struct error *factor_repo_turn_on(struct ctx *cx, struct tx *tx, struct id account_id, struct instant now)
{
    return db_exec(cx, tx, IDENTITY_TURN_ON_FACTOR(.account_id = account_id, .now = now), NULL);
}

struct error *factor_repo_use_step(struct ctx *cx, struct tx *tx, struct id account_id, int64_t step)
{
    return db_exec(cx, tx, IDENTITY_USE_FACTOR_STEP(.account_id = account_id, .last_step = step), NULL);
}

struct error *factor_repo_set_challenge(struct ctx *cx, struct tx *tx, struct id account_id,
                                        struct str digest, struct instant expires_at)
{
    return db_exec(cx, tx,
                   IDENTITY_SET_CHALLENGE(.account_id = account_id, .challenge_digest = digest,
                                          .challenge_expires_at = expires_at),
                   NULL);
}

struct error *factor_repo_delete(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, IDENTITY_DELETE_FACTOR(.account_id = account_id), NULL);
}

struct error *factor_repo_insert_recovery_code(struct ctx *cx, struct tx *tx, struct id account_id, int place,
                                               struct str hash)
{
    return db_exec(
        cx, tx, IDENTITY_INSERT_RECOVERY_CODE(.account_id = account_id, .place = place, .hash = hash), NULL);
}

struct error *factor_repo_find_recovery_code(struct ctx *cx, struct id account_id, int place,
                                             struct str *ret_hash)
{
    struct hash_value value = {0};
    bool is_found = false;
    TRY(db_find(cx, NULL, IDENTITY_FIND_RECOVERY_CODE(.account_id = account_id, .place = place), &hash_row,
                &value, &is_found));
    *ret_hash = is_found ? value.hash : STR_NONE;
    return NULL;
}

struct error *factor_repo_use_recovery_code(struct ctx *cx, struct tx *tx, struct id account_id, int place,
                                            struct str hash, bool *ret_used)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, IDENTITY_USE_RECOVERY_CODE(.account_id = account_id, .place = place, .hash = hash),
                &count));
    *ret_used = count == 1;
    return NULL;
}

struct error *factor_repo_count_recovery_codes(struct ctx *cx, struct tx *tx, struct id account_id,
                                               int64_t *ret_count)
{
    struct db_count count = {0};
    TRY(db_load(cx, tx, IDENTITY_COUNT_RECOVERY_CODES(.account_id = account_id), &db_count_row, &count));
    *ret_count = count.count;
    return NULL;
}

struct error *factor_repo_delete_recovery_codes(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, IDENTITY_DELETE_RECOVERY_CODES(.account_id = account_id), NULL);
}

struct error *factor_repo_strengthen_session(struct ctx *cx, struct tx *tx, struct id session_id,
                                             bool has_second_factor)
{
    return db_exec(
        cx, tx, IDENTITY_STRENGTHEN_SESSION(.id = session_id, .has_second_factor = has_second_factor), NULL);
}
