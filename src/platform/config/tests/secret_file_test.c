/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Secrets by file: what is taken, what is refused, and that nothing of it is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/config/config.h"

struct till {
    struct str key, name;
};

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct till, key, "TILL_KEY", .fallback = "", .is_secret = true, .min = 4, .max = 20, .help = "Key of the till."),
    SETTING_STR(struct till, name, "TILL_NAME", .fallback = "", .help = "Name of the till."),
};
/* clang-format on */
static const struct setting_group till_group = SETTING_GROUP("till", struct till, rows, NULL);
static const struct setting_group *const groups[] = {&till_group, NULL};

struct fixture {
    char path[64];
    char by_file[120]; /* "LATHE_TILL_KEY_FILE=PATH" */
    struct strbuf problems;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.path = "/tmp/lathe-secret-file-XXXXXX"};
    int fd = mkstemp(fixture.path);
    assert_true(fd >= 0);
    close(fd);
    (void)snprintf(fixture.by_file, sizeof(fixture.by_file), "LATHE_TILL_KEY_FILE=%s", fixture.path);
    strbuf_init(&fixture.problems, NULL, 65536);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    strbuf_fini(&fixture->problems);
    return 0;
}

static void write_key(const struct fixture *fixture, const char *text, mode_t mode)
{
    FILE *stream = fopen(fixture->path, "we");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(chmod(fixture->path, mode), 0);
}

static struct config *load(struct fixture *fixture, const char *first, const char *second)
{
    const char *environment[] = {first, second, NULL};
    return config_load(groups, environment, NULL, &fixture->problems);
}

static void a_secret_is_read_from_its_file(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *key;
        mode_t mode;
    } cases[] = {
        {"open sesame\n", "open sesame", 0600},
        {"open sesame", "open sesame", 0400},
        {"sesame\r\n", "sesame", 0440},
        {" spaces ", " spaces ", 0640},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_key(fixture, cases[i].text, cases[i].mode);
        struct config *config = load(fixture, fixture->by_file, NULL);
        assert_non_null(config);
        const struct till *till = config_settings(config, &till_group);
        assert_true(str_equal(till->key, str_cstr(cases[i].key)));
        struct strbuf shown;
        strbuf_init(&shown, NULL, 65536);
        config_print(config, &shown);
        assert_true(str_find(strbuf_str(&shown), str_cstr(fixture->path)) > 0);
        assert_true(str_find(strbuf_str(&shown), STR("sesame")) < 0);
        strbuf_fini(&shown);
        config_free(config);
    }
}

static void assert_refused(struct fixture *fixture, const char *first, const char *second, const char *why)
{
    fixture->problems.len = 0;
    assert_null(load(fixture, first, second));
    if (str_find(strbuf_str(&fixture->problems), str_cstr(why)) < 0)
        fail_msg("\"%s\" is not in: %s", why, fixture->problems.ptr);
    assert_true(str_find(strbuf_str(&fixture->problems), STR("sesame")) < 0);
}

static void what_others_may_read_or_what_is_no_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const mode_t modes[] = {0604, 0644, 0602, 0601, 0620};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        write_key(fixture, "open sesame", modes[i]);
        assert_refused(fixture, fixture->by_file, NULL, "others may read or change it");
    }
    assert_refused(fixture, "LATHE_TILL_KEY_FILE=/tmp", NULL, "is no file");
    assert_refused(fixture, "LATHE_TILL_KEY_FILE=/dev/zero", NULL, "is no file");
    assert_refused(fixture, "LATHE_TILL_KEY_FILE=/nowhere/key", NULL, "No such file");
    assert_refused(fixture, "LATHE_TILL_KEY_FILE=", NULL, "LATHE_TILL_KEY_FILE");
}

static void what_is_in_it_is_judged_like_the_setting(void **state)
{
    struct fixture *fixture = *state;
    static const char *const texts[] = {"", "\n", "se\n", "one\ntwo", "sesame that is far too long for it"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        write_key(fixture, texts[i], 0600);
        assert_refused(fixture, fixture->by_file, NULL, "LATHE_TILL_KEY_FILE: must be");
    }
}

static void it_is_said_once_and_for_secrets_alone(void **state)
{
    struct fixture *fixture = *state;
    write_key(fixture, "open sesame", 0600);
    assert_refused(fixture, "LATHE_TILL_KEY=another", fixture->by_file, "are both set");
    assert_refused(fixture, fixture->by_file, "LATHE_TILL_KEY=another", "are both set");
    assert_refused(fixture, "LATHE_TILL_NAME_FILE=/etc/hostname", NULL, "is no setting");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_secret_is_read_from_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_others_may_read_or_what_is_no_file_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_it_is_judged_like_the_setting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_said_once_and_for_secrets_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
