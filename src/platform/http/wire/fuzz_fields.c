/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Field values with a grammar of their own: conditions, codings, forwarding, authorities. Each line of the input is a value, given to
 * all of them in turn. */
#include "base/require/require.h"

#include "platform/http/wire/accept.h"
#include "platform/http/wire/condition.h"
#include "platform/http/wire/forwarded.h"
#include "platform/http/wire/syntax.h"
#include "platform/http/wire/target.h"

static const enum http_field judged[] = {
    HTTP_FIELD_IF_MATCH,          HTTP_FIELD_IF_NONE_MATCH,
    HTTP_FIELD_IF_MODIFIED_SINCE, HTTP_FIELD_IF_UNMODIFIED_SINCE,
    HTTP_FIELD_IF_RANGE,          HTTP_FIELD_FORWARDED,
    HTTP_FIELD_X_FORWARDED_FOR,   HTTP_FIELD_X_FORWARDED_PROTO,
    HTTP_FIELD_ACCEPT_ENCODING,
};

static void judge(const struct http_request *request, const struct network_set *trusted)
{
    const struct validators now = {.etag = STR("\"v1\""), .modified = {1795160495000000}};
    struct address client;
    bool is_https = false;
    (void)condition_judge(request, &now);
    (void)condition_range_counts(request, &now);
    (void)accept_choose_coding(http_field(request, HTTP_FIELD_ACCEPT_ENCODING));
    if (forwarded_resolve(request, trusted, &client, &is_https)) {
        char text[ADDRESS_CHARS];
        struct address again;
        REQUIRE(address_parse(str_from(text, address_format(&client, text)), &again));
        REQUIRE(memcmp(&client, &again, sizeof(client)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct network networks[] = {{.address.bytes = {[10] = 0xff, 0xff, 10}, .prefix_bits = 104}};
    const struct network_set trusted = {.networks = networks, .count = 1};
    struct str rest = str_from((const char *)data, size), line;
    struct http_request request = {.method = HTTP_GET};
    for (size_t i = 0; str_split(&rest, '\n', &line); i++) {
        (void)authority_is_valid(line);
        (void)media_type_compresses(line);
        (void)syntax_parameter(line, STR("q"));
        request.known[judged[i % COUNT_OF(judged)]] = line;
        judge(&request, &trusted);
    }
    return 0;
}
