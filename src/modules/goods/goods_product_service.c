/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Products as their sellers make, change, publish, take back and delete them. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/db/claim.h"

#include "modules/goods/goods_service.h"
#include "modules/identity/identity.h"

/* --- what a draft says --- */

static struct str text_of(struct str text)
{
    return text.ptr != NULL ? text : STR("");
}

static struct error *refuse(struct ctx *cx, const char *pointer, const char *rule, const char *message)
{
    struct error *error = ERROR_CODE(cx, INVALID, "the product cannot be like this");
    error_add_violation(cx->arena, error, str_cstr(pointer), rule, "%s", message);
    return error;
}

/* The category of a key; none for an empty one. */
static struct error *find_category_id(struct ctx *cx, struct str key, struct id *ret_id)
{
    struct category_row category = {.id = ID_NONE};
    bool is_found = false;
    *ret_id = ID_NONE;
    if (str_is_empty(key))
        return NULL;
    TRY(goods_find_category(cx, key, &category, &is_found));
    if (!is_found)
        return refuse(cx, "/category", "exists", "is no category");
    *ret_id = category.id;
    return NULL;
}

/* Kept as it is shown. */
static struct str specifications_json(struct ctx *cx, const struct array *specifications)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, 1 << 18);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    for (size_t i = 0; i < specifications->count; i++)
        json_put_object(&writer, &specification_type,
                        ARRAY_AT(const struct specification, *specifications, i));
    json_end_array(&writer);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

/* --- making --- */

struct creation {
    const struct product_draft *draft;
    struct id category_id, id;
};

static struct product_row row_of(struct ctx *cx, const struct creation *creation,
                                 const struct catalog_item *item)
{
    const struct product_draft *draft = creation->draft;
    return (struct product_row){
        .id = item->id,
        .owner_id = item->owner_id,
        .category_id = creation->category_id,
        .status = GOODS_DRAFT,
        .condition = draft->condition,
        .description = text_of(draft->description),
        .specifications = specifications_json(cx, &draft->specifications),
        .shipping = json_encode(cx->arena, &shipping_type, &draft->shipping),
        .currency = draft->currency,
        .video_url = text_of(draft->video_url),
        .low_stock_at = draft->low_stock_at,
    };
}

static struct error *create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct creation *creation = arg;
    struct catalog_item item = {.id = ID_NONE};
    const struct stock_change first = {.kind = STOCK_IN, .quantity = creation->draft->stock};
    TRY(catalog_create_item(cx, tx, CATALOG_PRODUCT, creation->draft->title, &item));
    struct product_row product = row_of(cx, creation, &item);
    TRY(goods_repo_insert(cx, tx, &product));
    TRY(goods_store_images(cx, tx, &product, &creation->draft->images));
    TRY(goods_repo_update(cx, tx, &product));
    if (first.quantity > 0)
        TRY(goods_move_stock(cx, tx, &product, &first));
    TRY(goods_recount(cx, tx, NULL, &product));
    creation->id = product.id;
    return claim_record(cx, tx, product.id);
}

struct error *goods_create_product(struct ctx *cx, const struct product_draft *draft, struct id *ret_id)
{
    struct creation creation = {.draft = draft};
    TRY(find_category_id(cx, draft->category, &creation.category_id));
    TRY(db_transact(cx, TX_WRITE, create, &creation));
    *ret_id = creation.id;
    return NULL;
}

/* --- changing --- */

struct patching {
    struct id id, category_id;
    const struct product_draft *changes;
    struct goods_match match;
};

#define GIVEN(member) JSON_HAS(&product_patch_body, changes, struct product_draft, member)

static void patch_texts(struct ctx *cx, const struct product_draft *changes, struct goods_whole *product)
{
    struct product_row *row = &product->row;
    if (GIVEN(title))
        product->item.title = changes->title;
    if (GIVEN(description))
        row->description = text_of(changes->description);
    if (GIVEN(video_url))
        row->video_url = text_of(changes->video_url);
    if (GIVEN(specifications))
        row->specifications = specifications_json(cx, &changes->specifications);
    if (GIVEN(shipping))
        row->shipping = json_encode(cx->arena, &shipping_type, &changes->shipping);
}

static void patch_properties(const struct patching *patching, struct product_row *row)
{
    const struct product_draft *changes = patching->changes;
    if (GIVEN(condition))
        row->condition = changes->condition;
    if (GIVEN(currency))
        row->currency = changes->currency;
    if (GIVEN(low_stock_at))
        row->low_stock_at = changes->low_stock_at;
    if (GIVEN(category))
        row->category_id = patching->category_id;
}

