/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The server's half of a job, for the command line. */
#include "media/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem/arena.h"
#include "base/mem/cleanup.h"

#include "media/job.h"
#include "media/process/channel.h"

static const struct media_job_output image_outputs[] = {
    {.name = STR_INIT("large"), .format = MEDIA_FORMAT_JPEG, .width = 1000, .height = 1000, .quality = 85},
    {.name = STR_INIT("small"), .format = MEDIA_FORMAT_WEBP, .width = 300, .height = 300, .quality = 80},
    {.name = STR_INIT("whole"),
     .format = MEDIA_FORMAT_JPEG,
     .width = 1000,
     .height = 1000,
     .fit = MEDIA_FIT_INSIDE,
     .quality = 90},
};

/* Indexed by enum media_job_format. */
static const char *const endings[] = {".mp4", ".mp4", ".mp3", ".mp3", ".wav", ".jpg", ".webp"};

struct session {
    struct arena *arena;
    const struct cli_options *options;
    struct media_job_request request;
    int socket;
    pid_t child;
    bool has_failed;
    bool is_over;
    int exit_status;
    struct str fingerprint; /* of the last audio result */
};

static void choose_outputs(struct session *session, const struct media_job_output *all, size_t count)
{
    struct media_job_output *outputs = ARENA_ARRAY(session->arena, struct media_job_output, count);
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        const char *only = session->options->only;
        if (session->options->out != NULL && (only == NULL || str_equal(all[i].name, str_cstr(only))))
            outputs[chosen++] = all[i];
    }
    session->request.outputs = (struct array){.items = outputs, .count = chosen};
}

static void fill_request(struct session *session)
{
    const struct cli_options *options = session->options;
    bool is_image = options->command == CLI_IMAGE;
    enum media_job_kind kind = is_image                        ? MEDIA_JOB_IMAGE
                               : options->command == CLI_STEMS ? MEDIA_JOB_STEMS
                                                               : MEDIA_JOB_AUDIO;
    session->request = media_job_request_default(kind);
    session->request.preview_start_ms = options->preview_start_ms;
    session->request.preview_length_ms = options->preview_length_ms;
    session->request.max_duration_ms = options->max_duration_ms;
    session->request.title = str_cstr(options->title);
    session->request.artist = str_cstr(options->artist);
    session->request.album = str_cstr(options->album);
    session->request.comment = str_cstr(options->comment);
    if (is_image)
        choose_outputs(session, image_outputs, COUNT_OF(image_outputs));
    else if (options->command == CLI_AUDIO)
        choose_outputs(session, media_job_audio_outputs, media_job_audio_output_count);
}

/* From here on the child is what the server would have started. */
static _Noreturn void become_child(int socket, enum sandbox_level level)
{
    if (socket != MEDIA_JOB_FD && dup2(socket, MEDIA_JOB_FD) < 0)
        _exit(127);
    sandbox_close_descriptors();
    _exit(job_main(MEDIA_JOB_FD, level));
}

static struct error *start_child(struct session *session)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return ERROR_IN(session->arena, media_job_internal, "no socket");
    fflush(stdout);
    session->child = fork();
    if (session->child == 0)
        become_child(pair[1], session->options->level);
    close(pair[1]);
    session->socket = pair[0];
    return session->child > 0 ? NULL : ERROR_IN(session->arena, media_job_internal, "no process");
}

