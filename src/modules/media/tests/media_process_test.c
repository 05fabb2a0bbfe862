/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Processing with the real media program: what is made of a file, what is refused, and that no failure in between shows. */
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/encode.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/fault/fault.h"
#include "platform/jobs/jobs.h"
#include "platform/module/module.h"

#include "modules/media/tests/media_fixture.h"

static enum db_engine engine;

static void with_media(const char *const *settings, on_loop_fn body)
{
    struct media_fixture *fixture = media_fixture_new(engine, settings);
    media_fixture_run(fixture, body, NULL);
    fault_disarm_all();
    media_fixture_free(fixture);
}

#define PROCESS_TEST_WITH(name, settings_)                                                                   \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        with_media(settings_, name##_body);                                                                  \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)
#define PROCESS_TEST(name) PROCESS_TEST_WITH(name, NULL)

/* --- files --- */

static void put_u32(char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(value >> 8 * i & 0xFF);
}

/* Two seconds of a sine, 44.1 kHz, 16 bits, mono. */
static struct str make_wav(struct ctx *cx)
{
    enum { RATE = 44100, SAMPLES = 2 * RATE, HEAD = 44 };
    static const char head[HEAD + 1] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0........\2\0\x10\0data....";
    char *wav = arena_alloc(cx->arena, HEAD + 2 * SAMPLES);
    memcpy(wav, head, HEAD);
    put_u32(wav + 4, HEAD - 8 + 2 * SAMPLES);
    put_u32(wav + 24, RATE);
    put_u32(wav + 28, 2 * RATE);
    put_u32(wav + 40, 2 * SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
        unsigned value = (unsigned)(int)(12000 * sin(2 * 3.14159265 * 440 * i / RATE));
        wav[HEAD + 2 * i] = (char)(value & 0xFF);
        wav[HEAD + 2 * i + 1] = (char)(value >> 8 & 0xFF);
    }
    return str_from(wav, HEAD + 2 * SAMPLES);
}

/* 64 × 64 pixels of one colour. */
static struct str make_png(struct ctx *cx)
{
    static const char text[] =
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsItiFKMZ3Qi+hcEKLNXzWgQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQELgv7QwDT6iLMhAAAAABJRU5ErkJggg==";
    struct str png = STR_NONE;
    assert_true(base64_decode(cx->arena, str_cstr(text), &png));
    return png;
}

/* --- steps --- */

struct adoption {
    struct id upload_id;
    enum media_purpose purpose;
    struct id asset_id;
};

static struct error *adopt_in(struct ctx *cx, struct tx *tx, void *arg)
{
    struct adoption *adoption = arg;
    return media_adopt_upload(cx, tx, adoption->upload_id, adoption->purpose, &adoption->asset_id);
}

static struct error *adopt(struct ctx *cx, struct id upload_id, enum media_purpose purpose,
                           struct id *ret_asset_id)
{
    struct adoption adoption = {upload_id, purpose, ID_NONE};
    TRY(db_transact(cx, TX_WRITE, adopt_in, &adoption));
    *ret_asset_id = adoption.asset_id;
    return NULL;
}

static struct id make_asset(struct ctx *cx, enum media_purpose purpose, const char *file_name,
                            struct str bytes)
{
    struct id asset_id = ID_NONE;
    const char *word = media_purpose_words.words[purpose];
    cx->caller = &media_anna;
    assert_null(adopt(cx, media_upload_bytes(cx, word, file_name, bytes), purpose, &asset_id));
    return asset_id;
}

static struct job job_of(struct ctx *cx, struct id asset_id)
{
    struct str id = id_str(cx->arena, asset_id);
    return (struct job){.attempt = 1,
                        .payload = arena_printf(cx->arena, "{\"asset_id\":\"%" STR_FMT "\"}", STR_ARG(id))};
}

static struct error *process(struct ctx *cx, struct id asset_id)
{
    struct job job = job_of(cx, asset_id);
    return media_process_job.run(cx, &job);
}

struct surrender {
    struct job job;
    const struct error *error;
};

