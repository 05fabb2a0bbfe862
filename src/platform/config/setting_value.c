/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The written form of settings, one row of a table per kind. */
#include "platform/config/setting_value.h"

#include "base/text/number.h"
#include "base/text/utf8.h"
#include "base/value/instant.h"

#define TEXT_DEFAULT_MAX 1024

struct unit {
    const char *suffix;
    int64_t factor;
};

/* Largest first, as printing wants it. */
static const struct unit duration_units[] = {
    {"d", US_PER_DAY}, {"h", US_PER_HOUR}, {"m", US_PER_MINUTE}, {"s", US_PER_SECOND}, {"ms", US_PER_MS},
};
static const struct unit size_units[] = {
    {"T", INT64_C(1) << 40},
    {"G", INT64_C(1) << 30},
    {"M", INT64_C(1) << 20},
    {"K", INT64_C(1) << 10},
    {"", 1},
};

static bool is_bounded(const struct setting *row)
{
    return row->min != 0 || row->max != 0;
}

static int64_t text_max(const struct setting *row)
{
    return row->max != 0 ? row->max : TEXT_DEFAULT_MAX;
}

static bool is_within(const struct setting *row, int64_t value)
{
    return !is_bounded(row) || (value >= row->min && value <= row->max);
}

/* Digits and exactly one of the units; a bare 0 needs none. */
static bool parse_with_unit(struct str text, const struct unit *units, size_t count, int64_t *ret)
{
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    int64_t amount = 0;
    if (!number_parse_i64(str_slice(text, 0, digits), 0, INT64_MAX, &amount))
        return false;
    struct str suffix = str_slice(text, digits, text.len - digits);
    for (size_t i = 0; i < count; i++) {
        if (str_equal(suffix, str_cstr(units[i].suffix)))
            return number_mul(amount, units[i].factor, ret);
    }
    *ret = 0;
    return amount == 0 && suffix.len == 0;
}

static void append_with_unit(int64_t value, const struct unit *units, size_t count, struct strbuf *out)
{
    for (size_t i = 0; i < count && value != 0; i++) {
        if (value % units[i].factor == 0) {
            strbuf_append_i64(out, value / units[i].factor);
            strbuf_append_cstr(out, units[i].suffix);
            return;
        }
    }
    strbuf_append_i64(out, value);
}

static bool parse_text(const struct setting *row, struct str text, void *ret_member)
{
    int64_t len = (int64_t)text.len;
    if (len < row->min || len > text_max(row) || !utf8_is_valid(text) ||
        utf8_has_controls(text, UTF8_ONE_LINE))
        return false;
    *(struct str *)ret_member = text;
    return true;
}

static bool parse_integer(const struct setting *row, struct str text, void *ret_member)
{
    int64_t value = 0;
    if (!number_parse_i64(text, INT64_MIN, INT64_MAX, &value) || !is_within(row, value))
        return false;
    *(int64_t *)ret_member = value;
    return true;
}

static bool parse_boolean(const struct setting *row, struct str text, void *ret_member)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"true", true}, {"false", false}, {"yes", true}, {"no", false},
        {"on", true},   {"off", false},   {"1", true},   {"0", false},
    };
    (void)row;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_equal_nocase(text, str_cstr(words[i].word))) {
            *(bool *)ret_member = words[i].value;
            return true;
        }
    }
    return false;
}

static bool parse_duration(const struct setting *row, struct str text, void *ret_member)
{
    int64_t value = 0;
    if (!parse_with_unit(text, duration_units, COUNT_OF(duration_units), &value) || !is_within(row, value))
        return false;
    *(int64_t *)ret_member = value;
    return true;
}

static bool parse_size(const struct setting *row, struct str text, void *ret_member)
{
    int64_t value = 0;
    if (!parse_with_unit(text, size_units, COUNT_OF(size_units), &value) || !is_within(row, value))
        return false;
    *(int64_t *)ret_member = value;
    return true;
}

static bool parse_enum(const struct setting *row, struct str text, void *ret_member)
{
    int value = 0;
    if (!enum_parse(row->values, text, &value))
        return false;
    *(int32_t *)ret_member = value;
    return true;
}

static void append_duration(int64_t value, struct strbuf *out)
{
    append_with_unit(value, duration_units, COUNT_OF(duration_units), out);
}

