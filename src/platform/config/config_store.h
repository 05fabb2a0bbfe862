/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a loaded configuration is made of. Private to config. */
#ifndef PLATFORM_CONFIG_CONFIG_STORE_H
#define PLATFORM_CONFIG_CONFIG_STORE_H

#include "platform/config/config.h"

enum config_source { CONFIG_FROM_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_ENVIRONMENT };

/* The value that a row got. */
struct config_value {
    const struct setting *row;
    struct str text; /* in the written form; absent while nothing was found */
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

/* The name most like a mistyped one; absent when none is near. */
struct str config_suggest(const struct config *config, struct str name);

#endif
