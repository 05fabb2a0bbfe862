/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The program's ways to be called. Without a command it is the server's child and talks on descriptor 3;
 * with one it is a tool for people and tests, and plays the server's part itself. */
#include <stdio.h>
#include <string.h>

#include "media/cli.h"
#include "media/job.h"
#include "media/process/sandbox.h"

static const char usage[] =
    "usage: lathe-media probe FILE…                  what the audio file is, as JSON lines\n"
    "       lathe-media audio FILE --out FOLDER       all renditions of a master\n"
    "       lathe-media image FILE… --out FOLDER      JPEG and WebP of 1000 and 300 pixels\n"
    "       lathe-media stems FILE…                  what a stems archive holds\n"
    "       lathe-media compare FILE FILE             how alike two recordings are, 0 to 1\n"
    "       lathe-media --sandbox-test                attacks on its own sandbox\n"
    "       lathe-media [--sandbox=full|seccomp|off]  one job on descriptor 3 (for the server)\n"
    "Further options of audio: --preview-start MS, --preview-length MS, --max-duration MS, --only NAME,\n"
    "--title, --artist, --album, --comment TEXT; of all: --sandbox=…, --verbose\n";

int main(int argc, char **argv)
{
    struct cli_options options = {.level = SANDBOX_FULL, .preview_start_ms = -1};
    if (!cli_parse(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    switch (options.command) {
    case CLI_JOB:
        sandbox_close_descriptors();
        return job_main(MEDIA_JOB_FD, options.level);
    case CLI_SANDBOX_TEST:
        return sandbox_try_all() == 0 ? 0 : 1;
    case CLI_HELP:
        fputs(usage, stdout);
        return 0;
    case CLI_PROBE:
    case CLI_AUDIO:
    case CLI_IMAGE:
    case CLI_STEMS:
    case CLI_COMPARE:
        break;
    }
    return cli_run(&options);
}