static struct error *check_complete(struct ctx *cx, struct tx *tx, const struct product_row *product)
{
    struct product_facts facts = {
        .has_category = !id_is_none(product->category_id),
        .has_stock = product->stock > 0 || product->status == GOODS_ACTIVE, /* what is public may run out */
    };
    TRY(goods_collect_image_facts(cx, tx, product->id, &facts));
    if (product->status == GOODS_ACTIVE)
        facts.has_unready_image = facts.has_refused_image = false; /* they are shown when they are ready */
    uint32_t gaps = product_judge(&facts);
    if (gaps == 0)
        return NULL;
    struct error *error = ERROR(cx, goods_not_publishable, "this is not complete enough to be public");
    for (int gap = 0; gap < PRODUCT_GAPS; gap++) {
        const struct product_gap_text *text = product_gap_text((enum product_gap)gap);
        if ((gaps >> gap & 1) != 0)
            error_add_violation(cx->arena, error, str_cstr(text->pointer), text->rule, "%s", text->message);
    }
    return error;
}

/* The row, the counts of its categories, what is cached of it, and the news. */
static struct error *store_change(struct ctx *cx, struct tx *tx, const struct product_row *before,
                                  struct goods_whole *product, const struct event_type *type)
{
    TRY(goods_repo_update(cx, tx, &product->row));
    TRY(goods_recount(cx, tx, before, &product->row));
    TRY(goods_changed(cx, tx, product));
    return goods_tell(cx, tx, type, product);
}

static struct error *patch(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct patching *patching = arg;
    const struct product_draft *changes = patching->changes;
    struct goods_whole product;
    TRY(goods_lock(cx, tx, patching->id, &product));
    TRY(patching->match.check(cx, patching->match.arg, product.row.id, product.item.version));
    TRY(goods_check_changeable(cx, &product));
    const struct product_row before = product.row;
    patch_texts(cx, changes, &product);
    patch_properties(patching, &product.row);
    if (GIVEN(images))
        TRY(goods_store_images(cx, tx, &product.row, &changes->images));
    if (product.row.status == GOODS_ACTIVE)
        TRY(check_complete(cx, tx, &product.row));
    return store_change(cx, tx, &before, &product, &goods_product_changed);
}

struct error *goods_patch_product(struct ctx *cx, struct str key, const struct product_draft *changes,
                                  struct goods_match match)
{
    struct goods_whole product;
    TRY(goods_load_own(cx, key, &product));
    struct patching patching = {.id = product.row.id, .changes = changes, .match = match};
    TRY(find_category_id(cx, changes->category, &patching.category_id));
    return db_transact(cx, TX_WRITE, patch, &patching);
}

/* --- moves between states --- */

static struct error *move_to(struct ctx *cx, struct tx *tx, struct goods_whole *product,
                             enum goods_status status, const struct event_type *type)
{
    const struct product_row before = product->row;
    product->row.status = (int32_t)status;
    return store_change(cx, tx, &before, product, type);
}

static struct error *refuse_taken_down(struct ctx *cx)
{
    struct error *error = ERROR(cx, goods_not_publishable, "a moderator took it down");
    error_add_violation(cx->arena, error, STR("/status"), "state", "is taken_down");
    return error;
}

static struct error *publish(struct ctx *cx, struct tx *tx, void *arg)
{
    struct goods_whole product;
    TRY(goods_lock(cx, tx, *(const struct id *)arg, &product));
    if (product.row.status == GOODS_ACTIVE) /* said twice */
        return NULL;
    if (product.row.status == GOODS_SOLD)
        return ERROR(cx, goods_sold, "the last piece was sold");
    if (product.row.status == GOODS_TAKEN_DOWN)
        return refuse_taken_down(cx);
    TRY(check_complete(cx, tx, &product.row));
    if (instant_is_none(product.item.published_at))
        product.item.published_at = clock_now(cx);
    return move_to(cx, tx, &product, GOODS_ACTIVE, &goods_product_published);
}

struct error *goods_publish_product(struct ctx *cx, struct str key)
{
    struct goods_whole product;
    TRY(goods_load_own(cx, key, &product));
    TRY(identity_require_verified(cx));
    return db_transact(cx, TX_WRITE, publish, &product.row.id);
}

