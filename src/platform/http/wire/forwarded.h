/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Who really asks, when the request came over proxies that we trust. Pure. Source: RFC 7239; X-Forwarded-For by custom. */
#ifndef PLATFORM_HTTP_WIRE_FORWARDED_H
#define PLATFORM_HTTP_WIRE_FORWARDED_H

#include "platform/http/http.h"
#include "platform/http/wire/address.h"

/* The chain is walked from the right: each hop that is trusted vouches for the one before it; the first that is not trusted is
 * the client. Forwarded is preferred to the X- fields. is_https is what was said about the client's own hop.
 * False: no address is named; only ret_is_https is set then. To be asked only when the connection's other end is trusted. */
bool forwarded_resolve(const struct http_request *request, const struct network_set *trusted,
                       struct address *ret_client, bool *ret_is_https);

#endif
