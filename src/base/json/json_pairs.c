/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Decoding of names and values, as query strings and path parameters have them, by the same rows. */
#include "base/json/json_accept.h"
#include "base/json/json_read.h"
#include "base/text/utf8.h"

struct pair_reader {
    const struct json_type *type;
    const struct json_pair *pairs;
    size_t count;
    struct json_report report;
};

static void violate_type(struct json_report *report, const struct json_path *path,
                         const struct json_field *field)
{
    json_violate(report, path, "type", "%s", json_kinds[field->kind].must_be);
}

static void accept_bool(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, struct str value, bool *slot)
{
    bool is_true = str_equal(value, STR("true"));
    if (is_true || str_equal(value, STR("false")))
        *slot = is_true;
    else
        violate_type(report, path, field);
}

static void accept_number(struct json_report *report, const struct json_path *path,
                          const struct json_field *field, struct str value, void *slot)
{
    struct json_scan scan;
    struct json_number number;
    json_scan_init(&scan, value);
    if (value.len != 0 && json_scan_number(&scan, &number) && scan.at == scan.end)
        json_accept_number(report, path, field, &number, slot);
    else
        violate_type(report, path, field);
}

static void accept_text(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, struct str value, void *slot)
{
    if (value.ptr == NULL)
        value = STR(""); /* given, though without a value */
    if (utf8_is_valid(value))
        json_accept_text(report, path, field, value, JSON_MARK_WIDE | JSON_MARK_SUSPECT, slot);
    else
        json_violate(report, path, "characters", "must be valid UTF-8");
}

static void accept_value(struct json_report *report, const struct json_path *path,
                         const struct json_field *field, struct str value, void *slot)
{
    switch (field->kind) {
    case JSON_KIND_BOOL:
        accept_bool(report, path, field, value, slot);
        return;
    case JSON_KIND_I64:
    case JSON_KIND_F64:
        accept_number(report, path, field, value, slot);
        return;
    case JSON_KIND_TEXT:
    case JSON_KIND_ENUM:
    case JSON_KIND_ID:
    case JSON_KIND_INSTANT:
        accept_text(report, path, field, value, slot);
        return;
    case JSON_KIND_MONEY:
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
    case JSON_KIND_RAW:
    case JSON_KIND_COUNT:
        break;
    }
    UNREACHABLE("the type fits pairs");
}

/* All values of that name, from the pair `from` on. */
static size_t count_values(const struct pair_reader *reader, struct str name, size_t from)
{
    size_t count = 0;
    for (size_t i = from; i < reader->count; i++)
        count += str_equal(reader->pairs[i].name, name);
    return count;
}

static void read_values(struct pair_reader *reader, const struct json_field *field, size_t from,
                        struct array *slot)
{
    struct json_path path = {.name = json_field_name(field)};
    struct json_path item = {.parent = &path};
    struct json_field item_field = json_item_field(field);
    size_t violations = reader->report.count;
    size_t size = json_field_size(&item_field);
    size_t max = (size_t)json_field_limits(field).max;
    size_t count = count_values(reader, path.name, from);
    char *items = arena_alloc_array(reader->report.arena, count < max ? count : max, size);
    for (size_t i = from; i < reader->count && item.index < max; i++) {
        if (!str_equal(reader->pairs[i].name, path.name))
            continue;
        accept_value(&reader->report, &item, &item_field, reader->pairs[i].value, items + item.index * size);
        item.index++;
    }
    *slot = (struct array){.items = items, .count = item.index};
    if (reader->report.count == violations && (field->flags & JSON_UNIQUE) != 0)
        json_accept_unique(&reader->report, &path, field, slot);
    json_accept_count(&reader->report, &path, field, count);
}

static struct error *repeated(struct arena *arena, const struct json_path *path)
{
    struct error *error =
        ERROR_IN(arena, json_malformed, "the parameter %" STR_FMT " is given twice", STR_ARG(path->name));
    error_add_violation(arena, error, json_path_pointer(arena, path), "duplicate", "appears twice");
    return error;
}

static struct error *read_pair(struct pair_reader *reader, size_t at, uint64_t *seen, char *object)
{
    const struct json_pair *pair = &reader->pairs[at];
    struct json_path path = {.name = str_is_empty(pair->name) ? STR("") : pair->name};
    size_t row = json_find_row(reader->type, pair->name, 0);
    if (row == reader->type->count) {
        if (!reader->type->ignore_unknown)
            json_violate(&reader->report, &path, "unknown", "is not a parameter that is known here");
        return NULL;
    }
    const struct json_field *field = &reader->type->fields[row];
    bool was_seen = (seen[row / 64] >> (row % 64) & 1) != 0;
    seen[row / 64] |= UINT64_C(1) << (row % 64);
    if (field->kind != JSON_KIND_ARRAY && was_seen)
        return repeated(reader->report.arena, &path);
    if (field->kind != JSON_KIND_ARRAY)
        accept_value(&reader->report, &path, field, pair->value, object + field->offset);
    else if (!was_seen) /* the first of its name takes them all */
        read_values(reader, field, at, (struct array *)(void *)(object + field->offset));
    return NULL;
}

static void finish_pairs(struct pair_reader *reader, const uint64_t *seen, char *object)
{
    const struct json_type *type = reader->type;
    for (size_t i = 0; i < type->count; i++) {
        const struct json_field *field = &type->fields[i];
        struct json_path path = {.name = json_field_name(field)};
        if ((seen[i / 64] >> (i % 64) & 1) == 0)
            json_accept_absent(&reader->report, &path, field, object + field->offset);
    }
    if (type->presence_offset_plus_1 != 0)
        memcpy(object + (type->presence_offset_plus_1 - 1), &seen[0], sizeof(seen[0]));
}

struct error *json_decode_pairs(struct arena *arena, const struct json_type *type,
                                const struct json_pair *pairs, size_t count, void *ret_object)
{
    struct pair_reader reader = {.type = type, .pairs = pairs, .count = count, .report = {.arena = arena}};
    uint64_t seen[JSON_MAX_FIELDS / 64] = {0};
    REQUIRE(json_fits_pairs(type)); /* whatever the request holds, so that no client finds it first */
    memset(ret_object, 0, type->size);
    for (size_t i = 0; i < count; i++)
        TRY(read_pair(&reader, i, seen, ret_object));
    finish_pairs(&reader, seen, ret_object);
    return json_report_finish(&reader.report);
}
