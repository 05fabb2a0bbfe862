/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe check`: every module's questions about its own data, asked on a living or a restored instance. */
#include <stdio.h>

#include "base/mem/cleanup.h"
#include "base/text/strbuf.h"

#include "app/commands.h"
#include "app/instance.h"
#include "app/modules.h"

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
