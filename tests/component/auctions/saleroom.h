/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the component tests of auctions share: a database with the real auctions, goods, catalogue, orders, payments and licensing in it, a
 * clock that a test moves, and stand-ins for identity, media and mail. */
#ifndef TESTS_COMPONENT_AUCTIONS_SALEROOM_H
#define TESTS_COMPONENT_AUCTIONS_SALEROOM_H

#include "lib/db_fixture.h"
#include "modules/auctions/auctions_read_service.h"
#include "modules/goods/goods_service.h"
#include "modules/orders/orders_service.h"
#include "modules/payments/payments_service.h"
#include "tests/component/auctions/saleroom_people.h"
#include "tests/lib/check.h"

/* A live auction of the seller's of a new product with one piece: an hour, from 10.00 USD, sudden death unless told; terms as
 * JSON members, such as "\"reserve_price\":5000". */
struct id open_lot(struct ctx *cx, const char *terms);
/* The reply may be NULL. */
MUST_USE struct error *bid(struct ctx *cx, uint32_t account, struct id lot, int64_t amount, int64_t maximum,
                           struct auction_bid_reply *ret_reply);
/* Moves every clock. What is due happens when the lot is looked at. */
void wait_for(struct ctx *cx, int64_t us);
/* Has the lot looked at, and waits for it. */
void look_at(struct ctx *cx, struct id lot);
/* An hour later. */
void end_lot(struct ctx *cx, struct id lot);

struct auction_row row_of(struct ctx *cx, struct id lot);
/* How many events of that kind its log has. */
size_t count_events(struct ctx *cx, struct id lot, enum auction_event_kind kind);
struct product_row product_of(struct ctx *cx, struct id lot);

/* The winner pays; the decision, as payments would take it. */
enum payments_decision pay_win(struct ctx *cx, uint32_t account, struct id lot);
/* Every question of `lathe check` that auctions and goods ask; what they find is asserted to be nothing. */
void assert_sound(struct ctx *cx);
/* Whether they find anything. */
bool is_sound(struct ctx *cx);

#define ASSERT_OK(cx, expression) saleroom_assert_ok((cx)->arena, (expression), __FILE__, __LINE__)
void saleroom_assert_ok(struct arena *arena, const struct error *error, const char *file, int line);
#define ASSERT_REASON(expression, reason_)                                                                   \
    saleroom_assert_reason((expression), &(reason_), __FILE__, __LINE__)
void saleroom_assert_reason(const struct error *error, const struct reason *reason, const char *file,
                            int line);

void saleroom_run(on_loop_fn fn);
/* argv: sqlite|postgresql [TEST] */
int saleroom_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

#define IN_SALEROOM(name)                                                                                    \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        saleroom_run(name##_body);                                                                           \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

#endif
