/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Descriptors and handlers of products, and the route table. */
#include "modules/goods/goods_http.h"

enum {
    TITLE_MIN = 3,
    TITLE_MAX = 200,
    DESCRIPTION_MAX = 10000,
    ALT_MAX = 300,
    URL_MAX = 500,
    NOTE_MAX = 500,
    DRAFT_BYTES = 256 * 1024
};

/* clang-format off */
static const struct json_field path_fields[] = {
    JSON_TEXT(struct goods_path, key, .min = 1, .max = 80, .flags = JSON_REQUIRED, .help = "Id, short code or slug"),
};
const struct json_type product_path = JSON_TYPE("ProductPath", struct goods_path, path_fields);

/* --- what comes in and goes out alike --- */

static const struct json_field specification_fields[] = {
    JSON_TEXT(struct specification, name, .min = 1, .max = 60, .flags = JSON_REQUIRED | JSON_TRIMMED, .example = "\"Speed\""),
    JSON_TEXT(struct specification, value, .min = 1, .max = 300, .flags = JSON_REQUIRED | JSON_TRIMMED, .example = "\"33 rpm\""),
};
const struct json_type specification_type = JSON_TYPE("Specification", struct specification, specification_fields);

static bool is_country(struct str text)
{
    return text.len == 2 && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' && text.ptr[1] >= 'A' && text.ptr[1] <= 'Z';
}
static const struct json_format country_format = {
    .name = "country", .pattern = "^[A-Z]{2}$", .message = "must be a country code of two capital letters", .is_valid = is_country};

static const struct json_field shipping_fields[] = {
    JSON_TEXT(struct shipping, from_country, .min = 2, .max = 2, .format = &country_format, .flags = JSON_NULLABLE, .help = "ISO 3166-1, two letters"),
    JSON_ARRAY(struct shipping, destinations, JSON_KIND_TEXT, .max = DESTINATIONS_MAX, .item_min = 2, .item_max = 2, .format = &country_format, .flags = JSON_UNIQUE, .help = "Countries; empty: anywhere"),
    JSON_INTEGER(struct shipping, handling_days, .min = 0, .max = 60, .help = "Until it is sent"),
    JSON_INTEGER(struct shipping, weight_grams, .min = 0, .max = 1000000, .help = "0: not told"),
    JSON_BOOLEAN(struct shipping, is_pickup_possible),
    JSON_TEXT(struct shipping, note, .max = NOTE_MAX, .flags = JSON_MULTILINE | JSON_TRIMMED | JSON_NULLABLE),
};
const struct json_type shipping_type = JSON_TYPE("Shipping", struct shipping, shipping_fields, .help = "How it is sent; prices include the shipping");
/* The same, of which much may be left out. */
static const struct json_type shipping_draft = JSON_TYPE("ShippingDraft", struct shipping, shipping_fields, .help = "How it is sent; prices include the shipping");

/* --- views --- */

static const struct json_field category_brief_fields[] = {
    JSON_ID(struct category_brief, id),
    JSON_TEXT(struct category_brief, slug),
    JSON_TEXT(struct category_brief, name),
};
static const struct json_type category_brief = JSON_TYPE("CategoryBrief", struct category_brief, category_brief_fields);

static const struct json_field image_fields[] = {
    JSON_ID(struct image_view, id),
    JSON_TEXT(struct image_view, alt, .max = ALT_MAX),
    JSON_TEXT(struct image_view, status, .help = "queued, running, ready or failed; others than the owner see ready ones"),
    JSON_TEXT(struct image_view, url, .max = 4096, .flags = JSON_NULLABLE, .help = "1 024 pixels at the longer side, JPEG; the same with .webp"),
    JSON_TEXT(struct image_view, thumbnail_url, .max = 4096, .flags = JSON_NULLABLE),
    JSON_TEXT(struct image_view, problem, .max = 1000, .flags = JSON_NULLABLE, .help = "Why it was refused"),
};
static const struct json_type image_view = JSON_TYPE("ProductImage", struct image_view, image_fields);

static const struct json_field seller_fields[] = {
    JSON_ID(struct seller_view, id),
    JSON_TEXT(struct seller_view, username),
    JSON_TEXT(struct seller_view, display_name),
};
static const struct json_type seller_view = JSON_TYPE("Seller", struct seller_view, seller_fields);

