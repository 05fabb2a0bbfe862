/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Byte tables and list scanning. The tables are spelt out as numbers; syntax_test derives them again from the grammar. */
#include "platform/http/wire/syntax.h"

/* clang-format off */
const uint8_t http_byte_classes[256] = {
      0,   0,   0,   0,   0,   0,   0,   0,   0,   2,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      2,  15,   2,   3,  15,  15,  15,  15,  14,  14,  15,  15,  14,  31,  31,  14,
    127, 127, 127, 127, 127, 127, 127, 127, 127, 127,  14,  14,   2,  14,   2,  14,
     14,  95,  95,  95,  95,  95,  95,  31,  31,  31,  31,  31,  31,  31,  31,  31,
     31,  31,  31,  31,  31,  31,  31,  31,  31,  31,  31,  14,  10,  14,  11,  31,
     11,  95,  95,  95,  95,  95,  95,  31,  31,  31,  31,  31,  31,  31,  31,  31,
     31,  31,  31,  31,  31,  31,  31,  31,  31,  31,  31,  10,  15,  10,  15,   0,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
};

const char http_token_lower[256] = {
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,  33,   0,  35,  36,  37,  38,  39,   0,   0,  42,  43,   0,  45,  46,   0,
     48,  49,  50,  51,  52,  53,  54,  55,  56,  57,   0,   0,   0,   0,   0,   0,
      0,  97,  98,  99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122,   0,   0,   0,  94,  95,
     96,  97,  98,  99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122,   0, 124,   0, 126,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
};
/* clang-format on */

#define ONES  (~UINT64_C(0) / 255)
#define HIGHS (ONES * 128)

size_t syntax_span(struct str text, size_t from, unsigned classes)
{
    while (from < text.len && byte_is(text.ptr[from], classes))
        from++;
    return from;
}

/* True when one of eight bytes is below 0x20 or is 0x7f (exact bytes are settled by the table). */
static bool has_control(uint64_t word)
{
    uint64_t below_blank = (word - ONES * 0x20) & ~word & HIGHS;
    uint64_t del = word ^ (ONES * 0x7f);
    return (below_blank | ((del - ONES) & ~del & HIGHS)) != 0;
}

size_t syntax_span_field(struct str text, size_t from)
{
    while (from + sizeof(uint64_t) <= text.len) {
        uint64_t word;
        memcpy(&word, text.ptr + from, sizeof(word));
        if (has_control(word)) {
            size_t stop = syntax_span(str_from(text.ptr, from + sizeof(word)), from, BYTE_FIELD);
            if (stop < from + sizeof(word))
                return stop;
        }
        from += sizeof(word);
    }
    return syntax_span(text, from, BYTE_FIELD);
}

bool syntax_is_token(struct str text)
{
    return text.len != 0 && syntax_span(text, 0, BYTE_TOKEN) == text.len;
}

/* Index of the first separator outside quotes, or the length. */
static size_t find_unquoted(struct str text, char separator)
{
    bool is_quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (is_quoted && text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && text.ptr[i] == separator)
            return i;
    }
    return text.len;
}

static struct str cut(struct str *rest, char separator)
{
    size_t end = find_unquoted(*rest, separator);
    struct str part = str_trim(str_from(rest->ptr, end));
    size_t skip = end < rest->len ? end + 1 : end;
    *rest = str_from(rest->ptr + skip, rest->len - skip);
    return part;
}

bool syntax_next_element(struct str *rest, struct str *ret_element)
{
    while (rest->len != 0) {
        struct str element = cut(rest, ',');
        if (element.len != 0) {
            *ret_element = element;
            return true;
        }
    }
    return false;
}

bool syntax_list_has(struct str list, struct str token)
{
    struct str element;
    while (syntax_next_element(&list, &element)) {
        if (str_equal_nocase(element, token))
            return true;
    }
    return false;
}

static struct str unquote(struct str value)
{
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        return str_from(value.ptr + 1, value.len - 2);
    return value;
}

struct str syntax_parameter(struct str parameters, struct str name)
{
    while (parameters.len != 0) {
        struct str part = cut(&parameters, ';');
        const char *equals = part.len != 0 ? memchr(part.ptr, '=', part.len) : NULL;
        if (equals == NULL)
            continue;
        size_t name_len = (size_t)(equals - part.ptr);
        if (str_equal_nocase(str_trim(str_from(part.ptr, name_len)), name))
            return unquote(str_trim(str_from(equals + 1, part.len - name_len - 1)));
    }
    return STR_NONE;
}
