/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The tus 1.0 server. Source: tus.io/protocols/resumable-upload. */
#include "modules/media/media_http.h"

#include "base/text/number.h"

#include "modules/media/media_service.h"

#define TUS_VERSION    "1.0.0"
#define TUS_EXTENSIONS "creation,creation-with-upload,expiration,checksum,termination,concatenation"
#define TUS_CHECKSUMS  "sha1,sha256,sha512"
#define TUS_BYTES      "application/offset+octet-stream"

/* clang-format off */
struct upload_path {
    struct id upload_id;
};
static const struct json_field upload_path_fields[] = {JSON_ID(struct upload_path, upload_id, .flags = JSON_REQUIRED)};
static const struct json_type upload_path = JSON_TYPE("UploadPath", struct upload_path, upload_path_fields);
/* clang-format on */

/* --- headers in --- */

static struct str field(const struct call *call, enum http_field name)
{
    return http_field(exchange_request(call->exchange), name);
}

/* Every reply names the version, refusals too. */
static struct error *begin(struct ctx *cx, struct call *call)
{
    exchange_add_header(call->exchange, STR("Tus-Resumable"), STR(TUS_VERSION));
    if (str_equal(field(call, HTTP_FIELD_TUS_RESUMABLE), STR(TUS_VERSION)))
        return NULL;
    exchange_add_header(call->exchange, STR("Tus-Version"), STR(TUS_VERSION));
    return ERROR(cx, media_tus_version, "send Tus-Resumable: " TUS_VERSION);
}

static struct error *read_number(struct ctx *cx, const struct call *call, enum http_field name,
                                 const char *label, int64_t *ret)
{
    uint64_t value = 0;
    if (!number_parse_u64(field(call, name), INT64_MAX, &value))
        return ERROR(cx, media_upload_header, "%s must be a whole number of bytes", label);
    *ret = (int64_t)value;
    return NULL;
}

static struct error *require_byte_type(struct ctx *cx, const struct call *call)
{
    if (str_equal_nocase(str_trim(field(call, HTTP_FIELD_CONTENT_TYPE)), STR(TUS_BYTES)))
        return NULL;
    return ERROR(cx, media_upload_type, "send the bytes as " TUS_BYTES);
}

static struct error *read_checksum(struct ctx *cx, const struct call *call,
                                   struct upload_checksum *ret_checksum)
{
    if (upload_checksum_parse(cx->arena, field(call, HTTP_FIELD_UPLOAD_CHECKSUM), ret_checksum))
        return NULL;
    return ERROR(cx, media_upload_header,
                 "Upload-Checksum must be an algorithm, a blank and a base64 digest");
}

static struct error *read_request(struct ctx *cx, const struct call *call,
                                  struct media_upload_request *request)
{
    request->metadata_text = field(call, HTTP_FIELD_UPLOAD_METADATA);
    if (!upload_metadata_parse(cx->arena, request->metadata_text, &request->metadata))
        return ERROR(cx, media_upload_header, "Upload-Metadata must be pairs of a key and a base64 value");
    if (!upload_concat_parse(cx->arena, field(call, HTTP_FIELD_UPLOAD_CONCAT), &request->concat))
        return ERROR(cx, media_upload_header,
                     "Upload-Concat must be `partial`, or `final;` and the addresses of the parts");
    if (!str_is_empty(field(call, HTTP_FIELD_UPLOAD_DEFER_LENGTH)))
        return ERROR(cx, media_upload_header, "the length must be known: Upload-Defer-Length is not taken");
    if (request->concat.kind != UPLOAD_JOINED)
        return read_number(cx, call, HTTP_FIELD_UPLOAD_LENGTH, "Upload-Length", &request->length);
    if (!str_is_empty(field(call, HTTP_FIELD_UPLOAD_LENGTH)))
        return ERROR(cx, media_upload_header,
                     "the length of an upload that is put together is that of its parts");
    return NULL;
}

/* --- headers out --- */

static void add_number(struct ctx *cx, struct call *call, struct str name, int64_t value)
{
    exchange_add_header(call->exchange, name, arena_printf(cx->arena, "%lld", (long long)value));
}

