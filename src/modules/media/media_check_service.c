/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What `lathe check` asks of media. */
#include "base/text/encode.h"
#include "base/text/strbuf.h"

#include "platform/module/module.h"

#include "modules/media/media_service.h"

enum { BATCH = 500 };

static struct str hex(struct ctx *cx, const struct blob_row *blob)
{
    return hex_encode(cx->arena, blob->sha256.ptr, blob->sha256.len);
}

/* Visits pages of rows in key order; each page's memory is given back. */
typedef struct error *(*list_fn)(struct ctx *cx, struct str after, int64_t limit, struct array *ret_blobs);
typedef struct error *(*visit_fn)(struct ctx *cx, const struct blob_row *blob, struct strbuf *findings);

static struct error *visit_all(struct ctx *cx, list_fn list, visit_fn visit, struct strbuf *findings)
{
    char after[SHA256_BYTES] = "";
    size_t after_len = 0;
    size_t count = BATCH;
    while (count == BATCH) {
        struct array blobs = {0};
        struct arena_mark mark = arena_mark(cx->arena);
        TRY(list(cx, str_from(after, after_len), BATCH, &blobs));
        for (size_t i = 0; i < blobs.count; i++)
            TRY(visit(cx, ARRAY_AT(struct blob_row, blobs, i), findings));
        count = blobs.count;
        if (count != 0) {
            after_len = sizeof(after);
            memcpy(after, ARRAY_AT(struct blob_row, blobs, count - 1)->sha256.ptr, sizeof(after));
        }
        arena_rewind(cx->arena, mark);
    }
    return NULL;
}

static struct error *check_blob(struct ctx *cx, const struct blob_row *blob, struct strbuf *findings)
{
    struct blob_key key = media_blob_key(blob->sha256);
    bool is_whole = false;
    struct error *error = storage_verify(cx, &key, &is_whole);
    if (error_is(error, &storage_missing)) {
        strbuf_printf(findings, "the stored file %" STR_FMT " is missing\n", STR_ARG(hex(cx, blob)));
        return NULL;
    }
    TRY(error);
    if (!is_whole)
        strbuf_printf(findings, "the stored file %" STR_FMT " is damaged\n", STR_ARG(hex(cx, blob)));
    return NULL;
}

static struct error *check_blobs(struct ctx *cx, struct strbuf *findings)
{
    return visit_all(cx, media_repo_list_blobs, check_blob, findings);
}

static struct error *tell_unheld(struct ctx *cx, const struct blob_row *blob, struct strbuf *findings)
{
    strbuf_printf(findings, "nothing holds the file %" STR_FMT ", which an asset names\n",
                  STR_ARG(hex(cx, blob)));
    return NULL;
}

static struct error *check_held(struct ctx *cx, struct strbuf *findings)
{
    return visit_all(cx, media_repo_list_unheld, tell_unheld, findings);
}

const struct module_check media_checks[] = {
    {"media.blobs_are_whole", "Every stored file that something refers to is there and has its hash",
     check_blobs},
    {"media.renditions_have_blobs", "Every file made of an asset is held", check_held},
    {NULL, NULL, NULL},
};
