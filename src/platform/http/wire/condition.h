/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Conditional requests against the present state of a resource. Pure. Source: RFC 9110 §8.8.3, §13.
 *
 * Entity tags of encoded replies: a reply that is compressed on the way out carries the strong tag of the resource with
 * "-gz" or "-br" put before the closing quote, so that each representation has its own strong tag. Comparing drops that
 * ending again, so If-Match and If-None-Match work with whichever form the client has seen. */
#ifndef PLATFORM_HTTP_WIRE_CONDITION_H
#define PLATFORM_HTTP_WIRE_CONDITION_H

#include "base/value/instant.h"

#include "platform/http/http.h"

enum condition_verdict {
    CONDITION_PROCEED,
    CONDITION_NOT_MODIFIED, /* 304 */
    CONDITION_FAILED        /* 412 */
};

/* The state that the request's conditions are held against. */
struct validators {
    struct str etag;         /* with quotes, weak or strong; absent: none */
    struct instant modified; /* none: unknown */
};

/* If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order of RFC 9110 §13.2.2. The resource exists. */
enum condition_verdict condition_judge(const struct http_request *request, const struct validators *now);

/* Whether Range counts: If-Range is absent, or names the present state strongly. */
bool condition_range_counts(const struct http_request *request, const struct validators *now);

enum etag_comparison { ETAG_STRONG, ETAG_WEAK };
/* Whether the list of If-Match or If-None-Match names the tag; "*" names every tag. */
bool etag_list_has(struct str list, struct str etag, enum etag_comparison comparison);

#endif
