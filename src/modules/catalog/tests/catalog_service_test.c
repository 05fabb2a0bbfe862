/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of the catalogue on a real database: drafts, publishing, changes, sales, moderation. */
#include "base/text/encode.h"

#include "platform/jobs/jobs.h"

#include "modules/catalog/tests/studio.h"

static struct spec_view load(struct ctx *cx, struct id id)
{
    struct spec_view view = {0};
    ASSERT_OK(cx, catalog_load_view(cx, id, &view));
    return view;
}

static struct error *read_key(struct ctx *cx, struct str key, struct str *ret_json)
{
    struct spec_reading reading = {0};
    struct error *error = catalog_read_spec(cx, key, &spec_view_type, &reading);
    *ret_json = reading.json;
    return error;
}

static bool has_text(struct str json, const char *text)
{
    return str_find(json, str_cstr(text)) >= 0;
}

/* --- drafts --- */

IN_STUDIO(a_draft_is_what_was_asked_for)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = CREATE(&owner, .title = "Ünder Pressure!", .tag = "Lo-Fi", .bpm = 92.5, .key = 22,
                          .mood = 2, .instrument = 8, .price = 2999, .exclusive_price = 50000);
    struct spec_view view = load(&owner, id);
    check_str(view.title, "Ünder Pressure!");
    check_str(view.slug, "under-pressure");
    assert_int_equal(view.short_code.len, 8);
    assert_int_equal(view.status, CATALOG_DRAFT);
    assert_int_equal(bpm_to_milli(view.bpm), 92500);
    check_str(enum_word(&catalog_key_words, view.key), "a_minor");
    assert_int_equal(view.price.minor, 2999);
    check_str(str_cstr(view.price.currency.code), "USD");
    check_str(view.producer.display_name, "User 1");
    assert_int_equal(view.licenses.count, 2);
    const struct license_view *exclusive = ARRAY_AT(struct license_view, view.licenses, 1);
    assert_int_equal(exclusive->type, CATALOG_EXCLUSIVE);
    assert_true(exclusive->terms.is_exclusive);
    assert_int_equal(ARRAY_AT(struct license_view, view.licenses, 0)->terms.max_streams, 50000);
}

/* Whoever holds the numbers of a title keeps nobody from using it. */
IN_STUDIO(a_series_that_is_held_by_others_does_not_end_a_title)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct ctx other = studio_as(cx, 2, PRODUCER);
    for (int number = 2; number < 30; number++)
        CREATE(&other, .title = arena_printf(cx->arena, "Hit %d", number).ptr);
    check_str(load(&owner, CREATE(&owner, .title = "Hit")).slug, "hit");
    struct spec_view view = load(&owner, CREATE(&owner, .title = "Hit"));
    check_str(view.slug, arena_printf(cx->arena, "hit-%" STR_FMT, STR_ARG(view.short_code)).ptr);
}

IN_STUDIO(equal_titles_get_numbered_slugs)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    static const char *const slugs[] = {"night-drive", "night-drive-2", "night-drive-3"};
    check_str(load(&owner, CREATE(&owner, .title = "Night Drive 2")).slug, "night-drive-2");
    check_str(load(&owner, CREATE(&owner, .title = "Night Drive")).slug, slugs[0]);
    check_str(load(&owner, CREATE(&owner, .title = "Night, Drive")).slug, slugs[2]);
    check_str(load(&owner, CREATE(&owner, .title = "夜")).slug, "untitled");
}

IN_STUDIO(a_spec_is_found_by_id_short_code_and_slug)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Found Me");
    struct spec_view view = load(&owner, id);
    struct str keys[] = {id_str(cx->arena, id), view.short_code, view.slug};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct str json = STR_NONE;
        ASSERT_OK(cx, read_key(cx, keys[i], &json));
        check_that(has_text(json, "\"title\":\"Found Me\""), "key %zu", i);
    }
    struct str json = STR_NONE;
    assert_true(error_has_code(read_key(cx, STR("nothing-here"), &json), ERROR_NOT_FOUND));
    assert_true(error_has_code(read_key(cx, STR("Not A Key"), &json), ERROR_NOT_FOUND));
}

