/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads and writes the traceparent header. */
#include "platform/trace/trace.h"

#define TRACE_ID_AT  3
#define SPAN_ID_AT   36
#define FLAGS_AT     53
#define FLAG_SAMPLED 1

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++)
        all |= bytes[i];
    return all == 0;
}

/* Lower case only, as the specification demands. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct str text, size_t at, uint8_t *ret_bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text.ptr[at + 2 * i]);
        int low = hex_digit(text.ptr[at + 2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* A later version may append fields after a dash; version ff is not one. */
static bool has_shape(struct str text)
{
    uint8_t version = 0;
    if (text.len < TRACEPARENT_CHARS || !read_hex(text, 0, &version, 1) || version == 0xFF)
        return false;
    if (text.ptr[2] != '-' || text.ptr[SPAN_ID_AT - 1] != '-' || text.ptr[FLAGS_AT - 1] != '-')
        return false;
    return text.len == TRACEPARENT_CHARS || (version != 0 && text.ptr[TRACEPARENT_CHARS] == '-');
}

static bool parse(struct str text, struct trace_context *ret_trace)
{
    struct trace_context trace;
    uint8_t flags = 0;
    if (!has_shape(text) || !read_hex(text, TRACE_ID_AT, trace.trace_id, sizeof(trace.trace_id)) ||
        !read_hex(text, SPAN_ID_AT, trace.span_id, sizeof(trace.span_id)) ||
        !read_hex(text, FLAGS_AT, &flags, 1))
        return false;
    if (is_zero(trace.trace_id, sizeof(trace.trace_id)) || is_zero(trace.span_id, sizeof(trace.span_id)))
        return false;
    trace.is_sampled = (flags & FLAG_SAMPLED) != 0;
    *ret_trace = trace;
    return true;
}

/* An id of zeros means "none", so the one chance in 2^64 is taken out. */
static void take_random(uint8_t *ret_id, const uint8_t *random, size_t len)
{
    memcpy(ret_id, random, len);
    if (is_zero(ret_id, len))
        ret_id[len - 1] = 1;
}

struct trace_context trace_continue(struct str traceparent, const uint8_t random[24])
{
    struct trace_context trace = {0};
    if (!parse(traceparent, &trace))
        take_random(trace.trace_id, random, sizeof(trace.trace_id));
    take_random(trace.span_id, random + sizeof(trace.trace_id), sizeof(trace.span_id));
    return trace;
}

static char *put_hex(char *at, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void trace_format(const struct trace_context *trace, char ret_text[TRACEPARENT_CHARS])
{
    const uint8_t flags = trace->is_sampled ? FLAG_SAMPLED : 0;
    memcpy(ret_text, "00-", 3);
    char *at = put_hex(ret_text + TRACE_ID_AT, trace->trace_id, sizeof(trace->trace_id));
    *at++ = '-';
    at = put_hex(at, trace->span_id, sizeof(trace->span_id));
    *at++ = '-';
    put_hex(at, &flags, 1);
}
