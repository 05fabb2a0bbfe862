/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Request heads: what is taken, with what meaning, and what is refused for which reason; whole and byte by byte. */
#include "platform/http/wire/request_parser.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/http/wire/field_table.h"

static const struct head_limits limits = {.max_line_len = 64, .max_head_len = 512, .max_fields = 8};

/* A field value or a target of that many bytes. */
#define X8     "xxxxxxxx"
#define X32    X8 X8 X8 X8
#define X128   X32 X32 X32 X32
#define HOST_A "Host: a\r\n"

struct refused_row {
    struct str wire;
    enum http_fault fault;
};

#define R(wire_, fault_)                                                                                     \
    {                                                                                                        \
        .wire = STR_INIT(wire_), .fault = HTTP_FAULT_##fault_                                                \
    }
/* A request line with a good rest, and a field in a good request. */
#define LINE(line_, fault_)   R(line_ "\r\n" HOST_A "\r\n", fault_)
#define FIELD(field_, fault_) R("POST / HTTP/1.1\r\n" HOST_A field_ "\r\n\r\n", fault_)
#define HOSTED(host_, fault_) R("GET / HTTP/1.1\r\nHost: " host_ "\r\n\r\n", fault_)

/* clang-format off */
static const struct refused_row refused[] = {
    /* request line: method */
    LINE(" GET / HTTP/1.1", METHOD_BYTES),
    LINE("G@T / HTTP/1.1", METHOD_BYTES),
    LINE("GET\t/ HTTP/1.1", METHOD_BYTES),
    LINE("GET(/ HTTP/1.1", METHOD_BYTES),
    LINE("\x16\x03\x01\x02\x00", METHOD_BYTES),
    LINE("{\"a\":1}", METHOD_BYTES),
    LINE("G\0T / HTTP/1.1", METHOD_BYTES),
    LINE("GET", METHOD_BYTES),
    LINE("get / HTTP/1.1", METHOD_UNKNOWN),
    LINE("TRACE / HTTP/1.1", METHOD_UNKNOWN),
    LINE("CONNECT a:80 HTTP/1.1", METHOD_UNKNOWN),
    LINE("PROPFIND / HTTP/1.1", METHOD_UNKNOWN),
    LINE("GETX / HTTP/1.1", METHOD_UNKNOWN),
    LINE("GE / HTTP/1.1", METHOD_UNKNOWN),
    /* request line: target */
    LINE("GET  / HTTP/1.1", TARGET),
    LINE("GET HTTP/1.1", TARGET),
    LINE("GET /", TARGET),
    LINE("GET / ", REQUEST_LINE),
    LINE("GET a HTTP/1.1", TARGET),
    LINE("GET ?a HTTP/1.1", TARGET),
    LINE("GET * HTTP/1.1", TARGET),
    LINE("OPTIONS *a HTTP/1.1", TARGET),
    LINE("GET /a\"b HTTP/1.1", TARGET),
    LINE("GET /a<b HTTP/1.1", TARGET),
    LINE("GET /a#b HTTP/1.1", TARGET),
    LINE("GET /a\\b HTTP/1.1", TARGET),
    LINE("GET /a{b HTTP/1.1", TARGET),
    LINE("GET /?a\"b HTTP/1.1", TARGET),
    LINE("GET /?a#b HTTP/1.1", TARGET),
    LINE("GET /\xc3\xa4 HTTP/1.1", TARGET),
    LINE("GET /a\x7f HTTP/1.1", TARGET),
    LINE("GET /a\0b HTTP/1.1", TARGET),
    LINE("GET /a\tb HTTP/1.1", TARGET),
    LINE("GET http:// HTTP/1.1", TARGET),
    LINE("GET http:///a HTTP/1.1", TARGET),
    LINE("GET http://u@h/ HTTP/1.1", TARGET),
    LINE("GET http://u:p@h/ HTTP/1.1", TARGET),
    LINE("GET http://h:port/ HTTP/1.1", TARGET),
    LINE("GET http://h?a HTTP/1.1", TARGET),
    LINE("GET ftp://h/ HTTP/1.1", TARGET),
    LINE("GET http:/a HTTP/1.1", TARGET),
    LINE("GET a.example:80 HTTP/1.1", TARGET),
    /* request line: version */
    LINE("GET / HTTP/1.1 ", REQUEST_LINE),
    LINE("GET /  HTTP/1.1", REQUEST_LINE),
    LINE("GET / HTTP/1.1x", REQUEST_LINE),
    LINE("GET / HTTP/1.", REQUEST_LINE),
    LINE("GET / HTTP/.1", REQUEST_LINE),
    LINE("GET / HTTP/1", REQUEST_LINE),
    LINE("GET / HTTP/11", REQUEST_LINE),
    LINE("GET / HTTP/1.10", REQUEST_LINE),
    LINE("GET / HTTP/01.1", REQUEST_LINE),
    LINE("GET / http/1.1", REQUEST_LINE),
    LINE("GET / HTTPS/1.1", REQUEST_LINE),
    LINE("GET / ICY", REQUEST_LINE),
    LINE("GET / HTTP/1,1", REQUEST_LINE),
    LINE("GET / HTTP/1.1\r", REQUEST_LINE),
    LINE("GET / HTTP/0.9", VERSION),
    LINE("GET / HTTP/2.0", VERSION),
    LINE("PRI * HTTP/2.0", VERSION),
    /* line ends */
    R("GET / HTTP/1.1\n" HOST_A "\r\n", LINE_END),
    R("GET / HTTP/1.1\r\nHost: a\n\r\n", LINE_END),
    R("GET / HTTP/1.1\r\nHost: a\r\n\n", LINE_END),
    R("\nGET / HTTP/1.1\r\n" HOST_A "\r\n", LINE_END),
    R("\r\n\r\nGET / HTTP/1.1\r\n" HOST_A "\r\n", REQUEST_LINE),
    R("\rGET / HTTP/1.1\r\n" HOST_A "\r\n", METHOD_BYTES),
    FIELD("A: b\rc", LINE_END),
    FIELD("A: b\r\rc", LINE_END),
    FIELD("A: b\r", LINE_END),
    R("GET / HTTP/1.1\r\n" HOST_A "\r\r\n\r\n", FIELD_NAME),
    /* fields */
    FIELD(" A: b", FIELD_FOLDED),
    FIELD("\tA: b", FIELD_FOLDED),
    FIELD("A: b\r\n c", FIELD_FOLDED),
    FIELD("A: b\r\n\tc", FIELD_FOLDED),
    R("GET / HTTP/1.1\r\n Host: a\r\n\r\n", FIELD_FOLDED),
    FIELD("A : b", FIELD_NAME),
    FIELD("A\t: b", FIELD_NAME),
    FIELD(": b", FIELD_NAME),
    FIELD("A", FIELD_NAME),
    FIELD("A b: c", FIELD_NAME),
    FIELD("A\0: b", FIELD_NAME),
    FIELD("A\x80: b", FIELD_NAME),
    FIELD("(A): b", FIELD_NAME),
    FIELD("A=b", FIELD_NAME),
    FIELD("\"A\": b", FIELD_NAME),
    FIELD("A: b\0c", FIELD_VALUE),
    FIELD("A: \x01", FIELD_VALUE),
    FIELD("A: b\x0b", FIELD_VALUE),
    FIELD("A: b\x1f" "c", FIELD_VALUE),
    FIELD("A: long enough for the fast path\x7f and more", FIELD_VALUE),
    FIELD("A: long enough for the fast path\0 and more", FIELD_VALUE),
    FIELD("Host: a", FIELD_REPEATED),
    FIELD("host: b", FIELD_REPEATED),
    FIELD("Authorization: Bearer a\r\nauthorization: Bearer b", FIELD_REPEATED),
    FIELD("Content-Type: a/b\r\nContent-Type: c/d", FIELD_REPEATED),
    FIELD("Idempotency-Key: a\r\nIdempotency-Key: a", FIELD_REPEATED),
    FIELD("Upload-Offset: 1\r\nUpload-Offset: 2", FIELD_REPEATED),
    FIELD("If-Range: \"a\"\r\nIf-Range: \"b\"", FIELD_REPEATED),
    /* host */
    R("GET / HTTP/1.1\r\n\r\n", HOST_MISSING),
    R("GET / HTTP/1.1\r\nA: b\r\n\r\n", HOST_MISSING),
    R("GET http://a/ HTTP/1.1\r\n\r\n", HOST_MISSING),
    HOSTED("", HOST),
    HOSTED("a b", HOST),
    HOSTED("a,b", HOST),
    HOSTED("a/b", HOST),
    HOSTED("u@a", HOST),
    HOSTED("http://a", HOST),
    HOSTED(":80", HOST),
    HOSTED("a:", HOST),
    HOSTED("a:0", HOST),
    HOSTED("a:65536", HOST),
    HOSTED("a:080000", HOST),
    HOSTED("a:8x", HOST),
    HOSTED("a:-1", HOST),
    HOSTED("a:80:80", HOST),
    HOSTED("[::1", HOST),
    HOSTED("[]", HOST),
    HOSTED("[::1]x", HOST),
    HOSTED("[::1]:", HOST),
    HOSTED("[::g]", HOST),
    HOSTED("[fe80::1%eth0]", HOST),
    HOSTED("::1", HOST),
    HOSTED("\xc3\xa4.example", HOST),
    HOSTED("a?b", HOST),
    HOSTED("a#b", HOST),
    HOSTED("<a>", HOST),
    HOSTED(X128 X128, HOST),
    R("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", HOST),
    /* length and coding */
    FIELD("Content-Length: ", LENGTH),
    FIELD("Content-Length: a", LENGTH),
    FIELD("Content-Length: +5", LENGTH),
    FIELD("Content-Length: -5", LENGTH),
    FIELD("Content-Length: 5 5", LENGTH),
    FIELD("Content-Length: 5,5", LENGTH),
    FIELD("Content-Length: 5, 5", LENGTH),
    FIELD("Content-Length: 0x5", LENGTH),
    FIELD("Content-Length: 5.0", LENGTH),
    FIELD("Content-Length: 5e1", LENGTH),
    FIELD("Content-Length: 9223372036854775808", LENGTH),
    FIELD("Content-Length: 99999999999999999999", LENGTH),
    FIELD("Content-Length: 5\r\nContent-Length: 5", LENGTH),
    FIELD("Content-Length: 5\r\nContent-Length: 6", LENGTH),
    FIELD("Content-Length: 5\r\ncontent-length: 6", LENGTH),
    FIELD("Transfer-Encoding: chunked\r\nContent-Length: 5", AMBIGUOUS),
    FIELD("Content-Length: 0\r\nTransfer-Encoding: chunked", AMBIGUOUS),
    FIELD("Content-Length: x\r\nTransfer-Encoding: chunked", AMBIGUOUS),
    FIELD("Transfer-Encoding: ", CODING),
    FIELD("Transfer-Encoding: identity", CODING),
    FIELD("Transfer-Encoding: gzip", CODING),
    FIELD("Transfer-Encoding: gzip, chunked", CODING),
    FIELD("Transfer-Encoding: chunked, identity", CODING),
    FIELD("Transfer-Encoding: chunked, chunked", CODING),
    FIELD("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", CODING),
    FIELD("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", CODING),
    FIELD("Transfer-Encoding: \"chunked\"", CODING),
    FIELD("Transfer-Encoding: chunked;q=1", CODING),
    FIELD("Transfer-Encoding: xchunked", CODING),
    FIELD("Transfer-Encoding: ,chunked", CODING),
    FIELD("Transfer-Encoding: chunked,", CODING),
    R("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", CODING),
    FIELD("Expect: 200-ok", EXPECT),
    FIELD("Expect: 100-continue, 100-continue", EXPECT),
    FIELD("Expect: ", EXPECT),
    /* limits */
    R("GET /" X32 X32 X32 " HTTP/1.1\r\n" HOST_A "\r\n", LINE_LONG),
    R("GET /" X128, LINE_LONG),
    R(X128, LINE_LONG),
    R("GET / HTTP/1.1\r\n" HOST_A "A: " X128 X128 X128 X128 "\r\n\r\n", HEAD_LONG),
    R("GET / HTTP/1.1\r\n" HOST_A "A: " X128 X128 X128 X128, HEAD_LONG),
    R("GET / HTTP/1.1\r\n" HOST_A "A: " X128 "\r\nB: " X128 "\r\nC: " X128 "\r\nD: " X128 "\r\n\r\n", HEAD_LONG),
    R("GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\n\r\n", FIELD_COUNT),
    R("GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\n", FIELD_COUNT),
};

