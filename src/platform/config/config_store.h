/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a loaded configuration is made of. Private to config. */
#ifndef PLATFORM_CONFIG_CONFIG_STORE_H
#define PLATFORM_CONFIG_CONFIG_STORE_H

#include "platform/config/config.h"

enum config_source { CONFIG_FROM_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_ENVIRONMENT };

/* The value that a row got. */
struct config_value {
    const struct setting *row;
    struct str text; /* in the written form, a NUL behind it; absent while nothing was found */
    struct str path; /* of the file that a secret was read from; absent: the text was said */
    enum config_source source;
    size_t line; /* of the file, when it came from there */
};

struct config_part {
    const struct setting_group *group;
    void *settings;              /* group->size bytes */
    struct config_value *values; /* one per row */
};

struct config {
    struct arena *arena; /* owns everything, this struct too */
    struct config_part *parts;
    size_t count;
    struct str env_file; /* as named in messages */
};

/* The groups to work on, core first whether it was named or not; NULL-terminated, in the arena. Dies when two rows
 * have one name, which is a mistake in a table. */
const struct setting_group **config_groups(struct arena *arena, const struct setting_group *const *groups);

/* NULL when no row has that name (without the prefix). */
struct config_value *config_find(const struct config *config, struct str name);

/* As above, and for a secret's NAME_FILE too, which names the file that the secret is in: *ret_is_path says which. */
struct config_value *config_find_said(const struct config *config, struct str name, bool *ret_is_path);

/* Reads the text of a value from its path, a newline at the end left out. False when it cannot be read, is too long, or is
 * kept where others of this machine may read or change it; problems has a line then. */
bool config_read_secret(const struct config *config, struct config_value *value, struct strbuf *problems);

/* At most ENV_FILE_MAX_BYTES, into the arena; false with errno set. */
bool config_read_all(struct arena *arena, int fd, struct str *ret_text);

/* The name most like a mistyped one; absent when none is near. */
struct str config_suggest(const struct config *config, struct str name);

#endif
