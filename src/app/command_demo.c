/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe demo`: fills an empty development shop with music that it synthesises itself, through the real API and the real
 * pipeline. Passwords are random and printed. */
#include <stdio.h>

#include "base/json/json_write.h"
#include "base/text/encode.h"

#include "platform/crypto/crypto.h"
#include "platform/fiber/fiber.h"
#include "platform/http/server.h"

#include "app/commands.h"
#include "app/demo/demo_auction.h"
#include "app/demo/demo_client.h"
#include "app/demo/demo_cover.h"
#include "app/demo/demo_goods.h"
#include "app/demo/demo_music.h"
#include "app/instance.h"
#include "app/serve.h"
#include "modules/identity/identity.h"

struct demo_person {
    const char *username, *display_name, *roles, *bio;
};

struct demo_license {
    const char *type, *name, *files; /* files: a JSON array */
    int price;                       /* minor units of the spec's currency */
};

struct demo_spec {
    int person; /* index in people */
    const char *title, *category, *key, *genre, *tags, *moods, *instruments, *description;
    struct demo_piece piece;
    bool is_free;
};

/* clang-format off */
static const struct demo_person people[] = {
    {"nadia", "Nadia Voss", "producer", "Beats from a kitchen table in Leipzig. Drum machines, tape hiss, patience."},
    {"okoro", "Okoro Sound", "producer", "Percussion first. Lagos by way of Rotterdam."},
    {"hollis", "Hollis & the Tide", "artist", "Slow electronics for long drives and early mornings."},
    {"lena", "Lena Marsh", "listener", "Looking for the right four bars."},
};

static const struct demo_license licenses[] = {
    {"basic",     "Basic lease",     "[\"mp3\"]",                   2499},
    {"premium",   "Premium lease",   "[\"mp3\",\"wav\"]",           4999},
    {"exclusive", "Exclusive rights", "[\"mp3\",\"wav\"]",          49900},
};

static const struct demo_spec specs[] = {
    {0, "Night Drive",      "beat",   "a_minor",  "trap",         "night,808,hard",     "dark,moody",          "808,synth,drums",   "Half-time drums over a four-chord loop that never quite resolves.", {142, 0, DEMO_MINOR, DEMO_TRAP, 16, 3}, false},
    {0, "Paper Lanterns",   "beat",   "c_minor",  "lo-fi",        "dusty,rain,study",   "dreamy,melancholic",  "piano,drums,bass",  "A small melody in the rain.", {84, 3, DEMO_MINOR, DEMO_LOFI, 12, 8}, true},
    {0, "Cold Concrete",    "beat",   "e_minor",  "drill",        "uk,slide,cold",      "aggressive,dark",     "808,strings,drums", "Sliding bass, empty street, four in the morning.", {140, 7, DEMO_MINOR, DEMO_TRAP, 16, 14}, false},
    {0, "Second Sun",       "beat",   "f_major",  "hip-hop",      "bright,summer",      "soulful",             "piano,brass,drums", "Window down, volume up.", {92, 8, DEMO_MAJOR, DEMO_LOFI, 12, 21}, false},
    {1, "Harmattan",        "beat",   "d_minor",  "house",        "afro,club,dust",     "moody,dreamy",        "drums,bass,synth",  "Four to the floor under a dry wind.", {122, 5, DEMO_MINOR, DEMO_HOUSE, 16, 5}, false},
    {1, "Third Mainland",   "beat",   "g_minor",  "house",        "afro,night,bridge",  "cinematic",           "drums,synth,brass", "Eleven kilometres of lights.", {124, 10, DEMO_MINOR, DEMO_HOUSE, 16, 11}, false},
    {1, "Palm Line Loop",   "sample", "a_major",  "pop",          "loop,pluck,sunny",   "soulful",             "guitar,synth",      "Eight bars of plucks, ready to chop.", {108, 0, DEMO_MAJOR, DEMO_AMBIENT, 8, 17}, true},
    {1, "Market Morning",   "beat",   "c_major",  "pop",          "bright,walk",        "soulful,dreamy",      "guitar,drums,bass", "Oranges, radios, scooters.", {112, 3, DEMO_MAJOR, DEMO_HOUSE, 14, 26}, false},
    {2, "Low Water",        "beat",   "b_minor",  "ambient",      "drone,slow,sea",     "cinematic,melancholic", "synth,strings",   "What is left on the sand.", {70, 2, DEMO_MINOR, DEMO_AMBIENT, 10, 6}, true},
    {2, "Glass Weather",    "beat",   "f_sharp_minor", "experimental", "glass,broken",  "dreamy,dark",         "synth,piano",       "Bells that disagree about the time.", {96, 9, DEMO_MINOR, DEMO_LOFI, 12, 12}, false},
    {2, "Tide Table",       "beat",   "e_major",  "tech",         "steady,machine",     "moody",               "synth,drums,bass",  "A machine that keeps its promises.", {128, 7, DEMO_MAJOR, DEMO_HOUSE, 16, 19}, false},
    {2, "Harbour Strings",  "sample", "d_major",  "ambient",      "loop,strings,wide",  "cinematic",           "strings,synth",     "Wide chords for the end of a film.", {76, 5, DEMO_MAJOR, DEMO_AMBIENT, 8, 24}, false},
};
/* clang-format on */

/* The first people sell; the last two bid for the thing that the second one auctions. */
enum { SELLERS = 3, BIDDERS = 2 };

enum { PASSWORD_BYTES = 12, MAX_BODY = 16 << 10 };
static const int64_t processing_limit_us = 5 * US_PER_MINUTE;

/* --- replies that matter here --- */

struct session_reply {
    struct str access_token;
};
static const struct json_field session_fields[] = {
    JSON_TEXT(struct session_reply, access_token, .flags = JSON_REQUIRED, .max = 4096)};
static const struct json_type session_type =
    JSON_TYPE("DemoSession", struct session_reply, session_fields, .ignore_unknown = true);

struct spec_reply {
    struct id id;
};
static const struct json_field spec_fields[] = {JSON_ID(struct spec_reply, id, .flags = JSON_REQUIRED)};
static const struct json_type spec_type =
    JSON_TYPE("DemoSpec", struct spec_reply, spec_fields, .ignore_unknown = true);

struct processing_reply {
    struct str status;
};
static const struct json_field processing_fields[] = {
    JSON_TEXT(struct processing_reply, status, .flags = JSON_REQUIRED)};
static const struct json_type processing_type =
    JSON_TYPE("DemoProcessing", struct processing_reply, processing_fields, .ignore_unknown = true);

struct list_reply {
    struct array items;
};
static const struct json_field list_fields[] = {
    JSON_OBJECTS(struct list_reply, items, &spec_type, .flags = JSON_REQUIRED)};
static const struct json_type list_type =
    JSON_TYPE("DemoList", struct list_reply, list_fields, .ignore_unknown = true);

/* --- bodies --- */

static struct json_writer begin_body(struct ctx *cx, struct strbuf *body)
{
    struct json_writer writer;
    strbuf_init(body, cx->arena, MAX_BODY);
    json_writer_init(&writer, body);
    json_begin_object(&writer);
    return writer;
}

static void put_text(struct json_writer *writer, const char *name, const char *value)
{
    json_name(writer, str_cstr(name));
    json_put_text(writer, str_cstr(value));
}

/* "a,b" as an array */
static void put_list(struct json_writer *writer, const char *name, const char *words)
{
    struct str rest = str_cstr(words);
    struct str word;
    json_name(writer, str_cstr(name));
    json_begin_array(writer);
    while (str_split(&rest, ',', &word))
        json_put_text(writer, word);
    json_end_array(writer);
}

static void put_licenses(struct json_writer *writer, const struct demo_spec *spec)
{
    json_name(writer, STR("licenses"));
    json_begin_array(writer);
    for (size_t i = 0; i < COUNT_OF(licenses); i++) {
        json_begin_object(writer);
        put_text(writer, "type", licenses[i].type);
        put_text(writer, "name", licenses[i].name);
        json_name(writer, STR("price"));
        json_put_i64(writer, licenses[i].price + 250 * (spec->person + (int)(spec->piece.seed % 3)));
        json_name(writer, STR("file_types"));
        json_put_raw(writer, str_cstr(licenses[i].files));
        json_name(writer, STR("features"));
        json_put_raw(writer, STR("[\"Keep for ever\",\"Signed contract\"]"));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static struct str spec_body(struct ctx *cx, const struct demo_spec *spec)
{
    struct strbuf body;
    struct json_writer writer = begin_body(cx, &body);
    put_text(&writer, "title", spec->title);
    put_text(&writer, "category", spec->category);
    put_text(&writer, "description", spec->description);
    put_text(&writer, "key", spec->key);
    json_name(&writer, STR("bpm"));
    json_put_i64(&writer, spec->piece.bpm);
    put_list(&writer, "genres", spec->genre);
    put_list(&writer, "tags", spec->tags);
    put_list(&writer, "moods", spec->moods);
    put_list(&writer, "instruments", spec->instruments);
    put_text(&writer, "currency", "USD");
    json_name(&writer, STR("free_mp3_enabled"));
    json_put_bool(&writer, spec->is_free);
    put_licenses(&writer, spec);
    json_end_object(&writer);
    return strbuf_str(&body);
}

/* --- steps --- */

struct demo {
    struct demo_client clients[COUNT_OF(people)];
    struct str passwords[COUNT_OF(people)];
    struct str base;
    struct str paths[COUNT_OF(specs)]; /* "/specs/{id}" */
};

static struct error *create_person(struct ctx *cx, struct demo *demo, size_t index)
{
    const struct demo_person *person = &people[index];
    uint8_t random[PASSWORD_BYTES];
    struct id account_id;
    crypto_random(random, sizeof(random));
    demo->passwords[index] = base64url_encode(cx->arena, random, sizeof(random));
    struct identity_new_account account = {
        .email = arena_printf(cx->arena, "%s@demo.example", person->username),
        .username = str_cstr(person->username),
        .password = demo->passwords[index],
        .display_name = str_cstr(person->display_name),
        .roles = str_cstr(person->roles),
    };
    return identity_create_account(cx, &account, &account_id);
}

static struct error *log_in(struct ctx *cx, struct demo *demo, size_t index)
{
    struct strbuf body;
    struct session_reply session = {0};
    struct json_writer writer = begin_body(cx, &body);
    put_text(&writer, "login", people[index].username);
    json_name(&writer, STR("password"));
    json_put_text(&writer, demo->passwords[index]);
    json_end_object(&writer);
    demo->clients[index].base = demo->base;
    const struct demo_request login = {HTTP_POST, STR("/auth/login"), strbuf_str(&body), &session_type};
    TRY(demo_call(cx, &demo->clients[index], &login, &session));
    demo->clients[index].token = session.access_token;
    return NULL;
}

static struct error *write_bio(struct ctx *cx, struct demo *demo, size_t index)
{
    struct strbuf body;
    struct json_writer writer = begin_body(cx, &body);
    put_text(&writer, "bio", people[index].bio);
    json_end_object(&writer);
    const struct demo_request change = {HTTP_PATCH, STR("/me"), strbuf_str(&body), NULL};
    return demo_call(cx, &demo->clients[index], &change, NULL);
}

static struct error *make_people(struct ctx *cx, struct demo *demo)
{
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        TRY(create_person(cx, demo, i));
        TRY(log_in(cx, demo, i));
        TRY(write_bio(cx, demo, i));
    }
    return NULL;
}

static struct error *attach(struct ctx *cx, const struct demo_client *client, struct str spec_path,
                            const char *asset, struct id upload_id)
{
    struct str path = arena_printf(cx->arena, "%" STR_FMT "/assets/%s", STR_ARG(spec_path), asset);
    struct str body =
        arena_printf(cx->arena, "{\"upload_id\":\"%" STR_FMT "\"}", STR_ARG(id_str(cx->arena, upload_id)));
    return demo_call(cx, client, &(const struct demo_request){HTTP_PUT, path, body, NULL}, NULL);
}

static struct error *upload_files(struct ctx *cx, const struct demo_client *client,
                                  const struct demo_spec *spec, struct str spec_path)
{
    struct arena *media = arena_new(0);
    struct id master = ID_NONE, cover = ID_NONE;
    const struct demo_file wav = {"master", "master.wav", "audio/wav", demo_music_wav(media, &spec->piece)};
    const struct demo_file png = {"cover", "cover.png", "image/png", demo_cover_png(media, spec->piece.seed)};
    struct error *error = demo_upload(cx, client, &wav, &master);
    if (error == NULL)
        error = demo_upload(cx, client, &png, &cover);
    arena_free(media);
    TRY(error);
    TRY(attach(cx, client, spec_path, "master", master));
    return attach(cx, client, spec_path, "cover", cover);
}

static struct error *wait_ready(struct ctx *cx, const struct demo_client *client, struct str spec_path)
{
    struct str path = arena_printf(cx->arena, "%" STR_FMT "/processing", STR_ARG(spec_path));
    int64_t give_up_us = loop_now_us() + processing_limit_us;
    struct processing_reply reply = {0};
    const struct demo_request ask = {HTTP_GET, path, STR_NONE, &processing_type};
    while (!str_equal(reply.status, STR("ready"))) {
        TRY(demo_call(cx, client, &ask, &reply));
        if (str_equal(reply.status, STR("failed")) || loop_now_us() > give_up_us)
            return ERROR_CODE(cx, INTERNAL, "the demo's own music was not processed: %" STR_FMT,
                              STR_ARG(reply.status));
        TRY(fiber_sleep_until(cx, loop_now_us() + 100 * US_PER_MS));
    }
    return NULL;
}

static struct error *offer_spec(struct ctx *cx, struct demo *demo, size_t index)
{
    const struct demo_spec *spec = &specs[index];
    const struct demo_client *client = &demo->clients[spec->person];
    struct spec_reply created = {0};
    const struct demo_request create = {HTTP_POST, STR("/specs"), spec_body(cx, spec), &spec_type};
    TRY(demo_call(cx, client, &create, &created));
    demo->paths[index] = arena_printf(cx->arena, "/specs/%" STR_FMT, STR_ARG(id_str(cx->arena, created.id)));
    return upload_files(cx, client, spec, demo->paths[index]);
}

static struct error *publish_spec(struct ctx *cx, struct demo *demo, size_t index)
{
    const struct demo_spec *spec = &specs[index];
    const struct demo_client *client = &demo->clients[spec->person];
    struct str publish = arena_printf(cx->arena, "%" STR_FMT "/publish", STR_ARG(demo->paths[index]));
    TRY(wait_ready(cx, client, demo->paths[index]));
    TRY(demo_call(cx, client, &(const struct demo_request){HTTP_POST, publish, STR("{}"), NULL}, NULL));
    printf("  %s by %s\n", spec->title, people[spec->person].display_name);
    fflush(stdout);
    return NULL;
}

static struct error *fill_shelves(struct ctx *cx, const struct demo *demo)
{
    struct demo_lot lot = {.product_id = ID_NONE};
    puts("Putting things on the shelves:");
    TRY(demo_goods_fill(cx, demo->clients, SELLERS, &lot));
    const struct demo_sale sale = {
        .product_id = lot.product_id,
        .seller = &demo->clients[lot.seller],
        .bidders = &demo->clients[COUNT_OF(people) - BIDDERS],
        .bidder_count = BIDDERS,
    };
    return demo_auction_open(cx, &sale);
}

static struct error *fill_shop(struct ctx *cx, struct demo *demo)
{
    TRY(make_people(cx, demo));
    puts("Filling the shop with synthesised music:");
    for (size_t i = 0; i < COUNT_OF(specs); i++) /* all are queued first: each core processes one */
        TRY(offer_spec(cx, demo, i));
    for (size_t i = 0; i < COUNT_OF(specs); i++)
        TRY(publish_spec(cx, demo, i));
    TRY(fill_shelves(cx, demo));
    puts("\nLog in as one of them (random passwords, shown once):");
    for (size_t i = 0; i < COUNT_OF(people); i++)
        printf("  %-8s %" STR_FMT "   (%s)\n", people[i].username, STR_ARG(demo->passwords[i]),
               people[i].roles);
    return NULL;
}

static struct error *is_empty_shop(struct ctx *cx, const struct demo *demo, bool *ret_empty)
{
    struct demo_client stranger = {.base = demo->base};
    struct identity_account account = {0};
    struct list_reply list = {0};
    bool has_person = false;
    const struct demo_request first = {HTTP_GET, STR("/specs?limit=1"), STR_NONE, &list_type};
    TRY(demo_call(cx, &stranger, &first, &list));
    TRY(identity_find_account_by_name(cx, str_cstr(people[0].username), &account, &has_person));
    *ret_empty = list.items.count == 0 && !has_person;
    return NULL;
}

struct demo_options {
    bool is_only_if_empty;
};

static struct error *run_demo(struct ctx *cx, struct instance *instance, void *arg)
{
    const struct demo_options *options = arg;
    struct serving serving = {0};
    struct demo demo = {0};
    bool is_empty = false;
    if (instance->platform.is_production)
        return ERROR_CODE(cx, CONFLICT, "demo data is for development only");
    TRY(serving_start(cx, instance, STR("127.0.0.1:0"), &serving));
    demo.base = arena_printf(cx->arena, "http://127.0.0.1:%d/api/v1", http_server_port(serving.server));
    struct error *error = is_empty_shop(cx, &demo, &is_empty);
    if (error == NULL && is_empty)
        error = fill_shop(cx, &demo);
    else if (error == NULL && !options->is_only_if_empty)
        error = ERROR_CODE(cx, CONFLICT, "the shop is not empty");
    serving_drain(cx, &serving);
    serving_free(&serving);
    return error;
}

int command_demo(int argc, char **argv)
{
    struct demo_options options = {.is_only_if_empty = argc == 2 && strcmp(argv[1], "--if-empty") == 0};
    if (argc > 2 || (argc == 2 && !options.is_only_if_empty)) {
        fputs("usage: lathe demo [--if-empty]\n", stderr);
        return 2;
    }
    return instance_run(INSTANCE_BY_SETTING, run_demo, &options);
}
