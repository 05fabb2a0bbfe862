/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Calls to public addresses only (server-side request forgery): spellings of addresses, names that lead inside, names that change
 * their mind, redirects. Looking up and connecting are this file's own: names are those of a table, and a connection to a public
 * address reaches the test server, so that nothing leaves the machine. */
#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/fiber/fiber.h"
#include "platform/http/client.h"
#include "platform/http/tests/test_server.h"
#include "platform/http/wire/address.h"
#include "platform/metrics/metrics.h"

#include "lib/on_loop.h"

enum { MAX_ANSWERS = 2 };

/* ---- the names ---- */

struct name_row {
    const char *name;
    const char *first[MAX_ANSWERS]; /* the answer to the first look-up */
    const char *later[MAX_ANSWERS]; /* NULL: the same */
    atomic_int asked;
};

static struct name_row names[] = {
    {.name = "public.test", .first = {"8.8.8.8"}},
    {.name = "inside.test", .first = {"127.0.0.1"}},
    {.name = "private.test", .first = {"10.1.2.3"}},
    {.name = "metadata.test", .first = {"169.254.169.254"}},
    {.name = "six.test", .first = {"::1"}},
    {.name = "mapped.test", .first = {"::ffff:127.0.0.1"}},
    {.name = "nat64.test", .first = {"64:ff9b::7f00:1"}},
    {.name = "sixtofour.test", .first = {"2002:7f00:1::"}},
    {.name = "zone.test", .first = {"fe80::1"}},
    {.name = "unique.test", .first = {"fd00::1"}},
    {.name = "localhost", .first = {"127.0.0.1"}},
    {.name = "both.test", .first = {"203.0.113.9", "127.0.0.1"}},
    {.name = "six-then-inside.test", .first = {"2001:db8::1", "::1"}},
    {.name = "rebind.test", .first = {"8.8.8.8"}, .later = {"127.0.0.1"}},
    {.name = "127.0.0.1", .first = {"127.0.0.1"}},
    {.name = "127.0.0.1.", .first = {"127.0.0.1"}},
};

struct answer {
    struct addrinfo info;
    struct sockaddr_storage address;
};

static void fill_answer(struct answer *answer, const char *text, in_port_t port)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)&answer->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&answer->address;
    bool is_six = strchr(text, ':') != NULL;
    answer->address.ss_family = is_six ? AF_INET6 : AF_INET;
    void *bytes = is_six ? (void *)&six->sin6_addr : (void *)&four->sin_addr;
    assert_int_equal(inet_pton(answer->address.ss_family, text, bytes), 1);
    six->sin6_port = port; /* the same place in both */
    if (strncmp(text, "fe80", 4) == 0)
        six->sin6_scope_id = 1;
    answer->info = (struct addrinfo){
        .ai_family = answer->address.ss_family,
        .ai_socktype = SOCK_STREAM,
        .ai_addr = (struct sockaddr *)(void *)&answer->address,
        .ai_addrlen = is_six ? sizeof(*six) : sizeof(*four),
    };
}

static struct name_row *find_name(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcasecmp(names[i].name, name) == 0)
            return &names[i];
    return NULL;
}

/* Instead of the C library's, for libcurl too. Calls follow one another, so that the answers may be static. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): those of glibc are reserved */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_info)
{
    static struct answer answers[MAX_ANSWERS];
    struct name_row *row = find_name(name);
    (void)hints;
    if (row == NULL)
        return EAI_NONAME;
    int before = atomic_fetch_add(&row->asked, 1);
    const char *const *texts = before > 0 && row->later[0] != NULL ? row->later : row->first;
    memset(answers, 0, sizeof(answers));
    for (size_t i = 0; i < MAX_ANSWERS && texts[i] != NULL; i++) {
        fill_answer(&answers[i], texts[i],
                    htons((in_port_t)(service != NULL ? strtol(service, NULL, 10) : 0)));
        if (i > 0)
            answers[i - 1].info.ai_next = &answers[i].info;
    }
    *ret_info = &answers[0].info;
    return 0;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): those of glibc are reserved */
void freeaddrinfo(struct addrinfo *info)
{
    (void)info;
}

/* ---- connections ---- */

static int server_port;
static atomic_int connects_inside, connects_outside;

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): those of glibc are reserved */
int connect(int fd, __CONST_SOCKADDR_ARG argument, socklen_t len)
{
    const struct sockaddr *wanted = argument.__sockaddr__;
    struct address address;
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons((in_port_t)server_port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!address_from_socket(wanted, &address) || !address_is_public(&address)) {
        atomic_fetch_add(&connects_inside, 1);
        return (int)syscall(SYS_connect, fd, wanted, len);
    }
    atomic_fetch_add(&connects_outside, 1);
    return (int)syscall(SYS_connect, fd, &server, sizeof(server));
}

/* As if it had gone to where it was meant to go; nothing else of this test asks. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): those of glibc are reserved */
int getpeername(int fd, __SOCKADDR_ARG ret_address, socklen_t *restrict len)
{
    struct answer public = {0};
    (void)fd;
    fill_answer(&public, "8.8.8.8", htons(80));
    memcpy(ret_address.__sockaddr__, &public.address, sizeof(struct sockaddr_in));
    *len = sizeof(struct sockaddr_in);
    return 0;
}

/* ---- the server ---- */

static void greet(struct http_exchange *exchange)
{
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), STR("hello")));
}