struct taken_row {
    struct str wire;
    enum http_method method;
    const char *target;
    const char *query; /* NULL: absent */
    const char *host;  /* NULL: absent */
    int64_t length;
    int minor_version;
    bool closes, expects_continue, is_asterisk;
};

#define T(wire_, method_, ...) {.wire = STR_INIT(wire_), .method = HTTP_##method_, __VA_ARGS__}
#define GOOD_LINE(line_, method_, ...) \
    T(line_ " HTTP/1.1\r\n" HOST_A "\r\n", method_, .minor_version = 1, __VA_ARGS__)
#define GOOD_FIELD(field_, ...) \
    T("POST / HTTP/1.1\r\n" HOST_A field_ "\r\n\r\n", POST, .target = "/", .host = "a", .minor_version = 1, __VA_ARGS__)
#define GOOD_HOST(host_) \
    T("GET / HTTP/1.1\r\nHost: " host_ "\r\n\r\n", GET, .target = "/", .host = host_, .minor_version = 1)
#define OLD(fields_, ...) T("GET / HTTP/1.0\r\n" fields_ "\r\n", GET, .target = "/", __VA_ARGS__)

static const struct taken_row taken[] = {
    GOOD_LINE("GET /", GET, .target = "/", .host = "a"),
    GOOD_LINE("HEAD /", HEAD, .target = "/", .host = "a"),
    GOOD_LINE("POST /", POST, .target = "/", .host = "a"),
    GOOD_LINE("PUT /", PUT, .target = "/", .host = "a"),
    GOOD_LINE("PATCH /", PATCH, .target = "/", .host = "a"),
    T("\r\nDELETE / HTTP/1.1\r\n" HOST_A "\r\n", DELETE, .target = "/", .host = "a", .minor_version = 1),
    GOOD_LINE("OPTIONS /", OPTIONS, .target = "/", .host = "a"),
    GOOD_LINE("OPTIONS *", OPTIONS, .target = "*", .host = "a", .is_asterisk = true),
    GOOD_LINE("OPTIONS http://b", OPTIONS, .target = "*", .host = "b", .is_asterisk = true),
    GOOD_LINE("GET /a/b;c=d", GET, .target = "/a/b;c=d", .host = "a"),
    GOOD_LINE("GET //", GET, .target = "//", .host = "a"),
    GOOD_LINE("GET /?", GET, .target = "/?", .query = "", .host = "a"),
    GOOD_LINE("GET /a?b=c", GET, .target = "/a?b=c", .query = "b=c", .host = "a"),
    GOOD_LINE("GET /a?b=c?d", GET, .target = "/a?b=c?d", .query = "b=c?d", .host = "a"),
    GOOD_LINE("GET /?a={b}|\\^`", GET, .target = "/?a={b}|\\^`", .query = "a={b}|\\^`", .host = "a"),
    GOOD_LINE("GET /%zz%", GET, .target = "/%zz%", .host = "a"),
    GOOD_LINE("GET http://b/c?d", GET, .target = "/c?d", .query = "d", .host = "b"),
    GOOD_LINE("GET HTTPS://b:8080/c", GET, .target = "/c", .host = "b:8080"),
    GOOD_LINE("GET http://[::1]/", GET, .target = "/", .host = "[::1]"),
    GOOD_LINE("GET http://b", GET, .target = "/", .host = "b"),
    T("\r\nGET / HTTP/1.1\r\n" HOST_A "\r\n", GET, .target = "/", .host = "a", .minor_version = 1),
    T("GET / HTTP/1.9\r\n" HOST_A "\r\n", GET, .target = "/", .host = "a", .minor_version = 1),
    OLD("", .closes = true),
    OLD(HOST_A, .host = "a", .closes = true),
    OLD("Connection: keep-alive\r\n", .length = 0),
    OLD("Connection: keep-alive, close\r\n", .closes = true),
    OLD("Expect: anything\r\n", .closes = true),
    GOOD_HOST("a.example"),
    GOOD_HOST("a.example:1"),
    GOOD_HOST("a.example:65535"),
    GOOD_HOST("127.0.0.1:8080"),
    GOOD_HOST("[::1]"),
    GOOD_HOST("[2001:db8::192.0.2.1]:443"),
    GOOD_HOST("under_score.example"),
    GOOD_FIELD("Content-Length: 0", .length = 0),
    GOOD_FIELD("Content-Length: 5", .length = 5),
    GOOD_FIELD("Content-Length: 005", .length = 5),
    GOOD_FIELD("content-length:5", .length = 5),
    GOOD_FIELD("CONTENT-LENGTH: \t 5 \t", .length = 5),
    GOOD_FIELD("Content-Length: 9223372036854775807", .length = INT64_MAX),
    GOOD_FIELD("Transfer-Encoding: chunked", .length = HTTP_NO_LENGTH),
    GOOD_FIELD("Transfer-Encoding: CHUNKED", .length = HTTP_NO_LENGTH),
    GOOD_FIELD("Connection: close", .closes = true),
    GOOD_FIELD("Connection: Close", .closes = true),
    GOOD_FIELD("Connection: keep-alive\r\nConnection: close", .closes = true),
    GOOD_FIELD("Connection: upgrade", .length = 0),
    GOOD_FIELD("Expect: 100-continue\r\nContent-Length: 5", .length = 5, .expects_continue = true),
    GOOD_FIELD("Expect: 100-Continue\r\nTransfer-Encoding: chunked", .length = HTTP_NO_LENGTH, .expects_continue = true),
    GOOD_FIELD("Expect: 100-continue", .length = 0),
    GOOD_FIELD("A:", .length = 0),
    GOOD_FIELD("A: b\tc \x80\xff d", .length = 0),
    GOOD_FIELD("!#$%&'*+-.^_`|~09AZaz: x", .length = 0),
};
/* clang-format on */

