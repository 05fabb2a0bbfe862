/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The files of a spec: taking an upload, how far processing is, what analysis found, the free download. */
#include "base/text/strbuf.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/fiber/fiber.h"

#include "modules/catalog/catalog_service.h"
#include "modules/media/media.h"

static const int64_t download_us = US_PER_HOUR;
static const int64_t heartbeat_us = 15 * US_PER_SECOND;

/* --- taking an upload --- */

struct putting {
    struct id spec_id;
    enum catalog_slot slot;
    struct id upload_id;
};

static struct id *slot_of(struct spec_row *spec, enum catalog_slot slot)
{
    struct id *const slots[] = {
        [CATALOG_MASTER] = &spec->master_asset_id,
        [CATALOG_STEMS] = &spec->stems_asset_id,
        [CATALOG_COVER] = &spec->cover_asset_id,
    };
    return slots[slot];
}

/* Another master is another recording: what was found in the old one goes. */
static void forget_analysis(struct spec_row *spec)
{
    spec->master_sha256 = STR_NONE;
    spec->is_lossless = false;
    spec->duration_ms = 0;
    spec->loudness_lufs = spec->true_peak_dbtp = 0;
    spec->waveform = STR("");
    if (!spec->is_bpm_given)
        spec->bpm_milli = 0;
    if (!spec->is_key_given)
        spec->musical_key = -1;
}

/* What is public was bought and is played as it is: only its cover may be another. */
static struct error *check_replaceable(struct ctx *cx, const struct spec_row *spec, enum catalog_slot slot)
{
    if (spec->status == CATALOG_SOLD)
        return ERROR(cx, catalog_option_closed, "the exclusive licence was sold: its files stay as they are");
    if (spec->status != CATALOG_DRAFT && slot != CATALOG_COVER)
        return ERROR(cx, catalog_not_publishable, "unpublish it before you replace its files");
    return NULL;
}

/* The upload becomes the slot's asset; what was in the slot is let go. */
static struct error *exchange_asset(struct ctx *cx, struct tx *tx, const struct putting *putting,
                                    struct id *slot)
{
    static const enum media_purpose purposes[] = {
        [CATALOG_MASTER] = MEDIA_MASTER, [CATALOG_STEMS] = MEDIA_STEMS, [CATALOG_COVER] = MEDIA_COVER};
    struct id old = *slot;
    TRY(media_adopt_upload(cx, tx, putting->upload_id, purposes[putting->slot], slot));
    return id_is_none(old) ? NULL : media_release_asset(cx, tx, old);
}

/* The answer to the first request may have been lost on its way. */
static struct error *is_repeated(struct ctx *cx, struct tx *tx, const struct putting *putting,
                                 struct spec_row *spec, bool *ret_repeated)
{
    struct id asset_id = ID_NONE;
    bool is_adopted = false;
    TRY(media_find_adopted(cx, tx, putting->upload_id, &asset_id, &is_adopted));
    *ret_repeated = is_adopted && id_equal(asset_id, *slot_of(spec, putting->slot));
    return NULL;
}

static struct error *put_first(struct ctx *cx, struct tx *tx, const struct putting *putting,
                               struct spec_row *spec)
{
    TRY(check_replaceable(cx, spec, putting->slot));
    TRY(exchange_asset(cx, tx, putting, slot_of(spec, putting->slot)));
    if (putting->slot == CATALOG_MASTER) {
        forget_analysis(spec);
        TRY(catalog_repo_update_analysis(cx, tx, spec));
    }
    TRY(catalog_repo_update_assets(cx, tx, spec));
    TRY(catalog_repo_touch(cx, tx, spec->id, clock_now(cx)));
    return catalog_tell(cx, tx, &catalog_spec_changed, spec->id);
}

static struct error *put(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct putting *putting = arg;
    struct spec_row spec = {0};
    bool was_put = false;
    TRY(catalog_lock(cx, tx, putting->spec_id, &spec));
    TRY(is_repeated(cx, tx, putting, &spec, &was_put));
    return was_put ? NULL : put_first(cx, tx, putting, &spec);
}

