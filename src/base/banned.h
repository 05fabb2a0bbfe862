/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Functions that nobody may call, made compile errors (the idea is Git's). Forced into every C file of
 * ours by the build; base/text has the replacements. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets atoi atol atoll atof
#pragma GCC poison sscanf fscanf srand localtime gmtime asctime ctime alloca popen mktemp tmpnam

/* Not poisoned, because headers of libraries have parameters of this name; a call is an error all the same. */
/* NOLINTNEXTLINE(readability-identifier-naming): the name of what it bans */
#define rand() rand_is_banned_use_crypto_random

#endif
