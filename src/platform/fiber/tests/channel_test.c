/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of channels: order, back-pressure, closing, waits that end early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

enum { ITEMS = 1000, CAPACITY = 8 };

static char items[ITEMS]; /* only their addresses are sent */

struct pipe {
    struct ctx *cx;
    struct channel *channel;
    int sent;
    int received;
    int most_ahead;
    int failed;
    int ended;
};

static void produce(void *arg)
{
    struct pipe *pipe = arg;
    for (; pipe->sent < ITEMS; pipe->sent++) {
        if (channel_send(pipe->cx, pipe->channel, &items[pipe->sent], INT64_MAX) != NULL) {
            pipe->failed++;
            break;
        }
        int ahead = pipe->sent + 1 - pipe->received;
        pipe->most_ahead = ahead > pipe->most_ahead ? ahead : pipe->most_ahead;
    }
    channel_close(pipe->channel);
    pipe->ended++;
}

static void spawn(const char *name, fiber_fn fn, void *arg)
{
    REQUIRE(fiber_spawn(name, fn, arg) != NULL);
}

static void consume_slowly(struct ctx *cx, void *arg)
{
    (void)arg;
    struct pipe pipe = {.cx = cx, .channel = channel_new(CAPACITY)};
    spawn("producer", produce, &pipe);
    for (;;) {
        void *item = NULL;
        assert_null(channel_receive(cx, pipe.channel, INT64_MAX, &item));
        if (item == NULL)
            break;
        assert_ptr_equal(item, &items[pipe.received]);
        pipe.received++;
        for (int pause = 0; pause < pipe.received % 4; pause++)
            fiber_yield();
    }
    assert_int_equal(pipe.received, ITEMS);
    assert_int_equal(pipe.failed, 0);
    assert_in_range(pipe.most_ahead, CAPACITY, CAPACITY + 1);
    channel_free(pipe.channel);
}

static void a_slow_consumer_gets_all_in_order_and_holds_the_producer_back(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++)
        on_loop_with(&(struct on_loop_options){.shuffle_seed = seed}, consume_slowly, NULL);
}

static void receive_one(void *arg)
{
    struct pipe *pipe = arg;
    void *item = NULL;
    REQUIRE(channel_receive(pipe->cx, pipe->channel, INT64_MAX, &item) == NULL);
    pipe->received += item != NULL;
    pipe->ended++;
}

static void close_on_receivers(struct ctx *cx, void *arg)
{
    (void)arg;
    struct pipe pipe = {.cx = cx, .channel = channel_new(1)};
    for (int i = 0; i < 3; i++)
        spawn("receiver", receive_one, &pipe);
    fiber_yield();
    assert_true(channel_try_send(pipe.channel, &items[0]));
    channel_close(pipe.channel);
    fiber_yield();
    assert_int_equal(pipe.ended, 3);
    assert_int_equal(pipe.received, 1);
    channel_free(pipe.channel);
}

static void closing_ends_the_wait_of_receivers(void **state)
{
    (void)state;
    on_loop(close_on_receivers, NULL);
}

static void close_on_sender(struct ctx *cx, void *arg)
{
    (void)arg;
    struct pipe pipe = {.cx = cx, .channel = channel_new(CAPACITY)};
    spawn("producer", produce, &pipe);
    fiber_yield(); /* full; the producer waits */
    channel_close(pipe.channel);
    fiber_yield();
    assert_int_equal(pipe.failed, 1);
    assert_int_equal(pipe.sent, CAPACITY);
    assert_false(channel_try_send(pipe.channel, &items[0]));
    assert_true(error_has_code(channel_send(cx, pipe.channel, &items[0], INT64_MAX), ERROR_GONE));

    void *item = NULL;
    for (int i = 0; i < CAPACITY; i++) { /* what was in stays receivable */
        assert_null(channel_receive(cx, pipe.channel, INT64_MAX, &item));
        assert_ptr_equal(item, &items[i]);
    }
    assert_null(channel_receive(cx, pipe.channel, INT64_MAX, &item));
    assert_null(item);
    channel_free(pipe.channel);
}

static void closing_tells_senders_and_keeps_what_was_sent(void **state)
{
    (void)state;
    on_loop(close_on_sender, NULL);
}

static void wait_in_vain(struct ctx *cx, void *arg)
{
    (void)arg;
    struct channel *channel = channel_new(1);
    void *item = NULL;
    assert_true(error_has_code(channel_receive(cx, channel, loop_now_us() + 1000, &item), ERROR_TIMEOUT));
    assert_true(channel_try_send(channel, &items[0]));
    assert_false(channel_try_send(channel, &items[1]));
    assert_true(error_has_code(channel_send(cx, channel, &items[1], loop_now_us() + 1000), ERROR_TIMEOUT));
    fiber_cancel(fiber_self());
    assert_true(error_has_code(channel_send(cx, channel, &items[1], INT64_MAX), ERROR_CANCELLED));
    assert_null(channel_receive(cx, channel, INT64_MAX, &item)); /* needs no wait, so no error */
    assert_ptr_equal(item, &items[0]);
    assert_true(error_has_code(channel_receive(cx, channel, INT64_MAX, &item), ERROR_CANCELLED));
    channel_free(channel); /* REQUIREs that nobody is left in the lists */
    channel_free(NULL);
}

static void waits_end_by_deadline_and_cancel_without_a_trace(void **state)
{
    (void)state;
    on_loop(wait_in_vain, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_consumer_gets_all_in_order_and_holds_the_producer_back),
        cmocka_unit_test(closing_ends_the_wait_of_receivers),
        cmocka_unit_test(closing_tells_senders_and_keeps_what_was_sent),
        cmocka_unit_test(waits_end_by_deadline_and_cancel_without_a_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
