/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runners and builders of the component tests. */
#include "modules/catalog/tests/studio.h"

#include "platform/bus/bus_sql.h"
#include "platform/cache/cache.h"
#include "platform/jobs/jobs_sql.h"
#include "platform/module/module.h"

#include "lib/db_fixture_main.h"
#include "modules/catalog/catalog_sql.h"

static enum db_engine engine;
static const struct db_module_sql *const sql_modules[] = {&bus_sql, &jobs_sql, &catalog_sql, NULL};
static const struct module *const modules[] = {&catalog_module, NULL};
static const struct cache_space *const spaces[] = {&catalog_spec_space, &catalog_list_space,
                                                   &catalog_walk_space, NULL};

bool studio_is_licensed;
bool studio_is_verified;

static struct error *has_licenses(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_has)
{
    (void)cx;
    (void)tx;
    (void)spec_id;
    *ret_has = studio_is_licensed;
    return NULL;
}
static const struct catalog_port port = {.has_licenses = has_licenses};

void studio_assert_ok(struct arena *arena, const struct error *error, const char *file, int line)
{
    if (error == NULL)
        return;
    print_error("unexpected error: %s\n", error_describe(arena, error).ptr);
    for (const struct violation *violation = error->violations; violation != NULL;
         violation = violation->next)
        print_error("  %" STR_FMT " %" STR_FMT "\n", STR_ARG(violation->pointer),
                    STR_ARG(violation->message));
    _fail(file, line);
}

void studio_assert_reason(const struct error *error, const struct reason *reason, const char *file, int line)
{
    if (error_is(error, reason))
        return;
    print_error("is %s, not %s\n", error != NULL ? error->reason->name : "no error", reason->name);
    if (error != NULL)
        print_error("  %" STR_FMT "\n", STR_ARG(error->message));
    _fail(file, line);
}

void studio_assert_violation(const struct error *error, const char *pointer)
{
    assert_non_null(error);
    for (const struct violation *violation = error->violations; violation != NULL;
         violation = violation->next)
        if (str_equal(violation->pointer, str_cstr(pointer)))
            return;
    fail_msg("no violation at %s", pointer);
}

/* --- builders --- */

struct ctx studio_as(const struct ctx *cx, uint32_t account, uint64_t permissions)
{
    struct ctx mine = *cx;
    struct caller *caller = ARENA_NEW(cx->arena, struct caller);
    *caller = (struct caller){
        .account_id = studio_account(account), .permissions = permissions, .is_verified = true};
    mine.caller = caller;
    return mine;
}

static struct array one_text(struct arena *arena, const char *text)
{
    struct str *item = ARENA_NEW(arena, struct str);
    *item = str_cstr(text);
    return text != NULL ? (struct array){item, 1} : (struct array){0};
}

static struct array one_value(struct arena *arena, int32_t value_plus_1)
{
    int32_t *item = ARENA_NEW(arena, int32_t);
    *item = value_plus_1 - 1;
    return value_plus_1 > 0 ? (struct array){item, 1} : (struct array){0};
}

static struct array licenses_of(struct arena *arena, const struct studio_spec *spec)
{
    struct license_draft *drafts = ARENA_ARRAY(arena, struct license_draft, 2);
    drafts[0] = (struct license_draft){.type = CATALOG_BASIC, .name = STR("Basic"), .price = spec->price};
    drafts[1] = (struct license_draft){.type = CATALOG_EXCLUSIVE,
                                       .name = STR("Exclusive"),
                                       .price = spec->exclusive_price,
                                       .file_types = one_value(arena, CATALOG_FILE_WAV + 1)};
    return (struct array){drafts, spec->exclusive_price > 0 ? 2 : 1};
}

struct id studio_create(struct ctx *cx, const struct studio_spec *spec)
{
    struct id id = ID_NONE;
    struct spec_draft draft = {
        .title = str_cstr(spec->title != NULL ? spec->title : "Night Drive"),
        .category = spec->category,
        .bpm = spec->bpm,
        .key = spec->key - 1,
        .genres = one_text(cx->arena, spec->genre != NULL ? spec->genre : "trap"),
        .tags = one_text(cx->arena, spec->tag),
        .moods = one_value(cx->arena, spec->mood),
        .instruments = one_value(cx->arena, spec->instrument),
        .currency = str_cstr(spec->currency != NULL ? spec->currency : "USD"),
        .free_mp3_enabled = spec->is_free,
        .licenses = licenses_of(cx->arena, spec),
    };
    ASSERT_OK(cx, catalog_create_spec(cx, &draft, &id));
    return id;
}

struct id studio_master(uint32_t number)
{
    struct id id = {{0x02, [12] = (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                     (uint8_t)number}};
    struct media_asset *asset = studio_asset(id);
    asset->status = MEDIA_READY;
    asset->is_lossless = true;
    asset->duration_ms = 180000 + number;
    asset->bpm = 140;
    asset->musical_key = STR("a_minor");
    asset->loudness_lufs = -14;
    asset->waveform = STR("[8,50,100]");
    memcpy(asset->original.sha256, id.bytes, sizeof(id.bytes));
    return id;
}

struct take {
    struct id asset_id;
};

static struct error *take(struct ctx *cx, struct tx *tx, void *arg)
{
    return catalog_take_asset(cx, tx, ((struct take *)arg)->asset_id);
}

struct id studio_publish(struct ctx *cx, const struct studio_spec *spec)
{
    static uint32_t next_master = 1000;
    struct processing_view view = {0};
    struct id id = studio_create(cx, spec);
    struct take taking = {studio_master(spec->master != 0 ? spec->master : next_master++)};
    ASSERT_OK(cx, catalog_put_asset(cx, studio_key(cx, id), CATALOG_MASTER, taking.asset_id, &view));
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, take, &taking));
    ASSERT_OK(cx, catalog_publish_spec(cx, studio_key(cx, id)));
    return id;
}

struct str studio_key(struct ctx *cx, struct id id)
{
    return id_str(cx->arena, id);
}

static struct error *match_any(struct ctx *cx, void *arg, struct id id, int64_t version)
{
    (void)cx;
    (void)arg;
    (void)id;
    (void)version;
    return NULL;
}
const struct catalog_match studio_any = {match_any, NULL};

/* --- running --- */

struct body {
    on_loop_fn fn;
};

static void run_body(struct ctx *cx, void *arg)
{
    const struct body *body = arg;
    body->fn(cx, NULL);
}

void studio_run(on_loop_fn fn)
{
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = sql_modules});
    struct platform *platform = db_fixture_platform(fixture);
    struct catalog_state state = {.port = &port};
    void *states[] = {&state, NULL};
    struct body body = {fn};
    platform->modules = modules;
    platform->module_states = states;
    platform->cache = cache_new(platform, spaces, 8);
    studio_forget_assets();
    studio_is_licensed = false;
    studio_is_verified = true;
    db_fixture_run(fixture, run_body, &body);
    cache_free(platform->cache);
    db_fixture_free(fixture);
}

int studio_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    return db_fixture_main(argc, argv, suite, tests, count, &engine);
}
