/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the ledger: they are inserted and read, never changed. */
#ifndef MODULES_PAYMENTS_PAYMENTS_LEDGER_REPO_H
#define MODULES_PAYMENTS_PAYMENTS_LEDGER_REPO_H

#include "base/data/vec.h"

#include "platform/db/db.h"

#include "modules/payments/payments.h"

struct ledger_account_row {
    struct id id, owner_id;
};

struct new_ledger_account {
    struct id id;
    struct str name;
    enum ledger_kind kind;
    struct id owner_id;
    int32_t provider;
    struct str currency;
};

struct ledger_transaction_row {
    struct id id;
    struct str reason;
    struct id reference_id, order_id;
    struct str currency;
    struct instant created_at;
};

struct ledger_entry_row {
    struct id id, transaction_id;
    int32_t position;
    struct id account_id, owner_id;
    struct str what;
    int64_t minor;
};

/* A person's line with its transaction. */
struct ledger_owner_row {
    struct id id;
    struct str what;
    int64_t minor;
    struct str reason;
    struct id reference_id, order_id;
    struct str currency;
    struct instant created_at;
};

struct ledger_sum_row {
    struct str currency, what;
    int64_t minor;
};

/* What a check found. */
struct ledger_finding_row {
    struct id id;
    struct str reason;
    int64_t minor, entries;
};
struct ledger_difference_row {
    struct id id, order_id;
    int64_t expected, found;
};

/* What a kept balance has more than the sealed lines of its owner sum to. */
struct ledger_surplus_row {
    struct id owner_id;
    struct str currency, what;
    int64_t minor;
};

/* A link of the chain, and the lines that it is made of. */
struct ledger_seal_row {
    int64_t sequence;
    struct str hash;
    struct id id;
    struct str reason;
    struct id reference_id, order_id;
    struct str currency;
    struct instant created_at;
};
struct ledger_sealed_entry_row {
    struct id transaction_id;
    int32_t position;
    struct str name, what;
    int64_t minor;
};
struct ledger_link_row {
    int64_t sequence;
    struct id transaction_id;
    struct str hash;
};

MUST_USE struct error *ledger_repo_find_account(struct ctx *cx, struct tx *tx, struct str name,
                                                struct ledger_account_row *ret_account, bool *ret_found);
MUST_USE struct error *ledger_repo_insert_account(struct ctx *cx, struct tx *tx,
                                                  const struct new_ledger_account *account);
/* ret_is_new false: that reference was posted before. */
MUST_USE struct error *ledger_repo_insert_transaction(struct ctx *cx, struct tx *tx,
                                                      const struct ledger_transaction_row *row,
                                                      bool *ret_is_new);
MUST_USE struct error *ledger_repo_insert_entry(struct ctx *cx, struct tx *tx,
                                                const struct ledger_entry_row *entry);

/* Newest first; after: the last id seen, or none. Array of struct ledger_owner_row. */
MUST_USE struct error *ledger_repo_list_of_owner(struct ctx *cx, struct id owner_id, struct id after,
                                                 int64_t limit, struct array *ret_rows);
/* Sealed or not. */
MUST_USE struct error *ledger_repo_sums_of_owner(struct ctx *cx, struct id owner_id, struct array *ret_sums);

/* Arrays of struct ledger_finding_row, struct ledger_difference_row. */
MUST_USE struct error *ledger_repo_list_unbalanced(struct ctx *cx, struct array *ret_findings);
MUST_USE struct error *ledger_repo_list_misplaced(struct ctx *cx, struct array *ret_findings);
MUST_USE struct error *ledger_repo_list_provider_differences(struct ctx *cx, struct array *ret_differences);
MUST_USE struct error *ledger_repo_list_orphan_postings(struct ctx *cx, struct array *ret_differences);

/* Array of struct ledger_surplus_row. */
MUST_USE struct error *ledger_repo_list_wrong_balances(struct ctx *cx, struct array *ret_rows);

MUST_USE struct error *ledger_repo_find_last_link(struct ctx *cx, struct tx *tx,
                                                  struct ledger_link_row *ret_link, bool *ret_found);
/* Arrays of struct ledger_transaction_row, ledger_seal_row, ledger_sealed_entry_row. */
MUST_USE struct error *ledger_repo_list_unsealed(struct ctx *cx, struct tx *tx,
                                                 struct array *ret_transactions);
MUST_USE struct error *ledger_repo_list_seals(struct ctx *cx, int64_t after, struct array *ret_seals);
MUST_USE struct error *ledger_repo_list_entries(struct ctx *cx, struct tx *tx, struct array transaction_ids,
                                                struct array *ret_entries);
MUST_USE struct error *ledger_repo_insert_seal(struct ctx *cx, struct tx *tx,
                                               const struct ledger_link_row *link);
/* The lines of these transactions, once each: with their seals. */
MUST_USE struct error *ledger_repo_add_to_balances(struct ctx *cx, struct tx *tx,
                                                   struct array transaction_ids);
MUST_USE struct error *ledger_repo_delete_unsealed(struct ctx *cx, struct tx *tx,
                                                   struct array transaction_ids);

#endif
