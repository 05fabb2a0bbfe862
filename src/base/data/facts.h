/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Numbers by name that each of several instances states and all others hear: what this one states, told when it has changed, and
 * what the others state, while they are heard of. Not locked. Times are the caller's, on one clock. */
#ifndef BASE_DATA_FACTS_H
#define BASE_DATA_FACTS_H

#include <stdint.h>

#include "base/text/str.h"

struct facts;

struct facts *facts_new(void);
void facts_free(struct facts *facts); /* accepts NULL */

/* What is so here; 0: nothing any more. */
void facts_state(struct facts *facts, struct str name, int64_t number);

/* Another instance is there. */
void facts_hear(struct facts *facts, int64_t instance, int64_t now_us);
/* What it states. The sum over all others as it was before, for who has to tell of a change. */
int64_t facts_hear_number(struct facts *facts, int64_t instance, struct str name, int64_t number,
                          int64_t now_us);
/* Over all others. */
int64_t facts_elsewhere(const struct facts *facts, struct str name);

/* How the others are told: a number; that this one is there; that it does not know their numbers. */
struct facts_line {
    void *arg;
    void (*number)(void *arg, struct str name, int64_t number);
    void (*pulse)(void *arg);
    void (*ask)(void *arg);
};
/* Forgets who was not heard of for a while, telling changed each name that it had stated; then tells the others what they do not
 * know yet. line NULL: there are none. To be called about once a second. */
void facts_exchange(struct facts *facts, const struct facts_line *line, int64_t now_us,
                    void (*changed)(void *arg, struct str name), void *arg);
/* They know nothing: the next exchange tells all. */
void facts_tell_all(struct facts *facts);

#endif
