/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Words and names of media. The headers of tus are in tus_domain.c. */
#include "modules/media/media_domain.h"

#include "base/text/encode.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

/* clang-format off */
static const char *const purpose_words[] = {
    [MEDIA_MASTER] = "master", [MEDIA_STEMS] = "stems", [MEDIA_COVER] = "cover", [MEDIA_AVATAR] = "avatar", [MEDIA_IMAGE] = "image",
};
const struct enum_table media_purpose_words = ENUM_TABLE("media_purpose", purpose_words);

static const char *const status_words[] = {
    [MEDIA_QUEUED] = "queued", [MEDIA_RUNNING] = "running", [MEDIA_READY] = "ready", [MEDIA_FAILED] = "failed",
};
const struct enum_table media_status_words = ENUM_TABLE("media_status", status_words);

static const char *const stage_words[] = {
    [MEDIA_AT_SCAN] = "scan", [MEDIA_AT_PROBE] = "probe", [MEDIA_AT_ANALYSE] = "analyse", [MEDIA_AT_ENCODE] = "encode",
    [MEDIA_AT_PUBLISH] = "publish",
};
const struct enum_table media_stage_words = ENUM_TABLE("media_stage", stage_words);

static const char *const file_kind_words[] = {
    [MEDIA_FILE_ORIGINAL] = "original", [MEDIA_FILE_MP3] = "mp3", [MEDIA_FILE_WAV] = "wav", [MEDIA_FILE_STEMS] = "stems",
    [MEDIA_FILE_PREVIEW] = "preview",
};
const struct enum_table media_file_kind_words = ENUM_TABLE("media_file_kind", file_kind_words);
/* clang-format on */

/* --- names of files --- */

enum { MAX_NAME_BYTES = 200, MAX_EXTENSION_BYTES = 12 };

static struct str last_component(struct str name)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\')
            return str_slice(name, i, name.len);
    return name;
}

static bool is_harmless(char c)
{
    static const char harmful[] = "<>:\"|?*";
    return (unsigned char)c >= 0x20 && c != 0x7F && strchr(harmful, c) == NULL;
}

static struct str trim_dots(struct str name)
{
    while (name.len > 0 && (name.ptr[0] == '.' || name.ptr[0] == ' '))
        name = str_slice(name, 1, name.len);
    while (name.len > 0 && (name.ptr[name.len - 1] == '.' || name.ptr[name.len - 1] == ' '))
        name = str_slice(name, 0, name.len - 1);
    return name;
}

struct str file_name_clean(struct arena *arena, struct str name)
{
    struct str part = last_component(name);
    struct strbuf out;
    strbuf_init(&out, arena, part.len + 1);
    if (utf8_is_valid(part))
        for (size_t i = 0; i < part.len; i++)
            if (is_harmless(part.ptr[i]))
                strbuf_append_char(&out, part.ptr[i]);
    struct str clean = trim_dots(utf8_truncate(strbuf_str(&out), MAX_NAME_BYTES));
    return str_is_empty(clean) ? STR("file") : clean;
}

static struct str without_extension(struct str name)
{
    for (size_t i = name.len; i > 1 && name.len - i < MAX_EXTENSION_BYTES; i--)
        if (name.ptr[i - 1] == '.')
            return str_slice(name, 0, i - 1);
    return name;
}

struct str file_name_with(struct arena *arena, struct str name, struct str extension)
{
    struct str stem = without_extension(name);
    return arena_printf(arena, "%" STR_FMT ".%" STR_FMT, STR_ARG(stem), STR_ARG(extension));
}

struct str file_disposition(struct arena *arena, struct str name)
{
    struct str clean = file_name_clean(arena, name);
    struct strbuf ascii;
    strbuf_init(&ascii, arena, clean.len + 1);
    for (size_t i = 0; i < clean.len; i++)
        strbuf_append_char(&ascii,
                           (unsigned char)clean.ptr[i] < 0x80 && clean.ptr[i] != '%' ? clean.ptr[i] : '_');
    struct str fallback = strbuf_str(&ascii);
    struct str encoded = percent_encode(arena, clean);
    return arena_printf(arena, "attachment; filename=\"%" STR_FMT "\"; filename*=UTF-8''%" STR_FMT,
                        STR_ARG(fallback), STR_ARG(encoded));
}
