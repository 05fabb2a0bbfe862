/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The head of a request: lines, request line, fields, framing. */
#include "platform/http/wire/request_parser.h"

#include "base/text/number.h"

#include "platform/http/wire/field_table.h"
#include "platform/http/wire/syntax.h"
#include "platform/http/wire/target.h"

/* ---- step 1: where does the head end ---- */

/* A complete line, without its end. */
static enum head_state scan_line(struct head_scan *scan, struct str line, const struct head_limits *limits,
                                 enum http_fault *ret_fault)
{
    size_t len = line.len;
    if (len == 0 && scan->lines == 0 && scan->start == 0) {
        scan->start = scan->scanned;
        return HEAD_PARTIAL;
    }
    if (len == 0 && scan->lines != 0)
        return HEAD_DONE;
    scan->lines++;
    *ret_fault = HTTP_FAULT_NONE;
    if (len == 0)
        *ret_fault = HTTP_FAULT_REQUEST_LINE;
    else if (scan->lines == 1 && !byte_is(line.ptr[0], BYTE_TOKEN))
        *ret_fault = HTTP_FAULT_METHOD_BYTES;
    else if (scan->lines == 1 && len > limits->max_line_len)
        *ret_fault = HTTP_FAULT_LINE_LONG;
    else if (scan->lines - 1 > limits->max_fields)
        *ret_fault = HTTP_FAULT_FIELD_COUNT;
    return *ret_fault == HTTP_FAULT_NONE ? HEAD_PARTIAL : HEAD_REFUSED;
}

/* A line without an end yet: refused as soon as it cannot become good. */
static enum head_state scan_rest(const struct head_scan *scan, struct str bytes,
                                 const struct head_limits *limits, enum http_fault *ret_fault)
{
    size_t len = bytes.len - scan->line_start;
    *ret_fault = HTTP_FAULT_NONE;
    bool is_first = scan->lines == 0 && len != 0;
    if (is_first && bytes.ptr[scan->line_start] != '\r' && !byte_is(bytes.ptr[scan->line_start], BYTE_TOKEN))
        *ret_fault = HTTP_FAULT_METHOD_BYTES;
    else if (scan->lines == 0 && len > limits->max_line_len + 1)
        *ret_fault = HTTP_FAULT_LINE_LONG;
    else if (bytes.len - scan->start > limits->max_head_len)
        *ret_fault = HTTP_FAULT_HEAD_LONG;
    return *ret_fault == HTTP_FAULT_NONE ? HEAD_PARTIAL : HEAD_REFUSED;
}

enum head_state head_scan(struct head_scan *scan, struct str bytes, const struct head_limits *limits,
                          enum http_fault *ret_fault)
{
    while (scan->scanned < bytes.len) {
        const char *newline = memchr(bytes.ptr + scan->scanned, '\n', bytes.len - scan->scanned);
        if (newline == NULL)
            break;
        size_t end = (size_t)(newline - bytes.ptr);
        scan->scanned = end + 1;
        if (end == scan->line_start || bytes.ptr[end - 1] != '\r') {
            *ret_fault = HTTP_FAULT_LINE_END;
            return HEAD_REFUSED;
        }
        enum head_state state = scan_line(
            scan, str_from(bytes.ptr + scan->line_start, end - 1 - scan->line_start), limits, ret_fault);
        scan->line_start = end + 1;
        if (state != HEAD_REFUSED && scan->scanned - scan->start > limits->max_head_len) {
            *ret_fault = HTTP_FAULT_HEAD_LONG;
            return HEAD_REFUSED;
        }
        if (state != HEAD_PARTIAL)
            return state;
    }
    scan->scanned = bytes.len;
    return scan_rest(scan, bytes, limits, ret_fault);
}

/* ---- step 2: the request line ---- */

struct parse {
    struct arena *arena;
    char *at;
    char *end;
    struct http_request *request;
    struct request_frame *frame;
    struct target target;
};

/* The text up to a byte outside the classes; moves past it. */
static struct str take_span(struct parse *parse, unsigned classes)
{
    struct str rest = str_from(parse->at, (size_t)(parse->end - parse->at));
    struct str part = str_from(parse->at, syntax_span(rest, 0, classes));
    parse->at += part.len;
    return part;
}

static bool take_byte(struct parse *parse, char byte)
{
    bool is_there = parse->at < parse->end && *parse->at == byte;
    parse->at += is_there;
    return is_there;
}

static bool take_line_end(struct parse *parse)
{
    return take_byte(parse, '\r') && take_byte(parse, '\n');
}

