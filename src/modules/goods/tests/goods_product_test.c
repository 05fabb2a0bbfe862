/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Products on a real database: what may become of them while they are auctioned and once they are sold, their pictures, their
 * categories, their accounts. */
#include "modules/goods/tests/stall.h"
#include "modules/media/media.h"

static struct error *patch_title(struct ctx *cx, struct id id, const char *title)
{
    struct product_draft changes = {.title = str_cstr(title), .present = 1};
    return goods_patch_product(cx, stall_key(cx, id), &changes, stall_any);
}

static struct id publish(struct ctx *cx, int64_t stock)
{
    struct id id = stall_product(cx, stock);
    assert_ok(cx, goods_publish_product(cx, stall_key(cx, id)));
    return id;
}

/* --- what may become of it --- */

IN_STALL(what_is_auctioned_stays_as_bidders_see_it)
{
    (void)arg;
    struct id id = publish(cx, 2);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_reason(patch_title(cx, id, "Another"), goods_in_auction);
    assert_reason(goods_withdraw_product(cx, stall_key(cx, id)), goods_in_auction);
    assert_reason(goods_delete_product(cx, stall_key(cx, id), stall_any), goods_in_auction);
    assert_ok(cx, goods_change_stock(cx, stall_key(cx, id), &(struct stock_request){STOCK_IN, 1, STR("")}));
    assert_ok(cx, stall_do(cx, goods_release, id, stall_holder(1)));
    assert_ok(cx, patch_title(cx, id, "Another"));
    check_str(stall_item(id)->title, "Another");
}

IN_STALL(what_is_sold_stays_as_it_is_and_is_listed_as_sold)
{
    (void)arg;
    struct id id = publish(cx, 1);
    assert_true(str_starts_with(stall_facets(id), STR("product:active product:active:owner:")));
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_ok(cx, stall_do(cx, goods_sell_held, id, stall_holder(1)));
    assert_int_equal(stall_load(cx, id).status, GOODS_SOLD);
    assert_int_equal(stall_item(id)->status, CATALOG_SOLD);
    assert_true(str_starts_with(stall_facets(id), STR("product:sold product:sold:owner:")));
    assert_reason(patch_title(cx, id, "Another"), goods_sold);
    assert_reason(goods_withdraw_product(cx, stall_key(cx, id)), goods_sold);
    assert_reason(goods_publish_product(cx, stall_key(cx, id)), goods_sold);
    assert_reason(goods_delete_product(cx, stall_key(cx, id), stall_any), goods_sold);
    assert_reason(goods_change_stock(cx, stall_key(cx, id), &(struct stock_request){STOCK_IN, 1, STR("")}),
                  goods_sold);
}

static struct error *take_down(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    (void)holder_id;
    return goods_take_down(cx, tx, product_id, STR("a forgery"));
}

static struct error *restore(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    (void)holder_id;
    return goods_restore(cx, tx, product_id);
}

IN_STALL(what_is_taken_down_is_not_public_nor_sold_and_comes_back_as_it_was)
{
    (void)arg;
    struct id id = publish(cx, 1);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    for (int i = 0; i < 2; i++)
        assert_ok(cx, stall_do(cx, take_down, id, ID_NONE));
    assert_int_equal(stall_load(cx, id).status, GOODS_TAKEN_DOWN);
    assert_int_equal(stall_item(id)->status, CATALOG_TAKEN_DOWN);
    check_str(stall_item(id)->takedown_reason, "a forgery");
    assert_true(stall_facets(id).ptr == NULL);
    assert_reason(stall_do(cx, goods_sell_held, id, stall_holder(1)), goods_out_of_stock);
    assert_ok(cx, stall_do(cx, goods_release, id, stall_holder(1)));
    assert_reason(goods_publish_product(cx, stall_key(cx, id)), goods_not_publishable);
    assert_ok(cx, goods_withdraw_product(cx, stall_key(cx, id)));
    assert_int_equal(stall_load(cx, id).status, GOODS_TAKEN_DOWN);
    for (int i = 0; i < 2; i++)
        assert_ok(cx, stall_do(cx, restore, id, ID_NONE));
    assert_int_equal(stall_load(cx, id).status, GOODS_ACTIVE);
    assert_true(stall_item(id)->takedown_reason.ptr == NULL);
    assert_true(str_starts_with(stall_facets(id), STR("product:active ")));
}

IN_STALL(what_was_sold_before_it_was_taken_down_stays_as_it_is)
{
    (void)arg;
    struct id id = publish(cx, 1);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_ok(cx, stall_do(cx, goods_sell_held, id, stall_holder(1)));
    assert_ok(cx, stall_do(cx, take_down, id, ID_NONE));
    assert_reason(patch_title(cx, id, "Another"), goods_sold);
    assert_reason(goods_delete_product(cx, stall_key(cx, id), stall_any), goods_sold);
    assert_ok(cx, stall_do(cx, restore, id, ID_NONE));
    assert_int_equal(stall_load(cx, id).status, GOODS_SOLD);
}