static void add_state(struct ctx *cx, struct call *call, const struct upload_row *upload)
{
    add_number(cx, call, STR("Upload-Offset"), upload->received);
    if (upload->status == UPLOAD_ADOPTED)
        return;
    char *expires = arena_alloc(cx->arena, INSTANT_HTTP_CHARS);
    instant_format_http(upload->expires_at, expires);
    exchange_add_header(call->exchange, STR("Upload-Expires"), str_from(expires, INSTANT_HTTP_CHARS));
}

static void add_facts(struct ctx *cx, struct call *call, const struct upload_row *upload)
{
    add_state(cx, call, upload);
    add_number(cx, call, STR("Upload-Length"), upload->length);
    if (!str_is_empty(upload->metadata))
        exchange_add_header(call->exchange, STR("Upload-Metadata"), upload->metadata);
    if (upload->kind == UPLOAD_PART)
        exchange_add_header(call->exchange, STR("Upload-Concat"), STR("partial"));
    if (upload->kind == UPLOAD_JOINED)
        exchange_add_header(call->exchange, STR("Upload-Concat"), STR("final"));
}

static void add_abilities(struct ctx *cx, struct call *call)
{
    exchange_add_header(call->exchange, STR("Tus-Resumable"), STR(TUS_VERSION));
    exchange_add_header(call->exchange, STR("Tus-Version"), STR(TUS_VERSION));
    exchange_add_header(call->exchange, STR("Tus-Extension"), STR(TUS_EXTENSIONS));
    exchange_add_header(call->exchange, STR("Tus-Checksum-Algorithm"), STR(TUS_CHECKSUMS));
    add_number(cx, call, STR("Tus-Max-Size"), media_max_bytes(cx, MEDIA_NO_PURPOSE));
}

/* --- handlers --- */

static struct error *read_body(void *arg, void *buf, size_t capacity, size_t *ret_len)
{
    return exchange_read(arg, buf, capacity, ret_len);
}

static struct error *append(struct ctx *cx, struct call *call, struct id id, int64_t offset,
                            struct upload_row *upload)
{
    struct media_append append = {.upload_id = id, .offset = offset, .source = {read_body, call->exchange}};
    TRY(require_byte_type(cx, call));
    TRY(read_checksum(cx, call, &append.checksum));
    TRY(media_load_upload(cx, id, upload));
    exchange_limit_body(call->exchange, upload->length - upload->received);
    return media_append_upload(cx, &append, upload);
}

static struct error *show_abilities(struct ctx *cx, struct call *call)
{
    add_abilities(cx, call);
    return call_reply_empty(cx, call);
}

/* The client does not know the address yet, so what is refused here is of no use to it. */
static struct error *append_first(struct ctx *cx, struct call *call, struct upload_row *upload)
{
    struct id id = upload->id;
    struct error *error = append(cx, call, id, 0, upload);
    if (error != NULL)
        error_ignore(media_delete_upload(cx, id));
    return error;
}

static struct error *create_upload(struct ctx *cx, struct call *call)
{
    struct media_upload_request request = {0};
    struct upload_row upload = {0};
    bool has_bytes = exchange_request(call->exchange)->has_body;
    TRY(begin(cx, call));
    TRY(read_request(cx, call, &request));
    if (has_bytes)
        TRY(require_byte_type(cx, call));
    TRY(media_create_upload(cx, &request, &upload));
    if (has_bytes && upload.kind != UPLOAD_JOINED)
        TRY(append_first(cx, call, &upload));
    add_state(cx, call, &upload);
    call_set_location(cx, call, "/api/v1/uploads/%" STR_FMT, STR_ARG(id_str(cx->arena, upload.id)));
    return call_reply_empty(cx, call);
}

static struct error *show_upload(struct ctx *cx, struct call *call)
{
    struct upload_row upload;
    TRY(begin(cx, call));
    TRY(media_load_upload(cx, PATH(call, struct upload_path, upload_path)->upload_id, &upload));
    add_facts(cx, call, &upload);
    return call_reply_empty(cx, call);
}

static struct error *append_upload(struct ctx *cx, struct call *call)
{
    struct upload_row upload;
    int64_t offset = 0;
    TRY(begin(cx, call));
    TRY(read_number(cx, call, HTTP_FIELD_UPLOAD_OFFSET, "Upload-Offset", &offset));
    TRY(append(cx, call, PATH(call, struct upload_path, upload_path)->upload_id, offset, &upload));
    add_state(cx, call, &upload);
    return call_reply_empty(cx, call);
}

