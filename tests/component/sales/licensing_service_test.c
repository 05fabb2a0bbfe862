/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The use cases of licensing on both engines: what a licence keeps for ever, counted and expiring downloads, withdrawal, the public
 * check of a key, lists. */
#include <unistd.h>

#include "base/text/number.h"

#include "tests/component/sales/till.h"

enum { SELLER = 1, OTHER_SELLER, BUYER, STRANGER, ADMIN };

static struct license_view view_of(struct ctx *cx, struct id license_id)
{
    struct license_view view;
    ASSERT_OK(cx, licensing_load(cx, license_id, &view));
    return view;
}

static struct id license_of(struct ctx *buyer, struct id order_id)
{
    struct order_view order = till_read(buyer, order_id);
    return till_item_of(&order, 0)->license_id;
}

static struct id buy(struct ctx *buyer, struct id spec, enum catalog_license_type type)
{
    return license_of(buyer, till_buy(buyer, spec, type));
}

/* --- what is kept --- */

AT_TILL(a_licence_keeps_what_it_was_sold_under)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    struct id spec = SPEC(cx, SELLER, "Night Drive", {CATALOG_BASIC, 2000}, {CATALOG_PREMIUM, 5000});
    struct id license_id = buy(&buyer, spec, CATALOG_PREMIUM);
    struct license_grant no_grant = {.grant = ID_NONE};
    struct license_contract contract, later;
    struct license_view before = view_of(&buyer, license_id);
    ASSERT_OK(cx, licensing_load_contract(&buyer, license_id, &no_grant, &contract));
    till_rewrite_spec(cx, SELLER, spec);
    till_delete_spec(cx, SELLER, spec);
    till_advance(cx, 365 * US_PER_DAY);

    struct license_view after = view_of(&buyer, license_id);
    check_str(after.spec_title, "Night Drive");
    check_str(after.option_name, "Premium");
    assert_int_equal(after.price.minor, 5000);
    assert_true(str_equal(after.terms, before.terms));
    assert_int_equal(after.file_types.count, before.file_types.count);
    assert_true(after.is_active);
    /* For both parties, and the same bytes. */
    ASSERT_OK(cx, licensing_load_contract(&seller, license_id, &no_grant, &later));
    assert_true(str_equal(contract.pdf, later.pdf) && str_equal(contract.etag, later.etag));
    struct license_downloads downloads;
    ASSERT_OK(cx, licensing_make_links(&buyer, license_id, &downloads));
    assert_int_equal(downloads.files.count, 2);
    bool may_stream = false;
    ASSERT_OK(cx, licensing_may_stream(cx, till_account(BUYER), spec, &may_stream));
    assert_true(may_stream);
    till_assert_sound(cx);
}

struct carried_case {
    enum catalog_license_type type;
    size_t files;
};
static const struct carried_case carried_cases[] = {
    {CATALOG_BASIC, 1}, {CATALOG_PREMIUM, 2}, {CATALOG_EXCLUSIVE, 2}};

AT_TILL(a_type_carries_its_files)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    for (size_t i = 0; i < COUNT_OF(carried_cases); i++) {
        struct id spec = SPEC(cx, SELLER, "Files", {carried_cases[i].type, 1000});
        struct license_downloads downloads;
        ASSERT_OK(cx, licensing_make_links(&buyer, buy(&buyer, spec, carried_cases[i].type), &downloads));
        check_that(downloads.files.count == carried_cases[i].files, "type %d has %zu files",
                   (int)carried_cases[i].type, downloads.files.count);
    }
    static const enum catalog_license_type with_stems[] = {CATALOG_TRACKOUT, CATALOG_UNLIMITED};
    for (size_t i = 0; i < COUNT_OF(with_stems); i++) {
        struct id spec = SPEC(cx, SELLER, "No stems", {CATALOG_BASIC, 500});
        struct licensing_issue issue = {.type = (int32_t)with_stems[i],
                                        .file_types = STR("[]"),
                                        .master_asset_id = till_master_of(cx, spec)};
        ASSERT_REASON(licensing_check_sale(cx, NULL, &issue), licensing_file_missing);
    }
}

AT_TILL(strangers_see_no_licence)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), stranger = till_as(cx, STRANGER), seller = till_as(cx, SELLER);
    struct ctx other = till_as(cx, OTHER_SELLER), admin = till_as_admin(cx, ADMIN);
    struct id license_id = buy(&buyer, SPEC(cx, SELLER, "Mine", {CATALOG_BASIC, 100}), CATALOG_BASIC);
    struct ctx *const blind[] = {&stranger, &other};
    struct ctx *const parties[] = {&buyer, &seller, &admin};
    struct license_view view;
    struct license_downloads downloads;
    struct license_contract contract;
    struct license_grant no_grant = {.grant = ID_NONE};
    for (size_t i = 0; i < COUNT_OF(blind); i++) {
        assert_true(error_has_code(licensing_load(blind[i], license_id, &view), ERROR_NOT_FOUND));
        assert_true(error_has_code(licensing_make_links(blind[i], license_id, &downloads), ERROR_NOT_FOUND));
        assert_true(error_has_code(licensing_load_contract(blind[i], license_id, &no_grant, &contract),
                                   ERROR_NOT_FOUND));
    }
    assert_true(
        error_has_code(licensing_load_contract(cx, license_id, &no_grant, &contract), ERROR_UNAUTHENTICATED));
    for (size_t i = 0; i < COUNT_OF(parties); i++)
        ASSERT_OK(cx, licensing_load(parties[i], license_id, &view));
    assert_true(error_has_code(licensing_make_links(&seller, license_id, &downloads), ERROR_NOT_FOUND));
}

