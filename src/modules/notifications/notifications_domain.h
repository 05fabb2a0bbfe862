/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What each kind of notification is like, and how it reads in a mail. Pure. */
#ifndef MODULES_NOTIFICATIONS_NOTIFICATIONS_DOMAIN_H
#define MODULES_NOTIFICATIONS_NOTIFICATIONS_DOMAIN_H

#include "base/text/enum_table.h"
#include "base/value/id.h"
#include "base/value/instant.h"
#include "base/value/money.h"

#include "modules/notifications/notifications.h"

/* How far a kind goes to its account. Numbers are stored. */
enum notification_delivery {
    NOTIFICATION_OFF,  /* not even kept */
    NOTIFICATION_APP,  /* kept and pushed */
    NOTIFICATION_MAIL, /* and mailed when the account is not there */
    NOTIFICATION_DELIVERY_COUNT
};
extern const struct enum_table notification_delivery_words;

struct notification {
    struct id id;
    struct id account_id; /* whom it is for */
    int64_t sequence;     /* of the account's own, without a gap */
    int32_t kind;         /* enum notifications_kind */
    struct id source_id;  /* the event that it tells of: none is told of twice */
    struct id subject_id; /* the auction, the order, the room */
    struct str title;     /* what it is about: a lot, a recording, the beginning of a message */
    struct str actor;     /* who did it; empty: nobody in particular */
    struct money price;   /* without currency: none */
    struct instant created_at;
    struct instant read_at;   /* none: unread */
    struct instant mailed_at; /* of it or of one that it replaced unread; none: not yet, or not asked */
};

/* Unless the account says otherwise. */
enum notification_delivery notification_default_delivery(int32_t kind);
/* Only the latest unread one of its subject is of use: "you were outbid" once a lot, not once a bid. */
bool notification_replaces_unread(int32_t kind);

/* One line: "You were outbid: Roland TR-808 (120.00 EUR)". */
struct str notification_line(struct arena *arena, const struct notification *notification);
/* Below the public URL: "/auctions/{subject_id}". */
struct str notification_path(struct arena *arena, const struct notification *notification);

/* What the link in a mail carries: whose mails of which kind it stops. */
#define NOTIFICATION_LINK_BYTES 17
void notification_link_pack(struct id account_id, int32_t kind, uint8_t ret_bytes[NOTIFICATION_LINK_BYTES]);
MUST_USE bool notification_link_unpack(const uint8_t bytes[NOTIFICATION_LINK_BYTES],
                                       struct id *ret_account_id, int32_t *ret_kind);

#endif
