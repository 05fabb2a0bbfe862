/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stand-ins for the facades of identity, media and catalogue, in memory. A rollback does not undo them, which no test here needs. */
#include "platform/bus/bus.h"
#include "platform/crypto/crypto.h"

#include "modules/goods/tests/stall.h"
#include "modules/identity/identity.h"
#include "modules/media/media.h"

/* --- identity --- */

struct error *identity_find_account_by_name(struct ctx *cx, struct str username,
                                            struct identity_account *ret_account, bool *ret_found)
{
    (void)cx;
    (void)username;
    (void)ret_account;
    *ret_found = false;
    return NULL;
}

struct error *identity_require_verified(struct ctx *cx)
{
    (void)cx;
    return NULL;
}

/* --- media: each upload is an asset of the same id --- */

const struct reason media_upload_used = {.name = "media.upload_used", .code = ERROR_CONFLICT};
static const char *const status_words[] = {"queued", "running", "ready", "failed"};
const struct enum_table media_status_words = ENUM_TABLE("asset_status", status_words);
static const struct json_type no_payload = {.name = "MediaAssetEvent"};
const struct event_type media_asset_failed = {.name = "media.asset.failed", .payload = &no_payload};

enum { MAX_ASSETS = 64 };
static struct stall_asset assets[MAX_ASSETS];
static size_t asset_count;

struct stall_asset *stall_asset(struct id id)
{
    for (size_t i = 0; i < asset_count; i++)
        if (id_equal(assets[i].id, id))
            return &assets[i];
    REQUIRE(asset_count < MAX_ASSETS);
    assets[asset_count] = (struct stall_asset){.id = id, .status = MEDIA_READY};
    return &assets[asset_count++];
}

struct error *media_adopt_upload(struct ctx *cx, struct tx *tx, struct id upload_id,
                                 enum media_purpose purpose, struct id *ret_asset_id)
{
    (void)tx;
    struct stall_asset *asset = stall_asset(upload_id);
    if (asset->is_adopted)
        return ERROR(cx, media_upload_used, "the upload is already used elsewhere");
    assert_int_equal(purpose, MEDIA_IMAGE);
    asset->is_adopted = true;
    *ret_asset_id = upload_id;
    return NULL;
}

struct error *media_find_asset(struct ctx *cx, struct tx *tx, struct id asset_id,
                               struct media_asset *ret_asset, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_asset = (struct media_asset){
        .id = asset_id, .status = stall_asset(asset_id)->status, .problem_detail = STR("this is no picture")};
    *ret_found = true;
    return NULL;
}

struct error *media_release_asset(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    (void)cx;
    (void)tx;
    stall_asset(asset_id)->releases++;
    return NULL;
}

struct str media_image_url(struct ctx *cx, struct id asset_id, int side)
{
    return arena_printf(cx->arena, "/media/images/%" STR_FMT "/%d.jpg", STR_ARG(id_str(cx->arena, asset_id)),
                        side);
}

/* --- catalogue --- */

enum { MAX_ITEMS = 64 };
static struct catalog_item items[MAX_ITEMS];
static char titles[MAX_ITEMS][64];
static struct str listed[MAX_ITEMS]; /* facets, joined; absent: not listed */
static char listed_text[MAX_ITEMS][1024];
static size_t item_count;

void stall_forget(void)
{
    item_count = asset_count = 0;
}

struct catalog_item *stall_item(struct id id)
{
    for (size_t i = 0; i < item_count; i++)
        if (id_equal(items[i].id, id))
            return &items[i];
    return NULL;
}

struct str stall_facets(struct id id)
{
    return listed[stall_item(id) - items];
}

/* What outlives the test's arena. */
static struct str keep_title(size_t index, struct str title)
{
    size_t len = title.len < sizeof(titles[0]) ? title.len : sizeof(titles[0]);
    memcpy(titles[index], title.ptr, len);
    return str_from(titles[index], len);
}