static struct error *give_up_in(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct surrender *surrender = arg;
    return media_process_job.give_up(cx, tx, &surrender->job, surrender->error);
}

static void give_up(struct ctx *cx, struct id asset_id, const struct error *error)
{
    struct surrender surrender = {job_of(cx, asset_id), error};
    assert_null(db_transact(cx, TX_WRITE, give_up_in, &surrender));
}

static struct media_asset load(struct ctx *cx, struct id asset_id)
{
    struct media_asset asset;
    bool is_found = false;
    assert_null(media_find_asset(cx, NULL, asset_id, &asset, &is_found));
    assert_true(is_found);
    return asset;
}

static struct error *release_in(struct ctx *cx, struct tx *tx, void *arg)
{
    return media_release_asset(cx, tx, *(const struct id *)arg);
}

static void release(struct ctx *cx, struct id asset_id)
{
    assert_null(db_transact(cx, TX_WRITE, release_in, &asset_id));
}

static bool is_stored(struct ctx *cx, const struct blob_key *key)
{
    AUTO_FD fd = -1;
    int64_t size = 0;
    struct error *error = storage_read(cx, key, &fd, &size);
    assert_true(error == NULL || error_is(error, &storage_missing));
    return error == NULL;
}

static void assert_nothing_found_by_checks(struct ctx *cx)
{
    CLEANUP(strbuf_fini) struct strbuf findings;
    strbuf_init(&findings, NULL, 1 << 16);
    for (const struct module_check *check = media_checks; check->name != NULL; check++)
        assert_null(check->run(cx, &findings));
    check_str(strbuf_str(&findings), "");
}

/* --- what is made --- */

static const struct media_file *find_file(struct array files, enum media_file_kind kind)
{
    for (size_t i = 0; i < files.count; i++)
        if (ARRAY_AT(struct media_file, files, i)->kind == (int32_t)kind)
            return ARRAY_AT(struct media_file, files, i);
    return NULL;
}

PROCESS_TEST(a_wav_becomes_everything_that_is_served_of_it)
{
    (void)arg;
    static const char *const names[] = {"aac-96", "aac-160", "aac-256", "flac"};
    struct array renditions = {0}, files = {0};
    struct id id = make_asset(cx, MEDIA_MASTER, "sine.wav", make_wav(cx));
    assert_int_equal(load(cx, id).status, MEDIA_QUEUED);
    assert_null(process(cx, id));
    struct media_asset asset = load(cx, id);
    assert_int_equal(asset.status, MEDIA_READY);
    assert_int_equal(asset.duration_ms, 2000);
    check_str(asset.codec, "pcm_s16le");
    assert_true(asset.is_lossless);
    assert_int_equal(asset.sample_rate, 44100);
    assert_true(asset.loudness_lufs < -5 && asset.loudness_lufs > -20);
    assert_null(media_list_renditions(cx, id, &renditions));
    assert_int_equal(renditions.count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        check_str(ARRAY_AT(struct media_rendition, renditions, i)->name, names[i]);
    assert_null(media_list_files(cx, NULL, id, &files));
    assert_int_equal(files.count, 4);
    assert_memory_equal(&find_file(files, MEDIA_FILE_ORIGINAL)->key, &asset.original, sizeof(asset.original));
    assert_memory_equal(&find_file(files, MEDIA_FILE_WAV)->key, &asset.original, sizeof(asset.original));
    check_str(find_file(files, MEDIA_FILE_MP3)->extension, "mp3");
    assert_non_null(find_file(files, MEDIA_FILE_PREVIEW));
    assert_nothing_found_by_checks(cx);
}

PROCESS_TEST(a_picture_is_made_anew_in_every_size)
{
    (void)arg;
    static const char *const names[] = {"64.jpg", "128.jpg", "512.jpg", "1024.jpg", "64.webp", "1024.webp"};
    struct id id = make_asset(cx, MEDIA_COVER, "cover.png", make_png(cx));
    assert_null(process(cx, id));
    assert_int_equal(load(cx, id).status, MEDIA_READY);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct open_file *file = NULL;
        assert_null(media_open_image(cx, id, str_cstr(names[i]), &file));
        assert_true(file->size_bytes > 0);
        open_files_release(file);
    }
    const struct open_file *none = NULL;
    assert_true(error_has_code(media_open_image(cx, id, STR("63.jpg"), &none), ERROR_NOT_FOUND));
    assert_nothing_found_by_checks(cx);
}

