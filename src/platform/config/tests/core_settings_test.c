/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Core settings: their checks, and what is derived from others. */
#include "platform/config/core_settings.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct setting_group *const no_groups[] = {NULL};

/* Loads one variable; NULL value: none. */
static struct config *load(const char *first, const char *second, struct strbuf *problems)
{
    const char *environment[] = {first, second, NULL};
    strbuf_init(problems, NULL, 4096);
    return config_load(no_groups, environment, NULL, problems);
}

static void without_settings_everything_has_its_default(void **state)
{
    (void)state;
    struct strbuf problems;
    struct config *config = load(NULL, NULL, &problems);
    assert_non_null(config);
    const struct core_settings *core = config_settings(config, &core_settings_group);
    assert_false(config_is_production(config));
    assert_string_equal(core->listen.ptr, "127.0.0.1:8080");
    assert_string_equal(core->data_dir.ptr, "var");
    assert_string_equal(core->database_url.ptr, "sqlite:lathe.db");
    assert_string_equal(core->public_url.ptr, "http://127.0.0.1:8080");
    assert_int_equal(core->trusted_proxies.len, 0);
    assert_int_equal(core->loops, 0);
    config_free(config);
    strbuf_fini(&problems);
}

static void good_values_pass_the_checks(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "LATHE_LISTEN=[::1]:0",
        "LATHE_LISTEN=localhost:65535",
        "LATHE_DATABASE_URL=postgresql://lathe@db/lathe",
        "LATHE_DATABASE_URL=postgres:///lathe",
        "LATHE_DATABASE_URL=sqlite:/srv/lathe.db",
        "LATHE_PUBLIC_URL=https://music.example",
        "LATHE_PUBLIC_URL=http://music.example:8080/",
        "LATHE_TRUSTED_PROXIES=127.0.0.1",
        "LATHE_TRUSTED_PROXIES=10.0.0.0/8, ::1 ,fd00::/64",
        "LATHE_LOG_LEVEL=error",
        "LATHE_LOG_FORMAT=json",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf problems;
        struct config *config = load(rows[i], NULL, &problems);
        assert_int_equal(problems.len, 0);
        assert_non_null(config);
        config_free(config);
        strbuf_fini(&problems);
    }
}

static void bad_values_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "LATHE_LISTEN=8080",
        "LATHE_LISTEN=:8080",
        "LATHE_LISTEN=host:",
        "LATHE_LISTEN=host:65536",
        "LATHE_LISTEN=::1:8080",
        "LATHE_LISTEN=[]:8080",
        "LATHE_DATABASE_URL=mysql://db",
        "LATHE_DATABASE_URL=sqlite:",
        "LATHE_PUBLIC_URL=music.example",
        "LATHE_PUBLIC_URL=https://",
        "LATHE_PUBLIC_URL=https:///",
        "LATHE_PUBLIC_URL=https://music.example/path",
        "LATHE_PUBLIC_URL=https://user@music.example",
        "LATHE_TRUSTED_PROXIES=proxy.example",
        "LATHE_TRUSTED_PROXIES=10.0.0.0/33",
        "LATHE_TRUSTED_PROXIES=10.0.0.1,",
        "LATHE_TRUSTED_PROXIES=::/129",
        "LATHE_LOOPS=257",
        "LATHE_ENV=staging",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf problems;
        assert_null(load(rows[i], NULL, &problems));
        struct str name = str_slice(str_cstr(rows[i]), 0, (size_t)str_find_byte(str_cstr(rows[i]), '=', 0));
        assert_true(str_find(strbuf_str(&problems), name) >= 0);
        strbuf_fini(&problems);
    }
}

static void the_public_url_follows_the_address(void **state)
{
    (void)state;
    static const struct {
        const char *setting;
        const char *url;
    } rows[] = {
        {"LATHE_LISTEN=[::1]:99", "http://[::1]:99"},
        {"LATHE_LISTEN=0.0.0.0:99", "http://localhost:99"},
        {"LATHE_LISTEN=[::]:99", "http://localhost:99"},
        {"LATHE_PUBLIC_URL=https://music.example/", "https://music.example"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf problems;
        struct config *config = load(rows[i].setting, NULL, &problems);
        assert_non_null(config);
        const struct core_settings *core = config_settings(config, &core_settings_group);
        assert_true(str_equal(core->public_url, str_cstr(rows[i].url)));
        config_free(config);
        strbuf_fini(&problems);
    }
}

static void production_needs_a_public_url(void **state)
{
    (void)state;
    struct strbuf problems;
    assert_null(load("LATHE_ENV=production", NULL, &problems));
    assert_true(str_find(strbuf_str(&problems), STR("LATHE_PUBLIC_URL")) >= 0);
    strbuf_fini(&problems);

    struct config *config = load("LATHE_ENV=production", "LATHE_PUBLIC_URL=https://music.example", &problems);
    assert_non_null(config);
    assert_true(config_is_production(config));
    config_free(config);
    strbuf_fini(&problems);
}

static void production_is_reached_by_tls_alone(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *more;
        bool is_good;
    } rows[] = {
        {"LATHE_PUBLIC_URL=http://music.example", NULL, false},
        {"LATHE_PUBLIC_URL=http://localhost", NULL, false},
        {"LATHE_LISTEN=0.0.0.0:80", NULL, false},
        {"LATHE_LISTEN=[::]:80", NULL, false},
        {"LATHE_LISTEN=192.0.2.1:80", NULL, false},
        {"LATHE_LISTEN=0.0.0.0:80", "LATHE_TRUSTED_PROXIES=10.0.0.1", true},
        {"LATHE_LISTEN=[::1]:80", NULL, true},
        {"LATHE_LISTEN=localhost:80", NULL, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf problems;
        strbuf_init(&problems, NULL, 4096);
        const char *environment[] = {"LATHE_PUBLIC_URL=https://music.example", "LATHE_ENV=production",
                                     rows[i].setting, rows[i].more, NULL};
        struct config *config = config_load(no_groups, environment, NULL, &problems);
        assert_int_equal(config != NULL, rows[i].is_good);
        config_free(config);
        strbuf_fini(&problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_settings_everything_has_its_default),
        cmocka_unit_test(good_values_pass_the_checks),
        cmocka_unit_test(bad_values_are_refused_by_name),
        cmocka_unit_test(the_public_url_follows_the_address),
        cmocka_unit_test(production_needs_a_public_url),
        cmocka_unit_test(production_is_reached_by_tls_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
