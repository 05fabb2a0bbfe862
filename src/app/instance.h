/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One running Lathe: the shared resources, built in dependency order from the settings and torn down in the reverse. Every
 * sub-command opens one; `serve` adds loops and the server. */
#ifndef APP_INSTANCE_H
#define APP_INSTANCE_H

#include "platform/config/config.h"
#include "platform/config/core_settings.h"
#include "platform/ctx/ctx.h"
#include "platform/fiber/loop.h"

struct gateway;

enum { INSTANCE_MAX_LOOPS = 64 };

struct instance {
    struct arena *arena;
    struct config *config;
    struct core_settings core;
    struct platform platform;
    int loop_count;
    struct loop *loops[INSTANCE_MAX_LOOPS]; /* [0] runs on the main thread */
};

/* What an instance is wanted for. */
enum instance_purpose {
    INSTANCE_COMMAND, /* one loop; no workers */
    INSTANCE_SERVE    /* a loop per core */
};

/* Reads the settings; prints problems to stderr and returns NULL when there are any. */
struct config *instance_read_config(void);

/* Everything that needs no running loop: data directory, log, keys, database, storage, mail, caches, loops. */
MUST_USE struct error *instance_open(struct instance *instance, struct config *config,
                                     enum instance_purpose purpose);
/* On a fiber of loop 0: migrates when asked to, refuses an old schema, starts the modules and connects their ports. */
MUST_USE struct error *instance_start(struct ctx *cx, struct instance *instance);
/* On a fiber of loop 0. */
void instance_stop(struct ctx *cx, struct instance *instance);
/* After every loop has stopped. Survives a half-open instance. */
void instance_close(struct instance *instance);

/* A context for work of the program itself. */
struct ctx instance_ctx(const struct instance *instance, struct arena *arena);

/* What happens to the schema before a command runs. */
enum instance_schema {
    INSTANCE_BY_SETTING, /* LATHE_AUTO_MIGRATE decides, as for serve */
    INSTANCE_MIGRATES
};

/* Opens an instance, runs fn on a fiber of its only loop with everything started, closes it. Prints an error to stderr.
 * Returns the exit status. */
typedef struct error *(*instance_fn)(struct ctx *cx, struct instance *instance, void *arg);
int instance_run(enum instance_schema schema, instance_fn fn, void *arg);

#endif