/* --- what is refused --- */

PROCESS_TEST(a_refused_file_tells_its_owner_why)
{
    (void)arg;
    static const struct {
        enum media_purpose purpose;
        const char *bytes, *code;
    } rows[] = {
        {MEDIA_MASTER, "This is a text and no recording at all, however long it may be.", "media.not_audio"},
        {MEDIA_COVER, "Neither is it a picture.", "media.not_image"},
        {MEDIA_STEMS, "Nor an archive.", "media.not_zip"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct id id = make_asset(cx, rows[i].purpose, "x", str_cstr(rows[i].bytes));
        struct error *error = process(cx, id);
        assert_non_null(error);
        assert_string_equal(error->reason->name, rows[i].code);
        assert_false(error_code_may_retry(error->reason->code));
        give_up(cx, id, error);
        struct media_asset asset = load(cx, id);
        assert_int_equal(asset.status, MEDIA_FAILED);
        check_str(asset.problem_code, rows[i].code);
        assert_true(asset.problem_detail.len > 0);
        assert_null(media_sweep(cx));
        assert_false(is_stored(cx, &asset.original));
        assert_null(process(cx, id)); /* it is over */
        assert_int_equal(load(cx, id).status, MEDIA_FAILED);
    }
}

static const char *const no_scanner[] = {"LATHE_CLAMD=unix:/nowhere/clamd.socket", NULL};

PROCESS_TEST_WITH(without_its_scanner_nothing_passes, no_scanner)
{
    (void)arg;
    struct id id = make_asset(cx, MEDIA_COVER, "cover.png", make_png(cx));
    struct error *error = process(cx, id);
    assert_true(error_is(error, &media_scan_unavailable));
    assert_true(error_code_may_retry(error->reason->code));
    assert_int_equal(load(cx, id).status, MEDIA_RUNNING);
}

PROCESS_TEST(an_infected_file_is_gone_with_the_next_sweep)
{
    (void)arg;
    struct id id = make_asset(cx, MEDIA_MASTER, "x", STR("something bad"));
    struct blob_key original = load(cx, id).original;
    give_up(cx, id, ERROR(cx, media_infected, "the virus scanner found X"));
    assert_int_equal(load(cx, id).status, MEDIA_FAILED);
    assert_null(media_sweep(cx));
    assert_false(is_stored(cx, &original));
}

/* --- what goes wrong on the way --- */

PROCESS_TEST(a_job_may_be_cut_anywhere_and_repeated)
{
    (void)arg;
    static const struct fault_rule rules[] = {
        {.point = "media.process.scanned", .action = FAULT_FAIL, .code = ERROR_UNAVAILABLE},
        {.point = "storage.sync", .action = FAULT_FAIL, .errno_value = EIO, .after = 3},
        {.point = "storage.link", .action = FAULT_FAIL, .errno_value = ENOSPC, .after = 2},
        {.point = "media.process.stored", .action = FAULT_FAIL, .code = ERROR_UNAVAILABLE},
    };
    struct id id = make_asset(cx, MEDIA_COVER, "cover.png", make_png(cx));
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        fault_arm(&rules[i]);
        struct error *error = process(cx, id);
        check_that(error != NULL && error_code_may_retry(error->reason->code), "rule %zu", i);
        fault_disarm_all();
        assert_int_equal(load(cx, id).status, MEDIA_RUNNING);
    }
    assert_null(process(cx, id));
    assert_int_equal(load(cx, id).status, MEDIA_READY);
    assert_nothing_found_by_checks(cx);
}

