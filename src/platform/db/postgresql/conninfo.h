/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What production asks of the way to a PostgreSQL that is not on this machine. */
#ifndef PLATFORM_DB_POSTGRESQL_CONNINFO_H
#define PLATFORM_DB_POSTGRESQL_CONNINFO_H

#include <stdbool.h>

#include "base/error/error.h"

/* target: a URL, or NAME=VALUE pairs, as libpq takes it; what it leaves out is looked for in libpq's environment variables. An
 * error unless the server is on this machine, or the server's certificate is checked against its name (sslmode=verify-full, or
 * something else protects the line) and Lathe proves who it is (a password, a file of them, a certificate).
 * Source: PostgreSQL 15, 34.1.2 and 34.19.1. */
MUST_USE struct error *conninfo_check(struct arena *arena, const char *target, bool is_line_private);

#endif
