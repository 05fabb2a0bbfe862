/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The cage that the process builds around itself before it reads a byte of somebody else's file: no new
 * descriptors but those handed over, no files, no sockets, no processes, no executable memory, bounded
 * memory, time and file size. It cannot be left again. */
#ifndef MEDIA_PROCESS_SANDBOX_H
#define MEDIA_PROCESS_SANDBOX_H

#include <stdint.h>

#include "base/error/error.h"

struct arena;

enum sandbox_level {
    SANDBOX_FULL,    /* rlimits, Landlock and seccomp; what cannot be had stops the process */
    SANDBOX_SECCOMP, /* the same on a kernel without Landlock; seccomp alone already refuses every open */
    SANDBOX_OFF      /* for sanitizers and valgrind, which open files and map code while they run */
};

#define SANDBOX_MEMORY_BYTES (1024LL * 1024 * 1024)      /* address space, libraries included */
#define SANDBOX_FILE_BYTES   (16LL * 1024 * 1024 * 1024) /* of one output */
#define SANDBOX_DESCRIPTORS  64
#define SANDBOX_CPU_SECONDS  1800

/* Closes every descriptor above the job's socket. Called first thing. */
void sandbox_close_descriptors(void);

/* Lets the libraries do what they do only once and cannot do later. */
void sandbox_warm_up(void);

/* cpu_seconds 0: SANDBOX_CPU_SECONDS. A forbidden system call either fails with EPERM, where a library
 * tries it in good faith, or reports media.sandbox on the job's socket and ends the process.
 * Errors: media.internal, saying which part the kernel refused. */
MUST_USE struct error *sandbox_apply(struct arena *arena, enum sandbox_level level, int64_t cpu_seconds);

/* `lathe-media --sandbox-test`: tries hostile things, each in a process of its own, and prints one TAP
 * line each. Returns the number of things that went another way than they must. */
int sandbox_try_all(void);

#endif
