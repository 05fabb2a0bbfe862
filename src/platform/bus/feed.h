/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the files of the bus share: its state, and one step of the relay and of a consumer. */
#ifndef PLATFORM_BUS_FEED_H
#define PLATFORM_BUS_FEED_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/data/list.h"

#include "platform/bus/bus.h"
#include "platform/fiber/fiber.h"

enum { BUS_MAX_CONSUMERS = 64 };

/* One reader of the feed in this process. */
struct consumer_seat {
    struct bus *bus;
    const struct event_consumer *consumer;
    struct fiber *fiber; /* NULL: not running */
    bool is_parked;
    bool is_called; /* there is something for it, since its step began */
    int failures;   /* in a row, at the same event */
};

struct bus {
    const struct platform *platform;
    int64_t poll_us;
    struct consumer_seat seats[BUS_MAX_CONSUMERS];
    size_t seat_count;

    /* Owned by the loop that bus_start ran on. */
    struct loop *loop;
    struct fiber *relay;
    bool is_relay_parked, is_relay_pacing;
    bool is_relay_called; /* something was committed since its step began */
    bool is_stopping;
    _Atomic bool is_nudged;
    _Atomic bool are_all_called; /* the consumers, by the nudge */
    struct loop_task nudge;

    /* Signals: any thread, under the mutex. */
    pthread_mutex_t mutex;
    struct list subscriptions;
    uint64_t next_subscription;
};

struct ctx bus_ctx(struct bus *bus, struct arena *arena);

/* What a step of the relay did. */
struct relay_step {
    struct array types; /* struct str, in cx->arena: of what it placed; none when it placed nothing */
    bool is_full;       /* there is more that can be placed at once */
    bool has_waiting;   /* there was something, whether or not it could be placed */
};
/* Places what is surely committed. */
MUST_USE struct error *bus_relay_step(struct ctx *cx, struct relay_step *ret_step);

bool bus_consumer_wants(const struct event_consumer *consumer, struct str event_type);

/* Makes sure that the consumer has a cursor. */
MUST_USE struct error *bus_consumer_add(struct ctx *cx, const struct event_consumer *consumer);
/* Handles the next events (one, after a failure) in one transaction; ret_more: the feed goes on behind them. An event that failed
 * too often is set aside. */
MUST_USE struct error *bus_consumer_step(struct ctx *cx, struct consumer_seat *seat, bool *ret_more);

void bus_signals_init(struct bus *bus);
void bus_signals_fini(struct bus *bus);

#endif
