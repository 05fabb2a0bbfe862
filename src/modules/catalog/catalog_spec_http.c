/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Handlers of single specs and tracks, and of their files. */
#include "base/json/json_write.h"

#include "modules/catalog/catalog_http.h"

static struct str key_of(const struct call *call)
{
    return PATH(call, struct spec_path, spec_path)->key;
}

/* --- making and reading --- */

static struct error *reply_view(struct ctx *cx, struct call *call, struct id id)
{
    struct spec_view view = {0};
    TRY(catalog_load_view(cx, id, &view));
    call_set_etag(cx, call, view.id, view.version);
    return call_reply(cx, call, &view);
}

struct error *spec_render(struct ctx *cx, struct call *call, struct id result_id)
{
    call_set_location(cx, call, "/api/v1/specs/%" STR_FMT, STR_ARG(id_str(cx->arena, result_id)));
    return reply_view(cx, call, result_id);
}

struct error *spec_create(struct ctx *cx, struct call *call)
{
    struct id id = ID_NONE;
    TRY(catalog_create_spec(cx, BODY(call, struct spec_draft, spec_create_body), &id));
    return spec_render(cx, call, id);
}

static struct error *read_as(struct ctx *cx, struct call *call, const struct json_type *type)
{
    struct spec_reading reading = {0};
    TRY(catalog_read_spec(cx, key_of(call), type, &reading));
    call_set_etag(cx, call, reading.id, reading.tag);
    return call_reply_encoded(cx, call, reading.json);
}

struct error *spec_read(struct ctx *cx, struct call *call)
{
    return read_as(cx, call, &spec_view_type);
}

struct error *track_read(struct ctx *cx, struct call *call)
{
    return read_as(cx, call, &track_view_type);
}

/* --- changing --- */

static struct error *check_match(struct ctx *cx, void *arg, struct id id, int64_t version)
{
    return call_check_match(cx, arg, id, version);
}

static struct error *reply_changed(struct ctx *cx, struct call *call)
{
    struct spec_reading reading = {0};
    TRY(catalog_read_spec(cx, key_of(call), &spec_view_type, &reading));
    call_set_etag(cx, call, reading.id, reading.tag);
    return call_reply_encoded(cx, call, reading.json);
}

struct error *spec_patch(struct ctx *cx, struct call *call)
{
    TRY(catalog_patch_spec(cx, key_of(call), BODY(call, struct spec_draft, spec_patch_body),
                           (struct catalog_match){check_match, call}));
    return reply_changed(cx, call);
}

struct error *spec_put_licenses(struct ctx *cx, struct call *call)
{
    TRY(catalog_set_licenses(cx, key_of(call), BODY(call, struct license_set, license_set_body),
                             (struct catalog_match){check_match, call}));
    return reply_changed(cx, call);
}

struct error *spec_delete(struct ctx *cx, struct call *call)
{
    TRY(catalog_delete_spec(cx, key_of(call), (struct catalog_match){check_match, call}));
    return call_reply_empty(cx, call);
}

struct error *spec_publish(struct ctx *cx, struct call *call)
{
    TRY(catalog_publish_spec(cx, key_of(call)));
    return reply_changed(cx, call);
}

struct error *spec_unpublish(struct ctx *cx, struct call *call)
{
    TRY(catalog_unpublish_spec(cx, key_of(call)));
    return reply_changed(cx, call);
}

/* --- files --- */

/* clang-format off */
static const struct json_field download_fields[] = {
    JSON_TEXT(struct free_download, url, .max = 4096),
    JSON_TEXT(struct free_download, file_name),
    JSON_INTEGER(struct free_download, size_bytes),
    JSON_INSTANT(struct free_download, expires_at),
};
const struct json_type free_download_type = JSON_TYPE("FreeDownload", struct free_download, download_fields);
/* clang-format on */

struct error *spec_put_asset(struct ctx *cx, struct call *call)
{
    struct processing_view view = {0};
    const struct asset_path *path = PATH(call, struct asset_path, asset_path);
    TRY(catalog_put_asset(cx, path->key, (enum catalog_slot)path->slot,
                          BODY(call, struct asset_body, asset_body)->upload_id, &view));
    return call_reply(cx, call, &view);
}

struct error *spec_read_processing(struct ctx *cx, struct call *call)
{
    struct processing_view view = {0};
    TRY(catalog_load_processing(cx, key_of(call), &view));
    return call_reply(cx, call, &view);
}

/* The head is sent with the first state, so that an error before it is still a problem document. */
struct events {
    struct http_exchange *exchange;
    bool has_begun;
};

static struct error *send_state(struct ctx *cx, void *arg, const struct processing_view *view)
{
    struct events *events = arg;
    if (!events->has_begun)
        TRY(exchange_sse_begin(events->exchange));
    events->has_begun = true;
    if (view == NULL)
        return exchange_sse_comment(events->exchange, STR("still here"));
    return exchange_sse_event(events->exchange, STR_NONE, STR("processing"),
                              json_encode(cx->arena, &processing_view_type, view));
}

struct error *spec_follow_processing(struct ctx *cx, struct call *call)
{
    struct events events = {.exchange = call->exchange};
    TRY(catalog_follow_processing(cx, key_of(call), send_state, &events));
    return exchange_end(call->exchange);
}

struct error *spec_download_free(struct ctx *cx, struct call *call)
{
    struct free_download download = {0};
    TRY(catalog_download_free(cx, key_of(call), &download));
    return call_reply(cx, call, &download);
}
