/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A crowd of fibers. */
#include "platform/db/tests/crowd.h"

#include "base/mem/alloc.h"

#include "platform/fiber/fiber.h"

struct crowd {
    const struct ctx *cx;
    crowd_fn fn;
    void *arg;
    size_t left;
    struct fiber *starter;
};

struct member {
    struct crowd *crowd;
    size_t number;
};

static void run_member(void *arg)
{
    struct member *member = arg;
    struct crowd *crowd = member->crowd;
    struct ctx cx = *crowd->cx;
    cx.arena = arena_new(0);
    crowd->fn(&cx, member->number, crowd->arg);
    arena_free(cx.arena);
    if (--crowd->left == 0)
        fiber_wake(crowd->starter);
}

void crowd_run(struct ctx *cx, size_t count, crowd_fn fn, void *arg)
{
    struct crowd crowd = {.cx = cx, .fn = fn, .arg = arg, .left = count, .starter = fiber_self()};
    struct member *members = mem_alloc_array(count, sizeof(*members));
    for (size_t i = 0; i < count; i++) {
        members[i] = (struct member){.crowd = &crowd, .number = i};
        REQUIRE(fiber_spawn("member", run_member, &members[i]) != NULL);
    }
    fiber_park_firmly();
    mem_free(members);
}

void crowd_wait_until(const atomic_size_t *value, size_t wanted)
{
    while (atomic_load(value) < wanted)
        fiber_yield();
}
