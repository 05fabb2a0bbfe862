/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Running a PostgreSQL server below a test. */
#include "tests/lib/postgres_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"

enum { FIRST_PORT = 20000, LAST_PORT = 31999, START_SECONDS = 60 };

struct postgres_fixture {
    char folder[64];
    char data[80];
    char url[120];
    char port[16];
    pid_t server;
};

static const char *const binary_folders[] = {"/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin",
                                             "/usr/lib/postgresql/17/bin"};

static bool find_binary(const char *name, char *ret_path, size_t size)
{
    for (size_t i = 0; i < COUNT_OF(binary_folders); i++) {
        (void)snprintf(ret_path, size, "%s/%s", binary_folders[i], name);
        if (access(ret_path, X_OK) == 0)
            return true;
    }
    return false;
}

bool postgres_fixture_has(void)
{
    char path[100];
    return find_binary("initdb", path, sizeof(path));
}

/* Whom root becomes: the package's own user, or nobody. NULL: we are no root. */
static const struct passwd *unprivileged(void)
{
    if (geteuid() != 0)
        return NULL;
    /* NOLINTBEGIN(concurrency-mt-unsafe): one thread looks users up, and uses what it got at once */
    const struct passwd *user = getpwnam("postgres");
    return user != NULL ? user : getpwnam("nobody");
    /* NOLINTEND(concurrency-mt-unsafe) */
}

/* In the child: as the user, silent, gone with the test. */
static _Noreturn void become(const struct passwd *user, const char *const *arguments)
{
    if (user != NULL && (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(127);
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0) {
        (void)dup2(log, STDOUT_FILENO);
        (void)dup2(log, STDERR_FILENO);
    }
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): execv's type is older than const; it changes nothing */
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static pid_t start_program(const struct postgres_fixture *fixture, const char *const *arguments)
{
    const struct passwd *user = unprivileged();
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child != 0)
        return child;
    if (chdir(fixture->folder) != 0)
        _exit(127);
    become(user, arguments);
}

static int free_port(void)
{
    for (int i = 0;; i++) {
        int port = FIRST_PORT + (getpid() * 31 + i * 97) % (LAST_PORT - FIRST_PORT);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool is_free = bind(probe, (const struct sockaddr *)&address, sizeof(address)) == 0;
        close(probe);
        if (is_free)
            return port;
    }
}

static void make_cluster(struct postgres_fixture *fixture)
{
    char binary[100];
    REQUIRE(find_binary("initdb", binary, sizeof(binary)));
    const char *arguments[] = {
        binary,      "-D", fixture->data, "-U", "lathe", "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8",
        "--no-sync", NULL};
    int status = 0;
    pid_t child = start_program(fixture, arguments);
    REQUIRE(waitpid(child, &status, 0) == child && status == 0);
}

void postgres_fixture_start(struct postgres_fixture *fixture)
{
    char binary[100];
    REQUIRE(find_binary("postgres", binary, sizeof(binary)));
    const char *arguments[] = {binary,
                               "-D",
                               fixture->data,
                               "-p",
                               fixture->port,
                               "-c",
                               "listen_addresses=127.0.0.1",
                               "-c",
                               "unix_socket_directories=",
                               "-c",
                               "fsync=off",
                               "-c",
                               "max_connections=60",
                               NULL};
    for (int tries = 0; tries < START_SECONDS * 20; tries++) {
        int status;
        if (fixture->server == 0 || waitpid(fixture->server, &status, WNOHANG) == fixture->server)
            fixture->server =
                start_program(fixture, arguments); /* the killed one's memory may not be free yet */
        if (PQping(fixture->url) == PQPING_OK)
            return;
        (void)usleep(50000);
    }
    UNREACHABLE("PostgreSQL did not start");
}

/* The server's processes for its connections, which would live on for a while. */
static void kill_children(pid_t server)
{
    char text[8192] = "";
    (void)snprintf(text, sizeof(text), "/proc/%d/task/%d/children", (int)server, (int)server);
    FILE *stream = fopen(text, "re");
    REQUIRE(stream != NULL);
    size_t len = fread(text, 1, sizeof(text) - 1, stream);
    fclose(stream);
    text[len] = '\0';
    REQUIRE(kill(server, SIGKILL) == 0);
    char *at = text;
    for (long child = strtol(at, &at, 10); child > 0; child = strtol(at, &at, 10))
        (void)kill((pid_t)child, SIGKILL);
}

void postgres_fixture_kill(struct postgres_fixture *fixture)
{
    int status;
    kill_children(fixture->server);
    REQUIRE(waitpid(fixture->server, &status, 0) == fixture->server);
    fixture->server = 0;
}

struct postgres_fixture *postgres_fixture_new(void)
{
    struct postgres_fixture *fixture = MEM_NEW(struct postgres_fixture);
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/lathe-postgres-XXXXXX");
    REQUIRE(mkdtemp(fixture->folder) != NULL);
    const struct passwd *user = unprivileged();
    if (user != NULL)
        REQUIRE(chown(fixture->folder, user->pw_uid, user->pw_gid) == 0);
    int port = free_port();
    (void)snprintf(fixture->port, sizeof(fixture->port), "%d", port);
    (void)snprintf(fixture->data, sizeof(fixture->data), "%s/data", fixture->folder);
    (void)snprintf(fixture->url, sizeof(fixture->url), "postgresql://lathe@127.0.0.1:%d/postgres", port);
    make_cluster(fixture);
    postgres_fixture_start(fixture);
    return fixture;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void postgres_fixture_free(struct postgres_fixture *fixture)
{
    int status;
    (void)kill(fixture->server, SIGQUIT);
    REQUIRE(waitpid(fixture->server, &status, 0) == fixture->server);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else walks this folder */
    (void)nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(fixture);
}

const char *postgres_fixture_url(const struct postgres_fixture *fixture)
{
    return fixture->url;
}
