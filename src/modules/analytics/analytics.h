/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of analytics: plays that count, counters and daily series, built by consumers of the feed and rebuildable. Owns play,
 * spec_counter, daily, daily_revenue. */
#ifndef MODULES_ANALYTICS_ANALYTICS_H
#define MODULES_ANALYTICS_ANALYTICS_H

#include "platform/ctx/ctx.h"

extern const struct module analytics_module;

/* Event (payload struct analytics_play_event): analytics.play.counted. */
struct analytics_play_event {
    struct id spec_id;
    struct id owner_id;
};
extern const struct event_type analytics_play_counted;

#endif
