/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Addresses, networks and the table of what is not public. */
#include "platform/http/wire/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/require/require.h"
#include "base/text/number.h"

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};
#define MAPPED_BITS 96

static struct address from_ipv4(const void *four_bytes)
{
    struct address address;
    memcpy(address.bytes, mapped_prefix, sizeof(mapped_prefix));
    memcpy(address.bytes + sizeof(mapped_prefix), four_bytes, 4);
    return address;
}

static bool is_ipv4(const struct address *address)
{
    return memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool address_parse(struct str text, struct address *ret_address)
{
    char terminated[ADDRESS_CHARS];
    if (text.len == 0 || text.len >= sizeof(terminated) || memchr(text.ptr, '\0', text.len) != NULL)
        return false;
    memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    uint8_t four[4];
    if (inet_pton(AF_INET, terminated, four) == 1) {
        *ret_address = from_ipv4(four);
        return true;
    }
    return inet_pton(AF_INET6, terminated, ret_address->bytes) == 1;
}

size_t address_format(const struct address *address, char ret_text[ADDRESS_CHARS])
{
    const char *text = is_ipv4(address) ? inet_ntop(AF_INET, address->bytes + 12, ret_text, ADDRESS_CHARS)
                                        : inet_ntop(AF_INET6, address->bytes, ret_text, ADDRESS_CHARS);
    REQUIRE(text != NULL);
    return strlen(ret_text);
}

bool address_from_socket(const struct sockaddr *socket_address, struct address *ret_address)
{
    switch (socket_address->sa_family) {
    case AF_INET:
        *ret_address = from_ipv4(&((const struct sockaddr_in *)(const void *)socket_address)->sin_addr);
        return true;
    case AF_INET6:
        memcpy(ret_address->bytes, &((const struct sockaddr_in6 *)(const void *)socket_address)->sin6_addr,
               16);
        return true;
    default:
        return false;
    }
}

static bool network_has(const struct network *network, const struct address *address)
{
    int whole = network->prefix_bits / 8, rest = network->prefix_bits % 8;
    if (memcmp(network->address.bytes, address->bytes, (size_t)whole) != 0)
        return false;
    if (rest == 0)
        return true;
    return ((network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

/* ---- public or not ---- */

/* clang-format off */
#define V4(a, b, c, d, bits_) {.address.bytes = {[10] = 0xff, 0xff, (a), (b), (c), (d)}, .prefix_bits = MAPPED_BITS + (bits_)}
#define V6(a, b, c, d, bits_) {.address.bytes = {(a), (b), (c), (d)}, .prefix_bits = (bits_)}
static const struct network not_public[] = {
    V4(0, 0, 0, 0, 8),       /* this network */
    V4(10, 0, 0, 0, 8),      /* private */
    V4(100, 64, 0, 0, 10),   /* shared: carrier-grade NAT */
    V4(127, 0, 0, 0, 8),     /* loopback */
    V4(169, 254, 0, 0, 16),  /* link-local, cloud metadata */
    V4(172, 16, 0, 0, 12),   /* private */
    V4(192, 0, 0, 0, 24),    /* protocol assignments */
    V4(192, 0, 2, 0, 24),    /* documentation */
    V4(192, 88, 99, 0, 24),  /* 6to4 relays */
    V4(192, 168, 0, 0, 16),  /* private */
    V4(198, 18, 0, 0, 15),   /* benchmarks */
    V4(198, 51, 100, 0, 24), /* documentation */
    V4(203, 0, 113, 0, 24),  /* documentation */
    V4(224, 0, 0, 0, 4),     /* multicast */
    V4(240, 0, 0, 0, 4),     /* reserved, broadcast */
    V6(0x20, 0x01, 0x00, 0x00, 23), /* protocol assignments: Teredo, ORCHID, benchmarks */
    V6(0x20, 0x01, 0x0d, 0xb8, 32), /* documentation */
    V6(0x20, 0x02, 0x00, 0x00, 16), /* 6to4: carries any IPv4 address */
    V6(0x3f, 0xff, 0x00, 0x00, 20), /* documentation */
};
static const struct network global_unicast = V6(0x20, 0, 0, 0, 3);
static const struct network nat64 = V6(0x00, 0x64, 0xff, 0x9b, 96);
/* clang-format on */

static bool is_public(const struct address *address)
{
    if (!is_ipv4(address) && !network_has(&global_unicast, address))
        return false;
    for (size_t i = 0; i < COUNT_OF(not_public); i++) {
        if (network_has(&not_public[i], address))
            return false;
    }
    return true;
}

bool address_is_public(const struct address *address)
{
    if (!network_has(&nat64, address))
        return is_public(address);
    struct address carried = from_ipv4(address->bytes + 12);
    return is_public(&carried);
}

/* ---- sets ---- */

static bool network_parse(struct str text, struct network *ret_network)
{
    ptrdiff_t slash = str_find_byte(text, '/', 0);
    struct str host = slash < 0 ? text : str_slice(text, 0, (size_t)slash);
    struct address address;
    if (!address_parse(host, &address))
        return false;
    bool is_dotted = str_find_byte(host, ':', 0) < 0;
    uint64_t bits = is_dotted ? 32 : 128;
    if (slash >= 0 && !number_parse_u64(str_slice(text, (size_t)slash + 1, text.len), bits, &bits))
        return false;
    *ret_network =
        (struct network){.address = address, .prefix_bits = (int)bits + (is_dotted ? MAPPED_BITS : 0)};
    return true;
}

bool network_set_parse(struct arena *arena, struct str text, struct network_set *ret_set)
{
    struct str rest = str_trim(text).len != 0 ? text : STR_NONE;
    struct str part;
    size_t capacity = 1;
    for (size_t i = 0; i < text.len; i++)
        capacity += text.ptr[i] == ',';
    struct network_set set = {.networks = ARENA_ARRAY(arena, struct network, capacity)};
    while (str_split(&rest, ',', &part)) {
        if (!network_parse(str_trim(part), &set.networks[set.count++]))
            return false;
    }
    *ret_set = set;
    return true;
}

bool network_set_has(const struct network_set *set, const struct address *address)
{
    for (size_t i = 0; i < set->count; i++) {
        if (network_has(&set->networks[i], address))
            return true;
    }
    return false;
}
