/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Moments that keep their distance. */
#include "platform/resilience/pacer.h"

int64_t pacer_take(struct pacer *pacer, int64_t now_us)
{
    int64_t due_us = pacer->next_us > now_us ? pacer->next_us : now_us;
    if (due_us - now_us >= PACER_LONGEST_US)
        return now_us + PACER_LONGEST_US; /* the line is as long as it may be, and stays so */
    pacer->next_us = due_us + PACER_DISTANCE_US;
    return due_us;
}
