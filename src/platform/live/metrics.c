/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the live part's metrics. */
#include "platform/live/metrics.h"

#include "platform/live/live_server.h"
#include "platform/metrics/metrics.h"

static const char *const end_words[LIVE_END_COUNT] = {
    [LIVE_END_NORMAL] = "normal",       [LIVE_END_BROKEN] = "broken",     [LIVE_END_PROTOCOL] = "protocol",
    [LIVE_END_TOO_LARGE] = "too_large", [LIVE_END_SLOW] = "too_slow",     [LIVE_END_FLOODING] = "flooding",
    [LIVE_END_SESSION] = "session",     [LIVE_END_DRAINING] = "draining", [LIVE_END_SILENT] = "silent",
};

static const char *const relayed_words[] = {
    [LIVE_RELAY_SENT] = "sent", [LIVE_RELAY_RECEIVED] = "received", [LIVE_RELAY_LOST] = "lost"};

/* clang-format off */
static const struct metric rows[LIVE_METRIC_COUNT] = {
    [LIVE_METRIC_CONNECTIONS] = {.name = "live_connections", .kind = METRIC_GAUGE, .help = "Open WebSocket connections."},
    [LIVE_METRIC_STREAMS] = {.name = "live_streams", .kind = METRIC_GAUGE, .help = "Open streams of server-sent events of rooms."},
    [LIVE_METRIC_ROOMS] = {.name = "live_rooms", .kind = METRIC_GAUGE, .help = "Rooms with watchers, counted once per loop."},
    [LIVE_METRIC_PUBLISHED] = {.name = "live_published_total", .kind = METRIC_COUNTER, .help = "Messages published on this instance."},
    [LIVE_METRIC_DELIVERIES] = {.name = "live_deliveries_total", .kind = METRIC_COUNTER, .help = "Messages of rooms given to connections."},
    [LIVE_METRIC_COMMANDS] = {.name = "live_commands_total", .kind = METRIC_COUNTER, .help = "Messages of clients."},
    [LIVE_METRIC_REFUSED] = {.name = "live_commands_refused_total", .kind = METRIC_COUNTER, .help = "Messages of clients beyond the connection's budget."},
    [LIVE_METRIC_SNAPSHOTS] = {.name = "live_rejoins_total", .kind = METRIC_COUNTER, .help = "States of rooms read again for connections that had missed something."},
    [LIVE_METRIC_BEHIND] = {.name = "live_fell_behind_total", .kind = METRIC_COUNTER, .help = "Times that a connection was slower than LATHE_LIVE_QUEUE_SIZE allows."},
    [LIVE_METRIC_GAPS] = {.name = "live_gaps_total", .kind = METRIC_COUNTER, .help = "Messages of a room's stream that never came; its watchers read the state again."},
    [LIVE_METRIC_CLOSED] = {.name = "live_connections_closed_total", .kind = METRIC_COUNTER, .label = "end", .label_words = end_words, .label_count = COUNT_OF(end_words), .help = "Connections that ended or were told to, by why."},
    [LIVE_METRIC_RECEIVED] = {.name = "live_received_bytes_total", .kind = METRIC_COUNTER, .help = "Bytes received on WebSocket connections."},
    [LIVE_METRIC_SENT] = {.name = "live_sent_bytes_total", .kind = METRIC_COUNTER, .help = "Bytes sent on WebSocket connections."},
    [LIVE_METRIC_RELAYED] = {.name = "live_relayed_total", .kind = METRIC_COUNTER, .label = "way", .label_words = relayed_words, .label_count = COUNT_OF(relayed_words), .help = "Messages between instances."},
};
/* clang-format on */

const struct metric_table live_metrics = {.part = "live", .rows = rows, .count = LIVE_METRIC_COUNT};