static struct error *send_request(struct session *session, const char *path)
{
    AUTO_FD input = open(path, O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return ERROR_IN(session->arena, media_job_internal, "%s: %s", path, strerrordesc_np(errno));
    const struct media_job_command command = {.type = MEDIA_COMMAND_JOB, .request = session->request};
    return channel_send(session->arena, session->socket, media_job_command_encode(session->arena, &command),
                        input);
}

static const struct media_job_output *find_output(const struct session *session, struct str name)
{
    const struct array *outputs = &session->request.outputs;
    for (size_t i = 0; i < outputs->count; i++) {
        const struct media_job_output *output = ARRAY_AT(const struct media_job_output, *outputs, i);
        if (str_equal(output->name, name))
            return output;
    }
    return NULL;
}

/* Grants a file NAME.ENDING in the folder, which must not yet be there as something else. */
static struct error *answer_output(struct session *session, struct str name)
{
    struct media_job_command answer = {.type = MEDIA_COMMAND_REFUSE, .answer = {.name = name}};
    const struct media_job_output *output = find_output(session, name);
    AUTO_FD fd = -1;
    if (output != NULL && session->options->out != NULL) {
        struct str path = arena_printf(session->arena, "%s/%" STR_FMT "%s", session->options->out,
                                       STR_ARG(name), endings[output->format]);
        fd = open(path.ptr, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
    }
    if (fd >= 0)
        answer.type = MEDIA_COMMAND_GRANT;
    return channel_send(session->arena, session->socket, media_job_command_encode(session->arena, &answer),
                        fd);
}

static struct error *handle(struct session *session, struct str text)
{
    struct media_job_event event = {0};
    TRY(media_job_event_decode(session->arena, text, &event));
    if (event.type == MEDIA_EVENT_OUTPUT)
        return answer_output(session, event.output.name);
    if (event.type != MEDIA_EVENT_PROGRESS || session->options->is_verbose)
        printf("%" STR_FMT "\n", STR_ARG(text));
    session->is_over = media_job_event_is_last(event.type);
    session->has_failed = event.type == MEDIA_EVENT_FAILED;
    if (event.type == MEDIA_EVENT_AUDIO)
        session->fingerprint = event.audio.fingerprint_raw;
    return NULL;
}

static struct error *serve(struct session *session)
{
    while (!session->is_over) {
        struct str text = STR_NONE;
        AUTO_FD fd = -1;
        TRY(channel_receive(session->arena, session->socket, &text, &fd));
        if (text.ptr == NULL)
            return ERROR_IN(session->arena, media_job_crashed, "the media process ended without a result");
        TRY(handle(session, text));
    }
    return NULL;
}

static struct error *run_job(struct session *session, const char *path)
{
    session->is_over = false;
    TRY(start_child(session));
    struct error *error = send_request(session, path);
    if (error == NULL)
        error = serve(session);
    close(session->socket);
    int status = 0;
    while (waitpid(session->child, &status, 0) < 0 && errno == EINTR)
        ;
    if (session->options->is_verbose)
        fprintf(stderr, "exit status %d\n", status);
    return error;
}

static struct error *run_jobs(struct session *session)
{
    for (size_t i = 0; i < session->options->file_count; i++) {
        struct arena_mark mark = arena_mark(session->arena);
        TRY(run_job(session, session->options->files[i]));
        if (session->has_failed)
            session->exit_status = 1;
        arena_rewind(session->arena, mark);
    }
    return NULL;
}

#define COMPARED 2

static struct error *compare(struct session *session)
{
    struct media_fingerprint prints[COMPARED] = {0};
    for (size_t i = 0; i < COMPARED; i++) {
        TRY(run_job(session, session->options->files[i]));
        if (session->has_failed) {
            session->exit_status = 1;
            return NULL;
        }
        if (!media_fingerprint_parse(session->arena, session->fingerprint, &prints[i]))
            return ERROR_IN(session->arena, media_job_internal, "no fingerprint");
    }
    printf("similarity %.3f\n", media_fingerprint_similarity(prints[0], prints[1]));
    return NULL;
}

int cli_run(const struct cli_options *options)
{
    struct session session = {.arena = arena_new(0), .options = options};
    fill_request(&session);
    struct error *error = options->command == CLI_COMPARE ? compare(&session) : run_jobs(&session);
    if (error != NULL) {
        struct str text = error_describe(session.arena, error);
        fprintf(stderr, "%" STR_FMT "\n", STR_ARG(text));
        session.exit_status = 3;
    }
    arena_free(session.arena);
    return session.exit_status;
}
