/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The structured headers of tus 1.0, read strictly and with bounds. Source: tus.io/protocols/resumable-upload. */
#include "base/text/encode.h"
#include "base/text/utf8.h"

#include "modules/media/media_domain.h"

/* --- Upload-Metadata --- */

struct known_key {
    const char *name;
    size_t offset;
};

static const struct known_key known_keys[] = {
    {"filename", offsetof(struct upload_metadata, file_name)},
    {"name", offsetof(struct upload_metadata, file_name)},
    {"filetype", offsetof(struct upload_metadata, file_type)},
    {"purpose", offsetof(struct upload_metadata, purpose)},
};

static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] <= ' ' || key.ptr[i] >= 0x7F || key.ptr[i] == ',')
            return false;
    return key.len > 0;
}

/* Keeps what we know; the first of two keys with one meaning counts. */
static bool keep_value(struct upload_metadata *metadata, struct str key, struct str value)
{
    for (size_t i = 0; i < COUNT_OF(known_keys); i++) {
        if (!str_equal(key, str_cstr(known_keys[i].name)))
            continue;
        struct str *slot = (struct str *)(void *)((char *)metadata + known_keys[i].offset);
        if (!utf8_is_valid(value) || utf8_has_controls(value, UTF8_ONE_LINE))
            return false;
        if (slot->ptr == NULL)
            *slot = value;
    }
    return true;
}

static bool is_repeated(const struct str *keys, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (str_equal(keys[i], keys[count - 1]))
            return true;
    return false;
}

/* "key" or "key base64"; a key with a blank and nothing after it is taken as the empty value, as clients send it. */
static bool parse_pair(struct arena *arena, struct str pair, struct str *ret_key, struct str *ret_value)
{
    struct str encoded = str_trim(pair);
    if (!str_split(&encoded, ' ', ret_key) || !is_key(*ret_key))
        return false;
    *ret_value = STR("");
    return encoded.ptr == NULL || base64_decode(arena, encoded, ret_value);
}

bool upload_metadata_parse(struct arena *arena, struct str header, struct upload_metadata *ret_metadata)
{
    struct upload_metadata metadata = {0};
    struct str keys[UPLOAD_METADATA_MAX_PAIRS];
    size_t count = 0;
    struct str pair, value;
    if (header.len > UPLOAD_METADATA_MAX_BYTES)
        return false;
    while (header.len != 0 && str_split(&header, ',', &pair)) {
        if (count == COUNT_OF(keys) || !parse_pair(arena, pair, &keys[count], &value))
            return false;
        count++;
        if (is_repeated(keys, count) || !keep_value(&metadata, keys[count - 1], value))
            return false;
        if (header.ptr != NULL && header.len == 0) /* ends with a comma */
            return false;
    }
    *ret_metadata = metadata;
    return true;
}

/* --- Upload-Checksum --- */

bool upload_checksum_parse(struct arena *arena, struct str header, struct upload_checksum *ret_checksum)
{
    struct upload_checksum checksum = {0};
    if (header.ptr == NULL) {
        *ret_checksum = checksum;
        return true;
    }
    struct str encoded = header;
    if (!str_split(&encoded, ' ', &checksum.algorithm) || !is_key(checksum.algorithm) ||
        str_is_empty(encoded) || encoded.len > 128 || !base64_decode(arena, encoded, &checksum.digest))
        return false;
    *ret_checksum = checksum;
    return true;
}

/* --- Upload-Concat --- */

static struct str last_segment(struct str address)
{
    for (size_t i = address.len; i > 0; i--)
        if (address.ptr[i - 1] == '/')
            return str_slice(address, i, address.len);
    return address;
}

static bool is_listed(const struct id *ids, size_t count, struct id id)
{
    for (size_t i = 0; i < count; i++)
        if (id_equal(ids[i], id))
            return true;
    return false;
}

static bool parse_parts(struct arena *arena, struct str list, struct array *ret_parts)
{
    struct id *ids = ARENA_ARRAY(arena, struct id, UPLOAD_MAX_PARTS);
    size_t count = 0;
    struct str address;
    while (str_split(&list, ' ', &address)) {
        struct id id;
        if (count == UPLOAD_MAX_PARTS || !id_parse(last_segment(address), &id) || is_listed(ids, count, id))
            return false;
        ids[count++] = id;
    }
    *ret_parts = (struct array){ids, count};
    return count > 0;
}

bool upload_concat_parse(struct arena *arena, struct str header, struct upload_concat *ret_concat)
{
    struct upload_concat concat = {.kind = UPLOAD_WHOLE};
    struct str list = header;
    struct str word;
    if (header.ptr != NULL && str_equal(header, STR("partial"))) {
        concat.kind = UPLOAD_PART;
    } else if (header.ptr != NULL) {
        concat.kind = UPLOAD_JOINED;
        if (!str_split(&list, ';', &word) || !str_equal(word, STR("final")) ||
            !parse_parts(arena, str_trim(list), &concat.parts))
            return false;
    }
    *ret_concat = concat;
    return true;
}
