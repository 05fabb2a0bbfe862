/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What unit tests include: cmocka with what it needs, and checks that know the types of base. */
#ifndef TESTS_LIB_CHECK_H
#define TESTS_LIB_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/require/require.h"
#include "base/text/str.h"

/* For rows of tables: fails with the message (printf style), which names the row. */
#define check_that(claim, ...) ((claim) ? (void)0 : check_failed(__FILE__, __LINE__, __VA_ARGS__))

void check_failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* struct str against a C string. */
#define check_str(actual, expected) check_str_at((actual), (expected), __FILE__, __LINE__)

void check_str_at(struct str actual, const char *expected, const char *file, int line);

typedef void (*check_fn)(void *arg);

/* Runs fn(arg) in a child process; true when REQUIRE (or abort) ended it. */
bool check_aborts(check_fn fn, void *arg);

#endif
