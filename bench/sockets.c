/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Many WebSocket clients on one thread: all watch, one talks, and it is measured when its messages are on which screen.
 *
 * usage: sockets PORT COUNT SECONDS RATE DEAF JOIN SAY
 *
 * COUNT connections send the text JOIN ("" for none); DEAF of them never read again. Then "ready" is printed, and a line is awaited on
 * standard input. A further connection sends the text SAY, in which "@" stands for the message's mark, RATE times a second; with RATE 0
 * whenever the message eight before has reached all that read. Printed: a JSON object with deliveries, their rate and latencies. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/text/number.h"

enum {
    MAX_MESSAGES = 1 << 20,
    MARK_CHARS = 8,
    SCRATCH_BYTES = 1 << 18,
    WINDOW = 8,
    BUCKETS = 200000, /* of a tenth of a millisecond */
    STEP_NS = 100000,
    EVENTS = 4096,
    PAUSE_NS = 1000000 /* see read_once */
};
#define NS_PER_SECOND INT64_C(1000000000)

struct client {
    int fd;
    char *rest; /* of a frame that is not whole yet */
    uint32_t rest_len;
};

struct message {
    int64_t sent_ns, last_ns;
    int64_t reached;
};

struct crowd {
    struct client *clients;
    int64_t count, deaf, readers;
    int epoll_fd;
    int talker;
    struct str say; /* with the place of the mark */
    struct message *messages;
    int64_t sent, deliveries;
    uint32_t *latencies; /* deliveries per bucket */
    char *scratch;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- frames ---- */

/* Short texts only, under a mask of zeros, which is a mask. */
static void send_text(int fd, struct str text)
{
    char frame[2 + 2 + 4 + 1000] = {(char)0x81};
    size_t head = 2;
    REQUIRE(text.len <= 1000);
    frame[1] = (char)(0x80 | (text.len < 126 ? text.len : 126));
    if (text.len >= 126) {
        frame[2] = (char)(text.len >> 8);
        frame[3] = (char)text.len;
        head = 4;
    }
    memcpy(frame + head + 4, text.ptr, text.len);
    REQUIRE(send(fd, frame, head + 4 + text.len, MSG_NOSIGNAL) == (ssize_t)(head + 4 + text.len));
}

/* The length of the frame's head and payload; false when its head is not whole. */
static bool frame_size(struct str bytes, size_t *ret_head, size_t *ret_len)
{
    if (bytes.len < 2)
        return false;
    uint8_t second = (uint8_t)bytes.ptr[1] & 0x7F;
    size_t more = second == 127 ? 8 : second == 126 ? 2 : 0;
    size_t len = more == 0 ? second : 0;
    if (bytes.len < 2 + more)
        return false;
    for (size_t i = 0; i < more; i++)
        len = len << 8 | (uint8_t)bytes.ptr[2 + i];
    *ret_head = 2 + more;
    *ret_len = len;
    return true;
}

static void note_delivery(struct crowd *crowd, struct str payload, int64_t now)
{
    uint64_t index = 0;
    ptrdiff_t mark = str_find_byte(payload, '@', 0);
    if (mark < 0 ||
        !number_parse_hex_u64(str_slice(payload, (size_t)mark + 1, MARK_CHARS), MAX_MESSAGES - 1, &index) ||
        (int64_t)index >= crowd->sent)
        return;
    struct message *message = &crowd->messages[index];
    int64_t bucket = (now - message->sent_ns) / STEP_NS;
    crowd->latencies[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    crowd->deliveries++;
    message->reached++;
    message->last_ns = now;
}

/* Returns how much of the bytes was whole frames. */
static size_t take_frames(struct crowd *crowd, struct str bytes, int64_t now)
{
    size_t used = 0, head = 0, len = 0;
    while (frame_size(str_slice(bytes, used, bytes.len), &head, &len) && bytes.len - used >= head + len) {
        note_delivery(crowd, str_slice(bytes, used + head, len), now);
        used += head + len;
    }
    return used;
}

static void read_client(struct crowd *crowd, struct client *client)
{
    if (client->rest_len != 0)
        memcpy(crowd->scratch, client->rest, client->rest_len);
    size_t room = SCRATCH_BYTES - client->rest_len;
    ssize_t got = recv(client->fd, crowd->scratch + client->rest_len, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    REQUIRE(got < (ssize_t)room); /* what is left would make no edge */
    if (got <= 0) {
        fputs("sockets: the server closed a connection that reads\n", stderr);
        _exit(1);
    }
    struct str bytes = str_from(crowd->scratch, client->rest_len + (size_t)got);
    size_t used = take_frames(crowd, bytes, now_ns());
    mem_free(client->rest);
    client->rest = NULL;
    client->rest_len = (uint32_t)(bytes.len - used);
    if (client->rest_len == 0)
        return;
    client->rest = mem_alloc(client->rest_len);
    memcpy(client->rest, bytes.ptr + used, client->rest_len);
}

/* ---- connecting ---- */

static int open_client(uint16_t port)
{
    static const char request[] =
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    char head[2048];
    size_t got = 0;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    REQUIRE(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) == sizeof(request) - 1);
    while (got < 4 || memcmp(head + got - 4, "\r\n\r\n", 4) != 0) {
        REQUIRE(got < sizeof(head) && recv(fd, head + got, 1, 0) == 1);
        got++;
    }
    REQUIRE(memcmp(head, "HTTP/1.1 101", 12) == 0);
    return fd;
}

static void read_for(struct crowd *crowd, int64_t until_ns);

static void open_crowd(struct crowd *crowd, uint16_t port, struct str join)
{
    crowd->clients = mem_alloc_array((size_t)crowd->count, sizeof(struct client));
    crowd->epoll_fd = epoll_create1(0);
    for (int64_t i = 0; i < crowd->count; i++) {
        struct client *client = &crowd->clients[i];
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = client};
        client->fd = open_client(port);
        if (join.len != 0)
            send_text(client->fd, join);
        REQUIRE(epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, client->fd, &event) == 0);
    }
    crowd->talker = open_client(port);
    read_for(crowd, now_ns() + 2 * NS_PER_SECOND);
    for (int64_t i = 0; i < crowd->deaf; i++)
        REQUIRE(epoll_ctl(crowd->epoll_fd, EPOLL_CTL_DEL, crowd->clients[i].fd, NULL) == 0);
}

