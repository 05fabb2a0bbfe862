/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a module is to the rest of the program: one constant struct of tables. app/modules.c lists the modules by hand, in start
 * order; "delete the folder, delete the feature". */
#ifndef PLATFORM_MODULE_MODULE_H
#define PLATFORM_MODULE_MODULE_H

#include "platform/bus/bus.h"
#include "platform/cache/cache.h"
#include "platform/config/config.h"
#include "platform/ctx/ctx.h"
#include "platform/db/db.h"
#include "platform/http/route.h"
#include "platform/jobs/jobs.h"
#include "platform/live/live.h"
#include "platform/metrics/metrics.h"

/* One question that `lathe check` asks: adds a line per thing that does not hold. */
struct module_check {
    const char *name; /* "payments.ledger_balances" */
    const char *help;
    /* findings is not in cx->arena: a check may rewind that between batches. */
    struct error *(*run)(struct ctx *cx, struct strbuf *findings);
};

struct module {
    const char *name;
    const struct route *routes;
    size_t route_count;
    const struct setting_group *settings;          /* NULL: none */
    const struct metric_table *metrics;            /* NULL: none */
    const struct db_module_sql *sql;               /* NULL: none */
    const struct event_type *const *events;        /* published; NULL-terminated, or NULL */
    const struct event_consumer *const *consumers; /* NULL-terminated, or NULL */
    const struct job_type *const *jobs;            /* NULL-terminated, or NULL */
    const struct cache_space *const *caches;       /* NULL-terminated, or NULL */
    const struct live_room_kind *live_rooms;       /* ended by a NULL prefix, or NULL */
    const struct live_command *live_commands;      /* ended by a NULL type, or NULL */
    const struct reason *const *reasons;           /* NULL-terminated, or NULL */
    const struct module_check *checks;             /* ended by a NULL name, or NULL */
    /* Makes the module's state from its filled settings struct; module_state gives it back. May be NULL. */
    struct error *(*start)(struct ctx *cx, const void *settings, void **ret_state);
    void (*stop)(void *state); /* may be NULL */
    /* Only where the program serves, on a fiber of the first loop: work that goes on by itself begins, and ends before the
     * databases' lanes do. May be NULL. */
    void (*begin)(struct ctx *cx, void *state);
    void (*end)(struct ctx *cx, void *state);
};

#endif
