/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Metrics of the process itself, under the names that Prometheus clients agree on. Read from the kernel at each
 * scrape; a value that cannot be read is left out, as other clients do. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/number.h"

#include "platform/metrics/metrics_store.h"

enum { PROCESS_CPU, PROCESS_MEMORY, PROCESS_FDS, PROCESS_MAX_FDS, PROCESS_START };

/* clang-format off */
static const struct metric rows[] = {
    [PROCESS_CPU]     = {.name = "process_cpu_seconds_total", .kind = METRIC_COUNTER, .help = "User and system CPU time."},
    [PROCESS_MEMORY]  = {.name = "process_resident_memory_bytes", .kind = METRIC_GAUGE, .help = "Resident memory."},
    [PROCESS_FDS]     = {.name = "process_open_fds", .kind = METRIC_GAUGE, .help = "Open file descriptors."},
    [PROCESS_MAX_FDS] = {.name = "process_max_fds", .kind = METRIC_GAUGE, .help = "Most file descriptors that may be open."},
    [PROCESS_START]   = {.name = "process_start_time_seconds", .kind = METRIC_GAUGE, .help = "Start of the process, in seconds since 1970."},
};
/* clang-format on */

const struct metric_table process_metric_table = {.part = "process", .rows = rows, .count = COUNT_OF(rows)};

static void write_value(size_t row, double value, struct strbuf *out)
{
    char digits[NUMBER_F64_CHARS];
    metric_write_head(&rows[row], out);
    strbuf_printf(out, "%s %" STR_FMT "\n", rows[row].name,
                  STR_ARG(str_from(digits, number_format_f64(digits, value))));
}

/* The first bytes of a file under /proc; empty when it cannot be read. */
static struct str read_start(const char *path, char *buf, size_t size)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, buf, size) : -1;
    return str_from(buf, got > 0 ? (size_t)got : 0);
}

/* Field number `index` (from 0) of blank-separated text, as a number. */
static bool number_field(struct str text, size_t index, uint64_t *ret)
{
    struct str part = STR_NONE;
    for (size_t i = 0; i <= index; i++) {
        if (!str_split(&text, ' ', &part))
            return false;
    }
    return number_parse_u64(part, UINT64_MAX, ret);
}

static double timeval_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void write_cpu(struct strbuf *out)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        write_value(PROCESS_CPU, timeval_seconds(usage.ru_utime) + timeval_seconds(usage.ru_stime), out);
}

static void write_memory(struct strbuf *out)
{
    char buf[256];
    uint64_t pages = 0;
    if (number_field(read_start("/proc/self/statm", buf, sizeof(buf)), 1, &pages))
        write_value(PROCESS_MEMORY, (double)pages * (double)sysconf(_SC_PAGESIZE), out);
}

static void write_fds(struct strbuf *out)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return;
    int count = -1; /* not the one that reads */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this stream */
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    write_value(PROCESS_FDS, count, out);
}

static void write_max_fds(struct strbuf *out)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        write_value(PROCESS_MAX_FDS, (double)limit.rlim_cur, out);
}

/* "btime N" of /proc/stat: when the system came up. Its line follows one per processor. */
static bool boot_time(uint64_t *ret_seconds)
{
    static const size_t most = 64 * 1024;
    AUTO_FD fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    char buf[4096];
    size_t kept = 0;
    for (size_t total = 0; fd >= 0 && total < most;) {
        ssize_t got = read(fd, buf + kept, sizeof(buf) - kept);
        if (got <= 0)
            return false;
        total += (size_t)got;
        struct str text = str_from(buf, kept + (size_t)got);
        ptrdiff_t at = str_find(text, STR("\nbtime "));
        ptrdiff_t end = at >= 0 ? str_find_byte(text, '\n', (size_t)at + 1) : -1;
        if (end >= 0)
            return number_parse_u64(str_slice(text, (size_t)at + 7, (size_t)(end - at) - 7), UINT64_MAX,
                                    ret_seconds);
        kept = text.len < 64 ? text.len : 64; /* the line may be cut in two */
        memmove(buf, text.ptr + text.len - kept, kept);
    }
    return false;
}

static void write_start(struct strbuf *out)
{
    char buf[1024];
    struct str text = read_start("/proc/self/stat", buf, sizeof(buf));
    size_t after_name = text.len; /* the name stands in brackets and may hold anything */
    while (after_name > 0 && text.ptr[after_name - 1] != ')')
        after_name--;
    uint64_t ticks = 0;
    uint64_t boot = 0;
    /* Field 22 of proc(5); the cut text starts with a blank before field 3. */
    if (number_field(str_slice(text, after_name, text.len), 20, &ticks) && boot_time(&boot))
        write_value(PROCESS_START, (double)boot + (double)ticks / (double)sysconf(_SC_CLK_TCK), out);
}

void process_metrics_write(struct strbuf *out)
{
    write_cpu(out);
    write_memory(out);
    write_fds(out);
    write_max_fds(out);
    write_start(out);
}