/* To where X-Request-Id says. */
static void redirect(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("Location"),
                        http_field(exchange_request(exchange), HTTP_FIELD_X_REQUEST_ID));
    error_ignore(exchange_reply_empty(exchange, 302));
}

static const struct test_route routes[] = {{"/greet", greet}, {"/redirect", redirect}, {NULL, NULL}};

/* ---- calls ---- */

static struct error *call(struct ctx *cx, struct str url, const char *location)
{
    struct http_client_reply reply = {0};
    struct http_pair header = {.name = STR("X-Request-Id"), .value = str_cstr(location)};
    struct error *error = http_client_call(cx,
                                           &(struct http_client_request){.method = HTTP_GET,
                                                                         .url = url,
                                                                         .headers = &header,
                                                                         .header_count = 1,
                                                                         .max_redirects = 5,
                                                                         .public_only = true},
                                           &reply);
    assert_true(error != NULL || reply.status == 200);
    return error;
}

/* On a client of its own, which has neither connections nor names from before. */
static void with_new_client(struct ctx *cx, void (*run)(struct ctx *cx))
{
    struct platform platform = *cx->platform;
    const struct platform *before = cx->platform;
    platform.http_client = http_client_new(&platform, STR(""));
    cx->platform = &platform;
    http_client_attach_loop(platform.http_client, loop_self());
    run(cx);
    http_client_detach_loop(platform.http_client, loop_self());
    http_client_free(platform.http_client);
    cx->platform = before;
}

static struct str url_of(struct ctx *cx, const char *host, const char *path)
{
    return arena_printf(cx->arena, "http://%s:%d%s", host, server_port, path);
}

static void expect_refused(struct ctx *cx, const char *host, struct error *error)
{
    if (error == NULL || !(error_has_code(error, ERROR_FORBIDDEN) || error_has_code(error, ERROR_MALFORMED)))
        fail_msg("%s: %s", host, error == NULL ? "was called" : error->message.ptr);
    if (atomic_load(&connects_inside) != 0)
        fail_msg("%s: a connection was tried (%s)", host, arena_printf(cx->arena, "%d", 1).ptr);
}

/* ---- tests ---- */

static const char *const inside_hosts[] = {
    /* spellings of an address */
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0177.1",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0x7f000001",
    "017700000001",
    "2130706433",
    "0",
    "0.0.0.0",
    "0x0",
    "10.1",
    "0xa000001",
    "169.254.169.254",
    "0xa9fea9fe",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "[fe80::1%25 lo]",
    "[::1%25lo]",
    "[fe80::1%lo]",
    "[fd00::1]",
    "[ff02::1]",
    "user@127.0.0.1",
    "8.8.8.8@127.0.0.1",
    "8.8.8.8:80@127.0.0.1",
    "127.0.0.1.",
    /* names that lead inside */
    "localhost",
    "LOCALHOST",
    "inside.test",
    "private.test",
    "metadata.test",
    "six.test",
    "mapped.test",
    "nat64.test",
    "sixtofour.test",
    "zone.test",
    "unique.test",
    "both.test",
    "six-then-inside.test",
};

static void call_inside(struct ctx *cx)
{
    for (size_t i = 0; i < COUNT_OF(inside_hosts); i++)
        expect_refused(cx, inside_hosts[i], call(cx, url_of(cx, inside_hosts[i], "/greet"), "-"));
    assert_int_equal(atomic_load(&connects_outside), 0);
    assert_null(call(cx, url_of(cx, "public.test", "/greet"), "-")); /* what is public is called */
    assert_int_equal(atomic_load(&connects_outside), 1);
}

static void redirect_inside(struct ctx *cx)
{
    struct str from = url_of(cx, "public.test", "/redirect");
    assert_null(call(cx, from, url_of(cx, "public.test", "/greet").ptr)); /* redirects are followed */
    for (size_t i = 0; i < COUNT_OF(inside_hosts); i++)
        expect_refused(cx, inside_hosts[i], call(cx, from, url_of(cx, inside_hosts[i], "/greet").ptr));
    static const char *const schemes[] = {"file:///etc/passwd", "ftp://public.test/",
                                          "gopher://public.test/_x", "dict://public.test/",
                                          "ldap://public.test/"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        expect_refused(cx, schemes[i], call(cx, from, schemes[i]));
}

/* The address that is judged is the one that is connected to: one look-up for both. */
static void call_once(struct ctx *cx)
{
    struct name_row *row = find_name("rebind.test");
    int before = atomic_load(&row->asked);
    struct error *error = call(cx, url_of(cx, "rebind.test", "/greet"), "-");
    assert_int_equal(atomic_load(&row->asked), before + 1);
    if (before == 0)
        assert_null(error);
    else
        expect_refused(cx, "rebind.test", error);
}

static void each_case(struct ctx *cx, void *arg)
{
    (void)arg;
    with_new_client(cx, call_inside);
    with_new_client(cx, redirect_inside);
    with_new_client(cx, call_once);
    with_new_client(cx, call_once);
}

static void nothing_inside_is_ever_connected_to(void **state)
{
    (void)state;
    struct test_server *server = test_server_start(&(struct test_server_options){.routes = routes});
    struct platform platform = {.metrics = metrics_new()};
    metrics_register(platform.metrics, &http_metrics);
    server_port = test_server_port(server);
    on_loop_with(&(struct on_loop_options){.platform = &platform}, each_case, NULL);
    assert_int_equal(atomic_load(&connects_inside), 0);
    metrics_free(platform.metrics);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_inside_is_ever_connected_to)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