/* ---- talking and reading ---- */

/* Looks once a millisecond, and takes all that has come by then: whoever sleeps in epoll_wait is woken by the first of ten thousand
 * writes, in the middle of the server's, and again by the next. What a delivery waits for us is part of its latency. */
static void read_once(struct crowd *crowd, int64_t until_ns)
{
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(crowd->epoll_fd, events, EVENTS, 0);
    for (int i = 0; i < count; i++)
        read_client(crowd, events[i].data.ptr);
    int64_t left_ns = until_ns - now_ns();
    if (count == EVENTS || left_ns <= 0)
        return;
    struct timespec pause = {.tv_nsec = left_ns < PAUSE_NS ? left_ns : PAUSE_NS};
    (void)nanosleep(&pause, NULL);
}

static void read_for(struct crowd *crowd, int64_t until_ns)
{
    do
        read_once(crowd, until_ns);
    while (now_ns() < until_ns);
}

static void talk(struct crowd *crowd)
{
    char text[1000], drained[4096];
    char mark[20];
    size_t place = (size_t)str_find_byte(crowd->say, '@', 0);
    size_t rest = crowd->say.len - place - 1;
    REQUIRE(crowd->say.len + MARK_CHARS < sizeof(text) && crowd->sent < MAX_MESSAGES);
    (void)snprintf(mark, sizeof(mark), "@%08llx", (unsigned long long)crowd->sent);
    memcpy(text, crowd->say.ptr, place);
    memcpy(text + place, mark, MARK_CHARS + 1);
    memcpy(text + place + MARK_CHARS + 1, crowd->say.ptr + place + 1, rest);
    crowd->messages[crowd->sent++].sent_ns = now_ns();
    send_text(crowd->talker, str_from(text, place + MARK_CHARS + 1 + rest));
    while (recv(crowd->talker, drained, sizeof(drained), MSG_DONTWAIT) > 0)
        continue; /* answers */
}

static bool is_everywhere(const struct crowd *crowd, int64_t index)
{
    return index < 0 || crowd->messages[index].reached >= crowd->readers;
}

