/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Loads the settings: file, then environment over it, then the rows' own defaults; collects every problem. */
#include "platform/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "platform/config/config_store.h"
#include "platform/config/core_settings.h"
#include "platform/config/env_file.h"
#include "platform/config/setting_value.h"

static const struct str prefix = STR_INIT("LATHE_");

static struct config *new_config(const struct setting_group *const *groups)
{
    struct arena *arena = arena_new(0);
    const struct setting_group **all = config_groups(arena, groups);
    struct config *config = ARENA_NEW(arena, struct config);
    config->arena = arena;
    while (all[config->count] != NULL)
        config->count++;
    config->parts = ARENA_ARRAY(arena, struct config_part, config->count);
    for (size_t p = 0; p < config->count; p++) {
        struct config_part *part = &config->parts[p];
        part->group = all[p];
        part->settings = arena_alloc(arena, all[p]->size);
        part->values = ARENA_ARRAY(arena, struct config_value, all[p]->count);
        for (size_t i = 0; i < all[p]->count; i++)
            part->values[i].row = &all[p]->rows[i];
    }
    return config;
}

void config_free(struct config *config)
{
    if (config != NULL)
        arena_free(config->arena);
}

bool config_read_all(struct arena *arena, int fd, struct str *ret_text)
{
    struct strbuf text;
    strbuf_init(&text, arena, ENV_FILE_MAX_BYTES);
    for (;;) {
        char block[4096];
        ssize_t got = read(fd, block, sizeof(block));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        strbuf_append(&text, str_from(block, (size_t)got));
    }
    if (text.overflow) {
        errno = EFBIG;
        return false;
    }
    *ret_text = strbuf_str(&text);
    return true;
}

/* An absent ".env" is fine unless it was asked for by name. */
static struct str read_env_file(struct config *config, const char *path, struct strbuf *problems)
{
    const char *name = path != NULL ? path : ".env";
    config->env_file = arena_str(config->arena, str_cstr(name));
    AUTO_FD fd = open(name, O_RDONLY | O_CLOEXEC);
    struct str text = STR_NONE;
    if (fd < 0 && errno == ENOENT && path == NULL)
        return text;
    if (fd < 0 || !config_read_all(config->arena, fd, &text))
        strbuf_printf(problems, "%s: cannot be read: %s\n", name, strerrordesc_np(errno));
    return text;
}

/* Variables with our prefix that something else than a row reads. */
static bool is_read_elsewhere(struct str name)
{
#ifdef LATHE_FAULTS
    return str_equal(name, STR("FAULT")); /* platform/fault, in test builds only */
#else
    (void)name;
    return false;
#endif
}

static void refuse_name(const struct config *config, struct str where, struct str name,
                        struct strbuf *problems)
{
    struct str nearest = config_suggest(config, name);
    strbuf_printf(problems, "%" STR_FMT ": LATHE_%" STR_FMT " is no setting", STR_ARG(where), STR_ARG(name));
    if (nearest.ptr != NULL)
        strbuf_printf(problems, "; did you mean LATHE_%" STR_FMT "?", STR_ARG(nearest));
    strbuf_append_char(problems, '\n');
}

static struct str without_prefix(struct str name)
{
    return str_slice(name, prefix.len, name.len);
}

/* Where one value was said. */
struct saying {
    struct str name; /* without the prefix */
    struct str text;
    enum config_source source;
    size_t line;
};

static struct str place_of(const struct config *config, const struct saying *saying)
{
    if (saying->source == CONFIG_FROM_ENVIRONMENT)
        return STR("environment");
    return arena_printf(config->arena, "%" STR_FMT ":%zu", STR_ARG(config->env_file), saying->line);
}

/* A secret's NAME_FILE is the same value, said elsewhere; both from one place is a mistake. */
static void take(struct config *config, const struct saying *saying, struct strbuf *problems)
{
    bool is_path = false;
    struct config_value *value = config_find_said(config, saying->name, &is_path);
    if (value == NULL) {
        if (!is_read_elsewhere(saying->name))
            refuse_name(config, place_of(config, saying), saying->name, problems);
        return;
    }
    bool was_path = value->path.ptr != NULL;
    if (value->source == saying->source && was_path != is_path) {
        struct str place = place_of(config, saying);
        strbuf_printf(problems, "%" STR_FMT ": LATHE_%s and LATHE_%s_FILE are both set\n", STR_ARG(place),
                      value->row->name, value->row->name);
    }
    value->text = is_path ? STR_NONE : saying->text;
    value->path = is_path ? saying->text : STR_NONE;
    value->source = saying->source;
    value->line = saying->line;
}

