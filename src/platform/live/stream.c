/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A stream of events: what the room has is written while the client takes it; who is too slow for the room's log gets its state
 * anew, as a snapshot. */
#include "platform/live/stream.h"

#include "base/text/number.h"

#include "platform/fiber/fiber.h"
#include "platform/live/join.h"

/* Proxies give a silent connection up after a minute. */
#define HEARTBEAT_US (20 * US_PER_SECOND)

struct stream {
    struct watcher watcher; /* first */
    struct list link;       /* hub->streams */
    struct id session_id;
    int64_t checked_us;
    struct http_exchange *exchange;
    struct member *member; /* NULL: not a member */
    struct fiber *fiber;
    bool is_parked;
    bool is_over; /* the room was left, or the session has ended */
};

static void wake(struct stream *stream)
{
    if (!stream->is_parked)
        return;
    stream->is_parked = false;
    fiber_wake(stream->fiber);
}

static void stream_ready(struct watcher *watcher)
{
    wake((struct stream *)(void *)watcher);
}

static void stream_removed(struct watcher *watcher, struct str room, struct str code)
{
    (void)room;
    (void)code;
    struct stream *stream = (struct stream *)(void *)watcher;
    stream->member = NULL;
    stream->is_over = true;
    wake(stream);
}

static void end_where(struct hub *hub, bool (*is_meant)(const struct stream *stream, struct id id),
                      struct id id)
{
    LIST_EACH (node, &hub->streams) {
        struct stream *stream = LIST_OWNER(node, struct stream, link);
        if (!is_meant(stream, id))
            continue;
        stream->is_over = true;
        wake(stream);
    }
}

static bool is_of_session(const struct stream *stream, struct id session_id)
{
    return id_equal(stream->session_id, session_id);
}

static bool is_of_account(const struct stream *stream, struct id account_id)
{
    return id_equal(stream->watcher.account_id, account_id);
}

void streams_end_session(struct hub *hub, struct id session_id)
{
    if (!id_is_none(session_id))
        end_where(hub, is_of_session, session_id);
}

void streams_end_account(struct hub *hub, struct id account_id)
{
    if (!id_is_none(account_id))
        end_where(hub, is_of_account, account_id);
}

/* ---- writing ---- */

/* What is not of the room's stream has no id: a client that comes back names the last that has one. */
static struct error *send_event(struct stream *stream, struct str type, int64_t sequence, struct str text)
{
    char digits[NUMBER_I64_CHARS];
    struct str id = sequence > 0 ? str_from(digits, number_format_i64(digits, sequence)) : STR_NONE;
    return exchange_sse_event(stream->exchange, id, type, text);
}

static struct error *send_state(struct ctx *cx, struct stream *stream, const struct live_join *state)
{
    if (state->snapshot.len != 0) {
        struct str text =
            packet_json(cx->arena, STR("snapshot"), state->room, state->sequence, state->snapshot);
        TRY(send_event(stream, STR("snapshot"), state->sequence, text));
    }
    for (size_t i = 0; i < state->missed.count; i++) {
        const struct live_message *message = ARRAY_AT(struct live_message, state->missed, i);
        struct str text =
            packet_json(cx->arena, message->type, state->room, message->sequence, message->body);
        TRY(send_event(stream, message->type, message->sequence, text));
    }
    return NULL;
}

static struct error *send_packet(struct stream *stream, struct packet *packet)
{
    struct error *error = send_event(stream, packet_type(packet), packet->sequence, packet_text(packet));
    packet_unref(packet);
    return error;
}

/* ---- the fiber ---- */

/* Reads the state and watches from there on. */
static struct error *join(struct ctx *cx, struct stream *stream, struct joining *joining, struct str key,
                          int64_t after_sequence)
{
    struct error *error = join_room(cx, joining, key, after_sequence);
    stream->member = error == NULL ? joining->member : NULL;
    if (error == NULL)
        member_activate(stream->member, joining->result.sequence);
    return error;
}

