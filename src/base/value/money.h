/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Money: minor units and an ISO 4217 currency. No floating point anywhere; arithmetic is checked and
 * refuses to mix currencies. */
#ifndef BASE_VALUE_MONEY_H
#define BASE_VALUE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

struct arena;

struct currency {
    char code[4]; /* three capitals and a NUL; all zero: none */
};

struct money {
    int64_t minor;
    struct currency currency;
};

/* Active ISO 4217 codes, capitals only, with their number of decimals (0, 2 or 3). No currency has 0. */
MUST_USE bool currency_parse(struct str text, struct currency *ret);
int currency_decimals(struct currency currency);
bool currency_equal(struct currency a, struct currency b);

/* False on overflow or different currencies. */
MUST_USE bool money_add(struct money a, struct money b, struct money *ret);
MUST_USE bool money_subtract(struct money a, struct money b, struct money *ret);

/* A share in basis points (1/10000), rounded half up towards the fee taker; exact in 128 bits.
 * minor >= 0, 0 <= basis_points <= 10000. */
struct money money_share(struct money amount, int basis_points);

/* "29.99 USD", "2999 JPY", "-0.05 EUR". */
struct str money_str(struct arena *arena, struct money amount);

#endif
