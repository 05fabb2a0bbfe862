/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Hosts that are this machine, by their written form alone. */
#include "platform/config/local_host.h"

#include <arpa/inet.h>

bool host_parse_address(struct str host, int family, void *ret_address)
{
    char text[INET6_ADDRSTRLEN];
    if (host.len == 0 || host.len >= sizeof(text))
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, ret_address) == 1;
}

bool local_host_is(struct str host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (host.len == 0)
        return false;
    if (str_equal_nocase(host, STR("localhost")) || host.ptr[0] == '/' || host.ptr[0] == '@')
        return true;
    if (host_parse_address(host, AF_INET, &v4))
        return ntohl(v4.s_addr) >> 24 == 127;
    bool is_bracketed = host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    struct str bare = is_bracketed ? str_slice(host, 1, host.len - 2) : host;
    return host_parse_address(bare, AF_INET6, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
}

static struct str behind(struct str text, const char *mark)
{
    ptrdiff_t at = str_find(text, str_cstr(mark));
    return at < 0 ? text : str_slice(text, (size_t)at + strlen(mark), text.len);
}

static struct str before_byte(struct str text, char byte)
{
    ptrdiff_t at = str_find_byte(text, byte, 0);
    return at < 0 ? text : str_slice(text, 0, (size_t)at);
}

struct str local_host_of(struct str address)
{
    struct str rest = behind(address, "://");
    if (str_starts_with(rest, STR("/")))
        return rest;
    rest = behind(before_byte(rest, '/'), "@");
    ptrdiff_t bracket = str_starts_with(rest, STR("[")) ? str_find_byte(rest, ']', 0) : -1;
    return bracket < 0 ? before_byte(rest, ':') : str_slice(rest, 0, (size_t)bracket + 1);
}
