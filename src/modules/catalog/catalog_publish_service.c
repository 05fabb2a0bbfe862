/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Publishing, withdrawing, and what a moderator does. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/catalog/catalog_service.h"
#include "modules/identity/identity.h"
#include "modules/media/media.h"

/* --- what is missing --- */

struct asset_state {
    bool has, is_ready, has_failed;
};

static struct error *find_state(struct ctx *cx, struct tx *tx, struct id asset_id,
                                struct asset_state *ret_state)
{
    struct media_asset asset = {0};
    bool is_found = false;
    *ret_state = (struct asset_state){0};
    if (id_is_none(asset_id))
        return NULL;
    TRY(media_find_asset(cx, tx, asset_id, &asset, &is_found));
    *ret_state = (struct asset_state){
        .has = is_found,
        .is_ready = is_found && asset.status == MEDIA_READY,
        .has_failed = is_found && asset.status == MEDIA_FAILED,
    };
    return NULL;
}

static int32_t promised_files(const struct array *options)
{
    int32_t bits = 0;
    for (size_t i = 0; i < options->count; i++)
        for (int file = 0; file < CATALOG_FILE_TYPES; file++) {
            struct str word = enum_word(&catalog_file_type_words, file);
            if (str_find(ARRAY_AT(struct option_row, *options, i)->file_types, word) >= 0)
                bits |= 1 << file;
        }
    return bits;
}

static struct error *collect_facts(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                   struct publish_facts *ret_facts)
{
    struct asset_state master = {0};
    struct asset_state stems = {0};
    struct asset_state cover = {0};
    struct array options = {0};
    TRY(find_state(cx, tx, spec->master_asset_id, &master));
    TRY(find_state(cx, tx, spec->stems_asset_id, &stems));
    TRY(find_state(cx, tx, spec->cover_asset_id, &cover));
    TRY(catalog_repo_list_options(cx, tx, spec->id, &options));
    *ret_facts = (struct publish_facts){
        .is_beat = spec->category == CATALOG_BEAT,
        .has_master = master.has,
        .is_master_ready = master.is_ready,
        .is_master_failed = master.has_failed,
        .has_stems = stems.has,
        .is_stems_ready = stems.is_ready,
        .is_stems_failed = stems.has_failed,
        .is_cover_failed = cover.has_failed,
        .is_lossless = spec->is_lossless,
        .genre_count = (int32_t)lines_split(cx->arena, spec->genres).count,
        .option_count = (int32_t)options.count,
        .promised_files = promised_files(&options),
    };
    return NULL;
}

struct error *catalog_check_publishable(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    struct publish_facts facts = {0};
    TRY(collect_facts(cx, tx, spec, &facts));
    uint32_t gaps = publish_judge(&facts);
    if (gaps == 0)
        return NULL;
    struct error *error = ERROR(cx, catalog_not_publishable, "this is not complete enough to be public");
    for (int gap = 0; gap < GAP_COUNT; gap++) {
        const struct publish_gap_text *text = publish_gap_text((enum publish_gap)gap);
        if ((gaps >> gap & 1) != 0)
            error_add_violation(cx->arena, error, str_cstr(text->pointer), text->rule, "%s", text->message);
    }
    return error;
}

/* --- moves between states --- */

struct moving {
    struct id id;
    struct str reason;
};

static struct error *refuse_state(struct ctx *cx, const struct spec_row *spec)
{
    struct error *error = ERROR(cx, catalog_not_publishable, "its present state does not allow this");
    error_add_violation(cx->arena, error, STR("/status"), "state", "is %" STR_FMT,
                        STR_ARG(enum_word(&catalog_status_words, spec->status)));
    return error;
}

static struct error *move_to(struct ctx *cx, struct tx *tx, struct spec_row *spec, enum catalog_status status,
                             const struct event_type *type)
{
    spec->status_before = spec->status;
    spec->status = (int32_t)status;
    TRY(catalog_repo_update_status(cx, tx, spec, clock_now(cx)));
    return catalog_tell(cx, tx, type, spec->id);
}

