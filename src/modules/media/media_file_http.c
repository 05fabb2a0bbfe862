/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Files and pictures, sent from the disk to the socket. */
#include "base/mem/cleanup.h"

#include "modules/media/media_http.h"
#include "modules/media/media_service.h"

/* clang-format off */
struct file_path {
    struct str sha256;
};
static const struct json_field file_path_fields[] = {JSON_TEXT(struct file_path, sha256, .flags = JSON_REQUIRED, .min = 64, .max = 64)};
const struct json_type media_file_path = JSON_TYPE("MediaFilePath", struct file_path, file_path_fields);

struct file_query {
    struct str name, type, purpose, sig;
    struct id holder;
    int64_t expires;
};
static const struct json_field file_query_fields[] = {
    JSON_TEXT(struct file_query, name, .flags = JSON_REQUIRED, .max = 255),
    JSON_TEXT(struct file_query, type, .flags = JSON_REQUIRED, .max = 100),
    JSON_TEXT(struct file_query, purpose, .flags = JSON_REQUIRED, .max = 32),
    JSON_ID(struct file_query, holder, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct file_query, expires, .flags = JSON_REQUIRED, .min = 0, .max = INT64_MAX, .help = "Microseconds since 1970"),
    JSON_TEXT(struct file_query, sig, .flags = JSON_REQUIRED, .max = 64),
};
const struct json_type media_file_query = JSON_TYPE("MediaFileQuery", struct file_query, file_query_fields);

struct image_path {
    struct id asset_id;
    struct str name;
};
static const struct json_field image_path_fields[] = {
    JSON_ID(struct image_path, asset_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct image_path, name, .flags = JSON_REQUIRED, .min = 1, .max = 32, .example = "\"512.jpg\""),
};
const struct json_type media_image_path = JSON_TYPE("MediaImagePath", struct image_path, image_path_fields);
/* clang-format on */

/* Files are what their hash says for ever. */
static struct str etag_of(struct ctx *cx, struct str sha256)
{
    return arena_printf(cx->arena, "\"%" STR_FMT "\"", STR_ARG(sha256));
}

struct error *media_send_file(struct ctx *cx, struct call *call)
{
    const struct file_query *query = QUERY(call, struct file_query, media_file_query);
    struct str sha256 = PATH(call, struct file_path, media_file_path)->sha256;
    struct media_link link = {
        .name = query->name,
        .content_type = query->type,
        .purpose = query->purpose,
        .holder_id = query->holder,
        .expires = query->expires,
        .signature = query->sig,
    };
    struct media_open_file opened = {.fd = -1};
    if (!blob_key_parse(sha256, &link.key))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such file");
    TRY(media_open_link(cx, &link, &opened));
    AUTO_FD fd = opened.fd;
    exchange_add_header(call->exchange, STR("Content-Disposition"), file_disposition(cx->arena, query->name));
    return exchange_reply_file(call->exchange, &(struct http_file){.fd = fd,
                                                                   .size = opened.size_bytes,
                                                                   .content_type = query->type,
                                                                   .etag = etag_of(cx, sha256)});
}

struct error *media_send_image(struct ctx *cx, struct call *call)
{
    const struct image_path *path = PATH(call, struct image_path, media_image_path);
    const struct open_file *file = NULL;
    TRY(media_open_image(cx, path->asset_id, path->name, &file));
    bool is_webp = str_ends_with(path->name, STR(".webp"));
    struct error *error = exchange_reply_file(
        call->exchange, &(struct http_file){.fd = file->fd,
                                            .size = file->size_bytes,
                                            .content_type = is_webp ? STR("image/webp") : STR("image/jpeg"),
                                            .etag = etag_of(cx, file->facts)});
    open_files_release(file);
    return error;
}
