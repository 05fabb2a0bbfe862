/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The conversation with the media program about one asset. What it says is taken for what an intruder would say. */
#include "base/mem/cleanup.h"

#include "platform/fiber/fiber.h"
#include "platform/log/log.h"
#include "platform/sandbox/sandbox.h"

#include "modules/media/media_service.h"

/* The share of the whole that the media program does. */
static const double first_progress = 0.05;
static const double child_progress = 0.85;

/* More than the longest recording in all its files needs: a hundred steps of progress, and a list of segments for each. */
enum { MAX_MESSAGES = 1000, MAX_MESSAGE_BYTES = 8 << 20 };

struct conversation {
    const struct asset_row *asset;
    struct sandbox_child *child;
    struct media_job_request request;
    struct media_outcome *outcome;
    bool is_complete[MEDIA_JOB_OUTPUTS_MAX]; /* beside outcome->made */
    struct error *refused;                   /* why an output was not granted */
    size_t message_count;
    size_t message_bytes; /* they stay in memory until the job ends */
};

/* --- what is wanted --- */

static const int image_sides[] = {64, 128, 512, 1024};

static const struct {
    const char *extension;
    enum media_job_format format;
    int64_t quality;
} image_formats[] = {{"jpg", MEDIA_FORMAT_JPEG, 85}, {"webp", MEDIA_FORMAT_WEBP, 82}};

static struct array image_outputs(struct ctx *cx, enum media_job_fit fit)
{
    VEC(struct media_job_output) outputs = {0};
    for (size_t i = 0; i < COUNT_OF(image_sides); i++)
        for (size_t k = 0; k < COUNT_OF(image_formats); k++)
            *VEC_PUSH(cx->arena, &outputs) = (struct media_job_output){
                .name = arena_printf(cx->arena, "%d.%s", image_sides[i], image_formats[k].extension),
                .format = (int32_t)image_formats[k].format,
                .width = image_sides[i],
                .height = image_sides[i],
                .fit = (int32_t)fit,
                .quality = image_formats[k].quality,
            };
    return (struct array){outputs.items, outputs.count};
}

static struct array audio_outputs(struct ctx *cx)
{
    size_t size = media_job_audio_output_count * sizeof(struct media_job_output);
    return (struct array){arena_dup(cx->arena, media_job_audio_outputs, size), media_job_audio_output_count};
}

/* "beat.wav" is called "beat" until its owner gives it a better title. */
static struct str title_of(struct ctx *cx, struct str file_name)
{
    struct str name = file_name_with(cx->arena, file_name, STR("x"));
    return str_slice(name, 0, name.len - 2);
}

static struct media_job_request request_for(struct ctx *cx, const struct asset_row *asset)
{
    static const enum media_job_kind kinds[MEDIA_PURPOSE_COUNT] = {
        [MEDIA_MASTER] = MEDIA_JOB_AUDIO, [MEDIA_STEMS] = MEDIA_JOB_STEMS, [MEDIA_COVER] = MEDIA_JOB_IMAGE,
        [MEDIA_AVATAR] = MEDIA_JOB_IMAGE, [MEDIA_IMAGE] = MEDIA_JOB_IMAGE,
    };
    struct media_job_request request = media_job_request_default(kinds[asset->purpose]);
    switch ((enum media_job_kind)request.kind) {
    case MEDIA_JOB_AUDIO:
        request.outputs = audio_outputs(cx);
        request.title = title_of(cx, asset->file_name);
        break;
    case MEDIA_JOB_IMAGE:
        request.outputs =
            image_outputs(cx, asset->purpose == MEDIA_IMAGE ? MEDIA_FIT_INSIDE : MEDIA_FIT_CROP);
        break;
    case MEDIA_JOB_STEMS:
        break;
    }
    return request;
}

/* --- what it asks and says --- */

static struct error *breach(struct ctx *cx, const char *what)
{
    return ERROR(cx, media_job_internal, "the media program broke the protocol: %s", what);
}

static bool is_wanted(const struct conversation *talk, struct str name)
{
    for (size_t i = 0; i < talk->request.outputs.count; i++)
        if (str_equal(ARRAY_AT(struct media_job_output, talk->request.outputs, i)->name, name))
            return true;
    return false;
}

static ptrdiff_t find_made(const struct conversation *talk, struct str name)
{
    for (size_t i = 0; i < talk->outcome->made_count; i++)
        if (str_equal(talk->outcome->made[i].facts.name, name))
            return (ptrdiff_t)i;
    return -1;
}

static struct error *answer(struct ctx *cx, struct conversation *talk, enum media_job_command_type type,
                            struct str name, int fd)
{
    const struct media_job_command command = {.type = type, .answer = {.type = (int32_t)type, .name = name}};
    return sandbox_send(cx, talk->child, media_job_command_encode(cx->arena, &command), fd);
}

static struct error *grant_output(struct ctx *cx, struct conversation *talk, struct str name)
{
    struct media_outcome *outcome = talk->outcome;
    if (!is_wanted(talk, name) || find_made(talk, name) >= 0 || outcome->made_count == MEDIA_JOB_OUTPUTS_MAX)
        return breach(cx, "an output that nobody wanted");
    int fd = -1;
    struct error *error = storage_scratch(cx, &fd);
    if (error != NULL) {
        talk->refused = error;
        return answer(cx, talk, MEDIA_COMMAND_REFUSE, name, -1);
    }
    outcome->made[outcome->made_count++] = (struct media_made){.facts = {.name = name}, .fd = fd};
    return answer(cx, talk, MEDIA_COMMAND_GRANT, name, fd);
}

