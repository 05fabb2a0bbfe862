/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The text form of fault rules: "point=action[:argument][@after[xtimes]]", separated by commas. */
#include <errno.h>
#include <limits.h>

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/text/number.h"

#include "platform/fault/fault.h"

static const char *const action_words[] = {
    [FAULT_FAIL] = "fail", [FAULT_DELAY] = "delay", [FAULT_WAIT] = "wait", [FAULT_CRASH] = "crash"};
static const struct enum_table actions = ENUM_TABLE("fault action", action_words);

static const struct {
    const char *name;
    int value;
} errnos[] = {
    {"EACCES", EACCES},         {"EAGAIN", EAGAIN}, {"ECONNREFUSED", ECONNREFUSED},
    {"ECONNRESET", ECONNRESET}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG},
    {"EINTR", EINTR},           {"EIO", EIO},       {"EMFILE", EMFILE},
    {"ENOENT", ENOENT},         {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC},
    {"EPIPE", EPIPE},           {"EROFS", EROFS},   {"ETIMEDOUT", ETIMEDOUT},
};

static bool parse_count(struct str text, int *ret)
{
    int64_t value = 0;
    if (!number_parse_i64(text, 1, INT_MAX, &value))
        return false;
    *ret = (int)value;
    return true;
}

static bool parse_failure(struct str word, struct fault_rule *rule)
{
    for (size_t i = 0; i < COUNT_OF(errnos); i++) {
        if (str_equal(word, str_cstr(errnos[i].name))) {
            rule->errno_value = errnos[i].value;
            return true;
        }
    }
    for (int code = 0; code < ERROR_CODE_COUNT; code++) {
        if (str_equal(word, str_cstr(error_code_name((enum error_code)code)))) {
            rule->code = (enum error_code)code;
            return true;
        }
    }
    return false;
}

static bool parse_delay(struct str text, struct fault_rule *rule)
{
    if (!str_ends_with(text, STR("ms")))
        return false;
    return parse_count(str_slice(text, 0, text.len - 2), &rule->delay_ms);
}

/* argument is absent when there was no colon. */
static bool parse_argument(struct str argument, struct fault_rule *rule)
{
    switch (rule->action) {
    case FAULT_FAIL:
        return argument.ptr == NULL || parse_failure(argument, rule);
    case FAULT_DELAY:
        return parse_delay(argument, rule);
    case FAULT_WAIT:
    case FAULT_CRASH:
        return argument.ptr == NULL;
    case FAULT_NONE:
        break;
    }
    return false;
}

/* "3" or "3x2"; absent is well, too. */
static bool parse_passages(struct str text, struct fault_rule *rule)
{
    if (text.ptr == NULL)
        return true;
    struct str times = text, after;
    if (!str_split(&times, 'x', &after) || !parse_count(after, &rule->after))
        return false;
    return times.ptr == NULL || parse_count(times, &rule->times);
}

static bool parse_rule(struct arena *arena, struct str text, struct fault_rule *rule)
{
    struct str rest = text, point, action, word;
    if (!str_split(&rest, '=', &point) || rest.ptr == NULL || str_is_empty(str_trim(point)))
        return false;
    if (!str_split(&rest, '@', &action))
        return false;
    struct str argument = action;
    int value = FAULT_NONE;
    if (!str_split(&argument, ':', &word) || !enum_parse(&actions, str_trim(word), &value))
        return false;
    *rule = (struct fault_rule){.point = arena_cstr(arena, str_trim(point)),
                                .action = (enum fault_action)value,
                                .code = ERROR_INTERNAL};
    return parse_argument(argument, rule) && parse_passages(rest, rule);
}

static bool parse_all(struct arena *arena, struct str text)
{
    VEC(struct fault_rule) rules = {0};
    struct str part;
    while (str_split(&text, ',', &part)) {
        if (str_is_empty(str_trim(part)))
            continue;
        if (!parse_rule(arena, str_trim(part), VEC_PUSH(arena, &rules)))
            return false;
    }
    for (size_t i = 0; i < rules.count; i++)
        fault_arm(&rules.items[i]);
    return true;
}

bool fault_parse(const char *text)
{
    struct arena *arena = arena_new(0);
    bool is_well_formed = parse_all(arena, str_cstr(text));
    arena_free(arena);
    return is_well_formed;
}
