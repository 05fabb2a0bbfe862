/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe migrate`: brings the database to this program's schema. */
#include <stdio.h>

#include "platform/db/db.h"

#include "app/commands.h"
#include "app/instance.h"

static struct error *report_migrated(struct ctx *cx, struct instance *instance, void *arg)
{
    (void)arg;
    int applied = 0;
    TRY(db_migrate(cx, instance->platform.db, &applied));
    printf("The schema is current (%d migrations applied now).\n", applied);
    return NULL;
}

int command_migrate(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        fputs("usage: lathe migrate\n", stderr);
        return 2;
    }
    return instance_run(INSTANCE_MIGRATES, report_migrated, NULL);
}
