/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: bytes straight into the text builder where it has room already, so that the
 * many short pieces of JSON cost a copy each and no call. */
#ifndef BASE_JSON_JSON_OUT_H
#define BASE_JSON_JSON_OUT_H

#include "base/json/json_kind.h"
#include "base/json/json_scan.h"
#include "base/json/json_write.h"

/* Where `len` more bytes may go, followed by out_advance; NULL: they do not fit below max_len, so that the
 * piece has to be appended by strbuf_append, which cuts it. */
static inline char *json_out_room(struct strbuf *out, size_t len)
{
    if (out->ptr != NULL && len < out->capacity - out->len && !out->overflow)
        return out->ptr + out->len;
    return len <= out->max_len - out->len ? strbuf_reserve(out, len) : NULL;
}

static inline void json_out_advance(struct strbuf *out, char *end)
{
    *end = '\0';
    out->len = (size_t)(end - out->ptr);
}

static inline uint64_t json_level_bit(const struct json_writer *writer)
{
    return UINT64_C(1) << writer->depth;
}

/* Notes that a value begins: its comma, if no name stands before it. */
static inline void json_begin_value(struct json_writer *writer)
{
    if (writer->after_name) {
        writer->after_name = false;
        return;
    }
    uint64_t bit = json_level_bit(writer);
    REQUIRE((writer->is_object & bit) == 0); /* members need a name first */
    if ((writer->has_items & bit) != 0) {
        REQUIRE(writer->depth > 0); /* one value at the top */
        strbuf_append_char(writer->out, ',');
    }
    writer->has_items |= bit;
}

/* Names are short: two moves that may overlap take the place of a call. */
static inline void json_copy_name(char *to, struct str name)
{
    if (name.len >= 8 && name.len <= 16) {
        memcpy(to, name.ptr, 8);
        memcpy(to + name.len - 8, name.ptr + name.len - 8, 8);
    } else if (name.len >= 4 && name.len < 8) {
        memcpy(to, name.ptr, 4);
        memcpy(to + name.len - 4, name.ptr + name.len - 4, 4);
    } else {
        memcpy(to, name.ptr, name.len);
    }
}

/* `"name":` with its comma, without a look at the name's characters, which json_type_check has done.
 * Takes name.len + 4 bytes at most. */
static inline char *json_write_row_name(char *at, const struct json_writer *writer, struct str name)
{
    *at = ',';
    at += (writer->has_items & json_level_bit(writer)) != 0;
    *at++ = '"';
    json_copy_name(at, name);
    at += name.len;
    at[0] = '"';
    at[1] = ':';
    return at + 2;
}

void json_put_row_name(struct json_writer *writer, const struct json_field *field);

/* Eight bytes, if none of them may need an escape. */
static inline bool json_copy_word(char *to, const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof(word));
    memcpy(to, &word, sizeof(word));
    return json_special_bits(word) == 0;
}

/* Copies to `to`, where the text has room, up to the first byte that may need an escape; returns how many
 * bytes that are. Bytes after those may have been written too. */
static inline size_t json_copy_plain(char *to, struct str text)
{
    size_t done = 0;
    while (text.len - done >= 8 && json_copy_word(to + done, text.ptr + done))
        done += 8;
    bool has_tail = text.len - done < 8 && text.len >= 8; /* the last word may overlap the one before */
    if (has_tail && json_copy_word(to + text.len - 8, text.ptr + text.len - 8))
        return text.len;
    for (; done < text.len && !json_is_special((unsigned char)text.ptr[done]); done++)
        to[done] = text.ptr[done];
    return done;
}

/* The rest of a text whose first `done` bytes stand in the output already, and the closing quote. */
void json_put_rest(struct strbuf *out, struct str text, size_t done);

#endif
