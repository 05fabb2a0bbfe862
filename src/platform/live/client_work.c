/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a client's fiber does: one command from its text to its answer, or the state of a room read again. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/cache/cache.h"
#include "platform/crypto/crypto.h"
#include "platform/fiber/fiber.h"
#include "platform/live/command.h"
#include "platform/live/join.h"
#include "platform/log/log.h"
#include "platform/trace/trace.h"

#define COMMAND_TIMEOUT_US (30 * US_PER_SECOND)
enum { DEFAULT_PER_MINUTE = 240, DEFAULT_BURST = 60 };

static struct ctx make_ctx(struct arena *arena, struct client *client)
{
    uint8_t random[24];
    crypto_random(random, sizeof(random));
    struct ctx cx = {
        .arena = arena,
        .platform = client->watcher.hub->live->platform,
        .caller = &client->caller,
        .deadline_us = loop_now_us() + COMMAND_TIMEOUT_US,
        .client_address = arena_str(arena, str_from(client->address, client->address_len)),
        .user_agent = STR(""),
        .trace = trace_continue(STR_NONE, random),
    };
    cx.request_id = id_str(arena, crypto_new_id(&cx));
    return cx;
}

/* The session as it is now: its end is told at once, but a command may be quicker. */
static struct error *refresh_caller(struct ctx *cx, struct client *client)
{
    const struct live_options *options = &client->watcher.hub->live->options;
    const struct caller *caller = NULL;
    if (id_is_none(client->caller.session_id) || options->find_caller == NULL)
        return NULL;
    struct error *error = options->find_caller(cx, client->caller.session_id, &caller);
    bool has_ended = error_has_code(error, ERROR_UNAUTHENTICATED) || error_has_code(error, ERROR_FORBIDDEN);
    if (has_ended)
        client_close(client, LIVE_END_SESSION, WS_CLOSE_SESSION, "the session has ended");
    TRY(error);
    client->caller.permissions = caller->permissions;
    client->caller.is_verified = caller->is_verified;
    return NULL;
}

static struct error *spend(struct ctx *cx, const struct client *client, const struct live_command *row)
{
    if (!client->watcher.hub->live->settings->has_limits || cx->platform->cache == NULL)
        return NULL;
    int64_t remaining = 0, wait_us = 0;
    struct cache_budget budget = {.per_period = row->per_minute != 0 ? row->per_minute : DEFAULT_PER_MINUTE,
                                  .period_us = US_PER_MINUTE,
                                  .burst = row->burst != 0 ? row->burst : DEFAULT_BURST};
    struct str who = caller_is_anonymous(cx) ? cx->client_address : id_str(cx->arena, cx->caller->account_id);
    struct str key = arena_printf(cx->arena, "live.%s:%" STR_FMT, row->type, STR_ARG(who));
    if (cache_spend(cx, &budget, key, 1, &remaining, &wait_us))
        return NULL;
    struct error *error = ERROR(cx, live_rate_limited, "too many commands of type %s", row->type);
    error->retry_after_ms = wait_us / US_PER_MS + 1;
    return error;
}

static struct error *run_row(struct ctx *cx, struct client *client, const struct live_command *row,
                             const struct envelope *envelope, const void *body)
{
    struct live_call call = {.body = body};
    if (row->reply != NULL)
        call.reply = arena_alloc(cx->arena, row->reply->size);
    TRY(row->run(cx, &call));
    struct str members = row->reply != NULL ? json_encode(cx->arena, row->reply, call.reply) : STR_NONE;
    client_send(client, envelope_ok(cx->arena, envelope, members));
    return NULL;
}

static struct error *run_command(struct ctx *cx, struct client *client, struct str text,
                                 struct envelope *envelope)
{
    TRY(envelope_read(cx->arena, text, envelope));
    const struct command *command = command_find(client->watcher.hub->live->commands, envelope->type);
    if (command == NULL)
        return ERROR(cx, live_no_command, "there is no such command");
    cx->is_vital = command->row->is_vital;
    fiber_set_vital(cx->is_vital);
    TRY(refresh_caller(cx, client));
    if (command->row->needs_login && caller_is_anonymous(cx))
        return ERROR(cx, live_login_needed, "this needs a log-in");
    TRY(spend(cx, client, command->row));
    void *body = arena_alloc(cx->arena, command->decoded.size);
    TRY(json_decode(cx->arena, &command->decoded, text, body));
    return command->own != NULL ? command->own(cx, client, envelope, body)
                                : run_row(cx, client, command->row, envelope, body);
}

/* A client that asks too fast must wait; so must nobody else. */
static void log_failure(const struct ctx *cx, const struct error *error)
{
    if (cx->platform->log != NULL && error_code_status(error->reason->code) >= 500)
        log_error(cx->platform->log, cx, "live.failed", error);
}

static void rejoin(struct ctx *cx, struct client *client, struct str room)
{
    struct member *member = watcher_find(&client->watcher, room);
    if (member == NULL || member->state != MEMBER_BEHIND)
        return; /* left in the meantime, or joined again */
    struct joining joining = {.watcher = &client->watcher, .kind = member->kind};
    struct str key = arena_str(cx->arena, str_from(member->key, member->key_len));
    struct error *error = refresh_caller(cx, client);
    if (error == NULL)
        error = join_room(cx, &joining, key, member->sequence);
    if (error == NULL) {
        hub_count(client->watcher.hub, LIVE_METRIC_SNAPSHOTS, 1);
        client_show(cx, client, &joining);
        return;
    }
    log_failure(cx, error);
    client->watcher.removed(&client->watcher, room, str_cstr(error->reason->name));
}

void client_work(struct client *client, const struct request *request)
{
    struct arena *arena = arena_new(0);
    struct ctx cx = make_ctx(arena, client);
    struct str text = str_from(request->text, request->len);
    struct envelope envelope = {0};
    struct error *error = NULL;
    fiber_set_vital(false); /* the command before may have been */
    switch (request->kind) {
    case REQUEST_COMMAND:
        error = run_command(&cx, client, text, &envelope);
        break;
    case REQUEST_REJOIN:
        rejoin(&cx, client, text);
        break;
    case REQUEST_CHECK:
        error_ignore(
            refresh_caller(&cx, client)); /* closed if it has ended; else it is asked again some time */
        break;
    }
    if (error != NULL) {
        log_failure(&cx, error);
        client_send(client, envelope_error(arena, &envelope, error, cx.request_id));
    }
    arena_free(arena);
}

void client_refuse(struct client *client, struct str text)
{
    struct arena *arena = arena_new(0);
    struct ctx cx = make_ctx(arena, client);
    struct envelope envelope = {0};
    error_ignore(envelope_read(arena, text, &envelope)); /* the answer is the same without an id */
    struct error *error = ERROR(&cx, live_rate_limited, "too many commands at once");
    client_send(client, envelope_error(arena, &envelope, error, cx.request_id));
    arena_free(arena);
    client_flush(client);
}
