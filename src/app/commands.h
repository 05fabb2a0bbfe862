/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The sub-commands, one file each. argv[0] is the command's name; the result is the exit status: 0 done, 1 failed, 2 misused. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

int command_migrate(int argc, char **argv);
int command_config(int argc, char **argv);
int command_user(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_check(int argc, char **argv);
int command_auction(int argc, char **argv);
int command_backup(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_rebuild(int argc, char **argv);
int command_reference(int argc, char **argv);

#endif