/* --- downloads --- */

static struct str query_value(struct str url, const char *name)
{
    ptrdiff_t at = str_find(url, str_cstr(name));
    assert_true(at > 0);
    struct str rest = str_slice(url, (size_t)at + strlen(name), url.len), value = {0};
    assert_true(str_split(&rest, '&', &value));
    return value;
}

/* A fresh link to the first file. */
static struct license_grant link_of(struct ctx *buyer, struct id license_id)
{
    struct license_downloads downloads;
    struct license_grant grant = {.expires = 0};
    ASSERT_OK(buyer, licensing_make_links(buyer, license_id, &downloads));
    struct str url = ARRAY_AT(struct license_link, downloads.files, 0)->url;
    assert_true(id_parse(query_value(url, "grant="), &grant.grant));
    assert_true(number_parse_i64(query_value(url, "expires="), 0, INT64_MAX, &grant.expires));
    grant.signature = query_value(url, "signature=");
    return grant;
}

static struct error *fetch(struct ctx *cx, struct id license_id, const struct license_grant *grant)
{
    struct license_delivery delivery;
    TRY(licensing_deliver(cx, license_id, LICENSE_MP3, grant, &delivery));
    assert_int_equal(delivery.size_bytes, 5);
    close(delivery.fd);
    return NULL;
}

static int64_t downloads_of(struct ctx *buyer, struct id license_id)
{
    struct license_downloads downloads;
    ASSERT_OK(buyer, licensing_make_links(buyer, license_id, &downloads));
    return ARRAY_AT(struct license_link, downloads.files, 0)->downloads;
}

static struct id sold_file(struct ctx *cx, struct ctx *buyer, struct id *ret_order_id)
{
    struct id spec = SPEC(cx, SELLER, "Sold", {CATALOG_BASIC, 2000});
    *ret_order_id = till_buy(buyer, spec, CATALOG_BASIC);
    return license_of(buyer, *ret_order_id);
}

AT_TILL(downloads_are_counted_once_a_link_and_end)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id order_id = ID_NONE, license_id = sold_file(cx, &buyer, &order_id);
    struct license_grant first = link_of(&buyer, license_id), second = link_of(&buyer, license_id);
    for (int i = 0; i < 3; i++) /* a download that goes on after a break */
        ASSERT_OK(cx, fetch(cx, license_id, &first));
    assert_int_equal(downloads_of(&buyer, license_id), 1);
    ASSERT_OK(cx, fetch(cx, license_id, &second));
    assert_int_equal(downloads_of(&buyer, license_id), 2);
    struct license_grant third = link_of(&buyer, license_id); /* LATHE_MAX_DOWNLOADS=2 */
    ASSERT_REASON(fetch(cx, license_id, &third), licensing_downloads_used);
    ASSERT_OK(cx, fetch(cx, license_id, &second));
    assert_int_equal(downloads_of(&buyer, license_id), 2);
    till_assert_sound(cx);
}

AT_TILL(links_expire_and_cannot_be_made_up)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id order_id = ID_NONE, license_id = sold_file(cx, &buyer, &order_id);
    struct id other_order = ID_NONE, other_id = sold_file(cx, &buyer, &other_order);
    struct license_grant good = link_of(&buyer, license_id), changed = good;
    changed.expires++;
    assert_true(error_has_code(fetch(cx, license_id, &changed), ERROR_NOT_FOUND));
    changed = good;
    changed.grant = crypto_new_id(cx);
    assert_true(error_has_code(fetch(cx, license_id, &changed), ERROR_NOT_FOUND));
    changed = good;
    changed.signature = STR("");
    assert_true(error_has_code(fetch(cx, license_id, &changed), ERROR_NOT_FOUND));
    assert_true(error_has_code(fetch(cx, other_id, &good), ERROR_NOT_FOUND));
    till_advance(cx, US_PER_HOUR - US_PER_SECOND);
    ASSERT_OK(cx, fetch(cx, license_id, &good));
    till_advance(cx, US_PER_SECOND);
    ASSERT_REASON(fetch(cx, license_id, &good), licensing_link_expired);
    till_advance(cx, 3 * US_PER_DAY);
    till_run_job(cx, &licensing_sweep_job);
    ASSERT_REASON(fetch(cx, license_id, &good), licensing_link_expired);
    assert_int_equal(downloads_of(&buyer, license_id), 1);
}

