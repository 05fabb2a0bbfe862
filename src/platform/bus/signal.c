/* SPDX-License-Identifier: AGPL-3.0-or-later
 * In-process signals: a list of subscriptions under one mutex; a signal posts a delivery to the loop of each that matches. A
 * delivery names its subscription by number, so that one that ended in the meantime is simply passed over. */
#include "base/mem/alloc.h"

#include "platform/bus/feed.h"

struct bus_subscription {
    struct list node;
    uint64_t number;
    struct loop *loop;
    bus_signal_fn fn;
    void *arg;
    char *topic;
    size_t topic_len;
};

struct delivery {
    struct loop_task task;
    struct bus *bus;
    uint64_t subscription;
    size_t topic_len, payload_len;
    char bytes[]; /* topic, then payload */
};

void bus_signals_init(struct bus *bus)
{
    pthread_mutex_init(&bus->mutex, NULL);
    list_init(&bus->subscriptions);
    bus->next_subscription = 1;
}

void bus_signals_fini(struct bus *bus)
{
    REQUIRE(list_is_empty(&bus->subscriptions));
    pthread_mutex_destroy(&bus->mutex);
}

struct bus_subscription *bus_subscribe(struct bus *bus, struct str topic, bus_signal_fn fn, void *arg)
{
    struct bus_subscription *subscription = MEM_NEW(struct bus_subscription);
    subscription->loop = loop_self();
    REQUIRE(subscription->loop != NULL);
    subscription->fn = fn;
    subscription->arg = arg;
    subscription->topic = mem_alloc(topic.len + 1);
    subscription->topic_len = topic.len;
    memcpy(subscription->topic, topic.ptr, topic.len);
    pthread_mutex_lock(&bus->mutex);
    subscription->number = bus->next_subscription++;
    list_append(&bus->subscriptions, &subscription->node);
    pthread_mutex_unlock(&bus->mutex);
    return subscription;
}

void bus_unsubscribe(struct bus *bus, struct bus_subscription *subscription)
{
    if (subscription == NULL)
        return;
    pthread_mutex_lock(&bus->mutex);
    list_remove(&subscription->node);
    pthread_mutex_unlock(&bus->mutex);
    mem_free(subscription->topic);
    mem_free(subscription);
}

/* Called on the subscription's own loop, where only it can end: the pointer stays good after the lock is given back. */
static struct bus_subscription *find_subscription(struct bus *bus, uint64_t number)
{
    struct bus_subscription *found = NULL;
    pthread_mutex_lock(&bus->mutex);
    LIST_EACH (node, &bus->subscriptions) {
        struct bus_subscription *subscription = LIST_OWNER(node, struct bus_subscription, node);
        if (subscription->number == number) {
            found = subscription;
            break;
        }
    }
    pthread_mutex_unlock(&bus->mutex);
    return found;
}

static void deliver(struct loop_task *task)
{
    struct delivery *delivery = (struct delivery *)(void *)task;
    struct bus_subscription *subscription = find_subscription(delivery->bus, delivery->subscription);
    if (subscription != NULL)
        subscription->fn(subscription->arg, str_from(delivery->bytes, delivery->topic_len),
                         str_from(delivery->bytes + delivery->topic_len, delivery->payload_len));
    mem_free(delivery);
}

static void post_delivery(struct bus *bus, const struct bus_subscription *subscription, struct str topic,
                          struct str payload)
{
    struct delivery *delivery = mem_alloc(sizeof(*delivery) + topic.len + payload.len);
    delivery->task.fn = deliver;
    delivery->bus = bus;
    delivery->subscription = subscription->number;
    delivery->topic_len = topic.len;
    delivery->payload_len = payload.len;
    memcpy(delivery->bytes, topic.ptr, topic.len);
    if (payload.len != 0)
        memcpy(delivery->bytes + topic.len, payload.ptr, payload.len);
    loop_post(subscription->loop, &delivery->task);
}

void bus_signal(struct bus *bus, struct str topic, struct str payload)
{
    pthread_mutex_lock(&bus->mutex);
    LIST_EACH (node, &bus->subscriptions) {
        const struct bus_subscription *subscription = LIST_OWNER(node, struct bus_subscription, node);
        if (str_equal(str_from(subscription->topic, subscription->topic_len), topic))
            post_delivery(bus, subscription, topic, payload);
    }
    pthread_mutex_unlock(&bus->mutex);
}
