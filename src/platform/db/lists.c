/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows as lists. See lists.h. */
#include "platform/db/lists.h"

struct array db_list_of(const struct db_rows_in *rows, size_t offset, size_t size)
{
    struct array list = {arena_alloc_array(rows->arena, rows->count, size), rows->count};
    for (size_t i = 0; i < rows->count; i++)
        memcpy((char *)list.items + i * size, (const char *)rows->first + i * rows->stride + offset, size);
    return list;
}

struct array db_widened_list_of(const struct db_rows_in *rows, size_t offset)
{
    struct array list = {ARENA_ARRAY(rows->arena, int64_t, rows->count), rows->count};
    for (size_t i = 0; i < rows->count; i++) {
        int32_t value;
        memcpy(&value, (const char *)rows->first + i * rows->stride + offset, sizeof(value));
        *ARRAY_AT(int64_t, list, i) = value;
    }
    return list;
}
