/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Specs as their owners make, change and delete them. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/claim.h"

#include "modules/catalog/catalog_service.h"
#include "modules/identity/identity.h"
#include "modules/media/media.h"

/* --- making --- */

struct creation {
    const struct spec_draft *draft;
    struct identity_account owner;
    struct id id;
};

static struct str genres_text(struct ctx *cx, const struct array *words)
{
    struct str *slugs = ARENA_ARRAY(cx->arena, struct str, words->count);
    for (size_t i = 0; i < words->count; i++)
        slugs[i] = genre_slug(cx->arena, *ARRAY_AT(struct str, *words, i));
    struct array all = {slugs, words->count};
    return lines_join(cx->arena, &all);
}

static struct str text_of(struct str text)
{
    return text.ptr != NULL ? text : STR("");
}

static struct spec_row row_of(struct ctx *cx, const struct creation *creation)
{
    const struct spec_draft *draft = creation->draft;
    return (struct spec_row){
        .id = creation->id,
        .owner_id = creation->owner.id,
        .owner_username = creation->owner.username,
        .owner_name = creation->owner.display_name,
        .title = draft->title,
        .created_at = clock_now(cx),
        .category = draft->category,
        .type = text_of(draft->type),
        .description = text_of(draft->description),
        .bpm_milli = bpm_to_milli(draft->bpm),
        .is_bpm_given = draft->bpm > 0,
        .musical_key = draft->key,
        .is_key_given = draft->key >= 0,
        .genres = genres_text(cx, &draft->genres),
        .tags = lines_join(cx->arena, &draft->tags),
        .moods = bits_of(&draft->moods),
        .instruments = bits_of(&draft->instruments),
        .free_mp3_enabled = draft->free_mp3_enabled,
        .currency = text_of(draft->currency),
    };
}

static struct error *insert_named(struct ctx *cx, struct tx *tx, struct spec_row *spec)
{
    for (int i = 0; i < CATALOG_NAMING_TRIES; i++) {
        bool is_inserted = false;
        TRY(catalog_choose_names(cx, tx, spec->title, i, &spec->slug, &spec->short_code));
        TRY(catalog_repo_insert_spec(cx, tx, spec, &is_inserted));
        if (is_inserted)
            return NULL;
    }
    return ERROR_CODE(cx, INTERNAL, "no free name was found in %d tries", CATALOG_NAMING_TRIES);
}

static struct error *create(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct creation *creation = arg;
    struct spec_row spec = row_of(cx, creation);
    TRY(insert_named(cx, tx, &spec));
    TRY(catalog_store_licenses(cx, tx, &spec, spec.currency, &creation->draft->licenses));
    return claim_record(cx, tx, spec.id);
}

struct error *catalog_create_spec(struct ctx *cx, const struct spec_draft *draft, struct id *ret_id)
{
    struct creation creation = {.draft = draft, .id = crypto_new_id(cx)};
    bool is_found = false;
    TRY(catalog_check_draft(cx, draft));
    TRY(identity_find_account(cx, NULL, cx->caller->account_id, &creation.owner, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, UNAUTHENTICATED, "the account is gone");
    TRY(db_transact(cx, TX_WRITE, create, &creation));
    *ret_id = creation.id;
    return NULL;
}

/* --- changing --- */

struct patching {
    struct id id;
    const struct spec_draft *changes;
    struct catalog_match match;
};

#define GIVEN(member) JSON_HAS(&spec_patch_body, changes, struct spec_draft, member)

static void patch_texts(struct ctx *cx, const struct spec_draft *changes, struct spec_row *spec)
{
    if (GIVEN(title))
        spec->title = changes->title;
    if (GIVEN(type))
        spec->type = text_of(changes->type);
    if (GIVEN(description))
        spec->description = text_of(changes->description);
    if (GIVEN(genres))
        spec->genres = genres_text(cx, &changes->genres);
    if (GIVEN(tags))
        spec->tags = lines_join(cx->arena, &changes->tags);
}

static void patch_properties(const struct spec_draft *changes, struct spec_row *spec)
{
    if (GIVEN(category))
        spec->category = changes->category;
    if (GIVEN(moods))
        spec->moods = bits_of(&changes->moods);
    if (GIVEN(instruments))
        spec->instruments = bits_of(&changes->instruments);
    if (GIVEN(free_mp3_enabled))
        spec->free_mp3_enabled = changes->free_mp3_enabled;
}

/* Null gives the question back to the analysis: what it found stays, or comes when it is done. */
static void patch_music(const struct spec_draft *changes, struct spec_row *spec)
{
    if (GIVEN(bpm)) {
        spec->is_bpm_given = changes->bpm > 0;
        spec->bpm_milli = bpm_to_milli(changes->bpm);
    }
    if (GIVEN(key)) {
        spec->is_key_given = changes->key >= 0;
        spec->musical_key = changes->key;
    }
}

/* An owner who takes a value back gets what analysis found. */
static struct error *refill_music(struct ctx *cx, struct tx *tx, struct spec_row *spec)
{
    struct media_asset asset = {0};
    bool is_found = false;
    if (id_is_none(spec->master_asset_id) || (spec->is_bpm_given && spec->is_key_given))
        return NULL;
    TRY(media_find_asset(cx, tx, spec->master_asset_id, &asset, &is_found));
    if (is_found && asset.status == MEDIA_READY)
        catalog_take_music(&asset, spec);
    return NULL;
}

static struct error *check_still_publishable(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    return spec->status == CATALOG_PUBLISHED ? catalog_check_publishable(cx, tx, spec) : NULL;
}

static struct error *patch(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct patching *patching = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, patching->id, &spec));
    TRY(patching->match.check(cx, patching->match.arg, spec.id, spec.version));
    patch_texts(cx, patching->changes, &spec);
    patch_properties(patching->changes, &spec);
    patch_music(patching->changes, &spec);
    TRY(refill_music(cx, tx, &spec));
    TRY(check_still_publishable(cx, tx, &spec));
    TRY(catalog_repo_update_spec(cx, tx, &spec, clock_now(cx)));
    return catalog_tell(cx, tx, &catalog_spec_changed, spec.id);
}

