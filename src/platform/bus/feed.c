/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Steps of the relay and of consumers: each is one transaction. */
#include "platform/bus/feed.h"

#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/bus/bus_repo.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/lists.h"
#include "platform/fault/fault.h"
#include "platform/log/log.h"

/* A step of a consumer looks so far ahead at most, however little of it the consumer wants; it takes more at once where they share
 * statements. */
enum {
    RELAY_BATCH = 500,
    CONSUMER_BATCH = 100,
    SHARING_BATCH = 500,
    CONSUMER_REACH = 5000,
    MAX_FAILURES = 6
};

/* --- the outbox --- */

static void nudge_after_commit(struct ctx *cx, void *arg)
{
    (void)arg;
    if (cx->platform->bus != NULL)
        bus_nudge(cx->platform->bus);
}

struct error *outbox_write_all(struct ctx *cx, struct tx *tx, const struct outbox_entry *entries,
                               size_t count)
{
    struct event *events = ARENA_ARRAY(cx->arena, struct event, count);
    for (size_t i = 0; i < count; i++)
        events[i] = (struct event){
            .id = crypto_new_id(cx),
            .type = str_cstr(entries[i].type->name),
            .aggregate_id = entries[i].aggregate_id,
            .version = entries[i].version,
            .at = clock_now(cx),
            .payload = json_encode(cx->arena, entries[i].type->payload, entries[i].payload),
        };
    if (count == 0)
        return NULL;
    TRY(bus_repo_insert(cx, tx, events, count));
    tx_after_commit(tx, nudge_after_commit, NULL);
    return NULL;
}

struct error *outbox_write(struct ctx *cx, struct tx *tx, const struct event_type *type,
                           struct id aggregate_id, int64_t version, const void *payload)
{
    struct outbox_entry entry = {
        .type = type, .aggregate_id = aggregate_id, .version = version, .payload = payload};
    return outbox_write_all(cx, tx, &entry, 1);
}

struct error *event_decode(struct ctx *cx, const struct event *event, const struct event_type *type,
                           void *ret_payload)
{
    REQUIRE(str_equal(event->type, str_cstr(type->name)));
    return json_decode(cx->arena, type->payload, event->payload, ret_payload);
}

/* --- the relay --- */

static struct error *place(struct ctx *cx, struct tx *tx, void *arg)
{
    struct relay_step *step = arg;
    int64_t placed = 0;
    TRY(bus_repo_place(cx, tx, RELAY_BATCH, &step->types, &placed));
    step->is_full = placed == RELAY_BATCH;
    return NULL;
}

struct error *bus_relay_step(struct ctx *cx, struct relay_step *ret_step)
{
    *ret_step = (struct relay_step){.types.count = 0};
    TRY(bus_repo_has_unplaced(cx, &ret_step->has_waiting));
    FAULT_POINT(cx, "bus.relay");
    return ret_step->has_waiting ? db_transact(cx, TX_WRITE, place, ret_step) : NULL;
}

/* --- consumers --- */

bool bus_consumer_wants(const struct event_consumer *consumer, struct str event_type)
{
    for (const struct event_type *const *type = consumer->types; *type != NULL; type++)
        if (str_equal(str_cstr((*type)->name), event_type))
            return true;
    return false;
}

static struct array types_of(struct ctx *cx, const struct event_consumer *consumer)
{
    size_t count = 0;
    while (consumer->types[count] != NULL)
        count++;
    struct str *types = ARENA_ARRAY(cx->arena, struct str, count);
    for (size_t i = 0; i < count; i++)
        types[i] = str_cstr(consumer->types[i]->name);
    return (struct array){types, count};
}

static struct error *add(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct event_consumer *consumer = arg;
    return bus_repo_add_consumer(cx, tx, str_cstr(consumer->name));
}

struct error *bus_consumer_add(struct ctx *cx, const struct event_consumer *consumer)
{
    struct event_consumer copy = *consumer;
    return db_transact(cx, TX_WRITE, add, &copy);
}

