/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Open blobs per loop. See streaming_files_service.h. */
#include "modules/streaming/streaming_files_service.h"

#include <unistd.h>

#include "base/mem/alloc.h"

#include "platform/fiber/loop.h"

enum { KEPT_PER_LOOP = 64, MAX_LOOPS = 64 };
static const int64_t keep_us = US_PER_MINUTE; /* a blob that was deleted is let go of soon */

struct open_files {
    struct open_file *kept[MAX_LOOPS][KEPT_PER_LOOP];
};

struct open_files *open_files_new(void)
{
    return MEM_NEW(struct open_files);
}

static void close_file(struct open_file *file)
{
    close(file->fd);
    mem_free(file);
}

/* Out of the table: closed now, or by whoever uses it last. */
static void let_go(struct open_file **place)
{
    struct open_file *file = *place;
    *place = NULL;
    if (file == NULL)
        return;
    file->is_kept = false;
    if (file->users == 0)
        close_file(file);
}

void open_files_free(struct open_files *files)
{
    if (files == NULL)
        return;
    for (size_t loop = 0; loop < MAX_LOOPS; loop++)
        for (size_t i = 0; i < KEPT_PER_LOOP; i++)
            let_go(&files->kept[loop][i]);
    mem_free(files);
}

static struct open_file **find_place(struct open_file **kept, const struct blob_key *key, int64_t now_us)
{
    struct open_file **oldest = &kept[0];
    for (size_t i = 0; i < KEPT_PER_LOOP; i++) {
        if (kept[i] != NULL && now_us - kept[i]->used_us > keep_us)
            let_go(&kept[i]);
        if (kept[i] != NULL && memcmp(&kept[i]->key, key, sizeof(*key)) == 0)
            return &kept[i];
        bool is_better = *oldest != NULL && (kept[i] == NULL || kept[i]->used_us < (*oldest)->used_us);
        if (is_better)
            oldest = &kept[i];
    }
    return oldest;
}

struct error *open_files_take(struct ctx *cx, struct open_files *files, const struct blob_key *key,
                              struct open_file **ret_file)
{
    struct open_file **kept = files->kept[loop_index(loop_self()) % MAX_LOOPS];
    struct open_file **place = find_place(kept, key, loop_now_us());
    if (*place == NULL || memcmp(&(*place)->key, key, sizeof(*key)) != 0) {
        int fd = -1;
        int64_t size_bytes = 0;
        TRY(storage_read(cx, key, &fd, &size_bytes));
        place = find_place(kept, key, loop_now_us()); /* the table may have changed meanwhile */
        let_go(place);
        *place = MEM_NEW(struct open_file);
        **place = (struct open_file){.key = *key, .fd = fd, .size_bytes = size_bytes, .is_kept = true};
    }
    (*place)->users++;
    (*place)->used_us = loop_now_us();
    *ret_file = *place;
    return NULL;
}

void open_files_give_back(struct open_file *file)
{
    file->users--;
    if (file->users == 0 && !file->is_kept)
        close_file(file);
}