IN_STUDIO(drafts_are_for_their_owner_and_moderators)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct ctx other = studio_as(cx, 2, PRODUCER);
    struct ctx moderator = studio_as(cx, 3, MODERATOR);
    struct str key = studio_key(cx, CREATE(&owner, .title = "Secret"));
    struct str json = STR_NONE;
    ASSERT_OK(cx, read_key(&owner, key, &json));
    ASSERT_OK(cx, read_key(&moderator, key, &json));
    assert_true(error_has_code(read_key(&other, key, &json), ERROR_NOT_FOUND));
    assert_true(error_has_code(read_key(cx, key, &json), ERROR_NOT_FOUND));
    struct spec_row row = {0};
    assert_true(error_has_code(catalog_load_own(&other, key, &row), ERROR_NOT_FOUND));
}

IN_STUDIO(all_that_is_wrong_with_a_draft_is_told)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct str genres[] = {STR("trap"), STR("nonsense")};
    struct str tags[] = {STR("!!!")};
    struct license_draft licenses[] = {{.type = CATALOG_BASIC, .name = STR("A")},
                                       {.type = CATALOG_BASIC, .name = STR("B")}};
    struct spec_draft draft = {
        .title = STR("x"), .key = -1, .genres = {genres, 2}, .tags = {tags, 1}, .licenses = {licenses, 2}};
    struct id id = ID_NONE;
    struct error *error = catalog_create_spec(&owner, &draft, &id);
    assert_true(error_has_code(error, ERROR_INVALID));
    studio_assert_violation(error, "/genres/1");
    studio_assert_violation(error, "/tags/0");
    studio_assert_violation(error, "/currency");
    studio_assert_violation(error, "/licenses/1/type");
    assert_true(id_is_none(id));
}

/* --- publishing --- */

IN_STUDIO(publishing_lists_all_that_is_missing)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = ID_NONE;
    struct spec_draft draft = {.title = STR("Bare"), .key = -1};
    ASSERT_OK(cx, catalog_create_spec(&owner, &draft, &id));
    struct error *error = catalog_publish_spec(&owner, studio_key(cx, id));
    ASSERT_REASON(error, catalog_not_publishable);
    studio_assert_violation(error, "/master");
    studio_assert_violation(error, "/genres");
    studio_assert_violation(error, "/licenses");
}

IN_STUDIO(publishing_makes_it_public_and_withdrawing_hides_it)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Up And Down", .price = 100);
    struct str key = studio_key(cx, id);
    struct str json = STR_NONE;
    ASSERT_OK(cx, read_key(cx, key, &json));
    assert_true(has_text(json, "\"status\":\"published\""));
    struct instant published_at = load(&owner, id).published_at;
    ASSERT_OK(cx, catalog_publish_spec(&owner, key)); /* said twice */
    ASSERT_OK(cx, catalog_unpublish_spec(&owner, key));
    assert_true(error_has_code(read_key(cx, key, &json), ERROR_NOT_FOUND));
    ASSERT_OK(cx, catalog_publish_spec(&owner, key));
    ASSERT_OK(cx, read_key(cx, key, &json));
    assert_int_equal(load(&owner, id).published_at.us, published_at.us);
}

IN_STUDIO(only_verified_accounts_publish)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = CREATE(&owner, .price = 100);
    studio_is_verified = false;
    struct error *error = catalog_publish_spec(&owner, studio_key(cx, id));
    assert_true(error_has_code(error, ERROR_FORBIDDEN));
}

IN_STUDIO(analysis_fills_what_the_owner_left_out)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct spec_view view = load(&owner, PUBLISH(&owner, .title = "Left Out"));
    assert_int_equal(bpm_to_milli(view.bpm), 140000);
    check_str(enum_word(&catalog_key_words, view.key), "a_minor");
    assert_true(view.duration_ms > 180000 && view.is_lossless);
    check_str(view.waveform, "[8,50,100]");

    struct spec_view given = load(&owner, PUBLISH(&owner, .title = "Given", .bpm = 90, .key = 1));
    assert_int_equal(bpm_to_milli(given.bpm), 90000);
    check_str(enum_word(&catalog_key_words, given.key), "c_major");
}

