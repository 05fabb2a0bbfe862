/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What orders and others ask of the catalogue: specs, options, briefs, and the end of all offerings after an exclusive sale. */
#include "platform/clock/clock.h"
#include "platform/fiber/pool.h"

#include "modules/catalog/catalog_fingerprint_domain.h"
#include "modules/catalog/catalog_service.h"
#include "modules/media/media.h"

/* --- queries --- */

static struct catalog_spec spec_of(const struct spec_row *row)
{
    return (struct catalog_spec){
        .id = row->id,
        .owner_id = row->owner_id,
        .title = row->title,
        .slug = row->slug,
        .short_code = row->short_code,
        .status = row->status,
        .category = row->category,
        .master_asset_id = row->master_asset_id,
        .stems_asset_id = row->stems_asset_id,
        .cover_asset_id = row->cover_asset_id,
        .free_mp3_enabled = row->free_mp3_enabled,
        .duration_ms = row->duration_ms,
        .version = row->version,
    };
}

struct error *catalog_find_spec(struct ctx *cx, struct tx *tx, struct id spec_id,
                                struct catalog_spec *ret_spec, bool *ret_found)
{
    struct spec_row row = {0};
    bool is_found = false;
    TRY(catalog_repo_find_spec(cx, tx, spec_id, &row, &is_found));
    *ret_spec = spec_of(&row);
    *ret_found = is_found;
    return NULL;
}

