/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The client: a libcurl multi handle per loop, driven by the loop's readiness and timers; a fiber waits for its transfer. */
#include "platform/http/client.h"

#include <sys/epoll.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"
#include "platform/http/client/transfer.h"
#include "platform/http/engine/metrics.h"
#include "platform/metrics/metrics.h"

#define MAX_LOOPS            256
#define DEFAULT_TIMEOUT_US   (30 * US_PER_SECOND)
#define KEPT_CONNECTIONS     32L
#define CONNECTIONS_PER_HOST 64L

struct client_loop {
    struct loop *loop;
    CURLM *multi;
    struct timer timer;
    struct list transfers;
};

struct http_client {
    const struct platform *platform;
    struct str ca_file;                   /* empty: the system's */
    struct client_loop *loops[MAX_LOOPS]; /* by loop_index; each written by its own thread */
};

/* ---- driving libcurl ---- */

struct client_socket {
    struct io_watch watch;
    struct client_loop *home;
};

/* Wakes the fiber once: it waits for nothing else meanwhile, and a wake too many would end a wait of another kind. */
static void finish(struct transfer *transfer)
{
    transfer->is_over = true;
    list_remove(&transfer->link);
    fiber_wake(transfer->fiber);
}

static void finish_done(struct client_loop *home)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(home->multi, &left)) != NULL;) {
        struct transfer *transfer = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        REQUIRE(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
        transfer->result = message->data.result;
        finish(transfer);
    }
}

static void act(struct client_loop *home, curl_socket_t fd, int events)
{
    int running = 0;
    REQUIRE(curl_multi_socket_action(home->multi, fd, events, &running) == CURLM_OK);
    finish_done(home);
}

static void socket_ready(struct io_watch *watch, uint32_t events)
{
    struct client_socket *socket = LIST_OWNER(watch, struct client_socket, watch);
    int flags = 0;
    flags |= (events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
    flags |= (events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
    act(socket->home, watch->fd, flags); /* may release the socket */
}

static uint32_t epoll_events(int what)
{
    return ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
           ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
}

static void socket_watch(struct client_loop *home, curl_socket_t fd, uint32_t events)
{
    struct client_socket *socket = MEM_NEW(struct client_socket);
    socket->home = home;
    socket->watch = (struct io_watch){.fd = fd, .events = events, .ready = socket_ready};
    io_watch_start(home->loop, &socket->watch);
    REQUIRE(curl_multi_assign(home->multi, fd, socket) == CURLM_OK);
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
    struct client_loop *home = arg;
    struct client_socket *socket = assigned;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL)
            io_watch_stop(home->loop, &socket->watch);
        mem_free(socket);
    } else if (socket == NULL) {
        socket_watch(home, fd, epoll_events(what));
    } else {
        io_watch_change(home->loop, &socket->watch, epoll_events(what));
    }
    return 0;
}

