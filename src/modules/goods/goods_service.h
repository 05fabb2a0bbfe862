/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of goods, for its own HTTP file. Others use goods.h. */
#ifndef MODULES_GOODS_GOODS_SERVICE_H
#define MODULES_GOODS_GOODS_SERVICE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "platform/module/module.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/goods/goods_repo.h"

struct media_asset;

extern const struct reason *const goods_reasons[];
extern const struct event_type *const goods_events[];
extern const struct event_consumer *const goods_consumers[];
extern const struct job_type goods_relist_job, goods_sweep_job;
extern const struct module_check goods_checks[];

/* --- limits that descriptors state --- */

enum {
    IMAGES_MAX = 12,
    SPECIFICATIONS_MAX = 50,
    DESTINATIONS_MAX = 250,
    BULK_MAX = 100,
    PRODUCT_LIMIT_MAX = 100
};

/* --- what a seller states --- */

struct image_draft {
    struct id upload_id; /* a new one */
    struct id image_id;  /* one that the product has; exactly one of the two */
    struct str alt;
};
struct specification {
    struct str name, value;
};
struct shipping {
    struct str from_country;   /* ISO 3166-1, two letters */
    struct array destinations; /* of struct str, the same; none: anywhere */
    int64_t handling_days, weight_grams;
    bool is_pickup_possible;
    struct str note;
};
/* Kept as JSON by these. */
extern const struct json_type specification_type, shipping_type;

/* The body of POST, and with `present` of PATCH. */
struct product_draft {
    struct str title, description;
    int32_t condition;
    struct str category; /* id or slug */
    struct array images; /* of struct image_draft */
    struct str video_url;
    struct array specifications; /* of struct specification */
    struct shipping shipping;
    struct str currency;
    int64_t stock; /* POST only */
    int64_t low_stock_at;
    uint64_t present;
};
extern const struct json_type product_patch_body;

/* Checks the version that the client named, before anything is changed. */
struct goods_match {
    struct error *(*check)(struct ctx *cx, void *arg, struct id id, int64_t version);
    void *arg;
};

/* --- products --- */

MUST_USE struct error *goods_create_product(struct ctx *cx, const struct product_draft *draft,
                                            struct id *ret_id);
/* Errors: not_found, forbidden, goods_sold, goods_in_auction. */
MUST_USE struct error *goods_patch_product(struct ctx *cx, struct str key,
                                           const struct product_draft *changes, struct goods_match match);
/* For good unless somebody ever held a piece of it. */
MUST_USE struct error *goods_delete_product(struct ctx *cx, struct str key, struct goods_match match);
/* Errors: goods_not_publishable with all that is missing. Both may be said again. */
MUST_USE struct error *goods_publish_product(struct ctx *cx, struct str key);
MUST_USE struct error *goods_withdraw_product(struct ctx *cx, struct str key);
/* Errors: not_found, also for what the caller may not see. */
MUST_USE struct error *goods_report_product(struct ctx *cx, struct str key,
                                            struct catalog_complaint complaint);
enum goods_mark { GOODS_FEATURED, GOODS_NOT_FEATURED };
MUST_USE struct error *goods_mark_product(struct ctx *cx, struct str key, enum goods_mark mark);
/* Once per viewer and hour; the owner's own views do not count. */
MUST_USE struct error *goods_count_view(struct ctx *cx, struct str key, bool *ret_counted);

/* --- views --- */

struct category_brief {
    struct id id;
    struct str slug, name;
};
struct image_view {
    struct id id;
    struct str alt, status; /* a word of media's */
    struct str url, thumbnail_url;
    struct str problem; /* refused */
};
struct seller_view {
    struct id id;
    struct str username, display_name;
};
struct product_view {
    struct id id;
    struct str title, slug, short_code;
    int32_t status, condition;
    struct str description;
    struct category_brief category;
    struct array images; /* of struct image_view */
    struct str cover_url, video_url;
    struct array specifications; /* of struct specification */
    struct shipping shipping;
    struct str currency;
    int64_t stock, held_count, sold_count, low_stock_at; /* the latter three for the owner; else -1 */
    bool is_featured;
    int64_t view_count;
    struct seller_view seller;
    struct str takedown_reason; /* for its owner and moderators */
    struct instant created_at, updated_at, published_at;
    int64_t tag; /* number of the entity tag for this caller */
};
/* Only what the caller may see. Errors: not_found. */
MUST_USE struct error *goods_load_view(struct ctx *cx, struct str key, struct product_view *ret_view);

