/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of licensing. See licensing_repo.h. */
#include "modules/licensing/licensing_repo.h"

#include "modules/licensing/licensing_sql.h"

/* clang-format off */
static const struct db_column license_columns[] = {
    DB_COLUMN_ID(struct license_row, id),
    DB_COLUMN_TEXT(struct license_row, license_key),
    DB_COLUMN_ID(struct license_row, order_id),
    DB_COLUMN_ID(struct license_row, order_line_id),
    DB_COLUMN_ID(struct license_row, buyer_id),
    DB_COLUMN_ID(struct license_row, seller_id),
    DB_COLUMN_TEXT(struct license_row, buyer_name),
    DB_COLUMN_TEXT(struct license_row, seller_name),
    DB_COLUMN_ID(struct license_row, spec_id),
    DB_COLUMN_TEXT(struct license_row, spec_title),
    DB_COLUMN_ID(struct license_row, option_id),
    DB_COLUMN_I32(struct license_row, type),
    DB_COLUMN_TEXT(struct license_row, option_name),
    DB_COLUMN_TEXT(struct license_row, features),
    DB_COLUMN_TEXT(struct license_row, file_types),
    DB_COLUMN_TEXT(struct license_row, terms),
    DB_COLUMN_I64(struct license_row, price_minor),
    DB_COLUMN_TEXT(struct license_row, currency),
    DB_COLUMN_INSTANT(struct license_row, issued_at),
    DB_NULLABLE_INSTANT(struct license_row, withdrawn_at),
    DB_COLUMN_TEXT(struct license_row, withdrawn_reason),
    DB_COLUMN_I64(struct license_row, version),
};
static const struct db_row license_row = DB_ROW(struct license_row, license_columns);

static const struct db_column file_columns[] = {
    DB_COLUMN_ID(struct license_file_row, license_id),
    DB_COLUMN_I32(struct license_file_row, kind),
    DB_COLUMN_BYTES(struct license_file_row, sha256),
    DB_COLUMN_I64(struct license_file_row, size_bytes),
    DB_COLUMN_TEXT(struct license_file_row, file_name),
    DB_COLUMN_TEXT(struct license_file_row, content_type),
    DB_COLUMN_I64(struct license_file_row, downloads),
    DB_NULLABLE_INSTANT(struct license_file_row, last_download_at),
};
static const struct db_row file_row = DB_ROW(struct license_file_row, file_columns);

static const struct db_column contract_columns[] = {
    DB_COLUMN_BYTES(struct license_contract_row, sha256),
    DB_COLUMN_BYTES(struct license_contract_row, pdf),
};
static const struct db_row contract_row = DB_ROW(struct license_contract_row, contract_columns);

static const struct db_column broken_columns[] = {
    DB_COLUMN_ID(struct license_broken_row, id),
    DB_COLUMN_TEXT(struct license_broken_row, license_key),
    DB_COLUMN_I64(struct license_broken_row, entitlements),
    DB_COLUMN_I64(struct license_broken_row, live),
    DB_COLUMN_I64(struct license_broken_row, files),
};
static const struct db_row broken_row = DB_ROW(struct license_broken_row, broken_columns);

/* clang-format on */

struct error *licensing_repo_insert(struct ctx *cx, struct tx *tx, const struct license_row *license,
                                    struct str search)
{
    return db_exec(
        cx, tx,
        LICENSING_INSERT_LICENSE(.id = license->id, .license_key = license->license_key,
                                 .order_id = license->order_id, .order_line_id = license->order_line_id,
                                 .buyer_id = license->buyer_id, .seller_id = license->seller_id,
                                 .buyer_name = license->buyer_name, .seller_name = license->seller_name,
                                 .spec_id = license->spec_id, .spec_title = license->spec_title,
                                 .option_id = license->option_id, .type = license->type,
                                 .option_name = license->option_name, .features = license->features,
                                 .file_types = license->file_types, .terms = license->terms,
                                 .price_minor = license->price_minor, .currency = license->currency,
                                 .search = search, .now = license->issued_at),
        NULL);
}

