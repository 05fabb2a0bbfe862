/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What is offered at the till: specs of the real catalogue. */
#include "tests/component/sales/till_catalog.h"

#include "base/json/json_read.h"

#include "platform/storage/storage.h"

#include "modules/catalog/tests/studio.h"

const struct cache_space *const till_spaces[] = {&catalog_spec_space, &catalog_list_space, NULL};
const struct job_type *const till_catalog_job = &catalog_relist_job;

void till_catalog_open(const struct catalog_port *port, void **ret_state)
{
    static struct catalog_state state;
    state.port = port;
    studio_forget_assets();
    studio_is_verified = true;
    *ret_state = &state;
}

struct id till_account(uint32_t number)
{
    return studio_account(number);
}

struct ctx till_as(const struct ctx *cx, uint32_t account)
{
    return studio_as(cx, account, PRODUCER | PERMISSION_BIT(ORDER_PLACE) | PERMISSION_BIT(SALE_READ));
}

struct ctx till_as_admin(const struct ctx *cx, uint32_t account)
{
    return studio_as(cx, account, PERMISSION_BIT(ORDER_ADMIN));
}

static struct array drafts_of(struct arena *arena, const struct till_option *options, size_t count)
{
    static const char *const names[] = {"Basic", "Premium", "Trackout", "Unlimited", "Exclusive"};
    struct license_draft *drafts = ARENA_ARRAY(arena, struct license_draft, count);
    int32_t *wav = ARENA_NEW(arena, int32_t);
    *wav = CATALOG_FILE_WAV;
    for (size_t i = 0; i < count; i++)
        drafts[i] = (struct license_draft){
            .type = (int32_t)options[i].type,
            .name = str_cstr(names[options[i].type]),
            .price = options[i].price,
            .file_types = {wav, options[i].type == CATALOG_EXCLUSIVE}, /* its own would have stems */
        };
    return (struct array){drafts, count};
}

struct take {
    struct id asset_id;
};

static struct error *take(struct ctx *cx, struct tx *tx, void *arg)
{
    return catalog_take_asset(cx, tx, ((struct take *)arg)->asset_id);
}

static struct media_asset *master_of(struct ctx *cx, struct id spec_id)
{
    struct catalog_spec spec = {.status = CATALOG_DRAFT};
    bool is_found = false;
    ASSERT_OK(cx, catalog_find_spec(cx, NULL, spec_id, &spec, &is_found));
    return studio_asset(spec.master_asset_id);
}

/* All its files are these bytes, stored. */
static void give_bytes(struct ctx *cx, struct id asset_id, struct str bytes)
{
    struct media_asset *asset = studio_asset(asset_id);
    ASSERT_OK(cx, storage_put(cx, bytes, &asset->original));
    asset->size_bytes = (int64_t)bytes.len;
}

struct id till_spec(const struct ctx *cx, uint32_t seller, const char *title,
                    const struct till_option *options, size_t count)
{
    static uint32_t next_master = 50000;
    struct ctx owner = till_as(cx, seller);
    struct processing_view view = {0};
    struct id id = ID_NONE;
    struct str *genre = ARENA_NEW(cx->arena, struct str);
    *genre = STR("trap");
    struct spec_draft draft = {.title = str_cstr(title),
                               .key = -1,
                               .genres = {genre, 1},
                               .currency = STR("USD"),
                               .licenses = drafts_of(cx->arena, options, count)};
    ASSERT_OK(cx, catalog_create_spec(&owner, &draft, &id));
    struct take taking = {studio_master(next_master)};
    give_bytes(&owner, taking.asset_id, arena_printf(cx->arena, "%05u", next_master++));
    ASSERT_OK(cx, catalog_put_asset(&owner, studio_key(&owner, id), CATALOG_MASTER, taking.asset_id, &view));
    ASSERT_OK(cx, db_transact(&owner, TX_WRITE, take, &taking));
    ASSERT_OK(cx, catalog_publish_spec(&owner, studio_key(&owner, id)));
    return id;
}

struct id till_option_of(struct ctx *cx, struct id spec_id, enum catalog_license_type type)
{
    struct array options = {0};
    ASSERT_OK(cx, catalog_repo_list_options(cx, NULL, spec_id, &options));
    for (size_t i = 0; i < options.count; i++)
        if (ARRAY_AT(struct option_row, options, i)->type == (int32_t)type)
            return ARRAY_AT(struct option_row, options, i)->id;
    fail_msg("the spec has no such option");
    return ID_NONE;
}

void till_rewrite_spec(const struct ctx *cx, uint32_t seller, struct id spec_id)
{
    struct ctx owner = till_as(cx, seller);
    struct license_draft draft = {.type = CATALOG_BASIC, .name = STR("Renamed"), .price = 12345};
    struct license_set set = {.currency = STR("USD"), .licenses = {&draft, 1}};
    struct str body = STR("{\"title\":\"Another title\"}");
    struct spec_draft patch;
    ASSERT_OK(cx, json_decode(cx->arena, &spec_patch_body, body, &patch));
    ASSERT_OK(cx, catalog_patch_spec(&owner, studio_key(&owner, spec_id), &patch, studio_any));
    ASSERT_OK(cx, catalog_set_licenses(&owner, studio_key(&owner, spec_id), &set, studio_any));
}

void till_delete_spec(const struct ctx *cx, uint32_t seller, struct id spec_id)
{
    struct ctx owner = till_as(cx, seller);
    ASSERT_OK(cx, catalog_delete_spec(&owner, studio_key(&owner, spec_id), studio_any));
}

void till_drop_wav(struct ctx *cx, struct id spec_id)
{
    master_of(cx, spec_id)->is_lossless = false;
}

struct id till_master_of(struct ctx *cx, struct id spec_id)
{
    return master_of(cx, spec_id)->id;
}
