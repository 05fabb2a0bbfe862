/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Request targets: what is not plainly one of the forms is refused. */
#include "platform/http/wire/target.h"

#include "base/text/number.h"

#include "platform/http/wire/syntax.h"

/* A name in the sense of the DNS has at most 253 characters. */
#define MAX_HOST_LEN 253
#define MAX_PORT     65535

static bool port_is_valid(struct str port)
{
    uint64_t number = 0;
    return port.len >= 1 && port.len <= 5 && number_parse_u64(port, MAX_PORT, &number) && number >= 1;
}

/* What follows the host: nothing, or a colon and a port. */
static bool tail_is_valid(struct str tail)
{
    return tail.len == 0 || (tail.ptr[0] == ':' && port_is_valid(str_slice(tail, 1, tail.len)));
}

/* Hex digits, colons and dots between brackets; whether they make an address matters to nobody here. */
static bool bracketed_is_valid(struct str authority)
{
    ptrdiff_t close = str_find_byte(authority, ']', 1);
    if (close < 3 || close > 47)
        return false;
    for (size_t i = 1; i < (size_t)close; i++) {
        char byte = authority.ptr[i];
        if (!byte_is(byte, BYTE_HEX) && byte != ':' && byte != '.')
            return false;
    }
    return tail_is_valid(str_slice(authority, (size_t)close + 1, authority.len));
}

bool authority_is_valid(struct str authority)
{
    if (authority.len != 0 && authority.ptr[0] == '[')
        return bracketed_is_valid(authority);
    size_t host_len = syntax_span(authority, 0, BYTE_HOST);
    return host_len >= 1 && host_len <= MAX_HOST_LEN &&
           tail_is_valid(str_slice(authority, host_len, authority.len));
}

static bool origin_parse(struct str text, struct target *ret_target)
{
    size_t path_len = syntax_span(text, 0, BYTE_PATH);
    const char *mark = memchr(text.ptr, '?', path_len);
    if (mark != NULL)
        path_len = (size_t)(mark - text.ptr);
    ret_target->origin = text;
    ret_target->path = str_from(text.ptr, path_len);
    ret_target->query = STR_NONE;
    if (path_len == text.len)
        return true;
    if (text.ptr[path_len] != '?')
        return false;
    ret_target->query = str_from(text.ptr + path_len + 1, text.len - path_len - 1);
    return syntax_span(ret_target->query, 0, BYTE_QUERY) == ret_target->query.len;
}

/* The length of "http://" or "https://" at the start, or 0. */
static size_t scheme_len(struct str text)
{
    static const struct str schemes[] = {STR_INIT("http://"), STR_INIT("https://")};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        if (str_equal_nocase(str_slice(text, 0, schemes[i].len), schemes[i]))
            return schemes[i].len;
    }
    return 0;
}

static bool absolute_parse(struct str text, enum http_method method, struct target *ret_target)
{
    size_t start = scheme_len(text);
    if (start == 0)
        return false;
    size_t end = start;
    while (end < text.len && text.ptr[end] != '/' && text.ptr[end] != '?')
        end++;
    struct str authority = str_slice(text, start, end - start);
    if (!authority_is_valid(authority))
        return false;
    ret_target->authority = authority;
    if (end < text.len && text.ptr[end] == '/')
        return origin_parse(str_slice(text, end, text.len), ret_target);
    /* An empty path is "/", and "*" for OPTIONS; a query without a path would need a '/' that is not there. */
    ret_target->is_asterisk = method == HTTP_OPTIONS;
    ret_target->origin = ret_target->is_asterisk ? STR("*") : STR("/");
    ret_target->path = ret_target->origin;
    ret_target->query = STR_NONE;
    return end == text.len;
}

bool target_parse(struct str text, enum http_method method, struct target *ret_target)
{
    ret_target->authority = STR_NONE;
    ret_target->is_asterisk = false;
    if (text.len == 0)
        return false;
    if (text.ptr[0] == '/')
        return origin_parse(text, ret_target);
    if (text.ptr[0] != '*')
        return absolute_parse(text, method, ret_target);
    ret_target->is_asterisk = true;
    ret_target->origin = text;
    ret_target->path = text;
    ret_target->query = STR_NONE;
    return text.len == 1 && method == HTTP_OPTIONS;
}