struct error *catalog_put_asset(struct ctx *cx, struct str key, enum catalog_slot slot, struct id upload_id,
                                struct processing_view *ret_view)
{
    struct spec_row spec = {0};
    TRY(catalog_load_own(cx, key, &spec));
    struct putting putting = {.spec_id = spec.id, .slot = slot, .upload_id = upload_id};
    TRY(db_transact(cx, TX_WRITE, put, &putting));
    return catalog_load_processing(cx, id_str(cx->arena, spec.id), ret_view);
}

/* --- how far it is --- */

/* Here and not beside the handlers, because it shows words of media. */
/* clang-format off */
static const struct json_field problem_fields[] = {
    JSON_TEXT(struct problem_view, code),
    JSON_TEXT(struct problem_view, detail, .max = 1000),
};
static const struct json_type problem_type = JSON_TYPE("ProcessingProblem", struct problem_view, problem_fields);

static const struct json_field asset_fields[] = {
    JSON_ENUM(struct asset_view, slot, &catalog_slot_words),
    JSON_ID(struct asset_view, asset_id),
    JSON_ENUM(struct asset_view, status, &media_status_words),
    JSON_ENUM(struct asset_view, stage, &media_stage_words),
    JSON_NUMBER(struct asset_view, progress, .help = "0 to 1"),
    JSON_TEXT(struct asset_view, file_name),
    JSON_INTEGER(struct asset_view, size_bytes),
    JSON_OBJECT(struct asset_view, problem, struct problem_view, &problem_type, .flags = JSON_NULLABLE),
};
static const struct json_type asset_type = JSON_TYPE("SpecAsset", struct asset_view, asset_fields);

static const struct json_field processing_fields[] = {
    JSON_ENUM(struct processing_view, status, &media_status_words, .help = "The least finished of all files"),
    JSON_ENUM(struct processing_view, stage, &media_stage_words),
    JSON_NUMBER(struct processing_view, progress, .help = "0 to 1"),
    JSON_OBJECT(struct processing_view, problem, struct problem_view, &problem_type, .flags = JSON_NULLABLE),
    JSON_OBJECTS(struct processing_view, assets, &asset_type),
};
const struct json_type processing_view_type = JSON_TYPE("Processing", struct processing_view, processing_fields);
/* clang-format on */

static struct error *add_asset(struct ctx *cx, enum catalog_slot slot, struct id asset_id,
                               struct asset_view *ret_view, bool *ret_found)
{
    struct media_asset asset = {0};
    *ret_found = false;
    if (id_is_none(asset_id))
        return NULL;
    TRY(media_find_asset(cx, NULL, asset_id, &asset, ret_found));
    *ret_view = (struct asset_view){
        .slot = (int32_t)slot,
        .asset_id = asset_id,
        .status = asset.status,
        .stage = asset.stage,
        .progress = asset.progress,
        .file_name = asset.file_name,
        .size_bytes = asset.size_bytes,
        .problem = {asset.problem_code, asset.problem_detail},
    };
    return NULL;
}

/* The worst of all: failed, else what is still under way, else ready. */
static void sum_up(struct processing_view *view)
{
    static const int rank[] = {
        [MEDIA_READY] = 0, [MEDIA_RUNNING] = 1, [MEDIA_QUEUED] = 2, [MEDIA_FAILED] = 3};
    double progress = 0;
    for (size_t i = 0; i < view->assets.count; i++) {
        const struct asset_view *asset = ARRAY_AT(struct asset_view, view->assets, i);
        progress += asset->status == MEDIA_READY ? 1 : asset->progress;
        if (i > 0 && rank[asset->status] <= rank[view->status])
            continue;
        view->status = asset->status;
        view->stage = asset->stage;
        view->problem = asset->problem;
    }
    if (view->assets.count > 0)
        view->progress = progress / (double)view->assets.count;
}

static struct error *load_processing(struct ctx *cx, struct spec_row *spec, struct processing_view *ret_view)
{
    VEC(struct asset_view) assets = {0};
    for (int slot = CATALOG_MASTER; slot <= CATALOG_COVER; slot++) {
        struct asset_view asset = {0};
        bool is_found = false;
        TRY(add_asset(cx, (enum catalog_slot)slot, *slot_of(spec, (enum catalog_slot)slot), &asset,
                      &is_found));
        if (is_found)
            *VEC_PUSH(cx->arena, &assets) = asset;
    }
    *ret_view = (struct processing_view){.assets = {assets.items, assets.count}};
    sum_up(ret_view);
    return NULL;
}

