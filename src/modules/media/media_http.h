/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for media_module.c. */
#ifndef MODULES_MEDIA_MEDIA_HTTP_H
#define MODULES_MEDIA_MEDIA_HTTP_H

#include "platform/http/route.h"

enum { MEDIA_ROUTES = 8 };
extern const struct route media_routes[MEDIA_ROUTES];

/* In media_file_http.c. */
extern const struct json_type media_file_path, media_file_query, media_image_path;
struct error *media_send_file(struct ctx *cx, struct call *call);
struct error *media_send_image(struct ctx *cx, struct call *call);

#endif
