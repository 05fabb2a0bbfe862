/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Who is let in when more comes than can be done. A queue is judged by how long work waits in it: a wait that is long for a moment
 * is a burst, one that stands is overload, and then what waited longer than the target is refused at once instead of late.
 * (After CoDel: Nichols and Jacobson, "Controlling Queue Delay", 2012.) */
#ifndef PLATFORM_RESILIENCE_ADMISSION_H
#define PLATFORM_RESILIENCE_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

/* A wait above the target has to stand so long before anything is refused. */
#define ADMISSION_INTERVAL_US INT64_C(100000)
/* So many times the target is refused in a burst, too. */
#define ADMISSION_BURST 10

/* One queue, judged by one thread. Zero it and set the target. */
struct admission {
    int64_t target_us; /* 0: everything is let in */
    int64_t interval_end_us;
    int64_t lowest_us; /* wait in this interval; INT64_MAX: nothing was judged */
    bool is_refusing;  /* since the last interval */
    bool has_refused;  /* in this interval */
};

/* Whether work that has waited so long is let in. now_us only grows. */
bool admission_judge(struct admission *admission, int64_t now_us, int64_t waited_us);

#endif