static void run_at_rate(struct crowd *crowd, int64_t seconds, int64_t rate)
{
    int64_t start_ns = now_ns();
    for (int64_t i = 0; i < seconds * rate; i++) {
        read_for(crowd, start_ns + i * NS_PER_SECOND / rate);
        talk(crowd);
    }
}

static void run_in_window(struct crowd *crowd, int64_t seconds)
{
    int64_t end_ns = now_ns() + seconds * NS_PER_SECOND;
    while (now_ns() < end_ns) {
        if (is_everywhere(crowd, crowd->sent - WINDOW))
            talk(crowd);
        else
            read_once(crowd, end_ns);
    }
}

static void await_last(struct crowd *crowd)
{
    int64_t give_up_ns = now_ns() + 10 * NS_PER_SECOND;
    while (!is_everywhere(crowd, crowd->sent - 1) && now_ns() < give_up_ns)
        read_once(crowd, give_up_ns);
}

/* ---- figures ---- */

static double percentile_ms(const struct crowd *crowd, double share)
{
    int64_t wanted = (int64_t)((double)crowd->deliveries * share), seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += crowd->latencies[i];
        if (seen >= wanted)
            return (i + 1) / 10.0;
    }
    return BUCKETS / 10.0;
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

/* Until a message was on the last screen. */
static double last_screen_ms(const struct crowd *crowd, double share)
{
    int64_t *times = mem_alloc_array((size_t)crowd->sent, sizeof(*times));
    for (int64_t i = 0; i < crowd->sent; i++)
        times[i] = crowd->messages[i].last_ns - crowd->messages[i].sent_ns;
    qsort(times, (size_t)crowd->sent, sizeof(*times), compare);
    double found = (double)times[(int64_t)((double)(crowd->sent - 1) * share)] / 1e6;
    mem_free(times);
    return found;
}

static void report(const struct crowd *crowd, int64_t elapsed_ns)
{
    double seconds = (double)elapsed_ns / 1e9;
    printf(
        "{\"messages\": %lld, \"deliveries\": %lld, \"lost\": %lld, \"per_second\": %.0f, \"p50_ms\": %.1f, "
        "\"p99_ms\": %.1f, \"last_p50_ms\": %.1f, \"last_p99_ms\": %.1f}\n",
        (long long)crowd->sent, (long long)crowd->deliveries,
        (long long)(crowd->sent * crowd->readers - crowd->deliveries), (double)crowd->deliveries / seconds,
        percentile_ms(crowd, 0.5), percentile_ms(crowd, 0.99), last_screen_ms(crowd, 0.5),
        last_screen_ms(crowd, 0.99));
}

static int64_t number_of(const char *text, int64_t max)
{
    int64_t value = 0;
    REQUIRE(number_parse_i64(str_cstr(text), 0, max, &value));
    return value;
}

static void allow_descriptors(int64_t count)
{
    struct rlimit limit = {.rlim_cur = (rlim_t)count, .rlim_max = (rlim_t)count};
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur < limit.rlim_cur) {
        limit.rlim_max = now.rlim_max > limit.rlim_cur ? now.rlim_max : limit.rlim_cur;
        REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fputs("usage: sockets PORT COUNT SECONDS RATE DEAF JOIN SAY\n", stderr);
        return 2;
    }
    struct crowd crowd = {
        .count = number_of(argv[2], 1000000), .deaf = number_of(argv[5], 1000000), .say = str_cstr(argv[7])};
    int64_t seconds = number_of(argv[3], 3600), rate = number_of(argv[4], 100000);
    crowd.readers = crowd.count - crowd.deaf;
    crowd.messages = mem_alloc_array(MAX_MESSAGES, sizeof(struct message));
    crowd.latencies = mem_alloc_array(BUCKETS, sizeof(uint32_t));
    crowd.scratch = mem_alloc(SCRATCH_BYTES);
    allow_descriptors(crowd.count + 64);
    open_crowd(&crowd, (uint16_t)number_of(argv[1], UINT16_MAX), str_cstr(argv[6]));
    puts("ready");
    fflush(stdout);
    (void)getchar();
    int64_t start_ns = now_ns();
    if (rate != 0)
        run_at_rate(&crowd, seconds, rate);
    else
        run_in_window(&crowd, seconds);
    await_last(&crowd);
    report(&crowd, now_ns() - start_ns);
    return 0;
}
