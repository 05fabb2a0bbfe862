/* SPDX-License-Identifier: AGPL-3.0-or-later
 * base/json beside jansson in one run: a body of about 0.9 KB read into a struct, a list of about 2.4 KB
 * written from structs. Both sides end with the same members in C variables and the same text. */
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/mem/arena.h"

#define ROUNDS  20000
#define BATCHES 15
#define ITEMS   6

struct licence {
    struct str name, kind;
    int64_t price;
    struct array features;
};

struct spec {
    struct str title, category, kind, description, currency;
    int64_t bpm;
    double energy;
    bool is_free;
    struct array genres, tags, moods, licences;
};

struct row {
    struct id id;
    struct instant made_at;
    struct money price;
    struct str title, slug, producer, cover_url;
    int64_t bpm, plays, favorites, duration_ms;
    double energy;
    bool is_free;
    struct array tags;
};

struct page {
    struct array items;
    struct str next_cursor;
    int64_t total;
};

/* clang-format off */
static const struct json_field licence_fields[] = {
    JSON_TEXT(struct licence, name, .min = 1, .max = 60, .flags = JSON_REQUIRED),
    JSON_TEXT(struct licence, kind, .min = 1, .max = 20, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct licence, price, .min = 0, .max = 10000000, .flags = JSON_REQUIRED),
    JSON_ARRAY(struct licence, features, JSON_KIND_TEXT, .item_min = 1, .item_max = 60),
};
static const struct json_type licence_type = JSON_TYPE("Licence", struct licence, licence_fields);

static const struct json_field spec_fields[] = {
    JSON_TEXT(struct spec, title, .min = 1, .max = 80, .flags = JSON_REQUIRED | JSON_TRIMMED),
    JSON_TEXT(struct spec, category, .min = 1, .max = 20, .flags = JSON_REQUIRED),
    JSON_TEXT(struct spec, kind, .min = 1, .max = 20, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct spec, bpm, .min = 20, .max = 400),
    JSON_NUMBER(struct spec, energy, .min = 0, .max = 1),
    JSON_BOOLEAN(struct spec, is_free),
    JSON_TEXT(struct spec, description, .min = 0, .max = 2000, .flags = JSON_MULTILINE),
    JSON_ARRAY(struct spec, genres, JSON_KIND_TEXT, .item_min = 1, .item_max = 30),
    JSON_ARRAY(struct spec, tags, JSON_KIND_TEXT, .item_min = 1, .item_max = 30),
    JSON_ARRAY(struct spec, moods, JSON_KIND_TEXT, .item_min = 1, .item_max = 30),
    JSON_TEXT(struct spec, currency, .min = 3, .max = 3),
    JSON_OBJECTS(struct spec, licences, &licence_type, .min = 0, .max = 20),
};
static const struct json_type spec_type = JSON_TYPE("Spec", struct spec, spec_fields);

static const struct json_field row_fields[] = {
    JSON_ID(struct row, id),
    JSON_TEXT(struct row, title),
    JSON_TEXT(struct row, slug),
    JSON_TEXT(struct row, producer),
    JSON_TEXT(struct row, cover_url),
    JSON_INTEGER(struct row, bpm),
    JSON_NUMBER(struct row, energy),
    JSON_BOOLEAN(struct row, is_free),
    JSON_MONEY(struct row, price),
    JSON_INTEGER(struct row, plays),
    JSON_INTEGER(struct row, favorites),
    JSON_INTEGER(struct row, duration_ms),
    JSON_ARRAY(struct row, tags, JSON_KIND_TEXT),
    JSON_INSTANT(struct row, made_at),
};
static const struct json_type row_type = JSON_TYPE("Row", struct row, row_fields);

static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct page, items, &row_type),
    JSON_TEXT(struct page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct page, total),
};
static const struct json_type page_type = JSON_TYPE("Page", struct page, page_fields);
/* clang-format on */

