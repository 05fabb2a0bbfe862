/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The inside of a line: what was sent and awaits its answer. For the line's own files only. */
#ifndef PLATFORM_DB_POSTGRESQL_LINE_QUEUE_H
#define PLATFORM_DB_POSTGRESQL_LINE_QUEUE_H

#include "platform/db/postgresql/line.h"

enum line_item_kind { ITEM_PREPARE, ITEM_STATEMENT, ITEM_COMMAND, ITEM_SYNC };

struct line_item {
    struct list link;
    enum line_item_kind kind;
    bool is_shared; /* its sync is not its own */
    size_t weight;
    struct statement_entry *entry; /* PREPARE, STATEMENT */
    struct line_call *call;        /* NULL: nobody waits, or no longer */
};

/* The last in the queue. */
struct line_item *line_item_add(struct line *line, enum line_item_kind kind, struct statement_entry *entry,
                                struct line_call *call);
/* Takes the first out; who waits for it goes on. */
void line_item_finish(struct line *line, struct line_item *item);

/* Takes what answers have arrived. */
void line_receive(struct line *line);
/* Sends what is buffered; listens for room when it does not go out at once. */
void line_flush(struct line *line);
/* Forgets that the statement was prepared. */
void line_unprepare(struct statement_entry *entry);

/* The descriptor became ready, in loop context. */
void line_ready(struct io_watch *watch, uint32_t events);
void line_stalled(struct timer *timer);
/* Starts to listen for answers, and to watch that some come. */
void line_watch_start(struct line *line);
void line_watch_stop(struct line *line);

#endif