IN_STUDIO(a_wav_is_promised_only_from_a_lossless_master)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct processing_view processing = {0};
    struct id master = studio_master(77);
    studio_asset(master)->is_lossless = false;
    struct id id = CREATE(&owner, .price = 100, .exclusive_price = 1000);
    ASSERT_OK(cx, catalog_put_asset(&owner, studio_key(cx, id), CATALOG_MASTER, master, &processing));
    struct error *error = catalog_publish_spec(&owner, studio_key(cx, id));
    ASSERT_REASON(error, catalog_not_publishable);
    studio_assert_violation(error, "/licenses");
}

IN_STUDIO(processing_is_the_least_finished_of_all_files)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct processing_view view = {0};
    struct id id = CREATE(&owner, .title = "Slow");
    struct str key = studio_key(cx, id);
    struct id cover = {{0x03, [15] = 1}};
    ASSERT_OK(cx, catalog_put_asset(&owner, key, CATALOG_MASTER, studio_master(78), &view));
    assert_int_equal(view.status, MEDIA_READY);
    ASSERT_OK(cx, catalog_put_asset(&owner, key, CATALOG_COVER, cover, &view));
    assert_int_equal(view.status, MEDIA_QUEUED);
    assert_int_equal(view.assets.count, 2);
    studio_asset(cover)->status = MEDIA_FAILED;
    studio_asset(cover)->problem_code = STR("media.too_large");
    ASSERT_OK(cx, catalog_load_processing(&owner, key, &view));
    assert_int_equal(view.status, MEDIA_FAILED);
    check_str(view.problem.code, "media.too_large");
    /* Another file in its place lets the first one go. */
    struct id second = {{0x03, [15] = 2}};
    ASSERT_OK(cx, catalog_put_asset(&owner, key, CATALOG_COVER, second, &view));
    assert_true(studio_was_released(cover));
}

/* --- changing --- */

static struct spec_draft patch_title(const char *title)
{
    /* Bit of the title's row, which is the first. */
    return (struct spec_draft){.title = str_cstr(title), .key = -1, .present = 1};
}

IN_STUDIO(a_change_is_seen_at_once_and_moves_the_version)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Before", .price = 100);
    struct str key = studio_key(cx, id);
    struct str json = STR_NONE;
    int64_t version = load(&owner, id).version;
    ASSERT_OK(cx, read_key(cx, key, &json)); /* cached from here on */
    struct spec_draft changes = patch_title("After");
    ASSERT_OK(cx, catalog_patch_spec(&owner, key, &changes, studio_any));
    ASSERT_OK(cx, read_key(cx, key, &json));
    assert_true(has_text(json, "\"title\":\"After\""));
    struct spec_view view = load(&owner, id);
    assert_true(view.version > version);
    check_str(view.slug, "before"); /* addresses stay */
    assert_int_equal(view.licenses.count, 1);
}

static struct error *refuse_version(struct ctx *cx, void *arg, struct id id, int64_t version)
{
    (void)id;
    *(int64_t *)arg = version;
    return ERROR_CODE(cx, PRECONDITION, "another version");
}

IN_STUDIO(a_change_of_another_version_is_refused)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = CREATE(&owner, .title = "Before");
    int64_t asked = 0;
    struct spec_draft changes = patch_title("After");
    struct error *error = catalog_patch_spec(&owner, studio_key(cx, id), &changes,
                                             (struct catalog_match){refuse_version, &asked});
    assert_true(error_has_code(error, ERROR_PRECONDITION));
    check_str(load(&owner, id).title, "Before");
    assert_int_equal(asked, load(&owner, id).version);
}

