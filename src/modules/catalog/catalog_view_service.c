/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Finding specs by their keys, who may see and change them, and the views that readers get. */
#include "base/json/json_read.h"
#include "base/text/number.h"
#include "base/value/slug.h"

#include "platform/module/module.h"

#include "modules/catalog/catalog_service.h"
#include "modules/media/media.h"

enum { COVER_SIDE = 512, CARD_COVER_SIDE = 512 };

REASONS_DEFINE(catalog_reasons, CATALOG_REASONS);

struct catalog_state *catalog_state_of(const struct ctx *cx)
{
    return module_state(cx, &catalog_module);
}

void catalog_set_port(const struct ctx *cx, const struct catalog_port *port)
{
    catalog_state_of(cx)->port = port;
}

/* --- keys and rights --- */

static struct error *no_spec(struct ctx *cx)
{
    return ERROR_CODE(cx, NOT_FOUND, "there is no such spec");
}

static struct error *find_by_name(struct ctx *cx, struct str key, struct spec_row *ret_spec, bool *ret_found)
{
    *ret_found = false;
    if (short_code_is_valid(key))
        TRY(catalog_repo_find_by_short_code(cx, key, ret_spec, ret_found));
    if (!*ret_found && slug_is_valid(key))
        TRY(catalog_repo_find_by_slug(cx, key, ret_spec, ret_found));
    return NULL;
}

struct error *catalog_find_by_key(struct ctx *cx, struct str key, struct spec_row *ret_spec, bool *ret_found)
{
    struct id id;
    bool is_found = false;
    if (id_parse(key, &id))
        TRY(catalog_repo_find_spec(cx, NULL, id, ret_spec, &is_found));
    if (!is_found)
        TRY(find_by_name(cx, key, ret_spec, &is_found));
    *ret_found = is_found;
    return NULL;
}

struct error *catalog_load_offered(struct ctx *cx, struct str key, struct spec_row *ret_spec,
                                   struct array *ret_options)
{
    struct id id;
    bool is_found = false;
    if (id_parse(key, &id))
        TRY(catalog_repo_find_offered_spec(cx, id, ret_spec, ret_options, &is_found));
    if (is_found)
        return NULL;
    TRY(find_by_name(cx, key, ret_spec, &is_found));
    if (!is_found)
        return no_spec(cx);
    return catalog_repo_list_options(cx, NULL, ret_spec->id, ret_options);
}

static bool is_moderator(const struct ctx *cx)
{
    return caller_may(cx, PERMISSION_REPORT_DECIDE) || caller_may(cx, PERMISSION_ITEM_ADMIN);
}

bool catalog_may_see(const struct ctx *cx, enum catalog_status status, struct id owner_id)
{
    if (status_is_public(status))
        return true;
    return status != CATALOG_DELETED && (caller_is(cx, owner_id) || is_moderator(cx));
}

struct error *catalog_load_own(struct ctx *cx, struct str key, struct spec_row *ret_spec)
{
    bool is_found = false;
    TRY(catalog_find_by_key(cx, key, ret_spec, &is_found));
    if (!is_found || !catalog_may_see(cx, (enum catalog_status)ret_spec->status, ret_spec->owner_id))
        return no_spec(cx);
    if (!caller_is(cx, ret_spec->owner_id) && !caller_may(cx, PERMISSION_ITEM_ADMIN))
        return ERROR_CODE(cx, FORBIDDEN, "this spec is somebody else's");
    return NULL;
}

struct error *catalog_lock(struct ctx *cx, struct tx *tx, struct id id, struct spec_row *ret_spec)
{
    bool is_found = false;
    TRY(catalog_repo_lock_spec(cx, tx, id, ret_spec, &is_found));
    return is_found && ret_spec->status != CATALOG_DELETED ? NULL : no_spec(cx);
}

/* --- views --- */

/* JSON lists that we stored ourselves go out as they are; none is an empty one. */
static struct str stored_list(struct str json)
{
    return str_is_empty(json) ? STR("[]") : json;
}

static struct error *fill_license(struct ctx *cx, const struct option_row *option,
                                  struct license_view *ret_view)
{
    *ret_view = (struct license_view){
        .id = option->id,
        .type = option->type,
        .name = option->name,
        .price = {.minor = option->price},
        .features = stored_list(option->features),
        .file_types = stored_list(option->file_types),
    };
    REQUIRE(currency_parse(option->currency, &ret_view->price.currency));
    return json_decode(cx->arena, &license_terms_type, option->terms, &ret_view->terms);
}