AT_TILL(a_refund_ends_licence_links_and_playing)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    struct id order_id = ID_NONE, license_id = sold_file(cx, &buyer, &order_id);
    struct license_grant link = link_of(&buyer, license_id);
    struct license_view view = view_of(&buyer, license_id);
    struct license_check check;
    struct license_downloads downloads;
    bool may_stream = false;
    ASSERT_OK(cx, licensing_check_key(cx, view.key, &check));
    assert_true(check.valid);
    struct orders_refund_request refund = {.order_id = order_id};
    ASSERT_OK(cx, orders_refund(&seller, &refund));
    ASSERT_REASON(fetch(cx, license_id, &link), licensing_revoked);
    ASSERT_REASON(licensing_make_links(&buyer, license_id, &downloads), licensing_revoked);
    ASSERT_OK(cx, licensing_may_stream(cx, till_account(BUYER), view.spec_id, &may_stream));
    assert_false(may_stream);
    view = view_of(&buyer, license_id);
    assert_false(view.is_active);
    check_str(view.withdrawn_reason, "refunded");
    ASSERT_OK(cx, licensing_check_key(cx, view.key, &check));
    assert_false(check.valid);
    assert_true(check.withdrawn_at.us == view.withdrawn_at.us);
    till_assert_sound(cx);
}

/* --- keys and lists --- */

AT_TILL(a_key_is_found_however_it_is_typed)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id license_id = buy(&buyer, SPEC(cx, SELLER, "Keys", {CATALOG_BASIC, 100}), CATALOG_BASIC);
    struct str key = view_of(&buyer, license_id).key;
    char *typed = arena_cstr(cx->arena, arena_printf(cx->arena, "  %" STR_FMT " ", STR_ARG(key)));
    struct license_check check;
    for (char *c = typed; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
    ASSERT_OK(cx, licensing_check_key(cx, str_cstr(typed), &check));
    check_str(check.licensee, "User 3");
    check_str(check.licensor, "User 1");
    assert_true(
        error_has_code(licensing_check_key(cx, STR("LIC-00000-00000-00000-00000"), &check), ERROR_NOT_FOUND));
    assert_true(error_has_code(licensing_check_key(cx, STR("nonsense"), &check), ERROR_NOT_FOUND));
}

AT_TILL(own_licences_are_listed_and_looked_for)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), stranger = till_as(cx, STRANGER);
    struct id newest = ID_NONE;
    static const char *const titles[] = {"Night Drive", "Day 100% Walk", "Night Train"};
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        till_advance(cx, US_PER_SECOND);
        struct id spec = SPEC(cx, SELLER, titles[i], {CATALOG_BASIC, 100}, {CATALOG_PREMIUM, 200});
        newest = buy(&buyer, spec, i == 1 ? CATALOG_PREMIUM : CATALOG_BASIC);
    }
    struct search_case {
        struct license_search search;
        size_t count;
        int64_t total;
    } cases[] = {
        {{.type = -1, .limit = 10, .with_total = true}, 3, 3},
        {{.type = -1, .limit = 2, .with_total = true}, 2, 3},
        {{.type = -1, .limit = 2, .page = 2}, 1, -1},
        {{.type = CATALOG_PREMIUM, .limit = 10, .with_total = true}, 1, 1},
        {{.type = -1, .q = STR("nIGHT"), .limit = 10, .with_total = true}, 2, 2},
        {{.type = -1, .q = STR("100%"), .limit = 10}, 1, -1},
        {{.type = -1, .q = STR("%"), .limit = 10}, 1, -1},
        {{.type = -1, .q = STR("user 1"), .limit = 10}, 3, -1},
        {{.type = -1, .cursor = newest, .limit = 10}, 2, -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct array views = {0};
        int64_t total = 0;
        ASSERT_OK(cx, licensing_list(&buyer, &cases[i].search, &views, &total));
        check_that(views.count == cases[i].count && total == cases[i].total, "search %zu: %zu of %lld", i,
                   views.count, (long long)total);
        ASSERT_OK(cx, licensing_list(&stranger, &cases[i].search, &views, &total));
        check_that(views.count == 0, "search %zu by a stranger", i);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_licence_keeps_what_it_was_sold_under),
        cmocka_unit_test(a_type_carries_its_files),
        cmocka_unit_test(strangers_see_no_licence),
        cmocka_unit_test(downloads_are_counted_once_a_link_and_end),
        cmocka_unit_test(links_expire_and_cannot_be_made_up),
        cmocka_unit_test(a_refund_ends_licence_links_and_playing),
        cmocka_unit_test(a_key_is_found_however_it_is_typed),
        cmocka_unit_test(own_licences_are_listed_and_looked_for),
    };
    return till_main(argc, argv, "licensing service", tests, COUNT_OF(tests));
}
