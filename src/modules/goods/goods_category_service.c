/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The tree of categories as administrators shape it: under one lock, so that two moves cannot make a circle together. Products below
 * a category that moved follow in the public lists by a job. */
#include <stdlib.h>

#include "base/value/slug.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/claim.h"
#include "platform/jobs/jobs.h"

#include "modules/goods/goods_service.h"
#include "modules/media/media.h"

enum { RELIST_BATCH = 100, POSITION_STEP = 10 };

/* --- the tree as it is now --- */

struct tree {
    struct array rows; /* of struct category_row */
    struct category_node *nodes;
};

static int compare_node(const void *a, const void *b)
{
    return id_compare(((const struct category_node *)a)->id, ((const struct category_node *)b)->id);
}

static struct error *lock_tree(struct ctx *cx, struct tx *tx, struct tree *ret_tree)
{
    TRY(goods_repo_lock_tree(cx, tx));
    TRY(goods_repo_list_categories(cx, tx, &ret_tree->rows));
    ret_tree->nodes = ARENA_ARRAY(cx->arena, struct category_node, ret_tree->rows.count);
    for (size_t i = 0; i < ret_tree->rows.count; i++) {
        const struct category_row *row = ARRAY_AT(struct category_row, ret_tree->rows, i);
        ret_tree->nodes[i] = (struct category_node){row->id, row->parent_id};
    }
    qsort(ret_tree->nodes, ret_tree->rows.count, sizeof(*ret_tree->nodes), compare_node);
    return NULL;
}

static struct category_row *find_row(const struct tree *tree, struct id id)
{
    for (size_t i = 0; i < tree->rows.count; i++)
        if (id_equal(ARRAY_AT(struct category_row, tree->rows, i)->id, id))
            return ARRAY_AT(struct category_row, tree->rows, i);
    return NULL;
}

static struct error *refuse(struct ctx *cx, const char *pointer, const char *rule, const char *message)
{
    struct error *error = ERROR_CODE(cx, INVALID, "the category cannot be like this");
    error_add_violation(cx->arena, error, str_cstr(pointer), rule, "%s", message);
    return error;
}

static struct error *check_place(struct ctx *cx, const struct tree *tree, struct id id, struct id parent_id)
{
    switch (category_judge_place(tree->nodes, tree->rows.count, id, parent_id)) {
    case CATEGORY_OK:
        break;
    case CATEGORY_NO_PARENT:
        return refuse(cx, "/parent_id", "exists", "is no category");
    case CATEGORY_CIRCLE:
        return ERROR(cx, goods_category_circle, "a category cannot lie below itself");
    case CATEGORY_TOO_DEEP:
        return refuse(cx, "/parent_id", "depth", "would make the tree deeper than eight levels");
    }
    return NULL;
}

/* Behind what is there. */
static int32_t last_position(const struct tree *tree, struct id parent_id)
{
    int32_t position = 0;
    for (size_t i = 0; i < tree->rows.count; i++) {
        const struct category_row *row = ARRAY_AT(struct category_row, tree->rows, i);
        if (id_equal(row->parent_id, parent_id) && row->position > position)
            position = row->position;
    }
    return position > CATEGORY_POSITION_MAX - POSITION_STEP ? CATEGORY_POSITION_MAX
                                                            : position + POSITION_STEP;
}

/* --- changes --- */

static void change_texts(const struct category_changes *changes, struct category_row *row)
{
    if (changes->name != NULL)
        row->name = *changes->name;
    if (changes->slug != NULL)
        row->slug = *changes->slug;
    if (changes->description != NULL)
        row->description = changes->description->ptr != NULL ? *changes->description : STR("");
    if (changes->is_active != NULL)
        row->is_active = *changes->is_active;
}

static struct error *change_image(struct ctx *cx, struct tx *tx, const struct category_changes *changes,
                                  struct category_row *row)
{
    if (changes->image_upload_id == NULL)
        return NULL;
    struct id old = row->image_asset_id;
    row->image_asset_id = ID_NONE;
    if (!id_is_none(*changes->image_upload_id))
        TRY(media_adopt_upload(cx, tx, *changes->image_upload_id, MEDIA_IMAGE, &row->image_asset_id));
    return id_is_none(old) ? NULL : media_release_asset(cx, tx, old);
}

static struct error *change_place(struct ctx *cx, const struct tree *tree,
                                  const struct category_changes *changes, struct category_row *row)
{
    if (changes->parent_id != NULL) {
        TRY(check_place(cx, tree, row->id, *changes->parent_id));
        if (!id_equal(row->parent_id, *changes->parent_id))
            row->position = last_position(tree, *changes->parent_id);
        row->parent_id = *changes->parent_id;
    }
    if (changes->position != NULL)
        row->position = (int32_t)*changes->position;
    return NULL;
}