struct outcome {
    enum http_fault fault;
    struct http_request request;
    struct request_frame frame;
};

/* Scans in steps of `step` bytes, then parses. */
static struct outcome read_head(struct arena *arena, struct str wire, size_t step)
{
    struct outcome outcome = {0};
    struct head_scan scan = {0};
    enum head_state state = HEAD_PARTIAL;
    for (size_t seen = step; state == HEAD_PARTIAL && seen < wire.len + step; seen += step)
        state = head_scan(&scan, str_slice(wire, 0, seen), &limits, &outcome.fault);
    if (state == HEAD_PARTIAL)
        outcome.fault = HTTP_FAULT_TRUNCATED;
    if (state != HEAD_DONE)
        return outcome;
    size_t len = scan.scanned - scan.start;
    char *head = arena_dup(arena, wire.ptr + scan.start, len);
    outcome.fault = request_parse(arena, head, len, scan.lines, &outcome.request, &outcome.frame);
    return outcome;
}

static bool same(struct str text, const char *expected)
{
    return expected == NULL ? text.ptr == NULL : text.ptr != NULL && str_equal(text, str_cstr(expected));
}

static bool is_as_expected(const struct taken_row *row, const struct outcome *outcome)
{
    const struct http_request *request = &outcome->request;
    const struct request_frame *frame = &outcome->frame;
    return request->method == row->method && same(request->target, row->target) &&
           same(request->query, row->query) && same(request->host, row->host) &&
           request->content_length == row->length && frame->content_length == row->length &&
           request->has_body == (row->length != 0) && frame->is_chunked == (row->length == HTTP_NO_LENGTH) &&
           request->minor_version == row->minor_version && frame->keeps_alive == !row->closes &&
           frame->expects_continue == row->expects_continue && frame->is_asterisk == row->is_asterisk;
}

