/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a link of the ledger's chain is made of, for sealing and for checking. */
#ifndef MODULES_PAYMENTS_PAYMENTS_SEAL_SERVICE_H
#define MODULES_PAYMENTS_PAYMENTS_SEAL_SERVICE_H

#include "platform/crypto/crypto.h"

#include "modules/payments/payments_ledger_repo.h"

/* SHA-256 over the hash before and everything that the transaction says. The first one has 32 zero bytes before it. */
void ledger_hash(const struct ledger_transaction_row *row, const struct ledger_sealed_entry_row *entries,
                 size_t count, const uint8_t before[SHA256_BYTES], uint8_t ret_hash[SHA256_BYTES]);

/* The run of a transaction's lines in an array that is sorted by transaction and position. */
const struct ledger_sealed_entry_row *ledger_entries_of(struct array entries, struct id transaction_id,
                                                        size_t *ret_count);

#endif
