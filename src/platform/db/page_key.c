/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Where a page of a list ends. See page_key.h. */
#include "platform/db/page_key.h"

#include "base/text/encode.h"

#define INSTANT_BYTES  8
#define PAGE_KEY_BYTES (INSTANT_BYTES + sizeof(struct id))

struct str page_key_format(struct arena *arena, struct instant at, struct id id)
{
    uint8_t bytes[PAGE_KEY_BYTES];
    for (size_t i = 0; i < INSTANT_BYTES; i++)
        bytes[i] = (uint8_t)((uint64_t)at.us >> (56 - 8 * i));
    memcpy(bytes + INSTANT_BYTES, id.bytes, sizeof(id.bytes));
    return base64url_encode(arena, bytes, sizeof(bytes));
}

struct error *page_key_parse(struct ctx *cx, struct str text, struct page_key *ret_key)
{
    struct str bytes = STR_NONE;
    uint64_t at = 0;
    *ret_key = (struct page_key){0};
    if (str_is_empty(text))
        return NULL;
    if (!base64url_decode(cx->arena, text, &bytes) || bytes.len != PAGE_KEY_BYTES) {
        struct error *error = ERROR_CODE(cx, INVALID, "the list cannot be asked for like this");
        error_add_violation(cx->arena, error, STR("/cursor"), "cursor", "is no cursor of this list");
        return error;
    }
    for (size_t i = 0; i < INSTANT_BYTES; i++)
        at = at << 8 | (uint8_t)bytes.ptr[i];
    *ret_key = (struct page_key){.is_set = true, .at.us = (int64_t)at};
    memcpy(ret_key->id.bytes, bytes.ptr + INSTANT_BYTES, sizeof(ret_key->id.bytes));
    return NULL;
}