IN_STALL(what_nobody_held_is_deleted_for_good_and_what_somebody_held_is_kept)
{
    (void)arg;
    struct id never = publish(cx, 1), once = publish(cx, 1);
    assert_ok(cx, stall_do(cx, goods_hold, once, stall_holder(1)));
    assert_ok(cx, stall_do(cx, goods_release, once, stall_holder(1)));
    assert_ok(cx, goods_delete_product(cx, stall_key(cx, never), stall_any));
    assert_ok(cx, goods_delete_product(cx, stall_key(cx, once), stall_any));
    assert_null(stall_item(never));
    assert_int_equal(stall_item(once)->status, CATALOG_DELETED);
    struct goods_product product;
    bool is_found = true;
    assert_ok(cx, goods_find_product(cx, NULL, once, &product, &is_found));
    assert_false(is_found);
}

IN_STALL(only_owners_see_and_change_their_drafts)
{
    (void)arg;
    struct id draft = stall_product(cx, 1), active = publish(cx, 1);
    struct ctx other = stall_as(cx, 2);
    struct product_view view;
    assert_true(error_has_code(goods_load_view(&other, stall_key(cx, draft), &view), ERROR_NOT_FOUND));
    assert_true(error_has_code(patch_title(&other, draft, "Mine"), ERROR_NOT_FOUND));
    assert_true(error_has_code(patch_title(&other, active, "Mine"), ERROR_FORBIDDEN));
    assert_ok(cx, goods_load_view(&other, stall_key(cx, active), &view));
    assert_int_equal(view.sold_count, -1);
    assert_ok(cx, goods_load_view(cx, stall_key(cx, active), &view));
    assert_int_equal(view.sold_count, 0);
}

/* --- pictures --- */

static struct id with_picture(struct ctx *cx, struct id upload_id)
{
    struct image_draft image = {.upload_id = upload_id, .alt = STR("Front")};
    struct product_draft draft = stall_draft(1);
    struct id id = ID_NONE;
    draft.images = (struct array){&image, 1};
    assert_ok(cx, goods_create_product(cx, &draft, &id));
    return id;
}

static struct error *refuse(struct ctx *cx, struct tx *tx, void *arg)
{
    return goods_refuse_image(cx, tx, *(const struct id *)arg);
}

IN_STALL(a_picture_that_was_refused_loses_its_files_once_and_says_why)
{
    (void)arg;
    struct id upload = stall_holder(100), id = with_picture(cx, upload);
    struct product_view view;
    stall_asset(upload)->status = MEDIA_FAILED;
    for (int i = 0; i < 2; i++)
        assert_ok(cx, db_transact(cx, TX_WRITE, refuse, &upload));
    assert_int_equal(stall_asset(upload)->releases, 1);
    assert_true(id_is_none(stall_load(cx, id).cover_asset_id));
    assert_ok(cx, goods_load_view(cx, stall_key(cx, id), &view));
    check_str(ARRAY_AT(struct image_view, view.images, 0)->problem, "this is no picture");
    assert_reason(goods_publish_product(cx, stall_key(cx, id)), goods_not_publishable);
    assert_ok(cx, goods_delete_product(cx, stall_key(cx, id), stall_any));
    assert_int_equal(stall_asset(upload)->releases, 1);
}

IN_STALL(pictures_in_work_wait_for_publishing_and_are_hidden)
{
    (void)arg;
    struct id upload = stall_holder(100), id = with_picture(cx, upload);
    struct ctx other = stall_as(cx, 2);
    struct product_view view;
    stall_asset(upload)->status = MEDIA_RUNNING;
    assert_reason(goods_publish_product(cx, stall_key(cx, id)), goods_not_publishable);
    stall_asset(upload)->status = MEDIA_READY;
    assert_ok(cx, goods_publish_product(cx, stall_key(cx, id)));
    stall_asset(upload)->status = MEDIA_QUEUED;
    assert_ok(cx, goods_load_view(&other, stall_key(cx, id), &view));
    assert_int_equal(view.images.count, 0);
    assert_ok(cx, goods_load_view(cx, stall_key(cx, id), &view));
    assert_int_equal(view.images.count, 1);
}

/* --- categories --- */

static int64_t products_in(struct ctx *cx, const char *slug)
{
    struct category_view view;
    assert_ok(cx, goods_load_category(cx, str_cstr(slug), &view));
    return view.product_count;
}

