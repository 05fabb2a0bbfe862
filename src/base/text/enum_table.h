/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Enums as words: one table gives the wire word, the database word and the documentation.
 * Rows use designated indices, so values are dense from 0:
 *     static const char *const words[] = {[SPEC_BEAT] = "beat", [SPEC_SAMPLE] = "sample"};
 *     const struct enum_table spec_category_words = ENUM_TABLE("category", words); */
#ifndef BASE_TEXT_ENUM_TABLE_H
#define BASE_TEXT_ENUM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/require/require.h"
#include "base/text/str.h"

struct enum_table {
    const char *name;
    const char *const *words; /* words[value]; NULL for a hole */
    size_t count;
};

#define ENUM_TABLE(name_, words_)                                                                            \
    {                                                                                                        \
        .name = (name_), .words = (words_), .count = COUNT_OF(words_)                                        \
    }

/* False when no row has that word. */
MUST_USE bool enum_parse(const struct enum_table *table, struct str word, int *ret_value);
/* value must have a row. */
struct str enum_word(const struct enum_table *table, int value);

#endif
