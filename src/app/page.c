/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Serves the embedded single-page application from memory, in the encoding that the client takes. */
#include "app/page.h"

#include "base/text/encode.h"

#include "app/embedded.h"

static bool is_page_path(struct str path)
{
    size_t last = path.len;
    while (last > 0 && path.ptr[last - 1] != '/')
        last--;
    return str_find_byte(path, '.', last) < 0;
}

static const struct embedded_file *find_file(struct str path)
{
    const struct embedded_file *file = str_equal(path, STR("/")) ? NULL : embedded_find(path);
    if (file == NULL && is_page_path(path))
        file = embedded_find(STR("/index.html"));
    return file;
}

/* Is the coding offered without q=0? Exact token match between commas. */
static bool accepts(struct str accept_encoding, struct str coding)
{
    struct str part;
    while (str_split(&accept_encoding, ',', &part)) {
        struct str name = {0};
        struct str parameters = part;
        if (str_split(&parameters, ';', &name) && str_equal_nocase(str_trim(name), coding))
            return !str_equal(str_trim(parameters), STR("q=0"));
    }
    return false;
}

struct encoded {
    struct str bytes;
    struct str coding; /* absent: as it is */
};

static struct encoded choose(const struct embedded_file *file, struct str accept_encoding)
{
    if (file->brotli != NULL && accepts(accept_encoding, STR("br")))
        return (struct encoded){str_from((const char *)file->brotli, file->brotli_size), STR("br")};
    if (file->gzip != NULL && accepts(accept_encoding, STR("gzip")))
        return (struct encoded){str_from((const char *)file->gzip, file->gzip_size), STR("gzip")};
    return (struct encoded){str_from((const char *)file->bytes, file->size), STR_NONE};
}

static struct str etag_for(struct ctx *cx, const struct embedded_file *file, struct str coding)
{
    if (str_is_empty(coding))
        return str_cstr(file->etag);
    return arena_printf(cx->arena, "%.*s-%" STR_FMT "\"", (int)strlen(file->etag) - 1, file->etag,
                        STR_ARG(coding));
}

static struct error *reply_file(struct ctx *cx, struct http_exchange *exchange,
                                const struct embedded_file *file)
{
    const struct http_request *request = exchange_request(exchange);
    struct encoded encoded = choose(file, http_field(request, HTTP_FIELD_ACCEPT_ENCODING));
    struct str etag = etag_for(cx, file, encoded.coding);
    exchange_add_header(exchange, STR("ETag"), etag);
    exchange_add_header(exchange, STR("Vary"), STR("Accept-Encoding"));
    exchange_add_header(exchange, STR("Cache-Control"),
                        file->immutable ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
    if (str_equal(http_field(request, HTTP_FIELD_IF_NONE_MATCH), etag))
        return exchange_reply_empty(exchange, 304);
    if (!str_is_empty(encoded.coding))
        exchange_add_header(exchange, STR("Content-Encoding"), encoded.coding);
    return exchange_reply(exchange, 200, str_cstr(file->type), encoded.bytes);
}

struct error *app_page(struct ctx *cx, struct http_exchange *exchange)
{
    const struct http_request *request = exchange_request(exchange);
    if (request->method != HTTP_GET && request->method != HTTP_HEAD)
        return ERROR_CODE(cx, METHOD, "only GET and HEAD here");
    struct str path = {0};
    if (!percent_decode(cx->arena, request->path, PERCENT_PATH, &path))
        return ERROR_CODE(cx, MALFORMED, "bad escape in the path");
    const struct embedded_file *file = find_file(path);
    if (file == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "no such file");
    return reply_file(cx, exchange, file);
}
