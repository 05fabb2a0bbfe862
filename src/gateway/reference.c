/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The reasons of errors: as a page of docs/reference, and as the page that a problem document's type points to. */
#include "gateway/reference.h"

#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/text/encode.h"

#include "platform/db/db.h"
#include "platform/live/live_server.h"
#include "platform/module/module.h"
#include "platform/sandbox/sandbox.h"
#include "platform/storage/storage.h"

#include "gateway/gate.h"

static const struct reason *const *const platform_reasons[] = {
    json_reasons, gateway_reasons, db_reasons, storage_reasons, sandbox_reasons, live_reasons};

typedef void (*reason_fn)(struct strbuf *out, const struct reason *reason);

static void each_of(const struct reason *const *reasons, reason_fn fn, struct strbuf *out)
{
    for (size_t i = 0; reasons != NULL && reasons[i] != NULL; i++)
        fn(out, reasons[i]);
}

static void each_reason(const struct platform *platform, reason_fn fn, struct strbuf *out)
{
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++)
        fn(out, &error_common_reasons[i]);
    for (size_t i = 0; i < COUNT_OF(platform_reasons); i++)
        each_of(platform_reasons[i], fn, out);
    for (size_t m = 0; platform->modules[m] != NULL; m++)
        each_of(platform->modules[m]->reasons, fn, out);
}

static void print_row(struct strbuf *out, const struct reason *reason)
{
    strbuf_printf(out, "| `%s` | %d | %s |\n", reason->name, error_code_status(reason->code), reason->help);
}

void gateway_print_errors(const struct platform *platform, struct strbuf *out)
{
    strbuf_append_cstr(out, "# Errors\n\nEvery failure is an RFC 9457 problem document; `code` is stable.\n\n"
                            "| Code | Status | Meaning |\n|---|---|---|\n");
    each_reason(platform, print_row, out);
}

static void print_html_row(struct strbuf *out, const struct reason *reason)
{
    strbuf_printf(out, "<tr id=\"%s\"><td><code>%s</code></td><td>%d</td><td>%s</td></tr>\n", reason->name,
                  reason->name, error_code_status(reason->code), reason->help);
}

static const char page_head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
    "<title>Lathe API</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main>";
static const char page_foot[] = "</main></body></html>\n";

const char reference_style[] =
    ":root{color-scheme:light dark;--line:#8884}body{font:16px/1.5 system-ui,sans-serif;margin:0}"
    "main{max-width:72rem;margin:0 auto;padding:2rem 1rem}h1{margin-top:0}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid var(--line);padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "code{font:14px ui-monospace,monospace}tr:target{background:#fb04}details{border-bottom:1px solid var(--line);padding:.4rem 0}"
    "summary{cursor:pointer}.method{display:inline-block;min-width:4.5rem;font-weight:600}pre{overflow:auto;background:#8881;padding:.8rem}\n";

void reference_errors_page(const struct platform *platform, struct strbuf *out)
{
    strbuf_append_cstr(out, page_head);
    strbuf_append_cstr(
        out,
        "<h1>Errors</h1><p><a href=\"/docs\">Routes</a></p><table><thead><tr><th>Code</th><th>Status</th>"
        "<th>Meaning</th></tr></thead><tbody>\n");
    each_reason(platform, print_html_row, out);
    strbuf_append_cstr(out, "</tbody></table>");
    strbuf_append_cstr(out, page_foot);
}

/* --- the routes page --- */

static void put_schema_block(struct strbuf *out, struct arena *arena, const char *title,
                             const struct json_type *type, enum json_direction direction)
{
    if (type == NULL)
        return;
    struct strbuf schema;
    struct json_writer writer;
    strbuf_init(&schema, arena, 64 << 10);
    json_writer_init(&writer, &schema);
    json_put_schema(&writer, type, direction);
    strbuf_printf(out, "<h4>%s: %s</h4><pre><code>%" STR_FMT "</code></pre>", title, type->name,
                  STR_ARG(html_escape(arena, strbuf_str(&schema))));
}

static void put_route(struct strbuf *out, struct arena *arena, const struct route *route)
{
    strbuf_printf(
        out, "<details><summary><span class=\"method\">%" STR_FMT "</span> <code>%s</code> %s</summary>",
        STR_ARG(http_method_name(route->method)), route->path, route->summary != NULL ? route->summary : "");
    strbuf_printf(out, "<p>%s</p>",
                  route->access.needs_permission ? permission_name(route->access.permission)
                  : route->access.needs_login    ? "Needs a log-in."
                                                 : "Open to anyone.");
    put_schema_block(out, arena, "Path", route->path_type, JSON_REQUEST);
    put_schema_block(out, arena, "Query", route->query, JSON_REQUEST);
    put_schema_block(out, arena, "Body", route->body, JSON_REQUEST);
    put_schema_block(out, arena, "Reply", route->reply, JSON_REPLY);
    strbuf_append_cstr(out, "</details>\n");
}

void reference_routes_page(const struct platform *platform, struct strbuf *out)
{
    struct arena *arena = arena_new(0);
    strbuf_append_cstr(out, page_head);
    strbuf_append_cstr(
        out,
        "<h1>Lathe API</h1><p>The machine-readable contract is <a href=\"/openapi.json\">/openapi.json</a>; "
        "<a href=\"/docs/errors\">errors</a> are problem documents.</p>");
    for (size_t m = 0; platform->modules[m] != NULL; m++) {
        strbuf_printf(out, "<h2>%s</h2>", platform->modules[m]->name);
        for (size_t i = 0; i < platform->modules[m]->route_count; i++)
            put_route(out, arena, &platform->modules[m]->routes[i]);
        arena_clear(arena);
    }
    strbuf_append_cstr(out, page_foot);
    arena_free(arena);
}
