/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Uploads on a real database and a real disk: whatever happens, what was acknowledged is there, and only that. */
#include <errno.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"

#include "modules/media/tests/media_fixture.h"

static enum db_engine engine;

static void with_media(const char *const *settings, on_loop_fn body)
{
    struct media_fixture *fixture = media_fixture_new(engine, settings);
    media_fixture_run(fixture, body, NULL);
    fault_disarm_all();
    media_fixture_free(fixture);
}

static const char *const small_limits[] = {
    "LATHE_UPLOAD_MAX_MASTER=1M",
    "LATHE_UPLOAD_MAX_STEMS=2M",
    "LATHE_UPLOAD_MAX_IMAGE=1K",
    "LATHE_UPLOAD_QUOTA=3M",
    NULL,
};

#define UPLOAD_TEST_WITH(name, settings_)                                                                    \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        with_media(settings_, name##_body);                                                                  \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)
#define UPLOAD_TEST(name) UPLOAD_TEST_WITH(name, NULL)

/* --- steps --- */

static struct upload_row create(struct ctx *cx, const char *purpose, int64_t length)
{
    struct upload_row upload = {0};
    const struct media_upload_request request = {.length = length,
                                                 .metadata = {.purpose = str_cstr(purpose)}};
    assert_null(media_create_upload(cx, &request, &upload));
    assert_int_equal(upload.received, 0);
    return upload;
}

static struct error *append(struct ctx *cx, struct upload_row *upload, int64_t offset,
                            struct bytes_source *source)
{
    const struct media_append append = {
        .upload_id = upload->id, .offset = offset, .source = bytes_source(source)};
    return media_append_upload(cx, &append, upload);
}

static struct error *append_text(struct ctx *cx, struct upload_row *upload, int64_t offset, struct str text)
{
    return append(cx, upload, offset, &(struct bytes_source){.rest = text});
}

static struct upload_row load(struct ctx *cx, struct id id)
{
    struct upload_row upload = {0};
    assert_null(media_load_upload(cx, id, &upload));
    return upload;
}

static struct str content_of(struct ctx *cx, const struct upload_row *upload)
{
    AUTO_FD fd = -1;
    int64_t size = 0;
    struct blob_key key;
    assert_int_equal(upload->sha256.len, sizeof(key.sha256));
    memcpy(key.sha256, upload->sha256.ptr, sizeof(key.sha256));
    bool is_whole = false;
    assert_null(storage_verify(cx, &key, &is_whole));
    assert_true(is_whole);
    assert_null(storage_read(cx, &key, &fd, &size));
    char *bytes = arena_alloc(cx->arena, (size_t)size + 1);
    assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
    return str_from(bytes, (size_t)size);
}

static size_t count_staged(struct ctx *cx)
{
    struct array staged = {0};
    assert_null(storage_stage_list(cx, &staged));
    return staged.count;
}

static struct str some_bytes(struct ctx *cx, size_t len)
{
    char *bytes = arena_alloc(cx->arena, len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 2654435761U >> 13);
    return str_from(bytes, len);
}

/* --- the straight way --- */

UPLOAD_TEST(bytes_sent_in_pieces_become_one_blob)
{
    (void)arg;
    cx->caller = &media_anna;
    struct str bytes = some_bytes(cx, 1 << 20);
    struct upload_row upload = create(cx, "master", (int64_t)bytes.len);
    assert_null(append(cx, &upload, 0,
                       &(struct bytes_source){.rest = str_slice(bytes, 0, 300000), .piece_len = 777}));
    assert_int_equal(upload.received, 300000);
    assert_int_equal(load(cx, upload.id).received, 300000);
    assert_null(append_text(cx, &upload, 300000, str_slice(bytes, 300000, bytes.len)));
    assert_int_equal(upload.status, UPLOAD_COMPLETE);
    upload = load(cx, upload.id);
    assert_int_equal(upload.status, UPLOAD_COMPLETE);
    assert_true(str_equal(content_of(cx, &upload), bytes));
    assert_int_equal(count_staged(cx), 0);
}

UPLOAD_TEST(an_empty_upload_is_complete_at_once)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "image", 0);
    assert_int_equal(upload.status, UPLOAD_COMPLETE);
    assert_int_equal(content_of(cx, &upload).len, 0);
}