enum product_list_status { LIST_ACTIVE, LIST_SOLD };
struct product_query {
    struct str category; /* id or slug; with all below it */
    struct str seller;   /* id or user name */
    int32_t status;      /* enum product_list_status */
    int32_t condition;   /* < 0: any */
    bool is_featured;    /* only those */
    struct str q;
    int32_t sort; /* enum catalog_listed_sort */
    struct str cursor;
    int64_t limit;
    bool with_total;
};
struct product_page {
    struct array items; /* of struct product_view, without what lists leave out */
    struct str next_cursor;
    struct str total; /* a number as JSON, or absent */
};
extern const struct enum_table product_list_status_words, product_sort_words;
MUST_USE struct error *goods_list_products(struct ctx *cx, const struct product_query *query,
                                           struct product_page *ret_page);
struct own_query {
    int32_t status; /* < 0: any */
    struct id cursor;
    int64_t limit;
};
enum own_list { OWN_ALL, OWN_LOW };
MUST_USE struct error *goods_list_own(struct ctx *cx, const struct own_query *query, enum own_list which,
                                      struct product_page *ret_page);

/* --- stock --- */

struct stock_request {
    int32_t kind; /* in, out; adjustment: quantity is what was counted */
    int64_t quantity;
    struct str note;
};
/* What may be asked for: the first of enum stock_kind. */
extern const struct enum_table stock_request_words;
/* Errors: not_found, forbidden, goods_out_of_stock, goods_sold. */
MUST_USE struct error *goods_change_stock(struct ctx *cx, struct str key,
                                          const struct stock_request *request);
struct movement_page {
    struct array items; /* of struct movement_row */
    struct id next_cursor;
};
MUST_USE struct error *goods_list_movements(struct ctx *cx, struct str key, struct id cursor, int64_t limit,
                                            struct movement_page *ret_page);

/* --- categories --- */

struct category_view {
    struct id id, parent_id;
    struct str name, slug, description;
    struct str path; /* slugs from the top, joined by '/' */
    int64_t depth;   /* 0: at the top */
    int64_t position;
    bool is_active;
    int64_t product_count; /* active ones, of what is below it too */
    struct str image_url;
    struct instant created_at, updated_at;
    int64_t version;
};
/* In the order of the tree: each category before what is below it. Inactive ones with what is below them only for who may edit
 * categories. Array of struct category_view. */
MUST_USE struct error *goods_list_categories(struct ctx *cx, struct array *ret_views);
/* Errors: not_found. */
MUST_USE struct error *goods_load_category(struct ctx *cx, struct str key, struct category_view *ret_view);

/* A new category, or changes of one: what is NULL stays. */
struct category_changes {
    const struct str *name, *slug, *description;
    const struct id *parent_id;
    const int64_t *position;
    const bool *is_active;
    const struct id *image_upload_id; /* none: no image */
};
/* Errors: goods_slug_taken, goods_category_circle, invalid. */
MUST_USE struct error *goods_create_category(struct ctx *cx, const struct category_changes *changes,
                                             struct id *ret_id);
MUST_USE struct error *goods_change_category(struct ctx *cx, struct str key,
                                             const struct category_changes *changes,
                                             struct goods_match match);
struct category_edit {
    struct id id;
    struct category_changes changes;
};
/* All of them, or none. */
MUST_USE struct error *goods_edit_categories(struct ctx *cx, const struct category_edit *edits, size_t count);
/* Errors: goods_category_used. */
MUST_USE struct error *goods_delete_category(struct ctx *cx, struct str key, struct goods_match match);

/* --- within the module: shared by the service's files --- */

