/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What happens to an account's specs when it is renamed, exported or erased. */
#include "base/json/json_write.h"

#include "platform/cache/cache.h"
#include "platform/jobs/jobs.h"

#include "modules/catalog/catalog_service.h"

enum { MAX_EXPORT_BYTES = 16 << 20, EXPORT_BATCH = 100 };

/* --- the owner's name --- */

struct error *catalog_rename_owner(struct ctx *cx, struct tx *tx, struct id account_id,
                                   struct str display_name)
{
    struct array keys = {0};
    TRY(catalog_repo_rename_owner(cx, tx, account_id, display_name));
    TRY(catalog_repo_list_keys_of_owner(cx, tx, account_id, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        const struct item_keys *item = ARRAY_AT(struct item_keys, keys, i);
        catalog_forget(cx, tx, item->id, item->slug, item->short_code);
    }
    if (keys.count == 0)
        return NULL;
    cache_bump_all_on_commit(cx, tx, &catalog_list_space);
    /* The words that they are searched by follow: too much work for somebody who waits. */
    struct str account = id_str(cx->arena, account_id);
    return job_enqueue(cx, tx, &catalog_relist_job, account,
                       arena_printf(cx->arena, "\"%" STR_FMT "\"", STR_ARG(account)), INSTANT_NONE);
}

static struct error *relist_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct spec_row spec = {0};
    bool is_found = false;
    TRY(catalog_repo_lock_spec(cx, tx, *(const struct id *)arg, &spec, &is_found));
    return is_found && spec.status == CATALOG_PUBLISHED ? catalog_changed(cx, tx, &spec) : NULL;
}

static struct error *relist_owner(struct ctx *cx, const struct job *job)
{
    struct array keys = {0};
    struct id account_id = ID_NONE;
    REQUIRE(id_parse(str_slice(job->payload, 1, ID_CHARS), &account_id));
    TRY(catalog_repo_list_keys_of_owner(cx, NULL, account_id, &keys));
    for (size_t i = 0; i < keys.count; i++)
        TRY(db_transact(cx, TX_WRITE, relist_one, &ARRAY_AT(struct item_keys, keys, i)->id));
    return NULL;
}

const struct job_type catalog_relist_job = {
    .name = "catalog.relist_owner",
    .help = "Puts an account's specs into the search again after it was renamed",
    .run = relist_owner,
};

/* --- export and erasure --- */

static void put_card(struct json_writer *writer, const struct card_row *card)
{
    json_begin_object(writer);
    json_name(writer, STR("id"));
    json_put_id(writer, card->id);
    json_name(writer, STR("title"));
    json_put_text(writer, card->title);
    json_name(writer, STR("slug"));
    json_put_text(writer, card->slug);
    json_name(writer, STR("status"));
    json_put_text(writer, enum_word(&catalog_status_words, card->status));
    json_name(writer, STR("created_at"));
    json_put_instant(writer, card->created_at);
    json_end_object(writer);
}

struct error *catalog_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct list_filter filter = {.limit = EXPORT_BATCH};
    struct strbuf out;
    struct json_writer writer;
    struct array cards = {0};
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("specs"));
    json_begin_array(&writer);
    do {
        TRY(catalog_repo_list_own(cx, account_id, &filter, &cards));
        for (size_t i = 0; i < cards.count; i++)
            put_card(&writer, ARRAY_AT(struct card_row, cards, i));
        if (cards.count > 0) {
            const struct card_row *last = ARRAY_AT(struct card_row, cards, cards.count - 1);
            filter.cursor = (struct list_cursor){.key = last->listed_at, .id = last->id};
            filter.has_cursor = true;
        }
    } while (cards.count == EXPORT_BATCH && !out.overflow);
    json_end_array(&writer);
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "there are too many specs for one document");
    *ret_json = strbuf_str(&out);
    return NULL;
}

struct error *catalog_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    struct array keys = {0};
    TRY(catalog_repo_list_keys_of_owner(cx, tx, account_id, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        struct spec_row spec = {0};
        bool is_found = false;
        TRY(catalog_repo_lock_spec(cx, tx, ARRAY_AT(struct item_keys, keys, i)->id, &spec, &is_found));
        if (is_found && spec.status != CATALOG_DELETED)
            TRY(catalog_delete_locked(cx, tx, &spec));
    }
    return catalog_repo_rename_owner(cx, tx, account_id, STR("Deleted account"));
}