static const char body[] =
    "{\"title\":\"Night Drive on the Coast\",\"category\":\"beat\",\"kind\":\"hip_hop\",\"bpm\":92,\"energy\":0.62,"
    "\"is_free\":false,\"description\":\"Warm keys over a dusty break, recorded on tape in one evening.\\nLeave the "
    "tag in until you hold a licence; stems are in the larger ones. Sounds best loud, with the windows down. "
    "Free for promotion with a credit; ask for all that the licences below leave open.\","
    "\"genres\":[\"hip-hop\",\"lo-fi\"],\"tags\":[\"tape\",\"keys\",\"boom-bap\",\"late night\",\"dusty\"],"
    "\"moods\":[\"calm\",\"warm\"],\"currency\":\"USD\",\"licences\":["
    "{\"name\":\"MP3 lease\",\"kind\":\"lease\",\"price\":2999,\"features\":[\"MP3 320\",\"2 500 copies\"]},"
    "{\"name\":\"WAV lease\",\"kind\":\"lease\",\"price\":4999,\"features\":[\"MP3 320\",\"WAV\",\"5 000 copies\"]},"
    "{\"name\":\"Trackout\",\"kind\":\"lease\",\"price\":9999,\"features\":[\"WAV\",\"stems\",\"10 000 copies\"]},"
    "{\"name\":\"Exclusive\",\"kind\":\"exclusive\",\"price\":49999,\"features\":[\"WAV\",\"stems\",\"all rights\"]}]}";

static struct str row_tags[] = {STR_INIT("tape"), STR_INIT("keys"), STR_INIT("late night")};
static struct row rows[ITEMS];
static volatile size_t sink; /* keeps the work from being removed */

static void fill_rows(void)
{
    for (int i = 0; i < ITEMS; i++)
        rows[i] = (struct row){
            .id = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, (uint8_t)i}},
            .made_at = {INT64_C(1795160495123456) + i},
            .price = {2999, {"USD"}},
            .title = STR("Night Drive on the Coast"),
            .slug = STR("night-drive-on-the-coast"),
            .producer = STR("Ina \xC3\x98stergaard"),
            .cover_url = STR("/media/covers/018f2b3c/320.webp"),
            .bpm = 92 + i,
            .plays = 123456,
            .favorites = 789,
            .duration_ms = 187345,
            .energy = 0.625,
            .tags = {row_tags, COUNT_OF(row_tags)},
        };
}

static void parse_ours(struct arena *arena)
{
    struct spec spec = {0};
    arena_clear(arena);
    REQUIRE(json_decode(arena, &spec_type, STR(body), &spec) == NULL);
    sink += spec.title.len + spec.licences.count;
}

static size_t texts_of(json_t *list)
{
    size_t sum = 0;
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach(list, i, item) sum += json_string_length(item);
    return sum;
}

static void parse_jansson(struct arena *arena)
{
    (void)arena;
    json_t *root = json_loadb(body, sizeof(body) - 1, JSON_REJECT_DUPLICATES, NULL);
    const char *title = NULL, *category = NULL, *kind = NULL, *description = NULL, *currency = NULL;
    json_t *genres = NULL, *tags = NULL, *moods = NULL, *licences = NULL, *licence = NULL;
    json_int_t bpm = 0;
    double energy = 0;
    int is_free = 0;
    size_t i = 0;
    REQUIRE(json_unpack(root, "{s:s, s:s, s:s, s:I, s:f, s:b, s:s, s:o, s:o, s:o, s:s, s:o !}", "title",
                        &title, "category", &category, "kind", &kind, "bpm", &bpm, "energy", &energy,
                        "is_free", &is_free, "description", &description, "genres", &genres, "tags", &tags,
                        "moods", &moods, "currency", &currency, "licences", &licences) == 0);
    sink += texts_of(genres) + texts_of(tags) + texts_of(moods) + (size_t)bpm;
    json_array_foreach(licences, i, licence)
    {
        const char *name = NULL, *licence_kind = NULL;
        json_int_t price = 0;
        json_t *features = NULL;
        REQUIRE(json_unpack(licence, "{s:s, s:s, s:I, s:o !}", "name", &name, "kind", &licence_kind, "price",
                            &price, "features", &features) == 0);
        sink += texts_of(features) + (size_t)price;
    }
    json_decref(root);
}