static void append_size(int64_t value, struct strbuf *out)
{
    append_with_unit(value, size_units, COUNT_OF(size_units), out);
}

static void append_integer(int64_t value, struct strbuf *out)
{
    strbuf_append_i64(out, value);
}

struct kind {
    const char *word;
    const char *article_and_sample; /* after "must be" */
    bool (*parse)(const struct setting *row, struct str text, void *ret_member);
    void (*append_bound)(int64_t value, struct strbuf *out);
};

/* clang-format off */
static const struct kind kinds[] = {
    [SETTING_TEXT]     = {"text",     "one line of text",            parse_text,     append_integer},
    [SETTING_INTEGER]  = {"integer",  "a whole number",              parse_integer,  append_integer},
    [SETTING_BOOLEAN]  = {"boolean",  "true or false",               parse_boolean,  append_integer},
    [SETTING_DURATION] = {"duration", "a duration such as 500ms, 30s, 15m, 24h or 7d", parse_duration, append_duration},
    [SETTING_SIZE]     = {"size",     "a size such as 512, 64K, 16M or 2G", parse_size, append_size},
    [SETTING_ENUM]     = {"word",     "one of",                      parse_enum,     append_integer},
};
/* clang-format on */

bool setting_parse(const struct setting *row, struct str text, void *settings)
{
    return kinds[row->kind].parse(row, text, (char *)settings + row->offset);
}

const char *setting_kind_word(enum setting_kind kind)
{
    return kinds[kind].word;
}

static void append_words(const struct enum_table *table, struct strbuf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < table->count; i++) {
        if (table->words[i] == NULL)
            continue;
        strbuf_append_cstr(out, separator);
        strbuf_append_cstr(out, table->words[i]);
        separator = ", ";
    }
}

static void append_bounds(const struct setting *row, struct strbuf *out)
{
    void (*append)(int64_t value, struct strbuf * out) = kinds[row->kind].append_bound;
    append(row->min, out);
    strbuf_append_cstr(out, " to ");
    append(row->kind == SETTING_TEXT ? text_max(row) : row->max, out);
}

bool setting_has_range(const struct setting *row)
{
    return row->kind == SETTING_ENUM || (row->kind != SETTING_BOOLEAN && is_bounded(row));
}

void setting_describe_range(const struct setting *row, struct strbuf *out)
{
    if (!setting_has_range(row))
        return;
    if (row->kind == SETTING_ENUM)
        append_words(row->values, out);
    else
        append_bounds(row, out);
    if (row->kind == SETTING_TEXT)
        strbuf_append_cstr(out, " bytes");
}

void setting_describe(const struct setting *row, struct strbuf *out)
{
    strbuf_append_cstr(out, kinds[row->kind].article_and_sample);
    if (setting_has_range(row))
        strbuf_append_cstr(out, row->kind == SETTING_ENUM ? " " : ", ");
    setting_describe_range(row, out);
}

/* HOST[:PORT] of what follows "://"; absent when an '@' beyond it makes unsure where a password ends. */
static struct str shown_host(struct str rest)
{
    size_t end = 0;
    size_t start = 0;
    while (end < rest.len && memchr("/?#", rest.ptr[end], 3) == NULL) {
        if (rest.ptr[end++] == '@')
            start = end;
    }
    return str_find_byte(rest, '@', end) < 0 ? str_slice(rest, start, end - start) : STR_NONE;
}

static void append_masked_url(struct str text, size_t authority, struct strbuf *out)
{
    struct str rest = str_slice(text, authority, text.len);
    struct str host = shown_host(rest);
    strbuf_append(out, str_slice(text, 0, authority));
    if (host.ptr == NULL) {
        strbuf_append_cstr(out, "***");
        return;
    }
    strbuf_append_cstr(out, host.ptr != rest.ptr ? "***@" : "");
    strbuf_append(out, host);
    strbuf_append_cstr(out, host.ptr + host.len != rest.ptr + rest.len ? "/***" : "");
}

void setting_append_masked(const struct setting *row, struct str text, struct strbuf *out)
{
    ptrdiff_t scheme = str_find(text, STR("://"));
    if (!row->is_secret || text.len == 0)
        strbuf_append(out, text);
    else if (scheme < 0)
        strbuf_append_cstr(out, "***");
    else
        append_masked_url(text, (size_t)scheme + 3, out);
}
