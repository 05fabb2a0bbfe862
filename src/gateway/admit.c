/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What happens when more comes than can be done: vital routes go first, others are refused while requests wait too long to begin,
 * writes or long reads wait too long for the database, or too many are in progress, of which fewer are let in the longer vital
 * work takes. A refusal costs a few microseconds, before the caller is looked up, and is told in its turn. */
#include <time.h>

#include "platform/crypto/crypto.h"
#include "platform/db/db.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/loop.h"
#include "platform/log/log.h"

#include "gateway/gate.h"

enum refusal { REFUSED_STARTS, REFUSED_WRITES, REFUSED_LISTS, REFUSED_CROWD, REFUSED_VITAL };

static const char *const refusal_words[] = {[REFUSED_STARTS] = "starts",
                                            [REFUSED_WRITES] = "writes",
                                            [REFUSED_LISTS] = "lists",
                                            [REFUSED_CROWD] = "crowd",
                                            [REFUSED_VITAL] = "vital"};

enum load_metric { LOAD_REFUSED, LOAD_VITAL_WAIT };

/* clang-format off */
static const struct metric rows[] = {
    [LOAD_VITAL_WAIT] = {.name = "http_vital_wait_seconds", .kind = METRIC_HISTOGRAM, .help = "From a vital request's whole head to the beginning of its work", .buckets = metric_latency_buckets, .bucket_count = METRIC_LATENCY_BUCKETS},
    [LOAD_REFUSED] = {.name = "http_requests_refused_for_load_total", .kind = METRIC_COUNTER, .help = "Requests answered 503 because of load, by what they would have waited for", .label = "queue", .label_words = refusal_words, .label_count = COUNT_OF(refusal_words)},
};
/* clang-format on */
const struct metric_table gateway_load_metrics = {"gateway_load", rows, COUNT_OF(rows)};

#define TELL_EVERY_US (10 * US_PER_SECOND)
/* Spread, so that those who were refused together do not come back together. */
enum { RETRY_MIN_MS = 1000, RETRY_SPREAD_MS = 3000 };

/* Of a loop; each has a stack meanwhile, of which vital requests need some. */
enum { MOST_WAIT_TO_BE_TOLD = 8192 };

/* Where no bound is set: more than a loop has stacks for. */
enum { ANY_CROWD = 20000 };

void gate_set_loads(struct gateway *gateway)
{
    int64_t crowd = gateway->settings->overload_crowd;
    int64_t most = gateway->settings->overload_delay_us == 0 ? 0 : crowd != 0 ? crowd : ANY_CROWD;
    for (size_t i = 0; i < GATE_MAX_LOOPS; i++) {
        gateway->loads[i].starts.target_us = gateway->settings->overload_delay_us;
        gateway->loads[i].writes.target_us = gateway->settings->overload_delay_us;
        gateway->loads[i].lists.target_us = gateway->settings->overload_delay_us;
        gateway->loads[i].throttle.most = most;
    }
}

bool gateway_is_vital(void *arg, struct http_exchange *exchange)
{
    const struct gateway *gateway = arg;
    const struct http_request *request = exchange_request(exchange);
    struct route_match *match = ARENA_NEW(exchange_arena(exchange), struct route_match);
    *match = router_match(gateway->router, request->method, request->path);
    exchange_keep(exchange, match);
    return match->route != NULL && match->route->is_vital;
}

static struct gate_load *load_of(struct gate *gate)
{
    return &gate->gateway->loads[loop_index(loop_self())];
}

/* Once in a while for each loop: lines by the thousand help nobody. */
static void tell(struct gate *gate, struct gate_load *load, enum refusal refusal, int64_t now_us)
{
    metric_add(gate->cx.platform->metrics, &gateway_load_metrics, LOAD_REFUSED, refusal, 1);
    if (load->told_us != 0 && now_us - load->told_us < TELL_EVERY_US)
        return;
    load->told_us = now_us;
    LOG(&gate->cx, WARN, "gateway.overloaded", log_text("queue", str_cstr(refusal_words[refusal])),
        log_i64("in_progress", load->in_progress));
}

