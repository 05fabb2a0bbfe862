/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A crowd on one thread, cheap enough that not its own work is measured.
 *
 * usage: flood PORT CONNECTIONS RATE FILE
 *
 * FILE has requests, each as its length, a line feed and its bytes; they are sent in turn. "@@@@@@@@" in them is replaced by a number of eight digits that
 * no other request has. With RATE 0 each connection asks again as soon as it was answered; else so many requests a second are
 * sent, whether the others were answered or not; those that find no free connection are counted as late and not sent. A line of JSON with
 * the counts so far is printed every quarter of a second, until it is killed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/text/number.h"

enum {
    MARK_CHARS = 8,
    MARKS = 100000000,
    MAX_REQUESTS = 64,
    MAX_REQUEST_BYTES = 4096,
    MAX_FILE_BYTES = 1 << 18,
    SCRATCH_BYTES = 1 << 18
};
enum { MAX_CONNECTIONS = 20000, MAX_RATE = 1000000, EVENTS = 512, STATUSES = 600 };
#define NS_PER_SECOND INT64_C(1000000000)
#define PAUSE_NS      INT64_C(1000000)
#define REPORT_NS     (NS_PER_SECOND / 4)
/* Who could not connect, or was cut off, comes back after so long. */
#define RETRY_NS (NS_PER_SECOND / 10)

struct request {
    struct str text;
    ptrdiff_t mark; /* where the number goes; negative: nowhere */
};

struct connection {
    struct connection *next; /* of those that are free, or wait to connect anew */
    int fd;
    char *rest; /* of a reply that is not whole yet */
    size_t rest_len;
};

