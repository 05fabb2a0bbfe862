/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One end of the job's socket: whole messages with at most one descriptor. Used by the child and by the
 * command line's own parent half. Blocking. */
#ifndef MEDIA_PROCESS_CHANNEL_H
#define MEDIA_PROCESS_CHANNEL_H

#include "base/error/error.h"

#include "media/protocol.h"

struct arena;

/* fd -1: none. Errors: media.internal when the other side is gone or the message is too long. */
MUST_USE struct error *channel_send(struct arena *arena, int socket, struct str text, int fd);

/* ret_text is in the arena; absent when the other side closed. ret_fd: the caller's to close, -1: none. */
MUST_USE struct error *channel_receive(struct arena *arena, int socket, struct str *ret_text, int *ret_fd);

/* The child's words. */
MUST_USE struct error *channel_send_event(struct arena *arena, int socket,
                                          const struct media_job_event *event);
/* Asks for the file of that name and waits. Errors also: media.output_refused. */
MUST_USE struct error *channel_ask_output(struct arena *arena, int socket, struct str name, int *ret_fd);

#endif
