/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of orders. See orders_repo.h. */
#include "modules/orders/orders_repo.h"

#include "modules/orders/orders_sql.h"

/* clang-format off */
static const struct db_column order_columns[] = {
    DB_COLUMN_ID(struct order_row, id),
    DB_COLUMN_ID(struct order_row, buyer_id),
    DB_COLUMN_TEXT(struct order_row, buyer_name),
    DB_COLUMN_I32(struct order_row, status),
    DB_COLUMN_TEXT(struct order_row, currency),
    DB_COLUMN_I64(struct order_row, total_minor),
    DB_COLUMN_I32(struct order_row, provider),
    DB_COLUMN_INSTANT(struct order_row, terms_accepted_at),
    DB_COLUMN_TEXT(struct order_row, failure_code),
    DB_COLUMN_TEXT(struct order_row, failure_detail),
    DB_COLUMN_INSTANT(struct order_row, expires_at),
    DB_NULLABLE_INSTANT(struct order_row, paid_at),
    DB_COLUMN_INSTANT(struct order_row, created_at),
    DB_COLUMN_I64(struct order_row, version),
};
static const struct db_row order_row = DB_ROW(struct order_row, order_columns);

static const struct db_column line_columns[] = {
    DB_COLUMN_ID(struct order_line_row, id),
    DB_COLUMN_ID(struct order_line_row, order_id),
    DB_COLUMN_I32(struct order_line_row, position),
    DB_COLUMN_I32(struct order_line_row, kind),
    DB_COLUMN_I32(struct order_line_row, status),
    DB_COLUMN_ID(struct order_line_row, seller_id),
    DB_COLUMN_TEXT(struct order_line_row, seller_name),
    DB_COLUMN_ID(struct order_line_row, spec_id),
    DB_COLUMN_ID(struct order_line_row, option_id),
    DB_COLUMN_I32(struct order_line_row, license_type),
    DB_COLUMN_TEXT(struct order_line_row, title),
    DB_COLUMN_TEXT(struct order_line_row, option_name),
    DB_COLUMN_TEXT(struct order_line_row, features),
    DB_COLUMN_TEXT(struct order_line_row, file_types),
    DB_COLUMN_TEXT(struct order_line_row, terms),
    DB_COLUMN_I64(struct order_line_row, price_minor),
    DB_COLUMN_I64(struct order_line_row, fee_minor),
    DB_COLUMN_I64(struct order_line_row, refunded_minor),
    DB_COLUMN_I64(struct order_line_row, fee_refunded_minor),
    DB_NULLABLE_ID(struct order_line_row, license_id),
    DB_NULLABLE_ID(struct order_line_row, refund_id),
    DB_NULLABLE_INSTANT(struct order_line_row, paid_at),
    DB_NULLABLE_INSTANT(struct order_line_row, refunded_at),
    DB_COLUMN_I64(struct order_line_row, version),
};
static const struct db_row line_row = DB_ROW(struct order_line_row, line_columns);

static const struct db_column sale_columns[] = {
    DB_COLUMN_ID(struct sale_row, id),
    DB_COLUMN_ID(struct sale_row, order_id),
    DB_COLUMN_I32(struct sale_row, kind),
    DB_COLUMN_I32(struct sale_row, status),
    DB_COLUMN_ID(struct sale_row, spec_id),
    DB_COLUMN_I32(struct sale_row, license_type),
    DB_COLUMN_TEXT(struct sale_row, title),
    DB_COLUMN_TEXT(struct sale_row, option_name),
    DB_COLUMN_I64(struct sale_row, price_minor),
    DB_COLUMN_I64(struct sale_row, fee_minor),
    DB_COLUMN_I64(struct sale_row, refunded_minor),
    DB_COLUMN_I64(struct sale_row, fee_refunded_minor),
    DB_NULLABLE_ID(struct sale_row, license_id),
    DB_NULLABLE_INSTANT(struct sale_row, paid_at),
    DB_NULLABLE_INSTANT(struct sale_row, refunded_at),
    DB_COLUMN_ID(struct sale_row, buyer_id),
    DB_COLUMN_TEXT(struct sale_row, buyer_name),
    DB_COLUMN_TEXT(struct sale_row, currency),
};
static const struct db_row sale_row = DB_ROW(struct sale_row, sale_columns);

static const struct db_column finding_columns[] = {
    DB_COLUMN_ID(struct order_finding_row, id),
    DB_COLUMN_ID(struct order_finding_row, order_id),
    DB_COLUMN_I32(struct order_finding_row, status),
    DB_COLUMN_I32(struct order_finding_row, order_status),
    DB_NULLABLE_ID(struct order_finding_row, license_id),
};
static const struct db_row finding_row = DB_ROW(struct order_finding_row, finding_columns);

static const struct db_column total_columns[] = {
    DB_COLUMN_ID(struct order_total_row, id),
    DB_COLUMN_I64(struct order_total_row, total_minor),
    DB_COLUMN_I64(struct order_total_row, sum_minor),
};
static const struct db_row total_row = DB_ROW(struct order_total_row, total_columns);

/* clang-format on */