/* What lists show. */
#define CARD_FIELDS \
    JSON_ID(struct product_view, id), \
    JSON_TEXT(struct product_view, title), \
    JSON_TEXT(struct product_view, slug), \
    JSON_TEXT(struct product_view, short_code), \
    JSON_ENUM(struct product_view, status, &goods_status_words), \
    JSON_ENUM(struct product_view, condition, &goods_condition_words), \
    JSON_TEXT(struct product_view, cover_url, .max = 4096, .flags = JSON_NULLABLE), \
    JSON_TEXT(struct product_view, currency), \
    JSON_INTEGER(struct product_view, stock, .min = 0, .max = STOCK_MAX, .help = "Free pieces: neither sold nor held for an auction"), \
    JSON_BOOLEAN(struct product_view, is_featured), \
    JSON_INTEGER(struct product_view, view_count), \
    JSON_OBJECT(struct product_view, seller, struct seller_view, &seller_view), \
    JSON_INSTANT(struct product_view, created_at), \
    JSON_INSTANT(struct product_view, published_at, .flags = JSON_NULLABLE)

static const struct json_field card_fields[] = {CARD_FIELDS};
static const struct json_type card_type = JSON_TYPE("ProductCard", struct product_view, card_fields);

static const struct json_field view_fields[] = {
    CARD_FIELDS,
    JSON_TEXT(struct product_view, description, .max = DESCRIPTION_MAX, .flags = JSON_MULTILINE),
    JSON_OBJECT(struct product_view, category, struct category_brief, &category_brief, .flags = JSON_NULLABLE),
    JSON_OBJECTS(struct product_view, images, &image_view, .max = IMAGES_MAX),
    JSON_TEXT(struct product_view, video_url, .max = URL_MAX, .flags = JSON_NULLABLE),
    JSON_OBJECTS(struct product_view, specifications, &specification_type, .max = SPECIFICATIONS_MAX),
    JSON_OBJECT(struct product_view, shipping, struct shipping, &shipping_type),
    JSON_INTEGER(struct product_view, held_count, .min = 0, .max = STOCK_MAX, .flags = JSON_OMITTED, .help = "For the owner: held for auctions"),
    JSON_INTEGER(struct product_view, sold_count, .min = 0, .max = INT64_MAX, .flags = JSON_OMITTED, .help = "For the owner"),
    JSON_INTEGER(struct product_view, low_stock_at, .min = 0, .max = STOCK_MAX, .flags = JSON_OMITTED, .help = "For the owner"),
    JSON_TEXT(struct product_view, takedown_reason, .max = 1000, .flags = JSON_OMITTED | JSON_MULTILINE, .help = "Why a moderator took it down; for its owner"),
    JSON_INSTANT(struct product_view, updated_at),
};
static const struct json_type view_type = JSON_TYPE("Product", struct product_view, view_fields);

static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct product_page, items, &card_type, .max = PRODUCT_LIMIT_MAX),
    JSON_TEXT(struct product_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_RAW(struct product_page, total, .flags = JSON_OMITTED, .help = "Number of all, 1000 at most; with with_total"),
};
static const struct json_type page_type = JSON_TYPE("ProductPage", struct product_page, page_fields);

static const struct json_field movement_fields[] = {
    JSON_ID(struct movement_row, id),
    JSON_ENUM(struct movement_row, kind, &stock_kind_words),
    JSON_INTEGER(struct movement_row, free_delta, .min = -STOCK_MAX, .max = STOCK_MAX),
    JSON_INTEGER(struct movement_row, held_delta, .min = -STOCK_MAX, .max = STOCK_MAX),
    JSON_INTEGER(struct movement_row, stock_after, .min = 0, .max = STOCK_MAX),
    JSON_ID(struct movement_row, holder_id, .flags = JSON_NULLABLE, .help = "The auction"),
    JSON_ID(struct movement_row, actor_id, .flags = JSON_NULLABLE, .help = "Who did it; null: the program"),
    JSON_TEXT(struct movement_row, note, .max = NOTE_MAX),
    JSON_INSTANT(struct movement_row, created_at),
};
static const struct json_type movement_type = JSON_TYPE("StockMovement", struct movement_row, movement_fields);

