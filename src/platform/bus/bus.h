/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Domain events by a transactional outbox. A service writes its events in the same transaction as its rows; one relay gives
 * feed positions to what is surely committed, so no reader of the feed skips a row; consumers get each event at least once,
 * in order per aggregate. A consumer's handle runs in one transaction with the move of its cursor, so its effects on the
 * database happen exactly once; outside effects are jobs that it enqueues there. The envelope is CloudEvents 1.0. */
#ifndef PLATFORM_BUS_BUS_H
#define PLATFORM_BUS_BUS_H

#include "base/json/json_type.h"

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

/* A row of a module's event table. name is "orders.order.paid". */
struct event_type {
    const char *name;
    const struct json_type *payload;
    const char *help;
};

/* An event as a consumer sees it. */
struct event {
    int64_t position; /* in the feed, rising, without meaning besides order */
    struct id id;
    struct str type;
    struct id aggregate_id;
    int64_t version; /* of the aggregate, rising */
    struct instant at;
    struct str payload; /* JSON; event_decode reads it by descriptor */
};

/* In the caller's transaction. payload is a struct of type->payload. version: the aggregate's row version. */
MUST_USE struct error *outbox_write(struct ctx *cx, struct tx *tx, const struct event_type *type,
                                    struct id aggregate_id, int64_t version, const void *payload);

/* Several at once, in this order. */
struct outbox_entry {
    const struct event_type *type;
    struct id aggregate_id;
    int64_t version;
    const void *payload;
};
MUST_USE struct error *outbox_write_all(struct ctx *cx, struct tx *tx, const struct outbox_entry *entries,
                                        size_t count);

MUST_USE struct error *event_decode(struct ctx *cx, const struct event *event, const struct event_type *type,
                                    void *ret_payload);

/* A reader of the feed with its own cursor. Two consumers never share a table row that both write. */
struct event_consumer {
    const char *name;                      /* "analytics.counters"; stable: it is the cursor's key */
    const struct event_type *const *types; /* NULL-terminated; others are passed over */
    /* One event, in tx. Must be quick and wait for nothing but the database. An error stops this consumer; it is retried
     * with back-off, then the event is set aside in event_dead_letter and the feed goes on. */
    struct error *(*handle)(struct ctx *cx, struct tx *tx, const struct event *event);
    /* Several (struct event) at once, in their order, to the same effect; when it fails they come one by one. NULL: always so. */
    struct error *(*handle_all)(struct ctx *cx, struct tx *tx, const struct array *events);
    /* Empties what handle builds, for `lathe rebuild NAME`; NULL: cannot be rebuilt. */
    struct error *(*reset)(struct ctx *cx, struct tx *tx);
};

extern const struct setting_group bus_settings_group;

/* consumers is NULL-terminated and outlives the bus. */
struct bus *bus_new(const struct platform *platform, const struct config *config,
                    const struct event_consumer *const *consumers);
void bus_free(struct bus *bus); /* accepts NULL */

/* Starts relay and consumers as fibers of the calling loop; they stop when cancelled or the loop stops. Several processes
 * may run them: a lease in the database picks one. */
void bus_start(struct bus *bus);
void bus_stop(struct bus *bus);

/* Wakes the relay now (after a commit); any loop. */
void bus_nudge(struct bus *bus);

/* Waits until every consumer has passed all that was committed before the call; for tests and `lathe check`. */
MUST_USE struct error *bus_drain(struct ctx *cx, struct bus *bus);

/* Resets one consumer and feeds it everything again. Errors: not_found. */
MUST_USE struct error *bus_rebuild(struct ctx *cx, struct bus *bus, struct str consumer);

/* In-process signals without durability, to every loop (SSE, waiting pages): topic is "spec:{id}". */
typedef void (*bus_signal_fn)(void *arg, struct str topic, struct str payload);
struct bus_subscription;
/* fn runs in loop context of the subscribing loop; topic is copied. */
struct bus_subscription *bus_subscribe(struct bus *bus, struct str topic, bus_signal_fn fn, void *arg);
void bus_unsubscribe(struct bus *bus,
                     struct bus_subscription *subscription);            /* on the same loop; accepts NULL */
void bus_signal(struct bus *bus, struct str topic, struct str payload); /* from any loop or thread */

#endif
