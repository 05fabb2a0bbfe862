/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The double-entry ledger: balanced postings, a person's money, and the chain that seals what was committed. */
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/payments/payments_service.h"

#define BASIS_POINTS 10000

struct money payments_platform_fee(const struct ctx *cx, struct money price)
{
    return money_share(price, (int)payments_state_of(cx)->settings->platform_fee_bp);
}

/* --- posting --- */

static struct error *open_account(struct ctx *cx, struct tx *tx, const struct ledger_posting *posting,
                                  const struct ledger_line *line, struct ledger_account_row *ret_account)
{
    struct str name =
        ledger_account_name(cx->arena, line->kind, line->owner_id, posting->provider, posting->currency);
    bool is_found = false;
    TRY(ledger_repo_find_account(cx, tx, name, ret_account, &is_found));
    if (is_found)
        return NULL;
    struct new_ledger_account account = {
        .id = crypto_new_id(cx),
        .name = name,
        .kind = line->kind,
        .owner_id = line->owner_id,
        .provider = posting->provider,
        .currency = arena_str(cx->arena, str_cstr(posting->currency.code)),
    };
    TRY(ledger_repo_insert_account(cx, tx, &account));
    TRY(ledger_repo_find_account(cx, tx, name, ret_account, &is_found));
    REQUIRE(is_found);
    return NULL;
}

static struct error *insert_lines(struct ctx *cx, struct tx *tx, const struct ledger_posting *posting,
                                  struct id transaction_id)
{
    int32_t position = 0;
    for (size_t i = 0; i < posting->line_count; i++) {
        const struct ledger_line *line = &posting->lines[i];
        struct ledger_account_row account = {0};
        if (line->minor == 0)
            continue;
        TRY(open_account(cx, tx, posting, line, &account));
        struct ledger_entry_row entry = {
            .id = crypto_new_id(cx),
            .transaction_id = transaction_id,
            .position = position++,
            .account_id = account.id,
            .owner_id = account.owner_id,
            .what = line->what,
            .minor = line->minor,
        };
        TRY(ledger_repo_insert_entry(cx, tx, &entry));
    }
    return NULL;
}

static bool has_lines(const struct ledger_posting *posting)
{
    for (size_t i = 0; i < posting->line_count; i++)
        if (posting->lines[i].minor != 0)
            return true;
    return false;
}

struct error *ledger_post(struct ctx *cx, struct tx *tx, const struct ledger_posting *posting)
{
    struct ledger_transaction_row row = {
        .id = crypto_new_id(cx),
        .reason = posting->reason,
        .reference_id = posting->reference_id,
        .order_id = posting->order_id,
        .currency = arena_str(cx->arena, str_cstr(posting->currency.code)),
        .created_at = clock_now(cx),
    };
    bool is_new = false;
    REQUIRE(ledger_is_balanced(posting->lines, posting->line_count));
    if (!has_lines(posting))
        return NULL;
    TRY(ledger_repo_insert_transaction(cx, tx, &row, &is_new));
    return is_new ? insert_lines(cx, tx, posting, row.id) : NULL;
}

/* --- a person's money --- */

static void add_sum(struct ledger_balance *balance, const struct ledger_sum_row *row)
{
    /* A seller's account is a liability of the platform: what the seller earned is its credit. */
    int64_t earned = -row->minor;
    balance->balance.minor += earned;
    if (str_equal(row->what, STR("sale_gross")))
        balance->sales.minor += earned;
    else if (str_equal(row->what, STR("platform_fee")))
        balance->fees.minor += earned;
    else
        balance->refunds.minor += earned;
}

struct error *ledger_load_balances(struct ctx *cx, struct array *ret_balances)
{
    struct array sums = {0};
    VEC(struct ledger_balance) balances = {0};
    TRY(ledger_repo_sums_of_owner(cx, cx->caller->account_id, &sums));
    for (size_t i = 0; i < sums.count; i++) {
        const struct ledger_sum_row *row = ARRAY_AT(struct ledger_sum_row, sums, i);
        struct currency currency = {{0}};
        bool is_currency = currency_parse(row->currency, &currency);
        REQUIRE(is_currency);
        bool is_same = balances.count != 0 &&
                       currency_equal(balances.items[balances.count - 1].balance.currency, currency);
        struct money zero = {.minor = 0, .currency = currency};
        if (!is_same)
            *VEC_PUSH(cx->arena, &balances) = (struct ledger_balance){zero, zero, zero, zero};
        add_sum(&balances.items[balances.count - 1], row);
    }
    *ret_balances = (struct array){balances.items, balances.count};
    return NULL;
}

struct error *ledger_list_lines(struct ctx *cx, struct id after, int64_t limit, struct array *ret_rows)
{
    return ledger_repo_list_of_owner(cx, cx->caller->account_id, after, limit, ret_rows);
}
