/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of licensing. */
#include "modules/licensing/licensing_http.h"

#include "base/mem/cleanup.h"

#include "modules/licensing/licensing_service.h"

enum { DEFAULT_LIMIT = 20, MAX_LIMIT = 100 };

/* clang-format off */

/* --- views --- */

static const struct json_field license_fields[] = {
    JSON_ID(struct license_view, id),
    JSON_TEXT(struct license_view, key),
    JSON_ID(struct license_view, order_id),
    JSON_ID(struct license_view, spec_id),
    JSON_TEXT(struct license_view, spec_title),
    JSON_ID(struct license_view, seller_id),
    JSON_TEXT(struct license_view, seller_name),
    JSON_ID(struct license_view, buyer_id),
    JSON_TEXT(struct license_view, buyer_name),
    JSON_ENUM(struct license_view, type, &catalog_license_type_words),
    JSON_TEXT(struct license_view, option_name),
    JSON_ARRAY(struct license_view, features, JSON_KIND_TEXT),
    JSON_ARRAY(struct license_view, file_types, JSON_KIND_ENUM, .values = &license_file_kind_words),
    JSON_RAW(struct license_view, terms, .help = "The limits and rights that it was sold with"),
    JSON_MONEY(struct license_view, price),
    JSON_INSTANT(struct license_view, issued_at),
    JSON_BOOLEAN(struct license_view, is_active, .help = "False once it was withdrawn"),
    JSON_INSTANT(struct license_view, withdrawn_at, .flags = JSON_NULLABLE),
    JSON_TEXT(struct license_view, withdrawn_reason),
};
static const struct json_type license_view = JSON_TYPE("License", struct license_view, license_fields);

struct license_page {
    struct array items;
    struct id next_cursor;
    int64_t total;
};
static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct license_page, items, &license_view, .max = MAX_LIMIT),
    JSON_ID(struct license_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct license_page, total, .flags = JSON_OMITTED, .min = 0, .max = INT64_MAX, .help = "With with_total=true"),
};
static const struct json_type license_page = JSON_TYPE("LicensePage", struct license_page, page_fields);

static const struct json_field link_fields[] = {
    JSON_ENUM(struct license_link, kind, &license_file_kind_words),
    JSON_TEXT(struct license_link, file_name),
    JSON_INTEGER(struct license_link, size_bytes),
    JSON_TEXT(struct license_link, sha256),
    JSON_TEXT(struct license_link, url, .max = 2000, .help = "Good without login until expires_at"),
    JSON_INSTANT(struct license_link, expires_at),
    JSON_INTEGER(struct license_link, downloads, .help = "How often it was downloaded before"),
};
static const struct json_type link_type = JSON_TYPE("LicenseFile", struct license_link, link_fields);

static const struct json_field downloads_fields[] = {
    JSON_OBJECTS(struct license_downloads, files, &link_type),
    JSON_TEXT(struct license_downloads, contract_url, .max = 2000),
};
static const struct json_type downloads_view = JSON_TYPE("LicenseDownloads", struct license_downloads, downloads_fields);

static const struct json_field check_fields[] = {
    JSON_BOOLEAN(struct license_check, valid, .help = "In force: issued and not withdrawn"),
    JSON_TEXT(struct license_check, key),
    JSON_ENUM(struct license_check, type, &catalog_license_type_words),
    JSON_TEXT(struct license_check, option_name),
    JSON_TEXT(struct license_check, spec_title),
    JSON_TEXT(struct license_check, licensee),
    JSON_TEXT(struct license_check, licensor),
    JSON_INSTANT(struct license_check, issued_at),
    JSON_INSTANT(struct license_check, withdrawn_at, .flags = JSON_NULLABLE),
};
static const struct json_type check_view = JSON_TYPE("LicenseCheck", struct license_check, check_fields);

/* --- inputs --- */

static const struct json_field search_fields[] = {
    JSON_TEXT(struct license_search, q, .flags = JSON_TRIMMED, .max = 100, .help = "Part of a title or of a seller's name"),
    JSON_ENUM(struct license_search, type, &catalog_license_type_words, .fallback = -1),
    JSON_ID(struct license_search, cursor, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct license_search, limit, .min = 1, .max = MAX_LIMIT, .fallback = DEFAULT_LIMIT),
    JSON_INTEGER(struct license_search, page, .min = 1, .max = 10000, .fallback = 0, .help = "Instead of a cursor"),
    JSON_BOOLEAN(struct license_search, with_total),
};
static const struct json_type license_search = JSON_TYPE("LicenseSearch", struct license_search, search_fields);

struct license_path {
    struct id license_id;
};
static const struct json_field path_fields[] = {JSON_ID(struct license_path, license_id, .flags = JSON_REQUIRED)};
static const struct json_type license_path = JSON_TYPE("LicensePath", struct license_path, path_fields);

struct file_path {
    struct id license_id;
    int32_t kind;
};
static const struct json_field file_path_fields[] = {
    JSON_ID(struct file_path, license_id, .flags = JSON_REQUIRED),
    JSON_ENUM(struct file_path, kind, &license_file_kind_words, .flags = JSON_REQUIRED),
};
static const struct json_type file_path = JSON_TYPE("LicenseFilePath", struct file_path, file_path_fields);

struct key_path {
    struct str key;
};
static const struct json_field key_path_fields[] = {JSON_TEXT(struct key_path, key, .flags = JSON_REQUIRED, .max = 64)};
static const struct json_type key_path = JSON_TYPE("LicenseKeyPath", struct key_path, key_path_fields);

