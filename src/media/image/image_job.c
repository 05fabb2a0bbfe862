/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An image job: check the headers, then make the pictures that were asked for. */
#include "base/mem/arena.h"

#include "media/format/reader.h"
#include "media/image/geometry.h"
#include "media/image/picture.h"
#include "media/process/channel.h"

struct error *image_job_run(struct job *job)
{
    struct reader reader = {0};
    struct image_facts facts = {0};
    TRY(reader_init_fd(&reader, job->arena, job->input));
    TRY(image_format_check(job->arena, &reader, &facts));
    TRY(job_progress(job, MEDIA_STAGE_PROBE, 0.1));
    char *bytes = arena_alloc_raw(job->arena, (size_t)reader.size);
    if (!reader_read(&reader, 0, bytes, (size_t)reader.size))
        return ERROR_IN(job->arena, media_job_internal, "the input cannot be read");
    TRY(picture_make_outputs(job, str_from(bytes, (size_t)reader.size), &facts));
    bool is_sideways = orientation_is_sideways(facts.orientation);
    struct media_job_event event = {
        .type = MEDIA_EVENT_IMAGE,
        .image = {.container = str_cstr(image_container_name(facts.container)),
                  .width = is_sideways ? facts.height : facts.width,
                  .height = is_sideways ? facts.width : facts.height},
    };
    return channel_send_event(job->arena, job->socket, &event);
}
