/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The text of a .env file, as name and value pairs. Private to config.
 *
 * One setting per line: `NAME=value`, optionally after `export `. A bare value ends at the line's end or at a `#`
 * after a blank, and is trimmed. 'single quotes' keep every byte; "double quotes" know \\ \" \$ \n \r \t. After a
 * closing quote only blanks and a comment may follow. Nothing is expanded, a value never spans lines, a name is set
 * once. CR before LF and a byte order mark are skipped. */
#ifndef PLATFORM_CONFIG_ENV_FILE_H
#define PLATFORM_CONFIG_ENV_FILE_H

#include <stddef.h>

#include "base/data/vec.h"
#include "base/text/strbuf.h"

/* Files beyond this are refused before they are read. */
#define ENV_FILE_MAX_BYTES (64 * 1024)

struct env_entry {
    struct str name;
    struct str value;
    size_t line; /* from 1 */
};

struct env_entries {
    VEC(struct env_entry) list;
};

/* Appends the entries of text, and to `problems` a line "FILE:LINE: what is wrong" for each line it cannot read.
 * Names and values point into text or the arena. */
void env_file_parse(struct arena *arena, struct str file, struct str text, struct env_entries *entries,
                    struct strbuf *problems);

#endif
