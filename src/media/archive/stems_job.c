/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A stems job: read the directory of the archive, then unpack every entry through a bounded buffer and
 * compare it with what the directory states. Nothing unpacked is kept but the beginning of each entry,
 * from which its kind is told. */
#define ZLIB_CONST
#include <zlib.h>

#include "base/mem/arena.h"
#include "base/text/utf8.h"

#include "media/format/audio_format.h"
#include "media/format/zip.h"
#include "media/job.h"
#include "media/process/channel.h"

#define BLOCK    (64 * 1024)
#define HEAD_MAX (1024 * 1024) /* tags with covers may come before the first frame of an MP3 */

struct unpacking {
    struct job *job;
    struct reader *reader;
    z_stream inflater;
    unsigned char *block; /* BLOCK bytes, unpacked */
    unsigned char *head;  /* HEAD_MAX bytes: the beginning of the entry */
    size_t head_len;
    uint32_t crc;
    int64_t size;
    int64_t done_bytes; /* of the whole archive, for the progress */
    int64_t total_bytes;
    int64_t audio_entries;
    struct media_job_entry *entries; /* of the message being filled */
    size_t entry_count;
};

static void free_unpacking(void *arg)
{
    inflateEnd(&((struct unpacking *)arg)->inflater);
}

/* Counts, sums and keeps the head of what was unpacked. */
static struct error *take_bytes(struct unpacking *unpacking, const struct zip_entry *entry,
                                const unsigned char *bytes, size_t len)
{
    unpacking->size += (int64_t)len;
    unpacking->done_bytes += (int64_t)len;
    if (unpacking->size > entry->size)
        return ERROR_IN(unpacking->job->arena, media_job_zip_bomb, "an entry unpacks to more than it states");
    unpacking->crc = (uint32_t)crc32(unpacking->crc, bytes, (uInt)len);
    size_t room = HEAD_MAX - unpacking->head_len;
    size_t part = len < room ? len : room;
    memcpy(unpacking->head + unpacking->head_len, bytes, part);
    unpacking->head_len += part;
    double share =
        unpacking->total_bytes > 0 ? (double)unpacking->done_bytes / (double)unpacking->total_bytes : 1;
    return job_progress(unpacking->job, MEDIA_STAGE_PROBE, share * 0.99);
}

static struct error *inflate_block(struct unpacking *unpacking, const struct zip_entry *entry,
                                   const unsigned char *packed, size_t len, bool *ret_is_end)
{
    z_stream *inflater = &unpacking->inflater;
    inflater->next_in = packed;
    inflater->avail_in = (uInt)len;
    while (inflater->avail_in > 0) {
        inflater->next_out = unpacking->block;
        inflater->avail_out = BLOCK;
        int code = inflate(inflater, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END)
            return ERROR_IN(unpacking->job->arena, media_job_zip_damaged, "an entry cannot be unpacked");
        TRY(take_bytes(unpacking, entry, unpacking->block, BLOCK - inflater->avail_out));
        if (code == Z_STREAM_END) {
            *ret_is_end = true;
            return inflater->avail_in == 0 ? NULL
                                           : ERROR_IN(unpacking->job->arena, media_job_zip_damaged,
                                                      "bytes behind an entry's end");
        }
    }
    return NULL;
}

static struct error *unpack(struct unpacking *unpacking, const struct zip_entry *entry)
{
    bool is_end = entry->method == ZIP_STORED;
    for (int64_t at = 0; at < entry->packed_size;) {
        int64_t left = entry->packed_size - at;
        size_t part = left < BLOCK ? (size_t)left : BLOCK;
        const unsigned char *packed = reader_view(unpacking->reader, entry->data_at + at, part);
        if (packed == NULL)
            return ERROR_IN(unpacking->job->arena, media_job_truncated, "the archive ends within an entry");
        if (entry->method == ZIP_STORED)
            TRY(take_bytes(unpacking, entry, packed, part));
        else
            TRY(inflate_block(unpacking, entry, packed, part, &is_end));
        at += (int64_t)part;
    }
    if (!is_end || unpacking->size != entry->size)
        return ERROR_IN(unpacking->job->arena, media_job_zip_damaged, "an entry is shorter than it states");
    if (unpacking->crc != entry->crc)
        return ERROR_IN(unpacking->job->arena, media_job_checksum, "%" STR_FMT " is damaged",
                        STR_ARG(entry->name));
    return NULL;
}