PROCESS_TEST(an_asset_that_was_released_is_not_made)
{
    (void)arg;
    bool is_found = true;
    struct media_asset asset;
    struct id id = make_asset(cx, MEDIA_COVER, "cover.png", make_png(cx));
    struct blob_key original = load(cx, id).original;
    release(cx, id);
    assert_null(process(cx, id));
    assert_null(media_find_asset(cx, NULL, id, &asset, &is_found));
    assert_false(is_found);
    media_fixture_advance(cx, US_PER_DAY + US_PER_SECOND);
    assert_null(media_sweep(cx));
    assert_false(is_stored(cx, &original));
}

/* --- adoption --- */

PROCESS_TEST(only_a_finished_upload_of_ones_own_is_adopted_once)
{
    (void)arg;
    struct id asset_id = ID_NONE;
    struct upload_row open = {0};
    const struct media_upload_request request = {.length = 5, .metadata = {.purpose = STR("cover")}};
    cx->caller = &media_anna;
    struct id upload_id = media_upload_bytes(cx, "cover", "cover.png", make_png(cx));
    assert_null(media_create_upload(cx, &request, &open));
    assert_true(error_is(adopt(cx, open.id, MEDIA_COVER, &asset_id), &media_upload_unfinished));
    assert_true(error_is(adopt(cx, upload_id, MEDIA_MASTER, &asset_id), &media_upload_purpose));
    assert_true(error_has_code(adopt(cx, (struct id){{0xFF}}, MEDIA_COVER, &asset_id), ERROR_NOT_FOUND));
    cx->caller = &media_berta;
    assert_true(error_has_code(adopt(cx, upload_id, MEDIA_COVER, &asset_id), ERROR_NOT_FOUND));
    cx->caller = &media_anna;
    assert_null(adopt(cx, upload_id, MEDIA_COVER, &asset_id));
    assert_true(error_is(adopt(cx, upload_id, MEDIA_COVER, &asset_id), &media_upload_used));
}

/* --- licences and links --- */

struct holding {
    struct id holder_id;
    struct blob_key key;
};

static struct error *hold_in(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct holding *holding = arg;
    return media_hold(cx, tx, holding->holder_id, &holding->key);
}

static struct error *unhold_in(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct holding *holding = arg;
    return media_unhold(cx, tx, holding->holder_id);
}

PROCESS_TEST(a_sold_file_outlives_its_asset)
{
    (void)arg;
    struct id id = make_asset(cx, MEDIA_STEMS, "stems.zip", STR("stand-in for an archive"));
    struct holding holding = {{{0x11}}, load(cx, id).original};
    assert_null(db_transact(cx, TX_WRITE, hold_in, &holding));
    release(cx, id);
    media_fixture_advance(cx, 2 * US_PER_DAY);
    assert_null(media_sweep(cx));
    assert_true(is_stored(cx, &holding.key));
    assert_null(db_transact(cx, TX_WRITE, unhold_in, &holding));
    media_fixture_advance(cx, 2 * US_PER_DAY);
    assert_null(media_sweep(cx));
    assert_false(is_stored(cx, &holding.key));
}

static struct str after(struct str url, struct str name)
{
    struct str rest = str_slice(url, (size_t)str_find(url, name) + name.len, url.len), part = STR_NONE;
    assert_true(str_find(url, name) >= 0 && str_split(&rest, '&', &part));
    return part;
}

static struct media_link link_of(struct ctx *cx, const struct holding *holding, struct str purpose)
{
    const struct media_file file = {
        .key = holding->key, .content_type = STR("audio/wav"), .extension = STR("wav")};
    struct instant expires_at = instant_add_us(clock_now(cx), US_PER_HOUR);
    struct str url = media_file_url(cx, &file, STR("beat.wav"), purpose, holding->holder_id, expires_at);
    assert_true(str_starts_with(url, STR("/media/files/")));
    return (struct media_link){
        .key = holding->key,
        .name = STR("beat.wav"),
        .content_type = STR("audio/wav"),
        .purpose = purpose,
        .holder_id = holding->holder_id,
        .expires = expires_at.us,
        .signature = after(url, STR("sig=")),
    };
}

