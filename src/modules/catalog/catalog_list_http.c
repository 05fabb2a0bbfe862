/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Handlers of lists, dictionaries and moderation. */
#include "modules/catalog/catalog_http.h"

/* --- lists --- */

/* Numbers that were not given are below any that could be. */
static struct spec_query given(const struct spec_query *query, const struct json_type *type)
{
    struct spec_query copy = *query;
    const struct {
        size_t offset;
        int64_t *number;
    } numbers[] = {
        {offsetof(struct spec_query, price_min), &copy.price_min},
        {offsetof(struct spec_query, price_max), &copy.price_max},
        {offsetof(struct spec_query, duration_min), &copy.duration_min},
        {offsetof(struct spec_query, duration_max), &copy.duration_max},
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!json_was_present(type, query, numbers[i].offset))
            *numbers[i].number = -1;
    return copy;
}

static struct error *reply_list(struct ctx *cx, struct call *call, const struct spec_query *query)
{
    struct str json = STR_NONE;
    TRY(catalog_read_list(cx, query, call->route->reply, &json));
    return call_reply_encoded(cx, call, json);
}

struct error *spec_list(struct ctx *cx, struct call *call)
{
    struct spec_query query = given(QUERY(call, struct spec_query, spec_list_query), &spec_list_query);
    return reply_list(cx, call, &query);
}

struct error *track_list(struct ctx *cx, struct call *call)
{
    return spec_list(cx, call);
}

/* clang-format off */
static const struct json_field user_fields[] = {JSON_TEXT(struct user_path, user, .min = 1, .max = 64, .flags = JSON_REQUIRED, .help = "Id or user name")};
const struct json_type user_specs_path = JSON_TYPE("UserSpecsPath", struct user_path, user_fields);
/* clang-format on */

struct error *spec_list_of_user(struct ctx *cx, struct call *call)
{
    struct spec_query query = given(QUERY(call, struct spec_query, user_list_query), &user_list_query);
    query.producer = PATH(call, struct user_path, user_specs_path)->user;
    return reply_list(cx, call, &query);
}

static const struct spec_query anything = {
    .category = -1, .key = -1, .price_min = -1, .price_max = -1, .duration_min = -1, .duration_max = -1};

struct error *spec_list_own(struct ctx *cx, struct call *call)
{
    const struct spec_query *asked = QUERY(call, struct spec_query, own_list_query);
    struct spec_query query = anything;
    struct spec_page page = {0};
    query.cursor = asked->cursor;
    query.limit = asked->limit;
    query.page = asked->page;
    query.with_total = asked->with_total;
    TRY(catalog_list_own(cx, &query, &page));
    return call_reply(cx, call, &page);
}

/* --- dictionaries --- */

struct genre_list {
    struct array items;
};
struct word_list {
    struct array items; /* of struct str */
};

/* clang-format off */
static const struct json_field genre_fields[] = {
    JSON_ID(struct genre_view, id),
    JSON_TEXT(struct genre_view, slug),
    JSON_TEXT(struct genre_view, name),
};
static const struct json_type genre_type = JSON_TYPE("Genre", struct genre_view, genre_fields);
static const struct json_field genre_list_fields[] = {JSON_OBJECTS(struct genre_list, items, &genre_type, .max = 1000)};
const struct json_type genre_list_type = JSON_TYPE("GenreList", struct genre_list, genre_list_fields);

static const struct json_field word_list_fields[] = {JSON_ARRAY(struct word_list, items, JSON_KIND_TEXT)};
const struct json_type word_list_type = JSON_TYPE("WordList", struct word_list, word_list_fields);
/* clang-format on */

struct error *genre_list(struct ctx *cx, struct call *call)
{
    struct genre_list list = {0};
    TRY(catalog_list_genres(cx, &list.items));
    return call_reply(cx, call, &list);
}

