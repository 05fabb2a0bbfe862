/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The wire names of the permissions. */
#include "platform/ctx/permission.h"

#include <assert.h>

#include "base/require/require.h"

static const char *const names[] = {
#define PERMISSION_NAME(symbol, name, help) [PERMISSION_##symbol] = (name),
    PERMISSIONS(PERMISSION_NAME)
#undef PERMISSION_NAME
};

static_assert(COUNT_OF(names) == PERMISSION_COUNT, "a name for each permission");
static_assert(PERMISSION_COUNT <= 64, "the permissions of a caller are the bits of one word");

const char *permission_name(enum permission permission)
{
    REQUIRE(permission < PERMISSION_COUNT);
    return names[permission];
}