static struct error *rejoin(struct ctx *cx, struct stream *stream, struct joining *joining, struct str key)
{
    struct arena_mark mark = arena_mark(cx->arena);
    hub_count(stream->watcher.hub, LIVE_METRIC_SNAPSHOTS, 1);
    TRY(join(cx, stream, joining, key, stream->member->sequence));
    TRY(send_state(cx, stream, &joining->result));
    arena_rewind(cx->arena, mark);
    return NULL;
}

static void check_session(struct ctx *cx, struct stream *stream)
{
    const struct live_options *options = &stream->watcher.hub->live->options;
    const struct caller *caller = NULL;
    if (id_is_none(stream->session_id) || options->find_caller == NULL ||
        !hub_check_is_due(stream->watcher.hub, &stream->checked_us))
        return;
    struct arena_mark mark = arena_mark(cx->arena);
    struct error *error = options->find_caller(cx, stream->session_id, &caller);
    if (error_has_code(error, ERROR_UNAUTHENTICATED) || error_has_code(error, ERROR_FORBIDDEN))
        stream->is_over = true;
    arena_rewind(cx->arena, mark);
}

/* Until there is something to do, or the client wants to hear that we are still here. */
static struct error *wait(struct ctx *cx, struct stream *stream)
{
    stream->is_parked = true;
    enum fiber_wakeup wakeup = fiber_park(loop_now_us() + HEARTBEAT_US);
    stream->is_parked = false;
    switch (wakeup) {
    case FIBER_WOKEN:
        return NULL;
    case FIBER_TIMED_OUT:
        return exchange_sse_comment(stream->exchange, STR("still here"));
    case FIBER_CANCELLED:
        return ERROR_CODE(cx, CANCELLED, "the stream ends");
    }
    UNREACHABLE("all wake-ups are handled");
}

static struct error *follow(struct ctx *cx, struct stream *stream, struct joining *joining, struct str key)
{
    TRY(send_state(cx, stream, &joining->result));
    for (check_session(cx, stream); !stream->is_over; check_session(cx, stream)) {
        struct packet *packet = member_next(stream->member);
        if (packet != NULL)
            TRY(send_packet(stream, packet_ref(packet)));
        else if (stream->member->state == MEMBER_BEHIND)
            TRY(rejoin(cx, stream, joining, key));
        else
            TRY(wait(cx, stream));
    }
    return exchange_end(stream->exchange);
}

static int64_t last_event(const struct http_exchange *exchange)
{
    int64_t sequence = -1;
    struct str field = http_field(exchange_request(exchange), HTTP_FIELD_LAST_EVENT_ID);
    return number_parse_i64(str_trim(field), 0, INT64_MAX, &sequence) ? sequence : -1;
}

static struct error *serve(struct ctx *cx, struct stream *stream, struct joining *joining, struct str key)
{
    TRY(join(cx, stream, joining, key, last_event(stream->exchange)));
    TRY(exchange_sse_begin(stream->exchange));
    return follow(cx, stream, joining, key);
}

struct error *live_serve_events(struct ctx *cx, struct http_exchange *exchange, struct str room)
{
    struct live *live = cx->platform->live;
    struct hub *hub = live->hubs[loop_index(loop_self())];
    struct joining joining = {0};
    struct str key = STR_NONE;
    if (hub == NULL || hub->is_draining)
        return ERROR(cx, live_full, "this instance is shutting down");
    TRY(join_parse(cx, live, room, &joining.kind, &key));
    struct stream stream = {
        .watcher = {.hub = hub,
                    .account_id = cx->caller->account_id,
                    .ready = stream_ready,
                    .removed = stream_removed},
        .session_id = cx->caller->session_id,
        .checked_us = loop_now_us(),
        .exchange = exchange,
        .fiber = fiber_self(),
    };
    joining.watcher = &stream.watcher;
    list_init(&stream.watcher.members);
    list_append(&hub->streams, &stream.link);
    hub_count(hub, LIVE_METRIC_STREAMS, 1);
    struct error *error = serve(cx, &stream, &joining, key);
    hub_count(hub, LIVE_METRIC_STREAMS, -1);
    watcher_leave_all(&stream.watcher);
    list_remove(&stream.link);
    hub_free_unused(hub);
    return error;
}
