/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe user create`: makes an account of any role; how the first admin comes to be. The password is read from the terminal
 * or from standard input; without either a random one is made and printed.
 * `lathe user remove-second-factor`: for whoever has lost the authenticator app and the recovery codes. */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/text/encode.h"

#include "platform/crypto/crypto.h"

#include "app/commands.h"
#include "app/instance.h"
#include "modules/identity/identity.h"

struct user_options {
    struct str role, email, username, display_name, password;
};

static const char usage[] =
    "usage: lathe user create --role ROLE[,ROLE] --email ADDRESS --username NAME [--display-name TEXT] [--random-password]\n"
    "       lathe user remove-second-factor --username NAME\n";

struct option_row {
    const char *name;
    size_t offset;
};

static const struct option_row option_rows[] = {
    {"--role", offsetof(struct user_options, role)},
    {"--email", offsetof(struct user_options, email)},
    {"--username", offsetof(struct user_options, username)},
    {"--display-name", offsetof(struct user_options, display_name)},
};

static bool parse_option(struct user_options *options, const char *name, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(option_rows); i++) {
        if (strcmp(option_rows[i].name, name) == 0) {
            *(struct str *)(void *)((char *)options + option_rows[i].offset) = str_cstr(value);
            return true;
        }
    }
    return false;
}

static bool parse_options(int argc, char **argv, struct user_options *options, bool *ret_random)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--random-password") == 0)
            *ret_random = true;
        else if (i + 1 >= argc || !parse_option(options, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return !str_is_empty(options->username);
}

/* A line without its end, with the echo off on a terminal. */
static bool read_password(char *buf, size_t size)
{
    struct termios shown, hidden;
    bool is_terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
    if (is_terminal) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        fputs("Password: ", stderr);
    }
    bool is_read = fgets(buf, (int)size, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputs("\n", stderr);
    }
    if (is_read)
        buf[strcspn(buf, "\r\n")] = '\0';
    return is_read;
}

static struct error *create_account(struct ctx *cx, struct instance *instance, void *arg)
{
    (void)instance;
    const struct user_options *options = arg;
    struct identity_new_account account = {
        .email = options->email,
        .username = options->username,
        .password = options->password,
        .display_name = str_is_empty(options->display_name) ? options->username : options->display_name,
        .roles = options->role,
    };
    struct id account_id;
    TRY(identity_create_account(cx, &account, &account_id));
    printf("account %" STR_FMT " %" STR_FMT "\n", STR_ARG(options->username),
           STR_ARG(id_str(cx->arena, account_id)));
    return NULL;
}

static struct error *remove_second_factor(struct ctx *cx, struct instance *instance, void *arg)
{
    (void)instance;
    const struct user_options *options = arg;
    TRY(identity_take_factor_away(cx, options->username));
    printf("account %" STR_FMT " has no second factor any more\n", STR_ARG(options->username));
    return NULL;
}

static int run_create(struct user_options *options, bool is_random)
{
    char typed[1024];
    struct arena *arena = arena_new(0);
    if (is_random) {
        uint8_t random[15];
        crypto_random(random, sizeof(random));
        options->password = base64url_encode(arena, random, sizeof(random));
    } else if (read_password(typed, sizeof(typed))) {
        options->password = str_cstr(typed);
    }
    int status = instance_run(INSTANCE_BY_SETTING, create_account, options);
    if (status == 0 && is_random)
        printf("password %" STR_FMT "\n", STR_ARG(options->password));
    arena_free(arena);
    return status;
}

int command_user(int argc, char **argv)
{
    struct user_options options = {0};
    bool is_random = false;
    const char *what = argc > 1 ? argv[1] : "";
    bool is_parsed = parse_options(argc, argv, &options, &is_random);
    if (is_parsed && strcmp(what, "create") == 0 && !str_is_empty(options.role) &&
        !str_is_empty(options.email))
        return run_create(&options, is_random);
    if (is_parsed && strcmp(what, "remove-second-factor") == 0)
        return instance_run(INSTANCE_BY_SETTING, remove_second_factor, &options);
    fputs(usage, stderr);
    return 2;
}
