/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What happens to an account's products when it is exported or erased. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"

#include "modules/goods/goods_service.h"

enum { MAX_EXPORT_BYTES = 16 << 20, BATCH = 100 };

/* All of an account's products, a batch after the other: newest first. Array of struct product_row. */
static struct error *next_batch(struct ctx *cx, struct id account_id, struct array *rows)
{
    const struct own_filter filter = {
        .owner_id = account_id,
        .status = -1,
        .after = rows->count > 0 ? ARRAY_AT(struct product_row, *rows, rows->count - 1)->id : ID_NONE,
        .limit = BATCH,
    };
    return goods_repo_list_own(cx, &filter, rows);
}

/* --- export --- */

static void put_product(struct json_writer *writer, const struct catalog_item *item,
                        const struct product_row *row)
{
    json_begin_object(writer);
    json_name(writer, STR("id"));
    json_put_id(writer, row->id);
    json_name(writer, STR("title"));
    json_put_text(writer, item->title);
    json_name(writer, STR("slug"));
    json_put_text(writer, item->slug);
    json_name(writer, STR("status"));
    json_put_text(writer, enum_word(&goods_status_words, row->status));
    json_name(writer, STR("description"));
    json_put_text(writer, row->description);
    json_name(writer, STR("specifications"));
    json_put_raw(writer, row->specifications);
    json_name(writer, STR("shipping"));
    json_put_raw(writer, row->shipping);
    json_name(writer, STR("stock"));
    json_put_i64(writer, row->stock);
    json_name(writer, STR("sold"));
    json_put_i64(writer, row->sold);
    json_name(writer, STR("created_at"));
    json_put_instant(writer, item->created_at);
    json_end_object(writer);
}

static struct error *put_batch(struct ctx *cx, struct json_writer *writer, const struct array *rows)
{
    struct array items = {0};
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        ids[i] = ARRAY_AT(struct product_row, *rows, i)->id;
    TRY(catalog_list_items(cx, ids, rows->count, &items));
    for (size_t i = 0, at = 0; i < rows->count && at < items.count; i++) {
        const struct catalog_item *item = ARRAY_AT(struct catalog_item, items, at);
        if (!id_equal(item->id, ids[i])) /* deleted meanwhile */
            continue;
        put_product(writer, item, ARRAY_AT(struct product_row, *rows, i));
        at++;
    }
    return NULL;
}

struct error *goods_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct strbuf out;
    struct json_writer writer;
    struct array rows = {0};
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("products"));
    json_begin_array(&writer);
    do {
        TRY(next_batch(cx, account_id, &rows));
        TRY(put_batch(cx, &writer, &rows));
    } while (rows.count == BATCH && !out.overflow);
    json_end_array(&writer);
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "there are too many products for one document");
    *ret_json = strbuf_str(&out);
    return NULL;
}

/* --- erasure --- */

/* What is being auctioned or was sold stays for its bidders and buyers; it cannot be published again, for nobody owns it. */
static struct error *erase_one(struct ctx *cx, struct tx *tx, struct id id)
{
    struct goods_whole product;
    struct error *error = goods_lock(cx, tx, id, &product);
    if (error_has_code(error, ERROR_NOT_FOUND))
        return NULL;
    if (error != NULL)
        return error;
    if (product_judge_change((enum goods_status)product.row.status, product.row.held) != PRODUCT_OK)
        return NULL;
    return goods_delete_locked(cx, tx, &product);
}

struct error *goods_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    struct array ids = {0};
    TRY(goods_repo_list_ids_of_owner(cx, tx, account_id, &ids));
    for (size_t i = 0; i < ids.count; i++)
        TRY(erase_one(cx, tx, *ARRAY_AT(struct id, ids, i)));
    return NULL;
}
