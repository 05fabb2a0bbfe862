/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What `lathe check` asks of payments and ledger. */
#include "base/text/encode.h"

#include "platform/clock/clock.h"

#include "modules/payments/payments_seal_service.h"
#include "modules/payments/payments_service.h"

/* Carrying out takes seconds; a provider that is away for longer than this is worth a look. */
static const int64_t stuck_us = US_PER_HOUR;

static void add_id(struct ctx *cx, struct strbuf *findings, const char *what, struct id id)
{
    strbuf_printf(findings, "  %s %" STR_FMT, what, STR_ARG(id_str(cx->arena, id)));
}

static struct error *check_balanced(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(ledger_repo_list_unbalanced(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct ledger_finding_row *row = ARRAY_AT(struct ledger_finding_row, rows, i);
        add_id(cx, findings, "transaction", row->id);
        strbuf_printf(findings, " (%" STR_FMT ") has %lld lines that sum to %lld\n", STR_ARG(row->reason),
                      (long long)row->entries, (long long)row->minor);
    }
    return NULL;
}

static struct error *check_placed(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(ledger_repo_list_misplaced(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct ledger_finding_row *row = ARRAY_AT(struct ledger_finding_row, rows, i);
        add_id(cx, findings, "transaction", row->id);
        strbuf_printf(findings, " (%" STR_FMT ") has a line in an account of another currency or owner\n",
                      STR_ARG(row->reason));
    }
    return NULL;
}

static struct error *check_kept_balances(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(ledger_repo_list_wrong_balances(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct ledger_surplus_row *row = ARRAY_AT(struct ledger_surplus_row, rows, i);
        add_id(cx, findings, "account", row->owner_id);
        strbuf_printf(findings,
                      ": the balance of %" STR_FMT " in %" STR_FMT " differs by %lld from its lines\n",
                      STR_ARG(row->what), STR_ARG(row->currency), (long long)row->minor);
    }
    return NULL;
}

static void add_differences(struct ctx *cx, struct strbuf *findings, struct array rows)
{
    for (size_t i = 0; i < rows.count; i++) {
        const struct ledger_difference_row *row = ARRAY_AT(struct ledger_difference_row, rows, i);
        add_id(cx, findings, "order", row->order_id);
        strbuf_printf(findings, ": the payment holds %lld, the ledger's provider account %lld\n",
                      (long long)row->expected, (long long)row->found);
    }
}

static struct error *check_providers(struct ctx *cx, struct strbuf *findings)
{
    struct array differences = {0}, orphans = {0};
    TRY(ledger_repo_list_provider_differences(cx, &differences));
    TRY(ledger_repo_list_orphan_postings(cx, &orphans));
    add_differences(cx, findings, differences);
    add_differences(cx, findings, orphans);
    return NULL;
}

static struct error *check_finished(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(payments_repo_list_unfinished(cx, instant_add_us(clock_now(cx), -stuck_us), &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct payment_row *row = ARRAY_AT(struct payment_row, rows, i);
        add_id(cx, findings, "order", row->order_id);
        strbuf_printf(findings, ": decided to %s over an hour ago, and the provider has not done it\n",
                      row->decision == PAYMENTS_CAPTURE ? "capture" : "void");
    }
    return NULL;
}

static bool is_whole(const struct ledger_seal_row *seal, struct array entries, uint8_t hash[SHA256_BYTES])
{
    struct ledger_transaction_row row = {seal->id,       seal->reason,   seal->reference_id,
                                         seal->order_id, seal->currency, seal->created_at};
    size_t count = 0;
    const struct ledger_sealed_entry_row *lines = ledger_entries_of(entries, seal->id, &count);
    uint8_t before[SHA256_BYTES];
    memcpy(before, hash, sizeof(before));
    ledger_hash(&row, lines, count, before, hash);
    return str_equal(seal->hash, str_from((const char *)hash, SHA256_BYTES));
}

static struct error *check_batch(struct ctx *cx, struct strbuf *findings, struct array seals,
                                 uint8_t hash[SHA256_BYTES])
{
    struct array entries = {0};
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, seals.count);
    for (size_t i = 0; i < seals.count; i++)
        ids[i] = ARRAY_AT(struct ledger_seal_row, seals, i)->id;
    TRY(ledger_repo_list_entries(cx, NULL, (struct array){ids, seals.count}, &entries));
    for (size_t i = 0; i < seals.count; i++) {
        const struct ledger_seal_row *seal = ARRAY_AT(struct ledger_seal_row, seals, i);
        if (is_whole(seal, entries, hash))
            continue;
        add_id(cx, findings, "transaction", seal->id);
        strbuf_printf(findings, " does not fit the chain at %lld\n", (long long)seal->sequence);
        if (seal->hash.len == SHA256_BYTES)
            memcpy(hash, seal->hash.ptr, SHA256_BYTES); /* go on from there, so that one break is one line */
    }
    return NULL;
}

static struct error *check_chain(struct ctx *cx, struct strbuf *findings)
{
    uint8_t hash[SHA256_BYTES] = {0};
    int64_t after = 0;
    for (;;) {
        struct array seals = {0};
        struct arena_mark mark = arena_mark(cx->arena);
        TRY(ledger_repo_list_seals(cx, after, &seals));
        if (seals.count == 0)
            return NULL;
        size_t found = findings->len;
        const struct ledger_seal_row *last = ARRAY_AT(struct ledger_seal_row, seals, seals.count - 1);
        if (last->sequence != after + (int64_t)seals.count)
            strbuf_printf(findings, "  the chain has a gap after %lld\n", (long long)after);
        after = last->sequence;
        TRY(check_batch(cx, findings, seals, hash));
        if (findings->len == found) /* what was found lives in the same arena */
            arena_rewind(cx->arena, mark);
    }
}

const struct module_check payments_checks[] = {
    {"payments.ledger_balances", "every ledger transaction sums to zero", check_balanced},
    {"payments.ledger_places", "every ledger line is in an account of its currency and owner", check_placed},
    {"payments.ledger_kept_balances", "every kept balance is the sum of its sealed lines",
     check_kept_balances},
    {"payments.ledger_providers", "what providers hold by the ledger is what the payments say",
     check_providers},
    {"payments.ledger_chain", "the hash chain over the ledger is whole", check_chain},
    {"payments.finished", "every decided payment was carried out", check_finished},
    {NULL, NULL, NULL},
};
