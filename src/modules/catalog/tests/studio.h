/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the component tests share: a database with the catalogue in it, builders, and stand-ins for identity and media that
 * answer what a test told them. */
#ifndef MODULES_CATALOG_TESTS_STUDIO_H
#define MODULES_CATALOG_TESTS_STUDIO_H

#include "lib/db_fixture.h"
#include "modules/catalog/catalog_http.h"
#include "modules/catalog/catalog_service.h"
#include "modules/media/media.h"
#include "tests/lib/check.h"

/* Accounts of the stand-in: number n is called "user<n>", shown as "User <n>". */
struct id studio_account(uint32_t number);
/* The context of somebody who is logged in with these permissions. */
struct ctx studio_as(const struct ctx *cx, uint32_t account, uint64_t permissions);
#define PRODUCER  (PERMISSION_BIT(ITEM_PUBLISH) | PERMISSION_BIT(ITEM_REPORT))
#define MODERATOR PERMISSION_BIT(REPORT_DECIDE)

/* The stand-in's asset of an id, made on first use: queued. */
struct media_asset *studio_asset(struct id id);
void studio_forget_assets(void); /* before each test */
bool studio_was_released(struct id asset_id);
/* What media_find_fingerprint answers; lives as long as the test says. */
struct str *studio_fingerprint(struct id asset_id);
/* What has_licenses answers. */
extern bool studio_is_licensed;
extern bool studio_is_verified;

/* Fails the test with the error's description unless it is NULL. */
#define ASSERT_OK(cx, expression) studio_assert_ok((cx)->arena, (expression), __FILE__, __LINE__)
void studio_assert_ok(struct arena *arena, const struct error *error, const char *file, int line);
#define ASSERT_REASON(expression, reason_) studio_assert_reason((expression), &(reason_), __FILE__, __LINE__)
void studio_assert_reason(const struct error *error, const struct reason *reason, const char *file, int line);
/* The error has a violation at that pointer. */
void studio_assert_violation(const struct error *error, const char *pointer);

/* --- builders: a test states what matters to it --- */

struct studio_spec {
    const char *title;
    int32_t category;
    const char *genre; /* NULL: trap */
    const char *tag;   /* NULL: none */
    double bpm;
    int32_t key;              /* enum + 1; 0: none */
    int32_t mood, instrument; /* enum + 1; 0: none */
    const char *currency;     /* NULL: USD */
    int64_t price;            /* of the basic licence */
    int64_t exclusive_price;  /* 0: none */
    uint32_t master;          /* number of the master asset; 0: none */
    bool is_free;
};
struct id studio_create(struct ctx *cx, const struct studio_spec *spec);
#define CREATE(cx, ...) studio_create((cx), &(const struct studio_spec){__VA_ARGS__})
/* Made, given a ready master (by its number), and public. */
struct id studio_publish(struct ctx *cx, const struct studio_spec *spec);
#define PUBLISH(cx, ...) studio_publish((cx), &(const struct studio_spec){__VA_ARGS__})
/* A ready lossless master with that number, whose bytes are told apart by it. */
struct id studio_master(uint32_t number);

/* The id's key as text; a match that takes any version. */
struct str studio_key(struct ctx *cx, struct id id);
extern const struct catalog_match studio_any;

/* Runs fn against a new database of the engine of the command line. */
void studio_run(on_loop_fn fn);
int studio_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

#define IN_STUDIO(name)                                                                                      \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        studio_run(name##_body);                                                                             \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

#endif
