/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Storage on a real directory: what has a name is whole, failures leave nothing behind, the floor of free space holds. */
#include "platform/storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "platform/crypto/crypto.h"
#include "platform/fault/fault.h"
#include "platform/fiber/pool.h"

#include "lib/check.h"
#include "lib/on_loop.h"

struct bench {
    char folder[64];
    struct config *config;
    struct arena *arena;
    struct platform platform;
};

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
    (void)facts;
    (void)kind;
    (void)at;
    return remove(path);
}

static void open_bench(struct bench *bench, const char *min_free)
{
    static const struct setting_group *const groups[] = {&storage_settings_group, NULL};
    struct strbuf problems;
    strbuf_init(&problems, NULL, 4096);
    memcpy(bench->folder, "/tmp/lathe-storage-XXXXXX", sizeof("/tmp/lathe-storage-XXXXXX"));
    assert_non_null(mkdtemp(bench->folder));
    const char *const environment[] = {min_free, NULL};
    bench->config = config_load(groups, environment, "/dev/null", &problems);
    assert_non_null(bench->config);
    bench->arena = arena_new(0);
    assert_null(storage_open(bench->arena, bench->config, str_cstr(bench->folder), &bench->platform.storage));
    bench->platform.blocking_pool =
        pool_new(&(struct pool_options){.name = "blocking", .threads = 2, .max_queue = 64});
    strbuf_fini(&problems);
}

