/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Enums as words. Tables are short, so a scan does. */
#include "base/text/enum_table.h"

bool enum_parse(const struct enum_table *table, struct str word, int *ret_value)
{
    for (size_t value = 0; value < table->count; value++) {
        if (table->words[value] != NULL && str_equal(str_cstr(table->words[value]), word)) {
            *ret_value = (int)value;
            return true;
        }
    }
    return false;
}

struct str enum_word(const struct enum_table *table, int value)
{
    REQUIRE(value >= 0 && (size_t)value < table->count && table->words[value] != NULL);
    return str_cstr(table->words[value]);
}