static const struct json_field movement_page_fields[] = {
    JSON_OBJECTS(struct movement_page, items, &movement_type, .max = PRODUCT_LIMIT_MAX),
    JSON_ID(struct movement_page, next_cursor, .flags = JSON_NULLABLE),
};
static const struct json_type movement_page = JSON_TYPE("StockMovementPage", struct movement_page, movement_page_fields);

/* --- inputs --- */

static const struct json_field image_draft_fields[] = {
    JSON_ID(struct image_draft, upload_id, .help = "A finished upload with the purpose image"),
    JSON_ID(struct image_draft, image_id, .help = "Instead: one that the product has, to keep it"),
    JSON_TEXT(struct image_draft, alt, .max = ALT_MAX, .flags = JSON_TRIMMED, .help = "What it shows, for who cannot see it"),
};
static const struct json_type image_draft = JSON_TYPE("ProductImageDraft", struct image_draft, image_draft_fields);

static bool is_https_url(struct str text)
{
    return str_starts_with(text, STR("https://")) && json_format_http_url.is_valid(text);
}
static const struct json_format https_format = {
    .name = "https-uri", .pattern = "^https://[^/?#@]+([/?#]|$)", .message = "must be an https address", .is_valid = is_https_url};

#define TITLE_FIELD(flags_) JSON_TEXT(struct product_draft, title, .min = TITLE_MIN, .max = TITLE_MAX, .flags = JSON_TRIMMED | (flags_))
#define CONDITION_FIELD(flags_) JSON_ENUM(struct product_draft, condition, &goods_condition_words, .flags = (flags_))
#define CURRENCY_FIELD(flags_) JSON_TEXT(struct product_draft, currency, .min = 3, .max = 3, .format = &json_format_currency, .flags = (flags_), .help = "That of its auctions")
#define DRAFT_FIELDS \
    JSON_TEXT(struct product_draft, description, .max = DESCRIPTION_MAX, .flags = JSON_MULTILINE | JSON_TRIMMED), \
    JSON_TEXT(struct product_draft, category, .max = 80, .flags = JSON_NULLABLE, .help = "Id or slug"), \
    JSON_OBJECTS(struct product_draft, images, &image_draft, .max = IMAGES_MAX, .help = "In their order; the first is the cover. Those that are left out go"), \
    JSON_TEXT(struct product_draft, video_url, .max = URL_MAX, .format = &https_format, .flags = JSON_NULLABLE, .help = "Where a video of it can be seen; it is not fetched"), \
    JSON_OBJECTS(struct product_draft, specifications, &specification_type, .max = SPECIFICATIONS_MAX), \
    JSON_OBJECT(struct product_draft, shipping, struct shipping, &shipping_draft), \
    JSON_INTEGER(struct product_draft, low_stock_at, .min = 0, .max = STOCK_MAX, .help = "So many or fewer free pieces are a low stock; 0: never")

static const struct json_field create_fields[] = {
    TITLE_FIELD(JSON_REQUIRED), CONDITION_FIELD(JSON_REQUIRED), CURRENCY_FIELD(JSON_REQUIRED), DRAFT_FIELDS,
    JSON_INTEGER(struct product_draft, stock, .min = 0, .max = STOCK_MAX, .fallback = 1, .help = "Pieces; later by /stock"),
};
static const struct json_type create_body = JSON_TYPE("ProductDraft", struct product_draft, create_fields);

static const struct json_field patch_fields[] = {TITLE_FIELD(0), CONDITION_FIELD(0), CURRENCY_FIELD(0), DRAFT_FIELDS};
const struct json_type product_patch_body = JSON_TYPE("ProductPatch", struct product_draft, patch_fields, JSON_PRESENCE(struct product_draft));

static const struct json_field stock_fields[] = {
    JSON_ENUM(struct stock_request, kind, &stock_request_words, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct stock_request, quantity, .min = 0, .max = STOCK_MAX, .flags = JSON_REQUIRED, .help = "Pieces that come or go; of an adjustment what was counted: free pieces"),
    JSON_TEXT(struct stock_request, note, .max = NOTE_MAX, .flags = JSON_TRIMMED),
};
static const struct json_type stock_body = JSON_TYPE("StockChange", struct stock_request, stock_fields);

