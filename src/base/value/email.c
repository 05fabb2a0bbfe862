/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Mail addresses. */
#include "base/value/email.h"

#include "base/mem/arena.h"

#define EMAIL_MAX_BYTES 254
#define LOCAL_MAX_BYTES 64
#define LABEL_MAX_BYTES 63

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || is_digit(c);
}

/* RFC 5322 §3.2.3. */
static bool is_atext(char c)
{
    return is_alphanumeric(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool atom_is_valid(struct str atom)
{
    for (size_t i = 0; i < atom.len; i++) {
        if (!is_atext(atom.ptr[i]))
            return false;
    }
    return atom.len != 0;
}

static bool label_is_valid(struct str label)
{
    if (label.len == 0 || label.len > LABEL_MAX_BYTES || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_alphanumeric(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    }
    return true;
}

static bool local_part_is_valid(struct str local)
{
    if (local.ptr == NULL || local.len > LOCAL_MAX_BYTES)
        return false;
    struct str atom = STR_NONE;
    while (str_split(&local, '.', &atom)) {
        if (!atom_is_valid(atom))
            return false;
    }
    return true;
}

/* No top-level domain is a number, so a last label of digits means an IP address. */
static bool is_number(struct str label)
{
    size_t digits = 0;
    while (digits < label.len && is_digit(label.ptr[digits]))
        digits++;
    return digits == label.len;
}

static bool host_is_valid(struct str host)
{
    size_t labels = 0;
    struct str label = STR_NONE;
    while (str_split(&host, '.', &label)) {
        if (!label_is_valid(label))
            return false;
        labels++;
    }
    return labels >= 2 && !is_number(label);
}

bool email_is_valid(struct str text)
{
    if (text.len > EMAIL_MAX_BYTES)
        return false;
    ptrdiff_t at = str_find_byte(text, '@', 0);
    return at >= 0 && local_part_is_valid(str_slice(text, 0, (size_t)at)) &&
           host_is_valid(str_slice(text, (size_t)at + 1, SIZE_MAX));
}

struct str email_fold(struct arena *arena, struct str text)
{
    char *folded = arena_cstr(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (folded[i] >= 'A' && folded[i] <= 'Z')
            folded[i] = (char)(folded[i] + ('a' - 'A'));
    }
    return str_from(folded, text.len);
}