static void close_bench(struct bench *bench)
{
    fault_disarm_all();
    storage_close(bench->platform.storage);
    pool_free(bench->platform.blocking_pool);
    config_free(bench->config);
    arena_free(bench->arena);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): every thread has ended */
    assert_int_equal(nftw(bench->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void with_storage(const char *min_free, on_loop_fn body)
{
    struct bench bench = {0};
    open_bench(&bench, min_free);
    on_loop_with(&(struct on_loop_options){.platform = &bench.platform}, body, &bench);
    close_bench(&bench);
}

#define STORAGE_TEST(name)                                                                                   \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        with_storage("LATHE_STORAGE_MIN_FREE=0", name##_body);                                               \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

static void assert_absent(struct ctx *cx, struct str content)
{
    struct blob_key key;
    int fd = -1;
    int64_t size = 0;
    sha256(content.ptr, content.len, key.sha256);
    assert_true(error_is(storage_read(cx, &key, &fd, &size), &storage_missing));
}

static struct str read_all(struct ctx *cx, const struct blob_key *key)
{
    AUTO_FD fd = -1;
    int64_t size = 0;
    assert_null(storage_read(cx, key, &fd, &size));
    char *bytes = arena_alloc(cx->arena, (size_t)size + 1);
    assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
    return str_from(bytes, (size_t)size);
}

/* --- sealing --- */

STORAGE_TEST(a_scratch_file_becomes_the_blob_of_its_hash)
{
    (void)arg;
    AUTO_FD fd = -1;
    struct blob_key key;
    int64_t size = 0;
    assert_null(storage_scratch(cx, &fd));
    assert_null(storage_write(cx, fd, 6, "world", 5));
    assert_null(storage_write(cx, fd, 0, "hello ", 6));
    assert_null(storage_seal(cx, fd, NULL, &key, &size));
    assert_int_equal(size, 11);
    check_str(blob_key_str(cx->arena, &key),
              "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
    check_str(read_all(cx, &key), "hello world");
}

STORAGE_TEST(sealing_twice_is_once)
{
    (void)arg;
    struct blob_key first, second;
    assert_null(storage_put(cx, STR("the same"), &first));
    assert_null(storage_put(cx, STR("the same"), &second));
    assert_memory_equal(&first, &second, sizeof(first));
    check_str(read_all(cx, &first), "the same");
}

STORAGE_TEST(a_blob_cannot_be_written)
{
    const struct bench *bench = arg;
    struct blob_key key;
    struct stat facts;
    assert_null(storage_put(cx, STR("x"), &key));
    struct str hex = blob_key_str(cx->arena, &key);
    struct str path = arena_printf(cx->arena, "%s/media/blobs/%.2s/%.2s/%.64s", bench->folder, hex.ptr,
                                   hex.ptr + 2, hex.ptr);
    assert_int_equal(stat(path.ptr, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0400);
}

STORAGE_TEST(an_empty_file_is_a_blob_too)
{
    (void)arg;
    struct blob_key key;
    assert_null(storage_put(cx, STR(""), &key));
    assert_int_equal(read_all(cx, &key).len, 0);
}

STORAGE_TEST(a_staging_file_is_sealed_under_a_known_key)
{
    (void)arg;
    struct id name = {{1, 2, 3}};
    struct blob_key known, key;
    int64_t size = 0;
    AUTO_FD fd = -1;
    sha256("abc", 3, known.sha256);
    assert_null(storage_stage_create(cx, name, &fd));
    assert_null(storage_write(cx, fd, 0, "abc", 3));
    assert_null(storage_seal(cx, fd, &known, &key, &size));
    assert_null(storage_stage_delete(cx, name));
    assert_int_equal(size, 3);
    check_str(read_all(cx, &known), "abc");
}

/* --- staging --- */

STORAGE_TEST(a_staging_file_is_found_again_until_deleted)
{
    (void)arg;
    struct id name = {{7}};
    AUTO_FD made = -1;
    AUTO_FD again = -1;
    int twice = -1;
    struct array staged = {0};
    assert_null(storage_stage_create(cx, name, &made));
    assert_true(error_is(storage_stage_create(cx, name, &twice), &storage_failed));
    assert_null(storage_write(cx, made, 0, "12345", 5));
    assert_null(storage_stage_open(cx, name, &again));
    assert_null(storage_stage_list(cx, &staged));
    assert_int_equal(staged.count, 1);
    assert_true(id_equal(ARRAY_AT(struct storage_staged, staged, 0)->name, name));
    assert_int_equal(ARRAY_AT(struct storage_staged, staged, 0)->size_bytes, 5);
    assert_null(storage_stage_delete(cx, name));
    assert_null(storage_stage_delete(cx, name));
    assert_true(error_is(storage_stage_open(cx, name, &twice), &storage_missing));
    assert_null(storage_stage_list(cx, &staged));
    assert_int_equal(staged.count, 0);
}

STORAGE_TEST(a_staging_file_is_cut_to_what_was_acknowledged)
{
    (void)arg;
    AUTO_FD fd = -1;
    struct stat facts;
    assert_null(storage_stage_create(cx, (struct id){{9}}, &fd));
    assert_null(storage_write(cx, fd, 0, "12345678", 8));
    assert_null(storage_stage_cut(cx, fd, 5));
    assert_int_equal(fstat(fd, &facts), 0);
    assert_int_equal(facts.st_size, 5);
    assert_null(storage_stage_cut(cx, fd, 5));
    assert_true(error_is(storage_stage_cut(cx, fd, 6), &storage_missing));
}

STORAGE_TEST(a_staging_file_has_one_writer)
{
    (void)arg;
    int first = -1, second = -1;
    assert_null(storage_stage_create(cx, (struct id){{9}}, &first));
    assert_null(storage_stage_open(cx, (struct id){{9}}, &second));
    assert_true(storage_stage_lock(first));
    assert_true(storage_stage_lock(first));
    assert_false(storage_stage_lock(second));
    close(first);
    assert_true(storage_stage_lock(second));
    close(second);
}

STORAGE_TEST(a_scratch_file_has_no_name)
{
    (void)arg;
    AUTO_FD fd = -1;
    struct array staged = {0};
    struct stat facts;
    assert_null(storage_scratch(cx, &fd));
    assert_int_equal(fstat(fd, &facts), 0);
    assert_int_equal(facts.st_nlink, 0);
    assert_null(storage_stage_list(cx, &staged));
    assert_int_equal(staged.count, 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

/* --- looking after --- */

static struct error *collect(struct ctx *cx, const struct blob_key *key, int64_t size_bytes, void *arg)
{
    struct array *keys = arg;
    (void)cx;
    assert_true(size_bytes > 0);
    ((struct blob_key *)keys->items)[keys->count++] = *key;
    return NULL;
}

STORAGE_TEST(each_visits_all_in_key_order)
{
    (void)arg;
    enum { COUNT = 300 };
    struct array keys = {.items = ARENA_ARRAY(cx->arena, struct blob_key, COUNT)};
    for (int i = 0; i < COUNT; i++) {
        struct blob_key key;
        assert_null(storage_put(cx, arena_printf(cx->arena, "content %d", i), &key));
    }
    assert_null(storage_each(cx, collect, &keys));
    assert_int_equal(keys.count, COUNT);
    for (size_t i = 1; i < COUNT; i++)
        assert_true(memcmp(ARRAY_AT(struct blob_key, keys, i - 1), ARRAY_AT(struct blob_key, keys, i),
                           sizeof(struct blob_key)) < 0);
}

STORAGE_TEST(verify_sees_a_changed_byte)
{
    const struct bench *bench = arg;
    struct blob_key key;
    bool is_whole = false;
    assert_null(storage_put(cx, STR("precious"), &key));
    assert_null(storage_verify(cx, &key, &is_whole));
    assert_true(is_whole);
    struct str hex = blob_key_str(cx->arena, &key);
    struct str path = arena_printf(cx->arena, "%s/media/blobs/%.2s/%.2s/%.64s", bench->folder, hex.ptr,
                                   hex.ptr + 2, hex.ptr);
    assert_int_equal(chmod(path.ptr, 0600), 0);
    AUTO_FD fd = open(path.ptr, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "P", 1, 0), 1);
    assert_null(storage_verify(cx, &key, &is_whole));
    assert_false(is_whole);
}

STORAGE_TEST(a_deleted_blob_is_missing)
{
    (void)arg;
    struct blob_key key;
    bool is_whole = false;
    assert_null(storage_put(cx, STR("gone"), &key));
    assert_null(storage_delete(cx, &key));
    assert_null(storage_delete(cx, &key));
    assert_absent(cx, STR("gone"));
    assert_true(error_is(storage_verify(cx, &key, &is_whole), &storage_missing));
}

/* --- failures --- */

STORAGE_TEST(errors_of_the_disk_are_told_apart)
{
    (void)arg;
    static const struct {
        const char *point;
        int failure;
        const struct reason *reason;
    } rows[] = {
        {"storage.write", ENOSPC, &storage_full}, {"storage.write", EDQUOT, &storage_full},
        {"storage.write", EIO, &storage_failed},  {"storage.sync", ENOSPC, &storage_full},
        {"storage.sync", EIO, &storage_failed},   {"storage.link", ENOSPC, &storage_full},
        {"storage.link", EIO, &storage_failed},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct blob_key key;
        struct str content = arena_printf(cx->arena, "row %zu", i);
        fault_arm(&(struct fault_rule){
            .point = rows[i].point, .action = FAULT_FAIL, .errno_value = rows[i].failure});
        struct error *error = storage_put(cx, content, &key);
        check_that(error_is(error, rows[i].reason), "%s with errno %d", rows[i].point, rows[i].failure);
        fault_disarm_all();
        assert_absent(cx, content);
        assert_null(storage_put(cx, content, &key));
    }
}

/* The second fsync of a seal is that of the folder: until it succeeded nothing is acknowledged. */
STORAGE_TEST(a_folder_that_cannot_be_flushed_fails_the_seal)
{
    (void)arg;
    struct blob_key key;
    assert_null(storage_put(cx, STR("first"), &key));
    fault_arm(
        &(struct fault_rule){.point = "storage.sync", .action = FAULT_FAIL, .errno_value = EIO, .after = 2});
    assert_true(error_is(storage_put(cx, STR("first"), &key), &storage_failed));
}

static void floor_body(struct ctx *cx, void *arg)
{
    (void)arg;
    int fd = -1;
    struct blob_key key;
    assert_true(error_is(storage_scratch(cx, &fd), &storage_full));
    assert_true(error_is(storage_stage_create(cx, (struct id){{1}}, &fd), &storage_full));
    assert_true(error_is(storage_put(cx, STR("x"), &key), &storage_full));
}

static void below_the_floor_nothing_is_stored(void **state)
{
    (void)state;
    with_storage("LATHE_STORAGE_MIN_FREE=900T", floor_body);
}

static void keys_have_one_spelling(void **state)
{
    (void)state;
    static const char good[] = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
    static const char *const bad[] = {
        "",
        "b94d",
        "B94D27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
        "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde90",
        "g94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
        "../d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    };
    struct arena *arena = arena_new(0);
    struct blob_key key;
    assert_true(blob_key_parse(str_cstr(good), &key));
    check_str(blob_key_str(arena, &key), good);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_that(!blob_key_parse(str_cstr(bad[i]), &key), "%s", bad[i]);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scratch_file_becomes_the_blob_of_its_hash),
        cmocka_unit_test(sealing_twice_is_once),
        cmocka_unit_test(a_blob_cannot_be_written),
        cmocka_unit_test(an_empty_file_is_a_blob_too),
        cmocka_unit_test(a_staging_file_is_sealed_under_a_known_key),
        cmocka_unit_test(a_staging_file_is_found_again_until_deleted),
        cmocka_unit_test(a_staging_file_is_cut_to_what_was_acknowledged),
        cmocka_unit_test(a_staging_file_has_one_writer),
        cmocka_unit_test(a_scratch_file_has_no_name),
        cmocka_unit_test(each_visits_all_in_key_order),
        cmocka_unit_test(verify_sees_a_changed_byte),
        cmocka_unit_test(a_deleted_blob_is_missing),
        cmocka_unit_test(errors_of_the_disk_are_told_apart),
        cmocka_unit_test(a_folder_that_cannot_be_flushed_fails_the_seal),
        cmocka_unit_test(below_the_floor_nothing_is_stored),
        cmocka_unit_test(keys_have_one_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
