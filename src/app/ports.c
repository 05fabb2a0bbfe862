/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The ports between modules, and those of the gateway. */
#include "app/ports.h"

#include "platform/db/db.h"
#include "platform/storage/storage.h"

#include "modules/auctions/auctions.h"
#include "modules/catalog/catalog.h"
#include "modules/chat/chat.h"
#include "modules/goods/goods.h"
#include "modules/identity/identity.h"
#include "modules/licensing/licensing.h"
#include "modules/notifications/notifications.h"
#include "modules/orders/orders.h"
#include "modules/payments/payments.h"
#include "modules/profiles/profiles.h"
#include "modules/social/social.h"

const struct gateway_identity_port app_identity_port = {
    .authenticate = identity_authenticate,
    .authenticate_socket = identity_authenticate_socket,
    .csrf_matches = identity_csrf_matches,
    .access_cookie = IDENTITY_ACCESS_COOKIE,
};

static struct error *check_database(struct ctx *cx)
{
    return db_ping(cx, cx->platform->db);
}

static struct error *check_schema(struct ctx *cx)
{
    bool is_current = false;
    TRY(db_is_current(cx, cx->platform->db, &is_current));
    return is_current ? NULL : ERROR_CODE(cx, UNAVAILABLE, "migrations are missing: run `lathe migrate`");
}

const struct gateway_health app_health[] = {
    {.name = "database", .check = check_database},
    {.name = "schema", .check = check_schema},
    {.name = "storage", .check = storage_probe},
    {.name = NULL},
};

static const struct chat_port chat_port = {.find_auction = auctions_find_lot};
static const struct catalog_port catalog_port = {.has_licenses = licensing_spec_has_licenses,
                                                 .take_down_product = goods_take_down,
                                                 .restore_product = goods_restore};
/* Who keeps copies of a person's name. */
static struct error *tell_renamed(struct ctx *cx, struct tx *tx, struct id account_id,
                                  struct str display_name)
{
    TRY(catalog_rename_owner(cx, tx, account_id, display_name));
    return chat_rename_account(cx, tx, account_id, display_name);
}

static const struct profiles_port profiles_port = {.renamed = tell_renamed};

static const struct orders_port orders_port = {.win_paid = auctions_win_paid,
                                               .win_lapsed = auctions_win_lapsed};

/* What each module knows of a person, and forgets. */
static const struct identity_export_port export_ports[] = {
    {"profile", profiles_export_account, profiles_erase_account},
    {"catalog", catalog_export_account, catalog_erase_account},
    {"goods", goods_export_account, goods_erase_account},
    {"favorites", social_export_account, social_erase_account},
    {"orders", orders_export_account, orders_erase_account},
    {"licenses", licensing_export_account, NULL},
    {"auctions", auctions_export_account, auctions_erase_account},
    {"chat", chat_export_account, chat_erase_account},
    {"notifications", notifications_export_account, notifications_erase_account},
    {.section = NULL},
};

void app_connect_ports(const struct ctx *cx)
{
    catalog_set_port(cx, &catalog_port);
    chat_set_port(cx, &chat_port);
    payments_set_port(cx, &orders_payments_port);
    orders_set_port(cx, &orders_port);
    profiles_set_port(cx, &profiles_port);
    identity_set_export_ports(cx, export_ports);
}

struct gateway_page_sources app_page_sources(const struct ctx *cx)
{
    struct payments_page_sources sources = payments_page_sources(cx);
    return (struct gateway_page_sources){sources.scripts, sources.frames, sources.connections};
}
