/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Commands by type: those of the modules, and join, leave and ping, which every connection has. */
#ifndef PLATFORM_LIVE_COMMAND_H
#define PLATFORM_LIVE_COMMAND_H

#include "platform/live/client.h"

struct command_table;

/* What every message of a client has. */
struct envelope {
    struct str type;
    struct str id; /* JSON text: a string or a number; absent when there is none */
};

/* A command of the socket itself: sends its own answer. */
typedef struct error *(*command_own_fn)(struct ctx *cx, struct client *client,
                                        const struct envelope *envelope, const void *body);

struct command {
    const struct live_command *row;
    command_own_fn own;        /* instead of row->run */
    struct json_field *fields; /* of the body and the envelope */
    struct json_type decoded;
    size_t envelope_offset;
};

struct command_table *command_table_new(const struct live_options *options);
void command_table_free(struct command_table *table); /* accepts NULL */
const struct command *command_find(const struct command_table *table, struct str type);

/* Only what is needed to answer. Errors: live_bad_message. */
MUST_USE struct error *envelope_read(struct arena *arena, struct str text, struct envelope *ret_envelope);

/* {"type":"ok","id":…} with the members of a JSON object; of an error {"type":"error","id":…,"problem":{…}}. */
struct str envelope_ok(struct arena *arena, const struct envelope *envelope, struct str members);
struct str envelope_error(struct arena *arena, const struct envelope *envelope, const struct error *error,
                          struct str instance);

/* The rows of the socket's own commands (own_commands.c), ended by a NULL row. */
struct own_command {
    const struct live_command *row;
    command_own_fn run;
};
extern const struct own_command own_commands[];

#endif
