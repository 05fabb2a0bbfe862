/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Marks arena memory that nobody may touch, in AddressSanitizer builds. Internal to base/mem. */
#ifndef BASE_MEM_POISON_H
#define BASE_MEM_POISON_H

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define POISON_BY_CLANG 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(POISON_BY_CLANG)
#include <sanitizer/asan_interface.h>

#define POISON_IS_ON                 1
#define poison_bytes(bytes, count)   ASAN_POISON_MEMORY_REGION((bytes), (count))
#define unpoison_bytes(bytes, count) ASAN_UNPOISON_MEMORY_REGION((bytes), (count))
#else
#define POISON_IS_ON 0

static inline void poison_bytes(const void *bytes, size_t count)
{
    (void)bytes;
    (void)count;
}

static inline void unpoison_bytes(const void *bytes, size_t count)
{
    (void)bytes;
    (void)count;
}
#endif

#endif