static struct str build_ours(struct arena *arena)
{
    struct page page = {.items = {rows, ITEMS}, .next_cursor = STR("b3JkZXI6MTc5NTE2MDQ5NQ"), .total = 1000};
    arena_clear(arena);
    return json_encode(arena, &page_type, &page);
}

static json_t *jansson_row(struct arena *arena, const struct row *row)
{
    json_t *tags = json_array();
    const struct str *items = row->tags.items;
    for (size_t i = 0; i < row->tags.count; i++)
        json_array_append_new(tags, json_stringn(items[i].ptr, items[i].len));
    struct str id = id_str(arena, row->id);
    struct str made_at = instant_str(arena, row->made_at);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:f, s:b, s:{s:I, s:s}, s:I, s:I, s:I, s:o, s:s}", "id",
                     id.ptr, "title", row->title.ptr, "slug", row->slug.ptr, "producer", row->producer.ptr,
                     "cover_url", row->cover_url.ptr, "bpm", (json_int_t)row->bpm, "energy", row->energy,
                     "is_free", (int)row->is_free, "price", "amount", (json_int_t)row->price.minor,
                     "currency", row->price.currency.code, "plays", (json_int_t)row->plays, "favorites",
                     (json_int_t)row->favorites, "duration_ms", (json_int_t)row->duration_ms, "tags", tags,
                     "made_at", made_at.ptr);
}

static struct str build_jansson(struct arena *arena)
{
    json_t *items = json_array();
    arena_clear(arena);
    for (size_t i = 0; i < ITEMS; i++)
        json_array_append_new(items, jansson_row(arena, &rows[i]));
    json_t *root =
        json_pack("{s:o, s:s, s:i}", "items", items, "next_cursor", "b3JkZXI6MTc5NTE2MDQ5NQ", "total", 1000);
    char *text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
    struct str result = arena_str(arena, str_cstr(text));
    free(text);
    json_decref(root);
    return result;
}

static void write_ours(struct arena *arena)
{
    sink += build_ours(arena).len;
}

static void write_jansson(struct arena *arena)
{
    sink += build_jansson(arena).len;
}

static double seconds_now(void)
{
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CPU time of one call in microseconds: the best batch, because the machine may be shared. */
static double measure(void (*work)(struct arena *), struct arena *arena, int rounds)
{
    double best = 1e9;
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = seconds_now();
        for (int i = 0; i < rounds; i++)
            work(arena);
        double each = (seconds_now() - start) * 1e6 / rounds;
        best = each < best ? each : best;
    }
    return best;
}

static void report(const char *name, size_t bytes, double ours, double theirs)
{
    printf("%-6s %5zu bytes   base/json %6.2f us   jansson %6.2f us   ratio %5.1f\n", name, bytes, ours,
           theirs, theirs / ours);
}

int main(void)
{
    struct arena *arena = arena_new(0);
    fill_rows();
    struct str ours = build_ours(arena);
    struct arena *other = arena_new(0);
    REQUIRE(str_equal(ours, build_jansson(other)));
    size_t built = ours.len;
    double parse = measure(parse_ours, arena, ROUNDS);
    double build = measure(write_ours, arena, ROUNDS);
    report("parse", sizeof(body) - 1, parse, measure(parse_jansson, arena, ROUNDS / 10));
    report("build", built, build, measure(write_jansson, arena, ROUNDS / 10));
    arena_free(other);
    arena_free(arena);
    return 0;
}
