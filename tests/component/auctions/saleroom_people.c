/* SPDX-License-Identifier: AGPL-3.0-or-later
 * People, and the catalogue: by the stand-ins of the catalogue's own tests. */
#include "tests/component/auctions/saleroom_people.h"

#include "modules/catalog/tests/studio.h"

const struct cache_space *const saleroom_spaces[] = {&catalog_spec_space, &catalog_list_space, NULL};

struct ctx as(const struct ctx *cx, uint32_t account)
{
    uint64_t everybody = PERMISSION_BIT(ITEM_PUBLISH) | PERMISSION_BIT(ORDER_PLACE);
    return studio_as(cx, account, account == ADMIN ? ~UINT64_C(0) : everybody);
}

void *saleroom_open_catalog(const struct catalog_port *port)
{
    static struct catalog_state state;
    state.port = port;
    studio_forget_assets();
    studio_is_verified = true;
    return &state;
}
