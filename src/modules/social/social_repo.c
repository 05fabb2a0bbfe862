/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of favourites. See social_repo.h. */
#include "modules/social/social_repo.h"

#include "modules/social/social_sql.h"

/* clang-format off */
static const struct db_column favorite_columns[] = {
    DB_COLUMN_ID(struct favorite_row, spec_id),
    DB_COLUMN_INSTANT(struct favorite_row, created_at),
};
static const struct db_row favorite_row = DB_ROW(struct favorite_row, favorite_columns);

struct spec_id_row {
    struct id spec_id;
};
static const struct db_column spec_id_columns[] = {DB_COLUMN_ID(struct spec_id_row, spec_id)};
static const struct db_row spec_id_row = DB_ROW(struct spec_id_row, spec_id_columns);
/* clang-format on */

struct error *social_repo_insert(struct ctx *cx, struct tx *tx, struct id account_id, struct id spec_id,
                                 struct instant now, bool *ret_changed)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, SOCIAL_INSERT_FAVORITE(.account_id = account_id, .spec_id = spec_id, .now = now),
                &count));
    *ret_changed = count == 1;
    return NULL;
}

struct error *social_repo_delete(struct ctx *cx, struct tx *tx, struct id account_id, struct id spec_id,
                                 bool *ret_changed)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, SOCIAL_DELETE_FAVORITE(.account_id = account_id, .spec_id = spec_id), &count));
    *ret_changed = count == 1;
    return NULL;
}

struct error *social_repo_list(struct ctx *cx, struct id account_id, const struct page_key *after,
                               int64_t limit, struct array *ret_favorites)
{
    return db_list(cx, NULL,
                   SOCIAL_LIST_FAVORITES(.account_id = account_id, .key = after->at, .key_id = after->id,
                                         .limit = limit,
                                         .with = after->is_set ? SOCIAL_LIST_FAVORITES_WITH_AFTER : 0),
                   &favorite_row, ret_favorites);
}

struct error *social_repo_list_specs(struct ctx *cx, struct tx *tx, struct id account_id,
                                     struct array *ret_spec_ids)
{
    return db_list(cx, tx, SOCIAL_LIST_SPECS_OF_ACCOUNT(.account_id = account_id), &spec_id_row,
                   ret_spec_ids);
}

struct error *social_repo_delete_of_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, SOCIAL_DELETE_FAVORITES_OF_ACCOUNT(.account_id = account_id), NULL);
}

struct error *social_repo_delete_of_spec(struct ctx *cx, struct tx *tx, struct id spec_id)
{
    return db_exec(cx, tx, SOCIAL_DELETE_FAVORITES_OF_SPEC(.spec_id = spec_id), NULL);
}
