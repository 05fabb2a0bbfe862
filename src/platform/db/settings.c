/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rows of the database's settings. */
#include "platform/db/settings.h"

#include "platform/db/db.h"

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct db_settings, statement_timeout_us, "DATABASE_STATEMENT_TIMEOUT", .fallback = "10s",
                 .min = 10000, .max = 3600000000, .help = "Longest that one statement may run."),
    SETTING_TIME(struct db_settings, connect_timeout_us, "DATABASE_CONNECT_TIMEOUT", .fallback = "5s",
                 .min = 100000, .max = 60000000, .help = "Longest that connecting to PostgreSQL may take."),
    SETTING_INT(struct db_settings, pool_size, "DATABASE_POOL", .fallback = "8", .min = 1, .max = 200,
                .help = "PostgreSQL connections for transactions, per loop; two more are shared by single statements."),
    SETTING_BOOL(struct db_settings, has_pooler, "DATABASE_POOLER", .fallback = "false",
                 .help = "PostgreSQL is behind a pooler without session state: no prepared statements are kept."),
    SETTING_BOOL(struct db_settings, is_line_private, "DATABASE_PRIVATE_LINE", .fallback = "off",
                 .help = "Production asks a PostgreSQL on another machine for sslmode=verify-full; on: something else protects the line, such as a VPN."),
    SETTING_INT(struct db_settings, sqlite_group, "SQLITE_GROUP", .fallback = "128", .min = 1, .max = 4096,
                .help = "Most transactions that share one commit on SQLite; 1: each has its own."),
    SETTING_TIME(struct db_settings, sqlite_group_time_us, "SQLITE_GROUP_TIME", .fallback = "5ms",
                 .min = 0, .max = 1000000, .help = "Time after which a group on SQLite takes no more transactions in."),
    SETTING_INT(struct db_settings, sqlite_readers, "SQLITE_READERS", .fallback = "2", .min = 1, .max = 64,
                .help = "Threads for long reads on SQLite."),
    SETTING_BYTES(struct db_settings, sqlite_mmap_bytes, "SQLITE_MMAP", .fallback = "2097088K", .min = 0, .max = 2147418112,
                  .help = "How much of the SQLite file is read through a memory map."),
};
/* clang-format on */

const struct setting_group db_settings_group = SETTING_GROUP("db", struct db_settings, rows, NULL);
