/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Request targets and authorities. Pure. Source: RFC 9112 §3.2, RFC 3986 §3.2.2, RFC 9110 §7.2. */
#ifndef PLATFORM_HTTP_WIRE_TARGET_H
#define PLATFORM_HTTP_WIRE_TARGET_H

#include "platform/http/http.h"

struct target {
    struct str origin;    /* path and query */
    struct str path;      /* not decoded */
    struct str query;     /* after '?'; absent without */
    struct str authority; /* of the absolute form; absent else */
    bool is_asterisk;
};

/* Origin form, absolute form (http and https), or "*" for OPTIONS. False: malformed; *ret_target is undefined. */
bool target_parse(struct str text, enum http_method method, struct target *ret_target);

/* A host name, IPv4 or bracketed IPv6 address, with an optional port of 1–65535. No user information. */
bool authority_is_valid(struct str authority);

#endif