/* HTTP_METHOD_COUNT for a token that we do not know. Methods are case-sensitive. */
static enum http_method method_find(struct str token)
{
    for (int i = 0; i < HTTP_METHOD_COUNT; i++) {
        if (str_equal(http_method_name((enum http_method)i), token))
            return (enum http_method)i;
    }
    return HTTP_METHOD_COUNT;
}

/* "HTTP/1.0" or "HTTP/1.1"; a later minor version is answered as 1.1. */
static enum http_fault parse_version(struct parse *parse)
{
    static const struct str prefix = STR_INIT("HTTP/");
    struct str rest = str_from(parse->at, (size_t)(parse->end - parse->at));
    if (!str_starts_with(rest, prefix))
        return HTTP_FAULT_REQUEST_LINE;
    parse->at += prefix.len;
    struct str major = take_span(parse, BYTE_DIGIT);
    bool has_dot = take_byte(parse, '.');
    struct str minor = take_span(parse, BYTE_DIGIT);
    if (major.len != 1 || !has_dot || minor.len != 1 || !take_line_end(parse))
        return HTTP_FAULT_REQUEST_LINE;
    parse->request->minor_version = minor.ptr[0] == '0' ? 0 : 1;
    return major.ptr[0] == '1' ? HTTP_FAULT_NONE : HTTP_FAULT_VERSION;
}

static enum http_fault parse_request_line(struct parse *parse)
{
    struct str method = take_span(parse, BYTE_TOKEN);
    if (method.len == 0 || !take_byte(parse, ' '))
        return HTTP_FAULT_METHOD_BYTES;
    struct str target = take_span(parse, BYTE_QUERY);
    if (target.len == 0 || !take_byte(parse, ' '))
        return HTTP_FAULT_TARGET;
    enum http_fault fault = parse_version(parse);
    if (fault != HTTP_FAULT_NONE)
        return fault;
    parse->request->method = method_find(method);
    if (parse->request->method == HTTP_METHOD_COUNT)
        return HTTP_FAULT_METHOD_UNKNOWN;
    if (!target_parse(target, parse->request->method, &parse->target))
        return HTTP_FAULT_TARGET;
    parse->request->target = parse->target.origin;
    parse->request->path = parse->target.path;
    parse->request->query = parse->target.query;
    parse->frame->is_asterisk = parse->target.is_asterisk;
    return HTTP_FAULT_NONE;
}

/* ---- the fields ---- */

static struct str join(struct arena *arena, struct str first, const char *separator, struct str second)
{
    size_t len = first.len + 2 + second.len;
    char *joined = arena_alloc_raw(arena, len);
    memcpy(joined, first.ptr, first.len);
    memcpy(joined + first.len, separator, 2);
    memcpy(joined + first.len + 2, second.ptr, second.len);
    return str_from(joined, len);
}

static enum http_fault note_field(struct parse *parse, const struct http_pair *pair)
{
    enum http_field field = field_find(pair->name);
    if (field == HTTP_FIELD_COUNT)
        return HTTP_FAULT_NONE;
    struct str *known = &parse->request->known[field];
    if (known->ptr == NULL) {
        *known = pair->value;
        return HTTP_FAULT_NONE;
    }
    switch (field_repeat(field)) {
    case FIELD_REPEAT_FIRST:
        break;
    case FIELD_REPEAT_LIST:
        *known = join(parse->arena, *known, ", ", pair->value);
        break;
    case FIELD_REPEAT_COOKIE:
        *known = join(parse->arena, *known, "; ", pair->value);
        break;
    case FIELD_REPEAT_REFUSE:
        return field == HTTP_FIELD_CONTENT_LENGTH ? HTTP_FAULT_LENGTH : HTTP_FAULT_FIELD_REPEATED;
    }
    return HTTP_FAULT_NONE;
}

static struct str take_name(struct parse *parse)
{
    char *start = parse->at;
    char *at = start;
    for (char lower; at < parse->end && (lower = http_token_lower[(uint8_t)*at]) != 0; at++)
        *at = lower;
    parse->at = at;
    return str_from(start, (size_t)(at - start));
}

static struct str take_value(struct parse *parse)
{
    while (parse->at < parse->end && (*parse->at == ' ' || *parse->at == '\t'))
        parse->at++;
    struct str rest = str_from(parse->at, (size_t)(parse->end - parse->at));
    struct str value = str_from(parse->at, syntax_span_field(rest, 0));
    parse->at += value.len;
    while (value.len != 0 && (value.ptr[value.len - 1] == ' ' || value.ptr[value.len - 1] == '\t'))
        value.len--;
    return value;
}

