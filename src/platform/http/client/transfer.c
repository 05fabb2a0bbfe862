/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Options and callbacks of a transfer: what goes out, what may come back, and to whom it may connect. */
#include "platform/http/client/transfer.h"

#include <sys/socket.h>
#include <unistd.h>

#include "platform/http/wire/address.h"
#include "platform/http/wire/syntax.h"
#include "platform/trace/trace.h"

#define DEFAULT_MAX_REPLY_LEN ((size_t)1024 * 1024)
#define MAX_HEADER_BYTES      ((size_t)64 * 1024)
#define MAX_HEADERS           200
#define CONNECT_TIMEOUT_MS    10000L

/* ---- to whom ---- */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *wanted)
{
    struct transfer *transfer = arg;
    struct address address;
    (void)purpose;
    if (transfer->request->public_only &&
        (!address_from_socket(&wanted->addr, &address) || !address_is_public(&address))) {
        transfer->is_forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
}

/* A connection that another call opened is judged too, before the request goes out on it. */
static int judge_connection(void *arg, char *remote_address, char *local_address, int remote_port,
                            int local_port)
{
    struct transfer *transfer = arg;
    struct address address;
    (void)local_address, (void)remote_port, (void)local_port;
    if (!transfer->request->public_only ||
        (address_parse(str_cstr(remote_address), &address) && address_is_public(&address)))
        return CURL_PREREQFUNC_OK;
    transfer->is_forbidden = true;
    return CURL_PREREQFUNC_ABORT;
}

/* ---- what comes back ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count; /* size is 1 */
    strbuf_append(&transfer->body, str_from(bytes, len));
    transfer->is_too_large = transfer->body.overflow;
    return transfer->is_too_large ? 0 : len;
}

static void note_header(struct transfer *transfer, struct str line)
{
    ptrdiff_t colon = str_find_byte(line, ':', 0);
    if (colon <= 0)
        return;
    if (transfer->headers == NULL)
        transfer->headers = ARENA_ARRAY(transfer->cx->arena, struct http_pair, MAX_HEADERS);
    char *name = arena_dup(transfer->cx->arena, line.ptr, (size_t)colon);
    for (ptrdiff_t i = 0; i < colon; i++) {
        char lower = http_token_lower[(uint8_t)name[i]];
        name[i] = lower != 0 ? lower : name[i];
    }
    transfer->headers[transfer->header_count++] = (struct http_pair){
        .name = str_from(name, (size_t)colon),
        .value = arena_str(transfer->cx->arena, str_trim(str_slice(line, (size_t)colon + 1, line.len))),
    };
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count;
    struct str line = str_from(bytes, len);
    while (line.len != 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    transfer->header_bytes += len;
    if (transfer->header_bytes > MAX_HEADER_BYTES || transfer->header_count == MAX_HEADERS) {
        transfer->is_too_large = true;
        return 0;
    }
    if (str_starts_with(line, STR("HTTP/"))) { /* an interim reply or a redirect came before this one */
        transfer->header_count = 0;
        strbuf_clear(&transfer->body);
    } else {
        note_header(transfer, line);
    }
    return len;
}

/* ---- what goes out ---- */

static bool has_field(const struct http_client_request *request, struct str name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_equal_nocase(request->headers[i].name, name))
            return true;
    }
    return false;
}

static void add_line(struct transfer *transfer, const char *line)
{
    transfer->fields = curl_slist_append(transfer->fields, line);
    REQUIRE(transfer->fields != NULL);
}

static void add_field(struct transfer *transfer, struct str name, struct str value)
{
    REQUIRE(syntax_is_token(name) && syntax_span_field(value, 0) == value.len);
    struct arena *arena = transfer->cx->arena;
    struct str line =
        value.len != 0 ? arena_printf(arena, "%" STR_FMT ": %" STR_FMT, STR_ARG(name), STR_ARG(value))
                       : arena_printf(arena, "%" STR_FMT ";", STR_ARG(name)); /* libcurl's way to say empty */
    add_line(transfer, line.ptr);
}

static void add_fields(struct transfer *transfer)
{
    const struct http_client_request *request = transfer->request;
    const struct trace_context *trace = &transfer->cx->trace;
    static const uint8_t no_trace[sizeof(trace->trace_id)];
    for (size_t i = 0; i < request->header_count; i++)
        add_field(transfer, request->headers[i].name, request->headers[i].value);
    if (memcmp(trace->trace_id, no_trace, sizeof(no_trace)) != 0) {
        char text[TRACEPARENT_CHARS];
        trace_format(trace, text);
        add_field(transfer, STR("traceparent"), str_from(text, sizeof(text)));
    }
    /* What libcurl would add by itself. */
    add_line(transfer, "Expect:");
    if (!has_field(request, STR("content-type")))
        add_line(transfer, "Content-Type:");
    if (!has_field(request, STR("user-agent")))
        add_line(transfer, "User-Agent: Lathe");
}

#define SET(easy, option, value) REQUIRE(curl_easy_setopt((easy), CURLOPT_##option, (value)) == CURLE_OK)

