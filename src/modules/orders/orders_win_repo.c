/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of wins, addresses and shipments. See orders_repo.h. */
#include "modules/orders/orders_repo.h"
#include "modules/orders/orders_sql.h"

/* clang-format off */
static const struct db_column win_columns[] = {
    DB_COLUMN_ID(struct order_win_row, order_id),
    DB_COLUMN_ID(struct order_win_row, auction_id),
};
static const struct db_row win_row = DB_ROW(struct order_win_row, win_columns);

static const struct db_column address_columns[] = {
    DB_COLUMN_TEXT(struct order_address, name),
    DB_COLUMN_TEXT(struct order_address, line1),
    DB_COLUMN_TEXT(struct order_address, line2),
    DB_COLUMN_TEXT(struct order_address, city),
    DB_COLUMN_TEXT(struct order_address, region),
    DB_COLUMN_TEXT(struct order_address, postal_code),
    DB_COLUMN_TEXT(struct order_address, country),
    DB_COLUMN_TEXT(struct order_address, phone),
};
static const struct db_row address_row = DB_ROW(struct order_address, address_columns);

static const struct db_column shipment_columns[] = {
    DB_COLUMN_ID(struct order_shipment_row, line_id),
    DB_COLUMN_TEXT(struct order_shipment_row, carrier),
    DB_COLUMN_TEXT(struct order_shipment_row, tracking_number),
    DB_COLUMN_TEXT(struct order_shipment_row, tracking_url),
    DB_COLUMN_INSTANT(struct order_shipment_row, shipped_at),
    DB_NULLABLE_INSTANT(struct order_shipment_row, delivered_at),
    DB_NULLABLE_INSTANT(struct order_shipment_row, completed_at),
};
static const struct db_row shipment_row = DB_ROW(struct order_shipment_row, shipment_columns);
/* clang-format on */

static struct array id_array(struct ctx *cx, const struct id *ids, size_t count)
{
    return (struct array){arena_dup(cx->arena, ids, count * sizeof(*ids)), count};
}

struct error *orders_repo_insert_win(struct ctx *cx, struct tx *tx, struct id order_id, struct id auction_id)
{
    return db_exec(cx, tx, ORDERS_INSERT_WIN(.order_id = order_id, .auction_id = auction_id), NULL);
}

struct error *orders_repo_find_win(struct ctx *cx, struct tx *tx, struct id order_id,
                                   struct id *ret_auction_id, bool *ret_found)
{
    struct order_win_row row = {0};
    TRY(db_find(cx, tx, ORDERS_FIND_WIN(.order_id = order_id), &win_row, &row, ret_found));
    *ret_auction_id = row.auction_id;
    return NULL;
}

struct error *orders_repo_list_wins(struct ctx *cx, const struct id *order_ids, size_t count,
                                    struct array *ret_wins)
{
    return db_list(cx, NULL, ORDERS_LIST_WINS(.order_ids = id_array(cx, order_ids, count)), &win_row,
                   ret_wins);
}

struct error *orders_repo_update_provider(struct ctx *cx, struct tx *tx, struct id order_id, int32_t provider,
                                          struct instant now)
{
    return db_exec(cx, tx, ORDERS_UPDATE_PROVIDER(.id = order_id, .provider = provider, .now = now), NULL);
}

struct error *orders_repo_put_address(struct ctx *cx, struct tx *tx, struct id order_id,
                                      const struct order_address *address, struct instant now)
{
    return db_exec(cx, tx,
                   ORDERS_PUT_ADDRESS(.order_id = order_id, .name = address->name, .line1 = address->line1,
                                      .line2 = address->line2, .city = address->city,
                                      .region = address->region, .postal_code = address->postal_code,
                                      .country = address->country, .phone = address->phone, .now = now),
                   NULL);
}

struct error *orders_repo_find_address(struct ctx *cx, struct tx *tx, struct id order_id,
                                       struct order_address *ret_address, bool *ret_found)
{
    return db_find(cx, tx, ORDERS_FIND_ADDRESS(.order_id = order_id), &address_row, ret_address, ret_found);
}

struct error *orders_repo_delete_addresses(struct ctx *cx, struct tx *tx, struct id buyer_id)
{
    return db_exec(cx, tx, ORDERS_DELETE_ADDRESSES(.buyer_id = buyer_id), NULL);
}

struct error *orders_repo_insert_shipment(struct ctx *cx, struct tx *tx,
                                          const struct order_shipment_row *shipment)
{
    return db_exec(cx, tx,
                   ORDERS_INSERT_SHIPMENT(.line_id = shipment->line_id, .carrier = shipment->carrier,
                                          .tracking_number = shipment->tracking_number,
                                          .tracking_url = shipment->tracking_url,
                                          .now = shipment->shipped_at),
                   NULL);
}

struct error *orders_repo_update_shipment(struct ctx *cx, struct tx *tx,
                                          const struct order_shipment_row *shipment)
{
    return db_exec(cx, tx,
                   ORDERS_UPDATE_SHIPMENT(.line_id = shipment->line_id,
                                          .delivered_at = shipment->delivered_at,
                                          .completed_at = shipment->completed_at),
                   NULL);
}

struct error *orders_repo_list_shipments(struct ctx *cx, struct tx *tx, const struct id *line_ids,
                                         size_t count, struct array *ret_shipments)
{
    return db_list(cx, tx, ORDERS_LIST_SHIPMENTS(.line_ids = id_array(cx, line_ids, count)), &shipment_row,
                   ret_shipments);
}
