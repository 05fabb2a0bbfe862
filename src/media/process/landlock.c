/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A ruleset without rules, over all rights that the running kernel knows. Numbers are our own: Debian
 * 12's header knows ABI 2 only. Source: linux/landlock.h up to ABI 6. */
#include "media/process/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#define NR_LANDLOCK_CREATE_RULESET 444
#define NR_LANDLOCK_RESTRICT_SELF  446
#define LANDLOCK_VERSION           1U

struct ruleset {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};

/* What each ABI knows of; a kernel refuses bits and bytes that it does not know. */
static const struct {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
    size_t size;
} known[] = {
    [1] = {.fs = 0x1fff, .size = 8},
    [2] = {.fs = 0x3fff, .size = 8},                         /* rename and link across folders */
    [3] = {.fs = 0x7fff, .size = 8},                         /* truncate */
    [4] = {.fs = 0x7fff, .net = 3, .size = 16},              /* bind and connect of TCP */
    [5] = {.fs = 0xffff, .net = 3, .size = 16},              /* ioctl of devices */
    [6] = {.fs = 0xffff, .net = 3, .scoped = 3, .size = 24}, /* signals, abstract sockets */
};

bool landlock_deny_everything(void)
{
    long abi = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
    if (abi < 1) {
        errno = abi == 0 ? EOPNOTSUPP : errno;
        return false;
    }
    size_t row =
        (size_t)abi < sizeof(known) / sizeof(known[0]) ? (size_t)abi : sizeof(known) / sizeof(known[0]) - 1;
    struct ruleset rules = {.fs = known[row].fs, .net = known[row].net, .scoped = known[row].scoped};
    AUTO_FD ruleset = (int)syscall(NR_LANDLOCK_CREATE_RULESET, &rules, known[row].size, 0U);
    return ruleset >= 0 && syscall(NR_LANDLOCK_RESTRICT_SELF, ruleset, 0U) == 0;
}
