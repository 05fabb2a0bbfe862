/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Favourites. */
#include "modules/social/social_service.h"

#include "base/json/json_write.h"
#include "base/text/encode.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"

#include "modules/catalog/catalog.h"
#include "modules/social/social_repo.h"

enum { MAX_EXPORT_BYTES = 8 << 20 };

/* Here and not beside the handlers, because it shows cards of the catalogue. */
/* clang-format off */
static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct favorite_page, items, &catalog_card_type),
    JSON_TEXT(struct favorite_page, next_cursor, .flags = JSON_NULLABLE),
};
const struct json_type favorite_page_type = JSON_TYPE("FavoritePage", struct favorite_page, page_fields);
/* clang-format on */

/* --- marking --- */

typedef struct error *(*mark_fn)(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_changed);

struct marking {
    struct id spec_id;
    int64_t version;
    mark_fn mark;
    const struct event_type *event;
};

static struct error *add(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_changed)
{
    return social_repo_insert(cx, tx, cx->caller->account_id, spec_id, clock_now(cx), ret_changed);
}

static struct error *take_away(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_changed)
{
    return social_repo_delete(cx, tx, cx->caller->account_id, spec_id, ret_changed);
}

static struct error *mark(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct marking *marking = arg;
    bool is_changed = false;
    TRY(marking->mark(cx, tx, marking->spec_id, &is_changed));
    if (!is_changed)
        return NULL;
    struct social_favorite_event event = {.spec_id = marking->spec_id, .account_id = cx->caller->account_id};
    return outbox_write(cx, tx, marking->event, marking->spec_id, marking->version, &event);
}

static struct error *mark_visible(struct ctx *cx, struct str key, mark_fn how, const struct event_type *event)
{
    struct catalog_spec spec = {0};
    TRY(catalog_load_visible_spec(cx, key, &spec));
    struct marking marking = {.spec_id = spec.id, .version = spec.version, .mark = how, .event = event};
    return db_transact(cx, TX_WRITE, mark, &marking);
}

struct error *social_add_favorite(struct ctx *cx, struct str key)
{
    return mark_visible(cx, key, add, &social_favorite_added);
}

struct error *social_remove_favorite(struct ctx *cx, struct str key)
{
    return mark_visible(cx, key, take_away, &social_favorite_removed);
}

/* --- listing --- */

struct error *social_list_favorites(struct ctx *cx, const struct favorite_query *query,
                                    struct favorite_page *ret_page)
{
    struct page_key after;
    struct array rows = {0};
    TRY(page_key_parse(cx, query->cursor, &after));
    TRY(social_repo_list(cx, cx->caller->account_id, &after, query->limit + 1, &rows));
    bool has_more = rows.count > (size_t)query->limit;
    size_t count = has_more ? (size_t)query->limit : rows.count;
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = ARRAY_AT(struct favorite_row, rows, i)->spec_id;
    *ret_page = (struct favorite_page){0};
    if (has_more) {
        const struct favorite_row *last = ARRAY_AT(struct favorite_row, rows, count - 1);
        ret_page->next_cursor = page_key_format(cx->arena, last->created_at, last->spec_id);
    }
    return catalog_list_cards(cx, ids, count, &ret_page->items);
}

/* --- what goes --- */

struct error *social_forget_spec(struct ctx *cx, struct tx *tx, struct id spec_id)
{
    struct catalog_spec spec = {0};
    bool is_found = false;
    TRY(catalog_find_spec(cx, tx, spec_id, &spec, &is_found));
    return is_found ? NULL : social_repo_delete_of_spec(cx, tx, spec_id);
}

struct error *social_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct array ids = {0};
    struct strbuf out;
    struct json_writer writer;
    TRY(social_repo_list_specs(cx, NULL, account_id, &ids));
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("favorites"));
    json_begin_array(&writer);
    for (size_t i = 0; i < ids.count; i++)
        json_put_id(&writer, *ARRAY_AT(struct id, ids, i));
    json_end_array(&writer);
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "there are too many favourites for one document");
    *ret_json = strbuf_str(&out);
    return NULL;
}

struct error *social_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    struct array ids = {0};
    TRY(social_repo_list_specs(cx, tx, account_id, &ids));
    for (size_t i = 0; i < ids.count; i++) {
        struct social_favorite_event event = {.spec_id = *ARRAY_AT(struct id, ids, i),
                                              .account_id = account_id};
        TRY(outbox_write(cx, tx, &social_favorite_removed, event.spec_id, 0, &event));
    }
    return social_repo_delete_of_account(cx, tx, account_id);
}