/* A product with its item. */
struct goods_whole {
    struct product_row row;
    struct catalog_item item;
};
/* By id, short code or slug, whatever its status. */
MUST_USE struct error *goods_find_whole(struct ctx *cx, struct str key, struct goods_whole *ret_product,
                                        bool *ret_found);
/* Errors: not_found, also for what one may not see. */
MUST_USE struct error *goods_load_visible(struct ctx *cx, struct str key, struct goods_whole *ret_product);
/* What the caller may change: the owner's own, or with item:admin. Unlocked. Errors: forbidden too. */
MUST_USE struct error *goods_load_own(struct ctx *cx, struct str key, struct goods_whole *ret_product);
/* Product first, then item. Errors: not_found. In tx. */
MUST_USE struct error *goods_lock(struct ctx *cx, struct tx *tx, struct id id,
                                  struct goods_whole *ret_product);
/* goods_sold, goods_in_auction or NULL. */
MUST_USE struct error *goods_check_changeable(struct ctx *cx, const struct goods_whole *product);
bool goods_may_see(const struct ctx *cx, const struct goods_whole *product);
bool goods_may_change(const struct ctx *cx, const struct goods_whole *product);

/* The row is as stored: its item moves on. In tx. */
MUST_USE struct error *goods_touch(struct ctx *cx, struct tx *tx, struct goods_whole *product);
/* As goods_touch, and the public lists say what is now. */
MUST_USE struct error *goods_changed(struct ctx *cx, struct tx *tx, struct goods_whole *product);
MUST_USE struct error *goods_relist(struct ctx *cx, struct tx *tx, const struct goods_whole *product);
/* The counts of its categories: before and after a change; NULL: there was, or is, none. */
MUST_USE struct error *goods_recount(struct ctx *cx, struct tx *tx, const struct product_row *before,
                                     const struct product_row *after);
MUST_USE struct error *goods_tell(struct ctx *cx, struct tx *tx, const struct event_type *type,
                                  const struct goods_whole *product);
/* Withdrawn and gone, for good unless somebody ever held a piece. It is locked, and nothing of it is held. */
MUST_USE struct error *goods_delete_locked(struct ctx *cx, struct tx *tx, struct goods_whole *product);

/* The category and its ancestors, itself first. Array of struct category_row. tx may be NULL. */
MUST_USE struct error *goods_load_path(struct ctx *cx, struct tx *tx, struct id category_id,
                                       struct array *ret_path);
/* By id or slug. */
MUST_USE struct error *goods_find_category(struct ctx *cx, struct str key, struct category_row *ret_category,
                                           bool *ret_found);

/* The pictures that the seller wants from now on; those that are left out go. Sets the row's cover. In tx. */
MUST_USE struct error *goods_store_images(struct ctx *cx, struct tx *tx, struct product_row *product,
                                          const struct array *drafts);
/* All of them go. */
MUST_USE struct error *goods_release_images(struct ctx *cx, struct tx *tx, struct product_row *product);
MUST_USE struct error *goods_collect_image_facts(struct ctx *cx, struct tx *tx, struct id product_id,
                                                 struct product_facts *facts);
/* Array of struct image_view: all for who may change it, the ready ones for others. */
MUST_USE struct error *goods_list_image_views(struct ctx *cx, const struct goods_whole *product,
                                              struct array *ret_views);
/* A picture was refused in processing, in a consumer's tx: its files go, its owner sees why. */
MUST_USE struct error *goods_refuse_image(struct ctx *cx, struct tx *tx, struct id asset_id);
MUST_USE struct error *goods_refuse_category_image(struct ctx *cx, struct tx *tx, struct id asset_id);

struct stock_change {
    enum stock_kind kind;
    int64_t quantity;
    struct id holder_id; /* none: nobody's */
    struct str note;
};
/* Moves pieces and keeps the movement; product is locked, and is as stored afterwards. Errors: goods_out_of_stock, and invalid when
 * it would be too much. */
MUST_USE struct error *goods_move_stock(struct ctx *cx, struct tx *tx, struct product_row *product,
                                        const struct stock_change *change);

#endif