struct flood {
    uint16_t port;
    int64_t rate;
    int epoll_fd;
    struct request requests[MAX_REQUESTS];
    size_t request_count, next_request;
    uint64_t mark;
    struct connection *free, *cut;
    char *scratch;
    int64_t answers[STATUSES];
    int64_t sent, late, broken, without_retry_after;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- requests ---- */

static ptrdiff_t find_mark(struct str text)
{
    return str_find(text, STR("@@@@@@@@"));
}

static void read_requests(struct flood *flood, const char *path)
{
    char *bytes = mem_alloc(MAX_FILE_BYTES);
    FILE *file = fopen(path, "re");
    REQUIRE(file != NULL);
    struct str rest = str_from(bytes, fread(bytes, 1, MAX_FILE_BYTES, file));
    (void)fclose(file);
    while (rest.len != 0) {
        int64_t len = 0;
        ptrdiff_t end = str_find_byte(rest, '\n', 0);
        REQUIRE(end > 0 && number_parse_i64(str_slice(rest, 0, (size_t)end), 1, MAX_REQUEST_BYTES, &len));
        rest = str_slice(rest, (size_t)end + 1, rest.len);
        REQUIRE((size_t)len <= rest.len && flood->request_count < MAX_REQUESTS);
        struct str text = str_slice(rest, 0, (size_t)len);
        flood->requests[flood->request_count++] = (struct request){.text = text, .mark = find_mark(text)};
        rest = str_slice(rest, (size_t)len, rest.len);
    }
    REQUIRE(flood->request_count != 0);
}

static void cut_off(struct flood *flood, struct connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
    connection->rest_len = 0;
    connection->next = flood->cut;
    flood->cut = connection;
    flood->broken++;
}

static void ask(struct flood *flood, struct connection *connection)
{
    const struct request *request = &flood->requests[flood->next_request];
    flood->next_request = (flood->next_request + 1) % flood->request_count;
    char text[MAX_REQUEST_BYTES];
    memcpy(text, request->text.ptr, request->text.len);
    if (request->mark >= 0) {
        char mark[MARK_CHARS + 1];
        (void)snprintf(mark, sizeof(mark), "%08llu", (unsigned long long)(flood->mark++ % MARKS));
        memcpy(text + request->mark, mark, MARK_CHARS);
    }
    if (send(connection->fd, text, request->text.len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
        (ssize_t)request->text.len)
        flood->sent++;
    else
        cut_off(flood, connection);
}

/* Free to ask: at once, or when the rate says so. */
static void be_free(struct flood *flood, struct connection *connection)
{
    if (flood->rate == 0) {
        ask(flood, connection);
        return;
    }
    connection->next = flood->free;
    flood->free = connection;
}

/* ---- replies ---- */

static ptrdiff_t find_field(struct str head, struct str name)
{
    ptrdiff_t at = str_find(head, name);
    return at < 0 ? at : at + (ptrdiff_t)name.len;
}

/* The length of the reply at the front, head and body; 0 while some of it is missing. */
static size_t reply_len(struct str bytes, int *ret_status, bool *ret_may_retry)
{
    ptrdiff_t end = str_find(bytes, STR("\r\n\r\n"));
    if (end < 0)
        return 0;
    struct str head = str_slice(bytes, 0, (size_t)end + 2);
    int64_t status = 0, len = 0;
    REQUIRE(head.len > 12 && number_parse_i64(str_slice(head, 9, 3), 100, STATUSES - 1, &status));
    ptrdiff_t at = find_field(head, STR("\r\nContent-Length: "));
    if (at >= 0 && status != 204 && status != 304) {
        struct str value = str_slice(head, (size_t)at, (size_t)(str_find_byte(head, '\r', (size_t)at) - at));
        REQUIRE(number_parse_i64(value, 0, SCRATCH_BYTES / 2, &len));
    }
    *ret_status = (int)status;
    *ret_may_retry = find_field(head, STR("\r\nRetry-After: ")) >= 0;
    size_t whole = (size_t)end + 4 + (size_t)len;
    return whole <= bytes.len ? whole : 0;
}

/* True when the reply was whole; at most one is due on a connection. */
static bool take_reply(struct flood *flood, struct connection *connection, struct str bytes)
{
    int status = 0;
    bool may_retry = false;
    if (reply_len(bytes, &status, &may_retry) == 0) {
        mem_free(connection->rest);
        connection->rest = mem_alloc(bytes.len);
        memcpy(connection->rest, bytes.ptr, bytes.len);
        connection->rest_len = bytes.len;
        return false;
    }
    connection->rest_len = 0;
    flood->answers[status]++;
    flood->without_retry_after += status == 503 && !may_retry;
    return true;
}

static void read_connection(struct flood *flood, struct connection *connection)
{
    if (connection->rest_len != 0)
        memcpy(flood->scratch, connection->rest, connection->rest_len);
    size_t room = SCRATCH_BYTES - connection->rest_len;
    REQUIRE(room > 0);
    ssize_t got = recv(connection->fd, flood->scratch + connection->rest_len, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        cut_off(flood, connection);
        return;
    }
    if (take_reply(flood, connection, str_from(flood->scratch, connection->rest_len + (size_t)got)))
        be_free(flood, connection);
}

/* ---- connecting ---- */

static int open_socket(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void open_connection(struct flood *flood, struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->fd = open_socket(flood->port);
    if (connection->fd < 0) {
        connection->next = flood->cut;
        flood->cut = connection;
        return;
    }
    REQUIRE(epoll_ctl(flood->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) == 0);
    be_free(flood, connection);
}

static void reopen(struct flood *flood)
{
    struct connection *next = flood->cut;
    flood->cut = NULL;
    while (next != NULL) {
        struct connection *connection = next;
        next = connection->next;
        open_connection(flood, connection);
    }
}

/* ---- the crowd ---- */

static void ask_what_is_due(struct flood *flood, int64_t begun_ns)
{
    int64_t due = (now_ns() - begun_ns) / 1000 * flood->rate / (NS_PER_SECOND / 1000);
    while (flood->sent + flood->late < due) {
        struct connection *connection = flood->free;
        if (connection == NULL) {
            flood->late++;
            continue;
        }
        flood->free = connection->next;
        ask(flood, connection);
    }
}

/* Looks once a millisecond when there is a rate: who is woken by each reply takes the processor from the server for each. */
static void read_replies(struct flood *flood)
{
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(flood->epoll_fd, events, EVENTS, flood->rate == 0 ? 10 : 0);
    for (int i = 0; i < count; i++)
        read_connection(flood, events[i].data.ptr);
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    if (flood->rate != 0 && count < EVENTS)
        (void)nanosleep(&pause, NULL);
}

static void report(const struct flood *flood)
{
    const char *between = "";
    printf("{\"answers\": {");
    for (int status = 0; status < STATUSES; status++) {
        if (flood->answers[status] == 0)
            continue;
        printf("%s\"%d\": %lld", between, status, (long long)flood->answers[status]);
        between = ", ";
    }
    printf("}, \"sent\": %lld, \"late\": %lld, \"broken\": %lld, \"without_retry_after\": %lld}\n",
           (long long)flood->sent, (long long)flood->late, (long long)flood->broken,
           (long long)flood->without_retry_after);
    (void)fflush(stdout);
}

static int64_t number_of(const char *text, int64_t min, int64_t max)
{
    int64_t value = 0;
    REQUIRE(number_parse_i64(str_cstr(text), min, max, &value));
    return value;
}

_Noreturn static void run(struct flood *flood)
{
    int64_t begun_ns = now_ns(), report_ns = begun_ns, retry_ns = begun_ns;
    for (;;) {
        int64_t now = now_ns();
        if (now >= report_ns) {
            report(flood);
            report_ns = now + REPORT_NS;
        }
        if (now >= retry_ns) {
            reopen(flood);
            retry_ns = now + RETRY_NS;
        }
        ask_what_is_due(flood, begun_ns);
        read_replies(flood);
    }
}

int main(int argc, char **argv)
{
    static struct flood flood;
    if (argc != 5) {
        fputs("usage: flood PORT CONNECTIONS RATE FILE\n", stderr);
        return 2;
    }
    int64_t count = number_of(argv[2], 1, MAX_CONNECTIONS);
    flood.port = (uint16_t)number_of(argv[1], 1, UINT16_MAX);
    flood.rate = number_of(argv[3], 0, MAX_RATE);
    flood.scratch = mem_alloc(SCRATCH_BYTES);
    flood.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    read_requests(&flood, argv[4]);
    struct connection *connections = mem_alloc_array((size_t)count, sizeof(struct connection));
    for (int64_t i = 0; i < count; i++)
        open_connection(&flood, &connections[i]);
    run(&flood);
}
