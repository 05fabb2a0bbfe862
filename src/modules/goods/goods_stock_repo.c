/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of stock. See goods_repo.h. */
#include "modules/goods/goods_repo.h"
#include "modules/goods/goods_sql.h"

struct state_row {
    int32_t state;
};
/* clang-format off */
static const struct db_column state_columns[] = {DB_COLUMN_I32(struct state_row, state)};
static const struct db_row state_row = DB_ROW(struct state_row, state_columns);

static const struct db_column movement_columns[] = {
    DB_COLUMN_ID(struct movement_row, id),
    DB_COLUMN_I32(struct movement_row, kind),
    DB_COLUMN_I64(struct movement_row, free_delta),
    DB_COLUMN_I64(struct movement_row, held_delta),
    DB_COLUMN_I64(struct movement_row, stock_after),
    DB_NULLABLE_ID(struct movement_row, holder_id),
    DB_NULLABLE_ID(struct movement_row, actor_id),
    DB_COLUMN_TEXT(struct movement_row, note),
    DB_COLUMN_INSTANT(struct movement_row, created_at),
};
static const struct db_row movement_row = DB_ROW(struct movement_row, movement_columns);

/* clang-format on */

struct error *goods_repo_find_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id,
                                   enum hold_state *ret_state)
{
    struct state_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, tx, GOODS_FIND_HOLD(.product_id = product_id, .holder_id = holder_id), &state_row, &row,
                &is_found));
    *ret_state = is_found ? (enum hold_state)row.state : HOLD_NONE;
    return NULL;
}

struct error *goods_repo_put_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id,
                                  enum hold_state state, struct instant now)
{
    return db_exec(
        cx, tx,
        GOODS_PUT_HOLD(.product_id = product_id, .holder_id = holder_id, .state = (int32_t)state, .now = now),
        NULL);
}

struct error *goods_repo_update_stock(struct ctx *cx, struct tx *tx, struct id id,
                                      const struct stock_level *level)
{
    return db_exec(
        cx, tx, GOODS_UPDATE_STOCK(.id = id, .stock = level->stock, .held = level->held, .sold = level->sold),
        NULL);
}

struct error *goods_repo_insert_movement(struct ctx *cx, struct tx *tx, struct id product_id,
                                         const struct movement_row *movement)
{
    return db_exec(cx, tx,
                   GOODS_INSERT_MOVEMENT(.id = movement->id, .product_id = product_id, .kind = movement->kind,
                                         .free_delta = movement->free_delta,
                                         .held_delta = movement->held_delta,
                                         .stock_after = movement->stock_after,
                                         .holder_id = movement->holder_id, .actor_id = movement->actor_id,
                                         .note = movement->note, .now = movement->created_at),
                   NULL);
}

struct error *goods_repo_count_holds(struct ctx *cx, struct tx *tx, struct id product_id, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, tx, GOODS_COUNT_HOLDS(.product_id = product_id), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *goods_repo_list_movements(struct ctx *cx, struct id product_id, struct id after, int64_t limit,
                                        struct array *ret_movements)
{
    return db_list(cx, NULL,
                   GOODS_LIST_MOVEMENTS(.product_id = product_id, .after = after, .limit = limit,
                                        .with = id_is_none(after) ? 0 : GOODS_LIST_MOVEMENTS_WITH_AFTER),
                   &movement_row, ret_movements);
}
