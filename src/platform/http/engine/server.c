/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The server as a whole: start, attach to loops, drain, abort; the per-loop stock of buffers and the Date line. */
#include "platform/http/server.h"

#include <signal.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/require/require.h"

#include "platform/clock/clock.h"
#include "platform/config/core_settings.h"
#include "platform/http/engine/compress.h"
#include "platform/http/engine/engine.h"

/* send() can be told to raise no signal, sendfile() cannot. */
static void ignore_sigpipe(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    REQUIRE(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

static struct http_server *server_alloc(const struct config *config, const struct platform *platform)
{
    struct http_server *server = MEM_NEW(struct http_server);
    server->arena = arena_new(0);
    server->platform = platform;
    server->settings = *(const struct http_settings *)config_settings(config, &http_settings_group);
    server->limits = (struct head_limits){
        .max_line_len = (size_t)server->settings.max_line_len,
        .max_head_len = (size_t)server->settings.max_head_len,
        .max_fields = (size_t)server->settings.max_fields,
    };
    const struct core_settings *core = config_settings(config, &core_settings_group);
    REQUIRE(
        network_set_parse(server->arena, core->trusted_proxies, &server->trusted)); /* config checked it */
    atomic_init(&server->first_fd, -1);
    return server;
}

DEFINE_CLEANUP_PTR(struct http_server, http_server_free);

struct error *http_server_new(struct arena *arena, const struct http_server_options *options,
                              struct http_server **ret_server)
{
    ignore_sigpipe();
    CLEANUP(http_server_free_p) struct http_server *server = server_alloc(options->config, options->platform);
    server->handler = options->handler;
    server->is_vital = options->is_vital;
    server->arg = options->arg;
    TRY(listener_open_first(arena, options->address, server));
    *ret_server = TAKE_PTR(server);
    return NULL;
}

static void http_loop_free(struct http_loop *home)
{
    REQUIRE(atomic_load(&home->connections) == 0);
    while (home->buffers != NULL) {
        struct http_buffer *next = home->buffers->next;
        mem_free(home->buffers);
        home->buffers = next;
    }
    while (home->exchanges != NULL) {
        struct http_exchange *next = home->exchanges->next;
        exchange_free(home->exchanges);
        home->exchanges = next;
    }
    compressor_free(home->compressor);
    if (home->listener.fd >= 0)
        close(home->listener.fd);
    cleanup_fd(&home->reserve_fd);
    mem_free(home);
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < HTTP_MAX_LOOPS; i++) {
        struct http_loop *home = atomic_load(&server->loops[i]);
        if (home != NULL)
            http_loop_free(home);
    }
    int first_fd = atomic_load(&server->first_fd);
    cleanup_fd(&first_fd);
    arena_free(server->arena);
    mem_free(server);
}

static struct http_loop *home_of(const struct http_server *server, const struct loop *loop)
{
    int index = loop_index(loop);
    REQUIRE(index >= 0 && index < HTTP_MAX_LOOPS);
    return atomic_load_explicit(&server->loops[index], memory_order_acquire);
}

void http_server_attach(struct http_server *server, struct loop *loop)
{
    REQUIRE(home_of(server, loop) == NULL);
    struct http_loop *home = MEM_NEW(struct http_loop);
    home->server = server;
    home->loop = loop;
    list_init(&home->idle);
    list_init(&home->active);
    home->compressor = compressor_new();
    atomic_store_explicit(&server->loops[loop_index(loop)], home, memory_order_release);
    listener_start(home);
}

static void end_event_streams(struct http_loop *home)
{
    LIST_EACH (node, &home->active) {
        struct connection *connection = LIST_OWNER(node, struct connection, link);
        if (connection->exchange != NULL && connection->exchange->is_event_stream)
            fiber_cancel(connection->fiber);
    }
}

void http_server_drain(struct http_server *server, struct loop *loop)
{
    struct http_loop *home = home_of(server, loop);
    if (home == NULL)
        return;
    home->is_draining = true;
    listener_stop(home);
    struct list *node;
    while ((node = home->idle.next) != &home->idle)
        connection_close(LIST_OWNER(node, struct connection, link));
    end_event_streams(home);
}

bool http_server_is_drained(const struct http_server *server, const struct loop *loop)
{
    const struct http_loop *home = home_of(server, loop);
    return home == NULL || atomic_load(&home->connections) == 0;
}

void http_server_abort(struct http_server *server, struct loop *loop)
{
    struct http_loop *home = home_of(server, loop);
    if (home == NULL)
        return;
    http_server_drain(server, loop);
    struct list *next;
    for (struct list *node = home->active.next; node != &home->active; node = next) {
        next = node->next;
        struct connection *connection = LIST_OWNER(node, struct connection, link);
        if (connection->state == CONNECTION_BUSY) {
            connection->is_broken = true;
            fiber_cancel(connection->fiber);
        } else {
            connection_close(connection);
        }
    }
}

size_t http_loop_buffer_len(const struct http_loop *home)
{
    return home->server->limits.max_head_len +
           3; /* the empty line before it, and the byte that is too much */
}

char *http_loop_take_buffer(struct http_loop *home)
{
    struct http_buffer *buffer = home->buffers;
    if (buffer == NULL)
        return mem_alloc(http_loop_buffer_len(home));
    home->buffers = buffer->next;
    home->buffer_count--;
    return (char *)buffer;
}

void http_loop_give_buffer(struct http_loop *home, char *memory)
{
    if (home->buffer_count >= KEPT_BUFFERS) {
        mem_free(memory);
        return;
    }
    struct http_buffer *buffer = (struct http_buffer *)(void *)memory;
    buffer->next = home->buffers;
    home->buffers = buffer;
    home->buffer_count++;
}

struct str http_loop_date_line(struct http_loop *home)
{
    if (loop_now_us() >= home->date_due_us) {
        struct instant now = clock_read(home->server->platform->clock);
        memcpy(home->date_line, "Date: ", 6);
        instant_format_http(now, home->date_line + 6);
        memcpy(home->date_line + 6 + INSTANT_HTTP_CHARS, "\r\n", 2);
        home->date_due_us = loop_now_us() + US_PER_SECOND - now.us % US_PER_SECOND;
    }
    return str_from(home->date_line, HTTP_DATE_LINE_CHARS);
}
