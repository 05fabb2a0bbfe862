/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runs PostgreSQL's own pg_dump and pg_restore. The password goes through the environment, never into an argument. */
#ifndef APP_PG_TOOL_H
#define APP_PG_TOOL_H

#include "platform/ctx/ctx.h"

/* A custom-format dump of the URL's database into a new file. */
MUST_USE struct error *pg_tool_dump(struct ctx *cx, struct str url, const char *file);
/* Into an empty database. */
MUST_USE struct error *pg_tool_restore(struct ctx *cx, struct str url, const char *file);

#endif
