/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What `lathe check` asks of goods. */
#include "modules/goods/goods_service.h"

static struct error *check_stock(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(goods_repo_list_wrong_stocks(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct stock_finding_row *row = ARRAY_AT(struct stock_finding_row, rows, i);
        strbuf_printf(findings,
                      "  product %" STR_FMT
                      " says %lld free and %lld held, its movements %lld and %lld, and %lld "
                      "hold a piece\n",
                      STR_ARG(id_str(cx->arena, row->id)), (long long)row->stock, (long long)row->held,
                      (long long)row->moved_free, (long long)row->moved_held, (long long)row->holders);
    }
    return NULL;
}

static struct error *check_counts(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(goods_repo_list_wrong_counts(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct count_finding_row *row = ARRAY_AT(struct count_finding_row, rows, i);
        strbuf_printf(findings,
                      "  category %" STR_FMT " says %lld products, %lld active: there are %lld and %lld\n",
                      STR_ARG(id_str(cx->arena, row->id)), (long long)row->product_count,
                      (long long)row->active_count, (long long)row->products, (long long)row->active);
    }
    return NULL;
}

const struct module_check goods_checks[] = {
    {"goods.stock",
     "a product's free and held pieces are the sums of its movements, and each held piece has a holder",
     check_stock},
    {"goods.categories", "a category's counts are those of its products", check_counts},
    {NULL, NULL, NULL},
};
