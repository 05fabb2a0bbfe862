/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Kinds of notifications as a table. See notifications_domain.h. */
#include "modules/notifications/notifications_domain.h"

#include <assert.h>

#include "base/mem/arena.h"
#include "base/text/strbuf.h"

enum { MAX_LINE_BYTES = 2000 };

struct kind {
    const char *lead;   /* before the title */
    const char *folder; /* of the page that shows its subject */
    enum notification_delivery delivery;
    bool replaces_unread;
};

/* clang-format off */
static const struct kind kinds[] = {
    [NOTIFICATIONS_OUTBID]         = {"You were outbid", "/auctions/", NOTIFICATION_MAIL, true},
    [NOTIFICATIONS_WON]            = {"You won", "/auctions/", NOTIFICATION_MAIL, false},
    [NOTIFICATIONS_LOST]           = {"Sold to somebody else", "/auctions/", NOTIFICATION_APP, false},
    [NOTIFICATIONS_ENDING_SOON]    = {"Ends soon", "/auctions/", NOTIFICATION_MAIL, false},
    [NOTIFICATIONS_SOLD]           = {"Your lot was sold", "/auctions/", NOTIFICATION_MAIL, false},
    [NOTIFICATIONS_UNSOLD]         = {"Your lot was not sold", "/auctions/", NOTIFICATION_MAIL, false},
    [NOTIFICATIONS_VOIDED]         = {"An auction was voided", "/auctions/", NOTIFICATION_MAIL, false},
    [NOTIFICATIONS_MENTION]        = {"You were mentioned", "/chat/", NOTIFICATION_APP, false},
    [NOTIFICATIONS_DIRECT_MESSAGE] = {"A message to you", "/chat/", NOTIFICATION_MAIL, true},
    [NOTIFICATIONS_ORDER_PAID]     = {"Sold and paid", "/orders/", NOTIFICATION_MAIL, false},
    [NOTIFICATIONS_REFUND]         = {"Refunded", "/orders/", NOTIFICATION_APP, false},
};

static const char *const kind_words[] = {
    [NOTIFICATIONS_OUTBID] = "outbid", [NOTIFICATIONS_WON] = "won", [NOTIFICATIONS_LOST] = "lost",
    [NOTIFICATIONS_ENDING_SOON] = "ending_soon", [NOTIFICATIONS_SOLD] = "sold", [NOTIFICATIONS_UNSOLD] = "unsold",
    [NOTIFICATIONS_VOIDED] = "voided", [NOTIFICATIONS_MENTION] = "mention",
    [NOTIFICATIONS_DIRECT_MESSAGE] = "direct_message", [NOTIFICATIONS_ORDER_PAID] = "order_paid",
    [NOTIFICATIONS_REFUND] = "refund",
};
/* clang-format on */
static_assert(COUNT_OF(kinds) == NOTIFICATIONS_KIND_COUNT, "every kind has its row");
static_assert(COUNT_OF(kind_words) == NOTIFICATIONS_KIND_COUNT, "every kind has its word");
const struct enum_table notifications_kind_words = ENUM_TABLE("notification_kind", kind_words);

static const char *const delivery_words[] = {
    [NOTIFICATION_OFF] = "off", [NOTIFICATION_APP] = "app", [NOTIFICATION_MAIL] = "mail"};
static_assert(COUNT_OF(delivery_words) == NOTIFICATION_DELIVERY_COUNT, "every delivery has its word");
const struct enum_table notification_delivery_words = ENUM_TABLE("notification_delivery", delivery_words);

static const struct kind *kind_of(int32_t kind)
{
    REQUIRE(kind >= 0 && kind < NOTIFICATIONS_KIND_COUNT);
    return &kinds[kind];
}

enum notification_delivery notification_default_delivery(int32_t kind)
{
    return kind_of(kind)->delivery;
}

bool notification_replaces_unread(int32_t kind)
{
    return kind_of(kind)->replaces_unread;
}

struct str notification_line(struct arena *arena, const struct notification *notification)
{
    struct strbuf line;
    strbuf_init(&line, arena, MAX_LINE_BYTES);
    strbuf_append_cstr(&line, kind_of(notification->kind)->lead);
    if (!str_is_empty(notification->actor))
        strbuf_printf(&line, " by %" STR_FMT, STR_ARG(notification->actor));
    if (!str_is_empty(notification->title))
        strbuf_printf(&line, ": %" STR_FMT, STR_ARG(notification->title));
    if (notification->price.currency.code[0] != '\0')
        strbuf_printf(&line, " (%" STR_FMT ")", STR_ARG(money_str(arena, notification->price)));
    return strbuf_str(&line);
}

struct str notification_path(struct arena *arena, const struct notification *notification)
{
    return arena_printf(arena, "%s%" STR_FMT, kind_of(notification->kind)->folder,
                        STR_ARG(id_str(arena, notification->subject_id)));
}

void notification_link_pack(struct id account_id, int32_t kind, uint8_t ret_bytes[NOTIFICATION_LINK_BYTES])
{
    memcpy(ret_bytes, account_id.bytes, sizeof(account_id.bytes));
    ret_bytes[sizeof(account_id.bytes)] = (uint8_t)kind;
}

bool notification_link_unpack(const uint8_t bytes[NOTIFICATION_LINK_BYTES], struct id *ret_account_id,
                              int32_t *ret_kind)
{
    if (bytes[sizeof(ret_account_id->bytes)] >= NOTIFICATIONS_KIND_COUNT)
        return false;
    memcpy(ret_account_id->bytes, bytes, sizeof(ret_account_id->bytes));
    *ret_kind = bytes[sizeof(ret_account_id->bytes)];
    return true;
}
