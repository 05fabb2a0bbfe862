/* SPDX-License-Identifier: AGPL-3.0-or-later
 * JSON_UNIQUE: sorts pointers to the items, so that long lists cost n log n. */
#include "base/json/json_accept.h"
#include "base/mem/arena.h"

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_money(const struct money *a, const struct money *b)
{
    int order = memcmp(a->currency.code, b->currency.code, sizeof(a->currency.code));
    return order != 0 ? order : compare_i64(a->minor, b->minor);
}

static int compare_f64(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_items(enum json_kind kind, const void *a, const void *b)
{
    switch (kind) {
    case JSON_KIND_BOOL:
        return (int)*(const bool *)a - (int)*(const bool *)b;
    case JSON_KIND_I64:
        return compare_i64(*(const int64_t *)a, *(const int64_t *)b);
    case JSON_KIND_F64:
        return compare_f64(*(const double *)a, *(const double *)b);
    case JSON_KIND_TEXT:
        return str_compare(*(const struct str *)a, *(const struct str *)b);
    case JSON_KIND_ENUM:
        return compare_i64(*(const int32_t *)a, *(const int32_t *)b);
    case JSON_KIND_ID:
        return id_compare(*(const struct id *)a, *(const struct id *)b);
    case JSON_KIND_INSTANT:
        return compare_i64(((const struct instant *)a)->us, ((const struct instant *)b)->us);
    case JSON_KIND_MONEY:
        return compare_money(a, b);
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
    case JSON_KIND_RAW:
    case JSON_KIND_COUNT:
        break;
    }
    UNREACHABLE("json_type_check refuses unique items of that kind");
}

/* For qsort_r: equal items in the order of the list, so that the first of them counts as the original. */
static int compare_places(const void *a, const void *b, void *arg)
{
    const enum json_kind *kind = arg;
    const char *item_a = *(const char *const *)a;
    const char *item_b = *(const char *const *)b;
    int order = compare_items(*kind, item_a, item_b);
    return order != 0 ? order : (item_a > item_b) - (item_a < item_b);
}

void json_accept_unique(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, const struct array *stored)
{
    enum json_kind kind = field->element;
    size_t size = json_kinds[kind].size;
    const char *items = stored->items;
    const char **places = ARENA_ARRAY(report->arena, const char *, stored->count);
    bool *is_repeated = ARENA_ARRAY(report->arena, bool, stored->count);
    for (size_t i = 0; i < stored->count; i++)
        places[i] = items + i * size;
    qsort_r(places, stored->count, sizeof(*places), compare_places, &kind);
    for (size_t i = 1; i < stored->count; i++) {
        if (compare_items(kind, places[i - 1], places[i]) == 0)
            is_repeated[(size_t)(places[i] - items) / size] = true;
    }
    for (size_t i = 0; i < stored->count; i++) {
        struct json_path item = {.parent = path, .index = i};
        if (is_repeated[i])
            json_violate(report, &item, "unique", "must differ from the items before it");
    }
}
