/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Parser of .env files: one pass, a line at a time; a bad line is reported and the next one is read. */
#include "platform/config/env_file.h"

#include <stdbool.h>

#include "base/require/require.h"
#include "base/text/utf8.h"

struct line_reader {
    struct arena *arena;
    struct str rest; /* of the line */
    const char *problem;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_byte(char c, bool is_first)
{
    bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    return is_letter || (!is_first && c >= '0' && c <= '9');
}

static void skip(struct line_reader *line, size_t count)
{
    line->rest = str_slice(line->rest, count, line->rest.len - count);
}

static void skip_blanks(struct line_reader *line)
{
    size_t count = 0;
    while (count < line->rest.len && is_blank(line->rest.ptr[count]))
        count++;
    skip(line, count);
}

static struct str take_name(struct line_reader *line)
{
    size_t len = 0;
    while (len < line->rest.len && is_name_byte(line->rest.ptr[len], len == 0))
        len++;
    struct str name = str_slice(line->rest, 0, len);
    skip(line, len);
    return name;
}

/* The byte that a backslash and `c` stand for inside double quotes; 0 when the pair means nothing. */
static char unescape(char c)
{
    static const char pairs[][2] = {{'\\', '\\'}, {'"', '"'},  {'$', '$'},
                                    {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (pairs[i][0] == c)
            return pairs[i][1];
    }
    return 0;
}

static struct str take_single_quoted(struct line_reader *line)
{
    ptrdiff_t end = str_find_byte(line->rest, '\'', 1);
    if (end < 0) {
        line->problem = "lacks the closing '";
        return STR_NONE;
    }
    struct str value = str_slice(line->rest, 1, (size_t)end - 1);
    skip(line, (size_t)end + 1);
    return value;
}

static struct str take_double_quoted(struct line_reader *line)
{
    char *bytes = arena_alloc(line->arena, line->rest.len);
    size_t len = 0;
    for (size_t at = 1; at < line->rest.len; at++) {
        char c = line->rest.ptr[at];
        if (c == '"') {
            skip(line, at + 1);
            return str_from(bytes, len);
        }
        if (c == '\\') {
            at++;
            c = at < line->rest.len ? unescape(line->rest.ptr[at]) : 0;
            if (c == 0) {
                line->problem = "has an unknown escape; \\\\ \\\" \\$ \\n \\r \\t are known";
                return STR_NONE;
            }
        }
        bytes[len++] = c;
    }
    line->problem = "lacks the closing \"";
    return STR_NONE;
}

/* Up to the comment, which needs a blank before it: a password may hold a '#'. */
static struct str take_bare(struct line_reader *line)
{
    size_t len = 0;
    while (len < line->rest.len &&
           !(line->rest.ptr[len] == '#' && (len == 0 || is_blank(line->rest.ptr[len - 1]))))
        len++;
    struct str value = str_trim(str_slice(line->rest, 0, len));
    skip(line, len);
    return value;
}

static struct str take_value(struct line_reader *line)
{
    char first = line->rest.len > 0 ? line->rest.ptr[0] : '\0';
    switch (first) {
    case '\'':
        return take_single_quoted(line);
    case '"':
        return take_double_quoted(line);
    default:
        return take_bare(line);
    }
}

static void skip_export(struct line_reader *line)
{
    struct str word = STR("export");
    if (str_starts_with(line->rest, word) && line->rest.len > word.len &&
        is_blank(line->rest.ptr[word.len])) {
        skip(line, word.len);
        skip_blanks(line);
    }
}

/* False for a blank or comment line and, with line->problem set, for a bad one. */
static bool read_line(struct line_reader *line, struct env_entry *ret_entry)
{
    skip_blanks(line);
    if (line->rest.len == 0 || line->rest.ptr[0] == '#')
        return false;
    if (!utf8_is_valid(line->rest) || memchr(line->rest.ptr, '\0', line->rest.len) != NULL) {
        line->problem = "is not UTF-8 text";
        return false;
    }
    skip_export(line);
    struct str name = take_name(line);
    if (name.len == 0 || line->rest.len == 0 || line->rest.ptr[0] != '=') {
        line->problem = "is not of the form NAME=value";
        return false;
    }
    skip(line, 1);
    ret_entry->name = name;
    ret_entry->value = take_value(line);
    skip_blanks(line);
    if (line->problem == NULL && line->rest.len > 0 && line->rest.ptr[0] != '#')
        line->problem = "has text after the closing quote";
    return line->problem == NULL;
}

static const struct env_entry *find_entry(const struct env_entries *entries, struct str name)
{
    for (size_t i = 0; i < entries->list.count; i++) {
        if (str_equal(entries->list.items[i].name, name))
            return &entries->list.items[i];
    }
    return NULL;
}

static struct str without_mark(struct str text)
{
    struct str mark = STR("\xEF\xBB\xBF");
    return str_starts_with(text, mark) ? str_slice(text, mark.len, text.len - mark.len) : text;
}

void env_file_parse(struct arena *arena, struct str file, struct str text, struct env_entries *entries,
                    struct strbuf *problems)
{
    struct str rest = without_mark(text);
    struct str part;
    for (size_t number = 1; str_split(&rest, '\n', &part); number++) {
        if (part.len > 0 && part.ptr[part.len - 1] == '\r')
            part.len--;
        struct line_reader line = {.arena = arena, .rest = part};
        struct env_entry entry = {.line = number};
        bool is_entry = read_line(&line, &entry);
        const struct env_entry *before = is_entry ? find_entry(entries, entry.name) : NULL;
        if (line.problem != NULL)
            strbuf_printf(problems, "%" STR_FMT ":%zu: the line %s\n", STR_ARG(file), number, line.problem);
        else if (before != NULL)
            strbuf_printf(problems, "%" STR_FMT ":%zu: %" STR_FMT " is set twice, first on line %zu\n",
                          STR_ARG(file), number, STR_ARG(entry.name), before->line);
        else if (is_entry)
            *VEC_PUSH(arena, &entries->list) = entry;
    }
}
