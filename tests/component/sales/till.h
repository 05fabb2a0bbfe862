/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the component tests of orders, payments and licensing share: a shop on a database of its own with the real catalogue and the three
 * modules in it, a clock set by hand, workers for their jobs, and stand-ins for identity, media, mail and Stripe. */
#ifndef TESTS_COMPONENT_SALES_TILL_H
#define TESTS_COMPONENT_SALES_TILL_H

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "lib/db_fixture.h"
#include "modules/licensing/licensing_service.h"
#include "modules/orders/orders_service.h"
#include "modules/payments/payments_service.h"
#include "tests/component/sales/till_catalog.h"
#include "tests/lib/check.h"

/* --- buying --- */

struct till_item {
    struct id spec_id;
    enum catalog_license_type type;
};
MUST_USE struct error *till_place(struct ctx *buyer, enum payments_provider provider,
                                  const struct till_item *items, size_t count, struct id *ret_order_id);
/* An order with its payment begun. */
struct id till_order(struct ctx *buyer, enum payments_provider provider, const struct till_item *items,
                     size_t count);
#define ORDER(buyer, provider, ...)                                                                          \
    till_order((buyer), (provider), (const struct till_item[]){__VA_ARGS__},                                 \
               COUNT_OF(((const struct till_item[]){__VA_ARGS__})))
/* The buyer's client says that it has paid. */
MUST_USE struct error *till_pay(struct ctx *buyer, struct id order_id);
/* Ordered and paid by the test provider. */
struct id till_buy(struct ctx *buyer, struct id spec_id, enum catalog_license_type type);
struct order_view till_read(struct ctx *cx, struct id order_id);
const struct order_item_view *till_item_of(const struct order_view *view, size_t index);
MUST_USE struct error *till_refund_line(struct ctx *cx, struct id order_id, struct id line_id);

/* --- Stripe (till_stripe.c) --- */

enum till_intent_status { INTENT_NEW, INTENT_DECLINED, INTENT_HELD, INTENT_CAPTURED, INTENT_CANCELLED };
enum { TILL_MAX_RETURNS = 8 };
struct till_return {
    char id[64], status[24], refund_id[40], line_id[40];
    int64_t amount;
    bool is_dispute;
};
struct till_intent {
    char id[40], order_id[40], currency[4];
    int64_t amount;
    enum till_intent_status status;
    int creates, captures, cancels, reads; /* calls that were answered */
    struct till_return returns[TILL_MAX_RETURNS];
    size_t return_count;
};
void till_stripe_forget(void); /* before each test */
/* The order's. */
struct till_intent *till_intent(const struct ctx *cx, struct id order_id);
struct till_return *till_return(struct till_intent *intent, int64_t amount, const char *status,
                                bool is_dispute);
/* The next so many calls that change something find nobody there. */
extern int till_stripe_failures;
/* What happens at the same time: runs once before the next read of an intent is answered. */
extern void (*till_stripe_meanwhile)(struct ctx *cx, struct till_intent *intent);
/* A webhook about the order's intent, signed; id may be that of one that was sent before. */
MUST_USE struct error *till_webhook(struct ctx *cx, const char *event_id, const char *type,
                                    struct id order_id);

/* --- judging --- */

/* Waits until the workers have done what is due. */
void till_work(struct ctx *cx);
void till_advance(struct ctx *cx, int64_t us);
/* Runs a periodic job once. */
void till_run_job(struct ctx *cx, const struct job_type *type);
/* What the seller has, in USD. */
int64_t till_balance(const struct ctx *cx, uint32_t account);
/* Every question of `lathe check` that the three modules ask. */
void till_assert_sound(struct ctx *cx);
/* The number of mails with that subject. */
size_t till_mails(const char *subject);

#define ASSERT_OK(cx, expression) till_assert_ok((cx)->arena, (expression), __FILE__, __LINE__)
void till_assert_ok(struct arena *arena, const struct error *error, const char *file, int line);
#define ASSERT_REASON(expression, reason_) till_assert_reason((expression), &(reason_), __FILE__, __LINE__)
void till_assert_reason(const struct error *error, const struct reason *reason, const char *file, int line);

/* Runs fn on `count` fibers at once, each with an arena and an index of its own, and waits for all. */
typedef struct error *(*till_fn)(struct ctx *cx, size_t index, void *arg);
/* reasons: beside count; NULL where fn had no error. */
void till_together(struct ctx *cx, till_fn fn, void *arg, size_t count, const struct reason **ret_reasons);

/* --- running --- */

void till_run(on_loop_fn fn);
/* argv: sqlite|postgresql [TEST] */
int till_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

#define AT_TILL(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        till_run(name##_body);                                                                               \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

#endif