/* The comparison of fingerprints came before the transaction; the same file may have been sold in between. */
static struct error *check_sold_since(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    bool is_sold = false;
    TRY(catalog_repo_is_master_sold(cx, tx, spec->master_sha256, spec->id, &is_sold));
    return is_sold ? ERROR(cx, catalog_duplicate_recording, "this recording was sold exclusively") : NULL;
}

static struct error *publish(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct moving *moving = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, moving->id, &spec));
    if (spec.status == CATALOG_PUBLISHED) /* said twice */
        return NULL;
    if (spec.status != CATALOG_DRAFT)
        return refuse_state(cx, &spec);
    TRY(catalog_take_analysis(cx, tx, &spec));
    TRY(catalog_check_publishable(cx, tx, &spec));
    TRY(check_sold_since(cx, tx, &spec));
    if (instant_is_none(spec.published_at))
        spec.published_at = clock_now(cx);
    return move_to(cx, tx, &spec, CATALOG_PUBLISHED, &catalog_spec_published);
}

struct error *catalog_publish_spec(struct ctx *cx, struct str key)
{
    struct spec_row spec = {0};
    TRY(catalog_load_own(cx, key, &spec));
    TRY(identity_require_verified(cx));
    TRY(catalog_take_analysis(cx, NULL, &spec));
    TRY(catalog_check_duplicate(cx, &spec));
    struct moving moving = {.id = spec.id};
    return db_transact(cx, TX_WRITE, publish, &moving);
}

static struct error *unpublish(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct moving *moving = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, moving->id, &spec));
    if (spec.status == CATALOG_DRAFT)
        return NULL;
    if (spec.status != CATALOG_PUBLISHED)
        return refuse_state(cx, &spec);
    return move_to(cx, tx, &spec, CATALOG_DRAFT, &catalog_spec_withdrawn);
}

struct error *catalog_unpublish_spec(struct ctx *cx, struct str key)
{
    struct spec_row spec = {0};
    TRY(catalog_load_own(cx, key, &spec));
    struct moving moving = {.id = spec.id};
    return db_transact(cx, TX_WRITE, unpublish, &moving);
}

/* --- moderation --- */

static struct error *take_down(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct moving *moving = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, moving->id, &spec));
    TRY(catalog_repo_decide_reports(cx, tx, spec.id, DECISION_TAKEN_DOWN, cx->caller->account_id,
                                    clock_now(cx)));
    if (spec.status == CATALOG_TAKEN_DOWN)
        return NULL;
    spec.takedown_reason = moving->reason;
    return move_to(cx, tx, &spec, CATALOG_TAKEN_DOWN, &catalog_spec_withdrawn);
}

static struct error *restore(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct moving *moving = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, moving->id, &spec));
    TRY(catalog_repo_decide_reports(cx, tx, spec.id, DECISION_DISMISSED, cx->caller->account_id,
                                    clock_now(cx)));
    if (spec.status != CATALOG_TAKEN_DOWN)
        return NULL;
    enum catalog_status before = (enum catalog_status)spec.status_before;
    spec.takedown_reason = STR_NONE;
    return move_to(cx, tx, &spec, before,
                   before == CATALOG_PUBLISHED ? &catalog_spec_published : &catalog_spec_changed);
}

/* A product's states are its module's. */
static struct error *take_down_product(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct moving *moving = arg;
    TRY(catalog_state_of(cx)->port->take_down_product(cx, tx, moving->id, moving->reason));
    return catalog_repo_decide_reports(cx, tx, moving->id, DECISION_TAKEN_DOWN, cx->caller->account_id,
                                       clock_now(cx));
}