static const struct json_field grant_fields[] = {
    JSON_ID(struct license_grant, grant, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct license_grant, expires, .flags = JSON_REQUIRED, .min = 0, .max = INT64_C(253402300799)),
    JSON_TEXT(struct license_grant, signature, .flags = JSON_REQUIRED, .max = 64),
};
static const struct json_type grant_query = JSON_TYPE("LicenseGrant", struct license_grant, grant_fields);

static const struct json_field contract_fields[] = {
    JSON_ID(struct license_grant, grant, .help = "grant, expires and signature of a link; or none of them, logged in"),
    JSON_INTEGER(struct license_grant, expires, .min = 0, .max = INT64_C(253402300799)),
    JSON_TEXT(struct license_grant, signature, .max = 64),
};
static const struct json_type contract_query = JSON_TYPE("ContractQuery", struct license_grant, contract_fields);

/* clang-format on */

static struct error *list_licenses(struct ctx *cx, struct call *call)
{
    const struct license_search *search = QUERY(call, struct license_search, license_search);
    struct license_page page = {.total = -1};
    TRY(licensing_list(cx, search, &page.items, &page.total));
    if ((int64_t)page.items.count == search->limit)
        page.next_cursor = ARRAY_AT(struct license_view, page.items, page.items.count - 1)->id;
    return call_reply(cx, call, &page);
}

static struct error *read_license(struct ctx *cx, struct call *call)
{
    struct license_view view;
    TRY(licensing_load(cx, PATH(call, struct license_path, license_path)->license_id, &view));
    call_set_etag(cx, call, view.id, view.version);
    return call_reply(cx, call, &view);
}

static struct error *list_downloads(struct ctx *cx, struct call *call)
{
    struct license_downloads downloads = {.files = {NULL, 0}};
    TRY(licensing_make_links(cx, PATH(call, struct license_path, license_path)->license_id, &downloads));
    return call_reply(cx, call, &downloads);
}

static struct error *download_file(struct ctx *cx, struct call *call)
{
    const struct file_path *path = PATH(call, struct file_path, file_path);
    struct license_delivery delivery = {.fd = -1};
    TRY(licensing_deliver(cx, path->license_id, (enum license_file_kind)path->kind,
                          QUERY(call, struct license_grant, grant_query), &delivery));
    AUTO_FD fd = delivery.fd;
    struct http_file file = {
        .fd = fd, .size = delivery.size_bytes, .content_type = delivery.content_type, .etag = delivery.etag};
    exchange_add_header(call->exchange, STR("Content-Disposition"), delivery.disposition);
    exchange_add_header(call->exchange, STR("Cache-Control"), STR("private, no-store"));
    return exchange_reply_file(call->exchange, &file);
}

static struct error *read_contract(struct ctx *cx, struct call *call)
{
    struct license_contract contract = {.pdf = STR_NONE};
    TRY(licensing_load_contract(cx, PATH(call, struct license_path, license_path)->license_id,
                                QUERY(call, struct license_grant, contract_query), &contract));
    struct str disposition =
        arena_printf(cx->arena, "inline; filename=\"%" STR_FMT "\"", STR_ARG(contract.file_name));
    exchange_add_header(call->exchange, STR("Content-Disposition"), disposition);
    exchange_add_header(call->exchange, STR("ETag"), contract.etag);
    exchange_add_header(call->exchange, STR("Cache-Control"), STR("private, no-store"));
    return exchange_reply(call->exchange, 200, STR("application/pdf"), contract.pdf);
}

static struct error *check_license(struct ctx *cx, struct call *call)
{
    struct license_check check;
    TRY(licensing_check_key(cx, PATH(call, struct key_path, key_path)->key, &check));
    return call_reply(cx, call, &check);
}

/* clang-format off */
static const struct reason *const link_reasons[] = {&licensing_revoked, NULL};
static const struct reason *const file_reasons[] = {&licensing_revoked, &licensing_downloads_used, &licensing_link_expired, NULL};
const struct route licensing_routes[LICENSING_ROUTES] = {
    ROUTE(GET, "/api/v1/licenses",                           list_licenses,  ROUTE_MEMBER, .query = &license_search, .reply = &license_page, .cache = CACHE_NO_STORE, .summary = "Own licences, newest first"),
    ROUTE(GET, "/api/v1/licenses/{license_id}",              read_license,   ROUTE_MEMBER, .path_type = &license_path, .reply = &license_view, .summary = "One licence, for its buyer and seller"),
    ROUTE(GET, "/api/v1/licenses/{license_id}/downloads",    list_downloads, ROUTE_MEMBER, .path_type = &license_path, .reply = &downloads_view, .cache = CACHE_NO_STORE, .reasons = link_reasons, .summary = "Links to the files of a licence, good for an hour"),
    ROUTE(GET, "/api/v1/licenses/{license_id}/files/{kind}", download_file,  ROUTE_ANYONE, .path_type = &file_path, .query = &grant_query, .sends_file = true, .raw_reply_type = "application/octet-stream", .timeout_us = -1, ROUTE_RATE(RATE_MEDIA), .cache = CACHE_NO_STORE, .reasons = file_reasons, .summary = "A file, by a link from /downloads; counted once per link"),
    ROUTE(GET, "/api/v1/licenses/{license_id}/contract",     read_contract,  ROUTE_ANYONE, .path_type = &license_path, .query = &contract_query, .sends_file = true, .raw_reply_type = "application/pdf", ROUTE_RATE(RATE_MEDIA), .cache = CACHE_NO_STORE, .summary = "The contract, by a link or for the parties"),
    ROUTE(GET, "/api/v1/license-checks/{key}",               check_license,  ROUTE_ANYONE, .path_type = &key_path, .reply = &check_view, .cache = CACHE_NO_STORE, .summary = "Whether a licence is in force, for anybody who has its key"),
};
/* clang-format on */
