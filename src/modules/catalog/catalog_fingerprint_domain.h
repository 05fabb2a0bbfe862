/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fingerprints of recordings, as texts: which features to look up, and whether two are the same. Pure. */
#ifndef MODULES_CATALOG_CATALOG_FINGERPRINT_DOMAIN_H
#define MODULES_CATALOG_CATALOG_FINGERPRINT_DOMAIN_H

#include <stdbool.h>

#include "base/data/vec.h"
#include "base/mem/arena.h"
#include "base/text/str.h"

/* Features that are told apart by more than chance: different ones, without those of silence and of held tones. step 1 gives
 * all, 4 every fourth: what is stored may be sparser than what is asked. Array of int64_t; empty for what is no fingerprint. */
struct array fingerprint_features(struct arena *arena, struct str raw, size_t step);

/* Whether two recordings are the same by their fingerprints, whatever they were encoded with. */
bool fingerprint_is_same(struct arena *arena, struct str raw, struct str other_raw);

#endif