IN_STUDIO(what_is_public_stays_complete)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct str key = studio_key(cx, PUBLISH(&owner, .title = "Complete", .price = 100));
    struct license_set none = {.currency = STR("USD")};
    struct error *error = catalog_set_licenses(&owner, key, &none, studio_any);
    ASSERT_REASON(error, catalog_not_publishable);
    studio_assert_violation(error, "/licenses");
    struct processing_view view = {0};
    ASSERT_REASON(catalog_put_asset(&owner, key, CATALOG_MASTER, studio_master(79), &view),
                  catalog_not_publishable);
}

IN_STUDIO(options_keep_their_id_while_their_type_is_offered)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Options", .price = 100, .exclusive_price = 9000);
    struct spec_view before = load(&owner, id);
    struct license_draft drafts[] = {
        {.type = CATALOG_PREMIUM, .name = STR("Premium"), .price = 300},
        {.type = CATALOG_BASIC, .name = STR("Cheaper"), .price = 50},
    };
    struct license_set set = {.currency = STR("EUR"), .licenses = {drafts, 2}};
    ASSERT_OK(cx, catalog_set_licenses(&owner, studio_key(cx, id), &set, studio_any));
    struct spec_view after = load(&owner, id);
    assert_int_equal(after.licenses.count, 2);
    assert_true(id_equal(ARRAY_AT(struct license_view, after.licenses, 1)->id,
                         ARRAY_AT(struct license_view, before.licenses, 0)->id));
    assert_int_equal(after.price.minor, 50);
    check_str(str_cstr(after.price.currency.code), "EUR");
    struct catalog_option option = {0};
    ASSERT_OK(cx,
              catalog_load_option(cx, NULL, ARRAY_AT(struct license_view, before.licenses, 1)->id, &option));
    assert_false(option.is_open);
}

/* --- deleting --- */

IN_STUDIO(a_spec_without_licences_goes_for_good)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Gone", .price = 100, .master = 80);
    struct catalog_spec spec = {0};
    bool is_found = true;
    ASSERT_OK(cx, catalog_delete_spec(&owner, studio_key(cx, id), studio_any));
    ASSERT_OK(cx, catalog_find_spec(cx, NULL, id, &spec, &is_found));
    assert_false(is_found);
    assert_true(studio_was_released(studio_master(80)));
    check_str(load(&owner, CREATE(&owner, .title = "Gone")).slug,
              "gone-2"); /* an old address never leads elsewhere */
}

IN_STUDIO(a_sold_spec_stays_for_its_buyers)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Kept", .price = 100, .master = 81);
    struct id option_id = ARRAY_AT(struct license_view, load(&owner, id).licenses, 0)->id;
    struct catalog_spec spec = {0};
    struct catalog_option option = {0};
    struct str json = STR_NONE;
    bool is_found = false;
    studio_is_licensed = true;
    ASSERT_OK(cx, catalog_delete_spec(&owner, studio_key(cx, id), studio_any));
    ASSERT_OK(cx, catalog_find_spec(cx, NULL, id, &spec, &is_found));
    assert_true(is_found && spec.status == CATALOG_DELETED);
    assert_false(studio_was_released(studio_master(81)));
    assert_true(error_has_code(read_key(&owner, studio_key(cx, id), &json), ERROR_NOT_FOUND));
    ASSERT_OK(cx, catalog_load_option(cx, NULL, option_id, &option));
    assert_false(option.is_open);
}

/* --- sales --- */

struct sale {
    struct id spec_id, option_id, order_id;
};

static struct error *sell(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct sale *sale = arg;
    TRY(catalog_claim_sale(cx, tx, sale->spec_id, sale->option_id, true));
    return catalog_close_offerings(cx, tx, sale->spec_id, sale->order_id);
}

