/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of analytics. */
#include "modules/analytics/analytics_http.h"

#include "modules/analytics/analytics_service.h"

struct key_path {
    struct str key;
};
struct play_body {
    int64_t seconds;
};
struct play_reply {
    bool counted;
};
struct window_query {
    int64_t days;
};
struct top_list {
    struct array items;
};

/* clang-format off */
static const struct json_field path_fields[] = {
    JSON_TEXT(struct key_path, key, .min = 1, .max = 80, .flags = JSON_REQUIRED, .help = "Id, short code or slug"),
};
static const struct json_type key_path = JSON_TYPE("AnalyticsPath", struct key_path, path_fields);

static const struct json_field play_body_fields[] = {
    JSON_INTEGER(struct play_body, seconds, .min = 0, .max = 86400, .fallback = PLAY_SECONDS, .help = "How long it was heard"),
};
static const struct json_type play_body = JSON_TYPE("PlayInput", struct play_body, play_body_fields);

static const struct json_field play_reply_fields[] = {
    JSON_BOOLEAN(struct play_reply, counted, .help = "False: too short, or counted in this hour already"),
};
static const struct json_type play_reply = JSON_TYPE("Play", struct play_reply, play_reply_fields);

#define DAYS_FIELD(type_) JSON_INTEGER(type_, days, .min = 1, .max = MAX_DAYS, .fallback = 30, .help = "Length of the window, which ends today")
static const struct json_field window_fields[] = {DAYS_FIELD(struct window_query)};
static const struct json_type window_query = JSON_TYPE("AnalyticsWindow", struct window_query, window_fields);

static const struct json_field tally_fields[] = {
    JSON_INTEGER(struct tally, plays),
    JSON_INTEGER(struct tally, downloads),
    JSON_INTEGER(struct tally, favorites),
    JSON_INTEGER(struct tally, purchases),
};
static const struct json_type tally_type = JSON_TYPE("AnalyticsTally", struct tally, tally_fields);

static const struct json_field day_fields[] = {
    JSON_TEXT(struct day_view, date),
    JSON_INTEGER(struct day_view, plays),
    JSON_INTEGER(struct day_view, downloads),
    JSON_INTEGER(struct day_view, favorites),
    JSON_INTEGER(struct day_view, purchases),
};
static const struct json_type day_type = JSON_TYPE("AnalyticsDay", struct day_view, day_fields);

#define WINDOW_FIELDS                                                                                        \
    JSON_OBJECT(struct analytics_view, total, struct tally, &tally_type),                                    \
    JSON_ARRAY(struct analytics_view, revenue, JSON_KIND_MONEY, .help = "Of the window, one a currency"),    \
    JSON_OBJECTS(struct analytics_view, series, &day_type, .max = MAX_DAYS)

static const struct json_field spec_fields[] = {JSON_ID(struct analytics_view, spec_id), WINDOW_FIELDS};
static const struct json_type spec_analytics = JSON_TYPE("SpecAnalytics", struct analytics_view, spec_fields);
static const struct json_field overview_fields[] = {WINDOW_FIELDS};
static const struct json_type overview_type = JSON_TYPE("AnalyticsOverview", struct analytics_view, overview_fields);

static const struct json_field top_query_fields[] = {
    DAYS_FIELD(struct top_query),
    JSON_INTEGER(struct top_query, limit, .min = 1, .max = 100, .fallback = 5),
    JSON_ENUM(struct top_query, sort, &analytics_sort_words),
    JSON_TEXT(struct top_query, currency, .max = 3, .format = &json_format_currency, .help = "Needed to sort by revenue"),
};
static const struct json_type top_query = JSON_TYPE("TopSpecsQuery", struct top_query, top_query_fields);

static const struct json_field top_fields[] = {
    JSON_ID(struct top_view, spec_id),
    JSON_TEXT(struct top_view, title, .flags = JSON_NULLABLE),
    JSON_TEXT(struct top_view, slug, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct top_view, plays),
    JSON_INTEGER(struct top_view, downloads),
    JSON_INTEGER(struct top_view, favorites),
    JSON_INTEGER(struct top_view, purchases),
    JSON_MONEY(struct top_view, revenue, .flags = JSON_OMITTED, .help = "When sorted by it"),
};
static const struct json_type top_type = JSON_TYPE("TopSpec", struct top_view, top_fields);
static const struct json_field top_list_fields[] = {JSON_OBJECTS(struct top_list, items, &top_type)};
static const struct json_type top_list = JSON_TYPE("TopSpecs", struct top_list, top_list_fields);
/* clang-format on */

static struct error *post_play(struct ctx *cx, struct call *call)
{
    struct play_reply reply = {0};
    TRY(analytics_count_play(cx, PATH(call, struct key_path, key_path)->key,
                             BODY(call, struct play_body, play_body)->seconds, &reply.counted));
    return call_reply(cx, call, &reply);
}

static struct error *read_spec(struct ctx *cx, struct call *call)
{
    struct analytics_view view = {0};
    TRY(analytics_load_spec(cx, PATH(call, struct key_path, key_path)->key,
                            QUERY(call, struct window_query, window_query)->days, &view));
    return call_reply(cx, call, &view);
}

static struct error *read_overview(struct ctx *cx, struct call *call)
{
    struct analytics_view view = {0};
    TRY(analytics_load_overview(cx, QUERY(call, struct window_query, window_query)->days, &view));
    return call_reply(cx, call, &view);
}

static struct error *list_top(struct ctx *cx, struct call *call)
{
    struct top_list list = {0};
    TRY(analytics_list_top(cx, QUERY(call, struct top_query, top_query), &list.items));
    return call_reply(cx, call, &list);
}

/* clang-format off */
const struct route analytics_routes[ANALYTICS_ROUTES] = {
    ROUTE(POST, "/api/v1/specs/{key}/plays",     post_play,     ROUTE_ANYONE, .path_type = &key_path, .body = &play_body, .reply = &play_reply, .summary = "Count a play: 30 s heard, once a listener and hour"),
    ROUTE(GET,  "/api/v1/specs/{key}/analytics", read_spec,     ROUTE_MEMBER, .path_type = &key_path, .query = &window_query, .reply = &spec_analytics, .summary = "Numbers of an own spec"),
    ROUTE(GET,  "/api/v1/analytics/overview",    read_overview, ROUTE_MEMBER, .query = &window_query, .reply = &overview_type, .summary = "Numbers of all own specs together"),
    ROUTE(GET,  "/api/v1/analytics/top-specs",   list_top,      ROUTE_MEMBER, .query = &top_query, .reply = &top_list, .summary = "The best of the own specs"),
};
/* clang-format on */