struct error *catalog_load_visible_spec(struct ctx *cx, struct str key, struct catalog_spec *ret_spec)
{
    struct spec_row row = {0};
    bool is_found = false;
    TRY(catalog_find_by_key(cx, key, &row, &is_found));
    if (!is_found || !catalog_may_see(cx, (enum catalog_status)row.status, row.owner_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such spec");
    *ret_spec = spec_of(&row);
    return NULL;
}

struct error *catalog_load_option(struct ctx *cx, struct tx *tx, struct id option_id,
                                  struct catalog_option *ret_option)
{
    bool is_found = false;
    TRY(catalog_repo_find_option(cx, tx, option_id, ret_option, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "there is no such licence option");
}

static const struct catalog_brief *find_brief(const struct array *briefs, struct id id)
{
    for (size_t i = 0; i < briefs->count; i++)
        if (id_equal(ARRAY_AT(struct catalog_brief, *briefs, i)->id, id))
            return ARRAY_AT(struct catalog_brief, *briefs, i);
    return NULL;
}

struct error *catalog_list_briefs(struct ctx *cx, const struct id *spec_ids, size_t count,
                                  struct array *ret_briefs)
{
    struct array found = {0};
    struct array ids = {arena_dup(cx->arena, spec_ids, count * sizeof(*spec_ids)), count};
    VEC(struct catalog_brief) briefs = {0};
    if (count > 0)
        TRY(catalog_repo_list_briefs(cx, ids, &found));
    for (size_t i = 0; i < count; i++) {
        const struct catalog_brief *brief = find_brief(&found, spec_ids[i]);
        if (brief != NULL)
            *VEC_PUSH(cx->arena, &briefs) = *brief;
    }
    *ret_briefs = (struct array){briefs.items, briefs.count};
    return NULL;
}

static const struct card_row *find_card(const struct array *cards, struct id id)
{
    for (size_t i = 0; i < cards->count; i++)
        if (id_equal(ARRAY_AT(struct card_row, *cards, i)->id, id))
            return ARRAY_AT(struct card_row, *cards, i);
    return NULL;
}

struct error *catalog_list_cards(struct ctx *cx, const struct id *spec_ids, size_t count,
                                 struct array *ret_cards)
{
    struct array found = {0};
    struct array ids = {arena_dup(cx->arena, spec_ids, count * sizeof(*spec_ids)), count};
    VEC(struct spec_view) views = {0};
    if (count > 0)
        TRY(catalog_repo_list_cards(cx, ids, &found));
    for (size_t i = 0; i < count; i++) {
        const struct card_row *card = find_card(&found, spec_ids[i]);
        if (card != NULL)
            catalog_fill_card(cx, card, VEC_PUSH(cx->arena, &views));
    }
    *ret_cards = (struct array){views.items, views.count};
    return NULL;
}

/* --- sales --- */

struct error *catalog_hold_option(struct ctx *cx, struct tx *tx, struct id spec_id, struct id option_id,
                                  struct id holder_id)
{
    TRY(catalog_claim_sale(cx, tx, spec_id, option_id, true));
    return catalog_repo_hold_option(cx, tx, option_id, holder_id, clock_now(cx));
}

struct error *catalog_release_option(struct ctx *cx, struct tx *tx, struct id option_id, struct id holder_id)
{
    return catalog_repo_release_option(cx, tx, option_id, holder_id);
}

struct error *catalog_claim_sale(struct ctx *cx, struct tx *tx, struct id spec_id, struct id option_id,
                                 bool is_alone)
{
    struct spec_row spec = {0};
    struct catalog_option option = {0};
    bool is_found = false;
    TRY(is_alone ? catalog_repo_lock_spec(cx, tx, spec_id, &spec, &is_found)
                 : catalog_repo_lock_spec_shared(cx, tx, spec_id, &spec, &is_found));
    if (!is_found)
        return ERROR(cx, catalog_option_closed, "the spec is gone");
    TRY(catalog_repo_find_option(cx, tx, option_id, &option, &is_found));
    if (!is_found || !option.is_open || !id_equal(option.spec_id, spec_id))
        return ERROR(cx, catalog_option_closed, "this licence option is not offered any more");
    return NULL;
}

struct error *catalog_claim_win(struct ctx *cx, struct tx *tx, struct id spec_id)
{
    struct spec_row spec = {0};
    bool is_found = false;
    TRY(catalog_repo_lock_spec(cx, tx, spec_id, &spec, &is_found));
    if (!is_found || (spec.status != CATALOG_DRAFT && spec.status != CATALOG_PUBLISHED))
        return ERROR(cx, catalog_option_closed, "the spec cannot be sold any more");
    return NULL;
}

static struct error *close_one(struct ctx *cx, struct tx *tx, struct spec_row *spec, struct id order_id)
{
    struct instant now = clock_now(cx);
    if (spec->status != CATALOG_DRAFT && spec->status != CATALOG_PUBLISHED)
        return NULL;
    spec->status_before = spec->status;
    spec->status = CATALOG_SOLD;
    TRY(catalog_repo_remove_options(cx, tx, spec->id, now));
    TRY(catalog_repo_update_prices(cx, tx, spec->id, spec->currency, -1, -1));
    TRY(catalog_repo_update_sold(cx, tx, spec->id, order_id, now));
    TRY(catalog_repo_update_status(cx, tx, spec, now));
    return catalog_tell(cx, tx, &catalog_spec_changed, spec->id);
}

static struct error *close_others(struct ctx *cx, struct tx *tx, const struct spec_row *sold,
                                  struct id order_id)
{
    struct array ids = {0};
    if (str_is_empty(sold->master_sha256))
        return NULL;
    TRY(catalog_repo_list_same_master(cx, tx, sold->master_sha256, sold->id, &ids));
    for (size_t i = 0; i < ids.count; i++) {
        struct spec_row spec = {0};
        bool is_found = false;
        TRY(catalog_repo_lock_spec(cx, tx, *ARRAY_AT(struct id, ids, i), &spec, &is_found));
        if (is_found)
            TRY(close_one(cx, tx, &spec, order_id));
    }
    return NULL;
}

struct error *catalog_close_offerings(struct ctx *cx, struct tx *tx, struct id spec_id, struct id order_id)
{
    struct spec_row spec = {0};
    bool is_found = false;
    TRY(catalog_repo_lock_spec(cx, tx, spec_id, &spec, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such spec");
    TRY(catalog_remember_sold(cx, tx, &spec, order_id));
    TRY(close_one(cx, tx, &spec, order_id));
    return close_others(cx, tx, &spec, order_id);
}

/* Taken down or deleted since, it stays so, and would come back as a draft. */
static struct error *reopen_one(struct ctx *cx, struct tx *tx, struct id spec_id, struct spec_row *ret_spec)
{
    bool is_found = false;
    TRY(catalog_repo_lock_spec(cx, tx, spec_id, ret_spec, &is_found));
    if (!is_found)
        return NULL;
    if (ret_spec->status == CATALOG_SOLD)
        ret_spec->status = ret_spec->status_before;
    else if (ret_spec->status_before == CATALOG_SOLD)
        ret_spec->status_before = CATALOG_DRAFT;
    TRY(catalog_repo_clear_sold(cx, tx, spec_id));
    TRY(catalog_repo_update_status(cx, tx, ret_spec, clock_now(cx)));
    return catalog_tell(cx, tx, &catalog_spec_changed, spec_id);
}

struct error *catalog_reopen_offerings(struct ctx *cx, struct tx *tx, struct id spec_id, struct id order_id)
{
    struct spec_row spec = {.master_sha256 = STR("")}, other = {0};
    struct array ids = {0};
    TRY(reopen_one(cx, tx, spec_id, &spec));
    if (str_is_empty(spec.master_sha256))
        return NULL;
    TRY(catalog_repo_list_same_sold(cx, tx, &spec, order_id, &ids));
    for (size_t i = 0; i < ids.count; i++)
        TRY(reopen_one(cx, tx, *ARRAY_AT(struct id, ids, i), &other));
    return NULL;
}

/* --- knowing again what was sold exclusively: by its file, else by its fingerprint. Features that survive another encoding find
 * candidates in the database; comparing whole fingerprints decides. --- */

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
