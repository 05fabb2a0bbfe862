/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Durable copies of files, for backup and restore. Blocking: used by commands only. */
#ifndef APP_FILES_H
#define APP_FILES_H

#include "platform/ctx/ctx.h"

/* A new file of mode 0600 with the source's bytes, flushed; fails when it exists. source_fd stays the caller's. */
MUST_USE struct error *file_copy_fd(struct ctx *cx, int source_fd, const char *target);
MUST_USE struct error *file_copy(struct ctx *cx, const char *source, const char *target);
MUST_USE struct error *file_write(struct ctx *cx, const char *target, struct str bytes);
/* At most max_len bytes. Errors: not_found. */
MUST_USE struct error *file_read(struct ctx *cx, const char *path, size_t max_len, struct str *ret_bytes);

/* Makes a directory of mode 0700; an empty one that exists is fine, any other is a conflict. */
MUST_USE struct error *directory_make_empty(struct ctx *cx, const char *path);
MUST_USE struct error *directory_sync(struct ctx *cx, const char *path);
bool file_exists(const char *path);

#endif
