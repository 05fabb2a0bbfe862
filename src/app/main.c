/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The program: a table of sub-commands. */
#include <stdio.h>

#include "base/text/str.h"

#include "platform/fault/fault.h"

#include "app/commands.h"
#include "app/serve.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments;
    const char *help;
};

static int print_version(int argc, char **argv);
static int print_help(int argc, char **argv);

/* clang-format off */
static const struct command commands[] = {
    {"serve",     serve_main,         "",                                  "run the server, its workers and its media sandboxes"},
    {"migrate",   command_migrate,    "",                                  "bring the database to this program's schema"},
    {"config",    command_config,     "[--sample|--reference]",            "show the settings in force and where they come from"},
    {"user",      command_user,       "create --role ROLE --email E --username U", "make an account; the password is asked for or made"},
    {"demo",      command_demo,       "[--if-empty]",                      "fill an empty development shop with synthesised music"},
    {"check",     command_check,      "",                                  "ask whether ledger, licences, entitlements and blobs hold together"},
    {"backup",    command_backup,     "DIRECTORY",                         "copy database and media while running"},
    {"restore",   command_restore,    "DIRECTORY",                         "put a backup into an empty data directory and database"},
    {"rebuild",   command_rebuild,    "CONSUMER",                          "rebuild what an event consumer keeps, from the feed"},
    {"auction",   command_auction,    "verify FILE",                       "recompute an auction from its exported log"},
    {"reference", command_reference,  "openapi|routes|errors|settings|metrics|events|socket", "print a page of the reference"},
    {"version",   print_version,      "",                                  "print the version"},
    {"help",      print_help,         "",                                  "print this"},
};
/* clang-format on */

static int print_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("lathe " LATHE_VERSION);
    return 0;
}

static int print_help(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("Lathe, a self-hosted music platform.\n\nusage: lathe COMMAND [ARGUMENTS]\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        printf("  lathe %s %s\n        %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    puts("\nSettings are LATHE_… environment variables or lines of a .env file; `lathe config` shows them.");
    return 0;
}

static const struct command *find_command(struct str name)
{
    if (str_starts_with(name, STR("--")))
        name = str_slice(name, 2, name.len);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_equal(str_cstr(commands[i].name), name))
            return &commands[i];
    return NULL;
}

/* In builds for tests LATHE_FAULT arms fault points; anywhere else the name is refused with the other unknown settings. */
static bool arm_faults(void)
{
#ifdef LATHE_FAULTS
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts */
    const char *text = getenv("LATHE_FAULT");
    if (text != NULL && !fault_parse(text)) {
        fprintf(stderr, "lathe: LATHE_FAULT cannot be understood: %s\n", text);
        return false;
    }
#endif
    return true;
}

int main(int argc, char **argv)
{
    if (!arm_faults())
        return 2;
    const struct command *command = argc < 2 ? NULL : find_command(str_cstr(argv[1]));
    if (command == NULL) {
        if (argc >= 2)
            fprintf(stderr, "lathe: there is no command '%s'; `lathe help` lists them\n", argv[1]);
        else
            print_help(argc, argv);
        return 2;
    }
    return command->run(argc - 1, argv + 1);
}
