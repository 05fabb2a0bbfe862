/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of licence options. See catalog_repo.h. */
#include "modules/catalog/catalog_repo.h"
#include "modules/catalog/catalog_sql.h"

/* clang-format off */
static const struct db_column option_columns[] = {
    DB_COLUMN_ID(struct option_row, id),
    DB_COLUMN_I32(struct option_row, type),
    DB_COLUMN_TEXT(struct option_row, name),
    DB_COLUMN_I64(struct option_row, price),
    DB_COLUMN_TEXT(struct option_row, currency),
    DB_COLUMN_TEXT(struct option_row, features),
    DB_COLUMN_TEXT(struct option_row, file_types),
    DB_COLUMN_TEXT(struct option_row, terms),
};
const struct db_row catalog_option_row = DB_ROW(struct option_row, option_columns);

struct offered_row {
    struct id id, spec_id, seller_id;
    int32_t type;
    struct str name;
    int64_t price;
    struct str currency, features, file_types, terms, spec_title;
    int32_t status;
    struct instant removed_at;
    struct id holder_id;
};
static const struct db_column offered_columns[] = {
    DB_COLUMN_ID(struct offered_row, id),
    DB_COLUMN_ID(struct offered_row, spec_id),
    DB_COLUMN_ID(struct offered_row, seller_id),
    DB_COLUMN_I32(struct offered_row, type),
    DB_COLUMN_TEXT(struct offered_row, name),
    DB_COLUMN_I64(struct offered_row, price),
    DB_COLUMN_TEXT(struct offered_row, currency),
    DB_COLUMN_TEXT(struct offered_row, features),
    DB_COLUMN_TEXT(struct offered_row, file_types),
    DB_COLUMN_TEXT(struct offered_row, terms),
    DB_COLUMN_TEXT(struct offered_row, spec_title),
    DB_COLUMN_I32(struct offered_row, status),
    DB_NULLABLE_ID(struct offered_row, holder_id),
    DB_NULLABLE_INSTANT(struct offered_row, removed_at),
};
static const struct db_row offered_row = DB_ROW(struct offered_row, offered_columns);
/* clang-format on */

struct error *catalog_repo_list_options(struct ctx *cx, struct tx *tx, struct id spec_id,
                                        struct array *ret_options)
{
    return db_list(cx, tx, CATALOG_LIST_OPTIONS(.spec_id = spec_id), &catalog_option_row, ret_options);
}

struct error *catalog_repo_find_option(struct ctx *cx, struct tx *tx, struct id id,
                                       struct catalog_option *ret_option, bool *ret_found)
{
    struct offered_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, tx, CATALOG_FIND_OPTION(.id = id), &offered_row, &row, &is_found));
    *ret_found = is_found;
    if (!is_found)
        return NULL;
    *ret_option = (struct catalog_option){
        .id = row.id,
        .spec_id = row.spec_id,
        .seller_id = row.seller_id,
        .type = row.type,
        .name = row.name,
        .price = {.minor = row.price},
        .features = row.features,
        .file_types = row.file_types,
        .terms = row.terms,
        .spec_title = row.spec_title,
        .is_open =
            row.status == CATALOG_PUBLISHED && instant_is_none(row.removed_at) && id_is_none(row.holder_id),
    };
    REQUIRE(currency_parse(row.currency, &ret_option->price.currency));
    return NULL;
}

struct error *catalog_repo_hold_option(struct ctx *cx, struct tx *tx, struct id id, struct id holder_id,
                                       struct instant now)
{
    return db_exec(cx, tx, CATALOG_INSERT_OPTION_HOLD(.option_id = id, .holder_id = holder_id, .now = now),
                   NULL);
}

struct error *catalog_repo_release_option(struct ctx *cx, struct tx *tx, struct id id, struct id holder_id)
{
    return db_exec(cx, tx, CATALOG_DELETE_OPTION_HOLD(.option_id = id, .holder_id = holder_id), NULL);
}

struct error *catalog_repo_insert_option(struct ctx *cx, struct tx *tx, struct id spec_id,
                                         const struct option_row *option, int32_t position,
                                         struct instant now)
{
    return db_exec(cx, tx,
                   CATALOG_INSERT_OPTION(.id = option->id, .spec_id = spec_id, .type = option->type,
                                         .name = option->name, .price = option->price,
                                         .currency = option->currency, .features = option->features,
                                         .file_types = option->file_types, .terms = option->terms,
                                         .position = position, .now = now),
                   NULL);
}

struct error *catalog_repo_update_option(struct ctx *cx, struct tx *tx, const struct option_row *option,
                                         int32_t position)
{
    return db_exec(cx, tx,
                   CATALOG_UPDATE_OPTION(.id = option->id, .name = option->name, .price = option->price,
                                         .currency = option->currency, .features = option->features,
                                         .file_types = option->file_types, .terms = option->terms,
                                         .position = position),
                   NULL);
}

struct error *catalog_repo_remove_option(struct ctx *cx, struct tx *tx, struct id id, struct instant now)
{
    return db_exec(cx, tx, CATALOG_REMOVE_OPTION(.id = id, .now = now), NULL);
}

struct error *catalog_repo_remove_options(struct ctx *cx, struct tx *tx, struct id spec_id,
                                          struct instant now)
{
    return db_exec(cx, tx, CATALOG_REMOVE_OPTIONS(.spec_id = spec_id, .now = now), NULL);
}
