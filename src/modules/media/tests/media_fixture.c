/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See media_fixture.h. */
#include "modules/media/tests/media_fixture.h"

#include "base/mem/alloc.h"

#include "platform/bus/bus_sql.h"
#include "platform/cache/cache.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs_sql.h"
#include "platform/module/module.h"
#include "platform/sandbox/sandbox.h"

#include "modules/media/media_sql.h"

/* clang-format off */
const struct caller media_anna = {.account_id = {{0xA}}, .permissions = PERMISSION_BIT(UPLOAD_CREATE), .is_verified = true};
const struct caller media_berta = {.account_id = {{0xB}}, .permissions = PERMISSION_BIT(UPLOAD_CREATE), .is_verified = true};

static const struct setting_group *const groups[] = {
    &media_settings_group, &storage_settings_group, &crypto_settings, &jobs_settings_group, &sandbox_settings_group, NULL,
};
static const struct db_module_sql *const sql[] = {&bus_sql, &jobs_sql, &media_sql, NULL};
static const struct module *const modules[] = {&media_module, NULL};
/* clang-format on */

struct media_fixture {
    struct db_fixture *db;
    struct config *config;
    struct arena *arena;
    void *states[2];
};

enum db_engine media_fixture_engine(int argc, char **argv)
{
    enum { SKIPPED = 77 };
    enum db_engine engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    if (!db_fixture_has(engine))
        exit(SKIPPED); /* NOLINT(concurrency-mt-unsafe): before any thread starts */
    return engine;
}

static void load_config(struct media_fixture *fixture, const char *const *settings)
{
    VEC(const char *) environment = {0};
    struct strbuf problems;
    strbuf_init(&problems, fixture->arena, 4096);
    *VEC_PUSH(fixture->arena, &environment) = "LATHE_STORAGE_MIN_FREE=0";
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment */
    const char *program = getenv("LATHE_TEST_MEDIA_PROGRAM");
    if (program != NULL)
        *VEC_PUSH(fixture->arena, &environment) =
            arena_printf(fixture->arena, "LATHE_SANDBOX_PROGRAM=%s", program).ptr;
    for (; settings != NULL && *settings != NULL; settings++)
        *VEC_PUSH(fixture->arena, &environment) = *settings;
    *VEC_PUSH(fixture->arena, &environment) = NULL;
    fixture->config = config_load(groups, environment.items, "/dev/null", &problems);
    if (fixture->config == NULL)
        fail_msg("%s", strbuf_str(&problems).ptr);
}

static void start_module(struct ctx *cx, void *arg)
{
    struct media_fixture *fixture = arg;
    assert_null(
        media_module.start(cx, config_settings(fixture->config, &media_settings_group), &fixture->states[0]));
}

struct media_fixture *media_fixture_new(enum db_engine engine, const char *const *settings)
{
    static const struct cache_space *const no_spaces[] = {NULL};
    struct media_fixture *fixture = MEM_NEW(struct media_fixture);
    fixture->arena = arena_new(0);
    fixture->db = db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = sql});
    load_config(fixture, settings);
    struct platform *platform = db_fixture_platform(fixture->db);
    struct str folder = str_cstr(db_fixture_folder(fixture->db));
    struct instant now = clock_read(platform->clock); /* the disk's own times are real */
    clock_free(platform->clock);
    platform->clock = clock_new_fake(now);
    platform->modules = modules;
    platform->module_states = fixture->states;
    platform->public_url = STR("http://lathe.test");
    platform->cache = cache_new(platform, media_module.caches != NULL ? media_module.caches : no_spaces, 8);
    assert_null(crypto_open(fixture->arena, fixture->config, folder, &platform->crypto));
    assert_null(storage_open(fixture->arena, fixture->config, folder, &platform->storage));
    platform->sandbox = sandbox_new(platform, fixture->config);
    db_fixture_run(fixture->db, start_module, fixture);
    return fixture;
}

void media_fixture_free(struct media_fixture *fixture)
{
    struct platform *platform = db_fixture_platform(fixture->db);
    media_module.stop(fixture->states[0]);
    sandbox_free(platform->sandbox);
    cache_free(platform->cache);
    storage_close(platform->storage);
    crypto_close(platform->crypto);
    db_fixture_free(fixture->db);
    config_free(fixture->config);
    arena_free(fixture->arena);
    mem_free(fixture);
}

struct platform *media_fixture_platform(struct media_fixture *fixture)
{
    return db_fixture_platform(fixture->db);
}

void media_fixture_run(struct media_fixture *fixture, on_loop_fn fn, void *arg)
{
    db_fixture_run(fixture->db, fn, arg);
}

void media_fixture_advance(struct ctx *cx, int64_t us)
{
    clock_advance(cx->platform->clock, us);
}

/* --- uploads --- */

static struct error *give_bytes(void *arg, void *buf, size_t capacity, size_t *ret_len)
{
    struct bytes_source *source = arg;
    size_t len = source->rest.len < capacity ? source->rest.len : capacity;
    if (source->piece_len != 0 && len > source->piece_len)
        len = source->piece_len;
    if (len == 0 && source->end != NULL)
        return source->end;
    if (len != 0)
        memcpy(buf, source->rest.ptr, len);
    source->rest = str_slice(source->rest, len, source->rest.len);
    *ret_len = len;
    return NULL;
}

struct upload_source bytes_source(struct bytes_source *source)
{
    return (struct upload_source){give_bytes, source};
}

struct id media_upload_bytes(struct ctx *cx, const char *purpose, const char *file_name, struct str bytes)
{
    struct upload_row upload = {0};
    struct bytes_source source = {.rest = bytes};
    const struct media_upload_request request = {
        .length = (int64_t)bytes.len,
        .metadata = {.purpose = str_cstr(purpose), .file_name = str_cstr(file_name)},
    };
    assert_null(media_create_upload(cx, &request, &upload));
    const struct media_append append = {.upload_id = upload.id, .source = bytes_source(&source)};
    if (bytes.len != 0)
        assert_null(media_append_upload(cx, &append, &upload));
    assert_int_equal(upload.status, UPLOAD_COMPLETE);
    return upload.id;
}
