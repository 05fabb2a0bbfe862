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

typedef struct error *(*list_fn)(struct ctx *cx, struct str after, int64_t limit, struct array *ret_blobs);
typedef struct error *(*visit_fn)(struct ctx *cx, const struct blob_row *blob, struct strbuf *findings);

/* Rows in key order, and where the next page begins. */
struct walk {
    list_fn list;
    visit_fn visit;
    struct strbuf *findings; /* in memory of its own */
    char after[SHA256_BYTES];
    size_t after_len;
    bool is_at_end;
};

static struct error *visit_page(struct ctx *cx, struct walk *walk)
{
    struct array blobs = {0};
    TRY(walk->list(cx, str_from(walk->after, walk->after_len), BATCH, &blobs));
    for (size_t i = 0; i < blobs.count; i++)
        TRY(walk->visit(cx, ARRAY_AT(struct blob_row, blobs, i), walk->findings));
    walk->is_at_end = blobs.count < BATCH;
    if (blobs.count != 0) {
        walk->after_len = sizeof(walk->after);
        memcpy(walk->after, ARRAY_AT(struct blob_row, blobs, blobs.count - 1)->sha256.ptr,
               sizeof(walk->after));
    }
    return NULL;
}

/* Each page has memory of its own, so that a check of everything does not hold everything. */
static struct error *visit_all(struct ctx *cx, struct walk *walk)
{
    struct ctx page = *cx;
    struct error *error = NULL;
    page.arena = arena_new(0);
    while (error == NULL && !walk->is_at_end) {
        error = visit_page(&page, walk);
        if (error != NULL)
            error = error_copy(cx->arena, error);
        arena_clear(page.arena);
    }
    arena_free(page.arena);
    return error;
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
    return visit_all(
        cx, &(struct walk){.list = media_repo_list_blobs, .visit = check_blob, .findings = findings});
}

static struct error *tell_unheld(struct ctx *cx, const struct blob_row *blob, struct strbuf *findings)
{
    strbuf_printf(findings, "nothing holds the file %" STR_FMT ", which an asset names\n",
                  STR_ARG(hex(cx, blob)));
    return NULL;
}

static struct error *check_held(struct ctx *cx, struct strbuf *findings)
{
    return visit_all(
        cx, &(struct walk){.list = media_repo_list_unheld, .visit = tell_unheld, .findings = findings});
}

const struct module_check media_checks[] = {
    {"media.blobs_are_whole", "Every stored file that something refers to is there and has its hash",
     check_blobs},
    {"media.renditions_have_blobs", "Every file made of an asset is held", check_held},
    {NULL, NULL, NULL},
};