static struct error *restore_product(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct moving *moving = arg;
    TRY(catalog_state_of(cx)->port->restore_product(cx, tx, moving->id));
    return catalog_repo_decide_reports(cx, tx, moving->id, DECISION_DISMISSED, cx->caller->account_id,
                                       clock_now(cx));
}

struct verdict {
    tx_fn moves[2]; /* by enum catalog_kind */
};
static const struct verdict verdict_down = {
    {[CATALOG_RECORDING] = take_down, [CATALOG_PRODUCT] = take_down_product}};
static const struct verdict verdict_fine = {
    {[CATALOG_RECORDING] = restore, [CATALOG_PRODUCT] = restore_product}};

static struct error *find_item(struct ctx *cx, struct str key, struct catalog_item *ret_item)
{
    bool is_found = false;
    for (int kind = CATALOG_RECORDING; !is_found && kind <= CATALOG_PRODUCT; kind++)
        TRY(catalog_find_item_by_key(cx, (enum catalog_kind)kind, key, ret_item, &is_found));
    if (!is_found || ret_item->status == CATALOG_DELETED)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such item");
    return NULL;
}

static struct error *moderate(struct ctx *cx, struct str key, struct str reason,
                              const struct verdict *verdict)
{
    struct catalog_item item = {.id = ID_NONE};
    TRY(find_item(cx, key, &item));
    struct moving moving = {.id = item.id, .reason = reason};
    return db_transact(cx, TX_WRITE, verdict->moves[item.kind], &moving);
}

struct error *catalog_take_down(struct ctx *cx, struct str key, struct str reason)
{
    return moderate(cx, key, reason, &verdict_down);
}

struct error *catalog_restore(struct ctx *cx, struct str key)
{
    return moderate(cx, key, STR_NONE, &verdict_fine);
}

struct error *catalog_settle_auction_reports(struct ctx *cx, struct tx *tx, struct id auction_id)
{
    return catalog_repo_decide_auction_reports(cx, tx, auction_id, cx->caller->account_id, clock_now(cx));
}

struct error *catalog_report(struct ctx *cx, const struct catalog_complaint *complaint)
{
    const struct report_row report = {
        .id = crypto_new_id(cx),
        .item_id = complaint->item_id,
        .auction_id = complaint->auction_id,
        .reporter_id = cx->caller->account_id,
        .reason = complaint->reason,
        .message = complaint->message.ptr != NULL ? complaint->message : STR(""),
        .created_at = clock_now(cx),
    };
    return catalog_repo_insert_report(cx, NULL, &report);
}

struct error *catalog_report_spec(struct ctx *cx, struct str key, struct catalog_complaint complaint)
{
    struct spec_row spec = {0};
    bool is_found = false;
    TRY(catalog_find_by_key(cx, key, &spec, &is_found));
    if (!is_found || !catalog_may_see(cx, (enum catalog_status)spec.status, spec.owner_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such item");
    complaint.item_id = spec.id;
    complaint.auction_id = ID_NONE;
    return catalog_report(cx, &complaint);
}

struct error *catalog_list_reports(struct ctx *cx, struct str cursor, int64_t limit,
                                   struct report_page *ret_page)
{
    struct list_cursor after = {0};
    struct array rows = {0};
    bool has_cursor = !str_is_empty(cursor);
    if (has_cursor && !cursor_parse(cx->arena, SORT_OLDEST, cursor, &after))
        return ERROR_CODE(cx, INVALID, "this is no cursor of this list");
    TRY(catalog_repo_list_reports(cx, has_cursor ? &after : NULL, limit + 1, &rows));
    bool has_more = rows.count > (size_t)limit;
    *ret_page = (struct report_page){.items = {rows.items, has_more ? (size_t)limit : rows.count}};
    if (has_more) {
        const struct report_row *last = ARRAY_AT(struct report_row, rows, limit - 1);
        struct list_cursor next = {.key = last->created_at.us, .id = last->id};
        ret_page->next_cursor = cursor_format(cx->arena, SORT_OLDEST, &next);
    }
    return NULL;
}