/* What an entry is by its first bytes; empty: no audio. A Mac's "._" shadow of a file is none. */
static struct str entry_container(const struct unpacking *unpacking)
{
    struct reader head;
    enum audio_container container = AUDIO_WAV;
    reader_init_memory(&head, str_from((const char *)unpacking->head, unpacking->head_len));
    return audio_format_sniff(&head, &container) ? str_cstr(audio_container_name(container)) : STR("");
}

static struct error *send_entries(struct unpacking *unpacking)
{
    if (unpacking->entry_count == 0)
        return NULL;
    struct media_job_event event = {
        .type = MEDIA_EVENT_ENTRIES,
        .entries = {.entries = {.items = unpacking->entries, .count = unpacking->entry_count}},
    };
    unpacking->entry_count = 0;
    return channel_send_event(unpacking->job->arena, unpacking->job->socket, &event);
}

/* Names in old code pages are shown with a mark for each byte that is no UTF-8. */
static struct str shown_name(struct arena *arena, struct str name)
{
    if (utf8_is_valid(name) && !utf8_has_controls(name, UTF8_ONE_LINE))
        return name;
    struct str shown = arena_str(arena, name);
    char *bytes = arena_cstr(arena, shown);
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            bytes[i] = '?';
    }
    return str_from(bytes, name.len);
}

static struct error *check_entry(struct unpacking *unpacking, const struct zip_entry *entry)
{
    inflateReset(&unpacking->inflater);
    unpacking->crc = 0;
    unpacking->size = 0;
    unpacking->head_len = 0;
    TRY(unpack(unpacking, entry));
    struct str container = entry_container(unpacking);
    unpacking->audio_entries += container.len > 0;
    unpacking->entries[unpacking->entry_count++] = (struct media_job_entry){
        .name = shown_name(unpacking->job->arena, entry->name),
        .size_bytes = entry->size,
        .container = container,
    };
    return unpacking->entry_count == MEDIA_JOB_ENTRIES_PER_MESSAGE ? send_entries(unpacking) : NULL;
}

static struct error *unpacking_init(struct unpacking *unpacking, struct job *job, struct reader *reader)
{
    unpacking->job = job;
    unpacking->reader = reader;
    unpacking->block = arena_alloc_raw(job->arena, BLOCK);
    unpacking->head = arena_alloc_raw(job->arena, HEAD_MAX);
    unpacking->entries = ARENA_ARRAY(job->arena, struct media_job_entry, MEDIA_JOB_ENTRIES_PER_MESSAGE);
    if (inflateInit2(&unpacking->inflater, -MAX_WBITS) != Z_OK)
        return ERROR_IN(job->arena, media_job_internal, "no memory to unpack");
    arena_defer(job->arena, free_unpacking, unpacking);
    return NULL;
}

struct error *stems_job_run(struct job *job)
{
    struct reader reader = {0};
    struct zip_directory directory = {0};
    struct unpacking *unpacking = ARENA_NEW(job->arena, struct unpacking);
    const struct zip_limits limits = {.max_entries = job->request.max_entries,
                                      .max_total_bytes = job->request.max_total_bytes};
    TRY(reader_init_fd(&reader, job->arena, job->input));
    TRY(zip_read_directory(job->arena, &reader, &limits, &directory));
    TRY(unpacking_init(unpacking, job, &reader));
    unpacking->total_bytes = directory.total_bytes;
    int64_t files = 0;
    for (size_t i = 0; i < directory.count; i++) {
        if (directory.entries[i].is_directory)
            continue;
        files++;
        TRY(check_entry(unpacking, &directory.entries[i]));
    }
    TRY(send_entries(unpacking));
    if (unpacking->audio_entries == 0)
        return ERROR_IN(job->arena, media_job_zip_no_audio, "no entry of the archive is audio");
    struct media_job_event event = {
        .type = MEDIA_EVENT_STEMS,
        .stems = {.entries = files,
                  .audio_entries = unpacking->audio_entries,
                  .total_bytes = directory.total_bytes},
    };
    return channel_send_event(job->arena, job->socket, &event);
}