static void check_taken(size_t step)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        struct outcome outcome = read_head(arena, taken[i].wire, step);
        if (outcome.fault != HTTP_FAULT_NONE || !is_as_expected(&taken[i], &outcome))
            fail_msg("row %zu: %s: %" STR_FMT, i, http_fault_name(outcome.fault), STR_ARG(taken[i].wire));
    }
    arena_free(arena);
}

static void check_refused(size_t step)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct outcome outcome = read_head(arena, refused[i].wire, step);
        if (outcome.fault != refused[i].fault)
            fail_msg("row %zu: %s instead of %s: %" STR_FMT, i, http_fault_name(outcome.fault),
                     http_fault_name(refused[i].fault), STR_ARG(refused[i].wire));
    }
    arena_free(arena);
}

static void good_heads_are_taken(void **state)
{
    (void)state;
    check_taken(1024);
}

static void good_heads_are_taken_byte_by_byte(void **state)
{
    (void)state;
    check_taken(1);
    check_taken(3);
}

static void bad_heads_are_refused(void **state)
{
    (void)state;
    check_refused(2048);
}

static void bad_heads_are_refused_byte_by_byte(void **state)
{
    (void)state;
    check_refused(1);
    check_refused(3);
}

static void the_end_of_the_head_is_found_in_a_burst(void **state)
{
    (void)state;
    struct str wire = STR("GET /1 HTTP/1.1\r\n" HOST_A "\r\nGET /2 HTTP/1.1\r\n" HOST_A "\r\n");
    struct head_scan scan = {0};
    enum http_fault fault;
    assert_int_equal(head_scan(&scan, wire, &limits, &fault), HEAD_DONE);
    assert_int_equal(scan.scanned, wire.len / 2);
    assert_int_equal(scan.lines, 2);
}

