/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The chain over the ledger: each sealed transaction's hash covers the one before it, so that history that was changed behind the
 * program's back shows. Sealing runs behind the commits, where it makes nobody wait, and adds what it seals to the kept balances. */
#include "modules/payments/payments_seal_service.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/payments/payments_service.h"

static void feed_text(struct sha256_stream *stream, struct str text)
{
    uint64_t len = text.len; /* the length first, so that no two contents run together */
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(len >> (8 * i));
    sha256_feed(stream, bytes, sizeof(bytes));
    sha256_feed(stream, text.ptr != NULL ? text.ptr : "", text.len);
}

static void feed_i64(struct sha256_stream *stream, int64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)((uint64_t)value >> (8 * i));
    sha256_feed(stream, bytes, sizeof(bytes));
}

static void feed_id(struct sha256_stream *stream, struct id id)
{
    sha256_feed(stream, id.bytes, sizeof(id.bytes));
}

void ledger_hash(const struct ledger_transaction_row *row, const struct ledger_sealed_entry_row *entries,
                 size_t count, const uint8_t before[SHA256_BYTES], uint8_t ret_hash[SHA256_BYTES])
{
    struct sha256_stream *stream = sha256_begin();
    sha256_feed(stream, before, SHA256_BYTES);
    feed_id(stream, row->id);
    feed_text(stream, row->reason);
    feed_id(stream, row->reference_id);
    feed_id(stream, row->order_id);
    feed_text(stream, row->currency);
    feed_i64(stream, row->created_at.us);
    feed_i64(stream, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        feed_i64(stream, entries[i].position);
        feed_text(stream, entries[i].name);
        feed_text(stream, entries[i].what);
        feed_i64(stream, entries[i].minor);
    }
    sha256_end(stream, ret_hash);
}

static int compare_entry(const struct ledger_sealed_entry_row *entry, struct id transaction_id)
{
    return id_compare(entry->transaction_id, transaction_id);
}

const struct ledger_sealed_entry_row *ledger_entries_of(struct array entries, struct id transaction_id,
                                                        size_t *ret_count)
{
    size_t low = 0, high = entries.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_entry(ARRAY_AT(struct ledger_sealed_entry_row, entries, middle), transaction_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < entries.count &&
           compare_entry(ARRAY_AT(struct ledger_sealed_entry_row, entries, end), transaction_id) == 0)
        end++;
    *ret_count = end - low;
    return ARRAY_AT(struct ledger_sealed_entry_row, entries, low);
}

struct sealing {
    size_t count;
};

static struct error *seal_each(struct ctx *cx, struct tx *tx, struct array transactions, struct array entries)
{
    struct ledger_link_row last = {0};
    uint8_t hash[SHA256_BYTES] = {0};
    bool is_found = false;
    TRY(ledger_repo_find_last_link(cx, tx, &last, &is_found));
    if (is_found && last.hash.len == sizeof(hash))
        memcpy(hash, last.hash.ptr, sizeof(hash));
    for (size_t i = 0; i < transactions.count; i++) {
        const struct ledger_transaction_row *row = ARRAY_AT(struct ledger_transaction_row, transactions, i);
        size_t count = 0;
        const struct ledger_sealed_entry_row *lines = ledger_entries_of(entries, row->id, &count);
        uint8_t before[SHA256_BYTES];
        memcpy(before, hash, sizeof(before));
        ledger_hash(row, lines, count, before, hash);
        struct ledger_link_row link = {last.sequence + 1 + (int64_t)i, row->id,
                                       str_from((const char *)hash, sizeof(hash))};
        TRY(ledger_repo_insert_seal(cx, tx, &link));
    }
    return NULL;
}

static struct error *seal(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sealing *sealing = arg;
    struct array transactions = {0}, entries = {0};
    sealing->count = 0;
    TRY(ledger_repo_list_unsealed(cx, tx, &transactions));
    if (transactions.count == 0)
        return NULL;
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, transactions.count);
    for (size_t i = 0; i < transactions.count; i++)
        ids[i] = ARRAY_AT(struct ledger_transaction_row, transactions, i)->id;
    struct array id_list = {ids, transactions.count};
    TRY(ledger_repo_list_entries(cx, tx, id_list, &entries));
    TRY(seal_each(cx, tx, transactions, entries));
    TRY(ledger_repo_add_to_balances(cx, tx, id_list));
    TRY(ledger_repo_delete_unsealed(cx, tx, id_list));
    sealing->count = transactions.count;
    return NULL;
}

static struct error *run(struct ctx *cx, const struct job *job)
{
    struct sealing sealing = {0};
    (void)job;
    do {
        struct arena_mark mark = arena_mark(cx->arena);
        TRY(db_transact(cx, TX_WRITE, seal, &sealing));
        arena_rewind(cx->arena, mark);
    } while (sealing.count != 0);
    return NULL;
}

const struct job_type payments_seal_job = {
    .name = "payments.seal",
    .help = "Adds committed ledger transactions to the hash chain",
    .run = run,
    .every_us = US_PER_MINUTE,
};