static struct error *take_rendition(struct ctx *cx, struct conversation *talk,
                                    const struct media_job_rendition *facts)
{
    ptrdiff_t at = find_made(talk, facts->name);
    if (at < 0 || talk->is_complete[at])
        return breach(cx, "a file that was not asked for");
    talk->outcome->made[at].facts = *facts;
    talk->is_complete[at] = true;
    return NULL;
}

static struct error *report(struct ctx *cx, const struct conversation *talk,
                            const struct media_job_progress *progress)
{
    static const enum media_stage stages[] = {[MEDIA_STAGE_PROBE] = MEDIA_AT_PROBE,
                                              [MEDIA_STAGE_ENCODE] = MEDIA_AT_ENCODE,
                                              [MEDIA_STAGE_ANALYSE] = MEDIA_AT_ANALYSE};
    return media_report_progress(cx, talk->asset->id, stages[progress->stage],
                                 first_progress + child_progress * progress->fraction);
}

/* The reason is one of the program's own; a refusal of ours says more than the program's echo of it. */
static struct error *failure_of(struct ctx *cx, const struct conversation *talk,
                                const struct media_job_failure *failed)
{
    if (talk->refused != NULL)
        return talk->refused;
    return error_new(cx->arena, media_job_reason(failed->reason), __FILE__, __LINE__, "%" STR_FMT,
                     STR_ARG(failed->message));
}

static struct error *take_event(struct ctx *cx, struct conversation *talk,
                                const struct media_job_event *event)
{
    switch (event->type) {
    case MEDIA_EVENT_OUTPUT:
        return grant_output(cx, talk, event->output.name);
    case MEDIA_EVENT_PROGRESS:
        return report(cx, talk, &event->progress);
    case MEDIA_EVENT_RENDITION:
        return take_rendition(cx, talk, &event->rendition);
    case MEDIA_EVENT_FAILED:
        return failure_of(cx, talk, &event->failed);
    case MEDIA_EVENT_ENTRIES: /* what an archive holds is checked by the program; nobody lists it yet */
    case MEDIA_EVENT_AUDIO:
    case MEDIA_EVENT_IMAGE:
    case MEDIA_EVENT_STEMS:
        return NULL;
    case MEDIA_EVENT_COUNT:
        break;
    }
    return breach(cx, "an unknown message");
}

/* Every kind of job has its own last message. */
static struct error *check_last(struct ctx *cx, const struct conversation *talk,
                                enum media_job_event_type last)
{
    static const enum media_job_event_type expected[] = {[MEDIA_JOB_AUDIO] = MEDIA_EVENT_AUDIO,
                                                         [MEDIA_JOB_IMAGE] = MEDIA_EVENT_IMAGE,
                                                         [MEDIA_JOB_STEMS] = MEDIA_EVENT_STEMS};
    if (last != expected[talk->request.kind])
        return breach(cx, "the result of another kind of job");
    for (size_t i = 0; i < talk->outcome->made_count; i++)
        if (!talk->is_complete[i])
            return breach(cx, "a file that was not finished");
    return NULL;
}

static struct error *receive_event(struct ctx *cx, struct conversation *talk,
                                   struct media_job_event *ret_event)
{
    struct str message = STR_NONE;
    TRY(sandbox_receive(cx, talk->child, &message));
    talk->message_count++;
    talk->message_bytes += message.len;
    if (talk->message_count > MAX_MESSAGES || talk->message_bytes > MAX_MESSAGE_BYTES)
        return breach(cx, "more messages than any job has");
    struct error *error = media_job_event_decode(cx->arena, message, ret_event);
    return error == NULL ? NULL : breach(cx, "a message that cannot be read");
}

static struct error *converse(struct ctx *cx, struct conversation *talk, int input_fd)
{
    const struct media_job_command command = {.type = MEDIA_COMMAND_JOB, .request = talk->request};
    struct media_job_event event = {.type = MEDIA_EVENT_PROGRESS};
    TRY(sandbox_send(cx, talk->child, media_job_command_encode(cx->arena, &command), input_fd));
    while (!media_job_event_is_last(event.type)) {
        TRY(receive_event(cx, talk, &event));
        TRY(take_event(cx, talk, &event));
    }
    TRY(check_last(cx, talk, event.type));
    talk->outcome->last = event;
    return NULL;
}

struct error *media_run_child(struct ctx *cx, const struct asset_row *asset, int input_fd,
                              struct media_outcome *ret_outcome)
{
    struct conversation talk = {.asset = asset, .request = request_for(cx, asset), .outcome = ret_outcome};
    TRY(sandbox_start(cx, INT64_MAX, &talk.child));
    struct error *error = converse(cx, &talk, input_fd);
    sandbox_end(cx, talk.child); /* it holds our descriptors: nothing is trusted before it is gone */
    /* The owner is told that the file is refused; to the operator it may be an attack. What is our fault the job logs. */
    if (error_is(error, &sandbox_crashed) || error_is(error, &sandbox_too_slow))
        LOG(cx, WARN, "media.child.failed", log_text("reason", str_cstr(error->reason->name)),
            log_text("error", error_describe(cx->arena, error)));
    return error;
}

void media_outcome_fini(struct media_outcome *outcome)
{
    for (size_t i = 0; i < outcome->made_count; i++)
        cleanup_fd(&outcome->made[i].fd);
}