IN_STUDIO(an_exclusive_sale_closes_every_offering_of_the_recording)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct ctx other = studio_as(cx, 2, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "The One", .price = 100, .exclusive_price = 9000, .master = 90);
    struct id twin = PUBLISH(&other, .title = "The Twin", .price = 100, .master = 90);
    struct id stranger = PUBLISH(&other, .title = "A Stranger", .price = 100);
    struct id basic = ARRAY_AT(struct license_view, load(&owner, id).licenses, 0)->id;
    struct sale sale = {id, ARRAY_AT(struct license_view, load(&owner, id).licenses, 1)->id,
                        studio_account(77)};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, sell, &sale));
    assert_int_equal(load(cx, id).status, CATALOG_SOLD);
    assert_int_equal(load(cx, twin).status, CATALOG_SOLD);
    assert_int_equal(load(cx, stranger).status, CATALOG_PUBLISHED);
    assert_int_equal(load(cx, id).licenses.count, 0);
    assert_true(str_is_empty(str_cstr(load(cx, id).price.currency.code)));
    sale.option_id = basic;
    ASSERT_REASON(db_transact(cx, TX_WRITE, sell, &sale), catalog_option_closed);
    struct license_set set = {.currency = STR("USD")};
    ASSERT_REASON(catalog_set_licenses(&owner, studio_key(cx, id), &set, studio_any), catalog_option_closed);
}

/* A recording's features, and those of the same after another encoding: a bit of some differs. */
static struct str fingerprint(struct arena *arena, uint32_t seed, bool is_encoded)
{
    enum { COUNT = 600 };
    uint32_t *features = ARENA_ARRAY(arena, uint32_t, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        seed = seed * 1664525 + 1013904223;
        features[i] = seed ^ seed >> 13 ^ (is_encoded && i % 3 != 0 ? UINT32_C(1) << i % 32 : 0);
    }
    return base64_encode(arena, features, COUNT * sizeof(*features));
}

static struct error *offer_again(struct ctx *cx, const char *title, uint32_t master, struct str raw)
{
    struct processing_view view = {0};
    struct str key = studio_key(cx, CREATE(cx, .title = title, .price = 100));
    struct id master_id = studio_master(master);
    *studio_fingerprint(master_id) = raw;
    TRY(catalog_put_asset(cx, key, CATALOG_MASTER, master_id, &view));
    return catalog_publish_spec(cx, key);
}

IN_STUDIO(an_exclusively_sold_recording_is_not_published_again)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    *studio_fingerprint(studio_master(91)) = fingerprint(cx->arena, 1, false);
    struct id id = PUBLISH(&owner, .title = "Sold", .price = 100, .exclusive_price = 9000, .master = 91);
    struct sale sale = {id, ARRAY_AT(struct license_view, load(&owner, id).licenses, 1)->id,
                        studio_account(77)};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, sell, &sale));
    struct str same = fingerprint(cx->arena, 1, false);
    ASSERT_REASON(offer_again(&owner, "The same file", 91, same), catalog_duplicate_recording);
    ASSERT_REASON(offer_again(&owner, "Another encoding", 92, fingerprint(cx->arena, 1, true)),
                  catalog_duplicate_recording);
    ASSERT_OK(cx, offer_again(&owner, "Another recording", 93, fingerprint(cx->arena, 99, false)));
    ASSERT_OK(cx, offer_again(&owner, "Silence", 94, STR("")));
}

IN_STUDIO(briefs_come_in_the_order_asked_for)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id a = CREATE(&owner, .title = "A");
    struct id b = CREATE(&owner, .title = "B");
    struct id ids[] = {b, studio_account(99), a};
    struct array briefs = {0};
    ASSERT_OK(cx, catalog_list_briefs(cx, ids, 3, &briefs));
    assert_int_equal(briefs.count, 2);
    check_str(ARRAY_AT(struct catalog_brief, briefs, 0)->title, "B");
    check_str(ARRAY_AT(struct catalog_brief, briefs, 1)->title, "A");
    ASSERT_OK(cx, catalog_list_briefs(cx, NULL, 0, &briefs));
    assert_int_equal(briefs.count, 0);
}

/* --- free downloads --- */

