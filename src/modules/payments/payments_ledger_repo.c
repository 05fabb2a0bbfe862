/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the ledger. See payments_ledger_repo.h. */
#include "modules/payments/payments_ledger_repo.h"

#include "modules/payments/payments_sql.h"

/* clang-format off */
static const struct db_column account_columns[] = {
    DB_COLUMN_ID(struct ledger_account_row, id),
    DB_NULLABLE_ID(struct ledger_account_row, owner_id),
};
static const struct db_row account_row = DB_ROW(struct ledger_account_row, account_columns);

static const struct db_column transaction_columns[] = {
    DB_COLUMN_ID(struct ledger_transaction_row, id),
    DB_COLUMN_TEXT(struct ledger_transaction_row, reason),
    DB_COLUMN_ID(struct ledger_transaction_row, reference_id),
    DB_COLUMN_ID(struct ledger_transaction_row, order_id),
    DB_COLUMN_TEXT(struct ledger_transaction_row, currency),
    DB_COLUMN_INSTANT(struct ledger_transaction_row, created_at),
};
static const struct db_row transaction_row = DB_ROW(struct ledger_transaction_row, transaction_columns);

static const struct db_column owner_columns[] = {
    DB_COLUMN_ID(struct ledger_owner_row, id),
    DB_COLUMN_TEXT(struct ledger_owner_row, what),
    DB_COLUMN_I64(struct ledger_owner_row, minor),
    DB_COLUMN_TEXT(struct ledger_owner_row, reason),
    DB_COLUMN_ID(struct ledger_owner_row, reference_id),
    DB_COLUMN_ID(struct ledger_owner_row, order_id),
    DB_COLUMN_TEXT(struct ledger_owner_row, currency),
    DB_COLUMN_INSTANT(struct ledger_owner_row, created_at),
};
static const struct db_row owner_row = DB_ROW(struct ledger_owner_row, owner_columns);

static const struct db_column sum_columns[] = {
    DB_COLUMN_TEXT(struct ledger_sum_row, currency),
    DB_COLUMN_TEXT(struct ledger_sum_row, what),
    DB_COLUMN_I64(struct ledger_sum_row, minor),
};
static const struct db_row sum_row = DB_ROW(struct ledger_sum_row, sum_columns);

static const struct db_column finding_columns[] = {
    DB_COLUMN_ID(struct ledger_finding_row, id),
    DB_COLUMN_TEXT(struct ledger_finding_row, reason),
    DB_COLUMN_I64(struct ledger_finding_row, minor),
    DB_COLUMN_I64(struct ledger_finding_row, entries),
};
static const struct db_row finding_row = DB_ROW(struct ledger_finding_row, finding_columns);

static const struct db_column difference_columns[] = {
    DB_COLUMN_ID(struct ledger_difference_row, id),
    DB_COLUMN_ID(struct ledger_difference_row, order_id),
    DB_COLUMN_I64(struct ledger_difference_row, expected),
    DB_COLUMN_I64(struct ledger_difference_row, found),
};
static const struct db_row difference_row = DB_ROW(struct ledger_difference_row, difference_columns);

static const struct db_column seal_columns[] = {
    DB_COLUMN_I64(struct ledger_seal_row, sequence),
    DB_COLUMN_BYTES(struct ledger_seal_row, hash),
    DB_COLUMN_ID(struct ledger_seal_row, id),
    DB_COLUMN_TEXT(struct ledger_seal_row, reason),
    DB_COLUMN_ID(struct ledger_seal_row, reference_id),
    DB_COLUMN_ID(struct ledger_seal_row, order_id),
    DB_COLUMN_TEXT(struct ledger_seal_row, currency),
    DB_COLUMN_INSTANT(struct ledger_seal_row, created_at),
};
static const struct db_row seal_row = DB_ROW(struct ledger_seal_row, seal_columns);

static const struct db_column sealed_entry_columns[] = {
    DB_COLUMN_ID(struct ledger_sealed_entry_row, transaction_id),
    DB_COLUMN_I32(struct ledger_sealed_entry_row, position),
    DB_COLUMN_TEXT(struct ledger_sealed_entry_row, name),
    DB_COLUMN_TEXT(struct ledger_sealed_entry_row, what),
    DB_COLUMN_I64(struct ledger_sealed_entry_row, minor),
};
static const struct db_row sealed_entry_row = DB_ROW(struct ledger_sealed_entry_row, sealed_entry_columns);

static const struct db_column surplus_columns[] = {
    DB_COLUMN_ID(struct ledger_surplus_row, owner_id),
    DB_COLUMN_TEXT(struct ledger_surplus_row, currency),
    DB_COLUMN_TEXT(struct ledger_surplus_row, what),
    DB_COLUMN_I64(struct ledger_surplus_row, minor),
};
static const struct db_row surplus_row = DB_ROW(struct ledger_surplus_row, surplus_columns);

static const struct db_column link_columns[] = {
    DB_COLUMN_I64(struct ledger_link_row, sequence),
    DB_COLUMN_ID(struct ledger_link_row, transaction_id),
    DB_COLUMN_BYTES(struct ledger_link_row, hash),
};
static const struct db_row link_row = DB_ROW(struct ledger_link_row, link_columns);
/* clang-format on */

struct error *ledger_repo_find_account(struct ctx *cx, struct tx *tx, struct str name,
                                       struct ledger_account_row *ret_account, bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_FIND_ACCOUNT(.name = name), &account_row, ret_account, ret_found);
}

