/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Settings as rows: each platform part and module declares what it takes, with type, unit, range, default and one
 * sentence. Values come from LATHE_… environment variables, then a .env file, then the default. Unknown
 * LATHE_ names, bad units and values out of range stop the start with one clear line each. */
#ifndef PLATFORM_CONFIG_CONFIG_H
#define PLATFORM_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error/error.h"
#include "base/text/enum_table.h"
#include "base/text/strbuf.h"

enum setting_kind {
    SETTING_TEXT,     /* struct str */
    SETTING_INTEGER,  /* int64_t */
    SETTING_BOOLEAN,  /* bool: true, false, yes, no, on, off, 1, 0 */
    SETTING_DURATION, /* int64_t microseconds; written 500ms, 30s, 15m, 24h, 7d */
    SETTING_SIZE,     /* int64_t bytes; written 512, 64K, 16M, 2G (powers of 1024) */
    SETTING_ENUM      /* int32_t by a table */
};

/* One row. name is without the LATHE_ prefix: "DATABASE_URL". */
struct setting {
    const char *name;
    enum setting_kind kind;
    size_t offset;        /* into the owner's settings struct */
    const char *fallback; /* in the written form; NULL: required */
    int64_t min, max;     /* INTEGER, DURATION (us), SIZE; both 0: not bounded. TEXT: bytes, 0 max: 1024 */
    const struct enum_table *values;
    bool is_secret; /* masked in `lathe config` and logs */
    const char *help;
};

/* The rows of one part, with the struct they fill. */
struct setting_group {
    const char *part; /* "http", "orders" */
    const struct setting *rows;
    size_t count;
    size_t size; /* of the settings struct */
    /* Cross-field check; adds a line per problem to `problems`. May be NULL. */
    void (*check)(const void *settings, bool is_production, struct strbuf *problems);
};

/* clang-format off */
#define SETTING_STR(type_, member_, name_, ...)  {.name = (name_), .kind = SETTING_TEXT, .offset = OFFSET_OF(type_, member_, struct str), __VA_ARGS__}
#define SETTING_INT(type_, member_, name_, ...)  {.name = (name_), .kind = SETTING_INTEGER, .offset = OFFSET_OF(type_, member_, int64_t), __VA_ARGS__}
#define SETTING_BOOL(type_, member_, name_, ...) {.name = (name_), .kind = SETTING_BOOLEAN, .offset = OFFSET_OF(type_, member_, bool), __VA_ARGS__}
#define SETTING_TIME(type_, member_, name_, ...) {.name = (name_), .kind = SETTING_DURATION, .offset = OFFSET_OF(type_, member_, int64_t), __VA_ARGS__}
#define SETTING_BYTES(type_, member_, name_, ...) {.name = (name_), .kind = SETTING_SIZE, .offset = OFFSET_OF(type_, member_, int64_t), __VA_ARGS__}
#define SETTING_WORD(type_, member_, name_, table_, ...) {.name = (name_), .kind = SETTING_ENUM, .offset = OFFSET_OF(type_, member_, int32_t), .values = (table_), __VA_ARGS__}
#define SETTING_GROUP(part_, type_, rows_, check_) {.part = (part_), .rows = (rows_), .count = COUNT_OF(rows_), .size = sizeof(type_), .check = (check_)}
/* clang-format on */

struct config;

/* Reads environment and .env file (path may be NULL: ".env" in the working directory if it is there) and fills a struct
 * for every group and for core_settings_group, named or not. problems gets one line each; on any, NULL is returned.
 * is_production comes from LATHE_ENV, which config declares itself. Blocks on one file. */
struct config *config_load(const struct setting_group *const *groups, const char *const *environment,
                           const char *env_file, struct strbuf *problems);
void config_free(struct config *config); /* accepts NULL */

/* The filled struct of a group; lives as long as the config. */
const void *config_settings(const struct config *config, const struct setting_group *group);
bool config_is_production(const struct config *config);

/* `lathe config`: name, value (secrets masked), where it came from; and the reference page, and conf/lathe.env. */
void config_print(const struct config *config, struct strbuf *out);
void config_print_reference(const struct setting_group *const *groups, struct strbuf *out);
void config_print_sample(const struct setting_group *const *groups, struct strbuf *out);

#endif
