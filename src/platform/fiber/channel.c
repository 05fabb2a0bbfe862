/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Channels: a ring of pointers, with the fibers that wait to send or to receive. Senders wait only while the
 * ring is full, receivers only while it is empty, so at most one of the two lists has anybody in it. */
#include "base/mem/alloc.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/scheduler.h"

struct channel {
    size_t capacity;
    size_t first;
    size_t count;
    bool is_closed;
    struct list senders;
    struct list receivers;
    void *items[];
};

/* On the stack of who waits. Whoever ends the wait puts the outcome in and takes it off its list. */
struct channel_waiter {
    struct list link;
    struct fiber *fiber;
    void *item; /* sender: what to send; receiver: what came, NULL when closed */
    bool is_done;
};

struct channel *channel_new(size_t capacity)
{
    REQUIRE(capacity > 0 && capacity < SIZE_MAX / sizeof(void *) / 2);
    struct channel *channel = mem_alloc(sizeof(*channel) + capacity * sizeof(void *));
    channel->capacity = capacity;
    list_init(&channel->senders);
    list_init(&channel->receivers);
    return channel;
}

void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    REQUIRE(list_is_empty(&channel->senders) && list_is_empty(&channel->receivers));
    mem_free(channel);
}

static void ring_append(struct channel *channel, void *item)
{
    channel->items[(channel->first + channel->count) % channel->capacity] = item;
    channel->count++;
}

static void *ring_take(struct channel *channel)
{
    void *item = channel->items[channel->first];
    channel->first = (channel->first + 1) % channel->capacity;
    channel->count--;
    return item;
}

static struct channel_waiter *first_waiter(struct list *waiters)
{
    struct list *first = list_take_first(waiters);
    return first != NULL ? LIST_OWNER(first, struct channel_waiter, link) : NULL;
}

static void waiter_finish(struct channel_waiter *waiter, void *item)
{
    waiter->item = item;
    waiter->is_done = true;
    fiber_wake(waiter->fiber);
}

/* Parks until somebody finishes the waiter. */
static struct error *waiter_wait(struct ctx *cx, struct list *waiters, struct channel_waiter *waiter,
                                 int64_t deadline_us)
{
    waiter->fiber = fiber_self();
    list_append(waiters, &waiter->link);
    enum fiber_wakeup wakeup;
    do {
        wakeup = fiber_park(deadline_us);
    } while (wakeup == FIBER_WOKEN && !waiter->is_done);
    if (waiter->is_done)
        return NULL;
    list_remove(&waiter->link);
    return fiber_wakeup_error(cx, wakeup);
}

bool channel_try_send(struct channel *channel, void *item)
{
    REQUIRE(item != NULL); /* NULL is what receivers get from a closed channel */
    if (channel->is_closed || channel->count == channel->capacity)
        return false;
    struct channel_waiter *receiver = first_waiter(&channel->receivers);
    if (receiver != NULL)
        waiter_finish(receiver, item);
    else
        ring_append(channel, item);
    return true;
}

struct error *channel_send(struct ctx *cx, struct channel *channel, void *item, int64_t deadline_us)
{
    if (channel_try_send(channel, item))
        return NULL;
    struct channel_waiter waiter = {.item = item};
    if (!channel->is_closed)
        TRY(waiter_wait(cx, &channel->senders, &waiter, deadline_us));
    /* The item is in the ring (waiter.item is NULL then), or the channel was closed before there was room. */
    return waiter.item == NULL ? NULL : ERROR_CODE(cx, GONE, "the channel is closed");
}

struct error *channel_receive(struct ctx *cx, struct channel *channel, int64_t deadline_us, void **ret_item)
{
    if (channel->count > 0) {
        *ret_item = ring_take(channel);
        struct channel_waiter *sender = first_waiter(&channel->senders);
        if (sender != NULL) {
            ring_append(channel, sender->item);
            waiter_finish(sender, NULL);
        }
        return NULL;
    }
    struct channel_waiter waiter = {0};
    if (!channel->is_closed)
        TRY(waiter_wait(cx, &channel->receivers, &waiter, deadline_us));
    *ret_item = waiter.item;
    return NULL;
}

void channel_close(struct channel *channel)
{
    channel->is_closed = true;
    struct channel_waiter *waiter;
    while ((waiter = first_waiter(&channel->receivers)) != NULL)
        waiter_finish(waiter, NULL);
    while ((waiter = first_waiter(&channel->senders)) != NULL)
        waiter_finish(waiter, waiter->item);
}
