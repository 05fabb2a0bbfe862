/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Pictures of products: taken from uploads, shown when they are ready, gone when they were refused or left out. */
#include "modules/goods/goods_service.h"
#include "modules/media/media.h"

enum { IMAGE_SIDE = 1024, THUMBNAIL_SIDE = 512 };

typedef VEC(struct image_row) image_vec;

static struct image_row *find_image(const struct array *images, struct id asset_id)
{
    for (size_t i = 0; i < images->count; i++)
        if (id_equal(ARRAY_AT(struct image_row, *images, i)->asset_id, asset_id))
            return ARRAY_AT(struct image_row, *images, i);
    return NULL;
}

/* The files of one that was refused are gone already. */
static struct error *release(struct ctx *cx, struct tx *tx, const struct image_row *image)
{
    return str_is_empty(image->problem) ? media_release_asset(cx, tx, image->asset_id) : NULL;
}

static struct error *refuse_draft(struct ctx *cx, size_t index, const char *rule, const char *message)
{
    struct error *error = ERROR_CODE(cx, INVALID, "the pictures cannot be taken like this");
    error_add_violation(cx->arena, error, arena_printf(cx->arena, "/images/%zu", index), rule, "%s", message);
    return error;
}

/* A picture that is kept, or a new one. */
static struct error *take_draft(struct ctx *cx, struct tx *tx, const struct array *drafts, size_t index,
                                const struct array *before, struct image_row *ret_image)
{
    const struct image_draft *draft = ARRAY_AT(const struct image_draft, *drafts, index);
    const struct image_row *kept = find_image(before, draft->image_id);
    bool is_new = !id_is_none(draft->upload_id);
    if (is_new == !id_is_none(draft->image_id))
        return refuse_draft(cx, index, "one_of", "must name either an upload or a picture of the product");
    if (!is_new && kept == NULL)
        return refuse_draft(cx, index, "exists", "is no picture of this product");
    struct image_row image = {.problem = STR("")};
    if (!is_new && kept != NULL)
        image = *kept;
    image.alt = draft->alt.ptr != NULL ? draft->alt : STR("");
    *ret_image = image;
    return is_new ? media_adopt_upload(cx, tx, draft->upload_id, MEDIA_IMAGE, &ret_image->asset_id) : NULL;
}

static struct id cover_of(const struct array *images)
{
    for (size_t i = 0; i < images->count; i++)
        if (str_is_empty(ARRAY_AT(struct image_row, *images, i)->problem))
            return ARRAY_AT(struct image_row, *images, i)->asset_id;
    return ID_NONE;
}

struct error *goods_store_images(struct ctx *cx, struct tx *tx, struct product_row *product,
                                 const struct array *drafts)
{
    struct array before = {0};
    image_vec taken = {0};
    TRY(goods_repo_list_images(cx, tx, product->id, &before));
    for (size_t i = 0; i < drafts->count; i++) {
        struct image_row image;
        struct array so_far = {taken.items, taken.count};
        TRY(take_draft(cx, tx, drafts, i, &before, &image));
        if (find_image(&so_far, image.asset_id) != NULL)
            return refuse_draft(cx, i, "unique", "is there twice");
        *VEC_PUSH(cx->arena, &taken) = image;
    }
    const struct array images = {taken.items, taken.count};
    for (size_t i = 0; i < before.count; i++) {
        const struct image_row *image = ARRAY_AT(struct image_row, before, i);
        if (find_image(&images, image->asset_id) == NULL)
            TRY(release(cx, tx, image));
    }
    product->cover_asset_id = cover_of(&images);
    return goods_repo_put_images(cx, tx, product->id, &images);
}

struct error *goods_release_images(struct ctx *cx, struct tx *tx, struct product_row *product)
{
    const struct array none = {0};
    return goods_store_images(cx, tx, product, &none);
}

/* --- processing --- */

struct error *goods_collect_image_facts(struct ctx *cx, struct tx *tx, struct id product_id,
                                        struct product_facts *facts)
{
    struct array images = {0};
    TRY(goods_repo_list_images(cx, tx, product_id, &images));
    for (size_t i = 0; i < images.count; i++) {
        const struct image_row *image = ARRAY_AT(struct image_row, images, i);
        struct media_asset asset = {.status = MEDIA_FAILED};
        bool is_found = false;
        if (str_is_empty(image->problem))
            TRY(media_find_asset(cx, tx, image->asset_id, &asset, &is_found));
        facts->has_refused_image |= asset.status == MEDIA_FAILED;
        facts->has_unready_image |= asset.status == MEDIA_QUEUED || asset.status == MEDIA_RUNNING;
    }
    return NULL;
}

static struct error *refuse_of_product(struct ctx *cx, struct tx *tx, struct id product_id,
                                       const struct media_asset *asset)
{
    struct goods_whole product;
    struct array images = {0};
    TRY(goods_lock(cx, tx, product_id, &product));
    TRY(goods_repo_list_images(cx, tx, product_id, &images));
    struct image_row *image = find_image(&images, asset->id);
    if (image == NULL || !str_is_empty(image->problem)) /* left out since, or said twice */
        return NULL;
    image->problem = asset->problem_detail;
    TRY(goods_repo_update_image_problem(cx, tx, product_id, asset->id, image->problem));
    TRY(media_release_asset(cx, tx, asset->id));
    product.row.cover_asset_id = cover_of(&images);
    TRY(goods_repo_update(cx, tx, &product.row));
    return goods_touch(cx, tx, &product);
}

struct error *goods_refuse_image(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    struct media_asset asset = {.id = ID_NONE};
    struct id product_id = ID_NONE;
    bool is_found = false;
    TRY(goods_repo_find_image_product(cx, tx, asset_id, &product_id, &is_found));
    if (!is_found)
        return goods_refuse_category_image(cx, tx, asset_id);
    TRY(media_find_asset(cx, tx, asset_id, &asset, &is_found));
    return is_found ? refuse_of_product(cx, tx, product_id, &asset) : NULL;
}

/* --- showing --- */

static struct error *fill_view(struct ctx *cx, const struct image_row *image, struct image_view *ret_view)
{
    struct media_asset asset = {.status = MEDIA_FAILED};
    bool is_found = false;
    if (str_is_empty(image->problem))
        TRY(media_find_asset(cx, NULL, image->asset_id, &asset, &is_found));
    *ret_view = (struct image_view){
        .id = image->asset_id,
        .alt = image->alt,
        .status = enum_word(&media_status_words, asset.status),
        .problem = str_is_empty(image->problem) ? STR_NONE : image->problem,
    };
    if (asset.status != MEDIA_READY)
        return NULL;
    ret_view->url = media_image_url(cx, image->asset_id, IMAGE_SIDE);
    ret_view->thumbnail_url = media_image_url(cx, image->asset_id, THUMBNAIL_SIDE);
    return NULL;
}

struct error *goods_list_image_views(struct ctx *cx, const struct goods_whole *product,
                                     struct array *ret_views)
{
    struct array images = {0};
    VEC(struct image_view) views = {0};
    bool is_for_owner = goods_may_change(cx, product);
    TRY(goods_repo_list_images(cx, NULL, product->row.id, &images));
    for (size_t i = 0; i < images.count; i++) {
        struct image_view view;
        TRY(fill_view(cx, ARRAY_AT(struct image_row, images, i), &view));
        if (is_for_owner || view.url.ptr != NULL)
            *VEC_PUSH(cx->arena, &views) = view;
    }
    *ret_views = (struct array){views.items, views.count};
    return NULL;
}
