/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Passwords: published bcrypt vectors, long ones, absent hashes, rising costs, a full queue. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "platform/crypto/keys.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"

#include "lib/on_loop.h"

#define COST 4

struct fixture {
    struct crypto crypto;
    struct platform platform;
    struct arena *arena;
    struct ctx cx;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.crypto = {.bcrypt_cost = COST}, .arena = arena_new(0)};
    fixture.platform.crypto = &fixture.crypto;
    fixture.platform.hashing_pool =
        pool_new(&(const struct pool_options){.name = "hashing", .threads = 1, .max_queue = 4});
    fixture.cx =
        (struct ctx){.arena = fixture.arena, .platform = &fixture.platform, .caller = &caller_anonymous};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    pool_free(fixture->platform.hashing_pool);
    arena_free(fixture->arena);
    return 0;
}

struct verdict {
    bool matches;
    bool needs_rehash;
};

static struct verdict check(struct fixture *fixture, struct str password, struct str hash)
{
    struct verdict verdict = {false, false};
    assert_null(password_check(&fixture->cx, password, hash, &verdict.matches, &verdict.needs_rehash));
    return verdict;
}

static struct str hash_of(struct fixture *fixture, struct str password)
{
    struct str hash = STR_NONE;
    assert_null(password_hash(&fixture->cx, password, &hash));
    return hash;
}

/* The vectors that crypt_blowfish and libxcrypt are tested with. */
static void published_hashes_are_recognised(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *password;
        const char *hash;
    } rows[] = {
        {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
        {"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
        {"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
        {"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
        {"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
        {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
         "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str hash = str_cstr(rows[i].hash);
        struct verdict verdict = check(fixture, str_cstr(rows[i].password), hash);
        assert_true(verdict.matches);
        assert_true(verdict.needs_rehash); /* of an old variant, though of a higher cost */
        assert_false(check(fixture, STR("U*U*U*"), hash).matches);
    }
}

static void a_new_hash_is_bcrypt_of_the_set_cost(void **state)
{
    struct fixture *fixture = *state;
    struct str first = hash_of(fixture, STR("correct horse"));
    struct str second = hash_of(fixture, STR("correct horse"));
    assert_int_equal(first.len, 60);
    assert_true(str_starts_with(first, STR("$2b$04$")));
    assert_false(str_equal(first, second));
    struct verdict verdict = check(fixture, STR("correct horse"), first);
    assert_true(verdict.matches);
    assert_false(verdict.needs_rehash);
    assert_false(check(fixture, STR("correct hors"), first).matches);
    assert_false(check(fixture, STR(""), first).matches);
}

static void no_byte_of_a_password_is_ignored(void **state)
{
    struct fixture *fixture = *state;
    char password[200];
    memset(password, 'p', sizeof(password));
    static const size_t lengths[] = {0, 1, 44, 71, 72, 73, 74, 144, 200};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct str hash = hash_of(fixture, str_from(password, lengths[i]));
        for (size_t k = 0; k < COUNT_OF(lengths); k++)
            assert_int_equal(check(fixture, str_from(password, lengths[k]), hash).matches, i == k);
    }
    password[10] = '\0';
    struct str hash = hash_of(fixture, str_from(password, 20));
    assert_true(check(fixture, str_from(password, 20), hash).matches);
    assert_false(check(fixture, str_from(password, 10), hash).matches);
    assert_false(check(fixture, str_from(password, 19), hash).matches);
}

static void an_absent_hash_matches_nothing(void **state)
{
    struct fixture *fixture = *state;
    static const char *const passwords[] = {"", "x", "................................"};
    for (size_t i = 0; i < COUNT_OF(passwords); i++) {
        struct verdict verdict = check(fixture, str_cstr(passwords[i]), STR_NONE);
        assert_false(verdict.matches);
        assert_false(verdict.needs_rehash);
    }
}

static void a_hash_of_a_lower_cost_is_to_be_renewed(void **state)
{
    struct fixture *fixture = *state;
    struct str hash = hash_of(fixture, STR("x"));
    fixture->crypto.bcrypt_cost = COST + 1;
    assert_true(check(fixture, STR("x"), hash).needs_rehash);
    assert_false(check(fixture, STR("y"), hash).needs_rehash);
    struct str renewed = hash_of(fixture, STR("x"));
    assert_true(str_starts_with(renewed, STR("$2b$05$")));
    assert_false(check(fixture, STR("x"), renewed).needs_rehash);
    fixture->crypto.bcrypt_cost = COST;
    assert_false(check(fixture, STR("x"), renewed).needs_rehash);
}

static void what_is_no_bcrypt_hash_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    static const char *const rows[] = {
        "x",
        "*0",
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$05$CC!CCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool matches = false;
        bool needs_rehash = false;
        struct error *error =
            password_check(&fixture->cx, STR("U*U"), str_cstr(rows[i]), &matches, &needs_rehash);
        assert_true(error_has_code(error, ERROR_INTERNAL));
        assert_false(matches);
    }
}

/* Many fibers of one loop log in at once: those beyond the queue are told so, the others get their answer. */
struct crowd {
    int answered;
    int refused;
    int running;
};

struct visitor {
    struct crowd *crowd;
    const struct ctx *cx;
};

static void visit(void *arg)
{
    struct visitor *visitor = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = *visitor->cx;
    cx.arena = arena;
    bool matches = true;
    bool needs_rehash = false;
    struct error *error = password_check(&cx, STR("x"), STR_NONE, &matches, &needs_rehash);
    visitor->crowd->answered += error == NULL && !matches;
    visitor->crowd->refused += error_has_code(error, ERROR_RATE_LIMITED);
    visitor->crowd->running--;
    arena_free(arena);
}

static void send_crowd(struct ctx *cx, void *arg)
{
    static struct visitor visitors[50];
    struct crowd *crowd = arg;
    for (size_t i = 0; i < COUNT_OF(visitors); i++) {
        visitors[i] = (struct visitor){.crowd = crowd, .cx = cx};
        crowd->running++;
        assert_non_null(fiber_spawn("visitor", visit, &visitors[i]));
    }
    while (crowd->running > 0)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 1000));
}

static void a_full_queue_refuses_and_never_lies(void **state)
{
    struct fixture *fixture = *state;
    struct crowd crowd = {0};
    fixture->crypto.bcrypt_cost = 8;
    on_loop_with(&(const struct on_loop_options){.platform = &fixture->platform}, send_crowd, &crowd);
    assert_int_equal(crowd.answered + crowd.refused, 50);
    assert_true(crowd.answered >= 4);
    assert_true(crowd.refused > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(published_hashes_are_recognised),         TEST(a_new_hash_is_bcrypt_of_the_set_cost),
        TEST(no_byte_of_a_password_is_ignored),        TEST(an_absent_hash_matches_nothing),
        TEST(a_hash_of_a_lower_cost_is_to_be_renewed), TEST(what_is_no_bcrypt_hash_is_an_error),
        TEST(a_full_queue_refuses_and_never_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