struct error *catalog_patch_spec(struct ctx *cx, struct str key, const struct spec_draft *changes,
                                 struct catalog_match match)
{
    struct spec_row spec = {0};
    TRY(catalog_load_own(cx, key, &spec));
    TRY(catalog_check_draft(cx, changes));
    struct patching patching = {.id = spec.id, .changes = changes, .match = match};
    return db_transact(cx, TX_WRITE, patch, &patching);
}

/* --- deleting --- */

struct deletion {
    struct id id;
    struct catalog_match match;
};

static struct error *release_assets(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    const struct id assets[] = {spec->master_asset_id, spec->stems_asset_id, spec->cover_asset_id};
    for (size_t i = 0; i < COUNT_OF(assets); i++)
        if (!id_is_none(assets[i]))
            TRY(media_release_asset(cx, tx, assets[i]));
    return NULL;
}

static struct error *has_licenses(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_has)
{
    const struct catalog_port *port = catalog_state_of(cx)->port;
    *ret_has = false;
    return port != NULL ? port->has_licenses(cx, tx, spec_id, ret_has) : NULL;
}

/* Row and files stay for those who bought, who may play it on. */
static struct error *delete_softly(struct ctx *cx, struct tx *tx, struct spec_row *spec)
{
    struct instant now = clock_now(cx);
    spec->status_before = spec->status;
    spec->status = CATALOG_DELETED;
    spec->deleted_at = now;
    TRY(catalog_repo_remove_options(cx, tx, spec->id, now));
    TRY(catalog_repo_update_status(cx, tx, spec, now));
    return catalog_tell(cx, tx, &catalog_spec_withdrawn, spec->id);
}

static struct error *delete_wholly(struct ctx *cx, struct tx *tx, struct spec_row *spec)
{
    spec->status = CATALOG_DELETED;
    TRY(catalog_repo_update_status(cx, tx, spec, clock_now(cx)));
    TRY(catalog_tell(cx, tx, &catalog_spec_withdrawn, spec->id));
    TRY(release_assets(cx, tx, spec));
    return catalog_repo_delete_spec(cx, tx, spec->id);
}

struct error *catalog_delete_locked(struct ctx *cx, struct tx *tx, struct spec_row *spec)
{
    bool is_licensed = false;
    TRY(has_licenses(cx, tx, spec->id, &is_licensed));
    return is_licensed ? delete_softly(cx, tx, spec) : delete_wholly(cx, tx, spec);
}

static struct error *delete_spec(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deletion *deletion = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, deletion->id, &spec));
    TRY(deletion->match.check(cx, deletion->match.arg, spec.id, spec.version));
    return catalog_delete_locked(cx, tx, &spec);
}

struct error *catalog_delete_spec(struct ctx *cx, struct str key, struct catalog_match match)
{
    struct spec_row spec = {0};
    TRY(catalog_load_own(cx, key, &spec));
    struct deletion deletion = {.id = spec.id, .match = match};
    return db_transact(cx, TX_WRITE, delete_spec, &deletion);
}