IN_STUDIO(the_free_mp3_is_for_those_specs_that_give_it)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct ctx listener = studio_as(cx, 2, 0);
    struct free_download download = {0};
    struct id paid = PUBLISH(&owner, .title = "Paid", .price = 100);
    struct id given = PUBLISH(&owner, .title = "For Free", .price = 100, .is_free = true);
    ASSERT_REASON(catalog_download_free(&listener, studio_key(cx, paid), &download), catalog_not_free);
    ASSERT_OK(cx, catalog_download_free(&listener, studio_key(cx, given), &download));
    check_str(download.file_name, "for-free.mp3");
    assert_int_equal(download.size_bytes, 1000);
    struct id early = PUBLISH(&owner, .title = "Too Early", .price = 100, .is_free = true, .master = 7);
    studio_asset(studio_master(7))->status = MEDIA_RUNNING;
    ASSERT_REASON(catalog_download_free(&listener, studio_key(cx, early), &download), media_not_ready);
}

/* --- moderation --- */

IN_STUDIO(a_report_leads_to_a_takedown_and_back)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct ctx reporter = studio_as(cx, 2, PRODUCER);
    struct ctx moderator = studio_as(cx, 3, MODERATOR);
    struct id id = PUBLISH(&owner, .title = "Doubtful", .price = 100);
    struct str key = studio_key(cx, id);
    struct report_page page = {0};
    struct str json = STR_NONE;
    for (int i = 0; i < 2; i++) /* the second one is the first */
        ASSERT_OK(cx, catalog_report_spec(&reporter, key,
                                          (struct catalog_complaint){.reason = REPORT_COPYRIGHT,
                                                                     .message = STR("this is mine")}));
    ASSERT_OK(cx, catalog_list_reports(&moderator, STR_NONE, 20, &page));
    assert_int_equal(page.items.count, 1);
    check_str(ARRAY_AT(struct report_row, page.items, 0)->title, "Doubtful");

    ASSERT_OK(cx, catalog_take_down(&moderator, key, STR("copyright")));
    assert_true(error_has_code(read_key(&reporter, key, &json), ERROR_NOT_FOUND));
    ASSERT_OK(cx, read_key(&owner, key, &json));
    assert_true(has_text(json, "\"takedown_reason\":\"copyright\""));
    ASSERT_REASON(catalog_publish_spec(&owner, key), catalog_not_publishable);
    ASSERT_OK(cx, catalog_list_reports(&moderator, STR_NONE, 20, &page));
    assert_int_equal(page.items.count, 0);

    ASSERT_OK(cx, catalog_restore(&moderator, key));
    ASSERT_OK(cx, read_key(&reporter, key, &json));
    assert_false(has_text(json, "takedown_reason"));
}

/* --- counters and names --- */

struct counting {
    struct id id;
    int64_t plays;
};

static struct error *set_counters(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct counting *counting = arg;
    return catalog_set_counters(cx, tx, counting->id, counting->plays, 2, 3);
}

IN_STUDIO(counters_move_the_readers_tag_but_not_the_owners)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Counted", .price = 100);
    struct str key = studio_key(cx, id);
    struct spec_reading reader = {0};
    struct spec_reading mine = {0};
    struct spec_reading after = {0};
    ASSERT_OK(cx, catalog_read_spec(cx, key, &spec_view_type, &reader));
    ASSERT_OK(cx, catalog_read_spec(&owner, key, &spec_view_type, &mine));
    assert_int_equal(reader.tag, mine.tag);
    struct counting counting = {id, 41};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, set_counters, &counting));
    ASSERT_OK(cx, catalog_read_spec(cx, key, &spec_view_type, &after));
    assert_true(after.tag != reader.tag);
    assert_true(has_text(after.json, "\"play_count\":41"));
    ASSERT_OK(cx, catalog_read_spec(&owner, key, &spec_view_type, &after));
    assert_int_equal(after.tag, mine.tag);
}

static struct error *rename_owner(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return catalog_rename_owner(cx, tx, cx->caller->account_id, STR("Zoë Quill"));
}

static size_t search(struct ctx *cx, const char *words)
{
    struct spec_query query = {.category = -1,
                               .key = -1,
                               .price_min = -1,
                               .price_max = -1,
                               .duration_min = -1,
                               .duration_max = -1,
                               .limit = 20,
                               .q = str_cstr(words)};
    struct str json = STR_NONE;
    size_t count = 0;
    ASSERT_OK(cx, catalog_read_list(cx, &query, &spec_page_type, &json));
    for (struct str rest = json; str_find(rest, STR("\"slug\"")) >= 0; count++)
        rest = str_slice(rest, (size_t)str_find(rest, STR("\"slug\"")) + 1, rest.len);
    return count;
}

