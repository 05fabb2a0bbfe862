/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The permissions, "resource:action". Roles are bundles of them (modules/identity); routes and services
 * ask for permissions, never for roles. */
#ifndef PLATFORM_CTX_PERMISSION_H
#define PLATFORM_CTX_PERMISSION_H

#include <stdint.h>

#define PERMISSIONS(X)                                                                                       \
    X(ACCOUNT_SELF, "account:self", "manage one's own account, sessions and profile")                        \
    X(ITEM_FAVOUR, "item:favour", "mark favourites, count plays")                                            \
    X(ITEM_REPORT, "item:report", "report an item to the moderators")                                        \
    X(ITEM_PUBLISH, "item:publish", "create and manage own items and licence options")                       \
    X(UPLOAD_CREATE, "upload:create", "upload files")                                                        \
    X(ORDER_PLACE, "order:place", "order and pay")                                                           \
    X(AUCTION_BID, "auction:bid", "bid at auctions, buy at once, watch them")                                \
    X(AUCTION_ADMIN, "auction:admin", "make auctions void")                                                  \
    X(SALE_READ, "sale:read", "see and refund own sales, see own ledger")                                    \
    X(REPORT_DECIDE, "report:decide", "read reports, take items down and restore them")                      \
    X(ITEM_ADMIN, "item:admin", "change anybody's items")                                                    \
    X(CATEGORY_ADMIN, "category:admin", "shape the tree of categories")                                      \
    X(CHAT_WRITE, "chat:write", "write and react in rooms, open rooms and conversations")                    \
    X(CHAT_ADMIN, "chat:admin", "keep the list of words that are refused in rooms")                          \
    X(ORDER_ADMIN, "order:admin", "see and refund anybody's orders")                                         \
    X(ACCOUNT_ADMIN, "account:admin", "see, suspend and change accounts and roles")                          \
    X(SYSTEM_ADMIN, "system:admin", "operate the instance")                                                  \
    X(INTERNAL_CALL, "internal:call", "service-to-service calls")

enum permission {
#define PERMISSION_ENUM(symbol, name, help) PERMISSION_##symbol,
    PERMISSIONS(PERMISSION_ENUM)
#undef PERMISSION_ENUM
        PERMISSION_COUNT
};

#define PERMISSION_BIT(symbol) (UINT64_C(1) << PERMISSION_##symbol)

/* What only those have who run the instance or look after it. */
#define PERMISSIONS_OF_STAFF                                                                                 \
    (PERMISSION_BIT(AUCTION_ADMIN) | PERMISSION_BIT(REPORT_DECIDE) | PERMISSION_BIT(ITEM_ADMIN) |            \
     PERMISSION_BIT(CATEGORY_ADMIN) | PERMISSION_BIT(CHAT_ADMIN) | PERMISSION_BIT(ORDER_ADMIN) |             \
     PERMISSION_BIT(ACCOUNT_ADMIN) | PERMISSION_BIT(SYSTEM_ADMIN))

/* "item:publish" */
const char *permission_name(enum permission permission);

#endif
