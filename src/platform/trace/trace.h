/* SPDX-License-Identifier: AGPL-3.0-or-later
 * W3C trace context (traceparent, version 00). Source: https://www.w3.org/TR/trace-context/ */
#ifndef PLATFORM_TRACE_TRACE_H
#define PLATFORM_TRACE_TRACE_H

#include "platform/ctx/ctx.h"

#define TRACEPARENT_CHARS 55

/* Continues a caller's trace with a new span, or starts one when the header is absent or malformed.
 * random holds 24 bytes. */
struct trace_context trace_continue(struct str traceparent, const uint8_t random[24]);
void trace_format(const struct trace_context *trace, char ret_text[TRACEPARENT_CHARS]);

#endif
