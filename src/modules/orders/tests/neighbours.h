/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stand-ins for the facades that orders uses: they answer what a test says, and count what they were told. */
#ifndef MODULES_ORDERS_TESTS_NEIGHBOURS_H
#define MODULES_ORDERS_TESTS_NEIGHBOURS_H

#include "modules/orders/orders_service.h"

struct neighbours {
    bool is_held;    /* a piece for the auction */
    bool is_offered; /* a licence can be sold */
    bool is_begun;   /* there is a payment */
    int pieces_sold, licenses, closed_offerings, withdrawn, abandoned, mails, posted;
    int64_t refunded_minor;
};
extern struct neighbours neighbours;
enum { SELLER = 1, BUYER = 2, STRANGER = 3 };
struct id neighbour(uint8_t account);
/* Products and specs are the seller's; the option's id is any. */

#endif
