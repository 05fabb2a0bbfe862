/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rate limits: a budget per class, spent by address, and by account once it is known. */
#include "base/text/number.h"

#include "gateway/gate.h"

/* clang-format off */
static const struct cache_budget base_budgets[RATE_CLASS_COUNT] = {
    [RATE_READ]       = {.per_period = 1200, .period_us = US_PER_MINUTE, .burst = 600},
    [RATE_WRITE]      = {.per_period = 240,  .period_us = US_PER_MINUTE, .burst = 120},
    [RATE_CREDENTIAL] = {.per_period = 20,   .period_us = US_PER_MINUTE, .burst = 20},
    [RATE_UPLOAD]     = {.per_period = 1200, .period_us = US_PER_MINUTE, .burst = 600},
    [RATE_MEDIA]      = {.per_period = 3000, .period_us = US_PER_MINUTE, .burst = 1500},
    [RATE_NONE]       = {.per_period = 1,    .period_us = 1,             .burst = 1},
};
static const char *const class_names[RATE_CLASS_COUNT] = {
    [RATE_READ] = "read", [RATE_WRITE] = "write", [RATE_CREDENTIAL] = "credential", [RATE_UPLOAD] = "upload",
    [RATE_MEDIA] = "media", [RATE_NONE] = "none",
};
/* clang-format on */

void gate_set_budgets(struct gateway *gateway)
{
    for (size_t i = 0; i < RATE_CLASS_COUNT; i++) {
        gateway->budgets[i] = base_budgets[i];
        gateway->budgets[i].per_period = gateway->budgets[i].per_period * gateway->settings->rate_scale / 100;
        gateway->budgets[i].burst = gateway->budgets[i].burst * gateway->settings->rate_scale / 100;
        if (gateway->budgets[i].per_period < 1)
            gateway->budgets[i].per_period = 1;
        if (gateway->budgets[i].burst < 1)
            gateway->budgets[i].burst = 1;
    }
}

static enum route_rate class_of(const struct route *route)
{
    if (route->has_rate)
        return route->rate;
    return route->method == HTTP_GET || route->method == HTTP_HEAD ? RATE_READ : RATE_WRITE;
}

static void add_number(struct gate *gate, struct str name, int64_t value)
{
    char *digits = arena_alloc_raw(gate->cx.arena, NUMBER_I64_CHARS);
    exchange_add_header(gate->call.exchange, name, str_from(digits, number_format_i64(digits, value)));
}

static int64_t seconds_up(int64_t us)
{
    return (us + US_PER_SECOND - 1) / US_PER_SECOND;
}

static struct error *spend(struct gate *gate, enum route_rate class, struct str key)
{
    const struct cache_budget *budget = &gate->gateway->budgets[class];
    int64_t remaining = 0, wait_us = 0;
    bool is_granted = cache_spend(&gate->cx, budget, key, 1, &remaining, &wait_us);
    add_number(gate, STR("RateLimit-Limit"), budget->burst);
    add_number(gate, STR("RateLimit-Remaining"), remaining);
    add_number(gate, STR("RateLimit-Reset"),
               seconds_up((budget->burst - remaining) * (budget->period_us / budget->per_period)));
    if (is_granted)
        return NULL;
    struct error *error = ERROR(&gate->cx, gateway_rate_limited, "too many requests of class %s; wait %lld s",
                                class_names[class], (long long)seconds_up(wait_us));
    error->retry_after_ms = wait_us / US_PER_MS + 1;
    return error;
}

/* A logged-in caller spends the account's budget, from wherever it calls; everybody else that of the address. Credentials are
 * limited by address alone: who tries passwords is not logged in. */
struct error *gate_limit_rate(struct gate *gate)
{
    enum route_rate class = class_of(gate->match.route);
    if (class == RATE_NONE || !gate->gateway->settings->is_rate_limited)
        return NULL;
    bool is_by_account = !caller_is_anonymous(&gate->cx) && class != RATE_CREDENTIAL;
    struct str who =
        is_by_account ? id_str(gate->cx.arena, gate->cx.caller->account_id) : gate->cx.client_address;
    return spend(gate, class, ARENA_JOIN(gate->cx.arena, str_cstr(class_names[class]), STR(":"), who));
}
