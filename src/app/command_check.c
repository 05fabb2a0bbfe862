/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe check`: every module's questions about its own data, asked on a living or a restored instance. `lathe auction verify FILE`:
 * an auction recomputed from the log that GET /api/v1/auctions/{id}/log gave, without any instance. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/strbuf.h"

#include "app/commands.h"
#include "app/instance.h"
#include "app/modules.h"
#include "modules/auctions/auctions.h"

enum { MAX_FINDINGS_BYTES = 1 << 20 };

struct check_sum {
    int checks, failed;
};

static struct error *run_check(struct ctx *cx, const struct module_check *check, struct check_sum *sum)
{
    /* On the heap: a check may rewind the context's arena between batches. */
    CLEANUP(strbuf_fini) struct strbuf findings;
    strbuf_init(&findings, NULL, MAX_FINDINGS_BYTES);
    TRY_CTX(cx->arena, check->run(cx, &findings), "%s", check->name);
    sum->checks++;
    if (findings.len == 0) {
        printf("ok      %s\n", check->name);
        return NULL;
    }
    sum->failed++;
    printf("BROKEN  %s: %s\n%" STR_FMT, check->name, check->help, STR_ARG(strbuf_str(&findings)));
    return NULL;
}

static struct error *run_checks(struct ctx *cx, struct instance *instance, void *arg)
{
    (void)instance;
    struct check_sum *sum = arg;
    for (size_t m = 0; app_modules[m] != NULL; m++)
        for (const struct module_check *check = app_modules[m]->checks; check != NULL && check->name != NULL;
             check++)
            TRY(run_check(cx, check, sum));
    printf("%d checks, %d broken\n", sum->checks, sum->failed);
    return NULL;
}

int command_check(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        fputs("usage: lathe check\n", stderr);
        return 2;
    }
    struct check_sum sum = {0};
    int status = instance_run(INSTANCE_BY_SETTING, run_checks, &sum);
    return status != 0 ? status : sum.failed != 0 ? 1 : 0;
}

/* --- an exported log --- */

enum { MAX_LOG_BYTES = 1 << 30 };

/* False, with errno set, when the file cannot be read whole. */
static bool read_file(struct arena *arena, const char *path, struct str *ret_text)
{
    struct stat stat = {0};
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &stat) != 0)
        return false;
    if (stat.st_size > MAX_LOG_BYTES) {
        errno = EFBIG;
        return false;
    }
    size_t len = (size_t)stat.st_size;
    size_t done = 0;
    char *text = arena_alloc_raw(arena, len + 1);
    while (done < len) {
        ssize_t count = read(fd, text + done, len - done);
        if (count <= 0)
            break;
        done += (size_t)count;
    }
    *ret_text = str_from(text, done);
    return done == len;
}

static int verify(struct arena *arena, const char *path)
{
    struct str text = STR_NONE;
    struct auctions_log_report report = {.fits = false};
    if (!read_file(arena, path, &text)) {
        fprintf(stderr, "lathe: %s cannot be read: %s\n", path, strerrordesc_np(errno));
        return 2;
    }
    struct error *error = auctions_verify_log(arena, text, &report);
    if (error != NULL) {
        fprintf(stderr, "lathe: %s is no log of an auction: %" STR_FMT "\n", path,
                STR_ARG(error_describe(arena, error)));
        return 1;
    }
    if (!report.fits)
        printf("BROKEN  event %lld: %" STR_FMT "\n", (long long)report.sequence, STR_ARG(report.text));
    else
        printf("ok      %" STR_FMT "\n", STR_ARG(report.text));
    return report.fits ? 0 : 1;
}

int command_auction(int argc, char **argv)
{
    if (argc != 3 || !str_equal(str_cstr(argv[1]), STR("verify"))) {
        fputs("usage: lathe auction verify FILE\n", stderr);
        return 2;
    }
    struct arena *arena = arena_new((size_t)16 << 30);
    int status = verify(arena, argv[2]);
    arena_free(arena);
    return status;
}
