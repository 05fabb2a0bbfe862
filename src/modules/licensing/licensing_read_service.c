/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Licences as people see them: the buyer's list, one licence, the public check of a key. */
#include "base/json/json_read.h"
#include "base/text/encode.h"

#include "platform/clock/clock.h"

#include "modules/licensing/licensing_service.h"

struct licensing_state *licensing_state_of(const struct ctx *cx)
{
    return module_state(cx, &licensing_module);
}

/* --- the JSON that a licence keeps --- */

struct text_list {
    struct array items;
};
struct kind_list {
    struct array items;
};

/* clang-format off */
static const struct json_field text_fields[] = {
    JSON_ARRAY(struct text_list, items, JSON_KIND_TEXT, .max = 100, .item_max = 500),
};
static const struct json_type text_list = JSON_TYPE("LicenseTexts", struct text_list, text_fields);

static const struct json_field kind_fields[] = {
    JSON_ARRAY(struct kind_list, items, JSON_KIND_ENUM, .values = &license_file_kind_words),
};
static const struct json_type kind_list = JSON_TYPE("LicenseKinds", struct kind_list, kind_fields);
/* clang-format on */

static struct str as_items(struct ctx *cx, struct str json)
{
    return arena_printf(cx->arena, "{\"items\":%" STR_FMT "}", STR_ARG(json));
}

struct array licensing_read_texts(struct ctx *cx, struct str json)
{
    struct text_list list;
    struct error *error = json_decode(cx->arena, &text_list, as_items(cx, json), &list);
    return error == NULL ? list.items : (struct array){NULL, 0};
}

struct array licensing_read_kinds(struct ctx *cx, struct str json)
{
    struct kind_list list;
    struct error *error = json_decode(cx->arena, &kind_list, as_items(cx, json), &list);
    return error == NULL ? list.items : (struct array){NULL, 0};
}

struct money licensing_price(const struct license_row *license)
{
    struct money price = {.minor = license->price_minor};
    bool is_currency = currency_parse(license->currency, &price.currency);
    REQUIRE(is_currency);
    return price;
}

/* --- views --- */

bool licensing_is_party(const struct ctx *cx, const struct license_row *license)
{
    return caller_is(cx, license->buyer_id) || caller_is(cx, license->seller_id) ||
           caller_may(cx, PERMISSION_ORDER_ADMIN);
}

static struct license_view view_of(struct ctx *cx, const struct license_row *row)
{
    return (struct license_view){
        .id = row->id,
        .key = row->license_key,
        .order_id = row->order_id,
        .spec_id = row->spec_id,
        .spec_title = row->spec_title,
        .seller_id = row->seller_id,
        .buyer_id = row->buyer_id,
        .seller_name = row->seller_name,
        .buyer_name = row->buyer_name,
        .type = row->type,
        .option_name = row->option_name,
        .features = licensing_read_texts(cx, row->features),
        .file_types = licensing_read_kinds(cx, row->file_types),
        .terms = row->terms,
        .price = licensing_price(row),
        .issued_at = row->issued_at,
        .withdrawn_at = row->withdrawn_at,
        .withdrawn_reason = row->withdrawn_reason,
        .is_active = instant_is_none(row->withdrawn_at),
        .version = row->version,
    };
}

struct error *licensing_list(struct ctx *cx, const struct license_search *search, struct array *ret_views,
                             int64_t *ret_total)
{
    struct array rows = {0};
    struct license_filter filter = {
        .buyer_id = cx->caller->account_id,
        .type = search->type,
        .pattern = str_is_empty(search->q) ? STR_NONE : license_search_pattern(cx->arena, search->q),
        .after = search->cursor,
        .limit = search->limit,
        .offset = search->page > 1 ? (search->page - 1) * search->limit : 0,
    };
    TRY(licensing_repo_list(cx, &filter, &rows));
    struct license_view *views = ARENA_ARRAY(cx->arena, struct license_view, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        views[i] = view_of(cx, ARRAY_AT(struct license_row, rows, i));
    *ret_views = (struct array){views, rows.count};
    *ret_total = -1;
    return search->with_total ? licensing_repo_count(cx, &filter, ret_total) : NULL;
}

struct error *licensing_load(struct ctx *cx, struct id license_id, struct license_view *ret_view)
{
    struct license_row row = {0};
    bool is_found = false;
    TRY(licensing_repo_find(cx, NULL, license_id, &row, &is_found));
    if (!is_found || !licensing_is_party(cx, &row))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such licence");
    *ret_view = view_of(cx, &row);
    return NULL;
}

/* --- the public check --- */

struct str licensing_check_url(struct ctx *cx, struct str key)
{
    return arena_printf(cx->arena, "%" STR_FMT "/api/v1/license-checks/%" STR_FMT,
                        STR_ARG(cx->platform->public_url), STR_ARG(key));
}

struct error *licensing_check_key(struct ctx *cx, struct str key, struct license_check *ret_check)
{
    struct license_row row = {0};
    char text[LICENSE_KEY_CHARS];
    bool is_found = false;
    if (license_key_read(str_trim(key), text))
        TRY(licensing_repo_find_by_key(cx, str_from(text, sizeof(text)), &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "no licence was issued under this key");
    *ret_check = (struct license_check){
        .valid = instant_is_none(row.withdrawn_at),
        .key = row.license_key,
        .type = row.type,
        .option_name = row.option_name,
        .spec_title = row.spec_title,
        .licensee = row.buyer_name,
        .licensor = row.seller_name,
        .issued_at = row.issued_at,
        .withdrawn_at = row.withdrawn_at,
    };
    return NULL;
}