struct error *catalog_load_processing(struct ctx *cx, struct str key, struct processing_view *ret_view)
{
    struct spec_row spec = {0};
    TRY(catalog_load_own(cx, key, &spec));
    return load_processing(cx, &spec, ret_view);
}

/* --- following it --- */

enum { MAX_TOPICS = 3 };

struct follower {
    struct fiber *fiber;
    bool is_waiting, has_news;
    struct bus_subscription *subscriptions[MAX_TOPICS];
};

static void note_news(void *arg, struct str topic, struct str payload)
{
    (void)topic;
    (void)payload; /* the row says it all, and says it once */
    struct follower *follower = arg;
    follower->has_news = true;
    if (follower->is_waiting)
        fiber_wake(follower->fiber);
}

static void subscribe(struct ctx *cx, struct follower *follower, struct spec_row *spec)
{
    for (int slot = 0; slot < MAX_TOPICS; slot++) {
        struct id asset_id = *slot_of(spec, (enum catalog_slot)slot);
        if (!id_is_none(asset_id))
            follower->subscriptions[slot] = bus_subscribe(
                cx->platform->bus,
                arena_printf(cx->arena, "asset:%" STR_FMT, STR_ARG(id_str(cx->arena, asset_id))), note_news,
                follower);
    }
}

static void unsubscribe(struct ctx *cx, struct follower *follower)
{
    for (int slot = 0; slot < MAX_TOPICS; slot++)
        bus_unsubscribe(cx->platform->bus, follower->subscriptions[slot]);
}

/* Until there is news; *ret_timed_out after a quiet while, in which another instance may have done the work. */
static struct error *wait_for_news(struct ctx *cx, struct follower *follower, bool *ret_timed_out)
{
    *ret_timed_out = false;
    if (follower->has_news)
        return NULL;
    follower->is_waiting = true;
    enum fiber_wakeup wakeup = fiber_park(loop_now_us() + heartbeat_us);
    follower->is_waiting = false;
    if (wakeup == FIBER_CANCELLED)
        return ERROR_CODE(cx, CANCELLED, "the client went away");
    *ret_timed_out = wakeup == FIBER_TIMED_OUT;
    return NULL;
}

static bool is_over(const struct processing_view *view)
{
    for (size_t i = 0; i < view->assets.count; i++) {
        int32_t status = ARRAY_AT(struct asset_view, view->assets, i)->status;
        if (status != MEDIA_READY && status != MEDIA_FAILED)
            return false;
    }
    return true;
}

static bool is_equal(const struct processing_view *a, const struct processing_view *b)
{
    return a->status == b->status && a->stage == b->stage && a->assets.count == b->assets.count &&
           !(a->progress < b->progress || a->progress > b->progress);
}

static struct error *follow(struct ctx *cx, struct spec_row *spec, struct follower *follower,
                            processing_send_fn send, void *arg)
{
    struct processing_view last = {0};
    for (bool is_first = true;; is_first = false) {
        struct arena_mark mark = arena_mark(cx->arena); /* a connection may stay for hours */
        struct processing_view view = {0};
        bool is_timed_out = false;
        follower->has_news = false;
        TRY(load_processing(cx, spec, &view));
        if (is_first || !is_equal(&view, &last))
            TRY(send(cx, arg, &view));
        bool has_ended = is_over(&view);
        last = (struct processing_view){.status = view.status,
                                        .stage = view.stage,
                                        .progress = view.progress,
                                        .assets = {NULL, view.assets.count}};
        arena_rewind(cx->arena, mark);
        if (has_ended)
            return NULL;
        TRY(wait_for_news(cx, follower, &is_timed_out));
        if (is_timed_out)
            TRY(send(cx, arg, NULL));
    }
}

struct error *catalog_follow_processing(struct ctx *cx, struct str key, processing_send_fn send, void *arg)
{
    struct spec_row spec = {0};
    struct follower follower = {.fiber = fiber_self()};
    TRY(catalog_load_own(cx, key, &spec));
    subscribe(cx, &follower, &spec);
    struct error *error = follow(cx, &spec, &follower, send, arg);
    unsubscribe(cx, &follower);
    return error;
}

/* --- what analysis found --- */

void catalog_take_music(const struct media_asset *asset, struct spec_row *spec)
{
    int key = -1;
    if (!spec->is_bpm_given)
        spec->bpm_milli = bpm_to_milli(bpm_fold(asset->bpm));
    if (!spec->is_key_given)
        spec->musical_key = enum_parse(&catalog_key_words, asset->musical_key, &key) ? key : -1;
}