static struct error *queue_relist(struct ctx *cx, struct tx *tx, struct id category_id)
{
    struct str key = id_str(cx->arena, category_id);
    return job_enqueue(cx, tx, &goods_relist_job, key,
                       arena_printf(cx->arena, "\"%" STR_FMT "\"", STR_ARG(key)), INSTANT_NONE);
}

static struct category_node *find_node(const struct tree *tree, struct id id)
{
    const struct category_node key = {.id = id};
    return bsearch(&key, tree->nodes, tree->rows.count, sizeof(key), compare_node);
}

/* The tree in memory follows, for the edits that come after. */
static struct error *change(struct ctx *cx, struct tx *tx, const struct tree *tree, struct category_row *row,
                            const struct category_changes *changes)
{
    const struct category_row before = *row;
    TRY(change_place(cx, tree, changes, row));
    change_texts(changes, row);
    TRY(change_image(cx, tx, changes, row));
    TRY(goods_repo_update_category(cx, tx, row, clock_now(cx)));
    struct category_node *node = find_node(tree, row->id);
    REQUIRE(node != NULL); /* the row was read with the tree */
    node->parent_id = row->parent_id;
    bool is_found_otherwise =
        !id_equal(before.parent_id, row->parent_id) || !str_equal(before.name, row->name);
    return is_found_otherwise ? queue_relist(cx, tx, row->id) : NULL;
}

/* --- making --- */

struct creation {
    const struct category_changes *changes;
    struct category_row row;
};

static struct error *create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct creation *creation = arg;
    struct category_row *row = &creation->row;
    struct tree tree = {.nodes = NULL};
    TRY(lock_tree(cx, tx, &tree));
    if (tree.rows.count >= CATEGORIES_MAX)
        return refuse(cx, "", "max", "there are two thousand categories already");
    TRY(check_place(cx, &tree, ID_NONE, row->parent_id));
    row->position = last_position(&tree, row->parent_id);
    if (creation->changes->position != NULL)
        row->position = (int32_t)*creation->changes->position;
    row->image_asset_id = ID_NONE;
    TRY(change_image(cx, tx, creation->changes, row));
    TRY(goods_repo_insert_category(cx, tx, row));
    return claim_record(cx, tx, row->id);
}

struct error *goods_create_category(struct ctx *cx, const struct category_changes *changes, struct id *ret_id)
{
    struct creation creation = {
        .changes = changes,
        .row = {.id = crypto_new_id(cx),
                .description = STR(""),
                .is_active = true,
                .created_at = clock_now(cx)},
    };
    change_texts(changes, &creation.row);
    if (changes->parent_id != NULL)
        creation.row.parent_id = *changes->parent_id;
    if (str_is_empty(creation.row.slug))
        creation.row.slug = slug_from_title(cx->arena, creation.row.name);
    TRY(db_transact(cx, TX_WRITE, create, &creation));
    *ret_id = creation.row.id;
    return NULL;
}

/* --- changing --- */

struct editing {
    const struct category_edit *edits;
    size_t count;
    struct goods_match match; /* of a single one; a NULL check: any */
};

static struct error *edit_one(struct ctx *cx, struct tx *tx, const struct tree *tree,
                              const struct category_edit *edit, struct goods_match match)
{
    struct category_row *row = find_row(tree, edit->id);
    if (row == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "there is no category %" STR_FMT,
                          STR_ARG(id_str(cx->arena, edit->id)));
    if (match.check != NULL)
        TRY(match.check(cx, match.arg, row->id, row->version));
    return change(cx, tx, tree, row, &edit->changes);
}

/* Of many edits, which one it was: its violations lie below it, and a refusal without one becomes one. */
static struct error *name_edit(struct ctx *cx, size_t number, struct error *error)
{
    struct str pointer = arena_printf(cx->arena, "/changes/%zu", number);
    bool is_refusal = error_has_code(error, ERROR_CONFLICT) || error_has_code(error, ERROR_NOT_FOUND);
    for (struct violation *one = error->violations; one != NULL; one = one->next)
        one->pointer =
            arena_printf(cx->arena, "%" STR_FMT "%" STR_FMT, STR_ARG(pointer), STR_ARG(one->pointer));
    if (error->violations == NULL && is_refusal)
        error_add_violation(cx->arena, error, pointer, "possible", "%" STR_FMT, STR_ARG(error->message));
    return error;
}

static struct error *edit(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct editing *editing = arg;
    bool is_single = editing->match.check != NULL;
    struct tree tree = {.nodes = NULL};
    TRY(lock_tree(cx, tx, &tree));
    for (size_t i = 0; i < editing->count; i++) {
        struct error *error = edit_one(cx, tx, &tree, &editing->edits[i], editing->match);
        if (error != NULL)
            return is_single ? error : name_edit(cx, i, error);
    }
    return NULL;
}

