/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of streaming. */
#include "modules/streaming/streaming_http.h"

#include "modules/streaming/streaming_service.h"

/* clang-format off */
static const struct json_field offer_fields[] = {
    JSON_TEXT(struct streaming_offer, hls_url, .flags = JSON_NULLABLE, .max = 1000, .help = "The whole recording as HLS, for its owner and the entitled"),
    JSON_TEXT(struct streaming_offer, preview_url, .flags = JSON_NULLABLE, .help = "Thirty seconds for everyone"),
    JSON_INSTANT(struct streaming_offer, expires_at, .help = "Segments fetched by then play; afterwards the playlist gives new addresses"),
};
static const struct json_type offer_view = JSON_TYPE("Stream", struct streaming_offer, offer_fields);

struct key_path {
    struct str key;
};
static const struct json_field key_fields[] = {JSON_TEXT(struct key_path, key, .flags = JSON_REQUIRED, .min = 1, .max = 100, .help = "Id, short code or slug")};
static const struct json_type key_path = JSON_TYPE("StreamPath", struct key_path, key_fields);

struct playlist_path {
    struct id spec_id;
    struct str file;
};
static const struct json_field playlist_path_fields[] = {
    JSON_ID(struct playlist_path, spec_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct playlist_path, file, .flags = JSON_REQUIRED, .max = 40, .help = "master.m3u8, or a rendition's name with .m3u8"),
};
static const struct json_type playlist_path = JSON_TYPE("PlaylistPath", struct playlist_path, playlist_path_fields);

struct playlist_query {
    struct str token;
};
static const struct json_field playlist_query_fields[] = {JSON_TEXT(struct playlist_query, token, .max = 200, .help = "From the stream's hls_url; without it the log-in counts")};
static const struct json_type playlist_query = JSON_TYPE("PlaylistQuery", struct playlist_query, playlist_query_fields);

struct segment_path {
    struct id rendition;
    int64_t window;
    struct str signature, file;
};
static const struct json_field segment_path_fields[] = {
    JSON_ID(struct segment_path, rendition, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct segment_path, window, .flags = JSON_REQUIRED, .min = 0, .max = 100000000),
    JSON_TEXT(struct segment_path, signature, .flags = JSON_REQUIRED, .max = 64),
    JSON_TEXT(struct segment_path, file, .flags = JSON_REQUIRED, .max = 16, .help = "The segment's number with .m4s; 0 is the init segment"),
};
static const struct json_type segment_path = JSON_TYPE("SegmentPath", struct segment_path, segment_path_fields);

struct preview_path {
    struct str file;
};
static const struct json_field preview_path_fields[] = {
    JSON_TEXT(struct preview_path, file, .flags = JSON_REQUIRED, .max = 40, .help = "The recording's id with .mp3"),
};
static const struct json_type preview_path = JSON_TYPE("PreviewPath", struct preview_path, preview_path_fields);
/* clang-format on */

static struct error *read_offer(struct ctx *cx, struct call *call)
{
    struct streaming_offer offer;
    TRY(streaming_offer(cx, PATH(call, struct key_path, key_path)->key, &offer));
    return call_reply(cx, call, &offer);
}

/* "aac-160.m3u8" without its ending; absent for another one. */
static struct str playlist_name(struct str file)
{
    return str_ends_with(file, STR(".m3u8")) ? str_slice(file, 0, file.len - 5) : STR_NONE;
}

static struct error *read_playlist(struct ctx *cx, struct call *call)
{
    const struct playlist_path *path = PATH(call, struct playlist_path, playlist_path);
    struct str token = QUERY(call, struct playlist_query, playlist_query)->token;
    struct str name = playlist_name(path->file);
    struct str playlist = {0};
    if (str_is_empty(name))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such playlist");
    if (str_equal(name, STR("master")))
        TRY(streaming_master_playlist(cx, path->spec_id, token, &playlist));
    else
        TRY(streaming_media_playlist(cx, path->spec_id, name, token, &playlist));
    return exchange_reply(call->exchange, 200, STR("application/vnd.apple.mpegurl"), playlist);
}

static struct error *send_part(struct call *call, struct streaming_part *part, struct str type,
                               struct str etag)
{
    struct http_file file = {
        .fd = part->fd,
        .offset = part->offset,
        .size = part->size,
        .content_type = type,
        .etag = etag,
        .identity = part->identity,
    };
    struct error *error = exchange_reply_file(call->exchange, &file);
    streaming_close_part(part);
    return error;
}

static struct error *read_segment(struct ctx *cx, struct call *call)
{
    const struct segment_path *path = PATH(call, struct segment_path, segment_path);
    struct streaming_part part = {0};
    int64_t number = 0;
    if (!segment_number_parse(path->file, &number))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such segment");
    TRY(streaming_open_segment(cx, path->rendition, path->window, path->signature, number, &part));
    return send_part(call, &part, STR("audio/mp4"), STR_NONE);
}

static struct error *read_preview(struct ctx *cx, struct call *call)
{
    struct str file = PATH(call, struct preview_path, preview_path)->file;
    struct streaming_part part = {0};
    struct id asset_id;
    if (!str_ends_with(file, STR(".mp3")) || !id_parse(str_slice(file, 0, file.len - 4), &asset_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such preview");
    TRY(streaming_open_preview(cx, asset_id, &part));
    struct str etag = arena_printf(cx->arena, "\"%" STR_FMT "\"", STR_ARG(id_str(cx->arena, asset_id)));
    return send_part(call, &part, STR("audio/mpeg"), etag);
}

/* clang-format off */
const struct route streaming_routes[STREAMING_ROUTES] = {
    ROUTE(GET, "/api/v1/specs/{key}/stream",   read_offer,    ROUTE_ANYONE, .path_type = &key_path, .reply = &offer_view, .cache = CACHE_NO_STORE, .summary = "Where to play a recording"),
    ROUTE(GET, "/api/v1/tracks/{key}/stream",  read_offer,    ROUTE_ANYONE, .path_type = &key_path, .reply = &offer_view, .cache = CACHE_NO_STORE, .summary = "Where to play a track"),
    ROUTE(GET, "/media/hls/{spec_id}/{file}",  read_playlist, ROUTE_ANYONE, .path_type = &playlist_path, .query = &playlist_query, .raw_reply_type = "application/vnd.apple.mpegurl", ROUTE_RATE(RATE_MEDIA), .cache = CACHE_NO_STORE, .summary = "HLS playlists; each fetch asks the entitlement"),
    ROUTE(GET, "/media/previews/{file}",       read_preview,  ROUTE_ANYONE, .path_type = &preview_path, .sends_file = true, .raw_reply_type = "audio/mpeg", ROUTE_RATE(RATE_MEDIA), .cache = CACHE_PUBLIC, .timeout_us = -1, .summary = "Thirty seconds of a recording"),
    ROUTE(GET, "/media/{rendition}/{window}/{signature}/{file}", read_segment, ROUTE_ANYONE, .path_type = &segment_path, .secret = "signature", .sends_file = true, .raw_reply_type = "audio/mp4", ROUTE_RATE(RATE_MEDIA), .cache = CACHE_IMMUTABLE, .timeout_us = -1, .summary = "An HLS segment; public within its two windows"),
};
/* clang-format on */
