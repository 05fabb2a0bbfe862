/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the engine counts. Requests by route and status are the gateway's. */
#ifndef PLATFORM_HTTP_ENGINE_METRICS_H
#define PLATFORM_HTTP_ENGINE_METRICS_H

#include "platform/http/server.h"

enum http_metric {
    HTTP_METRIC_CONNECTIONS,
    HTTP_METRIC_ACCEPTED,
    HTTP_METRIC_TURNED_AWAY, /* label: enum turned_away */
    HTTP_METRIC_ACCEPT_ERRORS,
    HTTP_METRIC_IN_PROGRESS,
    HTTP_METRIC_RECEIVED,
    HTTP_METRIC_SENT,
    HTTP_METRIC_FAULTS,       /* label: enum http_fault */
    HTTP_METRIC_TIMEOUTS,     /* label: enum http_phase */
    HTTP_METRIC_CLIENT_CALLS, /* label: enum http_client_outcome */
    HTTP_METRIC_COUNT
};

enum turned_away { TURNED_AWAY_CONNECTIONS, TURNED_AWAY_ADDRESS };

enum http_phase {
    HTTP_PHASE_FIRST_BYTE,
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_REPLY,
    HTTP_PHASE_IDLE
};

enum http_client_outcome {
    HTTP_CLIENT_OK, /* any status */
    HTTP_CLIENT_UNAVAILABLE,
    HTTP_CLIENT_TIMEOUT,
    HTTP_CLIENT_CANCELLED,
    HTTP_CLIENT_REFUSED /* by us: not public, too large, no URL */
};

#endif
