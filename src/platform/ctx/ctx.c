/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Constants and look-ups of the context. Knows modules by identity only. */
#include "platform/ctx/ctx.h"

#include "base/require/require.h"

const struct caller caller_anonymous = {0};

void *module_state(const struct ctx *cx, const struct module *module)
{
    const struct platform *platform = cx->platform;
    for (size_t i = 0; platform->modules[i] != NULL; i++) {
        if (platform->modules[i] == module)
            return platform->module_states[i];
    }
    UNREACHABLE("the module is not in the platform's list");
}
