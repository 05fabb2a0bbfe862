/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The list of modules, by hand and in start order, and the lists gathered from it. */
#include "app/modules.h"

#include "platform/bus/bus_sql.h"
#include "platform/crypto/crypto.h"
#include "platform/db/measure.h"
#include "platform/fiber/watchdog.h"
#include "platform/http/server.h"
#include "platform/jobs/jobs_sql.h"
#include "platform/live/live_server.h"
#include "platform/mail/mail.h"
#include "platform/sandbox/sandbox.h"
#include "platform/storage/storage.h"

#include "gateway/gateway.h"
#include "gateway/gateway_sql.h"
#include "modules/analytics/analytics.h"
#include "modules/auctions/auctions.h"
#include "modules/catalog/catalog.h"
#include "modules/chat/chat.h"
#include "modules/goods/goods.h"
#include "modules/identity/identity.h"
#include "modules/licensing/licensing.h"
#include "modules/media/media.h"
#include "modules/notifications/notifications.h"
#include "modules/orders/orders.h"
#include "modules/payments/payments.h"
#include "modules/profiles/profiles.h"
#include "modules/social/social.h"
#include "modules/streaming/streaming.h"

/* clang-format off */
const struct module *const app_modules[] = {
    &identity_module,
    &media_module,
    &profiles_module,
    &catalog_module,
    &social_module,
    &licensing_module,
    &streaming_module,
    &payments_module,
    &goods_module,
    &orders_module,
    &auctions_module,
    &chat_module,
    &notifications_module,
    &analytics_module,
    NULL,
};

static const struct setting_group *const platform_settings[] = {
    &crypto_settings, &db_settings_group, &http_settings_group, &gateway_settings_group, &bus_settings_group,
    &jobs_settings_group, &storage_settings_group, &sandbox_settings_group, &mail_settings_group, &live_settings_group,
};

static const struct db_module_sql *const platform_sql[] = {&bus_sql, &jobs_sql, &gateway_sql};

static const struct job_type *const platform_jobs[] = {&mail_job, &gateway_claims_job};

static const struct metric_table *const platform_metrics[] = {&gateway_metrics, &gateway_load_metrics, &fiber_metrics, &http_metrics, &db_metric_table, &live_metrics};
/* clang-format on */

enum { MAX_LIST = 256 };

/* A NULL-terminated list of pointers under construction. */
struct gathering {
    const void **items;
    size_t count;
};

static struct gathering gathering_start(struct arena *arena)
{
    return (struct gathering){.items = (const void **)arena_alloc_array(arena, MAX_LIST + 1, sizeof(void *))};
}

static void gather(struct gathering *gathering, const void *item)
{
    if (item == NULL)
        return;
    REQUIRE(gathering->count < MAX_LIST);
    gathering->items[gathering->count++] = item;
}

/* Each of these copies one kind of table entry from platform and modules. */
#define GATHER_FIXED(gathering, list)                                                                        \
    for (size_t i_ = 0; i_ < COUNT_OF(list); i_++)                                                           \
    gather(&(gathering), (list)[i_])
#define GATHER_LISTS(gathering, member)                                                                      \
    for (size_t m_ = 0; app_modules[m_] != NULL; m_++)                                                       \
        for (size_t i_ = 0; app_modules[m_]->member != NULL && app_modules[m_]->member[i_] != NULL; i_++)    \
    gather(&(gathering), app_modules[m_]->member[i_])
#define GATHER_SINGLES(gathering, member)                                                                    \
    for (size_t m_ = 0; app_modules[m_] != NULL; m_++)                                                       \
    gather(&(gathering), app_modules[m_]->member)

const struct setting_group *const *app_setting_groups(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_FIXED(all, platform_settings);
    GATHER_SINGLES(all, settings);
    return (const struct setting_group *const *)all.items;
}

const struct db_module_sql *const *app_sql(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_FIXED(all, platform_sql);
    GATHER_SINGLES(all, sql);
    return (const struct db_module_sql *const *)all.items;
}

const struct event_consumer *const *app_consumers(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_LISTS(all, consumers);
    return (const struct event_consumer *const *)all.items;
}

const struct job_type *const *app_jobs(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_FIXED(all, platform_jobs);
    GATHER_LISTS(all, jobs);
    return (const struct job_type *const *)all.items;
}

const struct cache_space *const *app_caches(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_LISTS(all, caches);
    return (const struct cache_space *const *)all.items;
}

const struct metric_table *const *app_metrics(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_FIXED(all, platform_metrics);
    GATHER_SINGLES(all, metrics);
    return (const struct metric_table *const *)all.items;
}

const struct event_type *const *app_events(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    GATHER_LISTS(all, events);
    return (const struct event_type *const *)all.items;
}

const struct live_room_kind *const *app_live_rooms(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    for (size_t m = 0; app_modules[m] != NULL; m++)
        for (const struct live_room_kind *kind = app_modules[m]->live_rooms;
             kind != NULL && kind->prefix != NULL; kind++)
            gather(&all, kind);
    return (const struct live_room_kind *const *)all.items;
}

const struct live_command *const *app_live_commands(struct arena *arena)
{
    struct gathering all = gathering_start(arena);
    for (size_t m = 0; app_modules[m] != NULL; m++)
        for (const struct live_command *command = app_modules[m]->live_commands;
             command != NULL && command->type != NULL; command++)
            gather(&all, command);
    return (const struct live_command *const *)all.items;
}
