/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What analytics takes from the feed: one row an event type. The counters are nothing but these events added up, so they can be
 * built again from the feed. */
#include "platform/bus/bus.h"

#include "modules/analytics/analytics_service.h"
#include "modules/catalog/catalog.h"
#include "modules/identity/identity.h"
#include "modules/orders/orders.h"
#include "modules/social/social.h"

/* clang-format off */
static const struct json_field play_fields[] = {
    JSON_ID(struct analytics_play_event, spec_id, .flags = JSON_REQUIRED),
    JSON_ID(struct analytics_play_event, owner_id, .flags = JSON_REQUIRED),
};
/* clang-format on */
static const struct json_type play_payload =
    JSON_TYPE("AnalyticsPlayEvent", struct analytics_play_event, play_fields);

const struct event_type analytics_play_counted = {.name = "analytics.play.counted",
                                                  .payload = &play_payload,
                                                  .help = "Somebody listened to a spec for long enough"};

const struct event_type *const analytics_events[] = {&analytics_play_counted, NULL};

static struct error *take_play(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct analytics_play_event play = {0};
    TRY(event_decode(cx, event, &analytics_play_counted, &play));
    return analytics_add(cx, tx, play.spec_id, play.owner_id, event->at, &(struct tally){.plays = 1});
}

static struct error *take_download(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct catalog_download_event download = {0};
    TRY(event_decode(cx, event, &catalog_spec_downloaded, &download));
    return analytics_add(cx, tx, download.spec_id, download.owner_id, event->at,
                         &(struct tally){.downloads = 1});
}

static struct error *take_marked(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct social_favorite_event favorite = {0};
    TRY(event_decode(cx, event, &social_favorite_added, &favorite));
    return analytics_add_favorite(cx, tx, favorite.spec_id, event->at, 1);
}

static struct error *take_unmarked(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct social_favorite_event favorite = {0};
    TRY(event_decode(cx, event, &social_favorite_removed, &favorite));
    return analytics_add_favorite(cx, tx, favorite.spec_id, event->at, -1);
}

static struct error *add_line(struct ctx *cx, struct tx *tx, const struct event *event,
                              const struct event_type *type, int64_t sign)
{
    struct orders_line_event line = {0};
    TRY(event_decode(cx, event, type, &line));
    TRY(analytics_add(cx, tx, line.spec_id, line.seller_id, event->at, &(struct tally){.purchases = sign}));
    struct money amount = {.minor = sign * line.price.minor, .currency = line.price.currency};
    return analytics_add_revenue(cx, tx, line.spec_id, line.seller_id, event->at, amount);
}

static struct error *take_paid(struct ctx *cx, struct tx *tx, const struct event *event)
{
    return add_line(cx, tx, event, &orders_line_paid, 1);
}

static struct error *take_refunded(struct ctx *cx, struct tx *tx, const struct event *event)
{
    return add_line(cx, tx, event, &orders_line_refunded, -1);
}

static struct error *take_withdrawn(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct catalog_event withdrawn = {0};
    TRY(event_decode(cx, event, &catalog_spec_withdrawn, &withdrawn));
    return analytics_forget_spec(cx, tx, withdrawn.spec_id);
}

static struct error *take_account_deleted(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct identity_event deleted = {0};
    TRY(event_decode(cx, event, &identity_account_deleted, &deleted));
    return analytics_forget_subject(cx, tx, deleted.account_id);
}

/* clang-format off */
static const struct {
    const struct event_type *type;
    struct error *(*take)(struct ctx *cx, struct tx *tx, const struct event *event);
} takers[] = {
    {&analytics_play_counted,   take_play},
    {&catalog_spec_downloaded,  take_download},
    {&social_favorite_added,    take_marked},
    {&social_favorite_removed,  take_unmarked},
    {&orders_line_paid,         take_paid},
    {&orders_line_refunded,     take_refunded},
    {&catalog_spec_withdrawn,   take_withdrawn},
    {&identity_account_deleted, take_account_deleted},
};

static const struct event_type *const counted_types[] = {
    &analytics_play_counted, &catalog_spec_downloaded, &social_favorite_added, &social_favorite_removed, &orders_line_paid,
    &orders_line_refunded, &catalog_spec_withdrawn, &identity_account_deleted, NULL,
};
/* clang-format on */

static struct error *take_event(struct ctx *cx, struct tx *tx, const struct event *event)
{
    for (size_t i = 0; i < COUNT_OF(takers); i++)
        if (str_equal(str_cstr(takers[i].type->name), event->type))
            return takers[i].take(cx, tx, event);
    UNREACHABLE("only the types above are delivered");
}

static const struct event_consumer counters = {
    .name = "analytics.counters", .types = counted_types, .handle = take_event, .reset = analytics_reset};

const struct event_consumer *const analytics_consumers[] = {&counters, NULL};
