/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads the command line by tables. */
#include <string.h>

#include "base/require/require.h"
#include "base/text/number.h"

#include "media/cli.h"

static const struct {
    const char *word;
    enum cli_command command;
    size_t files; /* that it takes, at most */
} commands[] = {
    {"--sandbox-test", CLI_SANDBOX_TEST, 0},
    {"--help", CLI_HELP, 0},
    {"probe", CLI_PROBE, CLI_FILES_MAX},
    {"audio", CLI_AUDIO, 1},
    {"image", CLI_IMAGE, CLI_FILES_MAX},
    {"stems", CLI_STEMS, CLI_FILES_MAX},
    {"compare", CLI_COMPARE, 2},
};

static const struct {
    const char *word;
    size_t offset;
} text_options[] = {
    {"--out", offsetof(struct cli_options, out)},     {"--only", offsetof(struct cli_options, only)},
    {"--title", offsetof(struct cli_options, title)}, {"--artist", offsetof(struct cli_options, artist)},
    {"--album", offsetof(struct cli_options, album)}, {"--comment", offsetof(struct cli_options, comment)},
};

static const struct {
    const char *word;
    size_t offset;
} number_options[] = {
    {"--preview-start", offsetof(struct cli_options, preview_start_ms)},
    {"--preview-length", offsetof(struct cli_options, preview_length_ms)},
    {"--max-duration", offsetof(struct cli_options, max_duration_ms)},
};

static const struct {
    const char *word;
    enum sandbox_level level;
} levels[] = {
    {"--sandbox=full", SANDBOX_FULL}, {"--sandbox=seccomp", SANDBOX_SECCOMP}, {"--sandbox=off", SANDBOX_OFF}};

static bool parse_flag(const char *word, struct cli_options *options)
{
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        if (strcmp(word, levels[i].word) == 0) {
            options->level = levels[i].level;
            return true;
        }
    }
    if (strcmp(word, "--verbose") != 0)
        return false;
    options->is_verbose = true;
    return true;
}

static bool parse_pair(const char *word, const char *value, struct cli_options *options)
{
    for (size_t i = 0; i < COUNT_OF(text_options); i++) {
        if (strcmp(word, text_options[i].word) == 0) {
            *(const char **)(void *)((char *)options + text_options[i].offset) = value;
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(number_options); i++) {
        if (strcmp(word, number_options[i].word) == 0) {
            int64_t *number = (int64_t *)(void *)((char *)options + number_options[i].offset);
            return number_parse_i64(str_cstr(value), -1, INT64_MAX, number);
        }
    }
    return false;
}

static bool parse_command(const char *word, struct cli_options *options, size_t *ret_files)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(word, commands[i].word) == 0) {
            options->command = commands[i].command;
            *ret_files = commands[i].files;
            return true;
        }
    }
    return false;
}

bool cli_parse(int argc, char **argv, struct cli_options *options)
{
    size_t files = 0;
    int at = 1;
    if (at < argc && parse_command(argv[at], options, &files))
        at++;
    for (; at < argc; at++) {
        if (parse_flag(argv[at], options))
            continue;
        if (at + 1 < argc && parse_pair(argv[at], argv[at + 1], options)) {
            at++;
            continue;
        }
        if (argv[at][0] == '-' || options->file_count == files)
            return false;
        options->files[options->file_count++] = argv[at];
    }
    return files == 0 ||
           (options->file_count > 0 && (options->command != CLI_COMPARE || options->file_count == files));
}
