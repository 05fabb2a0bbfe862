/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Network addresses as 16 bytes (IPv4 mapped into ::ffff:0:0/96), sets of networks, and which addresses are public. Pure.
 * Source: RFC 4291, RFC 6890 and the IANA special-purpose registries. */
#ifndef PLATFORM_HTTP_WIRE_ADDRESS_H
#define PLATFORM_HTTP_WIRE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem/arena.h"
#include "base/text/str.h"

struct sockaddr;

struct address {
    uint8_t bytes[16];
};

#define ADDRESS_CHARS 46 /* text and NUL */

/* Numeric IPv4 or IPv6, without brackets, port or zone. */
bool address_parse(struct str text, struct address *ret_address);
/* IPv4 and mapped IPv4 in dotted form. Returns the length; ret_text is NUL-terminated. */
size_t address_format(const struct address *address, char ret_text[ADDRESS_CHARS]);
/* False for families other than IPv4 and IPv6. */
bool address_from_socket(const struct sockaddr *socket_address, struct address *ret_address);

/* Reachable over the internet: neither loopback, private, shared (CGNAT), link-local, multicast, reserved nor
 * documentation; addresses that carry an IPv4 address (mapped, NAT64) are judged by that. */
bool address_is_public(const struct address *address);

struct network {
    struct address address;
    int prefix_bits; /* of 128 */
};

struct network_set {
    struct network *networks;
    size_t count;
};

/* "10.0.0.0/8, ::1": addresses and networks separated by commas; false at the first that is neither. */
bool network_set_parse(struct arena *arena, struct str text, struct network_set *ret_set);
bool network_set_has(const struct network_set *set, const struct address *address);

#endif
