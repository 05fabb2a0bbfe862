/* SPDX-License-Identifier: AGPL-3.0-or-later
 * System calls that a decoder taken over by its input might make, and how the cage denies each of them. */
#ifndef MEDIA_PROCESS_SANDBOX_CALLS_H
#define MEDIA_PROCESS_SANDBOX_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum sandbox_denial {
    SANDBOX_CALL_REPORTED, /* media.sandbox with the call's number on the job's socket, and the process ends */
    SANDBOX_CALL_REFUSED,  /* EPERM or ENOSYS, before the kernel looks at an argument */
    SANDBOX_CALL_KILLED    /* at once: another architecture's calls */
};

struct sandbox_call {
    const char *what; /* words without blanks, for whoever names one */
    long number;
    long arguments[6];
    enum sandbox_denial denial;
};

extern const struct sandbox_call sandbox_calls[];
extern const size_t sandbox_call_count;

/* Makes the call, inside the cage; returns, if at all, whether it was refused by the cage. */
bool sandbox_call_try(const struct sandbox_call *call);

#endif
