/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of gates: capacity, order of waiters, waiters that give up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

enum { VISITORS = 40 };

struct hall {
    struct ctx *cx;
    struct fiber_gate gate;
    int inside;
    int most_inside;
    int order[VISITORS];
    int served;
    int refused;
};

struct visitor {
    struct hall *hall;
    bool is_vital;
    int number;
    int64_t deadline_us;
    struct fiber *fiber;
};

static void visit(void *arg)
{
    struct visitor *visitor = arg;
    struct hall *hall = visitor->hall;
    struct ctx cx = *hall->cx;
    cx.is_vital = visitor->is_vital;
    if (fiber_gate_enter(&cx, &hall->gate, visitor->deadline_us) != NULL) {
        hall->refused++;
        return;
    }
    hall->inside++;
    hall->most_inside = hall->inside > hall->most_inside ? hall->inside : hall->most_inside;
    for (int turn = 0; turn <= visitor->number % 3; turn++)
        fiber_yield();
    hall->inside--;
    hall->order[hall->served++] = visitor->number;
    fiber_gate_leave(&hall->gate);
}

static void send_visitor(struct hall *hall, struct visitor *visitor, int number, int64_t deadline_us)
{
    *visitor = (struct visitor){.hall = hall, .number = number, .deadline_us = deadline_us};
    visitor->fiber = fiber_spawn("visitor", visit, visitor);
    assert_non_null(visitor->fiber);
}

static void crowd_of_one_at_a_time(struct ctx *cx, void *arg)
{
    (void)arg;
    struct hall hall = {.cx = cx};
    struct visitor visitors[VISITORS];
    fiber_gate_init(&hall.gate, 1, 0);
    for (int i = 0; i < VISITORS; i++)
        send_visitor(&hall, &visitors[i], i, INT64_MAX);
    while (hall.served < VISITORS)
        fiber_yield();
    assert_int_equal(hall.most_inside, 1);
    for (int i = 0; i < VISITORS; i++)
        assert_int_equal(hall.order[i], i);
}

static void waiters_enter_in_order_of_arrival(void **state)
{
    (void)state;
    on_loop(crowd_of_one_at_a_time, NULL);
}

static void vital_ones_among_others(struct ctx *cx, void *arg)
{
    (void)arg;
    static const int expected[] = {1, 3, 0, 2};
    struct hall hall = {.cx = cx};
    struct visitor visitors[4];
    fiber_gate_init(&hall.gate, 1, 0);
    assert_null(fiber_gate_enter(cx, &hall.gate, INT64_MAX));
    assert_int_equal(fiber_gate_wait_us(&hall.gate), 0);
    for (int i = 0; i < 4; i++) {
        send_visitor(&hall, &visitors[i], i, INT64_MAX);
        visitors[i].is_vital = i % 2 == 1;
    }
    assert_null(fiber_sleep_until(cx, loop_now_us() + 2000));
    assert_true(fiber_gate_wait_us(&hall.gate) > 0);
    fiber_gate_leave(&hall.gate);
    while (hall.served < 4)
        fiber_yield();
    for (int i = 0; i < 4; i++)
        assert_int_equal(hall.order[i], expected[i]);
    assert_int_equal(fiber_gate_wait_us(&hall.gate), 0);
}

static void the_vital_enter_first(void **state)
{
    (void)state;
    on_loop(vital_ones_among_others, NULL);
}

static void one_of_the_others_among_the_vital(struct ctx *cx, void *arg)
{
    (void)arg;
    struct hall hall = {.cx = cx};
    struct visitor visitors[11];
    fiber_gate_init(&hall.gate, 1, 0);
    assert_null(fiber_gate_enter(cx, &hall.gate, INT64_MAX));
    for (int i = 0; i < 11; i++) {
        send_visitor(&hall, &visitors[i], i, INT64_MAX);
        visitors[i].is_vital = i != 0;
    }
    fiber_yield();
    fiber_gate_leave(&hall.gate);
    while (hall.served < 11)
        fiber_yield();
    static const int expected[] = {1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10};
    for (int i = 0; i < 11; i++)
        assert_int_equal(hall.order[i], expected[i]);
}

static void a_row_of_vital_ones_lets_another_in(void **state)
{
    (void)state;
    on_loop(one_of_the_others_among_the_vital, NULL);
}

