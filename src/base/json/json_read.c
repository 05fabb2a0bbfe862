/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One pass over the text, straight into the structs that descriptors describe; there is no tree.
 *
 * Functions return false only when the text is not JSON; broken rules are noted in the report and the
 * reading goes on, so that all of them are found. Recursion is bounded by JSON_MAX_DEPTH. */
#include "base/json/json_read.h"

#include "base/json/json_accept.h"
#include "base/json/json_names.h"

struct json_reader {
    struct json_scan scan;
    struct json_names names;
    struct json_report report;
    struct str repeated_pointer; /* of a name that made the text malformed; else absent */
    int depth;
};

/* One described object while it is read. */
struct open_object {
    const struct json_type *type;
    char *object;
    uint64_t seen[JSON_MAX_FIELDS / 64];
    size_t hint; /* the row that is expected next */
    size_t names_mark;
    struct json_path path; /* at the present member */
};

/* One array while it is read. */
struct open_array {
    struct json_field item;
    size_t item_size;
    size_t max_count;
    struct array stored;
    size_t capacity;
    size_t count; /* of the items in the text */
    struct json_path path;
};

static bool read_value(struct json_reader *reader, const struct json_field *field, void *slot,
                       const struct json_path *path);
static bool skip_value(struct json_reader *reader, const struct json_path *path);

/* Steps over the bracket. */
static bool enter(struct json_reader *reader)
{
    if (reader->depth == JSON_MAX_DEPTH)
        return json_scan_fail(&reader->scan, reader->scan.at, "nested more than 32 levels deep");
    reader->depth++;
    reader->scan.at++;
    return true;
}

