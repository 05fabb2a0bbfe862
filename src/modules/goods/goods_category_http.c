/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Descriptors and handlers of categories. */
#include "modules/goods/goods_http.h"

enum { NAME_MAX_CHARS = 80, DESCRIPTION_MAX_CHARS = 2000 };

/* clang-format off */
static const struct json_field path_fields[] = {
    JSON_TEXT(struct goods_path, key, .min = 1, .max = 80, .flags = JSON_REQUIRED, .help = "Id or slug"),
};
const struct json_type category_path = JSON_TYPE("CategoryPath", struct goods_path, path_fields);

/* --- views --- */

static const struct json_field view_fields[] = {
    JSON_ID(struct category_view, id),
    JSON_ID(struct category_view, parent_id, .flags = JSON_NULLABLE, .help = "Null at the top"),
    JSON_TEXT(struct category_view, name),
    JSON_TEXT(struct category_view, slug),
    JSON_TEXT(struct category_view, description, .max = DESCRIPTION_MAX_CHARS, .flags = JSON_MULTILINE),
    JSON_TEXT(struct category_view, path, .max = 800, .help = "Slugs from the top", .example = "\"instruments/guitars\""),
    JSON_INTEGER(struct category_view, depth, .min = 0, .max = CATEGORY_DEPTH_MAX),
    JSON_INTEGER(struct category_view, position, .min = 0, .max = CATEGORY_POSITION_MAX, .help = "Order among its siblings"),
    JSON_BOOLEAN(struct category_view, is_active),
    JSON_INTEGER(struct category_view, product_count, .help = "Active products in it and below it"),
    JSON_TEXT(struct category_view, image_url, .max = 4096, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct category_view, created_at),
    JSON_INSTANT(struct category_view, updated_at),
};
const struct json_type category_view_type = JSON_TYPE("Category", struct category_view, view_fields);

struct category_list_view {
    struct array items;
};
static const struct json_field list_fields[] = {
    JSON_OBJECTS(struct category_list_view, items, &category_view_type, .max = CATEGORIES_MAX, .help = "In the order of the tree: each before what lies below it"),
};
const struct json_type category_list_type = JSON_TYPE("CategoryTree", struct category_list_view, list_fields);

/* --- inputs --- */

struct category_input {
    struct id id;
    struct str name, slug, description;
    struct id parent_id, image_upload_id;
    int64_t position;
    bool is_active;
    uint64_t present;
};

#define NAME_FIELD(flags_) JSON_TEXT(struct category_input, name, .min = 1, .max = NAME_MAX_CHARS, .flags = JSON_TRIMMED | (flags_))
#define INPUT_FIELDS \
    JSON_TEXT(struct category_input, slug, .min = 1, .max = 80, .format = &json_format_slug), \
    JSON_TEXT(struct category_input, description, .max = DESCRIPTION_MAX_CHARS, .flags = JSON_MULTILINE | JSON_TRIMMED), \
    JSON_ID(struct category_input, parent_id, .flags = JSON_NULLABLE, .help = "Null: at the top"), \
    JSON_INTEGER(struct category_input, position, .min = 0, .max = CATEGORY_POSITION_MAX, .help = "Left out: behind its siblings"), \
    JSON_BOOLEAN(struct category_input, is_active, .fallback = true), \
    JSON_ID(struct category_input, image_upload_id, .flags = JSON_NULLABLE, .help = "A finished upload with the purpose image; null takes the image away")

static const struct json_field create_fields[] = {NAME_FIELD(JSON_REQUIRED), INPUT_FIELDS};
const struct json_type category_body = JSON_TYPE("CategoryDraft", struct category_input, create_fields, JSON_PRESENCE(struct category_input));

static const struct json_field patch_fields[] = {NAME_FIELD(0), INPUT_FIELDS};
const struct json_type category_patch_body = JSON_TYPE("CategoryPatch", struct category_input, patch_fields, JSON_PRESENCE(struct category_input));

static const struct json_field edit_fields[] = {
    JSON_ID(struct category_input, id, .flags = JSON_REQUIRED), NAME_FIELD(0), INPUT_FIELDS,
};
static const struct json_type edit_type = JSON_TYPE("CategoryEdit", struct category_input, edit_fields, JSON_PRESENCE(struct category_input));

