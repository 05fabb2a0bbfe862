/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The bounded buffer between those who log and the one thread that writes. Private to log.
 *
 * Two halves: lines are appended to one under a short lock while the writer empties the other. A line that does not
 * fit is dropped and counted, so nobody ever waits for the descriptor. The writer is rung once per sleep and then
 * gathers for a few milliseconds, so a busy server makes some hundred writes a second, not one per line. */
#ifndef PLATFORM_LOG_LOG_RING_H
#define PLATFORM_LOG_LOG_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text/str.h"

struct log_ring;

/* after_write runs on the writer's thread after each write, and at least once per second while it returned true; it
 * may append. dropped counts the lines lost since the last call. */
struct log_ring_options {
    int fd;
    size_t half_bytes; /* 0: 256 KiB */
    bool (*after_write)(void *arg, uint64_t dropped);
    void *arg;
};

struct log_ring *log_ring_new(const struct log_ring_options *options);
/* Writes what is left and joins the writer. Accepts NULL. */
void log_ring_free(struct log_ring *ring);

enum log_hurry { LOG_GATHER, LOG_AT_ONCE };

/* Appends the line and a newline. */
void log_ring_append(struct log_ring *ring, struct str line, enum log_hurry hurry);

/* Has after_write called soon, without a line. */
void log_ring_call(struct log_ring *ring);

/* Waits until all lines appended so far are written. */
void log_ring_flush(struct log_ring *ring);

/* The same for a signal handler: async-signal-safe, and gives up after a quarter of a second. */
void log_ring_flush_in_crash(struct log_ring *ring);

#endif
