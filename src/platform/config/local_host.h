/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Whether what a setting names is on this machine, so that nobody else sees what is said to it. Used by the checks of what
 * production asks for. */
#ifndef PLATFORM_CONFIG_LOCAL_HOST_H
#define PLATFORM_CONFIG_LOCAL_HOST_H

#include <stdbool.h>

#include "base/text/str.h"

/* A numeric address of the family (AF_INET: struct in_addr, AF_INET6: struct in6_addr, without brackets); set on success only. */
bool host_parse_address(struct str host, int family, void *ret_address);

/* "localhost", 127.0.0.0/8, ::1 with or without brackets, or the path of a local socket (with / or, as libpq has it, @ in
 * front). A name is not looked up: what it stands for may change. */
bool local_host_is(struct str host);

/* The host of "scheme://[user@]HOST[:PORT][/path]" and of "HOST:PORT", brackets kept; all of it when it has no such parts. */
struct str local_host_of(struct str address);

#endif
