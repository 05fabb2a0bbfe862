/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Money and currencies. */
#include "base/value/money.h"

#include <stdlib.h>

#include "base/mem/arena.h"
#include "base/text/strbuf.h"

#define BASIS_POINTS 10000

__extension__ typedef __int128 wide;

struct currency_row {
    char code[4];
    int8_t decimals;
};

/* ISO 4217 list one as of January 2026, in order, without funds, metals and test codes. */
/* clang-format off */
static const struct currency_row currencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2}, {"AWG", 2},
    {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BHD", 3}, {"BIF", 0}, {"BMD", 2}, {"BND", 2},
    {"BOB", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2}, {"BZD", 2}, {"CAD", 2},
    {"CDF", 2}, {"CHF", 2}, {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"CRC", 2}, {"CUP", 2}, {"CVE", 2},
    {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2},
    {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2},
    {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2}, {"HUF", 2}, {"IDR", 2},
    {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2}, {"JOD", 3}, {"JPY", 0},
    {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3}, {"KYD", 2},
    {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2}, {"LYD", 3}, {"MAD", 2},
    {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2}, {"MRU", 2}, {"MUR", 2},
    {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"NIO", 2},
    {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2}, {"PGK", 2}, {"PHP", 2},
    {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2}, {"RUB", 2}, {"RWF", 0},
    {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2}, {"SHP", 2}, {"SLE", 2},
    {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2}, {"SZL", 2}, {"THB", 2},
    {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2}, {"TWD", 2}, {"TZS", 2},
    {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"UYU", 2}, {"UZS", 2}, {"VED", 2}, {"VES", 2}, {"VND", 0},
    {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XCG", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2},
    {"ZAR", 2}, {"ZMW", 2}, {"ZWG", 2},
};
/* clang-format on */

static int row_compare(const void *code, const void *row)
{
    return memcmp(code, ((const struct currency_row *)row)->code, 3);
}

static const struct currency_row *currency_row(const char code[3])
{
    return bsearch(code, currencies, COUNT_OF(currencies), sizeof(currencies[0]), row_compare);
}

bool currency_parse(struct str text, struct currency *ret)
{
    const struct currency_row *row = text.len == 3 ? currency_row(text.ptr) : NULL;
    if (row == NULL)
        return false;
    memcpy(ret->code, row->code, sizeof(ret->code));
    return true;
}

int currency_decimals(struct currency currency)
{
    const struct currency_row *row = currency_row(currency.code);
    return row != NULL ? row->decimals : 0;
}

bool currency_equal(struct currency a, struct currency b)
{
    return memcmp(a.code, b.code, sizeof(a.code)) == 0;
}

bool money_add(struct money a, struct money b, struct money *ret)
{
    int64_t minor = 0;
    if (!currency_equal(a.currency, b.currency) || __builtin_add_overflow(a.minor, b.minor, &minor))
        return false;
    *ret = (struct money){.minor = minor, .currency = a.currency};
    return true;
}

bool money_subtract(struct money a, struct money b, struct money *ret)
{
    int64_t minor = 0;
    if (!currency_equal(a.currency, b.currency) || __builtin_sub_overflow(a.minor, b.minor, &minor))
        return false;
    *ret = (struct money){.minor = minor, .currency = a.currency};
    return true;
}

struct money money_share(struct money amount, int basis_points)
{
    REQUIRE(amount.minor >= 0 && basis_points >= 0 && basis_points <= BASIS_POINTS);
    wide exact = (wide)amount.minor * basis_points;
    wide rounded = (exact + BASIS_POINTS / 2) / BASIS_POINTS;
    return (struct money){.minor = (int64_t)rounded, .currency = amount.currency};
}

struct str money_str(struct arena *arena, struct money amount)
{
    struct strbuf text;
    strbuf_init(&text, arena, 64);
    uint64_t magnitude = amount.minor < 0 ? 0 - (uint64_t)amount.minor : (uint64_t)amount.minor;
    uint64_t unit = 1;
    int decimals = currency_decimals(amount.currency);
    for (int i = 0; i < decimals; i++)
        unit *= 10;

    strbuf_append(&text, amount.minor < 0 ? STR("-") : STR(""));
    strbuf_append_u64(&text, magnitude / unit);
    if (decimals != 0)
        strbuf_printf(&text, ".%0*u", decimals, (unsigned)(magnitude % unit));
    if (amount.currency.code[0] != '\0')
        strbuf_printf(&text, " %.3s", amount.currency.code);
    return strbuf_str(&text);
}
