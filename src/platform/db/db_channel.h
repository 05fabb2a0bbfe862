/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Short messages between the instances that share a PostgreSQL database (LISTEN and NOTIFY), over a connection of their own. Best
 * effort: what is sent while the connection is down is lost, and whoever listens is told that something may have been.
 *
 * A SQLite database has one instance, which has nobody to talk to. */
#ifndef PLATFORM_DB_DB_CHANNEL_H
#define PLATFORM_DB_DB_CHANNEL_H

#include "platform/db/db.h"

struct db_channel;

/* Bytes of one message. */
#define DB_CHANNEL_MAX 7900

/* On the loop that opened the channel; must not park. */
struct db_channel_events {
    /* From another instance; what this one sent does not come back. Text ends with its length, not with a NUL. */
    void (*received)(void *arg, struct str text);
    /* Connected, at first or again: from here on everything arrives; before, something may have been lost, both ways. */
    void (*connected)(void *arg);
};

/* name is a lower-case word. On the calling loop, which goes on connecting until the channel is closed. NULL on SQLite. */
struct db_channel *db_channel_open(struct db *db, const char *name, const struct db_channel_events *events,
                                   void *arg);
/* On the same loop; no more events come, and nobody sends any more. Accepts NULL. */
void db_channel_close(struct db_channel *channel);

/* From any thread; copies. False when it is lost, because the connection is down or behind. text has no NUL and at most
 * DB_CHANNEL_MAX bytes. */
bool db_channel_send(struct db_channel *channel, struct str text);

#endif
