/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Where a call would run against a module edge, the lower module declares a port; here app fills it. */
#ifndef APP_PORTS_H
#define APP_PORTS_H

#include "platform/ctx/ctx.h"

#include "gateway/gateway.h"

extern const struct gateway_identity_port app_identity_port;
extern const struct gateway_health app_health[];

/* After the modules have started. */
void app_connect_ports(const struct ctx *cx);

/* What the page may load and call for the modules' sake; texts in cx->arena. After the modules have started. */
struct gateway_page_sources app_page_sources(const struct ctx *cx);

#endif