static struct error *reply_words(struct ctx *cx, struct call *call, const struct enum_table *table)
{
    struct str *words = ARENA_ARRAY(cx->arena, struct str, table->count);
    for (size_t i = 0; i < table->count; i++)
        words[i] = enum_word(table, (int)i);
    struct word_list list = {.items = {words, table->count}};
    return call_reply(cx, call, &list);
}

struct error *mood_list(struct ctx *cx, struct call *call)
{
    return reply_words(cx, call, &catalog_mood_words);
}

struct error *instrument_list(struct ctx *cx, struct call *call)
{
    return reply_words(cx, call, &catalog_instrument_words);
}

struct error *key_list(struct ctx *cx, struct call *call)
{
    return reply_words(cx, call, &catalog_key_words);
}

/* --- moderation --- */

struct report_query {
    struct str cursor;
    int64_t limit;
};

/* clang-format off */
static const struct json_field report_body_fields[] = {
    JSON_ENUM(struct catalog_complaint, reason, &catalog_report_reason_words, .flags = JSON_REQUIRED),
    JSON_TEXT(struct catalog_complaint, message, .max = 1000, .flags = JSON_TRIMMED | JSON_MULTILINE),
};
const struct json_type catalog_report_body = JSON_TYPE("ReportInput", struct catalog_complaint, report_body_fields);

static const struct json_field report_query_fields[] = {
    JSON_TEXT(struct report_query, cursor, .max = 64),
    JSON_INTEGER(struct report_query, limit, .min = 1, .max = 100, .fallback = 20),
};
const struct json_type report_list_query = JSON_TYPE("ReportQuery", struct report_query, report_query_fields);

static const struct json_field report_fields[] = {
    JSON_ID(struct report_row, id),
    JSON_ID(struct report_row, item_id),
    JSON_ENUM(struct report_row, kind, &catalog_kind_words),
    JSON_ID(struct report_row, auction_id, .flags = JSON_NULLABLE, .help = "The auction of it that was reported; null: the item itself"),
    JSON_TEXT(struct report_row, title),
    JSON_TEXT(struct report_row, slug),
    JSON_TEXT(struct report_row, short_code),
    JSON_ENUM(struct report_row, status, &catalog_status_words),
    JSON_ID(struct report_row, owner_id),
    JSON_TEXT(struct report_row, owner_name),
    JSON_ID(struct report_row, reporter_id),
    JSON_ENUM(struct report_row, reason, &catalog_report_reason_words),
    JSON_TEXT(struct report_row, message, .max = 1000, .flags = JSON_MULTILINE),
    JSON_INSTANT(struct report_row, created_at),
};
static const struct json_type report_type = JSON_TYPE("Report", struct report_row, report_fields);

static const struct json_field report_page_fields[] = {
    JSON_OBJECTS(struct report_page, items, &report_type),
    JSON_TEXT(struct report_page, next_cursor, .flags = JSON_NULLABLE),
};
const struct json_type report_page_type = JSON_TYPE("ReportPage", struct report_page, report_page_fields);
/* clang-format on */

static struct str key_of(const struct call *call)
{
    return PATH(call, struct spec_path, spec_path)->key;
}

struct error *spec_report(struct ctx *cx, struct call *call)
{
    TRY(catalog_report_spec(cx, key_of(call), *BODY(call, struct catalog_complaint, catalog_report_body)));
    return call_reply_empty(cx, call);
}

struct error *report_list(struct ctx *cx, struct call *call)
{
    const struct report_query *query = QUERY(call, struct report_query, report_list_query);
    struct report_page page = {0};
    TRY(catalog_list_reports(cx, query->cursor, query->limit, &page));
    return call_reply(cx, call, &page);
}

struct error *item_take_down(struct ctx *cx, struct call *call)
{
    TRY(catalog_take_down(cx, key_of(call), BODY(call, struct reason_body, reason_body)->reason));
    return call_reply_empty(cx, call);
}

struct error *item_restore(struct ctx *cx, struct call *call)
{
    TRY(catalog_restore(cx, key_of(call)));
    return call_reply_empty(cx, call);
}