struct move_input {
    struct id parent_id;
    int64_t position;
};
static const struct json_field move_fields[] = {
    JSON_ID(struct move_input, parent_id, .flags = JSON_NULLABLE | JSON_REQUIRED, .help = "Null: to the top"),
    JSON_INTEGER(struct move_input, position, .min = 0, .max = CATEGORY_POSITION_MAX, .fallback = -1, .help = "Left out: behind its new siblings"),
};
const struct json_type category_move_body = JSON_TYPE("CategoryMove", struct move_input, move_fields);

struct bulk_input {
    struct array changes;
};
static const struct json_field bulk_fields[] = {
    JSON_OBJECTS(struct bulk_input, changes, &edit_type, .min = 1, .max = BULK_MAX, .flags = JSON_REQUIRED, .help = "One after the other; all of them, or none"),
};
const struct json_type category_bulk_body = JSON_TYPE("CategoryBulk", struct bulk_input, bulk_fields);
/* clang-format on */

#define GIVEN(member) (JSON_HAS(type, input, struct category_input, member) ? &input->member : NULL)

static struct category_changes changes_of(const struct json_type *type, const struct category_input *input)
{
    return (struct category_changes){
        .name = GIVEN(name),
        .slug = GIVEN(slug),
        .description = GIVEN(description),
        .parent_id = GIVEN(parent_id),
        .position = GIVEN(position),
        .is_active = GIVEN(is_active),
        .image_upload_id = GIVEN(image_upload_id),
    };
}

/* --- handlers --- */

static struct str key_of(const struct call *call)
{
    return PATH(call, struct goods_path, category_path)->key;
}

static struct error *reply_category(struct ctx *cx, struct call *call, struct str key)
{
    struct category_view view = {.id = ID_NONE};
    TRY(goods_load_category(cx, key, &view));
    call_set_etag(cx, call, view.id, view.version);
    return call_reply(cx, call, &view);
}

static struct error *reply_tree(struct ctx *cx, struct call *call)
{
    struct category_list_view list = {0};
    TRY(goods_list_categories(cx, &list.items));
    return call_reply(cx, call, &list);
}

struct error *category_list(struct ctx *cx, struct call *call)
{
    return reply_tree(cx, call);
}

struct error *category_read(struct ctx *cx, struct call *call)
{
    return reply_category(cx, call, key_of(call));
}

struct error *category_render(struct ctx *cx, struct call *call, struct id result_id)
{
    struct str key = id_str(cx->arena, result_id);
    call_set_location(cx, call, "/api/v1/categories/%" STR_FMT, STR_ARG(key));
    return reply_category(cx, call, key);
}

struct error *category_create(struct ctx *cx, struct call *call)
{
    struct id id = ID_NONE;
    struct category_changes changes =
        changes_of(&category_body, BODY(call, struct category_input, category_body));
    TRY(goods_create_category(cx, &changes, &id));
    return category_render(cx, call, id);
}

struct error *category_patch(struct ctx *cx, struct call *call)
{
    struct category_changes changes =
        changes_of(&category_patch_body, BODY(call, struct category_input, category_patch_body));
    struct category_view before = {.id = ID_NONE}; /* its slug may change */
    TRY(goods_load_category(cx, key_of(call), &before));
    TRY(goods_change_category(cx, key_of(call), &changes, (struct goods_match){goods_check_match, call}));
    return reply_category(cx, call, id_str(cx->arena, before.id));
}

struct error *category_move(struct ctx *cx, struct call *call)
{
    const struct move_input *input = BODY(call, struct move_input, category_move_body);
    const struct category_changes changes = {
        .parent_id = &input->parent_id,
        .position = input->position >= 0 ? &input->position : NULL,
    };
    TRY(goods_change_category(cx, key_of(call), &changes, (struct goods_match){goods_check_match, call}));
    return reply_category(cx, call, key_of(call));
}

struct error *category_bulk(struct ctx *cx, struct call *call)
{
    const struct array *inputs = &BODY(call, struct bulk_input, category_bulk_body)->changes;
    struct category_edit *edits = ARENA_ARRAY(cx->arena, struct category_edit, inputs->count);
    for (size_t i = 0; i < inputs->count; i++) {
        const struct category_input *input = ARRAY_AT(const struct category_input, *inputs, i);
        edits[i] = (struct category_edit){input->id, changes_of(&edit_type, input)};
    }
    TRY(goods_edit_categories(cx, edits, inputs->count));
    return reply_tree(cx, call);
}

struct error *category_delete(struct ctx *cx, struct call *call)
{
    TRY(goods_delete_category(cx, key_of(call), (struct goods_match){goods_check_match, call}));
    return call_reply_empty(cx, call);
}
