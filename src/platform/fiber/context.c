/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The switch, on boost's fcontext, which saves just what the calling convention says must survive a call. */
#include "platform/fiber/context.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef LATHE_VALGRIND
#include <valgrind/valgrind.h>
#endif

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define WITH_TSAN 1
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if defined(WITH_ASAN) || defined(WITH_TSAN)
const size_t context_stack_factor = 4;
#else
const size_t context_stack_factor = 1;
#endif

/* The three symbols of the static boost_context that we use; its headers are C++. The layout of the result is
 * part of its assembler's contract. */
struct fcontext_transfer {
    void *resume_point; /* of the side that was left */
    void *data;         /* as given to jump_fcontext */
};
void *make_fcontext(void *stack_top, size_t stack_bytes, void (*entry)(struct fcontext_transfer transfer));
struct fcontext_transfer jump_fcontext(void *to, void *data);

/* What is done on the far side of each jump: the side that was left is made ready to be entered again. */
__attribute__((no_sanitize_thread)) static void complete_switch(struct context *self,
                                                                struct fcontext_transfer transfer)
{
    struct context *left = transfer.data;
    left->resume_point = transfer.resume_point;
#ifdef WITH_ASAN
    /* This also tells the bounds of a thread's stack, which nobody else knows for sure. */
    __sanitizer_finish_switch_fiber(self->fake_stack, &left->stack_bottom, &left->stack_bytes);
#else
    (void)self;
#endif
}

/* Inlined into its two callers: behind a jump the processor predicts no return well, so there should be few.
 * Not for TSan, whose record of such a call would begin on one fiber and end on another. */
__attribute__((always_inline, no_sanitize_thread)) static inline void jump(struct context *from,
                                                                           struct context *to,
                                                                           void **fake_stack_slot)
{
    from->target = to;
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(fake_stack_slot, to->stack_bottom, to->stack_bytes);
#else
    (void)fake_stack_slot;
#endif
#ifdef WITH_TSAN
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
#endif
    complete_switch(from, jump_fcontext(to->resume_point, from));
}

__attribute__((no_sanitize_thread)) static void start(struct fcontext_transfer transfer)
{
    struct context *self = ((struct context *)transfer.data)->target;
    complete_switch(self, transfer);
    self->entry(self);
    UNREACHABLE("the entry of a context returned");
}

__attribute__((no_sanitize_thread)) void context_switch(struct context *from, struct context *to)
{
    jump(from, to, &from->fake_stack);
}

__attribute__((no_sanitize_thread)) void context_leave(struct context *from, struct context *to)
{
    jump(from, to, NULL); /* NULL: ASan gives up the fake stack of this side */
    UNREACHABLE("a context that had left was entered");
}

void context_init_thread(struct context *context)
{
    *context = (struct context){0};
#ifdef WITH_TSAN
    context->tsan_fiber = __tsan_get_current_fiber();
#endif
}

/* A stack and its guard are two mappings, of the 65530 that Linux gives a process unless told otherwise; the rest
 * is for files, heaps and the stacks of threads. */
enum { STACKS_MAX = 28000 };

static atomic_int stack_count;

static bool map_stack(struct context *context, size_t stack_bytes)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    stack_bytes = (stack_bytes + page_bytes - 1) / page_bytes * page_bytes;
    size_t mapping_bytes = page_bytes + stack_bytes;
    char *mapping = mmap(NULL, mapping_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED)
        return false;
    if (mprotect(mapping, page_bytes, PROT_NONE) != 0) { /* out of mappings: the guard splits one in two */
        munmap(mapping, mapping_bytes);
        return false;
    }
    context->mapping = mapping;
    context->mapping_bytes = mapping_bytes;
    context->stack_bottom = mapping + page_bytes;
    context->stack_bytes = stack_bytes;
    return true;
}

bool context_init(struct context *context, size_t stack_bytes, void (*entry)(struct context *self))
{
    *context = (struct context){.entry = entry};
    if (atomic_fetch_add(&stack_count, 1) >= STACKS_MAX || !map_stack(context, stack_bytes)) {
        atomic_fetch_sub(&stack_count, 1);
        return false;
    }
    char *top = context->mapping + context->mapping_bytes;
    context->resume_point = make_fcontext(top, context->stack_bytes, start);
#ifdef WITH_TSAN
    context->tsan_fiber = __tsan_create_fiber(0);
#endif
#ifdef LATHE_VALGRIND
    context->valgrind_id = VALGRIND_STACK_REGISTER(context->stack_bottom, top);
#endif
    return true;
}

void context_fini(struct context *context)
{
#ifdef LATHE_VALGRIND
    VALGRIND_STACK_DEREGISTER(context->valgrind_id);
#endif
#ifdef WITH_TSAN
    __tsan_destroy_fiber(context->tsan_fiber);
#endif
#ifdef WITH_ASAN
    ASAN_UNPOISON_MEMORY_REGION(context->stack_bottom, context->stack_bytes);
#endif
    munmap(context->mapping, context->mapping_bytes);
    atomic_fetch_sub(&stack_count, 1);
    *context = (struct context){0};
}
