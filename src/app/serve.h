/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe serve`: loops, workers and the HTTP server, until a signal; then a drain. */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "app/instance.h"

struct http_server;

/* The parts of a serving instance; also used by `lathe demo`, which serves itself on a port of its own. */
struct serving {
    struct instance *instance;
    struct gateway *gateway;
    struct http_server *server;
};

/* On a started instance's loop 0: gateway, server, workers. Other loops are attached by serving_attach_loop. */
MUST_USE struct error *serving_start(struct ctx *cx, struct instance *instance, struct str listen,
                                     struct serving *ret_serving);
void serving_attach_loop(struct serving *serving, struct loop *loop);
/* Stops accepting, lets requests finish for up to 20 s, hands leases back. Fiber of loop 0. */
void serving_drain(struct ctx *cx, struct serving *serving);
/* After the loops have stopped. */
void serving_free(struct serving *serving);

/* The sub-command. */
int serve_main(int argc, char **argv);

#endif
