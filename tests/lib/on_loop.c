/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One loop, one fiber, one context for the body of a test. */
#include "lib/on_loop.h"

#include "base/mem/arena.h"

#include "platform/fiber/fiber.h"

struct body {
    struct loop *loop;
    struct ctx *cx;
    on_loop_fn fn;
    void *arg;
};

static void run_body(void *arg)
{
    struct body *body = arg;
    body->fn(body->cx, body->arg);
    loop_stop(body->loop);
}

void on_loop_with(const struct on_loop_options *options, on_loop_fn fn, void *arg)
{
    static const struct platform no_platform;
    struct ctx cx = {
        .arena = arena_new(0),
        .platform = options->platform != NULL ? options->platform : &no_platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("test"),
        .client_address = STR("127.0.0.1"),
        .user_agent = STR("test"),
    };
    struct loop *loop = loop_new(
        &(struct loop_options){.shuffle_seed = options->shuffle_seed, .max_fibers = options->max_fibers});
    struct body body = {.loop = loop, .cx = &cx, .fn = fn, .arg = arg};
    fiber_spawn_on(loop, "test", run_body, &body);
    loop_run(loop);
    loop_free(loop);
    arena_free(cx.arena);
}

void on_loop(on_loop_fn fn, void *arg)
{
    on_loop_with(&(struct on_loop_options){0}, fn, arg);
}
