/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the outbox, the feed and its consumers. */
#ifndef PLATFORM_BUS_BUS_REPO_H
#define PLATFORM_BUS_BUS_REPO_H

#include "platform/bus/bus.h"

MUST_USE struct error *bus_repo_insert(struct ctx *cx, struct tx *tx, const struct event *events,
                                       size_t count);
MUST_USE struct error *bus_repo_has_unplaced(struct ctx *cx, bool *ret_has);
/* Gives positions to at most `limit` placeable events. In tx. ret_types: of struct str, each type that was among them once. */
MUST_USE struct error *bus_repo_place(struct ctx *cx, struct tx *tx, int64_t limit, struct array *ret_types,
                                      int64_t *ret_count);
MUST_USE struct error *bus_repo_feed_position(struct ctx *cx, int64_t *ret_position);

MUST_USE struct error *bus_repo_add_consumer(struct ctx *cx, struct tx *tx, struct str name);
/* Where a consumer stands; and the feed, which may have gone on by now. */
struct bus_place {
    int64_t position, feed_position;
};
/* Locked until tx ends, so that two processes never handle for one consumer at once. */
MUST_USE struct error *bus_repo_lock_consumer(struct ctx *cx, struct tx *tx, struct str name,
                                              struct bus_place *ret_place);
MUST_USE struct error *bus_repo_consumer_position(struct ctx *cx, struct str name, int64_t *ret_position);
MUST_USE struct error *bus_repo_move_consumer(struct ctx *cx, struct tx *tx, struct str name,
                                              int64_t position);
/* A part of the feed: of these types (struct str), so many at most. */
struct bus_stretch {
    int64_t after, until;
    struct array types;
    int64_t limit;
};
/* Array of struct event, by position. */
MUST_USE struct error *bus_repo_list_events(struct ctx *cx, struct tx *tx, const struct bus_stretch *stretch,
                                            struct array *ret_events);
MUST_USE struct error *bus_repo_set_aside(struct ctx *cx, struct tx *tx, struct str consumer,
                                          const struct event *event, struct str problem, struct instant now);

#endif