static void keep_a_permit(struct ctx *cx, void *arg)
{
    (void)arg;
    struct ctx vital = *cx;
    vital.is_vital = true;
    struct hall hall = {.cx = cx};
    struct visitor other;
    fiber_gate_init(&hall.gate, 2, 1);
    assert_null(fiber_gate_enter(cx, &hall.gate, INT64_MAX));
    send_visitor(&hall, &other, 0, INT64_MAX);
    fiber_yield();
    assert_false(fiber_gate_is_open(cx, &hall.gate));
    assert_null(fiber_gate_enter(&vital, &hall.gate, loop_now_us())); /* without waiting */
    fiber_gate_leave(&hall.gate);
    fiber_yield();
    assert_int_equal(hall.served, 0); /* the reserve is not for who waits */
    fiber_gate_leave(&hall.gate);
    while (hall.served == 0)
        fiber_yield();
    assert_int_equal(hall.gate.permits, 2);
}

static void a_reserve_is_for_the_vital_alone(void **state)
{
    (void)state;
    on_loop(keep_a_permit, NULL);
}

static void crowd_of_three_at_a_time(struct ctx *cx, void *arg)
{
    (void)arg;
    struct hall hall = {.cx = cx};
    struct visitor visitors[VISITORS];
    fiber_gate_init(&hall.gate, 3, 0);
    for (int i = 0; i < VISITORS; i++)
        send_visitor(&hall, &visitors[i], i, INT64_MAX);
    while (hall.served < VISITORS)
        fiber_yield();
    assert_int_equal(hall.most_inside, 3);
    assert_int_equal(hall.gate.permits, 3);
}

static void no_more_than_the_permits_are_inside(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++)
        on_loop_with(&(struct on_loop_options){.shuffle_seed = seed}, crowd_of_three_at_a_time, NULL);
}

static void slip_in(struct ctx *cx, void *arg)
{
    (void)arg;
    struct hall hall = {.cx = cx};
    struct visitor waiter;
    fiber_gate_init(&hall.gate, 1, 0);
    assert_null(fiber_gate_enter(cx, &hall.gate, INT64_MAX));
    send_visitor(&hall, &waiter, 0, INT64_MAX);
    fiber_yield();

    fiber_gate_leave(&hall.gate); /* hands the permit to the waiter, though it has not run yet */
    struct error *error = fiber_gate_enter(cx, &hall.gate, loop_now_us());
    assert_true(error_has_code(error, ERROR_TIMEOUT));
    while (hall.served == 0)
        fiber_yield();
    assert_int_equal(hall.gate.permits, 1);
}

static void nobody_slips_in_before_a_waiter(void **state)
{
    (void)state;
    on_loop(slip_in, NULL);
}

static void give_up(struct ctx *cx, void *arg)
{
    (void)arg;
    struct hall hall = {.cx = cx};
    struct visitor impatient, cancelled, patient;
    fiber_gate_init(&hall.gate, 1, 0);
    assert_null(fiber_gate_enter(cx, &hall.gate, INT64_MAX));
    send_visitor(&hall, &impatient, 0, loop_now_us() + 1000);
    send_visitor(&hall, &cancelled, 1, INT64_MAX);
    send_visitor(&hall, &patient, 2, INT64_MAX);
    fiber_yield();
    fiber_cancel(cancelled.fiber);
    while (hall.refused < 2)
        fiber_yield();

    fiber_gate_leave(&hall.gate);
    while (hall.served == 0)
        fiber_yield();
    assert_int_equal(hall.order[0], 2);
    assert_int_equal(hall.gate.permits, 1);
}

static void waiters_that_give_up_leave_the_line(void **state)
{
    (void)state;
    on_loop(give_up, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiters_enter_in_order_of_arrival),
        cmocka_unit_test(the_vital_enter_first),
        cmocka_unit_test(a_row_of_vital_ones_lets_another_in),
        cmocka_unit_test(a_reserve_is_for_the_vital_alone),
        cmocka_unit_test(no_more_than_the_permits_are_inside),
        cmocka_unit_test(nobody_slips_in_before_a_waiter),
        cmocka_unit_test(waiters_that_give_up_leave_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
