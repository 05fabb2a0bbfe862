/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe rebuild`: empties what an event consumer keeps and feeds it everything again. */
#include <stdio.h>

#include "platform/bus/bus.h"

#include "app/commands.h"
#include "app/instance.h"

static struct error *rebuild(struct ctx *cx, struct instance *instance, void *arg)
{
    return bus_rebuild(cx, instance->platform.bus, str_cstr(arg));
}

int command_rebuild(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: lathe rebuild CONSUMER\n", stderr);
        return 2;
    }
    return instance_run(INSTANCE_BY_SETTING, rebuild, argv[1]);
}
