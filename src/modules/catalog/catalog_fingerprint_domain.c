/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See catalog_fingerprint_domain.h. */
#include "modules/catalog/catalog_fingerprint_domain.h"

#include "media/protocol.h"

/* A feature that comes this often in one recording says little about it. */
enum { COMMON = 4, MAX_FEATURES = 2048 };

/* Ascending; sorts in place by insertion, for a fingerprint has about a thousand features and is sorted seldom. */
static void sort_features(uint32_t *features, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t feature = features[i];
        size_t at = i;
        for (; at > 0 && features[at - 1] > feature; at--)
            features[at] = features[at - 1];
        features[at] = feature;
    }
}

struct array fingerprint_features(struct arena *arena, struct str raw, size_t step)
{
    struct media_fingerprint all;
    VEC(int64_t) chosen = {0};
    if (str_is_empty(raw) || !media_fingerprint_parse(arena, raw, &all))
        return (struct array){0};
    size_t count = all.count < MAX_FEATURES ? all.count : MAX_FEATURES;
    sort_features(all.features, count);
    for (size_t from = 0, to = 0, distinct = 0; from < count; from = to) {
        for (to = from; to < count && all.features[to] == all.features[from]; to++)
            ;
        if (all.features[from] != 0 && to - from < COMMON && distinct++ % step == 0)
            *VEC_PUSH(arena, &chosen) = all.features[from];
    }
    return (struct array){chosen.items, chosen.count};
}

bool fingerprint_is_same(struct arena *arena, struct str raw, struct str other_raw)
{
    struct media_fingerprint a;
    struct media_fingerprint b;
    return media_fingerprint_parse(arena, raw, &a) && media_fingerprint_parse(arena, other_raw, &b) &&
           media_fingerprint_similarity(a, b) >= MEDIA_FINGERPRINT_SAME;
}