UPLOAD_TEST(the_same_content_twice_is_two_uploads_and_one_blob)
{
    (void)arg;
    struct blob_row blob;
    bool is_found = false;
    cx->caller = &media_anna;
    struct id first = media_upload_bytes(cx, "image", "a.png", STR("the same"));
    cx->caller = &media_berta;
    struct id second = media_upload_bytes(cx, "image", "b.png", STR("the same"));
    struct upload_row upload = load(cx, second);
    assert_null(media_delete_upload(cx, second));
    assert_null(media_repo_find_blob(cx, upload.sha256, &blob, &is_found));
    assert_true(is_found);
    cx->caller = &media_anna;
    assert_null(media_delete_upload(cx, first));
    assert_null(media_repo_find_blob(cx, upload.sha256, &blob, &is_found));
    assert_false(is_found);
}

/* --- refusals --- */

UPLOAD_TEST(others_find_nothing)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 10), seen = upload;
    cx->caller = &media_berta;
    assert_true(error_has_code(media_load_upload(cx, upload.id, &seen), ERROR_NOT_FOUND));
    assert_true(error_has_code(append_text(cx, &seen, 0, STR("x")), ERROR_NOT_FOUND));
    assert_true(error_has_code(media_delete_upload(cx, upload.id), ERROR_NOT_FOUND));
    cx->caller = &caller_anonymous;
    assert_true(error_has_code(media_load_upload(cx, upload.id, &seen), ERROR_NOT_FOUND));
}

UPLOAD_TEST(a_wrong_offset_is_refused)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 10);
    assert_null(append_text(cx, &upload, 0, STR("01234")));
    assert_true(error_is(append_text(cx, &upload, 0, STR("01234")), &media_upload_offset));
    assert_true(error_is(append_text(cx, &upload, 6, STR("6789")), &media_upload_offset));
    assert_null(append_text(cx, &upload, 5, STR("56789")));
    check_str(content_of(cx, &upload), "0123456789");
}

UPLOAD_TEST(bytes_past_the_length_are_refused_and_none_kept)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 10);
    assert_null(append_text(cx, &upload, 0, STR("01234")));
    assert_true(error_has_code(append_text(cx, &upload, 5, STR("567890")), ERROR_TOO_LARGE));
    assert_int_equal(load(cx, upload.id).received, 5);
    assert_null(append_text(cx, &upload, 5, STR("56789")));
    check_str(content_of(cx, &upload), "0123456789");
}

UPLOAD_TEST_WITH(limits_hold_before_a_byte_is_sent, small_limits)
{
    (void)arg;
    static const struct {
        const char *purpose;
        int64_t length;
        const struct reason *reason;
    } rows[] = {
        {"master", (1 << 20) + 1, &media_upload_too_large},
        {"stems", (2 << 20) + 1, &media_upload_too_large},
        {"cover", 1025, &media_upload_too_large},
        {"avatar", 1025, &media_upload_too_large},
        {"image", INT64_MAX, &media_upload_too_large},
        {"wallpaper", 1, ERROR_COMMON(INVALID)},
        {"", 1, ERROR_COMMON(INVALID)},
        {NULL, 1, ERROR_COMMON(INVALID)},
    };
    cx->caller = &media_anna;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct upload_row upload;
        const struct media_upload_request request = {.length = rows[i].length,
                                                     .metadata = {.purpose = str_cstr(rows[i].purpose)}};
        check_that(error_is(media_create_upload(cx, &request, &upload), rows[i].reason), "row %zu", i);
    }
    assert_int_equal(count_staged(cx), 0);
}

UPLOAD_TEST_WITH(the_quota_counts_what_was_announced_and_what_is_kept, small_limits)
{
    (void)arg;
    struct upload_row upload;
    const struct media_upload_request request = {.length = 1 << 20, .metadata = {.purpose = STR("master")}};
    cx->caller = &media_anna;
    create(cx, "stems", 2 << 20);
    struct id last = media_upload_bytes(cx, "master", "m.wav", some_bytes(cx, 1 << 20));
    assert_true(error_is(media_create_upload(cx, &request, &upload), &media_quota));
    cx->caller = &media_berta;
    assert_null(media_create_upload(cx, &request, &upload));
    cx->caller = &media_anna;
    assert_null(media_delete_upload(cx, last));
    assert_null(media_create_upload(cx, &request, &upload));
}

/* --- checksums --- */

static struct error *append_checked(struct ctx *cx, struct upload_row *upload, int64_t offset,
                                    struct str text, const char *algorithm, const char *digest)
{
    struct bytes_source source = {.rest = text};
    struct media_append append = {.upload_id = upload->id, .offset = offset, .source = bytes_source(&source)};
    append.checksum.algorithm = str_cstr(algorithm);
    assert_true(base64_decode(cx->arena, str_cstr(digest), &append.checksum.digest));
    return media_append_upload(cx, &append, upload);
}

