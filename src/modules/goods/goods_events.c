/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that goods publishes, and what it takes from media. */
#include "platform/bus/bus.h"

#include "modules/goods/goods_service.h"
#include "modules/media/media.h"

static const struct json_field event_fields[] = {
    JSON_ID(struct goods_event, product_id, .flags = JSON_REQUIRED),
    JSON_ID(struct goods_event, owner_id, .flags = JSON_REQUIRED),
};
static const struct json_type event_payload = JSON_TYPE("GoodsEvent", struct goods_event, event_fields);

/* clang-format off */
const struct event_type goods_product_published = {
    .name = "goods.product.published", .payload = &event_payload, .help = "A product became public"};
const struct event_type goods_product_changed = {
    .name = "goods.product.changed", .payload = &event_payload, .help = "A product was changed by its owner"};
const struct event_type goods_product_withdrawn = {
    .name = "goods.product.withdrawn", .payload = &event_payload, .help = "A product was taken back, taken down or deleted"};
const struct event_type goods_product_sold = {
    .name = "goods.product.sold", .payload = &event_payload, .help = "The last piece of a product was sold"};
/* clang-format on */

const struct event_type *const goods_events[] = {&goods_product_published, &goods_product_changed,
                                                 &goods_product_withdrawn, &goods_product_sold, NULL};

static const struct event_type *const failed_types[] = {&media_asset_failed, NULL};

static struct error *take_failed(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct media_asset_event payload = {.asset_id = ID_NONE};
    TRY(event_decode(cx, event, &media_asset_failed, &payload));
    return goods_refuse_image(cx, tx, payload.asset_id);
}

static const struct event_consumer failed_consumer = {
    .name = "goods.media", .types = failed_types, .handle = take_failed};

const struct event_consumer *const goods_consumers[] = {&failed_consumer, NULL};
