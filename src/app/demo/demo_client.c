/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The API from inside. See demo_client.h. */
#include "app/demo/demo_client.h"

#include "base/data/vec.h"
#include "base/json/json_read.h"
#include "base/text/encode.h"

#include "platform/http/client.h"

enum { PART_BYTES = 4 << 20 };

struct headers {
    VEC(struct http_pair) list;
};

static void add_header(struct ctx *cx, struct headers *headers, struct str name, struct str value)
{
    *VEC_PUSH(cx->arena, &headers->list) = (struct http_pair){name, value};
}

static void add_token(struct ctx *cx, struct headers *headers, const struct demo_client *client)
{
    if (!str_is_empty(client->token))
        add_header(cx, headers, STR("Authorization"),
                   arena_printf(cx->arena, "Bearer %" STR_FMT, STR_ARG(client->token)));
}

static struct error *send(struct ctx *cx, enum http_method method, struct str url,
                          const struct headers *headers, struct str body, struct http_client_reply *ret_reply)
{
    struct http_client_request request = {
        .method = method,
        .url = url,
        .headers = headers->list.items,
        .header_count = headers->list.count,
        .body = body,
        .timeout_us = US_PER_MINUTE,
    };
    TRY(http_client_call(cx, &request, ret_reply));
    if (ret_reply->status < 400)
        return NULL;
    return ERROR_CODE(cx, INTERNAL, "%" STR_FMT " answered %d: %" STR_FMT, STR_ARG(url), ret_reply->status,
                      STR_ARG(ret_reply->body));
}

struct error *demo_call(struct ctx *cx, const struct demo_client *client, const struct demo_request *request,
                        void *ret_reply)
{
    struct headers headers = {0};
    struct http_client_reply reply = {0};
    add_token(cx, &headers, client);
    if (request->body.ptr != NULL)
        add_header(cx, &headers, STR("Content-Type"), STR("application/json"));
    struct str url =
        arena_printf(cx->arena, "%" STR_FMT "%" STR_FMT, STR_ARG(client->base), STR_ARG(request->path));
    TRY(send(cx, request->method, url, &headers, request->body, &reply));
    return request->type != NULL ? json_decode(cx->arena, request->type, reply.body, ret_reply) : NULL;
}

static struct str find_header(const struct http_client_reply *reply, struct str name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal(reply->headers[i].name, name))
            return reply->headers[i].value;
    return STR_NONE;
}

static struct str metadata_pair(struct ctx *cx, const char *name, const char *value)
{
    return arena_printf(cx->arena, "%s %" STR_FMT, name,
                        STR_ARG(base64_encode(cx->arena, value, strlen(value))));
}

static struct error *create_upload(struct ctx *cx, const struct demo_client *client,
                                   const struct demo_file *file, struct id *ret_upload_id)
{
    struct headers headers = {0};
    struct http_client_reply reply = {0};
    add_token(cx, &headers, client);
    add_header(cx, &headers, STR("Tus-Resumable"), STR("1.0.0"));
    add_header(cx, &headers, STR("Upload-Length"), arena_printf(cx->arena, "%zu", file->bytes.len));
    add_header(cx, &headers, STR("Upload-Metadata"),
               arena_printf(cx->arena, "%" STR_FMT ",%" STR_FMT ",%" STR_FMT,
                            STR_ARG(metadata_pair(cx, "filename", file->name)),
                            STR_ARG(metadata_pair(cx, "filetype", file->media_type)),
                            STR_ARG(metadata_pair(cx, "purpose", file->purpose))));
    struct str url = arena_printf(cx->arena, "%" STR_FMT "/uploads", STR_ARG(client->base));
    TRY(send(cx, HTTP_POST, url, &headers, STR(""), &reply));
    struct str location = find_header(&reply, STR("location"));
    struct str id_text =
        str_slice(location, location.len >= ID_CHARS ? location.len - ID_CHARS : 0, ID_CHARS);
    return id_parse(id_text, ret_upload_id)
               ? NULL
               : ERROR_CODE(cx, INTERNAL, "the upload has no id in its Location");
}

static struct error *send_part(struct ctx *cx, const struct demo_client *client, struct id upload_id,
                               size_t offset, struct str part)
{
    struct headers headers = {0};
    struct http_client_reply reply = {0};
    add_token(cx, &headers, client);
    add_header(cx, &headers, STR("Tus-Resumable"), STR("1.0.0"));
    add_header(cx, &headers, STR("Content-Type"), STR("application/offset+octet-stream"));
    add_header(cx, &headers, STR("Upload-Offset"), arena_printf(cx->arena, "%zu", offset));
    struct str url = arena_printf(cx->arena, "%" STR_FMT "/uploads/%" STR_FMT, STR_ARG(client->base),
                                  STR_ARG(id_str(cx->arena, upload_id)));
    return send(cx, HTTP_PATCH, url, &headers, part, &reply);
}

struct error *demo_upload(struct ctx *cx, const struct demo_client *client, const struct demo_file *file,
                          struct id *ret_upload_id)
{
    TRY(create_upload(cx, client, file, ret_upload_id));
    for (size_t offset = 0; offset < file->bytes.len; offset += PART_BYTES)
        TRY(send_part(cx, client, *ret_upload_id, offset, str_slice(file->bytes, offset, PART_BYTES)));
    return NULL;
}
