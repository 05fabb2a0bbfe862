/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: what its HTTP files share. Descriptors are in catalog_view_http.c, the route table in catalog_http.c. */
#ifndef MODULES_CATALOG_CATALOG_HTTP_H
#define MODULES_CATALOG_CATALOG_HTTP_H

#include "platform/http/route.h"

#include "modules/catalog/catalog_service.h"

enum { CATALOG_ROUTES = 24 };
extern const struct route catalog_routes[CATALOG_ROUTES];

/* {key}: an id, a short code or a slug; {slot}: master, stems, cover. */
struct spec_path {
    struct str key;
};
struct asset_path {
    struct str key;
    int32_t slot;
};
extern const struct json_type spec_path, asset_path;

/* Views. */
extern const struct json_type spec_view_type, track_view_type, spec_page_type, track_page_type;

/* Bodies and queries. */
struct asset_body {
    struct id upload_id;
};
struct reason_body {
    struct str reason;
};
extern const struct json_type spec_create_body, license_set_body, asset_body, reason_body, spec_list_query,
    user_list_query, own_list_query;

/* Handlers (catalog_spec_http.c). */
struct error *spec_create(struct ctx *cx, struct call *call);
struct error *spec_render(struct ctx *cx, struct call *call, struct id result_id);
struct error *spec_read(struct ctx *cx, struct call *call);
struct error *track_read(struct ctx *cx, struct call *call);
struct error *spec_patch(struct ctx *cx, struct call *call);
struct error *spec_delete(struct ctx *cx, struct call *call);
struct error *spec_put_licenses(struct ctx *cx, struct call *call);
struct error *spec_publish(struct ctx *cx, struct call *call);
struct error *spec_unpublish(struct ctx *cx, struct call *call);
struct error *spec_put_asset(struct ctx *cx, struct call *call);
struct error *spec_read_processing(struct ctx *cx, struct call *call);
struct error *spec_follow_processing(struct ctx *cx, struct call *call);
struct error *spec_download_free(struct ctx *cx, struct call *call);
extern const struct json_type free_download_type;

/* Handlers (catalog_list_http.c). */
struct error *spec_list(struct ctx *cx, struct call *call);
struct error *track_list(struct ctx *cx, struct call *call);
struct error *spec_list_of_user(struct ctx *cx, struct call *call);
struct error *spec_list_own(struct ctx *cx, struct call *call);
struct error *genre_list(struct ctx *cx, struct call *call);
struct error *mood_list(struct ctx *cx, struct call *call);
struct error *instrument_list(struct ctx *cx, struct call *call);
struct error *key_list(struct ctx *cx, struct call *call);
struct error *spec_report(struct ctx *cx, struct call *call);
struct error *report_list(struct ctx *cx, struct call *call);
struct error *item_take_down(struct ctx *cx, struct call *call);
struct error *item_restore(struct ctx *cx, struct call *call);
struct user_path {
    struct str user;
};
extern const struct json_type user_specs_path, genre_list_type, word_list_type, report_list_query,
    report_page_type;

#endif
