/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Request heads. The first byte says how many bytes come at a time; the pieces must lead to the same end as the whole. */
#include "base/require/require.h"

#include "platform/http/wire/request_parser.h"

static const struct head_limits limits = {.max_line_len = 2048, .max_head_len = 4096, .max_fields = 32};

static enum head_state scan_in_steps(struct str input, size_t step, struct head_scan *scan,
                                     enum http_fault *ret_fault)
{
    for (size_t seen = step; seen < input.len; seen += step) {
        enum head_state state = head_scan(scan, str_from(input.ptr, seen), &limits, ret_fault);
        if (state != HEAD_PARTIAL)
            return state;
    }
    return head_scan(scan, input, &limits, ret_fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str input = str_from((const char *)data + 1, size - 1);
    struct head_scan whole = {0}, pieces = {0};
    enum http_fault fault = HTTP_FAULT_NONE, pieces_fault = HTTP_FAULT_NONE;
    enum head_state state = head_scan(&whole, input, &limits, &fault);
    enum head_state pieces_state = scan_in_steps(input, (size_t)data[0] + 1, &pieces, &pieces_fault);
    REQUIRE((state == HEAD_DONE) == (pieces_state == HEAD_DONE));
    if (state != HEAD_DONE)
        return 0;
    REQUIRE(whole.scanned == pieces.scanned && whole.start == pieces.start && whole.lines == pieces.lines);

    struct arena *arena = arena_new(0);
    size_t len = whole.scanned - whole.start;
    char *head = arena_dup(arena, input.ptr + whole.start, len);
    struct http_request request;
    struct request_frame frame;
    if (request_parse(arena, head, len, whole.lines, &request, &frame) == HTTP_FAULT_NONE) {
        REQUIRE(request.method < HTTP_METHOD_COUNT && request.path.len != 0);
        REQUIRE(frame.is_chunked == (frame.content_length == HTTP_NO_LENGTH));
        REQUIRE(request.header_count == whole.lines - 1);
        (void)http_cookie(&request, STR("session"));
    }
    arena_free(arena);
    return 0;
}
