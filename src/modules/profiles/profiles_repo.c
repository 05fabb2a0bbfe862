/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of profiles. See profiles_repo.h. */
#include "modules/profiles/profiles_repo.h"

#include "modules/profiles/profiles_sql.h"

/* clang-format off */
static const struct db_column columns[] = {
    DB_COLUMN_ID(struct profile_row, account_id),
    DB_COLUMN_TEXT(struct profile_row, bio),
    DB_COLUMN_TEXT(struct profile_row, first_name),
    DB_COLUMN_TEXT(struct profile_row, last_name),
    DB_COLUMN_TEXT(struct profile_row, phone),
    DB_COLUMN_TEXT(struct profile_row, website),
    DB_COLUMN_TEXT(struct profile_row, instagram),
    DB_COLUMN_TEXT(struct profile_row, twitter),
    DB_COLUMN_TEXT(struct profile_row, youtube),
    DB_COLUMN_TEXT(struct profile_row, spotify),
    DB_COLUMN_TEXT(struct profile_row, soundcloud),
    DB_COLUMN_TEXT(struct profile_row, store_currency),
    DB_NULLABLE_ID(struct profile_row, avatar_asset_id),
    DB_COLUMN_INSTANT(struct profile_row, updated_at),
    DB_COLUMN_I64(struct profile_row, version),
};
/* clang-format on */
static const struct db_row profile_row = DB_ROW(struct profile_row, columns);

static const struct profile_row empty_profile = {
    .bio = STR_INIT(""),
    .first_name = STR_INIT(""),
    .last_name = STR_INIT(""),
    .phone = STR_INIT(""),
    .website = STR_INIT(""),
    .instagram = STR_INIT(""),
    .twitter = STR_INIT(""),
    .youtube = STR_INIT(""),
    .spotify = STR_INIT(""),
    .soundcloud = STR_INIT(""),
    .store_currency = STR_INIT(""),
};

static void fill_in(struct id account_id, bool is_found, struct profile_row *ret_profile)
{
    if (is_found)
        return;
    *ret_profile = empty_profile;
    ret_profile->account_id = account_id;
}

struct error *profiles_repo_find(struct ctx *cx, struct tx *tx, struct id account_id,
                                 struct profile_row *ret_profile)
{
    bool is_found = false;
    TRY(db_find(cx, tx, PROFILES_FIND(.account_id = account_id), &profile_row, ret_profile, &is_found));
    fill_in(account_id, is_found, ret_profile);
    return NULL;
}

struct error *profiles_repo_lock(struct ctx *cx, struct tx *tx, struct id account_id,
                                 struct profile_row *ret_profile)
{
    bool is_found = false;
    TRY(db_find(cx, tx, PROFILES_LOCK(.account_id = account_id), &profile_row, ret_profile, &is_found));
    fill_in(account_id, is_found, ret_profile);
    return NULL;
}

struct error *profiles_repo_upsert(struct ctx *cx, struct tx *tx, const struct profile_row *profile,
                                   struct instant now)
{
    return db_exec(
        cx, tx,
        PROFILES_UPSERT(.account_id = profile->account_id, .bio = profile->bio,
                        .first_name = profile->first_name, .last_name = profile->last_name,
                        .phone = profile->phone, .website = profile->website, .instagram = profile->instagram,
                        .twitter = profile->twitter, .youtube = profile->youtube, .spotify = profile->spotify,
                        .soundcloud = profile->soundcloud, .store_currency = profile->store_currency,
                        .avatar_asset_id = profile->avatar_asset_id, .now = now),
        NULL);
}

struct error *profiles_repo_delete(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, PROFILES_DELETE(.account_id = account_id), NULL);
}
