/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Names of settings: the groups in order, look-up, and what a mistyped name may have meant. */
#include "platform/config/config_store.h"
#include "platform/config/core_settings.h"

#define NAME_MAX_BYTES 63

static size_t count_groups(const struct setting_group *const *groups)
{
    size_t count = 0;
    while (groups[count] != NULL)
        count++;
    return count;
}

static bool has_name(const struct setting_group *group, const char *name, const struct setting *except)
{
    for (size_t i = 0; i < group->count; i++) {
        if (&group->rows[i] != except && strcmp(group->rows[i].name, name) == 0)
            return true;
    }
    return false;
}

static void require_unique_names(const struct setting_group *const *groups)
{
    for (size_t g = 0; groups[g] != NULL; g++) {
        for (size_t i = 0; i < groups[g]->count; i++) {
            const struct setting *row = &groups[g]->rows[i];
            REQUIRE(strlen(row->name) <= NAME_MAX_BYTES);
            for (size_t other = g; groups[other] != NULL; other++)
                REQUIRE(!has_name(groups[other], row->name, row));
        }
    }
}

const struct setting_group **config_groups(struct arena *arena, const struct setting_group *const *groups)
{
    size_t given = count_groups(groups);
    const struct setting_group **all = ARENA_ARRAY(arena, const struct setting_group *, given + 2);
    size_t count = 0;
    all[count++] = &core_settings_group;
    for (size_t i = 0; i < given; i++) {
        if (groups[i] != &core_settings_group)
            all[count++] = groups[i];
    }
    require_unique_names(all);
    return all;
}

struct config_value *config_find(const struct config *config, struct str name)
{
    for (size_t p = 0; p < config->count; p++) {
        const struct config_part *part = &config->parts[p];
        for (size_t i = 0; i < part->group->count; i++) {
            if (str_equal(str_cstr(part->group->rows[i].name), name))
                return &part->values[i];
        }
    }
    return NULL;
}

struct config_value *config_find_said(const struct config *config, struct str name, bool *ret_is_path)
{
    static const struct str suffix = STR_INIT("_FILE");
    struct config_value *value = config_find(config, name);
    *ret_is_path = false;
    if (value != NULL || !str_ends_with(name, suffix))
        return value;
    value = config_find(config, str_slice(name, 0, name.len - suffix.len));
    *ret_is_path = value != NULL && value->row->is_secret;
    return *ret_is_path ? value : NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t low = a < b ? a : b;
    return low < c ? low : c;
}

/* Levenshtein's distance. Both are at most NAME_MAX_BYTES long. */
static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_MAX_BYTES + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a.ptr[i - 1] != b.ptr[j - 1] ? 1 : 0));
            diagonal = above;
        }
    }
    return row[b.len];
}

struct str config_suggest(const struct config *config, struct str name)
{
    struct str best = STR_NONE;
    if (name.len > NAME_MAX_BYTES)
        return best;
    size_t bound = 2 + name.len / 4; /* beyond this a suggestion would only puzzle */
    for (size_t p = 0; p < config->count; p++) {
        const struct setting_group *group = config->parts[p].group;
        for (size_t i = 0; i < group->count; i++) {
            struct str known = str_cstr(group->rows[i].name);
            size_t steps = distance(name, known);
            if (steps <= bound) {
                best = known;
                bound = steps > 0 ? steps - 1 : 0;
            }
        }
    }
    return best;
}
