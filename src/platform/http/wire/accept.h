/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which content coding a client takes, and which media types compress. Pure. Source: RFC 9110 §12.4.2, §12.5.3. */
#ifndef PLATFORM_HTTP_WIRE_ACCEPT_H
#define PLATFORM_HTTP_WIRE_ACCEPT_H

#include <stdbool.h>

#include "base/text/str.h"

enum content_coding { CODING_IDENTITY, CODING_GZIP, CODING_BROTLI, CODING_COUNT };

/* "gzip", "br"; "identity". */
struct str content_coding_name(enum content_coding coding);

/* The coding of the greatest weight; among equals brotli before gzip. An absent field takes identity only. */
enum content_coding accept_choose_coding(struct str accept_encoding);

/* Text, JSON, XML, scripts, SVG, fonts that are not compressed yet; parameters are ignored. */
bool media_type_compresses(struct str content_type);

#endif