static const struct json_field query_fields[] = {
    JSON_TEXT(struct product_query, category, .max = 80, .help = "Id or slug; with all that lies below it"),
    JSON_TEXT(struct product_query, seller, .max = 80, .help = "Id or user name"),
    JSON_ENUM(struct product_query, status, &product_list_status_words, .fallback = LIST_ACTIVE),
    JSON_ENUM(struct product_query, condition, &goods_condition_words, .fallback = -1),
    {.name = "featured", .kind = JSON_KIND_BOOL, .offset = OFFSET_OF(struct product_query, is_featured, bool), .help = "Only those"},
    JSON_TEXT(struct product_query, q, .max = 200, .help = "Words of title, category, specifications, description"),
    JSON_ENUM(struct product_query, sort, &product_sort_words, .fallback = CATALOG_NEWEST),
    JSON_TEXT(struct product_query, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct product_query, limit, .min = 1, .max = PRODUCT_LIMIT_MAX, .fallback = 20),
    JSON_BOOLEAN(struct product_query, with_total),
};
static const struct json_type product_query = JSON_TYPE("ProductQuery", struct product_query, query_fields);

static const struct json_field own_fields[] = {
    JSON_ENUM(struct own_query, status, &goods_status_words, .fallback = -1),
    JSON_ID(struct own_query, cursor, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct own_query, limit, .min = 1, .max = PRODUCT_LIMIT_MAX, .fallback = 20),
};
static const struct json_type own_query = JSON_TYPE("OwnProductQuery", struct own_query, own_fields);

static const struct json_field pages_fields[] = {
    JSON_ID(struct own_query, cursor, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct own_query, limit, .min = 1, .max = PRODUCT_LIMIT_MAX, .fallback = 20),
};
static const struct json_type pages_query = JSON_TYPE("ProductPagesQuery", struct own_query, pages_fields);

struct view_reply {
    bool counted;
};
static const struct json_field view_reply_fields[] = {JSON_BOOLEAN(struct view_reply, counted)};
static const struct json_type view_reply = JSON_TYPE("ProductViewReply", struct view_reply, view_reply_fields);
/* clang-format on */

/* --- handlers --- */

struct error *goods_check_match(struct ctx *cx, void *call, struct id id, int64_t version)
{
    return call_check_match(cx, call, id, version);
}

static struct str key_of(const struct call *call)
{
    return PATH(call, struct goods_path, product_path)->key;
}

static struct error *reply_product(struct ctx *cx, struct call *call, struct str key)
{
    struct product_view view = {.id = ID_NONE};
    TRY(goods_load_view(cx, key, &view));
    call_set_etag(cx, call, view.id, view.tag);
    return call_reply(cx, call, &view);
}

static struct error *render_created(struct ctx *cx, struct call *call, struct id result_id)
{
    struct str key = id_str(cx->arena, result_id);
    call_set_location(cx, call, "/api/v1/products/%" STR_FMT, STR_ARG(key));
    return reply_product(cx, call, key);
}

static struct error *create_product(struct ctx *cx, struct call *call)
{
    struct id id = ID_NONE;
    TRY(goods_create_product(cx, BODY(call, struct product_draft, create_body), &id));
    return render_created(cx, call, id);
}

static struct error *read_product(struct ctx *cx, struct call *call)
{
    return reply_product(cx, call, key_of(call));
}

static struct error *patch_product(struct ctx *cx, struct call *call)
{
    TRY(goods_patch_product(cx, key_of(call), BODY(call, struct product_draft, product_patch_body),
                            (struct goods_match){goods_check_match, call}));
    return reply_product(cx, call, key_of(call));
}

static struct error *delete_product(struct ctx *cx, struct call *call)
{
    TRY(goods_delete_product(cx, key_of(call), (struct goods_match){goods_check_match, call}));
    return call_reply_empty(cx, call);
}

static struct error *publish_product(struct ctx *cx, struct call *call)
{
    TRY(goods_publish_product(cx, key_of(call)));
    return reply_product(cx, call, key_of(call));
}