static void every_prefix_of_a_head_is_partial(void **state)
{
    (void)state;
    struct str wire = STR("\r\nGET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n");
    for (size_t len = 0; len < wire.len; len++) {
        struct head_scan scan = {0};
        enum http_fault fault;
        assert_int_equal(head_scan(&scan, str_slice(wire, 0, len), &limits, &fault), HEAD_PARTIAL);
    }
}

static void repeated_fields_are_joined_or_the_first_counts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str wire =
        STR("GET / HTTP/1.1\r\nHOST: a\r\nAccept: x\r\nCookie: a=1\r\nReferer: r\r\nacCept: y\r\n"
            "Cookie: b=2\r\nReferer: s\r\naccept: z\r\n\r\n");
    struct outcome outcome = read_head(arena, wire, wire.len);
    assert_int_equal(outcome.fault, HTTP_FAULT_NONE);
    assert_true(same(http_field(&outcome.request, HTTP_FIELD_ACCEPT), "x, y, z"));
    assert_true(same(http_field(&outcome.request, HTTP_FIELD_COOKIE), "a=1; b=2"));
    assert_true(same(http_field(&outcome.request, HTTP_FIELD_REFERER), "r"));
    assert_true(same(http_cookie(&outcome.request, STR("b")), "2"));
    assert_int_equal(outcome.request.header_count, 8);
    assert_true(same(outcome.request.headers[4].name, "accept"));
    assert_true(same(outcome.request.headers[4].value, "y"));
    arena_free(arena);
}

