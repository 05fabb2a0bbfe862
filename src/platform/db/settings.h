/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the operator may set about the database, beyond LATHE_DATABASE_URL (a core setting). */
#ifndef PLATFORM_DB_SETTINGS_H
#define PLATFORM_DB_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct db_settings {
    int64_t statement_timeout_us;
    int64_t connect_timeout_us;
    int64_t pool_size;    /* exclusive connections per loop, PostgreSQL */
    bool has_pooler;      /* no session state on PostgreSQL */
    bool is_line_private; /* something else than TLS protects the line to PostgreSQL */
    int64_t sqlite_group;
    int64_t sqlite_group_time_us;
    int64_t sqlite_readers;
    int64_t sqlite_mmap_bytes;
};

#endif
