/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Keys: the root secret's file, derivation, ids. */
#include "platform/crypto/keys.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem/cleanup.h"
#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/random.h"

static const struct setting_group *const groups[] = {&crypto_settings, NULL};

struct fixture {
    struct arena *arena;
    char folder[64];
    char path[96]; /* of the secret */
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new(0), .folder = "/tmp/lathe-crypto-test-XXXXXX"};
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.path, sizeof(fixture.path), "%s/secret.key", fixture.folder);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    rmdir(fixture->folder);
    arena_free(fixture->arena);
    return 0;
}

static struct config *load_config(const char *setting)
{
    const char *environment[] = {setting, NULL};
    struct strbuf problems;
    strbuf_init(&problems, NULL, 1024);
    struct config *config = config_load(groups, environment, NULL, &problems);
    strbuf_fini(&problems);
    return config;
}

static struct error *open_in(struct fixture *fixture, const char *setting, const char *folder,
                             struct crypto **ret_crypto)
{
    struct config *config = load_config(setting);
    assert_non_null(config);
    struct error *error = crypto_open(fixture->arena, config, str_cstr(folder), ret_crypto);
    config_free(config);
    return error;
}

static struct crypto *open_well(struct fixture *fixture, const char *setting)
{
    struct crypto *crypto = NULL;
    assert_null(open_in(fixture, setting, fixture->folder, &crypto));
    return crypto;
}

static void assert_refused(struct fixture *fixture, const char *folder, const char *part)
{
    struct crypto *crypto = NULL;
    struct error *error = open_in(fixture, NULL, folder, &crypto);
    assert_true(error_has_code(error, ERROR_INTERNAL));
    assert_null(crypto);
    if (str_find(error->message, str_cstr(part)) < 0)
        fail_msg("\"%s\" does not say \"%s\"", error->message.ptr, part);
}

static void write_secret(const struct fixture *fixture, const char *text, mode_t mode)
{
    AUTO_FD fd = open(fixture->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static size_t files_in(const char *folder)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    size_t count = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this stream */
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static void a_first_start_makes_a_secret_that_stays(void **state)
{
    struct fixture *fixture = *state;
    uint8_t key[CRYPTO_KEY_BYTES];
    struct crypto *crypto = open_well(fixture, NULL);
    memcpy(key, crypto_key(crypto, "auth.jwt"), sizeof(key));
    crypto_close(crypto);

    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mode & 07777U, 0600);
    assert_int_equal(info.st_size, 65);
    assert_int_equal(files_in(fixture->folder), 1);

    crypto = open_well(fixture, NULL);
    assert_memory_equal(crypto_key(crypto, "auth.jwt"), key, sizeof(key));
    crypto_close(crypto);
}

static void two_instances_have_different_secrets(void **state)
{
    struct fixture *fixture = *state;
    uint8_t key[CRYPTO_KEY_BYTES];
    struct crypto *crypto = open_well(fixture, NULL);
    memcpy(key, crypto_key(crypto, "auth.jwt"), sizeof(key));
    crypto_close(crypto);
    unlink(fixture->path);
    crypto = open_well(fixture, NULL);
    assert_memory_not_equal(crypto_key(crypto, "auth.jwt"), key, sizeof(key));
    crypto_close(crypto);
}

static void the_files_text_may_move_to_the_setting(void **state)
{
    struct fixture *fixture = *state;
    write_secret(fixture, "0123456789abcdef0123456789abcdef\n", 0600);
    struct crypto *from_file = open_well(fixture, NULL);
    unlink(fixture->path);
    struct crypto *from_setting = open_well(fixture, "LATHE_SECRET=0123456789abcdef0123456789abcdef");
    assert_int_equal(files_in(fixture->folder), 0);
    assert_memory_equal(crypto_key(from_file, "x"), crypto_key(from_setting, "x"), CRYPTO_KEY_BYTES);
    crypto_close(from_file);
    crypto_close(from_setting);
}

static void an_unfit_file_stops_the_start(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text;
        mode_t mode;
        const char *part;
    } rows[] = {
        {"0123456789abcdef0123456789abcdef\n", 0640, "may be read by others (mode 0640); run: chmod 600 "},
        {"0123456789abcdef0123456789abcdef\n", 0604, "may be read by others"},
        {"0123456789abcdef0123456789abcde\n", 0600, "must be of 32 to 1024 bytes"},
        {"", 0600, "must be of 32 to 1024 bytes"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        write_secret(fixture, rows[i].text, rows[i].mode);
        assert_refused(fixture, fixture->folder, rows[i].part);
    }
    unlink(fixture->path);
    assert_int_equal(symlink("/dev/null", fixture->path), 0);
    assert_refused(fixture, fixture->folder, "cannot be opened");
    unlink(fixture->path);
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    assert_refused(fixture, fixture->folder, "is not a regular file");
    rmdir(fixture->path);
    assert_refused(fixture, "/nowhere/at/all", "cannot be made: No such file or directory");
}

static void *open_on_thread(void *arg)
{
    struct fixture *fixture = arg;
    struct fixture own = *fixture; /* an arena belongs to one thread */
    own.arena = arena_new(0);
    struct crypto *crypto = open_well(&own, NULL);
    arena_free(own.arena);
    return crypto;
}

static void starts_at_the_same_time_agree(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[8];
    void *opened[COUNT_OF(threads)];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_on_thread, fixture), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], &opened[i]), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_memory_equal(crypto_key(opened[i], "x"), crypto_key(opened[0], "x"), CRYPTO_KEY_BYTES);
        if (i > 0)
            crypto_close(opened[i]);
    }
    crypto_close(opened[0]);
    assert_int_equal(files_in(fixture->folder), 1);
}

