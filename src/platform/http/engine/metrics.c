/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the engine's metrics. */
#include "platform/http/engine/metrics.h"

#include "platform/http/wire/fault_table.h"
#include "platform/metrics/metrics.h"

static const char *const turned_away_words[] = {
    [TURNED_AWAY_CONNECTIONS] = "connections",
    [TURNED_AWAY_ADDRESS] = "address",
};

static const char *const phase_words[] = {
    [HTTP_PHASE_FIRST_BYTE] = "first_byte", [HTTP_PHASE_HEAD] = "head", [HTTP_PHASE_BODY] = "body",
    [HTTP_PHASE_REPLY] = "reply",           [HTTP_PHASE_IDLE] = "idle",
};

static const char *const outcome_words[] = {
    [HTTP_CLIENT_OK] = "ok",           [HTTP_CLIENT_UNAVAILABLE] = "unavailable",
    [HTTP_CLIENT_TIMEOUT] = "timeout", [HTTP_CLIENT_CANCELLED] = "cancelled",
    [HTTP_CLIENT_REFUSED] = "refused",
};

/* clang-format off */
static const struct metric rows[HTTP_METRIC_COUNT] = {
    [HTTP_METRIC_CONNECTIONS] = {.name = "http_connections", .kind = METRIC_GAUGE, .help = "Open connections."},
    [HTTP_METRIC_ACCEPTED] = {.name = "http_connections_accepted_total", .kind = METRIC_COUNTER,
                              .help = "Connections accepted."},
    [HTTP_METRIC_TURNED_AWAY] = {.name = "http_connections_turned_away_total", .kind = METRIC_COUNTER, .label = "limit",
                                 .label_words = turned_away_words, .label_count = COUNT_OF(turned_away_words),
                                 .help = "Connections closed at once because a limit was reached."},
    [HTTP_METRIC_ACCEPT_ERRORS] = {.name = "http_accept_errors_total", .kind = METRIC_COUNTER,
                                   .help = "Failures to accept a connection for want of descriptors or memory."},
    [HTTP_METRIC_IN_PROGRESS] = {.name = "http_requests_in_progress", .kind = METRIC_GAUGE,
                                 .help = "Requests that have been read and are not answered yet."},
    [HTTP_METRIC_RECEIVED] = {.name = "http_received_bytes_total", .kind = METRIC_COUNTER, .help = "Bytes received."},
    [HTTP_METRIC_SENT] = {.name = "http_sent_bytes_total", .kind = METRIC_COUNTER, .help = "Bytes sent."},
    [HTTP_METRIC_FAULTS] = {.name = "http_refused_requests_total", .kind = METRIC_COUNTER, .label = "fault",
                            .label_words = http_fault_names, .label_count = HTTP_FAULT_COUNT,
                            .help = "Requests that the engine refused, by reason."},
    [HTTP_METRIC_TIMEOUTS] = {.name = "http_timeouts_total", .kind = METRIC_COUNTER, .label = "phase",
                              .label_words = phase_words, .label_count = COUNT_OF(phase_words),
                              .help = "Connections that were too slow, by phase."},
    [HTTP_METRIC_CLIENT_CALLS] = {.name = "http_client_calls_total", .kind = METRIC_COUNTER, .label = "outcome",
                                  .label_words = outcome_words, .label_count = COUNT_OF(outcome_words),
                                  .help = "Calls of other servers, by outcome; any status is ok."},
};
/* clang-format on */

const struct metric_table http_metrics = {.part = "http", .rows = rows, .count = HTTP_METRIC_COUNT};
