/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads and cleans embedded tags. */
#include "media/audio/tags.h"

#include "base/text/strbuf.h"
#include "base/text/utf8.h"

#include "media/protocol.h"

#define VALUE_MAX 1000

/* FFmpeg's names, which it makes of ID3, Vorbis comments, MP4 atoms and RIFF INFO alike. */
static const char *const names[] = {"title",    "artist",  "album_artist", "album", "date",      "genre",
                                    "composer", "track",   "disc",         "TBPM",  "BPM",       "initialkey",
                                    "TKEY",     "comment", "copyright",    "TSRC",  "publisher", "lyricist",
                                    "isrc",     "license", "description"};

/* Names under which the same thing is shown. */
static const struct {
    const char *name;
    const char *shown;
} renamed[] = {{"TBPM", "bpm"}, {"BPM", "bpm"}, {"TKEY", "key"}, {"initialkey", "key"}, {"TSRC", "isrc"}};

static const char *shown_name(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(renamed); i++) {
        if (strcmp(renamed[i].name, name) == 0)
            return renamed[i].shown;
    }
    return name;
}

static bool is_control(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return c < 0x20 || c == 0x7f;
}

/* Controls become blanks; text that is no UTF-8 at all is left out. */
static struct str clean(struct arena *arena, const char *value)
{
    struct str text = utf8_truncate(str_cstr(value), VALUE_MAX);
    if (!utf8_is_valid(text))
        return STR("");
    char *copy = arena_cstr(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (is_control(copy + i))
            copy[i] = ' ';
    }
    struct str cleaned = str_trim(str_from(copy, text.len));
    return utf8_has_controls(cleaned, UTF8_ONE_LINE) ? STR("") : cleaned;
}

struct array tags_read(struct arena *arena, const struct audio_source *source)
{
    struct media_job_tag *tags = ARENA_ARRAY(arena, struct media_job_tag, COUNT_OF(names));
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *value = audio_source_tag(source, names[i]);
        struct str text = value != NULL ? clean(arena, value) : STR("");
        struct str name = str_cstr(shown_name(names[i]));
        bool is_repeated = false;
        for (size_t before = 0; before < count; before++)
            is_repeated = is_repeated || str_equal(tags[before].name, name);
        if (!str_is_empty(text) && !is_repeated)
            tags[count++] = (struct media_job_tag){.name = name, .value = text};
    }
    return (struct array){.items = tags, .count = count};
}
