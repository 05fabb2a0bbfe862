/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Judges queues by the lowest wait of an interval. */
#include "platform/resilience/admission.h"

/* Refusals end only with an interval that had none: what they keep short would grow again at once. */
static void begin_interval(struct admission *admission, int64_t now_us)
{
    bool is_next = now_us - admission->interval_end_us < ADMISSION_INTERVAL_US;
    bool has_stood = admission->lowest_us > admission->target_us && admission->lowest_us != INT64_MAX;
    admission->is_refusing = is_next && (has_stood || (admission->is_refusing && admission->has_refused));
    admission->has_refused = false;
    admission->lowest_us = INT64_MAX;
    admission->interval_end_us = now_us + ADMISSION_INTERVAL_US;
}

bool admission_judge(struct admission *admission, int64_t now_us, int64_t waited_us)
{
    if (admission->target_us == 0)
        return true;
    if (now_us >= admission->interval_end_us)
        begin_interval(admission, now_us);
    if (waited_us < admission->lowest_us)
        admission->lowest_us = waited_us;
    bool is_let_in = waited_us <= admission->target_us ||
                     (!admission->is_refusing && waited_us < admission->target_us * ADMISSION_BURST);
    admission->has_refused = admission->has_refused || !is_let_in;
    return is_let_in;
}
