/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What follows from a change of a spec: its place in the public lists, the caches, the event. */
#include "base/text/fold.h"
#include "base/text/strbuf.h"

#include "platform/bus/bus.h"
#include "platform/cache/cache.h"

#include "modules/catalog/catalog_service.h"

/* --- public lists --- */

static void append_words(struct strbuf *out, const struct enum_table *words, struct array values)
{
    for (size_t i = 0; i < values.count; i++)
        strbuf_printf(out, " %" STR_FMT, STR_ARG(enum_word(words, *ARRAY_AT(int32_t, values, i))));
}

/* What a spec is found by; the title first, for what is too long is cut. */
static struct str searched_words(struct ctx *cx, const struct spec_row *spec)
{
    struct strbuf out;
    strbuf_init(&out, cx->arena, 1 << 14);
    const struct str texts[] = {spec->title, spec->tags,       spec->genres,
                                spec->type,  spec->owner_name, spec->owner_username};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        strbuf_printf(&out, " %" STR_FMT, STR_ARG(texts[i]));
    append_words(&out, &catalog_mood_words, bits_list(cx->arena, spec->moods));
    append_words(&out, &catalog_instrument_words, bits_list(cx->arena, spec->instruments));
    strbuf_printf(&out, " %" STR_FMT, STR_ARG(spec->description));
    return fold_words(cx->arena, strbuf_str(&out), INDEXED_WORDS_MAX);
}

static struct error *relist(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    TRY(catalog_repo_delete_listing(cx, tx, spec->id));
    if (spec->status != CATALOG_PUBLISHED)
        return NULL;
    struct facet_source source = {
        .owner_id = spec->owner_id,
        .category = spec->category,
        .key = spec->musical_key,
        .moods = spec->moods,
        .instruments = spec->instruments,
        .genres = lines_split(cx->arena, spec->genres),
        .tags = lines_split(cx->arena, spec->tags),
        .is_free = spec->free_mp3_enabled,
        .has_stems = !id_is_none(spec->stems_asset_id),
    };
    struct listing listing = {
        .item_id = spec->id,
        .facets = facets_of(cx->arena, &source),
        .listed_at = spec->published_at,
        .currency = spec->currency,
        .price_min = spec->price_min,
        .bpm_milli = spec->bpm_milli,
        .plays = spec->plays,
        .words = searched_words(cx, spec),
    };
    return catalog_repo_insert_listing(cx, tx, &listing);
}

/* --- caches --- */

void catalog_forget(struct ctx *cx, struct tx *tx, struct id id, struct str slug, struct str short_code)
{
    static const char *const views[] = {CATALOG_SPEC_VIEW, CATALOG_TRACK_VIEW};
    const struct str keys[] = {id_str(cx->arena, id), slug, short_code};
    for (size_t v = 0; v < COUNT_OF(views); v++)
        for (size_t k = 0; k < COUNT_OF(keys); k++)
            cache_bump_on_commit(cx, tx, &catalog_spec_space,
                                 arena_printf(cx->arena, "%s %" STR_FMT, views[v], STR_ARG(keys[k])));
}

struct error *catalog_changed(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    TRY(relist(cx, tx, spec));
    catalog_forget(cx, tx, spec->id, spec->slug, spec->short_code);
    cache_bump_all_on_commit(cx, tx, &catalog_list_space);
    return NULL;
}

struct error *catalog_tell(struct ctx *cx, struct tx *tx, const struct event_type *type, struct id id)
{
    struct spec_row spec = {0};
    bool is_found = false;
    TRY(catalog_repo_find_spec(cx, tx, id, &spec, &is_found));
    REQUIRE(is_found);
    TRY(catalog_changed(cx, tx, &spec));
    struct catalog_event event = {.spec_id = spec.id, .owner_id = spec.owner_id};
    return outbox_write(cx, tx, type, spec.id, spec.version, &event);
}

/* --- counters --- */

struct error *catalog_set_counters(struct ctx *cx, struct tx *tx, struct id spec_id, int64_t plays,
                                   int64_t favorites, int64_t purchases)
{
    struct spec_row spec = {0};
    bool is_found = false;
    const struct spec_counts counts = {plays, favorites, purchases};
    TRY(catalog_repo_update_counters(cx, tx, spec_id, &counts, &is_found));
    if (!is_found) /* erased since */
        return NULL;
    TRY(catalog_repo_find_spec(cx, tx, spec_id, &spec, &is_found));
    catalog_forget(cx, tx, spec.id, spec.slug, spec.short_code); /* lists follow within their second */
    return NULL;
}
