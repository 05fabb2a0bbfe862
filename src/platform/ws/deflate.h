/* SPDX-License-Identifier: AGPL-3.0-or-later
 * permessage-deflate (RFC 7692), without context takeover on either side: connections hold no zlib state, a loop holds one. */
#ifndef PLATFORM_WS_DEFLATE_H
#define PLATFORM_WS_DEFLATE_H

#include "base/text/strbuf.h"

struct ws_deflate;

struct ws_deflate *ws_deflate_new(void);
void ws_deflate_free(struct ws_deflate *codec); /* accepts NULL */

/* The payload of a deflated frame; false when it would not be smaller. */
bool ws_deflate_pack(struct ws_deflate *codec, struct str plain, struct strbuf *out);

enum ws_unpacked { WS_UNPACKED, WS_UNPACKED_TOO_LARGE, WS_UNPACKED_BROKEN };
/* Into out, at most up to its max_len, however much the payload would grow to. */
enum ws_unpacked ws_deflate_unpack(struct ws_deflate *codec, struct str packed, struct strbuf *out);

/* What to answer to the Sec-WebSocket-Extensions of a request: absent when none of its offers can be taken. */
struct str ws_deflate_agree(struct str offers);

#endif
