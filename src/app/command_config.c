/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe config`: the settings in force; also the sample file and the reference page. */
#include <stdio.h>

#include "base/text/strbuf.h"

#include "app/commands.h"
#include "app/instance.h"
#include "app/modules.h"

static int print_in_force(struct strbuf *out)
{
    struct config *config = instance_read_config();
    if (config == NULL)
        return 2;
    config_print(config, out);
    config_free(config);
    return 0;
}

int command_config(int argc, char **argv)
{
    struct arena *arena = arena_new(0);
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 20);
    int status = 0;
    if (argc == 1)
        status = print_in_force(&out);
    else if (str_equal(str_cstr(argv[1]), STR("--sample")))
        config_print_sample(app_setting_groups(arena), &out);
    else if (str_equal(str_cstr(argv[1]), STR("--reference")))
        config_print_reference(app_setting_groups(arena), &out);
    else
        status = 2;
    if (status == 2 && argc > 1)
        fputs("usage: lathe config [--sample|--reference]\n", stderr);
    fwrite(strbuf_str(&out).ptr, 1, out.len, stdout);
    arena_free(arena);
    return status;
}
