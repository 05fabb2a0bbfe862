/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What an operator sets about live connections. */
#ifndef PLATFORM_LIVE_SETTINGS_H
#define PLATFORM_LIVE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct live_settings {
    int64_t max_connections;
    int64_t max_message_bytes;
    int64_t queue_bytes;
    int64_t tick_us;
    int64_t ping_us;
    int64_t patience_us;
    int64_t commands_per_minute;
    int64_t frames_per_second;
    bool has_limits;
    bool compresses;
};

#endif
