/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A local list of stolen passwords, as "Have I Been Pwned" gives it: lines of a SHA-1 in 40 hexadecimal digits, a colon and a count, in
 * the order of the hashes. It is tens of gigabytes, so nothing of it is kept in memory: a look-up is some forty small reads. */
#ifndef PLATFORM_CRYPTO_BREACHED_H
#define PLATFORM_CRYPTO_BREACHED_H

#include "platform/ctx/ctx.h"

struct breach_list;

/* path is looked at from the working directory. Reads the first line, the last and some between: each must be of that form, and in order.
 * Errors: internal with a telling message. */
MUST_USE struct error *breach_list_open(struct arena *arena, struct str path, struct breach_list **ret_list);
void breach_list_close(struct breach_list *list); /* accepts NULL */

/* Reads on the blocking pool. Errors: rate_limited when its queue is full; internal when the file cannot be read or is not in order. */
MUST_USE struct error *breach_list_find(struct ctx *cx, const struct breach_list *list, struct str password,
                                        bool *ret_found);

#endif
