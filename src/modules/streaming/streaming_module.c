/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What streaming is to the rest of the program. */
#include "platform/module/module.h"

#include "modules/streaming/streaming_http.h"
#include "modules/streaming/streaming_service.h"

REASONS_DEFINE(streaming_reasons, STREAMING_REASONS);

const struct module streaming_module = {
    .name = "streaming",
    .routes = streaming_routes,
    .route_count = STREAMING_ROUTES,
    .reasons = streaming_reasons,
    .start = streaming_start,
    .stop = streaming_stop,
};
