/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The settings of the program as a whole. config_load always includes them. */
#ifndef PLATFORM_CONFIG_CORE_SETTINGS_H
#define PLATFORM_CONFIG_CORE_SETTINGS_H

#include "platform/config/config.h"

enum core_environment { CORE_DEVELOPMENT, CORE_PRODUCTION };

struct core_settings {
    int32_t environment; /* enum core_environment */
    struct str listen;   /* HOST:PORT or [IPv6]:PORT; checked; port 0: any free one */
    struct str data_dir;
    struct str database_url; /* sqlite:FILE (under data_dir unless absolute) or postgresql://…; checked */
    struct str public_url;   /* http(s)://HOST[:PORT], no slash at the end; made from `listen` when not set */
    struct str trusted_proxies; /* comma-separated addresses or networks; checked; empty: none */
    struct str ca_file;         /* readable when it was checked; empty: the system's authorities */
    struct str user;            /* to become after binding when started by root; empty: stay */
    int64_t loops;              /* 0: one per core */
    bool auto_migrate;          /* serve brings the schema up to date by itself */
    int32_t log_level;          /* enum log_level */
    int32_t log_format;         /* enum log_format */
};

extern const struct setting_group core_settings_group;

/* Fills in what depends on other settings; the check has passed. */
void core_settings_derive(struct arena *arena, struct core_settings *settings);

#endif
