/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The engine's settings: limits and deadlines. */
#ifndef PLATFORM_HTTP_ENGINE_SETTINGS_H
#define PLATFORM_HTTP_ENGINE_SETTINGS_H

#include "platform/http/server.h"

struct http_settings {
    int64_t max_connections;             /* per loop */
    int64_t max_connections_per_address; /* per loop; 0: no limit */
    int64_t max_line_len;                /* request line */
    int64_t max_head_len;                /* request line and fields */
    int64_t max_fields;
    int64_t max_body_len;     /* what exchange_read gives unless exchange_limit_body says otherwise */
    int64_t head_timeout_us;  /* from accept to the first byte, and from there to the head's end */
    int64_t idle_timeout_us;  /* between requests of a connection */
    int64_t body_patience_us; /* how long a body may stall; bytes at the least rate earn it back */
    int64_t reply_patience_us;
    int64_t min_rate; /* bytes a second */
    bool compresses;
};

#endif