/* A measure of the master; absent until it was analysed. */
static struct str number_json(struct ctx *cx, int64_t duration_ms, double value)
{
    char *text = arena_alloc(cx->arena, NUMBER_F64_CHARS);
    return duration_ms > 0 ? str_from(text, number_format_f64(text, value)) : STR_NONE;
}

static struct money price_of(struct str currency, int64_t price_min)
{
    struct money price = {.minor = price_min};
    if (price_min < 0 || !currency_parse(currency, &price.currency))
        return (struct money){0};
    return price;
}

static struct str cover_url(struct ctx *cx, struct id asset_id, int side)
{
    return id_is_none(asset_id) ? STR_NONE : media_image_url(cx, asset_id, side);
}

struct error *catalog_fill_view(struct ctx *cx, const struct spec_row *spec, const struct array *options,
                                struct spec_view *ret_view)
{
    struct license_view *licenses = ARENA_ARRAY(cx->arena, struct license_view, options->count);
    for (size_t i = 0; i < options->count; i++)
        TRY(fill_license(cx, ARRAY_AT(const struct option_row, *options, i), &licenses[i]));
    *ret_view = (struct spec_view){
        .id = spec->id,
        .title = spec->title,
        .slug = spec->slug,
        .short_code = spec->short_code,
        .category = spec->category,
        .status = spec->status,
        .type = spec->type,
        .description = spec->description,
        .bpm = bpm_from_milli(spec->bpm_milli),
        .key = spec->musical_key,
        .duration_ms = spec->duration_ms,
        .loudness_lufs = number_json(cx, spec->duration_ms, spec->loudness_lufs),
        .true_peak_dbtp = number_json(cx, spec->duration_ms, spec->true_peak_dbtp),
        .waveform = stored_list(spec->waveform),
        .genres = lines_split(cx->arena, spec->genres),
        .tags = lines_split(cx->arena, spec->tags),
        .moods = bits_list(cx->arena, spec->moods),
        .instruments = bits_list(cx->arena, spec->instruments),
        .price = price_of(spec->currency, spec->price_min),
        .licenses = {licenses, options->count},
        .free_mp3_enabled = spec->free_mp3_enabled,
        .has_master = !id_is_none(spec->master_asset_id),
        .has_stems = !id_is_none(spec->stems_asset_id),
        .is_lossless = spec->is_lossless,
        .cover_url = cover_url(cx, spec->cover_asset_id, COVER_SIDE),
        .producer = {spec->owner_id, spec->owner_username, spec->owner_name},
        .play_count = spec->plays,
        .favorite_count = spec->favorites,
        .purchase_count = spec->purchases,
        .created_at = spec->created_at,
        .updated_at = spec->updated_at,
        .published_at = spec->published_at,
        .takedown_reason = spec->takedown_reason,
        .version = spec->version,
        .counted = spec->counted,
    };
    return NULL;
}

void catalog_fill_card(struct ctx *cx, const struct card_row *card, struct spec_view *ret_view)
{
    *ret_view = (struct spec_view){
        .id = card->id,
        .title = card->title,
        .slug = card->slug,
        .short_code = card->short_code,
        .category = card->category,
        .status = card->status,
        .type = card->type,
        .bpm = bpm_from_milli(card->bpm_milli),
        .key = card->musical_key,
        .duration_ms = card->duration_ms,
        .genres = lines_split(cx->arena, card->genres),
        .tags = lines_split(cx->arena, card->tags),
        .moods = bits_list(cx->arena, card->moods),
        .instruments = bits_list(cx->arena, card->instruments),
        .price = price_of(card->currency, card->price_min),
        .free_mp3_enabled = card->free_mp3_enabled,
        .has_stems = !id_is_none(card->stems_asset_id),
        .is_lossless = card->is_lossless,
        .cover_url = cover_url(cx, card->cover_asset_id, CARD_COVER_SIDE),
        .producer = {card->owner_id, card->owner_username, card->owner_name},
        .play_count = card->plays,
        .favorite_count = card->favorites,
        .purchase_count = card->purchases,
        .created_at = card->created_at,
        .published_at = card->published_at,
        .waveform = stored_list(card->waveform),
    };
}

struct error *catalog_load_view(struct ctx *cx, struct id id, struct spec_view *ret_view)
{
    struct spec_row spec = {0};
    struct array options = {0};
    bool is_found = false;
    TRY(catalog_repo_find_offered_spec(cx, id, &spec, &options, &is_found));
    if (!is_found || !catalog_may_see(cx, (enum catalog_status)spec.status, spec.owner_id))
        return no_spec(cx);
    return catalog_fill_view(cx, &spec, &options, ret_view);
}
