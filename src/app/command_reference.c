/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe reference`: the pages of docs/reference/, printed from the tables that the program runs on. */
#include <stdio.h>

#include "base/json/json_write.h"
#include "base/text/strbuf.h"

#include "platform/live/live_server.h"

#include "app/commands.h"
#include "app/modules.h"
#include "gateway/gateway.h"

enum { MAX_PAGE_BYTES = 8 << 20 };

static void print_settings(const struct platform *platform, struct strbuf *out)
{
    (void)platform;
    config_print_reference(app_setting_groups(out->arena), out);
}

static void print_metrics(const struct platform *platform, struct strbuf *out)
{
    (void)platform;
    metrics_print_reference(app_metrics(out->arena), out);
}

static void print_event(struct strbuf *out, const struct event_type *event)
{
    struct json_writer writer;
    strbuf_printf(out, "## %s\n\n%s\n\n```json\n", event->name, event->help);
    json_writer_init(&writer, out);
    json_put_schema(&writer, event->payload, JSON_REPLY);
    strbuf_append_cstr(out, "\n```\n\n");
}

static void print_events(const struct platform *platform, struct strbuf *out)
{
    (void)platform;
    strbuf_append_cstr(
        out, "# Events\n\nDomain events in the feed, with the JSON Schema of their payload. The envelope is "
             "CloudEvents 1.0.\n\n");
    const struct event_type *const *events = app_events(out->arena);
    for (size_t i = 0; events[i] != NULL; i++)
        print_event(out, events[i]);
}

static void print_socket(const struct platform *platform, struct strbuf *out)
{
    (void)platform;
    live_print_reference(app_live_rooms(out->arena), app_live_commands(out->arena), out);
}

struct page {
    const char *name;
    void (*print)(const struct platform *platform, struct strbuf *out);
};

static const struct page pages[] = {
    {"openapi", gateway_print_openapi}, {"routes", gateway_print_routes}, {"errors", gateway_print_errors},
    {"settings", print_settings},       {"metrics", print_metrics},       {"events", print_events},
    {"socket", print_socket},
};

static const struct page *find_page(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(pages); i++)
        if (strcmp(pages[i].name, name) == 0)
            return &pages[i];
    return NULL;
}

int command_reference(int argc, char **argv)
{
    const struct page *page = argc == 2 ? find_page(argv[1]) : NULL;
    if (page == NULL) {
        fputs("usage: lathe reference openapi|routes|errors|settings|metrics|events|socket\n", stderr);
        return 2;
    }
    struct arena *arena = arena_new(0);
    struct platform platform = {.modules = app_modules, .public_url = STR("http://127.0.0.1:8080")};
    struct strbuf out;
    strbuf_init(&out, arena, MAX_PAGE_BYTES);
    page->print(&platform, &out);
    fwrite(strbuf_str(&out).ptr, 1, out.len, stdout);
    arena_free(arena);
    return 0;
}
