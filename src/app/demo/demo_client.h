/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A client of the program's own API, for `lathe demo`: what it makes goes the way of everybody's requests. */
#ifndef APP_DEMO_CLIENT_H
#define APP_DEMO_CLIENT_H

#include "base/json/json_type.h"

#include "platform/ctx/ctx.h"
#include "platform/http/http.h"

struct demo_client {
    struct str base;  /* "http://127.0.0.1:12345/api/v1" */
    struct str token; /* absent: anonymous */
};

/* Sends JSON (absent: no body) and decodes the reply (NULL: any). Errors: the problem document's code and detail. */
MUST_USE struct error *demo_call(struct ctx *cx, const struct demo_client *client, enum http_method method,
                                 struct str path, struct str body, const struct json_type *type,
                                 void *ret_reply);

/* tus: creates an upload and sends it in parts; the id is that of a finished upload. */
MUST_USE struct error *demo_upload(struct ctx *cx, const struct demo_client *client, const char *purpose,
                                   const char *file_name, const char *media_type, struct str bytes,
                                   struct id *ret_upload_id);

#endif