/* Who is told at once asks again at once; a client that is gone by then ends the wait. */
static void wait_for_turn(struct gate *gate, struct gate_load *load, int64_t now_us)
{
    int64_t due_us = load->refused < MOST_WAIT_TO_BE_TOLD ? pacer_take(&load->refusals, now_us) : now_us;
    if (due_us <= now_us)
        return;
    load->refused++;
    error_ignore(fiber_sleep_until(&gate->cx, due_us));
    load->refused--;
}

static struct error *refuse(struct gate *gate, struct gate_load *load, enum refusal refusal, int64_t now_us)
{
    uint16_t chance = 0;
    crypto_random(&chance, sizeof(chance));
    tell(gate, load, refusal, now_us);
    wait_for_turn(gate, load, now_us);
    struct error *error = ERROR(&gate->cx, gateway_overloaded, "more comes than can be done right now");
    error->retry_after_ms = RETRY_MIN_MS + chance % RETRY_SPREAD_MS;
    return error;
}

/* What moves bytes takes as long as its client likes, and costs little meanwhile. */
static bool is_counted(const struct route *route)
{
    return route->raw_body_type == NULL && route->raw_reply_type == NULL && route->timeout_us >= 0;
}

static int64_t monotonic_us(void)
{
    struct timespec now; /* the loop's time stands still within a turn */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

/* Whether the database has time for what this route asks. Reads that take a query are the long ones. */
static struct error *admit_to_database(struct gate *gate, struct gate_load *load, int64_t now_us)
{
    const struct route *route = gate->match.route;
    struct db *db = gate->cx.platform->db;
    bool is_write = route->method != HTTP_GET && route->method != HTTP_HEAD;
    if (is_write && !admission_judge(&load->writes, now_us, db_wait_us(db, DB_QUEUE_WRITES)))
        return refuse(gate, load, REFUSED_WRITES, now_us);
    bool is_list = !is_write && route->query != NULL;
    if (is_list && !admission_judge(&load->lists, now_us, db_wait_us(db, DB_QUEUE_READS)))
        return refuse(gate, load, REFUSED_LISTS, now_us);
    return NULL;
}

static void look_at_vital_work(struct gate_load *load, int64_t now_us)
{
    struct db_effort effort = db_vital_effort();
    throttle_look(&load->throttle, now_us, (struct throttle_work){.count = effort.count, .us = effort.us});
}

static void admit_vital(const struct gate *gate, int64_t waited_us)
{
    metric_observe(gate->cx.platform->metrics, &gateway_load_metrics, LOAD_VITAL_WAIT, 0,
                   (double)waited_us / (double)US_PER_SECOND);
}

struct error *gate_admit(struct gate *gate)
{
    const struct route *route = gate->match.route;
    int64_t now_us = monotonic_us();
    int64_t waited_us = now_us - exchange_facts(gate->call.exchange).opened_us;
    gate->cx.is_vital = route->is_vital;
    fiber_set_vital(route->is_vital); /* the one before on this connection may have been another */
    struct gate_load *load = load_of(gate);
    look_at_vital_work(load, now_us);
    if (route->is_vital) {
        admit_vital(gate, waited_us);
        return NULL;
    }
    if (!admission_judge(&load->starts, now_us, waited_us))
        return refuse(gate, load, REFUSED_STARTS, now_us);
    TRY(admit_to_database(gate, load, now_us));
    if (!is_counted(route))
        return NULL;
    int64_t crowd = gate->gateway->settings->overload_crowd;
    if (crowd != 0 && load->in_progress >= crowd)
        return refuse(gate, load, REFUSED_CROWD, now_us);
    if (!throttle_admits(&load->throttle, load->in_progress))
        return refuse(gate, load, REFUSED_VITAL, now_us);
    load->in_progress++;
    gate->is_counted = true;
    return NULL;
}

void gate_leave(struct gate *gate)
{
    if (gate->is_counted)
        load_of(gate)->in_progress--;
}
