/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: the route table, and what its two HTTP files share. */
#ifndef MODULES_GOODS_GOODS_HTTP_H
#define MODULES_GOODS_GOODS_HTTP_H

#include "platform/http/route.h"

#include "modules/goods/goods_service.h"

enum { GOODS_ROUTES = 22 };
extern const struct route goods_routes[GOODS_ROUTES];

struct goods_path {
    struct str key;
};
extern const struct json_type product_path, category_path;
struct error *goods_check_match(struct ctx *cx, void *call, struct id id, int64_t version);

/* --- categories (goods_category_http.c) --- */

extern const struct json_type category_view_type, category_list_type, category_body, category_patch_body,
    category_move_body, category_bulk_body;
struct error *category_list(struct ctx *cx, struct call *call);
struct error *category_read(struct ctx *cx, struct call *call);
struct error *category_create(struct ctx *cx, struct call *call);
struct error *category_render(struct ctx *cx, struct call *call, struct id result_id);
struct error *category_patch(struct ctx *cx, struct call *call);
struct error *category_move(struct ctx *cx, struct call *call);
struct error *category_bulk(struct ctx *cx, struct call *call);
struct error *category_delete(struct ctx *cx, struct call *call);

#endif