static void take_file(struct config *config, const struct env_entries *entries, struct strbuf *problems)
{
    for (size_t i = 0; i < entries->list.count; i++) {
        const struct env_entry *entry = &entries->list.items[i];
        if (!str_starts_with(entry->name, prefix))
            continue; /* a .env file may serve other programs, too */
        take(config,
             &(struct saying){.name = without_prefix(entry->name),
                              .text = arena_str(config->arena, entry->value),
                              .source = CONFIG_FROM_FILE,
                              .line = entry->line},
             problems);
    }
}

static void take_environment(struct config *config, const char *const *environment, struct strbuf *problems)
{
    for (; environment != NULL && *environment != NULL; environment++) {
        struct str entry = str_cstr(*environment);
        ptrdiff_t equals = str_find_byte(entry, '=', 0);
        if (equals < 0 || !str_starts_with(entry, prefix))
            continue;
        struct str text = str_slice(entry, (size_t)equals + 1, entry.len);
        take(config,
             &(struct saying){.name = without_prefix(str_slice(entry, 0, (size_t)equals)),
                              .text = arena_str(config->arena, text),
                              .source = CONFIG_FROM_ENVIRONMENT},
             problems);
    }
}

static void report_value(const struct config *config, const struct config_value *value,
                         struct strbuf *problems)
{
    if (value->source == CONFIG_FROM_FILE)
        strbuf_printf(problems, "%" STR_FMT ":%zu: ", STR_ARG(config->env_file), value->line);
    else
        strbuf_append_cstr(problems, "environment: ");
    strbuf_printf(problems, "LATHE_%s%s", value->row->name, value->path.ptr != NULL ? "_FILE" : "");
    if (!value->row->is_secret)
        strbuf_printf(problems, "=%" STR_FMT, STR_ARG(value->text));
    strbuf_append_cstr(problems, ": must be ");
    setting_describe(value->row, problems);
    strbuf_append_char(problems, '\n');
}

static void fill_value(const struct config *config, struct config_value *value, void *settings,
                       struct strbuf *problems)
{
    if (value->source != CONFIG_FROM_DEFAULT) {
        if (value->path.ptr != NULL && !config_read_secret(config, value, problems))
            return;
        if (!setting_parse(value->row, value->text, settings))
            report_value(config, value, problems);
        return;
    }
    if (value->row->fallback == NULL) {
        strbuf_printf(problems, "LATHE_%s is not set and has no default: %s\n", value->row->name,
                      value->row->help);
        return;
    }
    value->text = str_cstr(value->row->fallback);
    /* An empty default says "not set", which a least length need not allow. */
    if (value->row->kind == SETTING_TEXT && value->text.len == 0)
        *(struct str *)(void *)((char *)settings + value->row->offset) = value->text;
    else
        REQUIRE(setting_parse(value->row, value->text, settings));
}

static void fill_parts(struct config *config, struct strbuf *problems)
{
    for (size_t p = 0; p < config->count; p++) {
        struct config_part *part = &config->parts[p];
        for (size_t i = 0; i < part->group->count; i++)
            fill_value(config, &part->values[i], part->settings, problems);
    }
}

/* Only on values that are good by themselves, so that a check never sees half a struct. */
static void check_parts(const struct config *config, struct strbuf *problems)
{
    for (size_t p = 0; p < config->count; p++) {
        const struct config_part *part = &config->parts[p];
        if (part->group->check != NULL)
            part->group->check(part->settings, config_is_production(config), problems);
    }
}

struct config *config_load(const struct setting_group *const *groups, const char *const *environment,
                           const char *env_file, struct strbuf *problems)
{
    size_t before = problems->len;
    struct config *config = new_config(groups);
    struct env_entries entries = {0};
    struct str text = read_env_file(config, env_file, problems);
    env_file_parse(config->arena, config->env_file, text, &entries, problems);
    take_file(config, &entries, problems);
    take_environment(config, environment, problems);
    fill_parts(config, problems);
    if (problems->len == before)
        check_parts(config, problems);
    if (problems->len != before || problems->overflow) {
        config_free(config);
        return NULL;
    }
    core_settings_derive(config->arena, config->parts[0].settings);
    return config;
}

const void *config_settings(const struct config *config, const struct setting_group *group)
{
    for (size_t p = 0; p < config->count; p++) {
        if (config->parts[p].group == group)
            return config->parts[p].settings;
    }
    UNREACHABLE("a settings group that was not loaded");
}

bool config_is_production(const struct config *config)
{
    const struct core_settings *core = config->parts[0].settings;
    return core->environment == CORE_PRODUCTION;
}
