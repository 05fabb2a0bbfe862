/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: the route table, and what its two HTTP files share. */
#ifndef MODULES_IDENTITY_IDENTITY_HTTP_H
#define MODULES_IDENTITY_IDENTITY_HTTP_H

#include "platform/http/route.h"

#include "modules/identity/identity_service.h"

enum { IDENTITY_ROUTES = 22 };
extern const struct route identity_routes[IDENTITY_ROUTES];

extern const struct json_type session_view;
/* The tokens, as a body and as cookies. */
struct error *identity_reply_session(struct ctx *cx, struct call *call, const struct identity_tokens *tokens);

struct password_body {
    struct str password;
};
extern const struct json_type password_body;

/* --- the second factor (identity_factor_http.c) --- */

extern const struct json_type second_login_body, factor_view, factor_setup_view, recovery_codes_view,
    factor_code_body, factor_proof_body;
extern const struct reason *const login_reasons[], *const factor_reasons[];
struct error *log_in_by_factor(struct ctx *cx, struct call *call);
struct error *read_factor(struct ctx *cx, struct call *call);
struct error *begin_factor(struct ctx *cx, struct call *call);
struct error *confirm_factor(struct ctx *cx, struct call *call);
struct error *renew_codes(struct ctx *cx, struct call *call);
struct error *turn_off_factor(struct ctx *cx, struct call *call);

#endif