struct error *licensing_repo_insert_file(struct ctx *cx, struct tx *tx, const struct license_file_row *file)
{
    return db_exec(cx, tx,
                   LICENSING_INSERT_FILE(.license_id = file->license_id, .kind = file->kind,
                                         .sha256 = file->sha256, .size_bytes = file->size_bytes,
                                         .file_name = file->file_name, .content_type = file->content_type),
                   NULL);
}

struct error *licensing_repo_insert_entitlement(struct ctx *cx, struct tx *tx, struct id id,
                                                const struct license_row *license)
{
    return db_exec(cx, tx,
                   LICENSING_INSERT_ENTITLEMENT(.id = id, .license_id = license->id,
                                                .account_id = license->buyer_id, .spec_id = license->spec_id,
                                                .now = license->issued_at),
                   NULL);
}

struct error *licensing_repo_find(struct ctx *cx, struct tx *tx, struct id id,
                                  struct license_row *ret_license, bool *ret_found)
{
    return db_find(cx, tx, LICENSING_FIND_LICENSE(.id = id), &license_row, ret_license, ret_found);
}

struct error *licensing_repo_find_by_key(struct ctx *cx, struct str key, struct license_row *ret_license,
                                         bool *ret_found)
{
    return db_find(cx, NULL, LICENSING_FIND_LICENSE_BY_KEY(.license_key = key), &license_row, ret_license,
                   ret_found);
}

struct error *licensing_repo_lock_of_line(struct ctx *cx, struct tx *tx, struct id line_id,
                                          struct license_row *ret_license, bool *ret_found)
{
    return db_find(cx, tx, LICENSING_LOCK_LICENSE_OF_LINE(.order_line_id = line_id), &license_row,
                   ret_license, ret_found);
}

struct error *licensing_repo_list(struct ctx *cx, const struct license_filter *filter,
                                  struct array *ret_licenses)
{
    uint32_t with = (filter->type >= 0 ? LICENSING_LIST_LICENSES_WITH_TYPE : 0U) |
                    (filter->pattern.ptr != NULL ? LICENSING_LIST_LICENSES_WITH_SEARCH : 0U) |
                    (id_is_none(filter->after) ? 0U : LICENSING_LIST_LICENSES_WITH_AFTER);
    return db_list(cx, NULL,
                   LICENSING_LIST_LICENSES(.buyer_id = filter->buyer_id, .type = filter->type,
                                           .pattern = filter->pattern, .after = filter->after,
                                           .limit = filter->limit, .offset = filter->offset, .with = with),
                   &license_row, ret_licenses);
}