struct error *orders_repo_insert(struct ctx *cx, struct tx *tx, const struct order_row *order)
{
    return db_exec(cx, tx,
                   ORDERS_INSERT_ORDER(.id = order->id, .buyer_id = order->buyer_id,
                                       .buyer_name = order->buyer_name, .currency = order->currency,
                                       .total_minor = order->total_minor, .provider = order->provider,
                                       .expires_at = order->expires_at, .now = order->created_at),
                   NULL);
}

struct error *orders_repo_insert_line(struct ctx *cx, struct tx *tx, const struct order_line_row *line)
{
    return db_exec(cx, tx,
                   ORDERS_INSERT_LINE(.id = line->id, .order_id = line->order_id, .position = line->position,
                                      .kind = line->kind, .seller_id = line->seller_id,
                                      .seller_name = line->seller_name, .spec_id = line->spec_id,
                                      .option_id = line->option_id, .license_type = line->license_type,
                                      .title = line->title, .option_name = line->option_name,
                                      .features = line->features, .file_types = line->file_types,
                                      .terms = line->terms, .price_minor = line->price_minor),
                   NULL);
}

struct error *orders_repo_find(struct ctx *cx, struct tx *tx, struct id id, struct order_row *ret_order,
                               bool *ret_found)
{
    return db_find(cx, tx, ORDERS_FIND_ORDER(.id = id), &order_row, ret_order, ret_found);
}

struct error *orders_repo_lock(struct ctx *cx, struct tx *tx, struct id id, struct order_row *ret_order,
                               bool *ret_found)
{
    return db_find(cx, tx, ORDERS_LOCK_ORDER(.id = id), &order_row, ret_order, ret_found);
}

struct error *orders_repo_list(struct ctx *cx, const struct order_filter *filter, struct array *ret_orders)
{
    uint32_t with = (filter->status >= 0 ? ORDERS_LIST_ORDERS_WITH_STATUS : 0U) |
                    (id_is_none(filter->after) ? 0U : ORDERS_LIST_ORDERS_WITH_AFTER);
    return db_list(cx, NULL,
                   ORDERS_LIST_ORDERS(.buyer_id = filter->person_id, .status = filter->status,
                                      .after = filter->after, .limit = filter->limit,
                                      .offset = filter->offset, .with = with),
                   &order_row, ret_orders);
}

struct error *orders_repo_count(struct ctx *cx, const struct order_filter *filter, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, NULL,
                ORDERS_COUNT_ORDERS(.buyer_id = filter->person_id, .status = filter->status,
                                    .with = filter->status >= 0 ? ORDERS_COUNT_ORDERS_WITH_STATUS : 0U),
                &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *orders_repo_list_lines(struct ctx *cx, struct tx *tx, const struct id *order_ids, size_t count,
                                     struct array *ret_lines)
{
    struct array ids = {arena_dup(cx->arena, order_ids, count * sizeof(*order_ids)), count};
    return db_list(cx, tx, ORDERS_LIST_LINES(.order_ids = ids), &line_row, ret_lines);
}

struct error *orders_repo_list_sales(struct ctx *cx, const struct order_filter *filter,
                                     struct array *ret_sales)
{
    return db_list(cx, NULL,
                   ORDERS_LIST_SALES(.seller_id = filter->person_id, .after = filter->after,
                                     .limit = filter->limit, .offset = filter->offset,
                                     .with = id_is_none(filter->after) ? 0U : ORDERS_LIST_SALES_WITH_AFTER),
                   &sale_row, ret_sales);
}

struct error *orders_repo_count_sales(struct ctx *cx, struct id seller_id, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, NULL, ORDERS_COUNT_SALES(.seller_id = seller_id), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *orders_repo_update(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                 struct instant now)
{
    return db_exec(
        cx, tx,
        ORDERS_UPDATE_ORDER(.id = order->id, .status = order->status, .failure_code = order->failure_code,
                            .failure_detail = order->failure_detail, .paid_at = order->paid_at, .now = now),
        NULL);
}

struct error *orders_repo_update_line(struct ctx *cx, struct tx *tx, const struct order_line_row *line)
{
    return db_exec(cx, tx,
                   ORDERS_UPDATE_LINE(.id = line->id, .status = line->status, .fee_minor = line->fee_minor,
                                      .refunded_minor = line->refunded_minor,
                                      .fee_refunded_minor = line->fee_refunded_minor,
                                      .license_id = line->license_id, .refund_id = line->refund_id,
                                      .paid_at = line->paid_at, .refunded_at = line->refunded_at),
                   NULL);
}

struct error *orders_repo_list_expired(struct ctx *cx, struct instant now, struct array *ret_ids)
{
    return db_list(cx, NULL, ORDERS_LIST_EXPIRED(.now = now), &db_id_row, ret_ids);
}

struct error *orders_repo_list_incomplete_lines(struct ctx *cx, struct array *ret_lines)
{
    return db_list(cx, NULL, ORDERS_LIST_INCOMPLETE_LINES(), &finding_row, ret_lines);
}

struct error *orders_repo_list_paid_lines(struct ctx *cx, struct id after, struct array *ret_lines)
{
    return db_list(cx, NULL, ORDERS_LIST_PAID_LINES(.after = after), &finding_row, ret_lines);
}

struct error *orders_repo_list_wrong_totals(struct ctx *cx, struct array *ret_orders)
{
    return db_list(cx, NULL, ORDERS_LIST_WRONG_TOTALS(), &total_row, ret_orders);
}
