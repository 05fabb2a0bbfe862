/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One job, from the request on the socket to its last message. */
#ifndef MEDIA_JOB_H
#define MEDIA_JOB_H

#include "base/error/error.h"

#include "media/process/sandbox.h"
#include "media/protocol.h"

/* What the runners of the three kinds of job get. They send everything but `failed`. */
struct job {
    struct arena *arena;
    int socket;
    int input;
    struct media_job_request request; /* defaults filled in */
    double fraction;                  /* of the last progress message */
};

MUST_USE struct error *audio_job_run(struct job *job);
MUST_USE struct error *image_job_run(struct job *job);
MUST_USE struct error *stems_job_run(struct job *job);

/* Tells the server when there is a hundredth of news. */
MUST_USE struct error *job_progress(struct job *job, enum media_job_stage stage, double fraction);

/* Receives the request on the socket, closes the sandbox, runs the job and sends its last message.
 * Returns the exit status: 0 whenever a last message was sent. */
int job_main(int socket, enum sandbox_level level);

#endif