/* The row outlives the asset that its caller holds on the stack: what points into that is copied. */
static void take_analysis(struct ctx *cx, const struct media_asset *asset, struct spec_row *spec)
{
    struct str sha256 = str_from((const char *)asset->original.sha256, sizeof(asset->original.sha256));
    spec->master_sha256 = arena_str(cx->arena, sha256);
    spec->is_lossless = asset->is_lossless;
    spec->duration_ms = asset->duration_ms;
    spec->loudness_lufs = asset->loudness_lufs;
    spec->true_peak_dbtp = asset->true_peak_dbtp;
    spec->waveform = asset->waveform.ptr != NULL ? asset->waveform : STR("");
    catalog_take_music(asset, spec);
}

struct error *catalog_take_analysis(struct ctx *cx, struct tx *tx, struct spec_row *spec)
{
    struct media_asset asset = {0};
    bool is_found = false;
    if (id_is_none(spec->master_asset_id) || spec->duration_ms > 0)
        return NULL;
    TRY(media_find_asset(cx, tx, spec->master_asset_id, &asset, &is_found));
    if (!is_found || asset.status != MEDIA_READY)
        return NULL;
    take_analysis(cx, &asset, spec);
    return tx != NULL ? catalog_repo_update_analysis(cx, tx, spec) : NULL;
}

struct error *catalog_take_asset(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    struct media_asset asset = {0};
    struct array ids = {0};
    bool is_found = false;
    TRY(media_find_asset(cx, tx, asset_id, &asset, &is_found));
    TRY(catalog_repo_list_by_asset(cx, tx, asset_id, &ids));
    for (size_t i = 0; i < ids.count && is_found; i++) {
        struct spec_row spec = {0};
        bool has_spec = false;
        TRY(catalog_repo_lock_spec(cx, tx, *ARRAY_AT(struct id, ids, i), &spec, &has_spec));
        if (!has_spec)
            continue;
        if (id_equal(spec.master_asset_id, asset_id) && asset.status == MEDIA_READY) {
            take_analysis(cx, &asset, &spec);
            TRY(catalog_repo_update_analysis(cx, tx, &spec));
        }
        TRY(catalog_repo_touch(cx, tx, spec.id, clock_now(cx)));
        TRY(catalog_tell(cx, tx, &catalog_spec_changed, spec.id));
    }
    return NULL;
}

/* --- the free download --- */

static const struct media_file *find_mp3(const struct array *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (ARRAY_AT(struct media_file, *files, i)->kind == MEDIA_FILE_MP3)
            return ARRAY_AT(struct media_file, *files, i);
    return NULL;
}

static struct error *tell_download(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct catalog_spec *spec = arg;
    struct catalog_download_event event = {
        .spec_id = spec->id, .owner_id = spec->owner_id, .account_id = cx->caller->account_id};
    return outbox_write(cx, tx, &catalog_spec_downloaded, spec->id, spec->version, &event);
}

struct error *catalog_download_free(struct ctx *cx, struct str key, struct free_download *ret_download)
{
    struct catalog_spec spec = {0};
    struct array files = {0};
    TRY(catalog_load_visible_spec(cx, key, &spec));
    if (!spec.free_mp3_enabled || spec.status != CATALOG_PUBLISHED)
        return ERROR(cx, catalog_not_free, "there is no free download of this");
    if (!id_is_none(spec.master_asset_id))
        TRY(media_list_files(cx, NULL, spec.master_asset_id, &files));
    const struct media_file *mp3 = find_mp3(&files);
    if (mp3 == NULL)
        return ERROR(cx, media_not_ready, "the file is still being processed");
    struct instant expires_at = instant_add_us(clock_now(cx), download_us);
    struct str name = arena_printf(cx->arena, "%" STR_FMT ".mp3", STR_ARG(spec.slug));
    TRY(db_transact(cx, TX_WRITE, tell_download, &spec));
    *ret_download = (struct free_download){
        .url = media_file_url(cx, mp3, name, STR("free"), spec.id, expires_at),
        .file_name = name,
        .size_bytes = mp3->size_bytes,
        .expires_at = expires_at,
    };
    return NULL;
}
