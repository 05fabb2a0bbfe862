/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The pages at /docs, from the same tables as the program. No script: they work under the strictest policy. */
#ifndef GATEWAY_REFERENCE_H
#define GATEWAY_REFERENCE_H

#include "base/text/strbuf.h"

#include "platform/ctx/ctx.h"

extern const char reference_style[];
void reference_routes_page(const struct platform *platform, struct strbuf *out);
void reference_errors_page(const struct platform *platform, struct strbuf *out);

#endif
