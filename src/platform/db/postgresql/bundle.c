/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Packing and unpacking. See bundle.h. */
#include "platform/db/postgresql/bundle.h"

#include "base/text/number.h"

void bundle_init(struct strbuf *bundle)
{
    strbuf_init(bundle, NULL, BUNDLE_MAX);
}

bool bundle_add(struct strbuf *bundle, struct str text)
{
    char digits[NUMBER_I64_CHARS];
    size_t digit_count = number_format_u64(digits, text.len);
    if (text.len > BUNDLE_MAX - BUNDLE_OVERHEAD || bundle->len + digit_count + 1 + text.len > BUNDLE_MAX)
        return false;
    strbuf_append(bundle, str_from(digits, digit_count));
    strbuf_append_char(bundle, ':');
    strbuf_append(bundle, text);
    return true;
}

bool bundle_take(struct str *rest, struct str *ret_text)
{
    struct str after = *rest, digits = STR_NONE;
    uint64_t len = 0;
    if (rest->len == 0 || !str_split(&after, ':', &digits) || after.ptr == NULL ||
        !number_parse_u64(digits, after.len, &len))
        return false;
    *ret_text = str_slice(after, 0, (size_t)len);
    *rest = str_slice(after, (size_t)len, after.len);
    return true;
}
