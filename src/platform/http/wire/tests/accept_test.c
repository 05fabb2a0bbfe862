/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Choosing a content coding, and which types compress. */
#include "platform/http/wire/accept.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

struct row {
    const char *field; /* NULL: absent */
    enum content_coding coding;
};

static void the_greatest_weight_wins(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {NULL, CODING_IDENTITY},
        {"", CODING_IDENTITY},
        {"gzip", CODING_GZIP},
        {"x-gzip", CODING_GZIP},
        {"GZIP", CODING_GZIP},
        {"br", CODING_BROTLI},
        {"gzip, deflate, br", CODING_BROTLI},
        {"gzip, deflate, br, zstd", CODING_BROTLI},
        {"br;q=0.5, gzip", CODING_GZIP},
        {"br;q=0.5, gzip;q=0.501", CODING_GZIP},
        {"br ; q=1.0 , gzip ; q=1", CODING_BROTLI},
        {"br;q=0, gzip;q=0", CODING_IDENTITY},
        {"br;q=0.000", CODING_IDENTITY},
        {"*", CODING_BROTLI},
        {"*;q=0.5, br;q=0", CODING_GZIP},
        {"*;q=0", CODING_IDENTITY},
        {"identity", CODING_IDENTITY},
        {"identity;q=1, gzip;q=0.5", CODING_IDENTITY},
        {"identity;q=0.2, gzip;q=0.5", CODING_GZIP},
        {"gzip;q=2", CODING_IDENTITY},
        {"gzip;q=x", CODING_IDENTITY},
        {"gzip;q=", CODING_IDENTITY},
        {"gzip;q=0.12345", CODING_IDENTITY},
        {"gzip;q=1.5", CODING_IDENTITY},
        {"gzip;q=11", CODING_IDENTITY},
        {"deflate", CODING_IDENTITY},
        {"gzipped, brotli", CODING_IDENTITY},
        {",,gzip,,", CODING_GZIP},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum content_coding coding = accept_choose_coding(str_cstr(rows[i].field));
        if (coding != rows[i].coding)
            fail_msg("%s: %s", rows[i].field, content_coding_name(coding).ptr);
    }
}

static void text_compresses_and_media_do_not(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "text/html",        "text/html; charset=utf-8", "text/css",
        "application/json", "application/json ; a=b",   "application/problem+json",
        "image/svg+xml",    "application/javascript",   "application/vnd.apple.mpegurl"};
    static const char *const no[] = {
        "",           "audio/mpeg",        "image/png",        "application/zip", "application/octet-stream",
        "font/woff2", "text/event-stream", "application/jsonx"};
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        assert_true(media_type_compresses(str_cstr(yes[i])));
    for (size_t i = 0; i < COUNT_OF(no); i++)
        assert_false(media_type_compresses(str_cstr(no[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_weight_wins),
        cmocka_unit_test(text_compresses_and_media_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
