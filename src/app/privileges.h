/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Root is given up before anything from outside is read: the process becomes LATHE_USER and keeps only the right to bind low
 * ports until it has bound. */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

#include "base/error/error.h"

struct config;

/* Nothing when not started by root, or, in development, when LATHE_USER is not set. The data directory is made and given to the
 * user. The error, if any, is a static or heap text: it is printed and the process ends. */
MUST_USE struct error *privileges_drop(const struct config *config);

/* Gives up the right to bind low ports too. */
void privileges_finish(void);

#endif
