/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Comparing, searching and cutting of texts. */
#include "base/text/str.h"

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int str_compare(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common != 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    }
    return true;
}

bool str_starts_with(struct str text, struct str prefix)
{
    return text.len >= prefix.len && str_equal(str_slice(text, 0, prefix.len), prefix);
}

bool str_ends_with(struct str text, struct str suffix)
{
    return text.len >= suffix.len && str_equal(str_slice(text, text.len - suffix.len, suffix.len), suffix);
}

ptrdiff_t str_find_byte(struct str text, char byte, size_t from)
{
    if (from >= text.len)
        return -1;
    const char *found = memchr(text.ptr + from, byte, text.len - from);
    return found != NULL ? found - text.ptr : -1;
}

ptrdiff_t str_find(struct str text, struct str needle)
{
    if (needle.len == 0)
        return 0;
    if (text.len < needle.len)
        return -1;
    const char *found = memmem(text.ptr, text.len, needle.ptr, needle.len);
    return found != NULL ? found - text.ptr : -1;
}

struct str str_slice(struct str text, size_t from, size_t len)
{
    if (text.ptr == NULL)
        return text;
    if (from > text.len)
        from = text.len;
    size_t left = text.len - from;
    return str_from(text.ptr + from, len < left ? len : left);
}

struct str str_trim(struct str text)
{
    while (text.len != 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    while (text.len != 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    return text;
}

bool str_split(struct str *rest, char separator, struct str *ret_part)
{
    if (rest->ptr == NULL)
        return false;
    ptrdiff_t at = str_find_byte(*rest, separator, 0);
    if (at < 0) {
        *ret_part = *rest;
        *rest = STR_NONE;
        return true;
    }
    *ret_part = str_slice(*rest, 0, (size_t)at);
    *rest = str_slice(*rest, (size_t)at + 1, SIZE_MAX);
    return true;
}
