/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Looks files of the embedded page up. */
#include "app/embedded.h"

#include <stdlib.h>
#include <string.h>

static int compare_path(const void *key, const void *row)
{
    const struct str *path = key;
    const struct embedded_file *file = row;
    size_t len = strlen(file->path);
    int order = memcmp(path->ptr, file->path, path->len < len ? path->len : len);
    if (order != 0)
        return order;
    return (path->len > len) - (path->len < len);
}

const struct embedded_file *embedded_find(struct str path)
{
    if (path.len == 0)
        return NULL;
    return bsearch(&path, embedded_files, embedded_files_count, sizeof(embedded_files[0]), compare_path);
}
