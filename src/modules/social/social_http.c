/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of social. */
#include "modules/social/social_http.h"

#include "modules/social/social_service.h"

struct favorite_path {
    struct str key;
};

/* clang-format off */
static const struct json_field path_fields[] = {
    JSON_TEXT(struct favorite_path, key, .min = 1, .max = 80, .flags = JSON_REQUIRED, .help = "Id, short code or slug"),
};
static const struct json_type favorite_path = JSON_TYPE("FavoritePath", struct favorite_path, path_fields);

static const struct json_field query_fields[] = {
    JSON_TEXT(struct favorite_query, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct favorite_query, limit, .min = 1, .max = 100, .fallback = 20),
};
static const struct json_type favorite_query = JSON_TYPE("FavoriteQuery", struct favorite_query, query_fields);
/* clang-format on */

static struct error *put_favorite(struct ctx *cx, struct call *call)
{
    TRY(social_add_favorite(cx, PATH(call, struct favorite_path, favorite_path)->key));
    return call_reply_empty(cx, call);
}

static struct error *delete_favorite(struct ctx *cx, struct call *call)
{
    TRY(social_remove_favorite(cx, PATH(call, struct favorite_path, favorite_path)->key));
    return call_reply_empty(cx, call);
}

static struct error *list_favorites(struct ctx *cx, struct call *call)
{
    struct favorite_page page = {0};
    TRY(social_list_favorites(cx, QUERY(call, struct favorite_query, favorite_query), &page));
    return call_reply(cx, call, &page);
}

/* clang-format off */
const struct route social_routes[SOCIAL_ROUTES] = {
    ROUTE(PUT,    "/api/v1/specs/{key}/favorite", put_favorite,    ROUTE_MAY(ITEM_FAVOUR), .path_type = &favorite_path, .summary = "Mark a spec; may be said again"),
    ROUTE(DELETE, "/api/v1/specs/{key}/favorite", delete_favorite, ROUTE_MAY(ITEM_FAVOUR), .path_type = &favorite_path, .summary = "Take the mark away; may be said again"),
    ROUTE(GET,    "/api/v1/me/favorites",         list_favorites,  ROUTE_MEMBER, .query = &favorite_query, .reply = &favorite_page_type, .summary = "Own favourites, newest first"),
};
/* clang-format on */
