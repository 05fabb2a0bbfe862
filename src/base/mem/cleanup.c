/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Functions behind the cleanup attributes. */
#include "base/mem/cleanup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem/alloc.h"

void cleanup_fd(int *fd)
{
    if (*fd < 0)
        return;
    int kept = errno;
    close(*fd);
    errno = kept;
    *fd = -1;
}

void cleanup_mem(void *pointer)
{
    void *memory;
    memcpy(&memory, pointer, sizeof(memory)); /* pointer is a T ** of any T */
    mem_free(memory);
}
