/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Starts the media program as a child with nothing but a socketpair, talks to it from a fiber, and kills it when it misbehaves
 * or takes too long. The child confines itself (src/media/sandbox.c) before it reads a byte of input. */
#ifndef PLATFORM_SANDBOX_SANDBOX_H
#define PLATFORM_SANDBOX_SANDBOX_H

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"

struct sandbox_child;

extern const struct setting_group
    sandbox_settings_group; /* program path, concurrent children, wall-clock limit */

#define SANDBOX_REASONS(X)                                                                                   \
    X(sandbox_crashed, "media.decoder_crashed", INVALID, "The decoder ended abnormally on this file")        \
    X(sandbox_too_slow, "media.decoder_timeout", INVALID, "The decoder took too long on this file")          \
    X(sandbox_unavailable, "media.decoder_unavailable", UNAVAILABLE, "The media program cannot be started")

REASONS_DECLARE(SANDBOX_REASONS);
extern const struct reason *const sandbox_reasons[];

struct sandbox *sandbox_new(const struct platform *platform, const struct config *config);
void sandbox_free(struct sandbox *sandbox); /* accepts NULL */

/* Waits for a free place, then starts a child; it is killed and reaped by sandbox_end, which must be called. */
MUST_USE struct error *sandbox_start(struct ctx *cx, int64_t deadline_us, struct sandbox_child **ret_child);
/* fd -1: none. The descriptor stays the caller's. */
MUST_USE struct error *sandbox_send(struct ctx *cx, struct sandbox_child *child, struct str message, int fd);
/* The next message, in the arena. Errors: sandbox_crashed (with signal or exit status), sandbox_too_slow, cancelled. */
MUST_USE struct error *sandbox_receive(struct ctx *cx, struct sandbox_child *child, struct str *ret_message);
void sandbox_end(struct ctx *cx, struct sandbox_child *child); /* accepts NULL */

#endif
