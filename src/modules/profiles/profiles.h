/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of profiles: what people show of themselves. Owns profile. */
#ifndef MODULES_PROFILES_PROFILES_H
#define MODULES_PROFILES_PROFILES_H

#include "platform/ctx/ctx.h"

extern const struct module profiles_module;

#endif