static struct error *withdraw_product(struct ctx *cx, struct call *call)
{
    TRY(goods_withdraw_product(cx, key_of(call)));
    return reply_product(cx, call, key_of(call));
}

static struct error *feature_product(struct ctx *cx, struct call *call)
{
    TRY(goods_mark_product(cx, key_of(call), GOODS_FEATURED));
    return call_reply_empty(cx, call);
}

static struct error *unfeature_product(struct ctx *cx, struct call *call)
{
    TRY(goods_mark_product(cx, key_of(call), GOODS_NOT_FEATURED));
    return call_reply_empty(cx, call);
}

static struct error *report_product(struct ctx *cx, struct call *call)
{
    TRY(goods_report_product(cx, key_of(call), *BODY(call, struct catalog_complaint, catalog_report_body)));
    return call_reply_empty(cx, call);
}

static struct error *count_view(struct ctx *cx, struct call *call)
{
    struct view_reply reply = {false};
    TRY(goods_count_view(cx, key_of(call), &reply.counted));
    return call_reply(cx, call, &reply);
}

static struct error *list_products(struct ctx *cx, struct call *call)
{
    struct product_page page = {0};
    TRY(goods_list_products(cx, QUERY(call, struct product_query, product_query), &page));
    return call_reply(cx, call, &page);
}

static struct error *list_own(struct ctx *cx, struct call *call)
{
    struct product_page page = {0};
    TRY(goods_list_own(cx, QUERY(call, struct own_query, own_query), OWN_ALL, &page));
    return call_reply(cx, call, &page);
}

static struct error *list_low(struct ctx *cx, struct call *call)
{
    struct product_page page = {0};
    TRY(goods_list_own(cx, QUERY(call, struct own_query, pages_query), OWN_LOW, &page));
    return call_reply(cx, call, &page);
}

static struct error *change_stock(struct ctx *cx, struct call *call)
{
    TRY(goods_change_stock(cx, key_of(call), BODY(call, struct stock_request, stock_body)));
    return reply_product(cx, call, key_of(call));
}

static struct error *list_movements(struct ctx *cx, struct call *call)
{
    const struct own_query *query = QUERY(call, struct own_query, pages_query);
    struct movement_page page = {.items = {0}};
    TRY(goods_list_movements(cx, key_of(call), query->cursor, query->limit, &page));
    return call_reply(cx, call, &page);
}

/* clang-format off */
static const struct reason *const change_reasons[] = {&goods_sold, &goods_in_auction, &goods_not_publishable, NULL};
static const struct reason *const delete_reasons[] = {&goods_sold, &goods_in_auction, NULL};
static const struct reason *const publish_reasons[] = {&goods_not_publishable, &goods_sold, NULL};
static const struct reason *const stock_reasons[] = {&goods_out_of_stock, &goods_sold, NULL};
static const struct reason *const category_reasons[] = {&goods_slug_taken, &goods_category_circle, NULL};
static const struct reason *const category_delete_reasons[] = {&goods_category_used, NULL};