static void every_known_field_gets_its_place(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int i = 0; i < HTTP_FIELD_COUNT; i++) {
        enum http_field field = (enum http_field)i;
        if (field == HTTP_FIELD_HOST || field == HTTP_FIELD_CONTENT_LENGTH || field == HTTP_FIELD_EXPECT ||
            field == HTTP_FIELD_TRANSFER_ENCODING)
            continue;
        struct str wire = arena_printf(arena, "GET / HTTP/1.1\r\nHost: a\r\n%" STR_FMT ": value\r\n\r\n",
                                       STR_ARG(field_name(field)));
        struct outcome outcome = read_head(arena, wire, wire.len);
        assert_int_equal(outcome.fault, HTTP_FAULT_NONE);
        assert_true(same(http_field(&outcome.request, field), "value"));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_heads_are_taken),
        cmocka_unit_test(good_heads_are_taken_byte_by_byte),
        cmocka_unit_test(bad_heads_are_refused),
        cmocka_unit_test(bad_heads_are_refused_byte_by_byte),
        cmocka_unit_test(the_end_of_the_head_is_found_in_a_burst),
        cmocka_unit_test(every_prefix_of_a_head_is_partial),
        cmocka_unit_test(repeated_fields_are_joined_or_the_first_counts),
        cmocka_unit_test(every_known_field_gets_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
