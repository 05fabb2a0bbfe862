/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Who is in the saleroom, and the catalogue that its lots are in. */
#ifndef TESTS_COMPONENT_AUCTIONS_SALEROOM_PEOPLE_H
#define TESTS_COMPONENT_AUCTIONS_SALEROOM_PEOPLE_H

#include "platform/cache/cache.h"

#include "modules/catalog/catalog.h"

enum { SELLER = 1, ANNA, BERT, CLEO, ADMIN };

/* The context of somebody who may sell and bid; the admin's may do everything. */
struct ctx as(const struct ctx *cx, uint32_t account);

/* The state of the catalogue; before each test. */
void *saleroom_open_catalog(const struct catalog_port *port);
extern const struct cache_space *const saleroom_spaces[];

#endif
