/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Numbers that several sources state by name: their sum over the sources. A source that is not heard of for a while is forgotten, with
 * its numbers. Times are the caller's, on one clock. */
#ifndef BASE_DATA_TALLY_H
#define BASE_DATA_TALLY_H

#include "base/data/vec.h"
#include "base/text/str.h"

struct tally;

enum { TALLY_SOURCES_MAX = 64 };

struct tally *tally_new(void);
void tally_free(struct tally *tally); /* accepts NULL */

/* A source is there. True: it was not known, so that its numbers are not either. More than TALLY_SOURCES_MAX are passed over. */
bool tally_hear(struct tally *tally, int64_t source_id, int64_t now_us);
/* What the source states of a name; 0: nothing any more. True: it was another number. */
bool tally_set(struct tally *tally, int64_t source_id, struct str name, int64_t number, int64_t now_us);
int64_t tally_sum(const struct tally *tally, struct str name);

/* Forgets whoever was heard of last before a moment; changed is told each name that it had stated. */
void tally_expire(struct tally *tally, int64_t before_us, void (*changed)(void *arg, struct str name),
                  void *arg);

#endif