static struct error *delete_upload(struct ctx *cx, struct call *call)
{
    TRY(begin(cx, call));
    TRY(media_delete_upload(cx, PATH(call, struct upload_path, upload_path)->upload_id));
    return call_reply_empty(cx, call);
}

/* The service holds each request to the length that its upload declared; the HTTP engine holds it to a pace. */
#define BYTES .raw_body_type = TUS_BYTES, .max_body_len = INT64_MAX, .timeout_us = -1

/* clang-format off */
#define TUS_ROW {"Tus-Resumable", "The protocol's version", "^1\\.0\\.0$", true}
static const struct route_header tus_headers[] = {TUS_ROW, {0}};
static const struct route_header create_headers[] = {
    TUS_ROW,
    {"Upload-Length", "Bytes in all; of a whole that is put together: none", "^[0-9]{1,15}$", false},
    {"Upload-Defer-Length", "1: the length comes later", "^1$", false},
    {"Upload-Metadata", "purpose (master, stems, cover, avatar, image) and filename, each with its value in base64", NULL, false},
    {"Upload-Concat", "partial, or final; and the parts' paths", NULL, false},
    {"Upload-Checksum", "sha256 or sha1, and the sum of this request's bytes in base64", NULL, false},
    {0},
};
static const struct route_header append_headers[] = {
    TUS_ROW,
    {"Upload-Offset", "Where these bytes begin", "^[0-9]{1,15}$", true},
    {"Upload-Length", "Bytes in all, when they were not known before", "^[0-9]{1,15}$", false},
    {"Upload-Checksum", "sha256 or sha1, and the sum of this request's bytes in base64", NULL, false},
    {0},
};
const struct route media_routes[MEDIA_ROUTES] = {
    ROUTE(OPTIONS, "/api/v1/uploads",             show_abilities, ROUTE_ANYONE, ROUTE_RATE(RATE_READ), .cache = CACHE_NO_STORE, .summary = "What the upload server can (tus 1.0)"),
    ROUTE(POST,    "/api/v1/uploads",             create_upload,  ROUTE_MAY(UPLOAD_CREATE), .headers = create_headers, BYTES, .status = 201, ROUTE_RATE(RATE_UPLOAD), .cache = CACHE_NO_STORE, .reasons = media_reasons, .summary = "Begin an upload, or put parts together"),
    ROUTE(OPTIONS, "/api/v1/uploads/{upload_id}", show_abilities, ROUTE_ANYONE, .path_type = &upload_path, ROUTE_RATE(RATE_READ), .cache = CACHE_NO_STORE, .summary = "What the upload server can (tus 1.0)"),
    ROUTE(HEAD,    "/api/v1/uploads/{upload_id}", show_upload,    ROUTE_MEMBER, .headers = tus_headers, .path_type = &upload_path, .status = 200, ROUTE_RATE(RATE_UPLOAD), .cache = CACHE_NO_STORE, .summary = "How far an upload has come"),
    ROUTE(PATCH,   "/api/v1/uploads/{upload_id}", append_upload,  ROUTE_MEMBER, .headers = append_headers, .path_type = &upload_path, BYTES, .status = 204, ROUTE_RATE(RATE_UPLOAD), .cache = CACHE_NO_STORE, .reasons = media_reasons, .summary = "Append bytes at the offset"),
    ROUTE(DELETE,  "/api/v1/uploads/{upload_id}", delete_upload,  ROUTE_MEMBER, .headers = tus_headers, .path_type = &upload_path, ROUTE_RATE(RATE_UPLOAD), .cache = CACHE_NO_STORE, .summary = "Give an upload up"),
    ROUTE(GET,     "/media/files/{sha256}",       media_send_file, ROUTE_ANYONE, .path_type = &media_file_path, .query = &media_file_query, .sends_file = true, .raw_reply_type = "application/octet-stream", .timeout_us = -1, ROUTE_RATE(RATE_MEDIA), .cache = CACHE_PRIVATE, .reasons = media_reasons, .summary = "A file by a signed link that expires"),
    ROUTE(GET,     "/media/images/{asset_id}/{name}", media_send_image, ROUTE_ANYONE, .path_type = &media_image_path, .sends_file = true, .raw_reply_type = "image/jpeg", .timeout_us = -1, ROUTE_RATE(RATE_MEDIA), .cache = CACHE_IMMUTABLE, .summary = "A picture at a size: 64, 128, 512 or 1024 pixels, .jpg or .webp"),
};
/* clang-format on */