struct error *ledger_repo_insert_account(struct ctx *cx, struct tx *tx,
                                         const struct new_ledger_account *account)
{
    return db_exec(cx, tx,
                   PAYMENTS_INSERT_ACCOUNT(.id = account->id, .name = account->name,
                                           .kind = (int32_t)account->kind, .owner_id = account->owner_id,
                                           .provider = account->provider, .currency = account->currency),
                   NULL);
}

struct error *ledger_repo_insert_transaction(struct ctx *cx, struct tx *tx,
                                             const struct ledger_transaction_row *row, bool *ret_is_new)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                PAYMENTS_INSERT_TRANSACTION(.id = row->id, .reason = row->reason,
                                            .reference_id = row->reference_id, .order_id = row->order_id,
                                            .currency = row->currency, .now = row->created_at),
                &count));
    *ret_is_new = count == 1;
    return *ret_is_new ? db_exec(cx, tx, PAYMENTS_INSERT_UNSEALED(.transaction_id = row->id), NULL) : NULL;
}

struct error *ledger_repo_insert_entry(struct ctx *cx, struct tx *tx, const struct ledger_entry_row *entry)
{
    return db_exec(cx, tx,
                   PAYMENTS_INSERT_ENTRY(.id = entry->id, .transaction_id = entry->transaction_id,
                                         .position = entry->position, .account_id = entry->account_id,
                                         .owner_id = entry->owner_id, .what = entry->what,
                                         .minor = entry->minor),
                   NULL);
}

struct error *ledger_repo_list_of_owner(struct ctx *cx, struct id owner_id, struct id after, int64_t limit,
                                        struct array *ret_rows)
{
    return db_list(cx, NULL,
                   PAYMENTS_LIST_ENTRIES_OF_OWNER(.owner_id = owner_id, .after = after, .limit = limit,
                                                  .with = id_is_none(after)
                                                              ? 0
                                                              : PAYMENTS_LIST_ENTRIES_OF_OWNER_WITH_AFTER),
                   &owner_row, ret_rows);
}

struct error *ledger_repo_sums_of_owner(struct ctx *cx, struct id owner_id, struct array *ret_sums)
{
    return db_list(cx, NULL, PAYMENTS_LIST_SUMS_OF_OWNER(.owner_id = owner_id), &sum_row, ret_sums);
}

struct error *ledger_repo_list_wrong_balances(struct ctx *cx, struct array *ret_rows)
{
    return db_list(cx, NULL, PAYMENTS_LIST_WRONG_BALANCES(), &surplus_row, ret_rows);
}

struct error *ledger_repo_list_unbalanced(struct ctx *cx, struct array *ret_findings)
{
    return db_list(cx, NULL, PAYMENTS_LIST_UNBALANCED(), &finding_row, ret_findings);
}

struct error *ledger_repo_list_misplaced(struct ctx *cx, struct array *ret_findings)
{
    return db_list(cx, NULL, PAYMENTS_LIST_MISPLACED(), &finding_row, ret_findings);
}

struct error *ledger_repo_list_provider_differences(struct ctx *cx, struct array *ret_differences)
{
    return db_list(cx, NULL, PAYMENTS_LIST_PROVIDER_DIFFERENCES(), &difference_row, ret_differences);
}

struct error *ledger_repo_list_orphan_postings(struct ctx *cx, struct array *ret_differences)
{
    return db_list(cx, NULL, PAYMENTS_LIST_ORPHAN_POSTINGS(), &difference_row, ret_differences);
}

struct error *ledger_repo_find_last_link(struct ctx *cx, struct tx *tx, struct ledger_link_row *ret_link,
                                         bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_FIND_LAST_SEAL(), &link_row, ret_link, ret_found);
}

struct error *ledger_repo_list_unsealed(struct ctx *cx, struct tx *tx, struct array *ret_transactions)
{
    return db_list(cx, tx, PAYMENTS_LIST_UNSEALED(), &transaction_row, ret_transactions);
}

struct error *ledger_repo_list_seals(struct ctx *cx, int64_t after, struct array *ret_seals)
{
    return db_list(cx, NULL, PAYMENTS_LIST_SEALS(.after = after), &seal_row, ret_seals);
}

struct error *ledger_repo_list_entries(struct ctx *cx, struct tx *tx, struct array transaction_ids,
                                       struct array *ret_entries)
{
    return db_list(cx, tx, PAYMENTS_LIST_ENTRIES(.transaction_ids = transaction_ids), &sealed_entry_row,
                   ret_entries);
}

struct error *ledger_repo_insert_seal(struct ctx *cx, struct tx *tx, const struct ledger_link_row *link)
{
    return db_exec(cx, tx,
                   PAYMENTS_INSERT_SEAL(.sequence = link->sequence, .transaction_id = link->transaction_id,
                                        .hash = link->hash),
                   NULL);
}

struct error *ledger_repo_add_to_balances(struct ctx *cx, struct tx *tx, struct array transaction_ids)
{
    return db_exec(cx, tx, PAYMENTS_ADD_TO_BALANCES(.transaction_ids = transaction_ids), NULL);
}

struct error *ledger_repo_delete_unsealed(struct ctx *cx, struct tx *tx, struct array transaction_ids)
{
    return db_exec(cx, tx, PAYMENTS_DELETE_UNSEALED(.transaction_ids = transaction_ids), NULL);
}
