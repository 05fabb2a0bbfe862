/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of analytics: counters and daily series, built by outbox consumers and rebuildable. Owns play, spec_counter,
 * spec_daily. */
#ifndef MODULES_ANALYTICS_ANALYTICS_H
#define MODULES_ANALYTICS_ANALYTICS_H

#include "platform/ctx/ctx.h"

extern const struct module analytics_module;

#endif
