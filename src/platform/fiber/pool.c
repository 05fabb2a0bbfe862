/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The blocking pool. A call lives on the stack of the fiber that waits for it; the thread's last touch of it
 * is the wake. */
#include "platform/fiber/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/data/list.h"
#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/thread.h"

/* The kernel's own lower bound. */
enum { SHORTEST_SLICE_NS = 100000 };
/* A stream of vital calls alone shall not stop the others for ever. */
enum { VITAL_IN_ROW = 7 };

struct pool_job {
    struct list link;
    void (*fn)(void *arg);
    void *arg;
    struct fiber *fiber;
};

struct pool {
    struct pool_options options;
    pthread_t *threads;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t has_work;
    struct list vital, others;
    unsigned vital_in_row; /* taken since the last of the others */
    int queued;            /* in both */
    int running;
    bool is_closing;

    atomic_int depth; /* queued + running, for who asks without the lock */
};

static struct list *take_first(struct pool *pool)
{
    bool is_turn_of_others = list_is_empty(&pool->vital) || pool->vital_in_row >= VITAL_IN_ROW;
    struct list *queue = is_turn_of_others && !list_is_empty(&pool->others) ? &pool->others : &pool->vital;
    pool->vital_in_row = queue == &pool->vital ? pool->vital_in_row + 1 : 0;
    return list_take_first(queue);
}

/* Waits for a job; NULL once the pool closes and nothing is left. */
static struct pool_job *pool_next(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->queued == 0 && !pool->is_closing)
        pthread_cond_wait(&pool->has_work, &pool->lock);
    struct list *first = take_first(pool);
    if (first != NULL) {
        pool->queued--;
        pool->running++;
    }
    pthread_mutex_unlock(&pool->lock);
    return first != NULL ? LIST_OWNER(first, struct pool_job, link) : NULL;
}

static void pool_finish(struct pool *pool, struct fiber *fiber)
{
    pthread_mutex_lock(&pool->lock);
    pool->running--;
    atomic_fetch_sub_explicit(&pool->depth, 1, memory_order_relaxed);
    pthread_mutex_unlock(&pool->lock);
    fiber_wake_from_thread(fiber);
}

/* What the kernel takes; the C library has no call for it. Source: sched_setattr(2). */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t slice_ns, deadline_ns, period_ns;
};

/* Steps back behind the loops: a small share, in slices so short that nobody who wakes up waits long (kernels before 6.12 take
 * no slice). On Linux both are a thread's own. A refusal leaves things as they were, which does no harm. */
static void step_back(int nice)
{
    const struct scheduling wish = {
        .size = sizeof(wish), .policy = SCHED_OTHER, .nice = nice, .slice_ns = SHORTEST_SLICE_NS};
    if (syscall(SYS_sched_setattr, 0, &wish, 0) != 0)
        setpriority(PRIO_PROCESS, (id_t)gettid(), nice);
}

static void *pool_work(void *arg)
{
    struct pool *pool = arg;
    if (pool->options.nice > 0)
        step_back(pool->options.nice);
    struct pool_job *job;
    while ((job = pool_next(pool)) != NULL) {
        struct fiber *fiber = job->fiber;
        job->fn(job->arg);
        pool_finish(pool, fiber);
    }
    return NULL;
}

struct pool *pool_new(const struct pool_options *options)
{
    REQUIRE(options->threads > 0 && options->max_queue >= 0);
    struct pool *pool = MEM_NEW(struct pool);
    pool->options = *options;
    pool->threads = mem_alloc_array((size_t)options->threads, sizeof(*pool->threads));
    list_init(&pool->vital);
    list_init(&pool->others);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_work, NULL);
    for (int i = 0; i < options->threads; i++)
        thread_start(&pool->threads[i], options->name, pool_work, pool);
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_closing = true;
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->options.threads; i++)
        REQUIRE(pthread_join(pool->threads[i], NULL) == 0);
    pthread_cond_destroy(&pool->has_work);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool->threads);
    mem_free(pool);
}

/* False when the queue is full. A call that a thread is free for does not count as waiting. */
static bool pool_enqueue(struct pool *pool, struct pool_job *job, bool is_vital)
{
    pthread_mutex_lock(&pool->lock);
    REQUIRE(!pool->is_closing);
    int idle = pool->options.threads - pool->running;
    bool has_room = pool->queued < pool->options.max_queue + idle;
    if (has_room) {
        list_append(is_vital ? &pool->vital : &pool->others, &job->link);
        pool->queued++;
        atomic_fetch_add_explicit(&pool->depth, 1, memory_order_relaxed);
        pthread_cond_signal(&pool->has_work);
    }
    pthread_mutex_unlock(&pool->lock);
    return has_room;
}

struct error *pool_call(struct ctx *cx, struct pool *pool, void (*fn)(void *arg), void *arg)
{
    struct pool_job job = {.fn = fn, .arg = arg, .fiber = fiber_self()};
    if (job.fiber == NULL) {
        fn(arg);
        return NULL;
    }
    if (!pool_enqueue(pool, &job, cx->is_vital))
        return ERROR_CODE(cx, RATE_LIMITED, "too much work of this kind is waiting");
    fiber_park_firmly();
    return NULL;
}

int pool_depth(const struct pool *pool)
{
    return atomic_load_explicit(&pool->depth, memory_order_relaxed);
}
