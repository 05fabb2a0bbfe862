/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Settings as text: reads a value of each kind with its unit, and says what a row permits. Private to config. */
#ifndef PLATFORM_CONFIG_SETTING_VALUE_H
#define PLATFORM_CONFIG_SETTING_VALUE_H

#include <stdbool.h>

#include "platform/config/config.h"

/* Stores the value at row->offset of `settings`. False when text is not a permitted value; nothing is stored then.
 * A stored text is text itself. */
MUST_USE bool setting_parse(const struct setting *row, struct str text, void *settings);

/* "duration", "size", … */
const char *setting_kind_word(enum setting_kind kind);

/* Appends what is permitted, to follow "must be": "a duration such as 30s, 1s to 1h". */
void setting_describe(const struct setting *row, struct strbuf *out);

/* False when every value of the kind goes. */
bool setting_has_range(const struct setting *row);

/* Appends the permitted range or words alone ("1s to 1h"); nothing without a range. */
void setting_describe_range(const struct setting *row, struct strbuf *out);

/* Appends the value as it may be shown: a secret text as a mask, or, when it is a URL, as its scheme and host. */
void setting_append_masked(const struct setting *row, struct str text, struct strbuf *out);

#endif