struct error *licensing_repo_count(struct ctx *cx, const struct license_filter *filter, int64_t *ret_count)
{
    struct db_count row = {0};
    uint32_t with = (filter->type >= 0 ? LICENSING_COUNT_LICENSES_WITH_TYPE : 0U) |
                    (filter->pattern.ptr != NULL ? LICENSING_COUNT_LICENSES_WITH_SEARCH : 0U);
    TRY(db_load(cx, NULL,
                LICENSING_COUNT_LICENSES(.buyer_id = filter->buyer_id, .type = filter->type,
                                         .pattern = filter->pattern, .with = with),
                &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *licensing_repo_withdraw(struct ctx *cx, struct tx *tx, struct id id, struct str reason,
                                      struct instant now)
{
    TRY(db_exec(cx, tx, LICENSING_WITHDRAW_LICENSE(.id = id, .reason = reason, .now = now), NULL));
    return db_exec(cx, tx, LICENSING_WITHDRAW_ENTITLEMENT(.license_id = id, .now = now), NULL);
}

struct error *licensing_repo_has_entitlement(struct ctx *cx, struct id account_id, struct id spec_id,
                                             bool *ret_has)
{
    struct db_id row = {ID_NONE};
    return db_find(cx, NULL, LICENSING_FIND_ENTITLEMENT(.account_id = account_id, .spec_id = spec_id),
                   &db_id_row, &row, ret_has);
}

struct error *licensing_repo_has_spec(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_has)
{
    struct db_id row = {ID_NONE};
    return db_find(cx, tx, LICENSING_FIND_LICENSE_OF_SPEC(.spec_id = spec_id), &db_id_row, &row, ret_has);
}

struct error *licensing_repo_count_of_line(struct ctx *cx, struct id line_id, int64_t *ret_licenses,
                                           int64_t *ret_entitlements)
{
    struct db_count licenses = {0}, entitlements = {0};
    TRY(db_load(cx, NULL, LICENSING_COUNT_LICENSES_OF_LINE(.order_line_id = line_id), &db_count_row,
                &licenses));
    TRY(db_load(cx, NULL, LICENSING_COUNT_ENTITLEMENTS_OF_LINE(.order_line_id = line_id), &db_count_row,
                &entitlements));
    *ret_licenses = licenses.count;
    *ret_entitlements = entitlements.count;
    return NULL;
}

struct error *licensing_repo_list_files(struct ctx *cx, struct id license_id, struct array *ret_files)
{
    return db_list(cx, NULL, LICENSING_LIST_FILES(.license_id = license_id), &file_row, ret_files);
}

struct error *licensing_repo_lock_file(struct ctx *cx, struct tx *tx, struct id license_id,
                                       enum license_file_kind kind, struct license_file_row *ret_file,
                                       bool *ret_found)
{
    return db_find(cx, tx, LICENSING_LOCK_FILE(.license_id = license_id, .kind = (int32_t)kind), &file_row,
                   ret_file, ret_found);
}

struct error *licensing_repo_count_download(struct ctx *cx, struct tx *tx, struct id license_id,
                                            enum license_file_kind kind, struct instant now)
{
    return db_exec(
        cx, tx, LICENSING_COUNT_DOWNLOAD(.license_id = license_id, .kind = (int32_t)kind, .now = now), NULL);
}

struct error *licensing_repo_insert_grant(struct ctx *cx, struct tx *tx, const struct license_use_row *use,
                                          bool *ret_is_new)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                LICENSING_INSERT_GRANT(.id = use->grant_id, .license_id = use->license_id, .kind = use->kind,
                                       .now = use->now),
                &count));
    *ret_is_new = count == 1;
    return NULL;
}

struct error *licensing_repo_sweep_grants(struct ctx *cx, struct instant before)
{
    return db_exec(cx, NULL, LICENSING_SWEEP_GRANTS(.before = before), NULL);
}

struct error *licensing_repo_find_contract(struct ctx *cx, struct id license_id,
                                           struct license_contract_row *ret_contract, bool *ret_found)
{
    return db_find(cx, NULL, LICENSING_FIND_CONTRACT(.license_id = license_id), &contract_row, ret_contract,
                   ret_found);
}

struct error *licensing_repo_insert_contract(struct ctx *cx, struct id license_id,
                                             const struct license_contract_row *contract, struct instant now)
{
    return db_exec(cx, NULL,
                   LICENSING_INSERT_CONTRACT(.license_id = license_id, .sha256 = contract->sha256,
                                             .pdf = contract->pdf, .now = now),
                   NULL);
}

struct error *licensing_repo_list_broken(struct ctx *cx, struct array *ret_broken)
{
    return db_list(cx, NULL, LICENSING_LIST_BROKEN(), &broken_row, ret_broken);
}

struct error *licensing_repo_list_file_keys(struct ctx *cx, struct id after, struct array *ret_files)
{
    return db_list(cx, NULL, LICENSING_LIST_FILE_KEYS(.after = after), &file_row, ret_files);
}
