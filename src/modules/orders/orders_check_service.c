/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What `lathe check` asks of orders. */
#include "modules/orders/orders_service.h"

static struct error *check_lines(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(orders_repo_list_incomplete_lines(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct order_finding_row *row = ARRAY_AT(struct order_finding_row, rows, i);
        strbuf_printf(findings, "  line %" STR_FMT " is %s%s in an order that is %s\n",
                      STR_ARG(id_str(cx->arena, row->id)), orders_status_words.words[row->status],
                      id_is_none(row->license_id) ? " without a licence" : "",
                      orders_status_words.words[row->order_status]);
    }
    return NULL;
}

static struct error *check_line(struct ctx *cx, const struct order_finding_row *row, struct strbuf *findings)
{
    int64_t licenses = 0, entitlements = 0;
    TRY(licensing_count_for_line(cx, row->id, &licenses, &entitlements));
    if (licenses != 1 || entitlements != 1)
        strbuf_printf(findings, "  line %" STR_FMT " was paid and has %lld licences, %lld entitlements\n",
                      STR_ARG(id_str(cx->arena, row->id)), (long long)licenses, (long long)entitlements);
    return NULL;
}

static struct error *check_licenses(struct ctx *cx, struct strbuf *findings)
{
    struct id after = ID_NONE;
    for (;;) {
        struct array rows = {0};
        TRY(orders_repo_list_paid_lines(cx, after, &rows));
        if (rows.count == 0)
            return NULL;
        for (size_t i = 0; i < rows.count; i++)
            TRY(check_line(cx, ARRAY_AT(struct order_finding_row, rows, i), findings));
        after = ARRAY_AT(struct order_finding_row, rows, rows.count - 1)->id;
    }
}

static struct error *check_totals(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(orders_repo_list_wrong_totals(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct order_total_row *row = ARRAY_AT(struct order_total_row, rows, i);
        strbuf_printf(findings, "  order %" STR_FMT " says %lld, its lines %lld\n",
                      STR_ARG(id_str(cx->arena, row->id)), (long long)row->total_minor,
                      (long long)row->sum_minor);
    }
    return NULL;
}

const struct module_check orders_checks[] = {
    {"orders.lines", "an order and its lines say the same, and what was paid has its licence", check_lines},
    {"orders.licenses", "every line that was paid has one licence and one entitlement", check_licenses},
    {"orders.totals", "an order's total is the sum of its lines", check_totals},
    {NULL, NULL, NULL},
};
