/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of streaming. See streaming_domain.h. */
#include "modules/streaming/streaming_domain.h"

#include "base/text/number.h"
#include "base/text/strbuf.h"

enum { MAX_PLAYLIST = 1 << 20 };

int64_t window_of(struct instant now)
{
    return now.us / US_PER_HOUR;
}

bool window_is_open(int64_t window, struct instant now)
{
    int64_t present = window_of(now);
    return window == present || window == present - 1;
}

struct instant window_end(int64_t window)
{
    return (struct instant){(window + 2) * US_PER_HOUR};
}

/* --- the segment table --- */

static void skip(struct str *rest, size_t bytes)
{
    *rest = str_slice(*rest, bytes, rest->len);
}

static bool take_char(struct str *rest, char expected)
{
    while (rest->len > 0 && rest->ptr[0] == ' ')
        skip(rest, 1);
    if (rest->len == 0 || rest->ptr[0] != expected)
        return false;
    skip(rest, 1);
    return true;
}

static bool take_number(struct str *rest, int64_t *ret_number)
{
    while (rest->len > 0 && rest->ptr[0] == ' ')
        skip(rest, 1);
    size_t digits = 0;
    while (digits < rest->len && rest->ptr[digits] >= '0' && rest->ptr[digits] <= '9')
        digits++;
    bool is_number = number_parse_i64(str_slice(*rest, 0, digits), 0, INT64_MAX, ret_number);
    skip(rest, digits);
    return is_number;
}

static bool take_segment(struct str *rest, struct segment *ret_segment)
{
    return take_char(rest, '[') && take_number(rest, &ret_segment->offset) && take_char(rest, ',') &&
           take_number(rest, &ret_segment->size) && take_char(rest, ',') &&
           take_number(rest, &ret_segment->duration_us) && take_char(rest, ']');
}

static size_t count_open_brackets(struct str json)
{
    size_t count = 0;
    for (size_t i = 0; i < json.len; i++)
        count += json.ptr[i] == '[';
    return count;
}

bool segments_parse(struct arena *arena, struct str json, struct segment **ret_segments, size_t *ret_count)
{
    size_t most = count_open_brackets(json);
    if (most < 2 || most > SEGMENTS_MAX + 1 || !take_char(&json, '['))
        return false;
    struct segment *segments = arena_alloc_array(arena, most, sizeof(*segments));
    size_t count = 0;
    do {
        if (count == most || !take_segment(&json, &segments[count++]))
            return false;
    } while (take_char(&json, ','));
    *ret_segments = segments;
    *ret_count = count;
    return take_char(&json, ']') && json.len == 0;
}

/* --- playlists --- */

struct str playlist_master(struct arena *arena, const struct playlist_variant *variants, size_t count)
{
    struct strbuf out;
    strbuf_init(&out, arena, MAX_PLAYLIST);
    strbuf_append_cstr(&out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&out,
                      "#EXT-X-STREAM-INF:BANDWIDTH=%lld,AVERAGE-BANDWIDTH=%lld,CODECS=\"%" STR_FMT
                      "\",NAME=\"%" STR_FMT "\"\n%" STR_FMT "\n",
                      (long long)variants[i].bandwidth, (long long)variants[i].average_bandwidth,
                      STR_ARG(variants[i].codecs), STR_ARG(variants[i].name), STR_ARG(variants[i].url));
    return strbuf_str(&out);
}

static int64_t target_seconds(const struct segment *segments, size_t count)
{
    int64_t longest_us = US_PER_SECOND;
    for (size_t i = 1; i < count; i++)
        if (segments[i].duration_us > longest_us)
            longest_us = segments[i].duration_us;
    return (longest_us + US_PER_SECOND / 2) / US_PER_SECOND; /* RFC 8216 §4.3.3.1: rounded to the nearest */
}

struct str playlist_media(struct arena *arena, struct str base, const struct segment *segments, size_t count)
{
    struct strbuf out;
    strbuf_init(&out, arena, MAX_PLAYLIST);
    strbuf_printf(&out,
                  "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%lld\n#EXT-X-PLAYLIST-TYPE:VOD\n"
                  "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"%" STR_FMT "/0.m4s\"\n",
                  (long long)target_seconds(segments, count), STR_ARG(base));
    for (size_t i = 1; i < count; i++)
        strbuf_printf(&out, "#EXTINF:%lld.%06lld,\n%" STR_FMT "/%zu.m4s\n",
                      (long long)(segments[i].duration_us / US_PER_SECOND),
                      (long long)(segments[i].duration_us % US_PER_SECOND), STR_ARG(base), i);
    strbuf_append_cstr(&out, "#EXT-X-ENDLIST\n");
    return strbuf_str(&out);
}

bool segment_number_parse(struct str file, int64_t *ret_number)
{
    static const struct str ending = STR_INIT(".m4s");
    return str_ends_with(file, ending) &&
           number_parse_i64(str_slice(file, 0, file.len - ending.len), 0, SEGMENTS_MAX, ret_number);
}