static struct error *withdraw(struct ctx *cx, struct tx *tx, void *arg)
{
    struct goods_whole product;
    TRY(goods_lock(cx, tx, *(const struct id *)arg, &product));
    TRY(goods_check_changeable(cx, &product));
    if (product.row.status != GOODS_ACTIVE) /* never published, or said twice */
        return NULL;
    return move_to(cx, tx, &product, GOODS_CANCELLED, &goods_product_withdrawn);
}

struct error *goods_withdraw_product(struct ctx *cx, struct str key)
{
    struct goods_whole product;
    TRY(goods_load_own(cx, key, &product));
    return db_transact(cx, TX_WRITE, withdraw, &product.row.id);
}

/* --- moderation --- */

struct error *goods_take_down(struct ctx *cx, struct tx *tx, struct id product_id, struct str reason)
{
    struct goods_whole product;
    TRY(goods_lock(cx, tx, product_id, &product));
    if (product.row.status == GOODS_TAKEN_DOWN)
        return NULL;
    product.item.status_before = product.item.status;
    product.item.takedown_reason = reason;
    return move_to(cx, tx, &product, GOODS_TAKEN_DOWN, &goods_product_withdrawn);
}

struct error *goods_restore(struct ctx *cx, struct tx *tx, struct id product_id)
{
    struct goods_whole product;
    TRY(goods_lock(cx, tx, product_id, &product));
    if (product.row.status != GOODS_TAKEN_DOWN)
        return NULL;
    const struct stock_level level = {product.row.stock, product.row.held, product.row.sold};
    bool was_public = product.item.status_before != CATALOG_DRAFT;
    bool was_ever_public = !instant_is_none(product.item.published_at);
    enum goods_status status = product_restored(was_public, was_ever_public, &level);
    product.item.takedown_reason = STR_NONE;
    return move_to(cx, tx, &product, status,
                   product_is_public(status) ? &goods_product_published : &goods_product_changed);
}

/* --- the featured mark --- */

struct marking {
    struct id id;
    enum goods_mark mark;
};

static struct error *mark(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct marking *marking = arg;
    struct goods_whole product;
    bool is_featured = marking->mark == GOODS_FEATURED;
    TRY(goods_lock(cx, tx, marking->id, &product));
    if (product.row.is_featured == is_featured)
        return NULL;
    product.row.is_featured = is_featured;
    TRY(goods_repo_update(cx, tx, &product.row));
    return goods_changed(cx, tx, &product);
}

struct error *goods_mark_product(struct ctx *cx, struct str key, enum goods_mark what)
{
    struct goods_whole product;
    TRY(goods_load_visible(cx, key, &product));
    struct marking marking = {product.row.id, what};
    return db_transact(cx, TX_WRITE, mark, &marking);
}

/* --- deleting --- */

struct error *goods_delete_locked(struct ctx *cx, struct tx *tx, struct goods_whole *product)
{
    int64_t holders = 0;
    TRY(goods_repo_count_holds(cx, tx, product->row.id, &holders));
    TRY(goods_release_images(cx, tx, &product->row));
    TRY(goods_recount(cx, tx, &product->row, NULL));
    TRY(goods_tell(cx, tx, &goods_product_withdrawn, product));
    if (holders == 0) {
        TRY(goods_repo_delete(cx, tx, product->row.id));
        return catalog_erase_item(cx, tx, product->row.id);
    }
    product->item.status = CATALOG_DELETED;
    TRY(goods_repo_delete_softly(cx, tx, product->row.id, clock_now(cx)));
    TRY(catalog_drop_listing(cx, tx, product->row.id));
    return catalog_change_item(cx, tx, &product->item);
}

struct deletion {
    struct id id;
    struct goods_match match;
};

static struct error *delete_product(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deletion *deletion = arg;
    struct goods_whole product;
    TRY(goods_lock(cx, tx, deletion->id, &product));
    TRY(deletion->match.check(cx, deletion->match.arg, product.row.id, product.item.version));
    TRY(goods_check_changeable(cx, &product));
    return goods_delete_locked(cx, tx, &product);
}

struct error *goods_delete_product(struct ctx *cx, struct str key, struct goods_match match)
{
    struct goods_whole product;
    TRY(goods_load_own(cx, key, &product));
    struct deletion deletion = {.id = product.row.id, .match = match};
    return db_transact(cx, TX_WRITE, delete_product, &deletion);
}
