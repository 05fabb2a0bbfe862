/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Cookie fields: what is found lies inside the field. */
#include "base/require/require.h"

#include "platform/http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request request = {0};
    request.known[HTTP_FIELD_COOKIE] = str_from((const char *)data, size);
    struct str value = http_cookie(&request, STR("a"));
    if (value.ptr != NULL)
        REQUIRE(value.ptr >= (const char *)data && value.ptr + value.len <= (const char *)data + size);
    return 0;
}
