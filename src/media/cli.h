/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The command line: starts a child as the server would, over a real socket and in the real sandbox, and
 * plays the server's part. What works here works there. */
#ifndef MEDIA_CLI_H
#define MEDIA_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/process/sandbox.h"

enum cli_command {
    CLI_JOB,
    CLI_SANDBOX_TEST,
    CLI_HELP,
    CLI_PROBE,
    CLI_AUDIO,
    CLI_IMAGE,
    CLI_STEMS,
    CLI_COMPARE
};

#define CLI_FILES_MAX 256

struct cli_options {
    enum cli_command command;
    enum sandbox_level level;
    const char *files[CLI_FILES_MAX];
    size_t file_count;
    const char *out;  /* folder; NULL: no renditions */
    const char *only; /* name of the one rendition wanted; NULL: all */
    const char *title, *artist, *album, *comment;
    int64_t preview_start_ms;
    int64_t preview_length_ms;
    int64_t max_duration_ms;
    bool is_verbose; /* progress too */
};

/* False when the arguments make no sense. */
bool cli_parse(int argc, char **argv, struct cli_options *options);

/* One job for each file, one after the other; prints every message of the children as a line of JSON.
 * Exit status: 0 done, 1 one failed, 3 one crashed. */
int cli_run(const struct cli_options *options);

#endif
