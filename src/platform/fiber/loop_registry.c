/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The running loops of the process, for the watchdog. A loop cannot go away while it is looked at. */
#include <pthread.h>

#include "platform/fiber/scheduler.h"

static struct {
    pthread_mutex_t lock; /* of the list, and of the watchdog's members of its loops */
    struct list loops;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER, .loops = {&registry.loops, &registry.loops}};

void loop_registry_add(struct loop *loop)
{
    pthread_mutex_lock(&registry.lock);
    list_append(&registry.loops, &loop->registered);
    pthread_mutex_unlock(&registry.lock);
}

void loop_registry_remove(struct loop *loop)
{
    pthread_mutex_lock(&registry.lock);
    list_remove(&loop->registered);
    pthread_mutex_unlock(&registry.lock);
}

void loops_each(void (*fn)(struct loop *loop, void *arg), void *arg)
{
    pthread_mutex_lock(&registry.lock);
    LIST_EACH (node, &registry.loops)
        fn(LIST_OWNER(node, struct loop, registered), arg);
    pthread_mutex_unlock(&registry.lock);
}