const struct route goods_routes[GOODS_ROUTES] = {
    ROUTE(POST,   "/api/v1/products",                       create_product,    ROUTE_MAY(ITEM_PUBLISH), .body = &create_body, .reply = &view_type, .status = 201, .max_body_len = DRAFT_BYTES, .idempotency = IDEMPOTENCY_OPTIONAL, .render = render_created, .summary = "Make a draft of something physical"),
    ROUTE(GET,    "/api/v1/products",                       list_products,     ROUTE_ANYONE, .query = &product_query, .reply = &page_type, .summary = "Public products"),
    ROUTE(GET,    "/api/v1/products/{key}",                 read_product,      ROUTE_ANYONE, .path_type = &product_path, .reply = &view_type, .summary = "One product"),
    ROUTE(PATCH,  "/api/v1/products/{key}",                 patch_product,     ROUTE_MAY(ITEM_PUBLISH), .path_type = &product_path, .body = &product_patch_body, .reply = &view_type, .max_body_len = DRAFT_BYTES, .reasons = change_reasons, .summary = "Change an own product"),
    ROUTE(DELETE, "/api/v1/products/{key}",                 delete_product,    ROUTE_MAY(ITEM_PUBLISH), .path_type = &product_path, .reasons = delete_reasons, .summary = "Delete an own product"),
    ROUTE(POST,   "/api/v1/products/{key}/publish",         publish_product,   ROUTE_MAY(ITEM_PUBLISH), .path_type = &product_path, .reply = &view_type, .reasons = publish_reasons, .summary = "Make it public; 409 lists all that is missing"),
    ROUTE(POST,   "/api/v1/products/{key}/withdraw",        withdraw_product,  ROUTE_MAY(ITEM_PUBLISH), .path_type = &product_path, .reply = &view_type, .reasons = delete_reasons, .summary = "Take it back: cancelled until it is published again"),
    ROUTE(PUT,    "/api/v1/products/{key}/featured",        feature_product,   ROUTE_MAY(ITEM_ADMIN), .path_type = &product_path, .summary = "Feature it; may be said again"),
    ROUTE(DELETE, "/api/v1/products/{key}/featured",        unfeature_product, ROUTE_MAY(ITEM_ADMIN), .path_type = &product_path, .summary = "Feature it no more; may be said again"),
    ROUTE(POST,   "/api/v1/products/{key}/views",           count_view,        ROUTE_ANYONE, .path_type = &product_path, .reply = &view_reply, .summary = "Count a view: once a viewer and hour, not the owner's"),
    ROUTE(POST,   "/api/v1/products/{key}/reports",         report_product,    ROUTE_MAY(ITEM_REPORT), .path_type = &product_path, .body = &catalog_report_body, .summary = "Report it to the moderators"),
    ROUTE(POST,   "/api/v1/products/{key}/stock",           change_stock,      ROUTE_MAY(ITEM_PUBLISH), .path_type = &product_path, .body = &stock_body, .reply = &view_type, .reasons = stock_reasons, .summary = "Pieces come, go, or were counted"),
    ROUTE(GET,    "/api/v1/products/{key}/stock/movements", list_movements,    ROUTE_MAY(ITEM_PUBLISH), .path_type = &product_path, .query = &pages_query, .reply = &movement_page, .summary = "Every change of its stock, newest first"),
    ROUTE(GET,    "/api/v1/me/products",                    list_own,          ROUTE_MAY(ITEM_PUBLISH), .query = &own_query, .reply = &page_type, .summary = "Own products of any status, newest first"),
    ROUTE(GET,    "/api/v1/me/products/low-stock",          list_low,          ROUTE_MAY(ITEM_PUBLISH), .query = &pages_query, .reply = &page_type, .summary = "Own products of which few are left"),
    ROUTE(GET,    "/api/v1/categories",                     category_list,     ROUTE_ANYONE, .reply = &category_list_type, .summary = "The tree of categories"),
    ROUTE(POST,   "/api/v1/categories",                     category_create,   ROUTE_MAY(CATEGORY_ADMIN), .body = &category_body, .reply = &category_view_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = category_render, .reasons = category_reasons, .summary = "Add a category"),
    ROUTE(POST,   "/api/v1/categories/bulk",                category_bulk,     ROUTE_MAY(CATEGORY_ADMIN), .body = &category_bulk_body, .reply = &category_list_type, .reasons = category_reasons, .summary = "Change many categories at once; all or none"),
    ROUTE(GET,    "/api/v1/categories/{key}",               category_read,     ROUTE_ANYONE, .path_type = &category_path, .reply = &category_view_type, .summary = "One category"),
    ROUTE(PATCH,  "/api/v1/categories/{key}",               category_patch,    ROUTE_MAY(CATEGORY_ADMIN), .path_type = &category_path, .body = &category_patch_body, .reply = &category_view_type, .reasons = category_reasons, .summary = "Change a category"),
    ROUTE(POST,   "/api/v1/categories/{key}/move",          category_move,     ROUTE_MAY(CATEGORY_ADMIN), .path_type = &category_path, .body = &category_move_body, .reply = &category_view_type, .reasons = category_reasons, .summary = "Hang it elsewhere, with all that lies below it"),
    ROUTE(DELETE, "/api/v1/categories/{key}",               category_delete,   ROUTE_MAY(CATEGORY_ADMIN), .path_type = &category_path, .reasons = category_delete_reasons, .summary = "Delete a category that nothing uses"),
};
/* clang-format on */
