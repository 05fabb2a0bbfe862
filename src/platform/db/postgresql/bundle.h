/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Several short texts as one payload of NOTIFY, each behind its length and a colon: the server's work is by the payload. */
#ifndef PLATFORM_DB_POSTGRESQL_BUNDLE_H
#define PLATFORM_DB_POSTGRESQL_BUNDLE_H

#include <stdbool.h>

#include "base/text/strbuf.h"

/* Bytes of a payload; PostgreSQL takes less than 8000. */
#define BUNDLE_MAX 7999
/* What a length and its colon take at most. */
#define BUNDLE_OVERHEAD 5

void bundle_init(struct strbuf *bundle);
/* False when there is no room for it any more; never for a text of at most BUNDLE_MAX - BUNDLE_OVERHEAD bytes in an empty one. */
bool bundle_add(struct strbuf *bundle, struct str text);
/* Takes the first text off *rest; false at the end, and for what is no bundle. */
bool bundle_take(struct str *rest, struct str *ret_text);

#endif
