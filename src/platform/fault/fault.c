/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The registry of armed faults and what a passage does. One per process, and only in test builds: a point must
 * be reachable by its name from a test that knows nothing of the code around it. */
#include "platform/fault/fault.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/data/list.h"
#include "base/data/vec.h"
#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/fiber/fiber.h"

struct armed_fault {
    struct list link;
    char *name;             /* owned */
    struct fault_rule rule; /* point is name */
    int passages;
};

/* Somebody held at a point, on its own stack. */
struct held {
    struct list link;
    const char *point;
    bool is_released;
    struct fiber *fiber; /* NULL: a thread, or a loop outside of fibers */
    struct loop *loop;
    struct loop_task release;
    bool has_release_arrived; /* loop thread only */
};

static struct {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t is_released;
    struct list armed;
    struct list held;
    VEC(const char *) seen;
} registry = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .is_released = PTHREAD_COND_INITIALIZER,
    .armed = {&registry.armed, &registry.armed},
    .held = {&registry.held, &registry.held},
};

static char *copy_name(const char *name)
{
    size_t size = strlen(name) + 1;
    return memcpy(mem_alloc(size), name, size);
}

/* With the lock held. */
static void see(const char *point)
{
    for (size_t i = 0; i < registry.seen.count; i++) {
        if (strcmp(registry.seen.items[i], point) == 0)
            return;
    }
    *VEC_PUSH(NULL, &registry.seen) = copy_name(point);
}

/* With the lock held; NULL when the point is not armed. */
static struct armed_fault *find_armed(const char *point)
{
    LIST_EACH (node, &registry.armed) {
        struct armed_fault *armed = LIST_OWNER(node, struct armed_fault, link);
        if (strcmp(armed->rule.point, point) == 0)
            return armed;
    }
    return NULL;
}

/* With the lock held. Counts the passage. */
static bool takes_effect(struct armed_fault *armed)
{
    int first = armed->rule.after > 1 ? armed->rule.after : 1;
    armed->passages++;
    return armed->passages >= first &&
           (armed->rule.times == 0 || armed->passages - first < armed->rule.times);
}

static void release_arrived(struct loop_task *task)
{
    struct held *held = LIST_OWNER(task, struct held, release);
    held->has_release_arrived = true;
    fiber_wake(held->fiber);
}

/* The rule that this passage falls under. A wait joins the held at once, so that no release can come between. */
static struct fault_rule pass(const char *point, struct held *held)
{
    struct fault_rule rule = {.action = FAULT_NONE};
    pthread_mutex_lock(&registry.lock);
    see(point);
    struct armed_fault *armed = find_armed(point);
    if (armed != NULL && takes_effect(armed))
        rule = armed->rule;
    if (rule.action == FAULT_WAIT) {
        *held = (struct held){
            .point = point, .fiber = fiber_self(), .loop = loop_self(), .release.fn = release_arrived};
        list_append(&registry.held, &held->link);
    }
    pthread_mutex_unlock(&registry.lock);
    return rule;
}

static void wait_on_fiber(struct held *held)
{
    enum fiber_wakeup wakeup;
    do {
        wakeup = fiber_park(INT64_MAX);
    } while (wakeup == FIBER_WOKEN && !held->has_release_arrived);
    pthread_mutex_lock(&registry.lock);
    bool is_released = held->is_released;
    if (!is_released)
        list_remove(&held->link);
    pthread_mutex_unlock(&registry.lock);
    while (is_released && !held->has_release_arrived) /* cancelled, but the release is in the mail */
        fiber_park_firmly();
}

static void wait_on_thread(struct held *held)
{
    pthread_mutex_lock(&registry.lock);
    while (!held->is_released)
        pthread_cond_wait(&registry.is_released, &registry.lock);
    pthread_mutex_unlock(&registry.lock);
}

