/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of licensing. See licensing_domain.h. */
#include "modules/licensing/licensing_domain.h"

#include "base/text/encode.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

static const char *const kind_words[] = {
    [LICENSE_MP3] = "mp3", [LICENSE_WAV] = "wav", [LICENSE_STEMS] = "stems"};
const struct enum_table license_file_kind_words = ENUM_TABLE("license_file_kind", kind_words);

#define MP3   LICENSE_FILE_BIT(LICENSE_MP3)
#define WAV   LICENSE_FILE_BIT(LICENSE_WAV)
#define STEMS LICENSE_FILE_BIT(LICENSE_STEMS)

/* Source: predecessors, "Licence content"; an exclusive licence carries whatever there is. */
static const unsigned type_files[LICENSE_TYPES] = {
    [LICENSE_BASIC] = MP3,
    [LICENSE_PREMIUM] = MP3 | WAV,
    [LICENSE_TRACKOUT] = MP3 | WAV | STEMS,
    [LICENSE_UNLIMITED] = MP3 | WAV | STEMS,
    [LICENSE_EXCLUSIVE] = MP3,
};

unsigned license_files_due(enum license_type type, unsigned promised)
{
    return promised != 0 ? promised : type_files[type];
}

unsigned license_files_wanted(enum license_type type, unsigned promised)
{
    return type == LICENSE_EXCLUSIVE ? MP3 | WAV | STEMS : license_files_due(type, promised);
}

/* --- keys --- */

static const char key_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char key_prefix[] = "LIC-";
enum { KEY_PREFIX_CHARS = 4, KEY_GROUP = 5 };

void license_key_make(const uint8_t random[LICENSE_KEY_RANDOM], char ret_key[LICENSE_KEY_CHARS])
{
    size_t at = KEY_PREFIX_CHARS;
    memcpy(ret_key, key_prefix, KEY_PREFIX_CHARS);
    for (size_t i = 0; i < LICENSE_KEY_RANDOM; i++) {
        if (i != 0 && i % KEY_GROUP == 0)
            ret_key[at++] = '-';
        ret_key[at++] = key_digits[random[i] % 32]; /* 256 is a multiple of 32: no digit is likelier */
    }
}

static char read_digit(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'I' || c == 'L')
        return '1';
    if (c == 'O')
        return '0';
    return c != '\0' && strchr(key_digits, c) != NULL ? c : '\0';
}

bool license_key_read(struct str text, char ret_key[LICENSE_KEY_CHARS])
{
    char key[LICENSE_KEY_CHARS];
    if (text.len != LICENSE_KEY_CHARS || !str_equal_nocase(str_slice(text, 0, KEY_PREFIX_CHARS), STR("LIC-")))
        return false;
    memcpy(key, key_prefix, KEY_PREFIX_CHARS);
    for (size_t i = KEY_PREFIX_CHARS; i < LICENSE_KEY_CHARS; i++) {
        bool is_dash = (i - KEY_PREFIX_CHARS) % (KEY_GROUP + 1) == KEY_GROUP;
        key[i] = is_dash ? text.ptr[i] : read_digit(text.ptr[i]);
        if (key[i] == '\0' || (is_dash && key[i] != '-'))
            return false;
    }
    memcpy(ret_key, key, sizeof(key));
    return true;
}

/* --- names of files --- */

static bool is_file_char(unsigned char c)
{
    return c >= 0x20 && c != 0x7f && strchr("/\\:*?\"<>|", c) == NULL;
}

struct str license_file_name(struct arena *arena, struct str title, enum license_file_kind kind,
                             struct str extension)
{
    enum { MAX_STEM_BYTES = 120 };
    struct str stem = arena_str(arena, utf8_truncate(str_trim(title), MAX_STEM_BYTES));
    char *bytes = arena_cstr(arena, stem);
    for (size_t i = 0; i < stem.len; i++)
        if (!is_file_char((unsigned char)bytes[i]))
            bytes[i] = '_';
    /* A leading dot hides a file, and so does nothing at all. */
    if (stem.len == 0 || bytes[0] == '.')
        bytes = arena_cstr(arena, STR("recording"));
    return arena_printf(arena, "%s%s.%" STR_FMT, bytes, kind == LICENSE_STEMS ? " (stems)" : "",
                        STR_ARG(extension));
}

struct str license_disposition(struct arena *arena, struct str file_name)
{
    struct str plain = arena_str(arena, file_name);
    char *bytes = arena_cstr(arena, plain);
    for (size_t i = 0; i < plain.len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '%')
            bytes[i] = '_';
    }
    return arena_printf(arena, "attachment; filename=\"%s\"; filename*=UTF-8''%" STR_FMT, bytes,
                        STR_ARG(percent_encode(arena, file_name)));
}

/* --- downloads --- */

enum license_download_verdict license_judge_download(const struct license_download_facts *facts)
{
    if (!instant_is_before(facts->now, facts->expires_at))
        return DOWNLOAD_LINK_EXPIRED;
    if (facts->is_withdrawn)
        return DOWNLOAD_WITHDRAWN;
    if (!facts->is_known_grant && facts->max_downloads != 0 && facts->downloads >= facts->max_downloads)
        return DOWNLOAD_USED_UP;
    return DOWNLOAD_OK;
}

/* --- search --- */

struct str license_search_fold(struct arena *arena, struct str text)
{
    struct str copy = arena_str(arena, text);
    char *bytes = arena_cstr(arena, copy);
    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] | 0x20);
    return str_from(bytes, copy.len);
}

struct str license_search_pattern(struct arena *arena, struct str text)
{
    struct strbuf pattern;
    struct str folded = license_search_fold(arena, text);
    strbuf_init(&pattern, arena, 2 * folded.len + 2);
    strbuf_append_char(&pattern, '%');
    for (size_t i = 0; i < folded.len; i++) {
        if (strchr("%_\\", folded.ptr[i]) != NULL)
            strbuf_append_char(&pattern, '\\');
        strbuf_append_char(&pattern, folded.ptr[i]);
    }
    strbuf_append_char(&pattern, '%');
    return strbuf_str(&pattern);
}
