/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The formats that texts may have beside their length: addresses, slugs, links, currencies, user names. */
#include "base/json/json_type.h"
#include "base/text/number.h"
#include "base/value/email.h"
#include "base/value/slug.h"

#define USERNAME_MIN 3
#define USERNAME_MAX 30
#define PORT_MAX     65535

static bool is_email(struct str text)
{
    return email_is_valid(text);
}

static bool is_slug(struct str text)
{
    return slug_is_valid(text);
}

static bool is_currency(struct str text)
{
    struct currency currency;
    return currency_parse(text, &currency);
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_username(struct str text)
{
    if (text.len < USERNAME_MIN || text.len > USERNAME_MAX || !is_alnum(text.ptr[0]))
        return false;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_alnum(c) && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Only what RFC 3986 lets stand in a URL; `%` starts an escape of two digits. */
static bool has_url_characters(struct str text)
{
    static const char others[] = "-._~:/?#[]@!$&'()*+,;=";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            if (text.len - i < 3 || !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2]))
                return false;
        } else if (!is_alnum(c) && memchr(others, c, sizeof(others) - 1) == NULL) {
            return false;
        }
    }
    return true;
}

/* Labels of letters, digits and inner hyphens, parted by single dots. */
static bool is_host_name(struct str host)
{
    struct str label = STR_NONE;
    if (host.len == 0 || host.len > 253)
        return false;
    for (struct str rest = host; str_split(&rest, '.', &label);) {
        if (label.len == 0 || label.len > 63 || !is_alnum(label.ptr[0]) ||
            !is_alnum(label.ptr[label.len - 1]))
            return false;
        for (size_t i = 0; i < label.len; i++) {
            if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-')
                return false;
        }
    }
    return true;
}

/* An IPv6 address between brackets: form only, the connection will tell whether it exists. */
static bool is_bracketed(struct str host)
{
    if (host.len < 4 || host.ptr[0] != '[' || host.ptr[host.len - 1] != ']')
        return false;
    for (size_t i = 1; i + 1 < host.len; i++) {
        if (!is_hex(host.ptr[i]) && host.ptr[i] != ':' && host.ptr[i] != '.')
            return false;
    }
    return true;
}

static bool is_port(struct str text)
{
    uint64_t port = 0;
    return number_parse_u64(text, PORT_MAX, &port) && port != 0;
}

/* host[:port]; user info is refused, because it hides the true host from a reader. */
static bool is_authority(struct str text)
{
    ptrdiff_t bracket = str_find_byte(text, ']', 0);
    ptrdiff_t colon = str_find_byte(text, ':', bracket >= 0 ? (size_t)bracket : 0);
    struct str host = colon >= 0 ? str_slice(text, 0, (size_t)colon) : text;
    if (colon >= 0 && !is_port(str_slice(text, (size_t)colon + 1, text.len)))
        return false;
    return is_bracketed(host) || is_host_name(host);
}

static bool is_http_url(struct str text)
{
    ptrdiff_t scheme_len = str_find(text, STR("://"));
    if (scheme_len < 0 || !has_url_characters(text))
        return false;
    struct str scheme = str_slice(text, 0, (size_t)scheme_len);
    if (!str_equal_nocase(scheme, STR("http")) && !str_equal_nocase(scheme, STR("https")))
        return false;
    struct str rest = str_slice(text, (size_t)scheme_len + 3, text.len);
    size_t len = 0;
    while (len < rest.len && memchr("/?#", rest.ptr[len], 3) == NULL)
        len++;
    return is_authority(str_slice(rest, 0, len));
}

const struct json_format json_format_email = {
    .name = "email", .message = "must be an e-mail address", .is_valid = is_email};

const struct json_format json_format_slug = {
    .name = "slug",
    .pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
    .message = "must be lower-case letters, digits and single inner hyphens",
    .is_valid = is_slug};

const struct json_format json_format_http_url = {.name = "uri",
                                                 .pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+([/?#]|$)",
                                                 .message = "must be an http or https address",
                                                 .is_valid = is_http_url};

const struct json_format json_format_currency = {.name = "currency",
                                                 .pattern = "^[A-Z]{3}$",
                                                 .message = "must be an ISO 4217 currency code",
                                                 .is_valid = is_currency};

const struct json_format json_format_username = {
    .name = "username",
    .pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{2,29}$",
    .message = "must be 3 to 30 letters, digits, '_', '.' or '-', starting with a letter or a digit",
    .is_valid = is_username};
