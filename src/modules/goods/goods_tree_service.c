/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Categories as readers see them: the tree in its order, with counts that include what lies below. */
#include <stdlib.h>

#include "base/value/slug.h"

#include "modules/goods/goods_service.h"
#include "modules/media/media.h"

enum { IMAGE_SIDE = 512 };

/* --- finding --- */

struct error *goods_find_category(struct ctx *cx, struct str key, struct category_row *ret_category,
                                  bool *ret_found)
{
    struct id id;
    *ret_found = false;
    if (id_parse(key, &id))
        TRY(goods_repo_find_category(cx, NULL, id, ret_category, ret_found));
    if (!*ret_found && slug_is_valid(key))
        TRY(goods_repo_find_category_by_slug(cx, key, ret_category, ret_found));
    return NULL;
}

struct error *goods_load_path(struct ctx *cx, struct tx *tx, struct id category_id, struct array *ret_path)
{
    VEC(struct category_row) path = {0};
    for (int i = 0; i < CATEGORY_DEPTH_MAX && !id_is_none(category_id); i++) {
        struct category_row row = {.id = ID_NONE};
        bool is_found = false;
        TRY(goods_repo_find_category(cx, tx, category_id, &row, &is_found));
        if (!is_found)
            break;
        *VEC_PUSH(cx->arena, &path) = row;
        category_id = row.parent_id;
    }
    *ret_path = (struct array){path.items, path.count};
    return NULL;
}

/* --- the tree --- */

static bool may_edit(const struct ctx *cx)
{
    return caller_may(cx, PERMISSION_CATEGORY_ADMIN);
}

/* Where the children of a category begin. */
struct family {
    struct id parent_id;
    size_t first;
};

struct walk {
    struct ctx *cx;
    const struct category_row *rows; /* children of a category together, in their order */
    size_t count;
    VEC(struct family) families; /* rising by parent */
    VEC(struct category_view) views;
};

static int compare_family(const void *a, const void *b)
{
    return id_compare(((const struct family *)a)->parent_id, ((const struct family *)b)->parent_id);
}

static void find_families(struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++)
        if (i == 0 || !id_equal(walk->rows[i].parent_id, walk->rows[i - 1].parent_id))
            *VEC_PUSH(walk->cx->arena, &walk->families) = (struct family){walk->rows[i].parent_id, i};
    if (walk->families.count > 0)
        qsort(walk->families.items, walk->families.count, sizeof(struct family), compare_family);
}

/* count: there are none. */
static size_t first_child(const struct walk *walk, struct id parent_id)
{
    const struct family key = {.parent_id = parent_id};
    if (walk->families.count == 0)
        return walk->count;
    const struct family *family =
        bsearch(&key, walk->families.items, walk->families.count, sizeof(struct family), compare_family);
    return family != NULL ? family->first : walk->count;
}

static struct category_view view_of(struct ctx *cx, const struct category_row *row,
                                    const struct category_view *above)
{
    return (struct category_view){
        .id = row->id,
        .parent_id = row->parent_id,
        .name = row->name,
        .slug = row->slug,
        .description = row->description,
        .path = above == NULL ? row->slug
                              : arena_printf(cx->arena, "%" STR_FMT "/%" STR_FMT, STR_ARG(above->path),
                                             STR_ARG(row->slug)),
        .depth = above == NULL ? 0 : above->depth + 1,
        .position = row->position,
        .is_active = row->is_active,
        .product_count = row->active_count,
        .image_url =
            id_is_none(row->image_asset_id) ? STR_NONE : media_image_url(cx, row->image_asset_id, IMAGE_SIDE),
        .created_at = row->created_at,
        .updated_at = row->updated_at,
        .version = row->version,
    };
}

/* One level of the way down: the next child of it. */
struct level {
    size_t next;
    struct id parent_id;
};

/* Depth first, with the way down in an array: the tree has eight levels. */
static void walk_tree(struct walk *walk)
{
    struct level levels[CATEGORY_DEPTH_MAX + 1] = {{first_child(walk, ID_NONE), ID_NONE}};
    size_t above[CATEGORY_DEPTH_MAX + 1] = {0}; /* the view of the level */
    int depth = 0;
    while (depth >= 0) {
        struct level *level = &levels[depth];
        bool is_child =
            level->next < walk->count && id_equal(walk->rows[level->next].parent_id, level->parent_id);
        if (!is_child) {
            depth--;
            continue;
        }
        const struct category_row *row = &walk->rows[level->next++];
        const struct category_view *over = depth > 0 ? &walk->views.items[above[depth]] : NULL;
        if (!row->is_active && !may_edit(walk->cx))
            continue;
        struct category_view view = view_of(walk->cx, row, over);
        *VEC_PUSH(walk->cx->arena, &walk->views) = view;
        if (depth == CATEGORY_DEPTH_MAX)
            continue;
        depth++;
        levels[depth] = (struct level){first_child(walk, row->id), row->id};
        above[depth] = walk->views.count - 1;
    }
}

/* What lies below counts above; in the order of the tree the last ones are the deepest of their branch. */
static void sum_counts(struct category_view *views, size_t count)
{
    size_t above[CATEGORY_DEPTH_MAX + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        above[views[i].depth] = i;
        for (int64_t depth = 0; depth < views[i].depth; depth++)
            views[above[depth]].product_count += views[i].product_count;
    }
}

struct error *goods_list_categories(struct ctx *cx, struct array *ret_views)
{
    struct array rows = {0};
    TRY(goods_repo_list_categories(cx, NULL, &rows));
    struct walk walk = {.cx = cx, .rows = rows.items, .count = rows.count};
    find_families(&walk);
    walk_tree(&walk);
    sum_counts(walk.views.items, walk.views.count);
    *ret_views = (struct array){walk.views.items, walk.views.count};
    return NULL;
}

/* From the tree, for its count is the sum of what lies below. */
struct error *goods_load_category(struct ctx *cx, struct str key, struct category_view *ret_view)
{
    struct category_row row = {.id = ID_NONE};
    struct array views = {0};
    bool is_found = false;
    TRY(goods_find_category(cx, key, &row, &is_found));
    if (is_found)
        TRY(goods_list_categories(cx, &views));
    for (size_t i = 0; i < views.count; i++)
        if (id_equal(ARRAY_AT(struct category_view, views, i)->id, row.id)) {
            *ret_view = *ARRAY_AT(struct category_view, views, i);
            return NULL;
        }
    return ERROR_CODE(cx, NOT_FOUND, "there is no such category");
}
