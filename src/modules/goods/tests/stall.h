/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the component tests of goods share: a database with goods in it, and a catalogue in memory. */
#ifndef MODULES_GOODS_TESTS_STALL_H
#define MODULES_GOODS_TESTS_STALL_H

#include "lib/db_fixture.h"
#include "modules/goods/goods_service.h"
#include "tests/lib/check.h"

/* The context of account number n with the right to publish. */
struct ctx stall_as(const struct ctx *cx, uint8_t account);
/* The stand-in's item; NULL: there is none. */
struct catalog_item *stall_item(struct id id);
/* The facets it is listed under, joined by blanks; absent: it is not listed. */
struct str stall_facets(struct id id);
struct stall_asset {
    struct id id;
    int32_t status; /* enum media_status; a new one is ready */
    bool is_adopted;
    int releases;
};
/* The stand-in's upload or asset of an id, made on first use. */
struct stall_asset *stall_asset(struct id id);
void stall_forget(void);

#define assert_ok(cx, expression) stall_assert_ok((cx)->arena, (expression), __FILE__, __LINE__)
void stall_assert_ok(struct arena *arena, const struct error *error, const char *file, int line);
#define assert_reason(expression, reason_) assert_true(error_is((expression), &(reason_)))

extern const struct goods_match stall_any;
struct str stall_key(struct ctx *cx, struct id id);
struct product_draft stall_draft(int64_t stock);
/* A draft of the caller's with so many free pieces. */
struct id stall_product(struct ctx *cx, int64_t stock);
struct product_row stall_load(struct ctx *cx, struct id id);
/* One number that a statement of the tests' own counts. */
int64_t stall_count(struct ctx *cx, const struct db_call *call);

/* A command of the facade on a product and a holder, in a transaction of its own. */
typedef struct error *(*stall_command_fn)(struct ctx *cx, struct tx *tx, struct id product_id,
                                          struct id holder_id);
MUST_USE struct error *stall_do(struct ctx *cx, stall_command_fn command, struct id product_id,
                                struct id holder_id);
struct id stall_holder(size_t number);

void stall_run(on_loop_fn fn);
int stall_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

#define IN_STALL(name)                                                                                       \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        stall_run(name##_body);                                                                              \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

#endif