/* What libcurl knows by itself it also turns into GET where a redirect says so. */
static void set_method(CURL *easy, const struct http_client_request *request)
{
    bool is_known =
        request->method == HTTP_GET || request->method == HTTP_HEAD || request->method == HTTP_POST;
    bool may_be_empty =
        request->method == HTTP_POST || request->method == HTTP_PUT || request->method == HTTP_PATCH;
    if (request->method == HTTP_HEAD)
        SET(easy, NOBODY, 1L);
    if (request->body.len != 0 || may_be_empty) {
        SET(easy, POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        SET(easy, POSTFIELDS, request->body.len != 0 ? request->body.ptr : "");
    }
    if (!is_known || (request->method == HTTP_GET && request->body.len != 0))
        SET(easy, CUSTOMREQUEST, http_method_name(request->method).ptr);
}

static void set_limits(CURL *easy, const struct transfer *transfer, size_t max_reply_len)
{
    const struct http_client_request *request = transfer->request;
    SET(easy, MAXFILESIZE_LARGE, (curl_off_t)max_reply_len);
    SET(easy, CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    SET(easy, PROTOCOLS_STR, "http,https");
    SET(easy, REDIR_PROTOCOLS_STR, "http,https");
    SET(easy, FOLLOWLOCATION, request->max_redirects > 0 ? 1L : 0L);
    SET(easy, MAXREDIRS, (long)request->max_redirects);
    SET(easy, PROXY,
        ""); /* not by an environment variable that nobody remembers; and the address must be the real one */
    SET(easy, NOSIGNAL, 1L);
    SET(easy, QUICK_EXIT, 1L); /* else giving up would wait for the name look-up to end */
}

static void set_callbacks(CURL *easy, struct transfer *transfer)
{
    SET(easy, PRIVATE, transfer);
    SET(easy, ERRORBUFFER, transfer->message);
    SET(easy, WRITEFUNCTION, take_body);
    SET(easy, WRITEDATA, transfer);
    SET(easy, HEADERFUNCTION, take_header);
    SET(easy, HEADERDATA, transfer);
    SET(easy, OPENSOCKETFUNCTION, open_socket);
    SET(easy, OPENSOCKETDATA, transfer);
    SET(easy, PREREQFUNCTION, judge_connection);
    SET(easy, PREREQDATA, transfer);
}

/* Said, although libcurl would by itself: nothing outside may take it back. */
static void set_trust(CURL *easy, const struct transfer *transfer)
{
    SET(easy, SSL_VERIFYPEER, 1L);
    SET(easy, SSL_VERIFYHOST, 2L);
    SET(easy, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (transfer->ca_file.len == 0)
        return;
    SET(easy, CAINFO, arena_cstr(transfer->cx->arena, transfer->ca_file));
    SET(easy, CAPATH, (char *)NULL);
}

struct error *transfer_prepare(struct transfer *transfer)
{
    const struct http_client_request *request = transfer->request;
    struct arena *arena = transfer->cx->arena;
    if (request->url.len == 0 || memchr(request->url.ptr, '\0', request->url.len) != NULL)
        return ERROR_CODE(transfer->cx, MALFORMED, "not a URL");
    size_t max_reply_len = request->max_reply_len != 0 ? request->max_reply_len : DEFAULT_MAX_REPLY_LEN;
    strbuf_init(&transfer->body, arena, max_reply_len);
    transfer->easy = curl_easy_init();
    REQUIRE(transfer->easy != NULL);
    set_callbacks(transfer->easy, transfer);
    set_limits(transfer->easy, transfer, max_reply_len);
    set_trust(transfer->easy, transfer);
    set_method(transfer->easy, request);
    add_fields(transfer);
    SET(transfer->easy, HTTPHEADER, transfer->fields);
    SET(transfer->easy, URL, arena_cstr(arena, request->url));
    return NULL;
}

void transfer_release(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->fields);
    transfer->easy = NULL;
    transfer->fields = NULL;
}

/* ---- what it means ---- */

static struct error *conclude_failure(const struct transfer *transfer)
{
    const char *message =
        transfer->message[0] != '\0' ? transfer->message : curl_easy_strerror(transfer->result);
    switch ((int)transfer->result) { /* libcurl has a hundred codes */
    case CURLE_OPERATION_TIMEDOUT:
        return ERROR_CODE(transfer->cx, TIMEOUT, "%s", message);
    case CURLE_FILESIZE_EXCEEDED:
        return ERROR_CODE(transfer->cx, TOO_LARGE, "the reply is too large");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return ERROR_CODE(transfer->cx, MALFORMED, "%s", message);
    default:
        return ERROR_CODE(transfer->cx, UNAVAILABLE, "%s", message);
    }
}

struct error *transfer_conclude(const struct transfer *transfer, int status,
                                struct http_client_reply *ret_reply)
{
    if (transfer->is_shut_down)
        return ERROR_CODE(transfer->cx, UNAVAILABLE, "the HTTP client is shutting down");
    if (transfer->is_forbidden)
        return ERROR_CODE(transfer->cx, FORBIDDEN, "the address is not public");
    if (transfer->is_too_large)
        return ERROR_CODE(transfer->cx, TOO_LARGE, "the reply is too large");
    if (transfer->result != CURLE_OK)
        return conclude_failure(transfer);
    *ret_reply = (struct http_client_reply){
        .status = status,
        .headers = transfer->headers,
        .header_count = transfer->header_count,
        .body = strbuf_str(&transfer->body),
    };
    return NULL;
}
