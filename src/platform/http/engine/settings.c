/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the engine's settings. */
#include "platform/http/engine/settings.h"

/* clang-format off */
static const struct setting rows[] = {
    SETTING_INT(struct http_settings, max_connections, "HTTP_MAX_CONNECTIONS", .fallback = "20000", .min = 1, .max = 1000000,
                .help = "Connections per loop; beyond it idle ones are closed, then new ones are answered 503."),
    SETTING_INT(struct http_settings, max_connections_per_address, "HTTP_MAX_CONNECTIONS_PER_ADDRESS", .fallback = "0", .min = 0,
                .max = 1000000,
                .help = "Connections per loop from one address; 0: no limit. Trusted proxies are not counted."),
    SETTING_BYTES(struct http_settings, max_line_len, "HTTP_MAX_LINE_SIZE", .fallback = "8K", .min = 512, .max = 65536,
                  .help = "Longest request line; beyond it 414."),
    SETTING_BYTES(struct http_settings, max_head_len, "HTTP_MAX_HEAD_SIZE", .fallback = "16K", .min = 1024, .max = 131072,
                  .help = "Longest request line and header fields together; beyond it 431."),
    SETTING_INT(struct http_settings, max_fields, "HTTP_MAX_FIELDS", .fallback = "100", .min = 10, .max = 1000,
                .help = "Most header fields of a request; beyond it 431."),
    SETTING_BYTES(struct http_settings, max_body_len, "HTTP_MAX_BODY_SIZE", .fallback = "1M", .min = 1024,
                  .max = INT64_C(1) << 40,
                  .help = "Longest request body where the route says nothing else; beyond it 413."),
    SETTING_TIME(struct http_settings, head_timeout_us, "HTTP_HEAD_TIMEOUT", .fallback = "10s", .min = 100 * US_PER_MS,
                 .max = 10 * US_PER_MINUTE,
                 .help = "Time for the first byte of a connection, and for a request's header after its first byte."),
    SETTING_TIME(struct http_settings, idle_timeout_us, "HTTP_IDLE_TIMEOUT", .fallback = "75s", .min = 100 * US_PER_MS,
                 .max = US_PER_HOUR,
                 .help = "How long a connection may wait between two requests."),
    SETTING_TIME(struct http_settings, body_patience_us, "HTTP_BODY_PATIENCE", .fallback = "20s", .min = 100 * US_PER_MS,
                 .max = 10 * US_PER_MINUTE,
                 .help = "How long a request body may stay behind HTTP_MIN_RATE."),
    SETTING_TIME(struct http_settings, reply_patience_us, "HTTP_REPLY_PATIENCE", .fallback = "30s", .min = 100 * US_PER_MS,
                 .max = 10 * US_PER_MINUTE,
                 .help = "How long a client that takes its reply may stay behind HTTP_MIN_RATE."),
    SETTING_BYTES(struct http_settings, min_rate, "HTTP_MIN_RATE", .fallback = "1K", .min = 16, .max = 1048576,
                  .help = "Bytes a second that a body or a reply must move on average."),
    SETTING_BOOL(struct http_settings, compresses, "HTTP_COMPRESS", .fallback = "true",
                 .help = "Compress replies (brotli, gzip) where the client takes it and it pays."),
};
/* clang-format on */

static void check(const void *settings, bool is_production, struct strbuf *problems)
{
    (void)is_production;
    const struct http_settings *http = settings;
    if (http->max_line_len >= http->max_head_len)
        strbuf_append_cstr(problems, "LATHE_HTTP_MAX_LINE_SIZE: must be below LATHE_HTTP_MAX_HEAD_SIZE\n");
}

const struct setting_group http_settings_group = SETTING_GROUP("http", struct http_settings, rows, check);
