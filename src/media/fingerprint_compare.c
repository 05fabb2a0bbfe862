/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Are two recordings the same? Compares raw fingerprints bit by bit at the best alignment. Knows
 * nothing of Chromaprint, so that the server can compare what the media process found. */
#include "base/text/encode.h"

#include "media/protocol.h"

/* Chromaprint makes a feature each 1365 samples of 11 025 Hz. */
#define FEATURES_PER_SECOND 8
#define OFFSET_MAX          (30 * FEATURES_PER_SECOND)
#define OVERLAP_MIN         (4 * FEATURES_PER_SECOND)

bool media_fingerprint_parse(struct arena *arena, struct str text, struct media_fingerprint *ret_fingerprint)
{
    struct str bytes = STR_NONE;
    if (!base64_decode(arena, text, &bytes) || bytes.len % 4 != 0)
        return false;
    size_t count = bytes.len / 4;
    uint32_t *features = ARENA_ARRAY(arena, uint32_t, count);
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    for (size_t i = 0; i < count; i++, at += 4) {
        features[i] = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    }
    *ret_fingerprint = (struct media_fingerprint){.features = features, .count = count};
    return true;
}

/* The share of equal bits when a[i] lies over b[i + offset], or 0 when too little overlaps. */
static double similarity_at(struct media_fingerprint a, struct media_fingerprint b, ptrdiff_t offset)
{
    size_t from = offset < 0 ? (size_t)-offset : 0;
    size_t shift = offset < 0 ? 0 : (size_t)offset;
    if (from >= a.count || shift >= b.count)
        return 0;
    size_t overlap = a.count - from < b.count - shift ? a.count - from : b.count - shift;
    if (overlap < OVERLAP_MIN)
        return 0;
    unsigned long different = 0;
    for (size_t i = 0; i < overlap; i++)
        different += (unsigned long)__builtin_popcount(a.features[from + i] ^ b.features[shift + i]);
    return 1.0 - (double)different / (32.0 * (double)overlap);
}

double media_fingerprint_similarity(struct media_fingerprint a, struct media_fingerprint b)
{
    double best = 0;
    for (ptrdiff_t offset = -OFFSET_MAX; offset <= OFFSET_MAX; offset++) {
        double similarity = similarity_at(a, b, offset);
        if (similarity > best)
            best = similarity;
    }
    return best;
}