/* Behind an opening bracket (is_first) or an item: steps to the next item, or over the closing bracket. */
static inline bool has_more(struct json_reader *reader, bool is_first, char close, bool *ret_more)
{
    struct json_scan *scan = &reader->scan;
    json_scan_blanks(scan);
    *ret_more = !json_scan_is(scan, close);
    if (!*ret_more) {
        reader->depth--;
        scan->at++;
        return true;
    }
    if (is_first)
        return true;
    if (!json_scan_is(scan, ','))
        return json_scan_fail(scan, scan->at, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    scan->at++;
    json_scan_blanks(scan);
    return true;
}

static inline bool read_colon(struct json_scan *scan)
{
    json_scan_blanks(scan);
    if (!json_scan_is(scan, ':'))
        return json_scan_fail(scan, scan->at, "expected ':'");
    scan->at++;
    json_scan_blanks(scan);
    return true;
}

static bool read_name(struct json_reader *reader, struct str *ret)
{
    struct json_span span;
    if (!json_scan_is(&reader->scan, '"'))
        return json_scan_fail(&reader->scan, reader->scan.at, "expected the name of a member");
    if (!json_scan_string(&reader->scan, &span))
        return false;
    *ret = json_span_text(reader->report.arena, span);
    return true;
}

static bool fail_repeated(struct json_reader *reader, const char *at, const struct json_path *path)
{
    reader->repeated_pointer = json_path_pointer(reader->report.arena, path);
    return json_scan_fail(&reader->scan, at, "the name of this member appears twice in its object");
}

static bool starts_number(char first)
{
    return first == '-' || (first >= '0' && first <= '9');
}

/* A member that no row describes; its value is checked and dropped.
 * NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool skip_member(struct json_reader *reader, size_t names_mark, struct json_path *path)
{
    const char *at = reader->scan.at;
    if (!read_name(reader, &path->name))
        return false;
    if (!json_names_add(&reader->names, names_mark, path->name))
        return fail_repeated(reader, at, path);
    return read_colon(&reader->scan) && skip_value(reader, path);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool skip_object(struct json_reader *reader, const struct json_path *parent)
{
    struct json_path path = {.parent = parent};
    size_t mark = json_names_open(&reader->names);
    bool has_member = true;
    if (!enter(reader))
        return false;
    for (bool is_first = true;; is_first = false) {
        if (!has_more(reader, is_first, '}', &has_member))
            return false;
        if (!has_member)
            break;
        if (!skip_member(reader, mark, &path))
            return false;
    }
    json_names_close(&reader->names, mark);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool skip_array(struct json_reader *reader, const struct json_path *parent)
{
    struct json_path path = {.parent = parent};
    bool has_item = true;
    if (!enter(reader))
        return false;
    for (;; path.index++) {
        if (!has_more(reader, path.index == 0, ']', &has_item))
            return false;
        if (!has_item)
            return true;
        if (!skip_value(reader, &path))
            return false;
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool skip_value(struct json_reader *reader, const struct json_path *path)
{
    struct json_scan *scan = &reader->scan;
    struct json_span span;
    struct json_number number;
    if (scan->at == scan->end)
        return json_scan_fail(scan, scan->at, "expected a value");
    switch (*scan->at) {
    case '{':
        return skip_object(reader, path);
    case '[':
        return skip_array(reader, path);
    case '"':
        return json_scan_string(scan, &span);
    case 't':
        return json_scan_word(scan, STR("true"));
    case 'f':
        return json_scan_word(scan, STR("false"));
    case 'n':
        return json_scan_word(scan, STR("null"));
    default:
        if (starts_number(*scan->at))
            return json_scan_number(scan, &number);
        return json_scan_fail(scan, scan->at, "expected a value");
    }
}

static bool read_wrong_type(struct json_reader *reader, const struct json_field *field,
                            const struct json_path *path)
{
    bool is_known = skip_value(reader, path);
    if (is_known)
        json_violate(&reader->report, path, "type", "%s", json_kinds[field->kind].must_be);
    return is_known;
}

static bool read_null(struct json_reader *reader, const struct json_field *field, void *slot,
                      const struct json_path *path)
{
    if (!json_scan_word(&reader->scan, STR("null")))
        return false;
    if ((field->flags & JSON_NULLABLE) == 0)
        json_violate(&reader->report, path, "type", "must not be null");
    else if (field->kind == JSON_KIND_ENUM)
        *(int32_t *)slot = -1;
    return true;
}

static bool read_bool(struct json_reader *reader, const struct json_field *field, bool *slot,
                      const struct json_path *path)
{
    char first = *reader->scan.at;
    if (first != 't' && first != 'f')
        return read_wrong_type(reader, field, path);
    if (!json_scan_word(&reader->scan, first == 't' ? STR("true") : STR("false")))
        return false;
    *slot = first == 't';
    return true;
}

static bool read_number(struct json_reader *reader, const struct json_field *field, void *slot,
                        const struct json_path *path)
{
    struct json_number number;
    if (!starts_number(*reader->scan.at))
        return read_wrong_type(reader, field, path);
    if (!json_scan_number(&reader->scan, &number))
        return false;
    json_accept_number(&reader->report, path, field, &number, slot);
    return true;
}

static bool read_text(struct json_reader *reader, const struct json_field *field, void *slot,
                      const struct json_path *path)
{
    struct json_span span;
    if (*reader->scan.at != '"')
        return read_wrong_type(reader, field, path);
    if (!json_scan_string(&reader->scan, &span))
        return false;
    struct str text = json_span_text(reader->report.arena, span);
    json_accept_text(&reader->report, path, field, text, span.marks, slot);
    return true;
}

static bool read_raw(struct json_reader *reader, const struct json_field *field, struct str *slot,
                     const struct json_path *path)
{
    const char *start = reader->scan.at;
    if (!skip_value(reader, path))
        return false;
    *slot = str_from(start, (size_t)(reader->scan.at - start));
    json_accept_raw(&reader->report, path, field, *slot);
    return true;
}

/* Does the expected row come next? Then its name need not be scanned. */
static inline bool is_expected_row(const struct json_reader *reader, const struct open_object *open)
{
    if (open->hint == open->type->count || !json_scan_is(&reader->scan, '"'))
        return false;
    struct str name = json_field_name(&open->type->fields[open->hint]);
    const char *at = reader->scan.at + 1;
    size_t left = (size_t)(reader->scan.end - at);
    return left > name.len && at[name.len] == '"' && memcmp(at, name.ptr, name.len) == 0;
}

static bool read_unknown(struct json_reader *reader, struct open_object *open, const char *at,
                         struct str name)
{
    open->path.name = name;
    if (!json_names_add(&reader->names, open->names_mark, name))
        return fail_repeated(reader, at, &open->path);
    if (!open->type->ignore_unknown)
        json_violate(&reader->report, &open->path, "unknown", "is not a member that is known here");
    return read_colon(&reader->scan) && skip_value(reader, &open->path);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_row(struct json_reader *reader, struct open_object *open, size_t row, const char *at)
{
    const struct json_field *field = &open->type->fields[row];
    uint64_t bit = UINT64_C(1) << (row % 64);
    open->path.name = json_field_name(field);
    if ((open->seen[row / 64] & bit) != 0)
        return fail_repeated(reader, at, &open->path);
    open->seen[row / 64] |= bit;
    open->hint = row + 1;
    return read_colon(&reader->scan) && read_value(reader, field, open->object + field->offset, &open->path);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_member(struct json_reader *reader, struct open_object *open)
{
    const char *at = reader->scan.at;
    if (is_expected_row(reader, open)) {
        reader->scan.at += json_field_name(&open->type->fields[open->hint]).len + 2;
        return read_row(reader, open, open->hint, at);
    }
    struct str name = STR_NONE;
    if (!read_name(reader, &name))
        return false;
    size_t row = json_find_row(open->type, name, open->hint);
    return row < open->type->count ? read_row(reader, open, row, at) : read_unknown(reader, open, at, name);
}

/* What was not there: required members and fallbacks. */
static void finish_object(struct json_reader *reader, struct open_object *open)
{
    const struct json_type *type = open->type;
    json_names_close(&reader->names, open->names_mark);
    for (size_t i = 0; i < type->count; i++) {
        const struct json_field *field = &type->fields[i];
        if ((open->seen[i / 64] >> (i % 64) & 1) != 0)
            continue;
        open->path.name = json_field_name(field);
        json_accept_absent(&reader->report, &open->path, field, open->object + field->offset);
    }
    if (type->presence_offset_plus_1 != 0)
        memcpy(open->object + (type->presence_offset_plus_1 - 1), &open->seen[0], sizeof(open->seen[0]));
}

/* At '{'. NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_object(struct json_reader *reader, const struct json_type *type, void *object,
                        const struct json_path *parent)
{
    struct open_object open = {.type = type, .object = object, .path = {.parent = parent}};
    bool has_member = true;
    open.names_mark = json_names_open(&reader->names);
    if (!enter(reader))
        return false;
    for (bool is_first = true;; is_first = false) {
        if (!has_more(reader, is_first, '}', &has_member))
            return false;
        if (!has_member)
            break;
        if (!read_member(reader, &open))
            return false;
    }
    finish_object(reader, &open);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_nested(struct json_reader *reader, const struct json_field *field, void *slot,
                        const struct json_path *path)
{
    if (*reader->scan.at != '{')
        return read_wrong_type(reader, field, path);
    return read_object(reader, field->type, slot, path);
}

/* NOLINTNEXTLINE(misc-no-recursion): money holds no money, so it ends after one step */
static bool read_money(struct json_reader *reader, const struct json_field *field, struct money *slot,
                       const struct json_path *path)
{
    struct json_money money = {0};
    size_t violations = reader->report.count;
    if (*reader->scan.at != '{')
        return read_wrong_type(reader, field, path);
    if (!read_object(reader, &json_money_type, &money, path))
        return false;
    if (reader->report.count == violations)
        json_accept_money(&reader->report, path, field, &money, slot);
    return true;
}

/* Where the next item goes. Once the result is lost to a violation, objects share one place: an input
 * of many small invalid objects does not cost memory. */
static void *next_item(struct json_reader *reader, struct open_array *open)
{
    bool is_lost =
        reader->report.count != 0 && open->item.kind == JSON_KIND_OBJECT && open->stored.count != 0;
    size_t needed = open->stored.count + (is_lost ? 0 : 1);
    if (needed > open->capacity)
        vec_grow(reader->report.arena, &open->stored.items, &open->capacity, needed, open->item_size);
    open->stored.count = needed;
    char *item = (char *)open->stored.items + (needed - 1) * open->item_size;
    memset(item, 0, open->item_size);
    return item;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_item(struct json_reader *reader, struct open_array *open)
{
    open->path.index = open->count++;
    if (open->count > open->max_count)
        return skip_value(reader, &open->path);
    return read_value(reader, &open->item, next_item(reader, open), &open->path);
}

static void finish_array(struct json_reader *reader, const struct json_field *field, struct open_array *open,
                         size_t violations, struct array *slot)
{
    struct json_report *report = &reader->report;
    if (report->count == violations && (field->flags & JSON_UNIQUE) != 0)
        json_accept_unique(report, open->path.parent, field, &open->stored);
    json_accept_count(report, open->path.parent, field, open->count);
    if (open->stored.items == NULL)
        open->stored.items = arena_alloc(report->arena, 0); /* [] is not null */
    *slot = open->stored;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_array(struct json_reader *reader, const struct json_field *field, struct array *slot,
                       const struct json_path *parent)
{
    struct open_array open = {.item = json_item_field(field), .path = {.parent = parent}};
    size_t violations = reader->report.count;
    bool has_item = true;
    if (*reader->scan.at != '[')
        return read_wrong_type(reader, field, parent);
    if (!enter(reader))
        return false;
    open.item_size = json_field_size(&open.item);
    open.max_count = (size_t)json_field_limits(field).max;
    for (;;) {
        if (!has_more(reader, open.count == 0, ']', &has_item))
            return false;
        if (!has_item)
            break;
        if (!read_item(reader, &open))
            return false;
    }
    finish_array(reader, field, &open, violations, slot);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_MAX_DEPTH */
static bool read_value(struct json_reader *reader, const struct json_field *field, void *slot,
                       const struct json_path *path)
{
    if (reader->scan.at == reader->scan.end)
        return json_scan_fail(&reader->scan, reader->scan.at, "expected a value");
    if (*reader->scan.at == 'n')
        return read_null(reader, field, slot, path);
    switch (field->kind) {
    case JSON_KIND_BOOL:
        return read_bool(reader, field, slot, path);
    case JSON_KIND_I64:
    case JSON_KIND_F64:
        return read_number(reader, field, slot, path);
    case JSON_KIND_TEXT:
    case JSON_KIND_ENUM:
    case JSON_KIND_ID:
    case JSON_KIND_INSTANT:
        return read_text(reader, field, slot, path);
    case JSON_KIND_MONEY:
        return read_money(reader, field, slot, path);
    case JSON_KIND_OBJECT:
        return read_nested(reader, field, slot, path);
    case JSON_KIND_ARRAY:
        return read_array(reader, field, slot, path);
    case JSON_KIND_RAW:
        return read_raw(reader, field, slot, path);
    case JSON_KIND_COUNT:
        break;
    }
    UNREACHABLE("not a kind");
}

/* The value with blanks around it. field NULL: any value. */
static bool read_document(struct json_reader *reader, const struct json_field *field, void *object)
{
    json_scan_blanks(&reader->scan);
    if (field != NULL ? !read_value(reader, field, object, NULL) : !skip_value(reader, NULL))
        return false;
    json_scan_blanks(&reader->scan);
    if (reader->scan.at != reader->scan.end)
        return json_scan_fail(&reader->scan, reader->scan.at, "expected the end of the text");
    return true;
}

static struct error *malformed(const struct json_reader *reader)
{
    struct arena *arena = reader->report.arena;
    size_t line = 0;
    size_t column = 0;
    json_scan_place(&reader->scan, &line, &column);
    struct error *error =
        ERROR_IN(arena, json_malformed, "line %zu, column %zu: %s", line, column, reader->scan.failure);
    if (reader->repeated_pointer.ptr != NULL)
        error_add_violation(arena, error, reader->repeated_pointer, "duplicate", "appears twice");
    return error;
}

static struct error *read_whole(struct arena *arena, struct str text, const struct json_field *field,
                                void *object)
{
    struct json_reader reader = {.report = {.arena = arena}};
    json_scan_init(&reader.scan, text);
    bool is_json = read_document(&reader, field, object);
    json_names_fini(&reader.names);
    return is_json ? json_report_finish(&reader.report) : malformed(&reader);
}

struct error *json_decode(struct arena *arena, const struct json_type *type, struct str text,
                          void *ret_object)
{
    const struct json_field root = {.name = "", .kind = JSON_KIND_OBJECT, .type = type};
    memset(ret_object, 0, type->size);
    return read_whole(arena, text, &root, ret_object);
}

struct error *json_check(struct arena *arena, struct str text)
{
    return read_whole(arena, text, NULL, NULL);
}