static struct error *open_link(struct ctx *cx, struct media_link link)
{
    struct media_open_file file = {.fd = -1};
    struct error *error = media_open_link(cx, &link, &file);
    if (error == NULL)
        close(file.fd);
    return error;
}

PROCESS_TEST(a_link_opens_what_it_was_made_for_and_nothing_else)
{
    (void)arg;
    struct id id = make_asset(cx, MEDIA_STEMS, "stems.zip", STR("stand-in for an archive"));
    struct holding holding = {{{0x22}}, load(cx, id).original};
    struct media_link good = link_of(cx, &holding, STR("free")), bad = good;
    assert_null(open_link(cx, good));
    bad.name = STR("other.wav");
    assert_true(error_is(open_link(cx, bad), &media_link_invalid));
    bad = good;
    bad.content_type = STR("text/html");
    assert_true(error_is(open_link(cx, bad), &media_link_invalid));
    bad = good;
    bad.expires++;
    assert_true(error_is(open_link(cx, bad), &media_link_invalid));
    bad = good;
    bad.holder_id.bytes[3] = 1;
    assert_true(error_is(open_link(cx, bad), &media_link_invalid));
    bad = good;
    bad.key.sha256[0] ^= 1;
    assert_true(error_is(open_link(cx, bad), &media_link_invalid));
    bad = good;
    bad.signature = STR("");
    assert_true(error_is(open_link(cx, bad), &media_link_invalid));
    media_fixture_advance(cx, US_PER_HOUR);
    assert_true(error_is(open_link(cx, good), &media_link_expired));
}

PROCESS_TEST(a_withdrawn_licence_ends_its_links)
{
    (void)arg;
    struct id id = make_asset(cx, MEDIA_STEMS, "stems.zip", STR("stand-in for an archive"));
    struct holding holding = {{{0x33}}, load(cx, id).original};
    struct media_link link = link_of(cx, &holding, STR("license"));
    assert_true(error_is(open_link(cx, link), &media_link_expired));
    assert_null(db_transact(cx, TX_WRITE, hold_in, &holding));
    assert_null(open_link(cx, link));
    assert_null(db_transact(cx, TX_WRITE, unhold_in, &holding));
    assert_true(error_is(open_link(cx, link), &media_link_expired));
}

PROCESS_TEST(the_check_finds_what_is_missing)
{
    (void)arg;
    struct id id = make_asset(cx, MEDIA_STEMS, "stems.zip", STR("stand-in for an archive"));
    struct blob_key original = load(cx, id).original;
    assert_nothing_found_by_checks(cx);
    assert_null(storage_delete(cx, &original));
    CLEANUP(strbuf_fini) struct strbuf findings;
    strbuf_init(&findings, NULL, 1 << 16);
    assert_null(media_checks[0].run(cx, &findings));
    assert_true(str_find(strbuf_str(&findings), STR("is missing")) >= 0);
}

int main(int argc, char **argv)
{
    engine = media_fixture_engine(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wav_becomes_everything_that_is_served_of_it),
        cmocka_unit_test(a_picture_is_made_anew_in_every_size),
        cmocka_unit_test(a_refused_file_tells_its_owner_why),
        cmocka_unit_test(without_its_scanner_nothing_passes),
        cmocka_unit_test(an_infected_file_is_gone_with_the_next_sweep),
        cmocka_unit_test(a_job_may_be_cut_anywhere_and_repeated),
        cmocka_unit_test(an_asset_that_was_released_is_not_made),
        cmocka_unit_test(only_a_finished_upload_of_ones_own_is_adopted_once),
        cmocka_unit_test(a_sold_file_outlives_its_asset),
        cmocka_unit_test(a_link_opens_what_it_was_made_for_and_nothing_else),
        cmocka_unit_test(a_withdrawn_licence_ends_its_links),
        cmocka_unit_test(the_check_finds_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
