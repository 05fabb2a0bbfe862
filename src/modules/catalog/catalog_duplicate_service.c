/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Knowing an exclusively sold recording again: by its file, else by its fingerprint. Features that survive another encoding
 * find candidates in the database; comparing whole fingerprints decides. */
#include "platform/clock/clock.h"
#include "platform/fiber/pool.h"

#include "modules/catalog/catalog_fingerprint_domain.h"
#include "modules/catalog/catalog_service.h"
#include "modules/media/media.h"

enum { STORED_STEP = 4, ASKED_STEP = 1 };

static struct error *find_fingerprint(struct ctx *cx, struct tx *tx, struct id master_asset_id,
                                      struct str *ret_raw)
{
    *ret_raw = STR("");
    return id_is_none(master_asset_id) ? NULL : media_find_fingerprint(cx, tx, master_asset_id, ret_raw);
}

struct error *catalog_remember_sold(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                    struct id order_id)
{
    struct str raw = STR_NONE;
    TRY(find_fingerprint(cx, tx, spec->master_asset_id, &raw));
    const struct sold_mark mark = {
        .spec_id = spec->id,
        .order_id = order_id,
        .master_sha256 = spec->master_sha256,
        .fingerprint = raw,
        .features = fingerprint_features(cx->arena, raw, STORED_STEP),
    };
    return catalog_repo_insert_sold(cx, tx, &mark, clock_now(cx));
}

struct comparison {
    struct arena *arena;
    struct str raw;
    struct array candidates; /* of struct sold_row */
    bool is_same;
};

/* On a thread of the pool: half a millisecond each. */
static void compare(void *arg)
{
    struct comparison *comparison = arg;
    for (size_t i = 0; i < comparison->candidates.count && !comparison->is_same; i++)
        comparison->is_same =
            fingerprint_is_same(comparison->arena, comparison->raw,
                                ARRAY_AT(struct sold_row, comparison->candidates, i)->fingerprint);
}

static struct error *is_sold_by_sound(struct ctx *cx, const struct spec_row *spec, bool *ret_sold)
{
    struct comparison comparison = {.arena = cx->arena};
    TRY(find_fingerprint(cx, NULL, spec->master_asset_id, &comparison.raw));
    struct array features = fingerprint_features(cx->arena, comparison.raw, ASKED_STEP);
    if (features.count == 0)
        return NULL;
    TRY(catalog_repo_list_sold_candidates(cx, NULL, features, spec->id, &comparison.candidates));
    if (comparison.candidates.count > 0)
        TRY(pool_call(cx, cx->platform->blocking_pool, compare, &comparison));
    *ret_sold = comparison.is_same;
    return NULL;
}

struct error *catalog_check_duplicate(struct ctx *cx, const struct spec_row *spec)
{
    bool is_sold = false;
    if (!str_is_empty(spec->master_sha256))
        TRY(catalog_repo_is_master_sold(cx, NULL, spec->master_sha256, spec->id, &is_sold));
    if (!is_sold)
        TRY(is_sold_by_sound(cx, spec, &is_sold));
    return is_sold ? ERROR(cx, catalog_duplicate_recording, "this recording was sold exclusively") : NULL;
}
