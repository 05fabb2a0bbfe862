/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of streaming: windows, playlists (RFC 8216), segment tables. Pure. */
#ifndef MODULES_STREAMING_STREAMING_DOMAIN_H
#define MODULES_STREAMING_STREAMING_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/str.h"
#include "base/value/id.h"
#include "base/value/instant.h"

/* Segment addresses are good in their window of one hour and in the next. */
int64_t window_of(struct instant now);
bool window_is_open(int64_t window, struct instant now);
struct instant window_end(int64_t window);

struct segment {
    int64_t offset, size, duration_us;
};

enum { SEGMENTS_MAX = 4096 };

/* Reads [[offset, size, duration_us], …]; the first is the init segment. False for anything else. */
bool segments_parse(struct arena *arena, struct str json, struct segment **ret_segments, size_t *ret_count);

struct playlist_variant {
    struct str url, codecs, name;
    int64_t bandwidth, average_bandwidth;
};
/* The list of renditions. */
struct str playlist_master(struct arena *arena, const struct playlist_variant *variants, size_t count);
/* One rendition: its segments below `base`, "base/0.m4s" being the init segment. */
struct str playlist_media(struct arena *arena, struct str base, const struct segment *segments, size_t count);

/* "12.m4s": players that go by names refuse segments without an ending they know. */
MUST_USE bool segment_number_parse(struct str file, int64_t *ret_number);

#endif
