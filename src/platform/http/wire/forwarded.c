/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks Forwarded or X-Forwarded-For from the right-most hop. */
#include "platform/http/wire/forwarded.h"

#include "platform/http/wire/syntax.h"

/* What a chain of proxies may sensibly have; further hops on the left are not looked at. */
#define MAX_HOPS 32

/* "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1". */
static bool parse_node(struct str node, struct address *ret_address)
{
    if (node.len != 0 && node.ptr[0] == '[') {
        ptrdiff_t close = str_find_byte(node, ']', 1);
        return close > 0 && address_parse(str_slice(node, 1, (size_t)close - 1), ret_address);
    }
    ptrdiff_t colon = str_find_byte(node, ':', 0);
    bool has_port = colon >= 0 && str_find_byte(node, ':', (size_t)colon + 1) < 0;
    return address_parse(has_port ? str_slice(node, 0, (size_t)colon) : node, ret_address);
}

/* The last MAX_HOPS elements, in order. */
struct hops {
    struct str elements[MAX_HOPS];
    size_t count;
};

static void collect(struct str list, struct hops *hops)
{
    struct str element;
    hops->count = 0;
    while (syntax_next_element(&list, &element)) {
        if (hops->count == MAX_HOPS) {
            memmove(hops->elements, hops->elements + 1, (MAX_HOPS - 1) * sizeof(hops->elements[0]));
            hops->count--;
        }
        hops->elements[hops->count++] = element;
    }
}

typedef struct str (*hop_node_fn)(struct str element);

static struct str plain_node(struct str element)
{
    return element;
}

static struct str forwarded_node(struct str element)
{
    return syntax_parameter(element, STR("for"));
}

/* Index of the client's hop. A hop that is no address ends the walk at the hop after it. */
static bool find_client(const struct hops *hops, hop_node_fn node_of, const struct network_set *trusted,
                        struct address *ret_client, size_t *ret_index)
{
    bool found = false;
    for (size_t i = hops->count; i-- > 0;) {
        struct address address;
        if (!parse_node(node_of(hops->elements[i]), &address))
            break;
        *ret_client = address;
        *ret_index = i;
        found = true;
        if (!network_set_has(trusted, &address))
            break;
    }
    return found;
}

static bool is_https_text(struct str proto)
{
    return str_equal_nocase(proto, STR("https"));
}

static bool resolve_standard(const struct http_request *request, const struct network_set *trusted,
                             struct address *ret_client, bool *ret_is_https)
{
    struct hops hops;
    collect(http_field(request, HTTP_FIELD_FORWARDED), &hops);
    size_t index = hops.count != 0 ? hops.count - 1 : 0;
    bool found = find_client(&hops, forwarded_node, trusted, ret_client, &index);
    *ret_is_https = hops.count != 0 && is_https_text(syntax_parameter(hops.elements[index], STR("proto")));
    return found;
}

static bool resolve_custom(const struct http_request *request, const struct network_set *trusted,
                           struct address *ret_client, bool *ret_is_https)
{
    struct hops hops;
    collect(http_field(request, HTTP_FIELD_X_FORWARDED_FOR), &hops);
    size_t index = hops.count != 0 ? hops.count - 1 : 0;
    bool found = find_client(&hops, plain_node, trusted, ret_client, &index);
    size_t from_right = found ? hops.count - index : 1;
    /* Proxies append to the field or overwrite it: the element of the client's hop counts, else the left-most. */
    collect(http_field(request, HTTP_FIELD_X_FORWARDED_PROTO), &hops);
    size_t proto = hops.count >= from_right ? hops.count - from_right : 0;
    *ret_is_https = hops.count != 0 && is_https_text(hops.elements[proto]);
    return found;
}

bool forwarded_resolve(const struct http_request *request, const struct network_set *trusted,
                       struct address *ret_client, bool *ret_is_https)
{
    if (http_field(request, HTTP_FIELD_FORWARDED).ptr != NULL)
        return resolve_standard(request, trusted, ret_client, ret_is_https);
    return resolve_custom(request, trusted, ret_client, ret_is_https);
}
