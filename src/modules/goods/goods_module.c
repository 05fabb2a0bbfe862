/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What goods is to the rest of the program. */
#include "platform/module/module.h"

#include "modules/goods/goods_service.h"
#include "modules/goods/goods_sql.h"

REASONS_DEFINE(goods_reasons, GOODS_REASONS);

const struct module goods_module = {
    .name = "goods",
    .sql = &goods_sql,
    .reasons = goods_reasons,
};
