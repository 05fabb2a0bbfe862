/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: the traceparent header. Whatever comes in, what goes out is a good header, and reads back as itself. */
#include <stddef.h>
#include <stdint.h>

#include "platform/trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t first[24] = {1, 2, 3};
    static const uint8_t second[24] = {4, 5, 6};
    char text[TRACEPARENT_CHARS];
    struct trace_context trace = trace_continue(str_from((const char *)data, size), first);
    trace_format(&trace, text);
    struct trace_context next = trace_continue(str_from(text, sizeof(text)), second);
    REQUIRE(memcmp(trace.trace_id, next.trace_id, sizeof(trace.trace_id)) == 0);
    REQUIRE(trace.is_sampled == next.is_sampled);
    return 0;
}
