/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The explicit lists of what the program consists of, gathered from the modules' tables. */
#ifndef APP_MODULES_H
#define APP_MODULES_H

#include "platform/module/module.h"

/* In start order; NULL-terminated. */
extern const struct module *const app_modules[];

/* The modules' tables and those of the platform and the gateway, NULL-terminated, in the arena. */
const struct setting_group *const *app_setting_groups(struct arena *arena);
const struct db_module_sql *const *app_sql(struct arena *arena);
const struct event_consumer *const *app_consumers(struct arena *arena);
const struct job_type *const *app_jobs(struct arena *arena);
const struct cache_space *const *app_caches(struct arena *arena);
const struct metric_table *const *app_metrics(struct arena *arena);
const struct event_type *const *app_events(struct arena *arena);
const struct live_room_kind *const *app_live_rooms(struct arena *arena);
const struct live_command *const *app_live_commands(struct arena *arena);

#endif
