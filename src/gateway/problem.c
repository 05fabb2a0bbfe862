/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Problem documents (RFC 9457): the one place where an error becomes a reply. */
#include "platform/http/problem.h"

#include "gateway/gate.h"

struct str gate_problem_json(struct gate *gate, const struct error *error)
{
    return problem_json(gate->cx.arena, error, gate->cx.request_id);
}

static void add_retry_after(struct gate *gate, const struct error *error)
{
    if (error->retry_after_ms == 0 && !error_code_may_retry(error->reason->code))
        return;
    long long seconds = (error->retry_after_ms + 999) / 1000;
    exchange_add_header(gate->call.exchange, STR("Retry-After"),
                        arena_printf(gate->cx.arena, "%lld", seconds > 0 ? seconds : 1));
}

void gate_reply_problem(struct gate *gate, const struct error *error)
{
    struct http_exchange *exchange = gate->call.exchange;
    if (exchange_is_replied(
            exchange)) { /* it failed in the middle of a reply: only closing tells the client */
        exchange_close_after(exchange);
        return;
    }
    if (error->reason->code == ERROR_UNAUTHENTICATED)
        exchange_add_header(exchange, STR("WWW-Authenticate"), STR("Bearer realm=\"lathe\""));
    add_retry_after(gate, error);
    exchange_set_header(exchange, STR("Cache-Control"),
                        STR("no-store")); /* also where the handler began otherwise */
    error_ignore(exchange_reply(exchange, error_code_status(error->reason->code),
                                STR("application/problem+json"), gate_problem_json(gate, error)));
}