UPLOAD_TEST(a_wrong_checksum_keeps_nothing)
{
    (void)arg;
    static const char *const hello_sha1 = "Kq5sNclPz7QV2+lfQIuc6R7oRu0="; /* of "hello world" */
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 11);
    assert_true(error_is(append_checked(cx, &upload, 0, STR("hello w0rld"), "sha1", hello_sha1),
                         &media_upload_checksum));
    assert_int_equal(load(cx, upload.id).received, 0);
    assert_true(error_is(append_checked(cx, &upload, 0, STR("hello world"), "crc32", hello_sha1),
                         &media_upload_header));
    assert_true(error_is(append_checked(cx, &upload, 0, STR("hello world"), "sha256", hello_sha1),
                         &media_upload_checksum));
    assert_null(append_checked(cx, &upload, 0, STR("hello world"), "sha1", hello_sha1));
    check_str(content_of(cx, &upload), "hello world");
}

UPLOAD_TEST(a_cut_request_with_a_checksum_keeps_nothing)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 11);
    struct bytes_source source = {.rest = STR("hello"), .end = ERROR_CODE(cx, CANCELLED, "gone")};
    struct media_append append = {.upload_id = upload.id, .source = bytes_source(&source)};
    append.checksum = (struct upload_checksum){STR("sha1"), STR("01234567890123456789")};
    assert_true(error_has_code(media_append_upload(cx, &append, &upload), ERROR_CANCELLED));
    assert_int_equal(load(cx, upload.id).received, 0);
}

/* --- what goes wrong on the way --- */

UPLOAD_TEST(what_came_before_the_connection_broke_is_kept)
{
    (void)arg;
    static const enum error_code codes[] = {ERROR_CANCELLED, ERROR_TIMEOUT};
    cx->caller = &media_anna;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct upload_row upload = create(cx, "master", 10);
        struct error *gone =
            error_new(cx->arena, &error_common_reasons[codes[i]], __FILE__, __LINE__, "gone");
        assert_ptr_equal(append(cx, &upload, 0, &(struct bytes_source){.rest = STR("0123"), .end = gone}),
                         gone);
        upload = load(cx, upload.id);
        assert_int_equal(upload.received, 4);
        assert_null(append_text(cx, &upload, 4, STR("456789")));
        check_str(content_of(cx, &upload), "0123456789");
    }
}

/* Cancelled while it waits for bytes, as when the connection breaks. */
struct cut_request {
    struct ctx cx;
    struct upload_row upload;
    struct bytes_source source;
    struct error *error;
    struct fiber *waits_for_me;
    bool has_ended;
};

static struct error *read_until_cancelled(void *arg, void *buf, size_t capacity, size_t *ret_len)
{
    struct cut_request *request = arg;
    if (request->source.rest.len != 0)
        return bytes_source(&request->source).read(&request->source, buf, capacity, ret_len);
    return fiber_sleep_until(&request->cx, INT64_MAX);
}

static void run_cut_request(void *arg)
{
    struct cut_request *request = arg;
    const struct media_append append = {.upload_id = request->upload.id,
                                        .source = {read_until_cancelled, request}};
    request->error = media_append_upload(&request->cx, &append, &request->upload);
    request->has_ended = true;
    fiber_wake(request->waits_for_me);
}

UPLOAD_TEST(a_cancelled_request_keeps_what_came)
{
    (void)arg;
    cx->caller = &media_anna;
    struct cut_request request = {.cx = *cx,
                                  .upload = create(cx, "master", 10),
                                  .source = {.rest = STR("0123456")},
                                  .waits_for_me = fiber_self()};
    request.cx.arena = arena_new(0);
    struct id id = request.upload.id;
    struct fiber *fiber = fiber_spawn("request", run_cut_request, &request);
    assert_non_null(fiber);
    while (request.source.rest.len != 0)
        fiber_yield();
    struct upload_row other = request.upload;
    assert_true(error_is(append_text(cx, &other, 0, STR("x")), &media_upload_busy));
    fiber_cancel(fiber);
    while (!request.has_ended)
        fiber_park_firmly();
    assert_true(error_has_code(request.error, ERROR_CANCELLED));
    arena_free(request.cx.arena);
    assert_int_equal(load(cx, id).received, 7);
}

