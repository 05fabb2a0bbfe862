/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Draws covers for the demo shop: colour fields and rings from a seed, as PNG. */
#ifndef APP_DEMO_COVER_H
#define APP_DEMO_COVER_H

#include "base/mem/arena.h"

/* 720 × 720 pixels. */
struct str demo_cover_png(struct arena *arena, uint32_t seed);

#endif