/* Computed with Python's hmac module from the construction of RFC 5869. */
static void each_purpose_has_its_own_key(void **state)
{
    struct fixture *fixture = *state;
    struct crypto *crypto = open_well(fixture, "LATHE_SECRET=0123456789abcdef0123456789abcdef");
    static const struct {
        const char *purpose;
        const char *key;
    } rows[] = {
        {"auth.jwt", "cec8ee3c32de71a6d5bda3d887cc65db4e16b912d69d80212fcf212482fddeff"},
        {"media.segment", "ae41a18c59385f712fbb71cdd2bf51f5b0bfa0d7dace86a5007db195cebe6baf"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const uint8_t *key = crypto_key(crypto, rows[i].purpose);
        assert_string_equal(hex_encode(fixture->arena, key, CRYPTO_KEY_BYTES).ptr, rows[i].key);
        assert_ptr_equal(crypto_key(crypto, rows[i].purpose), key);
    }
    crypto_close(crypto);
}

static void *ask_for_keys(void *arg)
{
    for (int i = 0; i < CRYPTO_MAX_PURPOSES; i++) {
        char purpose[24];
        snprintf(purpose, sizeof(purpose), "purpose.%d", i);
        REQUIRE(crypto_key(arg, purpose) != NULL);
    }
    return NULL;
}

static void threads_share_the_keys(void **state)
{
    struct fixture *fixture = *state;
    struct crypto *crypto = open_well(fixture, NULL);
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_keys, crypto), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(crypto->key_count, CRYPTO_MAX_PURPOSES);
    crypto_close(crypto);
}

static void unfit_settings_are_refused(void **state)
{
    (void)state;
    assert_null(load_config("LATHE_SECRET=short"));
    assert_null(load_config("LATHE_BCRYPT_COST=3"));
    assert_null(load_config("LATHE_BCRYPT_COST=17"));
    const char *environment[] = {"LATHE_ENV=production", "LATHE_PUBLIC_URL=https://music.example",
                                 "LATHE_BCRYPT_COST=9", NULL};
    struct strbuf problems;
    strbuf_init(&problems, NULL, 1024);
    assert_null(config_load(groups, environment, NULL, &problems));
    assert_string_equal(problems.ptr, "LATHE_BCRYPT_COST: must be at least 10 in production\n");
    strbuf_fini(&problems);
}

static void ids_are_of_version_7_and_of_the_clock(void **state)
{
    (void)state;
    struct clock *clock = clock_new_fake((struct instant){INT64_C(1795160495123456)});
    const struct platform platform = {.clock = clock};
    const struct ctx cx = {.platform = &platform};
    crypto_random_seed(1);
    struct id first = crypto_new_id(&cx);
    struct id second = crypto_new_id(&cx);
    crypto_random_seed(0);
    char text[ID_CHARS];
    id_format(first, text);
    /* 1795160495123 ms is 0x01a1f7e75413. */
    assert_memory_equal(text, "01a1f7e7-5413-7", 15);
    assert_false(id_equal(first, second));
    clock_free(clock);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_first_start_makes_a_secret_that_stays),
        TEST(two_instances_have_different_secrets),
        TEST(the_files_text_may_move_to_the_setting),
        TEST(an_unfit_file_stops_the_start),
        TEST(starts_at_the_same_time_agree),
        TEST(each_purpose_has_its_own_key),
        TEST(threads_share_the_keys),
        TEST(unfit_settings_are_refused),
        TEST(ids_are_of_version_7_and_of_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
