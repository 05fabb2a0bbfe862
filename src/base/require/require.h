/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Programming mistakes are not errors: REQUIRE stays on in release builds and aborts with a trace. */
#ifndef BASE_REQUIRE_REQUIRE_H
#define BASE_REQUIRE_REQUIRE_H

#include <stddef.h>

/* Prints place, claim and a stack trace to stderr, then aborts. */
_Noreturn void require_failed(const char *claim, const char *file, int line, const char *function);

/* What must hold whatever a client sends. */
#define REQUIRE(claim) ((claim) ? (void)0 : require_failed(#claim, __FILE__, __LINE__, __func__))

/* A branch that no input can reach. */
#define UNREACHABLE(why) require_failed("unreachable: " why, __FILE__, __LINE__, __func__)

#define MUST_USE         __attribute__((warn_unused_result))
/* A large buffer that is written before it is read: release builds clear all others first. */
#define UNCLEARED       __attribute__((uninitialized))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* 0, or a compile error when `member` of `type` is not of type `expected`. */
#define MEMBER_IS(type, member, expected)                                                                    \
    (0 * sizeof(struct {                                                                                     \
         int check_ : __builtin_types_compatible_p(__typeof__(((type *)0)->member), expected) ? 1 : -1;      \
     }))

/* offsetof that also checks the member's type. */
#define OFFSET_OF(type, member, expected) (offsetof(type, member) + MEMBER_IS(type, member, expected))

#endif
