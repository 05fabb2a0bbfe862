/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One byte range; several are answered with the whole, which RFC 9110 §14.2 allows and which costs an attacker's overlapping
 * ranges their effect. */
#include "platform/http/wire/range.h"

#include "base/text/number.h"

#include "platform/http/wire/syntax.h"

/* A position past what fits a number is past the end of everything. */
static bool parse_position(struct str text, int64_t *ret)
{
    if (text.len == 0 || syntax_span(text, 0, BYTE_DIGIT) != text.len)
        return false;
    uint64_t position = INT64_MAX;
    *ret = number_parse_u64(text, INT64_MAX, &position) ? (int64_t)position : INT64_MAX;
    return true;
}

/* "-500": the last bytes. */
static enum range_verdict judge_suffix(struct str digits, int64_t size, struct byte_range *ret_range)
{
    int64_t len = 0;
    if (!parse_position(digits, &len))
        return RANGE_WHOLE;
    if (len == 0 || size == 0)
        return RANGE_UNSATISFIABLE;
    *ret_range = (struct byte_range){.first = len < size ? size - len : 0, .last = size - 1};
    return RANGE_PART;
}

static enum range_verdict judge_positions(struct str first_digits, struct str last_digits, int64_t size,
                                          struct byte_range *ret_range)
{
    int64_t first = 0, last = INT64_MAX;
    if (!parse_position(first_digits, &first))
        return RANGE_WHOLE;
    if (last_digits.len != 0 && !parse_position(last_digits, &last))
        return RANGE_WHOLE;
    if (last < first)
        return RANGE_WHOLE;
    if (first >= size)
        return RANGE_UNSATISFIABLE;
    *ret_range = (struct byte_range){.first = first, .last = last < size ? last : size - 1};
    return RANGE_PART;
}

enum range_verdict range_judge(struct str field, int64_t size, struct byte_range *ret_range)
{
    static const struct str unit = STR_INIT("bytes=");
    if (!str_equal_nocase(str_slice(field, 0, unit.len), unit))
        return RANGE_WHOLE;
    struct str set = str_trim(str_slice(field, unit.len, field.len));
    ptrdiff_t dash = str_find_byte(set, '-', 0);
    if (dash < 0)
        return RANGE_WHOLE;
    struct str first = str_slice(set, 0, (size_t)dash);
    struct str last = str_slice(set, (size_t)dash + 1, set.len);
    if (first.len == 0)
        return judge_suffix(last, size, ret_range);
    return judge_positions(first, last, size, ret_range);
}
