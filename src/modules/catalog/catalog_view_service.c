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

struct error *catalog_find_by_key(struct ctx *cx, struct str key, struct spec_row *ret_spec, bool *ret_found)
{
    struct id id;
    *ret_found = false;
    if (id_parse(key, &id))
        TRY(catalog_repo_find_spec(cx, NULL, id, ret_spec, ret_found));
    if (!*ret_found && short_code_is_valid(key))
        TRY(catalog_repo_find_by_short_code(cx, key, ret_spec, ret_found));
    if (!*ret_found && slug_is_valid(key))
        TRY(catalog_repo_find_by_slug(cx, key, ret_spec, ret_found));
    return NULL;
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

static struct error *no_spec(struct ctx *cx)
{
    return ERROR_CODE(cx, NOT_FOUND, "there is no such spec");
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

/* JSON that we stored ourselves, put into an object so that a descriptor can read it. */
static struct error *decode_stored(struct ctx *cx, struct str json, const struct json_type *type,
                                   void *ret_object)
{
    return json_decode(cx->arena, type, arena_printf(cx->arena, "{\"value\":%" STR_FMT "}", STR_ARG(json)),
                       ret_object);
}

struct stored_list {
    struct array value;
};

/* clang-format off */
static const struct json_field texts_fields[] = {
    JSON_ARRAY(struct stored_list, value, JSON_KIND_TEXT, .max = FEATURES_MAX, .item_max = FEATURE_MAX),
};
static const struct json_type texts_type = JSON_TYPE("StoredTexts", struct stored_list, texts_fields);

static const struct json_field files_fields[] = {
    JSON_ARRAY(struct stored_list, value, JSON_KIND_ENUM, .values = &catalog_file_type_words),
};
static const struct json_type files_type = JSON_TYPE("StoredFileTypes", struct stored_list, files_fields);

static const struct json_field waveform_fields[] = {
    JSON_ARRAY(struct stored_list, value, JSON_KIND_I64, .max = 4096),
};
static const struct json_type waveform_type = JSON_TYPE("StoredWaveform", struct stored_list, waveform_fields);
/* clang-format on */

static struct error *fill_license(struct ctx *cx, const struct option_row *option,
                                  struct license_view *ret_view)
{
    struct stored_list features = {0};
    struct stored_list files = {0};
    *ret_view = (struct license_view){
        .id = option->id, .type = option->type, .name = option->name, .price = {.minor = option->price}};
    REQUIRE(currency_parse(option->currency, &ret_view->price.currency));
    TRY(decode_stored(cx, option->features, &texts_type, &features));
    TRY(decode_stored(cx, option->file_types, &files_type, &files));
    ret_view->features = features.value;
    ret_view->file_types = files.value;
    return json_decode(cx->arena, &license_terms_type, option->terms, &ret_view->terms);
}

static struct error *decode_waveform(struct ctx *cx, struct str json, struct array *ret_bars)
{
    struct stored_list list = {0};
    if (!str_is_empty(json))
        TRY(decode_stored(cx, json, &waveform_type, &list));
    *ret_bars = list.value;
    return NULL;
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
    struct array waveform = {0};
    for (size_t i = 0; i < options->count; i++)
        TRY(fill_license(cx, ARRAY_AT(const struct option_row, *options, i), &licenses[i]));
    TRY(decode_waveform(cx, spec->waveform, &waveform));
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
        .waveform = waveform,
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

struct error *catalog_fill_card(struct ctx *cx, const struct card_row *card, struct spec_view *ret_view)
{
    struct array waveform = {0};
    TRY(decode_waveform(cx, card->waveform, &waveform));
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
        .waveform = waveform,
    };
    return NULL;
}

struct error *catalog_load_view(struct ctx *cx, struct id id, struct spec_view *ret_view)
{
    struct spec_row spec = {0};
    struct array options = {0};
    bool is_found = false;
    TRY(catalog_repo_find_spec(cx, NULL, id, &spec, &is_found));
    if (!is_found || !catalog_may_see(cx, (enum catalog_status)spec.status, spec.owner_id))
        return no_spec(cx);
    TRY(catalog_repo_list_options(cx, NULL, id, &options));
    return catalog_fill_view(cx, &spec, &options, ret_view);
}
