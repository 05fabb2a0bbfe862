/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See demo_goods.h. */
#include "app/demo/demo_goods.h"

#include <stdio.h>

#include "base/json/json_write.h"

#include "platform/fiber/fiber.h"

#include "app/demo/demo_cover.h"

enum { MAX_BODY = 16 << 10, AUCTIONED = 1 /* the drum machine */ };
static const int64_t processing_limit_us = 2 * US_PER_MINUTE;

struct demo_product {
    const char *title, *category, *condition, *description, *specifications; /* the latter JSON */
    int stock;
};

/* clang-format off */
static const struct demo_product products[] = {
    {"Night Drive, test pressing", "vinyl", "new", "One of five cut before the run. White label, numbered by hand.",
     "[{\"name\":\"Speed\",\"value\":\"45 rpm\"},{\"name\":\"Size\",\"value\":\"12 inch\"}]", 5},
    {"Drum machine with its original case", "drums", "good", "Serviced last spring. One pad is a little shy.",
     "[{\"name\":\"Voices\",\"value\":\"12\"},{\"name\":\"Power\",\"value\":\"230 V\"}]", 1},
    {"Tape echo, serviced", "effects", "fair", "Scratched, heavy, and nothing else sounds like it.",
     "[{\"name\":\"Heads\",\"value\":\"3\"}]", 1},
    {"Harmattan on cassette", "tapes", "new", "Dubbed in real time, with a card from the studio.",
     "[{\"name\":\"Length\",\"value\":\"C46\"}]", 30},
    {"Ribbon microphone", "microphones", "like_new", "Used on two records, kept in its box since.",
     "[{\"name\":\"Pattern\",\"value\":\"figure of eight\"}]", 1},
    {"Tide Table, signed print", "posters", "new", "Screen print in three colours, signed and numbered.",
     "[{\"name\":\"Size\",\"value\":\"50 × 70 cm\"}]", 12},
};

/* --- replies that matter here --- */

struct image_reply {
    struct str status;
};
static const struct json_field image_fields[] = {JSON_TEXT(struct image_reply, status, .flags = JSON_REQUIRED)};
static const struct json_type image_type = JSON_TYPE("DemoProductImage", struct image_reply, image_fields, .ignore_unknown = true);

struct product_reply {
    struct id id;
    struct array images;
};
static const struct json_field product_fields[] = {
    JSON_ID(struct product_reply, id, .flags = JSON_REQUIRED),
    JSON_OBJECTS(struct product_reply, images, &image_type, .flags = JSON_REQUIRED),
};
static const struct json_type product_type = JSON_TYPE("DemoProduct", struct product_reply, product_fields, .ignore_unknown = true);
/* clang-format on */

static void put_text(struct json_writer *writer, struct str name, const char *value)
{
    json_name(writer, name);
    json_put_text(writer, str_cstr(value));
}

static struct str body_of(struct ctx *cx, const struct demo_product *product, struct id upload_id)
{
    struct strbuf body;
    struct json_writer writer;
    strbuf_init(&body, cx->arena, MAX_BODY);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    put_text(&writer, STR("title"), product->title);
    put_text(&writer, STR("category"), product->category);
    put_text(&writer, STR("condition"), product->condition);
    put_text(&writer, STR("description"), product->description);
    put_text(&writer, STR("currency"), "USD");
    json_name(&writer, STR("stock"));
    json_put_i64(&writer, product->stock);
    json_name(&writer, STR("specifications"));
    json_put_raw(&writer, str_cstr(product->specifications));
    json_name(&writer, STR("shipping"));
    json_put_raw(&writer, STR("{\"from_country\":\"DE\",\"handling_days\":3}"));
    json_name(&writer, STR("images"));
    json_put_raw(&writer,
                 arena_printf(cx->arena, "[{\"upload_id\":\"%" STR_FMT "\",\"alt\":\"A drawing of it\"}]",
                              STR_ARG(id_str(cx->arena, upload_id))));
    json_end_object(&writer);
    REQUIRE(!body.overflow);
    return strbuf_str(&body);
}

static struct error *upload_picture(struct ctx *cx, const struct demo_client *client, uint32_t seed,
                                    struct id *ret_upload_id)
{
    struct arena *media = arena_new(0);
    const struct demo_file png = {"image", "picture.png", "image/png", demo_cover_png(media, seed)};
    struct error *error = demo_upload(cx, client, &png, ret_upload_id);
    arena_free(media);
    return error;
}

static struct error *wait_ready(struct ctx *cx, const struct demo_client *client, struct str path)
{
    const struct demo_request ask = {HTTP_GET, path, STR_NONE, &product_type};
    int64_t give_up_us = loop_now_us() + processing_limit_us;
    for (;;) {
        struct product_reply product = {.id = ID_NONE};
        TRY(demo_call(cx, client, &ask, &product));
        REQUIRE(product.images.count == 1);
        struct str status = ARRAY_AT(struct image_reply, product.images, 0)->status;
        if (str_equal(status, STR("ready")))
            return NULL;
        if (str_equal(status, STR("failed")) || loop_now_us() > give_up_us)
            return ERROR_CODE(cx, INTERNAL, "the demo's own picture was not processed: %" STR_FMT,
                              STR_ARG(status));
        TRY(fiber_sleep_until(cx, loop_now_us() + 100 * US_PER_MS));
    }
}

static struct error *fill_one(struct ctx *cx, const struct demo_client *client, size_t index,
                              struct id *ret_product_id)
{
    const struct demo_product *product = &products[index];
    struct product_reply created = {.id = ID_NONE};
    struct id upload_id = ID_NONE;
    TRY(upload_picture(cx, client, 100 + (uint32_t)index, &upload_id));
    TRY(demo_call(cx, client,
                  &(const struct demo_request){HTTP_POST, STR("/products"), body_of(cx, product, upload_id),
                                               &product_type},
                  &created));
    struct str path = arena_printf(cx->arena, "/products/%" STR_FMT, STR_ARG(id_str(cx->arena, created.id)));
    struct str publish = arena_printf(cx->arena, "%" STR_FMT "/publish", STR_ARG(path));
    TRY(wait_ready(cx, client, path));
    TRY(demo_call(cx, client, &(const struct demo_request){HTTP_POST, publish, STR("{}"), NULL}, NULL));
    printf("  %s\n", product->title);
    fflush(stdout);
    *ret_product_id = created.id;
    return NULL;
}

struct error *demo_goods_fill(struct ctx *cx, const struct demo_client *sellers, size_t count,
                              struct demo_lot *ret_lot)
{
    for (size_t i = 0; i < COUNT_OF(products); i++) {
        struct id product_id = ID_NONE;
        TRY(fill_one(cx, &sellers[i % count], i, &product_id));
        if (i == AUCTIONED)
            *ret_lot = (struct demo_lot){product_id, i % count};
    }
    return NULL;
}
