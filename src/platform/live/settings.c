/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rows of the live part's settings. */
#include "platform/live/settings.h"

#include "platform/live/live_server.h"

/* clang-format off */
static const struct setting rows[] = {
    SETTING_INT(struct live_settings, max_connections, "LIVE_MAX_CONNECTIONS", .fallback = "50000", .min = 1, .max = 1000000,
                .help = "WebSocket connections per loop; further ones are answered 503."),
    SETTING_BYTES(struct live_settings, max_message_bytes, "LIVE_MAX_MESSAGE", .fallback = "64K", .min = 1024, .max = 16777216,
                  .help = "Longest message of a client; a longer one closes its connection (1009)."),
    SETTING_BYTES(struct live_settings, queue_bytes, "LIVE_QUEUE_SIZE", .fallback = "256K", .min = 4096, .max = 67108864,
                  .help = "How much a room keeps for watchers that have not taken it yet; who is further behind gets the room's state anew."),
    SETTING_TIME(struct live_settings, tick_us, "LIVE_TICK", .fallback = "5ms", .min = 0, .max = US_PER_SECOND,
                 .help = "Messages published within this time go out together, in one write per connection; 0: each by itself."),
    SETTING_TIME(struct live_settings, ping_us, "LIVE_PING", .fallback = "30s", .min = 100 * US_PER_MS, .max = US_PER_HOUR,
                 .help = "A connection that was silent for so long is asked whether it is there; twice without an answer, and it is closed."),
    SETTING_TIME(struct live_settings, patience_us, "LIVE_PATIENCE", .fallback = "10s", .min = 100 * US_PER_MS, .max = 10 * US_PER_MINUTE,
                 .help = "How long a connection may take nothing of what waits for it before it is closed (4008)."),
    SETTING_INT(struct live_settings, commands_per_minute, "LIVE_COMMANDS", .fallback = "1200", .min = 1, .max = 60000000,
                .help = "Commands of one connection per minute; a tenth of them may come at once."),
    SETTING_INT(struct live_settings, frames_per_second, "LIVE_FRAMES", .fallback = "500", .min = 1, .max = 1000000,
                .help = "Frames of one connection per second; who sends more, and not for two seconds only, is closed (4029)."),
    SETTING_BOOL(struct live_settings, has_limits, "LIVE_LIMITS", .fallback = "on",
                 .help = "Limits commands and frames per connection, and commands per account."),
    SETTING_BOOL(struct live_settings, compresses, "LIVE_COMPRESS", .fallback = "on",
                 .help = "Agrees on permessage-deflate; messages below 1 KiB stay as they are."),
};
/* clang-format on */

const struct setting_group live_settings_group = SETTING_GROUP("live", struct live_settings, rows, NULL);