UPLOAD_TEST(a_full_disk_keeps_what_was_acknowledged)
{
    (void)arg;
    static const struct {
        const char *point;
        int failure;
        enum error_code code;
    } rows[] = {
        {"storage.write", ENOSPC, ERROR_FULL},
        {"storage.write", EIO, ERROR_UNAVAILABLE},
        {"storage.sync", ENOSPC, ERROR_FULL},
        {"storage.sync", EIO, ERROR_UNAVAILABLE},
    };
    cx->caller = &media_anna;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct upload_row upload = create(cx, "master", 10);
        assert_null(append_text(cx, &upload, 0, STR("0123")));
        fault_arm(&(struct fault_rule){
            .point = rows[i].point, .action = FAULT_FAIL, .errno_value = rows[i].failure});
        check_that(error_has_code(append_text(cx, &upload, 4, STR("wrong!")), rows[i].code), "row %zu", i);
        fault_disarm_all();
        struct array staged = {0};
        assert_null(storage_stage_list(cx, &staged));
        assert_int_equal(ARRAY_AT(struct storage_staged, staged, 0)->size_bytes, 4);
        upload = load(cx, upload.id);
        assert_int_equal(upload.received, 4);
        assert_null(append_text(cx, &upload, 4, STR("456789")));
        check_str(content_of(cx, &upload), "0123456789");
    }
}

/* The row says 4; the file has more, as after a crash between the write and the row. */
UPLOAD_TEST(unacknowledged_bytes_are_cut_off_at_the_next_request)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 10);
    assert_null(append_text(cx, &upload, 0, STR("0123")));
    int fd = -1;
    assert_null(storage_stage_open(cx, upload.id, &fd));
    assert_null(storage_write(cx, fd, 4, "garbage that is longer", 22));
    close(fd);
    assert_null(append_text(cx, &upload, 4, STR("456789")));
    check_str(content_of(cx, &upload), "0123456789");
}

UPLOAD_TEST(a_crash_before_the_seal_is_made_good_at_the_next_look)
{
    (void)arg;
    cx->caller = &media_anna;
    struct upload_row upload = create(cx, "master", 10);
    fault_arm(&(struct fault_rule){.point = "storage.link", .action = FAULT_FAIL, .errno_value = EIO});
    assert_true(error_is(append_text(cx, &upload, 0, STR("0123456789")), &storage_failed));
    fault_disarm_all();
    upload = load(cx, upload.id);
    assert_int_equal(upload.status, UPLOAD_COMPLETE);
    check_str(content_of(cx, &upload), "0123456789");
    assert_int_equal(count_staged(cx), 0);
}

/* --- parts --- */

static struct id make_part(struct ctx *cx, struct str text)
{
    struct upload_row part = {0};
    const struct media_upload_request request = {.length = (int64_t)text.len,
                                                 .concat = {.kind = UPLOAD_PART}};
    assert_null(media_create_upload(cx, &request, &part));
    assert_null(append_text(cx, &part, 0, text));
    assert_int_equal(part.received, part.length);
    return part.id;
}

static struct error *join(struct ctx *cx, const struct id *ids, size_t count, struct upload_row *ret_upload)
{
    struct media_upload_request request = {.concat = {.kind = UPLOAD_JOINED},
                                           .metadata = {.purpose = STR("master")}};
    request.concat.parts = (struct array){arena_dup(cx->arena, ids, count * sizeof(*ids)), count};
    return media_create_upload(cx, &request, ret_upload);
}

UPLOAD_TEST(parts_are_put_together_in_their_order)
{
    (void)arg;
    cx->caller = &media_anna;
    struct id first = make_part(cx, STR("hello "));
    struct id second = make_part(cx, STR("world"));
    struct upload_row upload = {0}, gone;
    assert_null(join(cx, (struct id[]){first, second}, 2, &upload));
    assert_int_equal(upload.status, UPLOAD_COMPLETE);
    check_str(content_of(cx, &upload), "hello world");
    assert_true(error_has_code(media_load_upload(cx, first, &gone), ERROR_NOT_FOUND));
    assert_int_equal(count_staged(cx), 0);
    assert_true(error_has_code(append_text(cx, &upload, 11, STR("!")), ERROR_FORBIDDEN));
}

UPLOAD_TEST(only_finished_parts_of_ones_own_are_put_together)
{
    (void)arg;
    struct upload_row upload = {0}, unfinished = {0};
    const struct media_upload_request request = {.length = 5, .concat = {.kind = UPLOAD_PART}};
    cx->caller = &media_berta;
    struct id foreign = make_part(cx, STR("other"));
    cx->caller = &media_anna;
    struct id own = make_part(cx, STR("mine"));
    struct id whole = create(cx, "master", 3).id;
    assert_null(media_create_upload(cx, &request, &unfinished));
    const struct id bad[] = {foreign, whole, unfinished.id, {{0xFF}}};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_that(error_is(join(cx, (struct id[]){own, bad[i]}, 2, &upload), &media_upload_parts), "row %zu",
                   i);
    assert_int_equal(load(cx, own).received, 4); /* still there */
}