struct error *goods_edit_categories(struct ctx *cx, const struct category_edit *edits, size_t count)
{
    struct editing editing = {.edits = edits, .count = count};
    return db_transact(cx, TX_WRITE, edit, &editing);
}

static struct error *load_row(struct ctx *cx, struct str key, struct category_row *ret_row)
{
    bool is_found = false;
    TRY(goods_find_category(cx, key, ret_row, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "there is no such category");
}

struct error *goods_change_category(struct ctx *cx, struct str key, const struct category_changes *changes,
                                    struct goods_match match)
{
    struct category_row row = {.id = ID_NONE};
    TRY(load_row(cx, key, &row));
    const struct category_edit edits[] = {{row.id, *changes}};
    struct editing editing = {.edits = edits, .count = COUNT_OF(edits), .match = match};
    return db_transact(cx, TX_WRITE, edit, &editing);
}

/* --- deleting --- */

struct deletion {
    struct id id;
    struct goods_match match;
};

static struct error *delete_category(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deletion *deletion = arg;
    struct tree tree = {.nodes = NULL};
    TRY(lock_tree(cx, tx, &tree));
    const struct category_row *row = find_row(&tree, deletion->id);
    if (row == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such category");
    TRY(deletion->match.check(cx, deletion->match.arg, row->id, row->version));
    if (row->product_count > 0)
        return ERROR(cx, goods_category_used, "%lld %s in it", (long long)row->product_count,
                     row->product_count == 1 ? "product is" : "products are");
    for (size_t i = 0; i < tree.rows.count; i++)
        if (id_equal(ARRAY_AT(struct category_row, tree.rows, i)->parent_id, row->id))
            return ERROR(cx, goods_category_used, "there are categories below it");
    if (!id_is_none(row->image_asset_id))
        TRY(media_release_asset(cx, tx, row->image_asset_id));
    return goods_repo_delete_category(cx, tx, row->id);
}

struct error *goods_delete_category(struct ctx *cx, struct str key, struct goods_match match)
{
    struct category_row row = {.id = ID_NONE};
    TRY(load_row(cx, key, &row));
    struct deletion deletion = {row.id, match};
    return db_transact(cx, TX_WRITE, delete_category, &deletion);
}

struct error *goods_refuse_category_image(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    struct category_row row = {.id = ID_NONE};
    struct id id = ID_NONE;
    bool is_found = false;
    TRY(goods_repo_find_category_by_image(cx, tx, asset_id, &id, &is_found));
    if (!is_found)
        return NULL;
    TRY(goods_repo_lock_tree(cx, tx));
    TRY(goods_repo_find_category(cx, tx, id, &row, &is_found));
    if (!is_found || !id_equal(row.image_asset_id, asset_id))
        return NULL;
    row.image_asset_id = ID_NONE;
    TRY(goods_repo_update_category(cx, tx, &row, clock_now(cx)));
    return media_release_asset(cx, tx, asset_id);
}

/* --- following a move --- */

static struct error *relist_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct goods_whole product;
    struct error *error = goods_lock(cx, tx, *(const struct id *)arg, &product);
    if (error != NULL)
        return error_has_code(error, ERROR_NOT_FOUND) ? NULL : error;
    return goods_relist(cx, tx, &product);
}

static struct error *relist_products(struct ctx *cx, struct id category_id)
{
    struct id after = ID_NONE;
    for (;;) {
        struct array ids = {0};
        TRY(goods_repo_list_in_category(cx, category_id, after, RELIST_BATCH, &ids));
        for (size_t i = 0; i < ids.count; i++)
            TRY(db_transact(cx, TX_WRITE, relist_one, ARRAY_AT(struct id, ids, i)));
        if (ids.count < RELIST_BATCH)
            return NULL;
        after = *ARRAY_AT(struct id, ids, ids.count - 1);
    }
}

static struct error *read_tree(struct ctx *cx, struct tx *tx, void *arg)
{
    return lock_tree(cx, tx, arg);
}

static struct error *relist(struct ctx *cx, const struct job *job)
{
    struct tree tree = {.nodes = NULL};
    struct id id = ID_NONE;
    REQUIRE(id_parse(str_slice(job->payload, 1, ID_CHARS), &id));
    TRY(db_transact(cx, TX_WRITE, read_tree, &tree));
    for (size_t i = 0; i < tree.rows.count; i++)
        if (category_is_within(tree.nodes, tree.rows.count, tree.nodes[i].id, id))
            TRY(relist_products(cx, tree.nodes[i].id));
    return NULL;
}

const struct job_type goods_relist_job = {
    .name = "goods.relist_category",
    .help = "Puts the products of a category that was moved or renamed into their lists again",
    .run = relist,
};