static void delay(int64_t delay_ms)
{
    int64_t due_us = loop_now_us() + delay_ms * 1000;
    if (fiber_self() != NULL) {
        while (fiber_park(due_us) == FIBER_WOKEN)
            ;
        return;
    }
    struct timespec left = {.tv_sec = delay_ms / 1000, .tv_nsec = delay_ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* Does what the rule says; true when the passage fails. */
static bool suffer(const struct fault_rule *rule, struct held *held)
{
    switch (rule->action) {
    case FAULT_NONE:
        return false;
    case FAULT_FAIL:
        return true;
    case FAULT_DELAY:
        delay(rule->delay_ms);
        return false;
    case FAULT_WAIT:
        if (held->fiber != NULL)
            wait_on_fiber(held);
        else
            wait_on_thread(held);
        return false;
    case FAULT_CRASH:
        kill(getpid(), SIGKILL);
        break;
    }
    UNREACHABLE("a process survived SIGKILL");
}

struct error *fault_pass(struct ctx *cx, const char *point)
{
    struct held held = {0};
    struct fault_rule rule = pass(point, &held);
    if (!suffer(&rule, &held))
        return NULL;
    return error_new(cx->arena, &error_common_reasons[rule.code], __FILE__, __LINE__, "fault at %s", point);
}

bool fault_pass_errno(const char *point)
{
    struct held held = {0};
    struct fault_rule rule = pass(point, &held);
    if (!suffer(&rule, &held))
        return false;
    errno = rule.errno_value != 0 ? rule.errno_value : EIO;
    return true;
}

static void armed_free(struct armed_fault *armed)
{
    list_remove(&armed->link);
    mem_free(armed->name);
    mem_free(armed);
}

void fault_arm(const struct fault_rule *rule)
{
    struct armed_fault *armed = MEM_NEW(struct armed_fault);
    armed->rule = *rule;
    armed->name = copy_name(rule->point);
    armed->rule.point = armed->name;
    pthread_mutex_lock(&registry.lock);
    struct armed_fault *before = find_armed(rule->point);
    if (before != NULL)
        armed_free(before);
    list_append(&registry.armed, &armed->link);
    pthread_mutex_unlock(&registry.lock);
}

/* With the lock held. The held may vanish as soon as it is let go of. */
static void let_go(struct held *held)
{
    list_remove(&held->link);
    held->is_released = true;
    if (held->fiber != NULL)
        loop_post(held->loop, &held->release);
}

/* With the lock held. point NULL: all. */
static void release(const char *point)
{
    struct list *node = registry.held.next;
    while (node != &registry.held) {
        struct held *held = LIST_OWNER(node, struct held, link);
        node = node->next;
        if (point == NULL || strcmp(held->point, point) == 0)
            let_go(held);
    }
    pthread_cond_broadcast(&registry.is_released);
}

void fault_disarm_all(void)
{
    pthread_mutex_lock(&registry.lock);
    while (!list_is_empty(&registry.armed))
        armed_free(LIST_OWNER(registry.armed.next, struct armed_fault, link));
    release(NULL);
    pthread_mutex_unlock(&registry.lock);
}

void fault_release(const char *point)
{
    pthread_mutex_lock(&registry.lock);
    release(point);
    pthread_mutex_unlock(&registry.lock);
}

int fault_waiting(const char *point)
{
    int count = 0;
    pthread_mutex_lock(&registry.lock);
    LIST_EACH (node, &registry.held)
        count += strcmp(LIST_OWNER(node, struct held, link)->point, point) == 0;
    pthread_mutex_unlock(&registry.lock);
    return count;
}

size_t fault_points_seen(const char **ret_points, size_t capacity)
{
    pthread_mutex_lock(&registry.lock);
    size_t count = registry.seen.count;
    for (size_t i = 0; i < count && i < capacity; i++)
        ret_points[i] = registry.seen.items[i];
    pthread_mutex_unlock(&registry.lock);
    return count;
}
