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

struct demo_request {
    enum http_method method;
    struct str path;              /* below the client's base */
    struct str body;              /* JSON; absent: none */
    const struct json_type *type; /* of the reply; NULL: any, and not decoded */
};

/* Errors: the problem document's code and detail. */
MUST_USE struct error *demo_call(struct ctx *cx, const struct demo_client *client,
                                 const struct demo_request *request, void *ret_reply);

struct demo_file {
    const char *purpose;
    const char *name;
    const char *media_type;
    struct str bytes;
};

/* tus: creates an upload and sends it in parts; the id is that of a finished upload. */
MUST_USE struct error *demo_upload(struct ctx *cx, const struct demo_client *client,
                                   const struct demo_file *file, struct id *ret_upload_id);

#endif