static enum http_fault parse_field(struct parse *parse, struct http_pair *ret_pair)
{
    if (*parse->at == ' ' || *parse->at == '\t')
        return HTTP_FAULT_FIELD_FOLDED;
    ret_pair->name = take_name(parse);
    if (ret_pair->name.len == 0 || !take_byte(parse, ':'))
        return HTTP_FAULT_FIELD_NAME;
    ret_pair->value = take_value(parse);
    if (parse->at < parse->end && *parse->at != '\r')
        return HTTP_FAULT_FIELD_VALUE;
    if (!take_line_end(parse))
        return HTTP_FAULT_LINE_END;
    return note_field(parse, ret_pair);
}

static enum http_fault parse_fields(struct parse *parse, size_t count)
{
    struct http_pair *pairs = arena_alloc_raw(parse->arena, (count + 1) * sizeof(*pairs));
    for (size_t i = 0; i < count; i++) {
        enum http_fault fault = parse_field(parse, &pairs[i]);
        if (fault != HTTP_FAULT_NONE)
            return fault;
    }
    parse->request->headers = pairs;
    parse->request->header_count = count;
    return take_line_end(parse) && parse->at == parse->end ? HTTP_FAULT_NONE : HTTP_FAULT_LINE_END;
}

/* ---- what the fields mean for the connection ---- */

/* The target's own authority wins over Host (RFC 9112 §3.2.2), which must still be there and be good. */
static enum http_fault settle_host(struct parse *parse)
{
    struct http_request *request = parse->request;
    struct str host = request->known[HTTP_FIELD_HOST];
    if (host.ptr == NULL && request->minor_version >= 1)
        return HTTP_FAULT_HOST_MISSING;
    if (host.ptr != NULL && !authority_is_valid(host))
        return HTTP_FAULT_HOST;
    request->host = parse->target.authority.ptr != NULL ? parse->target.authority : host;
    return HTTP_FAULT_NONE;
}

static enum http_fault settle_length(struct parse *parse)
{
    const struct str *known = parse->request->known;
    struct str length = known[HTTP_FIELD_CONTENT_LENGTH];
    struct str coding = known[HTTP_FIELD_TRANSFER_ENCODING];
    if (length.ptr != NULL && coding.ptr != NULL)
        return HTTP_FAULT_AMBIGUOUS;
    uint64_t bytes = 0;
    if (length.ptr != NULL && !number_parse_u64(length, INT64_MAX, &bytes))
        return HTTP_FAULT_LENGTH;
    bool is_chunked = coding.ptr != NULL;
    if (is_chunked && (parse->request->minor_version == 0 || !str_equal_nocase(coding, STR("chunked"))))
        return HTTP_FAULT_CODING;
    parse->frame->is_chunked = is_chunked;
    parse->frame->content_length = is_chunked ? HTTP_NO_LENGTH : (int64_t)bytes;
    parse->request->content_length = parse->frame->content_length;
    parse->request->has_body = is_chunked || bytes != 0;
    return HTTP_FAULT_NONE;
}

static enum http_fault settle_connection(struct parse *parse)
{
    const struct http_request *request = parse->request;
    struct str connection = request->known[HTTP_FIELD_CONNECTION];
    bool keeps_alive = request->minor_version >= 1;
    if (connection.ptr != NULL) {
        keeps_alive = keeps_alive || syntax_list_has(connection, STR("keep-alive"));
        keeps_alive = keeps_alive && !syntax_list_has(connection, STR("close"));
    }
    parse->frame->keeps_alive = keeps_alive;
    struct str expect = request->known[HTTP_FIELD_EXPECT];
    if (expect.ptr == NULL || request->minor_version == 0)
        return HTTP_FAULT_NONE;
    parse->frame->expects_continue = request->has_body;
    return str_equal_nocase(expect, STR("100-continue")) ? HTTP_FAULT_NONE : HTTP_FAULT_EXPECT;
}

enum http_fault request_parse(struct arena *arena, char *head, size_t head_len, size_t lines,
                              struct http_request *ret_request, struct request_frame *ret_frame)
{
    *ret_request = (struct http_request){0};
    *ret_frame = (struct request_frame){0};
    struct parse parse = {
        .arena = arena, .at = head, .end = head + head_len, .request = ret_request, .frame = ret_frame};
    enum http_fault fault = parse_request_line(&parse);
    if (fault == HTTP_FAULT_NONE)
        fault = parse_fields(&parse, lines - 1);
    if (fault == HTTP_FAULT_NONE)
        fault = settle_host(&parse);
    if (fault == HTTP_FAULT_NONE)
        fault = settle_length(&parse);
    if (fault == HTTP_FAULT_NONE)
        fault = settle_connection(&parse);
    return fault;
}