struct error *catalog_create_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct str title,
                                  struct catalog_item *ret_item)
{
    (void)tx;
    REQUIRE(item_count < MAX_ITEMS);
    items[item_count] = (struct catalog_item){
        .id = crypto_new_id(cx),
        .kind = (int32_t)kind,
        .owner_id = cx->caller->account_id,
        .owner_username = STR("seller"),
        .owner_name = STR("Seller"),
        .title = keep_title(item_count, title),
        .slug = STR("slug"),
        .short_code = STR("shortcod"),
        .version = 1,
    };
    listed[item_count] = STR_NONE;
    *ret_item = items[item_count++];
    return NULL;
}

struct error *catalog_find_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                struct catalog_item *ret_item, bool *ret_found)
{
    const struct catalog_item *item = stall_item(id);
    (void)cx;
    (void)tx;
    (void)kind;
    *ret_found = item != NULL;
    if (item != NULL)
        *ret_item = *item;
    return NULL;
}

struct error *catalog_find_item_by_key(struct ctx *cx, enum catalog_kind kind, struct str key,
                                       struct catalog_item *ret_item, bool *ret_found)
{
    struct id id = ID_NONE;
    *ret_found = false;
    return id_parse(key, &id) ? catalog_find_item(cx, NULL, kind, id, ret_item, ret_found) : NULL;
}

struct error *catalog_lock_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                struct catalog_item *ret_item, bool *ret_found)
{
    return catalog_find_item(cx, tx, kind, id, ret_item, ret_found);
}

struct error *catalog_list_items(struct ctx *cx, const struct id *ids, size_t count, struct array *ret_items)
{
    VEC(struct catalog_item) found = {0};
    for (size_t i = 0; i < count; i++)
        if (stall_item(ids[i]) != NULL)
            *VEC_PUSH(cx->arena, &found) = *stall_item(ids[i]);
    *ret_items = (struct array){found.items, found.count};
    return NULL;
}

struct error *catalog_change_item(struct ctx *cx, struct tx *tx, struct catalog_item *item)
{
    (void)cx;
    (void)tx;
    item->version++;
    struct catalog_item *kept = stall_item(item->id);
    *kept = *item;
    kept->title = keep_title((size_t)(kept - items), item->title);
    return NULL;
}

const struct json_type catalog_report_body = {.name = "ReportInput"};

struct error *catalog_report(struct ctx *cx, const struct catalog_complaint *complaint)
{
    (void)cx;
    (void)complaint;
    return NULL;
}

struct error *catalog_erase_item(struct ctx *cx, struct tx *tx, struct id id)
{
    (void)cx;
    (void)tx;
    stall_item(id)->id = ID_NONE;
    return NULL;
}

struct error *catalog_put_listing(struct ctx *cx, struct tx *tx, const struct catalog_listing *listing)
{
    struct strbuf out;
    size_t index = (size_t)(stall_item(listing->item_id) - items);
    (void)tx;
    strbuf_init(&out, cx->arena, sizeof(listed_text[0]));
    for (size_t i = 0; i < listing->facets.count; i++)
        strbuf_printf(&out, "%s%" STR_FMT, i > 0 ? " " : "",
                      STR_ARG(*ARRAY_AT(struct str, listing->facets, i)));
    REQUIRE(!out.overflow);
    memcpy(listed_text[index], out.ptr, out.len);
    listed[index] = str_from(listed_text[index], out.len);
    return NULL;
}

struct error *catalog_drop_listing(struct ctx *cx, struct tx *tx, struct id item_id)
{
    (void)cx;
    (void)tx;
    listed[stall_item(item_id) - items] = STR_NONE;
    return NULL;
}

struct error *catalog_set_item_views(struct ctx *cx, struct tx *tx, struct id item_id, int64_t views)
{
    (void)cx;
    (void)tx;
    (void)item_id;
    (void)views;
    return NULL;
}

struct error *catalog_list_listed(struct ctx *cx, const struct catalog_listed_query *query,
                                  struct catalog_listed_page *ret_page)
{
    (void)cx;
    (void)query;
    *ret_page = (struct catalog_listed_page){.ids = {0}};
    return NULL;
}
