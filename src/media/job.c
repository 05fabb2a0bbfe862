/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The order of things: libraries warm up, the request comes, the cage closes, then the input is read. */
#include "media/job.h"

#include <libavutil/log.h>

#include "base/mem/arena.h"
#include "base/mem/cleanup.h"
#include "base/text/utf8.h"

#include "media/process/channel.h"

#define FOUR_HOURS_MS   (4 * 60 * 60 * 1000LL)
#define ENTRIES_MAX     1000
#define TOTAL_BYTES_MAX (4LL * 1024 * 1024 * 1024)
#define MESSAGE_MAX     500

static struct error *(*const runners[])(struct job *) = {
    [MEDIA_JOB_AUDIO] = audio_job_run,
    [MEDIA_JOB_IMAGE] = image_job_run,
    [MEDIA_JOB_STEMS] = stems_job_run,
};

struct error *job_progress(struct job *job, enum media_job_stage stage, double fraction)
{
    if (fraction < job->fraction + 0.01)
        return NULL;
    job->fraction = fraction;
    struct media_job_event event = {
        .type = MEDIA_EVENT_PROGRESS,
        .progress = {.stage = (int32_t)stage, .fraction = fraction < 1 ? fraction : 1},
    };
    struct arena_mark mark = arena_mark(job->arena);
    struct error *error = channel_send_event(job->arena, job->socket, &event);
    if (error == NULL)
        arena_rewind(job->arena, mark);
    return error;
}

static struct error *receive_request(struct job *job)
{
    struct media_job_command command = {0};
    struct str text = STR_NONE;
    TRY(channel_receive(job->arena, job->socket, &text, &job->input));
    TRY(media_job_command_decode(job->arena, text, &command));
    if (command.type != MEDIA_COMMAND_JOB || job->input < 0)
        return ERROR_IN(job->arena, media_job_internal, "the first message is no job with an input");
    struct media_job_request *request = &command.request;
    if (request->max_duration_ms == 0)
        request->max_duration_ms = FOUR_HOURS_MS;
    if (request->max_entries == 0)
        request->max_entries = ENTRIES_MAX;
    if (request->max_total_bytes == 0)
        request->max_total_bytes = TOTAL_BYTES_MAX;
    job->request = *request;
    return NULL;
}

static struct error *run(struct job *job, enum sandbox_level level)
{
    TRY(receive_request(job));
    TRY(sandbox_apply(job->arena, level, job->request.cpu_seconds));
    return runners[job->request.kind](job);
}

static struct error *send_failure(struct job *job, const struct error *error)
{
    struct media_job_event event = {
        .type = MEDIA_EVENT_FAILED,
        .failed = {.reason = str_cstr(error->reason->name),
                   .message = utf8_truncate(error->message, MESSAGE_MAX)},
    };
    return channel_send_event(job->arena, job->socket, &event);
}

/* Errors of base (a request that does not decode) are ours to explain, in our own reasons. */
static const struct error *as_job_error(struct arena *arena, const struct error *error)
{
    if (media_job_reason(str_cstr(error->reason->name)) == error->reason)
        return error;
    return ERROR_IN(arena, media_job_internal, "%s: %" STR_FMT, error->reason->name, STR_ARG(error->message));
}

int job_main(int socket, enum sandbox_level level)
{
    struct job job = {.arena = arena_new(0), .socket = socket, .input = -1};
    av_log_set_level(AV_LOG_QUIET);
    sandbox_warm_up();
    struct error *error = run(&job, level);
    if (error != NULL)
        error = send_failure(&job, as_job_error(job.arena, error));
    arena_free(job.arena);
    cleanup_fd(&job.input);
    return error == NULL ? 0 : 1;
}
