/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Vocabulary: method names, status texts, cookies. */
#include "platform/http/http.h"

#include "base/require/require.h"

#define METHOD_NAME(name) [HTTP_##name] = STR_INIT(#name),

static const struct str method_names[] = {HTTP_METHODS(METHOD_NAME)};

struct str http_method_name(enum http_method method)
{
    REQUIRE(method < HTTP_METHOD_COUNT);
    return method_names[method];
}

/* Index by status - 100. Source: RFC 9110 §15, RFC 6585. */
/* clang-format off */
static const char *const status_texts[] = {
    [0] = "Continue",           [1] = "Switching Protocols",  [100] = "OK",
    [101] = "Created",          [102] = "Accepted",           [103] = "Non-Authoritative Information",
    [104] = "No Content",       [105] = "Reset Content",      [106] = "Partial Content",
    [200] = "Multiple Choices", [201] = "Moved Permanently",  [202] = "Found",
    [203] = "See Other",        [204] = "Not Modified",       [207] = "Temporary Redirect",
    [208] = "Permanent Redirect",
    [300] = "Bad Request",      [301] = "Unauthorized",       [302] = "Payment Required",
    [303] = "Forbidden",        [304] = "Not Found",          [305] = "Method Not Allowed",
    [306] = "Not Acceptable",   [307] = "Proxy Authentication Required",
    [308] = "Request Timeout",  [309] = "Conflict",           [310] = "Gone",
    [311] = "Length Required",  [312] = "Precondition Failed", [313] = "Content Too Large",
    [314] = "URI Too Long",     [315] = "Unsupported Media Type", [316] = "Range Not Satisfiable",
    [317] = "Expectation Failed", [321] = "Misdirected Request", [322] = "Unprocessable Content",
    [325] = "Too Early",        [326] = "Upgrade Required",   [328] = "Precondition Required",
    [329] = "Too Many Requests", [331] = "Request Header Fields Too Large",
    [351] = "Unavailable For Legal Reasons", [360] = "Checksum Mismatch",
    [399] = "Client Closed Request",
    [400] = "Internal Server Error", [401] = "Not Implemented", [402] = "Bad Gateway",
    [403] = "Service Unavailable", [404] = "Gateway Timeout", [405] = "HTTP Version Not Supported",
    [407] = "Insufficient Storage",
};
/* clang-format on */

const char *http_status_text(int status)
{
    if (status < 100 || (size_t)(status - 100) >= COUNT_OF(status_texts) ||
        status_texts[status - 100] == NULL)
        return "";
    return status_texts[status - 100];
}

/* Cuts "name=value" off a Cookie field. Separated by ';' and optional blanks; quotes around the value are dropped. */
static bool next_cookie(struct str *rest, struct str *ret_name, struct str *ret_value)
{
    struct str pair;
    while (str_split(rest, ';', &pair)) {
        ptrdiff_t equals = str_find_byte(pair, '=', 0);
        if (equals < 0)
            continue;
        struct str value = str_trim(str_slice(pair, (size_t)equals + 1, pair.len));
        if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
            value = str_slice(value, 1, value.len - 2);
        *ret_name = str_trim(str_slice(pair, 0, (size_t)equals));
        *ret_value = value;
        return true;
    }
    return false;
}

struct str http_cookie(const struct http_request *request, struct str name)
{
    struct str rest = request->known[HTTP_FIELD_COOKIE];
    struct str found, value;
    while (next_cookie(&rest, &found, &value)) {
        if (str_equal(found, name))
            return value;
    }
    return STR_NONE;
}