IN_STUDIO(a_new_name_is_shown_at_once_and_searched_soon)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Named", .price = 100);
    struct str json = STR_NONE;
    ASSERT_OK(cx, read_key(cx, studio_key(cx, id), &json));
    ASSERT_OK(cx, db_transact(&owner, TX_WRITE, rename_owner, NULL));
    ASSERT_OK(cx, read_key(cx, studio_key(cx, id), &json));
    assert_true(has_text(json, "Zoë Quill"));
    struct job job = {.payload = arena_printf(cx->arena, "\"%" STR_FMT "\"",
                                              STR_ARG(id_str(cx->arena, studio_account(1))))};
    ASSERT_OK(cx, catalog_relist_job.run(cx, &job));
    assert_int_equal(search(cx, "zoe qui"), 1);
}

struct erasing {
    struct id account_id;
};

static struct error *erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return catalog_erase_account(cx, tx, ((struct erasing *)arg)->account_id);
}

IN_STUDIO(an_erased_account_takes_its_specs_along)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    struct id id = PUBLISH(&owner, .title = "Mine", .price = 100);
    struct str json = STR_NONE;
    ASSERT_OK(cx, catalog_export_account(cx, studio_account(1), &json));
    assert_true(has_text(json, "\"title\":\"Mine\""));
    struct erasing erasing = {studio_account(1)};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, erase, &erasing));
    struct catalog_spec spec = {0};
    bool is_found = true;
    ASSERT_OK(cx, catalog_find_spec(cx, NULL, id, &spec, &is_found));
    assert_false(is_found);
    assert_int_equal(search(cx, "mine"), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_is_what_was_asked_for),
        cmocka_unit_test(a_series_that_is_held_by_others_does_not_end_a_title),
        cmocka_unit_test(equal_titles_get_numbered_slugs),
        cmocka_unit_test(a_spec_is_found_by_id_short_code_and_slug),
        cmocka_unit_test(drafts_are_for_their_owner_and_moderators),
        cmocka_unit_test(all_that_is_wrong_with_a_draft_is_told),
        cmocka_unit_test(publishing_lists_all_that_is_missing),
        cmocka_unit_test(publishing_makes_it_public_and_withdrawing_hides_it),
        cmocka_unit_test(only_verified_accounts_publish),
        cmocka_unit_test(analysis_fills_what_the_owner_left_out),
        cmocka_unit_test(a_wav_is_promised_only_from_a_lossless_master),
        cmocka_unit_test(processing_is_the_least_finished_of_all_files),
        cmocka_unit_test(a_change_is_seen_at_once_and_moves_the_version),
        cmocka_unit_test(a_change_of_another_version_is_refused),
        cmocka_unit_test(what_is_public_stays_complete),
        cmocka_unit_test(options_keep_their_id_while_their_type_is_offered),
        cmocka_unit_test(a_spec_without_licences_goes_for_good),
        cmocka_unit_test(a_sold_spec_stays_for_its_buyers),
        cmocka_unit_test(an_exclusive_sale_closes_every_offering_of_the_recording),
        cmocka_unit_test(an_exclusively_sold_recording_is_not_published_again),
        cmocka_unit_test(briefs_come_in_the_order_asked_for),
        cmocka_unit_test(the_free_mp3_is_for_those_specs_that_give_it),
        cmocka_unit_test(a_report_leads_to_a_takedown_and_back),
        cmocka_unit_test(counters_move_the_readers_tag_but_not_the_owners),
        cmocka_unit_test(a_new_name_is_shown_at_once_and_searched_soon),
        cmocka_unit_test(an_erased_account_takes_its_specs_along),
    };
    return studio_main(argc, argv, "catalog service", tests, COUNT_OF(tests));
}
