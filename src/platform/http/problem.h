/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Problem documents (RFC 9457): the one form in which an error reaches a client, over HTTP and over the socket. */
#ifndef PLATFORM_HTTP_PROBLEM_H
#define PLATFORM_HTTP_PROBLEM_H

#include "base/error/error.h"

/* {"type", "title", "status", "detail", "instance", "code", "violations"?, …} in the arena. instance is the request's id. What
 * failed on our side is told by its code alone. */
struct str problem_json(struct arena *arena, const struct error *error, struct str instance);

#endif
