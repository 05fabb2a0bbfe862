/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Texts packed into payloads come out as they went in, and nothing comes out of what is no payload. */
#include "platform/db/postgresql/bundle.h"

#include "base/mem/arena.h"

#include "platform/db/db_channel.h"

#include "tests/lib/check.h"

static void texts_come_out_as_they_went_in(void **state)
{
    (void)state;
    const struct str texts[] = {STR("M\troom\t{\"a\":\"7:x\"}"), STR(""), STR(":"), STR("12"),
                                STR("\xc3\xa4")};
    struct strbuf bundle;
    bundle_init(&bundle);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_true(bundle_add(&bundle, texts[i]));
    struct str rest = strbuf_str(&bundle), text = STR_NONE;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_true(bundle_take(&rest, &text));
        assert_true(str_equal(text, texts[i]));
    }
    assert_false(bundle_take(&rest, &text));
    strbuf_fini(&bundle);
}

static void a_full_bundle_takes_no_more(void **state)
{
    (void)state;
    static char longest[DB_CHANNEL_MAX];
    struct strbuf bundle;
    memset(longest, 'x', sizeof(longest));
    bundle_init(&bundle);
    assert_true(bundle_add(&bundle, str_from(longest, sizeof(longest))));
    size_t full = bundle.len;
    assert_false(bundle_add(&bundle, str_from(longest, BUNDLE_MAX - full)));
    assert_int_equal(bundle.len, full);
    assert_false(bundle.overflow);
    assert_true(bundle_add(&bundle, str_from(longest, BUNDLE_MAX - full - 3)));
    assert_int_equal(bundle.len, BUNDLE_MAX);
    strbuf_fini(&bundle);
}

static void what_is_no_bundle_gives_nothing(void **state)
{
    (void)state;
    const struct str wrong[] = {STR(""),
                                STR("M\troom"),
                                STR(":"),
                                STR("5"),
                                STR("5:four"),
                                STR("-1:a"),
                                STR("0x1:a"),
                                STR("99999999999999999999:a"),
                                STR("1"),
                                STR("a:b"),
                                STR("18446744073709551615:a")};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct str rest = wrong[i], text = STR_NONE;
        assert_false(bundle_take(&rest, &text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_out_as_they_went_in),
        cmocka_unit_test(a_full_bundle_takes_no_more),
        cmocka_unit_test(what_is_no_bundle_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
