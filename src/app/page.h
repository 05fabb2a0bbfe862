/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Serves the embedded single-page application. */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "platform/ctx/ctx.h"
#include "platform/http/exchange.h"

/* The file of the path; for paths without a dot in their last part the page itself, so that links into it work. */
MUST_USE struct error *app_page(struct ctx *cx, struct http_exchange *exchange);

#endif