IN_STALL(counts_follow_every_move)
{
    (void)arg;
    struct id id = publish(cx, 1);
    assert_int_equal(products_in(cx, "vinyl"), 1);
    assert_int_equal(products_in(cx, "records"), 1);
    struct product_draft changes = {.category = STR("guitars")};
    for (size_t i = 0; i < product_patch_body.count; i++)
        if (strcmp(product_patch_body.fields[i].name, "category") == 0)
            changes.present = UINT64_C(1) << i;
    assert_ok(cx, goods_patch_product(cx, stall_key(cx, id), &changes, stall_any));
    assert_int_equal(products_in(cx, "records"), 0);
    assert_int_equal(products_in(cx, "instruments"), 1);
    assert_ok(cx, goods_withdraw_product(cx, stall_key(cx, id)));
    assert_int_equal(products_in(cx, "instruments"), 0);
    assert_reason(goods_delete_category(cx, STR("guitars"), stall_any), goods_category_used);
    assert_ok(cx, goods_delete_product(cx, stall_key(cx, id), stall_any));
    assert_ok(cx, goods_delete_category(cx, STR("guitars"), stall_any));
}

IN_STALL(a_slug_belongs_to_one_category)
{
    (void)arg;
    const struct str name = STR("Records");
    struct id id = ID_NONE;
    struct category_changes changes = {.name = &name};
    assert_reason(goods_create_category(cx, &changes, &id), goods_slug_taken);
    const struct str slug = STR("records");
    assert_reason(
        goods_change_category(cx, STR("guitars"), &(struct category_changes){.slug = &slug}, stall_any),
        goods_slug_taken);
}

IN_STALL(a_category_does_not_lie_below_itself)
{
    (void)arg;
    struct category_view vinyl, records;
    assert_ok(cx, goods_load_category(cx, STR("vinyl"), &vinyl));
    assert_ok(cx, goods_load_category(cx, STR("records"), &records));
    assert_reason(goods_change_category(cx, STR("records"),
                                        &(struct category_changes){.parent_id = &vinyl.id}, stall_any),
                  goods_category_circle);
    const struct id top = ID_NONE;
    const struct category_edit edits[] = {{vinyl.id, {.parent_id = &top}},
                                          {records.id, {.parent_id = &vinyl.id}}};
    assert_ok(cx, goods_edit_categories(cx, edits, COUNT_OF(edits)));
    assert_ok(cx, goods_load_category(cx, STR("tapes"), &records));
    check_str(records.path, "vinyl/records/tapes");
}

/* --- accounts, checks --- */

static struct error *erase(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return goods_erase_account(cx, tx, cx->caller->account_id);
}

IN_STALL(an_erased_account_keeps_what_others_bid_for)
{
    (void)arg;
    struct id open = publish(cx, 1), auctioned = publish(cx, 1);
    struct str json = STR_NONE;
    assert_ok(cx, stall_do(cx, goods_hold, auctioned, stall_holder(1)));
    assert_ok(cx, goods_export_account(cx, cx->caller->account_id, &json));
    assert_true(str_find(json, id_str(cx->arena, open)) >= 0);
    assert_ok(cx, db_transact(cx, TX_WRITE, erase, NULL));
    assert_null(stall_item(open));
    assert_non_null(stall_item(auctioned));
    assert_ok(cx, stall_do(cx, goods_sell_held, auctioned, stall_holder(1)));
}

IN_STALL(the_checks_hold_whatever_happened)
{
    (void)arg;
    struct strbuf findings;
    struct id id = publish(cx, 3);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(2)));
    assert_ok(cx, stall_do(cx, goods_sell_held, id, stall_holder(1)));
    strbuf_init(&findings, cx->arena, 4096);
    for (const struct module_check *check = goods_checks; check->name != NULL; check++)
        assert_ok(cx, check->run(cx, &findings));
    check_str(strbuf_str(&findings), "");
    const struct stock_level wrong = {7, 0, 0};
    assert_ok(cx, goods_repo_update_stock(cx, NULL, id, &wrong));
    assert_ok(cx, goods_checks[0].run(cx, &findings));
    assert_true(str_find(strbuf_str(&findings), id_str(cx->arena, id)) >= 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_auctioned_stays_as_bidders_see_it),
        cmocka_unit_test(what_is_sold_stays_as_it_is_and_is_listed_as_sold),
        cmocka_unit_test(what_is_taken_down_is_not_public_nor_sold_and_comes_back_as_it_was),
        cmocka_unit_test(what_was_sold_before_it_was_taken_down_stays_as_it_is),
        cmocka_unit_test(what_nobody_held_is_deleted_for_good_and_what_somebody_held_is_kept),
        cmocka_unit_test(only_owners_see_and_change_their_drafts),
        cmocka_unit_test(a_picture_that_was_refused_loses_its_files_once_and_says_why),
        cmocka_unit_test(pictures_in_work_wait_for_publishing_and_are_hidden),
        cmocka_unit_test(counts_follow_every_move),
        cmocka_unit_test(a_slug_belongs_to_one_category),
        cmocka_unit_test(a_category_does_not_lie_below_itself),
        cmocka_unit_test(an_erased_account_keeps_what_others_bid_for),
        cmocka_unit_test(the_checks_hold_whatever_happened),
    };
    return stall_main(argc, argv, "goods products", tests, COUNT_OF(tests));
}
