/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What an account may take along of its orders. They are kept for the books when it is deleted. */
#include "base/json/json_write.h"

#include "modules/orders/orders_service.h"

enum { MAX_EXPORT_BYTES = 16 << 20, EXPORT_BATCH = 100 };

static void put_line(struct json_writer *writer, const struct order_row *order,
                     const struct order_line_row *line)
{
    json_begin_object(writer);
    json_name(writer, STR("title"));
    json_put_text(writer, line->title);
    json_name(writer, STR("option"));
    json_put_text(writer, line->option_name);
    json_name(writer, STR("seller"));
    json_put_text(writer, line->seller_name);
    json_name(writer, STR("price"));
    json_put_money(writer, orders_money(order->currency, line->price_minor));
    json_name(writer, STR("status"));
    json_put_text(writer, enum_word(&orders_status_words, line->status));
    json_end_object(writer);
}

/* Where it was sent, as the buyer said. */
static struct error *put_address(struct ctx *cx, struct json_writer *writer, struct id order_id)
{
    struct order_address address;
    bool is_found = false;
    TRY(orders_repo_find_address(cx, NULL, order_id, &address, &is_found));
    if (!is_found)
        return NULL;
    json_name(writer, STR("address"));
    json_put_object(writer, &order_address_type, &address);
    return NULL;
}

static struct error *put_order(struct ctx *cx, struct json_writer *writer, const struct order_row *order)
{
    struct array lines = {0};
    TRY(orders_load_lines(cx, NULL, order->id, &lines));
    json_begin_object(writer);
    json_name(writer, STR("id"));
    json_put_id(writer, order->id);
    json_name(writer, STR("status"));
    json_put_text(writer, enum_word(&orders_status_words, order->status));
    json_name(writer, STR("created_at"));
    json_put_instant(writer, order->created_at);
    json_name(writer, STR("total"));
    json_put_money(writer, orders_money(order->currency, order->total_minor));
    TRY(put_address(cx, writer, order->id));
    json_name(writer, STR("lines"));
    json_begin_array(writer);
    for (size_t i = 0; i < lines.count; i++)
        put_line(writer, order, ARRAY_AT(struct order_line_row, lines, i));
    json_end_array(writer);
    json_end_object(writer);
    return NULL;
}

struct error *orders_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct order_filter filter = {.person_id = account_id, .status = -1, .limit = EXPORT_BATCH};
    struct array orders = {0};
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    do {
        TRY(orders_repo_list(cx, &filter, &orders));
        for (size_t i = 0; i < orders.count; i++) {
            const struct order_row *order = ARRAY_AT(struct order_row, orders, i);
            TRY(put_order(cx, &writer, order));
            filter.after = order->id;
        }
    } while (orders.count == EXPORT_BATCH && !out.overflow);
    json_end_array(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "too many orders for one export");
    *ret_json = strbuf_str(&out);
    return NULL;
}

struct error *orders_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return orders_repo_delete_addresses(cx, tx, account_id);
}
