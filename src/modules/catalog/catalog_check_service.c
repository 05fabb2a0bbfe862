/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Checks of drafts that a descriptor cannot make: all violations at once. */
#include "base/text/fold.h"

#include "modules/catalog/catalog_service.h"

struct check {
    struct ctx *cx;
    struct error *error;
};

static void violate(struct check *check, struct str pointer, const char *rule, const char *message)
{
    if (check->error == NULL)
        check->error = ERROR_CODE(check->cx, INVALID, "some values are not valid");
    error_add_violation(check->cx->arena, check->error, pointer, rule, "%s", message);
}

static bool is_genre(const struct array *genres, struct str slug)
{
    for (size_t i = 0; i < genres->count; i++)
        if (str_equal(ARRAY_AT(struct genre_row, *genres, i)->slug, slug))
            return true;
    return false;
}

static struct error *check_genres(struct check *check, const struct array *words)
{
    struct array genres = {0};
    struct arena *arena = check->cx->arena;
    if (words->count == 0)
        return NULL;
    TRY(catalog_repo_list_genres(check->cx, &genres));
    for (size_t i = 0; i < words->count; i++)
        if (!is_genre(&genres, genre_slug(arena, *ARRAY_AT(struct str, *words, i))))
            violate(check, arena_printf(arena, "/genres/%zu", i), "enum",
                    "is no genre of the dictionary (GET /api/v1/genres)");
    return NULL;
}

/* A tag that folds to nothing could never be found. */
static void check_tags(struct check *check, const struct array *tags)
{
    struct arena *arena = check->cx->arena;
    for (size_t i = 0; i < tags->count; i++)
        if (str_is_empty(fold_words(arena, *ARRAY_AT(struct str, *tags, i), INDEXED_WORDS_MAX)))
            violate(check, arena_printf(arena, "/tags/%zu", i), "characters",
                    "must hold a letter or a digit");
}

static bool has_type_before(const struct array *licenses, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (ARRAY_AT(struct license_draft, *licenses, i)->type ==
            ARRAY_AT(struct license_draft, *licenses, index)->type)
            return true;
    return false;
}

static void check_license_list(struct check *check, struct str currency, const struct array *licenses)
{
    struct arena *arena = check->cx->arena;
    if (licenses->count > 0 && str_is_empty(currency))
        violate(check, STR("/currency"), "required", "is needed for the prices of licences");
    for (size_t i = 0; i < licenses->count; i++)
        if (has_type_before(licenses, i))
            violate(check, arena_printf(arena, "/licenses/%zu/type", i), "unique",
                    "is offered already: one option a type");
}

struct error *catalog_check_draft(struct ctx *cx, const struct spec_draft *draft)
{
    struct check check = {.cx = cx};
    TRY(check_genres(&check, &draft->genres));
    check_tags(&check, &draft->tags);
    check_license_list(&check, draft->currency, &draft->licenses);
    return check.error;
}

struct error *catalog_check_licenses(struct ctx *cx, const struct license_set *set)
{
    struct check check = {.cx = cx};
    check_license_list(&check, set->currency, &set->licenses);
    return check.error;
}