/* --- time --- */

UPLOAD_TEST(expired_uploads_and_strays_are_swept)
{
    (void)arg;
    struct upload_row gone;
    cx->caller = &media_anna;
    struct upload_row open = create(cx, "master", 10);
    struct id complete = media_upload_bytes(cx, "image", "a.png", STR("unused"));
    struct upload_row row = load(cx, complete);
    int stray_fd = -1;
    assert_null(storage_stage_create(cx, (struct id){{0xEE}}, &stray_fd));
    close(stray_fd);
    assert_null(media_sweep(cx));
    assert_int_equal(count_staged(cx), 2);
    media_fixture_advance(cx, US_PER_DAY + US_PER_SECOND);
    assert_true(
        error_has_code(media_load_upload(cx, open.id, &gone), ERROR_NOT_FOUND)); /* before the sweep too */
    assert_null(media_sweep(cx));
    assert_int_equal(count_staged(cx), 0);
    struct blob_key key;
    int fd = -1;
    int64_t size = 0;
    memcpy(key.sha256, row.sha256.ptr, sizeof(key.sha256));
    assert_null(storage_read(cx, &key, &fd, &size)); /* dead, but not yet gone */
    close(fd);
    media_fixture_advance(cx, US_PER_DAY + US_PER_SECOND);
    assert_null(media_sweep(cx));
    assert_true(error_is(storage_read(cx, &key, &fd, &size), &storage_missing));
}

UPLOAD_TEST(a_dead_blob_that_is_needed_again_lives)
{
    (void)arg;
    cx->caller = &media_anna;
    struct id first = media_upload_bytes(cx, "image", "a.png", STR("again"));
    assert_null(media_delete_upload(cx, first));
    media_fixture_advance(cx, US_PER_DAY - US_PER_SECOND);
    struct id second = media_upload_bytes(cx, "image", "a.png", STR("again"));
    media_fixture_advance(cx, 2 * US_PER_SECOND);
    assert_null(media_sweep(cx));
    struct upload_row upload = load(cx, second);
    check_str(content_of(cx, &upload), "again");
}

/* The sweep was killed between deleting the file and deleting its row; the same content comes again meanwhile. */
UPLOAD_TEST(a_broken_sweep_is_finished_and_loses_nothing)
{
    (void)arg;
    cx->caller = &media_anna;
    struct id first = media_upload_bytes(cx, "image", "a.png", STR("twice"));
    assert_null(media_delete_upload(cx, first));
    media_fixture_advance(cx, US_PER_DAY + US_PER_SECOND);
    fault_arm(
        &(struct fault_rule){.point = "media.blob.deleted", .action = FAULT_FAIL, .code = ERROR_UNAVAILABLE});
    assert_non_null(media_sweep(cx));
    fault_disarm_all();
    assert_null(media_sweep(cx));
    struct id second = media_upload_bytes(cx, "image", "a.png", STR("twice"));
    struct upload_row upload = load(cx, second);
    check_str(content_of(cx, &upload), "twice");
}

int main(int argc, char **argv)
{
    engine = media_fixture_engine(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_sent_in_pieces_become_one_blob),
        cmocka_unit_test(an_empty_upload_is_complete_at_once),
        cmocka_unit_test(the_same_content_twice_is_two_uploads_and_one_blob),
        cmocka_unit_test(others_find_nothing),
        cmocka_unit_test(a_wrong_offset_is_refused),
        cmocka_unit_test(bytes_past_the_length_are_refused_and_none_kept),
        cmocka_unit_test(limits_hold_before_a_byte_is_sent),
        cmocka_unit_test(the_quota_counts_what_was_announced_and_what_is_kept),
        cmocka_unit_test(a_wrong_checksum_keeps_nothing),
        cmocka_unit_test(a_cut_request_with_a_checksum_keeps_nothing),
        cmocka_unit_test(what_came_before_the_connection_broke_is_kept),
        cmocka_unit_test(a_cancelled_request_keeps_what_came),
        cmocka_unit_test(a_full_disk_keeps_what_was_acknowledged),
        cmocka_unit_test(unacknowledged_bytes_are_cut_off_at_the_next_request),
        cmocka_unit_test(a_crash_before_the_seal_is_made_good_at_the_next_look),
        cmocka_unit_test(parts_are_put_together_in_their_order),
        cmocka_unit_test(only_finished_parts_of_ones_own_are_put_together),
        cmocka_unit_test(expired_uploads_and_strays_are_swept),
        cmocka_unit_test(a_dead_blob_that_is_needed_again_lives),
        cmocka_unit_test(a_broken_sweep_is_finished_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
