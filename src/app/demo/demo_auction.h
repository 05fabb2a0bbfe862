/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What goes on in the demo shop when its first visitor comes: an auction of one of the things, bids, and talk beside it. */
#ifndef APP_DEMO_AUCTION_H
#define APP_DEMO_AUCTION_H

#include "app/demo/demo_client.h"

/* Who takes part. */
struct demo_sale {
    struct id product_id;
    const struct demo_client *seller;
    const struct demo_client *bidders;
    size_t bidder_count;
};
/* Opens it for a week, bids and talks, and prints a line. */
MUST_USE struct error *demo_auction_open(struct ctx *cx, const struct demo_sale *sale);

#endif