static void timer_fired(struct timer *timer)
{
    act(LIST_OWNER(timer, struct client_loop, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int timer_changed(CURLM *multi, long timeout_ms, void *arg)
{
    struct client_loop *home = arg;
    (void)multi;
    if (timeout_ms < 0)
        timer_stop(home->loop, &home->timer);
    else
        timer_start(home->loop, &home->timer, loop_now_us() + timeout_ms * US_PER_MS);
    return 0;
}

/* ---- a transfer's steps in loop context ---- */

static void start(struct loop_task *task)
{
    struct transfer *transfer = LIST_OWNER(task, struct transfer, start_task);
    struct client_loop *home = transfer->home;
    if (transfer->is_over) /* the loop was detached in between */
        return;
    transfer->is_shut_down = home->multi == NULL;
    if (transfer->is_shut_down)
        finish(transfer);
    else
        REQUIRE(curl_multi_add_handle(home->multi, transfer->easy) == CURLM_OK);
}

static void abandon(struct loop_task *task)
{
    struct transfer *transfer = LIST_OWNER(task, struct transfer, abort_task);
    if (!transfer->is_over)
        finish(transfer);
}

/* The handle leaves the multi on the thread's stack too: closing a TLS connection is work. */
static void release(struct loop_task *task)
{
    struct transfer *transfer = LIST_OWNER(task, struct transfer, start_task);
    if (transfer->home->multi != NULL)
        (void)curl_multi_remove_handle(transfer->home->multi, transfer->easy);
    transfer_release(transfer);
    fiber_wake(transfer->fiber);
}

/* ---- start and end ---- */

struct http_client *http_client_new(const struct platform *platform, struct str ca_file)
{
    REQUIRE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    struct http_client *client = MEM_NEW(struct http_client);
    client->platform = platform;
    client->ca_file = ca_file;
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    for (size_t i = 0; i < MAX_LOOPS; i++) {
        REQUIRE(client->loops[i] == NULL || client->loops[i]->multi == NULL);
        mem_free(client->loops[i]);
    }
    mem_free(client);
    curl_global_cleanup();
}

static struct client_loop **place_of(struct http_client *client, const struct loop *loop)
{
    int index = loop_index(loop);
    REQUIRE(index >= 0 && index < MAX_LOOPS);
    return &client->loops[index];
}

#define SET(multi, option, value) REQUIRE(curl_multi_setopt((multi), CURLMOPT_##option, (value)) == CURLM_OK)

void http_client_attach_loop(struct http_client *client, struct loop *loop)
{
    struct client_loop **place = place_of(client, loop);
    REQUIRE(*place == NULL);
    struct client_loop *home = MEM_NEW(struct client_loop);
    home->loop = loop;
    home->timer.fire = timer_fired;
    home->multi = curl_multi_init();
    REQUIRE(home->multi != NULL);
    list_init(&home->transfers);
    SET(home->multi, SOCKETFUNCTION, socket_changed);
    SET(home->multi, SOCKETDATA, home);
    SET(home->multi, TIMERFUNCTION, timer_changed);
    SET(home->multi, TIMERDATA, home);
    SET(home->multi, MAXCONNECTS, KEPT_CONNECTIONS);
    SET(home->multi, MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST);
    *place = home;
}

void http_client_detach_loop(struct http_client *client, struct loop *loop)
{
    struct client_loop *home = *place_of(client, loop);
    if (home == NULL || home->multi == NULL)
        return;
    for (struct list *node; (node = home->transfers.next) != &home->transfers;) {
        struct transfer *transfer = LIST_OWNER(node, struct transfer, link);
        (void)curl_multi_remove_handle(home->multi,
                                       transfer->easy); /* one that has not started yet is in no multi */
        transfer->is_shut_down = true;
        finish(transfer);
    }
    REQUIRE(curl_multi_cleanup(home->multi) == CURLM_OK);
    home->multi = NULL;
    timer_stop(loop, &home->timer);
}

/* ---- a call ---- */

static void await_end(struct transfer *transfer)
{
    while (!transfer->is_over) {
        switch (fiber_park(transfer->deadline_us)) {
        case FIBER_WOKEN:
            continue;
        case FIBER_TIMED_OUT:
            transfer->result = CURLE_OPERATION_TIMEDOUT;
            break;
        case FIBER_CANCELLED:
            transfer->result = CURLE_ABORTED_BY_CALLBACK;
            break;
        }
        loop_defer(transfer->home->loop, &transfer->abort_task);
        while (!transfer->is_over)
            fiber_park_firmly();
        return;
    }
}

/* Runs the transfer from start to release; *ret_status is the reply's. */
static void run(struct transfer *transfer, int *ret_status)
{
    long status = 0;
    list_append(&transfer->home->transfers, &transfer->link);
    transfer->start_task.fn = start;
    transfer->abort_task.fn = abandon;
    loop_defer(transfer->home->loop, &transfer->start_task);
    await_end(transfer);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    *ret_status = (int)status;
    transfer->start_task.fn = release;
    loop_defer(transfer->home->loop, &transfer->start_task);
    while (transfer->easy != NULL)
        fiber_park_firmly();
}

static int64_t deadline_of(const struct ctx *cx, const struct http_client_request *request)
{
    int64_t timeout_us = request->timeout_us != 0 ? request->timeout_us : DEFAULT_TIMEOUT_US;
    int64_t deadline_us = loop_now_us() + timeout_us;
    return deadline_us < cx->deadline_us ? deadline_us : cx->deadline_us;
}

static enum http_client_outcome outcome_of(const struct error *error)
{
    if (error == NULL)
        return HTTP_CLIENT_OK;
    switch ((int)error->reason->code) {
    case ERROR_TIMEOUT:
        return HTTP_CLIENT_TIMEOUT;
    case ERROR_CANCELLED:
        return HTTP_CLIENT_CANCELLED;
    case ERROR_UNAVAILABLE:
        return HTTP_CLIENT_UNAVAILABLE;
    default:
        return HTTP_CLIENT_REFUSED;
    }
}

static struct error *call(struct ctx *cx, struct client_loop *home, const struct http_client_request *request,
                          struct http_client_reply *ret_reply)
{
    int status = 0;
    struct transfer transfer = {
        .cx = cx,
        .request = request,
        .home = home,
        .fiber = fiber_self(),
        .deadline_us = deadline_of(cx, request),
        .ca_file = cx->platform->http_client->ca_file,
    };
    FAULT_POINT(cx, "http.client");
    TRY(transfer_prepare(&transfer));
    run(&transfer, &status);
    if (transfer.result == CURLE_ABORTED_BY_CALLBACK && !transfer.is_forbidden)
        return ERROR_CODE(cx, CANCELLED, "the work was cancelled");
    return transfer_conclude(&transfer, status, ret_reply);
}

struct error *http_client_call(struct ctx *cx, const struct http_client_request *request,
                               struct http_client_reply *ret_reply)
{
    struct client_loop *home = *place_of(cx->platform->http_client, loop_self());
    REQUIRE(home != NULL && fiber_self() != NULL);
    struct error *error = call(cx, home, request, ret_reply);
    if (cx->platform->metrics != NULL)
        metric_add(cx->platform->metrics, &http_metrics, HTTP_METRIC_CLIENT_CALLS, outcome_of(error), 1);
    return error;
}
