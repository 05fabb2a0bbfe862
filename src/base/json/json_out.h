/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: bytes straight into the text builder where it has room already, so that the
 * many short pieces of JSON cost a copy each and no call. */
#ifndef BASE_JSON_JSON_OUT_H
#define BASE_JSON_JSON_OUT_H

#include "base/json/json_kind.h"
#include "base/json/json_write.h"

/* Where `len` more bytes may go, followed by out_advance; NULL: they do not fit below max_len, so that the
 * piece has to be appended by strbuf_append, which cuts it. */
static inline char *json_out_room(struct strbuf *out, size_t len)
{
    if (len < out->capacity - out->len && !out->overflow)
        return out->ptr + out->len;
    return len <= out->max_len - out->len ? strbuf_reserve(out, len) : NULL;
}

static inline void json_out_advance(struct strbuf *out, char *end)
{
    *end = '\0';
    out->len = (size_t)(end - out->ptr);
}

/* Notes that a value begins: its comma, if the name did not write one. */
void json_begin_value(struct json_writer *writer);

/* The member's name without looking at its characters, which json_type_check has done. */
void json_put_row_name(struct json_writer *writer, const struct json_field *field);

#endif