struct step {
    const struct event_consumer *consumer;
    int64_t limit;
    bool has_more;
    struct event failed; /* the event whose handle failed */
    bool has_failed;
};

static struct error *handle_events(struct ctx *cx, struct tx *tx, struct step *step,
                                   const struct array *events)
{
    if (events->count > 1 && step->consumer->handle_all != NULL)
        return step->consumer->handle_all(cx, tx, events);
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = ARRAY_AT(struct event, *events, i);
        struct error *error = step->consumer->handle(cx, tx, event);
        if (error != NULL) {
            step->failed = *event;
            step->has_failed = true;
            return error;
        }
    }
    return NULL;
}

/* What it does not want it passes by at once, as far as its reach. */
static struct error *consume(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    struct str name = str_cstr(step->consumer->name);
    struct bus_place place = {0};
    struct array events = {0};
    step->has_failed = false;
    step->has_more = false;
    TRY(bus_repo_lock_consumer(cx, tx, name, &place));
    struct bus_stretch stretch = {
        .after = place.position,
        .until = place.feed_position,
        .types = types_of(cx, step->consumer),
        .limit = step->limit,
    };
    if (stretch.until <= stretch.after)
        return NULL;
    if (stretch.until - stretch.after > CONSUMER_REACH)
        stretch.until = stretch.after + CONSUMER_REACH;
    if (stretch.types.count > 0)
        TRY(bus_repo_list_events(cx, tx, &stretch, &events));
    if (events.count > 0 && (int64_t)events.count == stretch.limit)
        stretch.until = ARRAY_AT(struct event, events, events.count - 1)->position;
    TRY(handle_events(cx, tx, step, &events));
    step->has_more = stretch.until < place.feed_position;
    return bus_repo_move_consumer(cx, tx, name, stretch.until);
}

struct setting_aside {
    const struct event_consumer *consumer;
    const struct event *event;
    struct str problem;
};

static struct error *set_aside(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct setting_aside *aside = arg;
    struct str name = str_cstr(aside->consumer->name);
    struct bus_place place = {0};
    TRY(bus_repo_lock_consumer(cx, tx, name, &place));
    TRY(bus_repo_set_aside(cx, tx, name, aside->event, aside->problem, clock_now(cx)));
    return bus_repo_move_consumer(cx, tx, name, aside->event->position);
}

/* The failing event is alone in its step (limit 1) from its second try on. */
static struct error *give_up_event(struct ctx *cx, struct consumer_seat *seat, struct step *step,
                                   const struct error *error)
{
    struct setting_aside aside = {seat->consumer, &step->failed, error_describe(cx->arena, error)};
    TRY(db_transact(cx, TX_WRITE, set_aside, &aside));
    LOG(cx, ERROR, "bus.event.set_aside", log_text("consumer", str_cstr(seat->consumer->name)),
        log_id("event_id", step->failed.id), log_text("problem", aside.problem));
    seat->failures = 0;
    step->has_more = true;
    return NULL;
}

static bool is_about_the_event(const struct step *step, const struct error *error)
{
    return step->has_failed && !error_code_may_retry(error->reason->code) &&
           error->reason->code != ERROR_CANCELLED;
}

static int64_t limit_of(const struct ctx *cx, const struct consumer_seat *seat)
{
    bool is_shared = seat->consumer->handle_all != NULL && db_takes_lists(cx);
    if (seat->failures > 0)
        return 1;
    return is_shared ? SHARING_BATCH : CONSUMER_BATCH;
}

struct error *bus_consumer_step(struct ctx *cx, struct consumer_seat *seat, bool *ret_more)
{
    struct step step = {.consumer = seat->consumer, .limit = limit_of(cx, seat)};
    FAULT_POINT(cx, "bus.consume");
    struct error *error = db_transact(cx, TX_WRITE, consume, &step);
    if (error == NULL) {
        seat->failures = 0;
    } else {
        seat->failures++;
        if (!is_about_the_event(&step, error) || seat->failures < MAX_FAILURES)
            return error;
        TRY(give_up_event(cx, seat, &step, error));
    }
    *ret_more = step.has_more;
    return NULL;
}
