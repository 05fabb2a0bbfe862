/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of profiles: what people show of themselves. Owns profile. */
#ifndef MODULES_PROFILES_PROFILES_H
#define MODULES_PROFILES_PROFILES_H

#include "platform/ctx/ctx.h"

struct tx;

extern const struct module profiles_module;

/* Filled by app: who shows names beside items keeps them current, in the renaming's transaction. */
struct profiles_port {
    struct error *(*renamed)(struct ctx *cx, struct tx *tx, struct id account_id, struct str display_name);
};
void profiles_set_port(const struct ctx *cx, const struct profiles_port *port);

/* For the account's export and erasure (identity_export_port). */
MUST_USE struct error *profiles_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *profiles_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
