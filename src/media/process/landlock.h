/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Denies all use of the file system and of TCP by Landlock. */
#ifndef MEDIA_PROCESS_LANDLOCK_H
#define MEDIA_PROCESS_LANDLOCK_H

#include <stdbool.h>

/* Needs no_new_privs. False with errno: ENOSYS or EOPNOTSUPP when the kernel has no Landlock. */
bool landlock_deny_everything(void);

#endif
