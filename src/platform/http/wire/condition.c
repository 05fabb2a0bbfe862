/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Entity tags, dates, and the order in which conditions count. */
#include "platform/http/wire/condition.h"

#include "platform/http/wire/syntax.h"

struct etag {
    struct str opaque; /* between the quotes, without the ending of an encoding */
    bool is_weak;
    bool is_valid;
};

static struct str without_encoding(struct str opaque)
{
    if (str_ends_with(opaque, STR("-gz")) || str_ends_with(opaque, STR("-br")))
        opaque.len -= 3;
    return opaque;
}

static struct etag etag_parse(struct str text)
{
    bool is_weak = str_starts_with(text, STR("W/"));
    if (is_weak)
        text = str_slice(text, 2, text.len);
    if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"')
        return (struct etag){.is_valid = false};
    return (struct etag){
        .opaque = without_encoding(str_slice(text, 1, text.len - 2)), .is_weak = is_weak, .is_valid = true};
}

static bool etag_equal(struct str a_text, struct str b_text, enum etag_comparison comparison)
{
    struct etag a = etag_parse(a_text), b = etag_parse(b_text);
    if (!a.is_valid || !b.is_valid || !str_equal(a.opaque, b.opaque))
        return false;
    return comparison == ETAG_WEAK || (!a.is_weak && !b.is_weak);
}

bool etag_list_has(struct str list, struct str etag, enum etag_comparison comparison)
{
    if (str_equal(str_trim(list), STR("*")))
        return true;
    struct str element;
    while (syntax_next_element(&list, &element)) {
        if (etag_equal(element, etag, comparison))
            return true;
    }
    return false;
}

/* False when the field is no date or the time of the last change is unknown: then the field is ignored. Dates have whole
 * seconds. */
static bool changed_since(struct str field, struct instant modified, bool *ret_changed)
{
    struct instant since;
    if (instant_is_none(modified) || !instant_parse_http(field, &since))
        return false;
    *ret_changed = modified.us / US_PER_SECOND > since.us / US_PER_SECOND;
    return true;
}

static bool is_safe(const struct http_request *request)
{
    return request->method == HTTP_GET || request->method == HTTP_HEAD;
}

/* Steps 1 and 2: does the client still mean this state? */
static bool is_expected_state(const struct http_request *request, const struct validators *now)
{
    struct str match = http_field(request, HTTP_FIELD_IF_MATCH);
    if (match.ptr != NULL)
        return etag_list_has(match, now->etag, ETAG_STRONG);
    bool changed = false;
    return !changed_since(http_field(request, HTTP_FIELD_IF_UNMODIFIED_SINCE), now->modified, &changed) ||
           !changed;
}

/* Steps 3 and 4: does the client have this state already? */
static bool is_known_state(const struct http_request *request, const struct validators *now)
{
    struct str none_match = http_field(request, HTTP_FIELD_IF_NONE_MATCH);
    if (none_match.ptr != NULL)
        return etag_list_has(none_match, now->etag, ETAG_WEAK);
    bool changed = true;
    return is_safe(request) &&
           changed_since(http_field(request, HTTP_FIELD_IF_MODIFIED_SINCE), now->modified, &changed) &&
           !changed;
}

enum condition_verdict condition_judge(const struct http_request *request, const struct validators *now)
{
    if (!is_expected_state(request, now))
        return CONDITION_FAILED;
    if (!is_known_state(request, now))
        return CONDITION_PROCEED;
    return is_safe(request) ? CONDITION_NOT_MODIFIED : CONDITION_FAILED;
}

bool condition_range_counts(const struct http_request *request, const struct validators *now)
{
    struct str if_range = http_field(request, HTTP_FIELD_IF_RANGE);
    if (if_range.ptr == NULL)
        return true;
    if (str_starts_with(if_range, STR("\"")) || str_starts_with(if_range, STR("W/")))
        return etag_equal(if_range, now->etag, ETAG_STRONG);
    struct instant date;
    return !instant_is_none(now->modified) && instant_parse_http(if_range, &date) &&
           date.us / US_PER_SECOND == now->modified.us / US_PER_SECOND;
}
