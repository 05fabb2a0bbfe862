/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The headers of tus and the names of files, good and bad. */
#include "modules/media/media_domain.h"

#include "lib/check.h"

#define ID_A "0190a6c8-0000-7000-8000-00000000000a"
#define ID_B "0190a6c8-0000-7000-8000-00000000000b"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* --- Upload-Metadata --- */

static void metadata_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *header, *file_name, *file_type, *purpose;
    } rows[] = {
        {"", NULL, NULL, NULL},
        {"filename d29ybGQud2F2,purpose bWFzdGVy", "world.wav", NULL, "master"},
        {"filename d29ybGQud2F2, purpose bWFzdGVy", "world.wav", NULL, "master"},
        {"is_confidential,filetype YXVkaW8vd2F2", NULL, "audio/wav", NULL},
        {"filename ,purpose Y292ZXI=", "", NULL, "cover"},
        {"name YS5tcDM=", "a.mp3", NULL, NULL},
        {"name YS5tcDM=,filename Yi5tcDM=", "a.mp3", NULL, NULL},
        {"filename R3LDvMOfZS53YXY=", "Gr\u00fc\u00dfe.wav", NULL, NULL},
        {"other gICA", NULL, NULL, NULL}, /* what we do not read may be any bytes */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct upload_metadata metadata = {0};
        check_that(upload_metadata_parse(arena, str_cstr(rows[i].header), &metadata), "%s", rows[i].header);
        check_that(str_equal(metadata.file_name, str_cstr(rows[i].file_name)), "name of %s", rows[i].header);
        check_that(str_equal(metadata.file_type, str_cstr(rows[i].file_type)), "type of %s", rows[i].header);
        check_that(str_equal(metadata.purpose, str_cstr(rows[i].purpose)), "purpose of %s", rows[i].header);
    }
}

static void malformed_metadata_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        ",",
        "a,",
        ",a",
        "a,,b",
        "a,a",
        "a YQ==,a Yg==",
        "filename d29ybGQ", /* without padding */
        "filename d29 ybGQ=",
        "filename ====",
        "filename d2\tybGQ=",
        "file\x01name YQ==",
        "f\xc3\xbcr YQ==",
        "filename AA==", /* NUL */
        "filename YQpi", /* newline */
        "purpose gICA",  /* no UTF-8 */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct upload_metadata metadata;
        check_that(!upload_metadata_parse(arena, str_cstr(rows[i]), &metadata), "%s", rows[i]);
    }
}

static void metadata_is_bounded(void **state)
{
    (void)state;
    struct upload_metadata metadata;
    struct strbuf header;
    strbuf_init(&header, arena, 1 << 16);
    for (int i = 0; i < UPLOAD_METADATA_MAX_PAIRS; i++)
        strbuf_printf(&header, "%sk%d", i != 0 ? "," : "", i);
    assert_true(upload_metadata_parse(arena, strbuf_str(&header), &metadata));
    strbuf_append_cstr(&header, ",one_more");
    assert_false(upload_metadata_parse(arena, strbuf_str(&header), &metadata));
    char *long_key = arena_alloc(arena, UPLOAD_METADATA_MAX_BYTES + 1);
    memset(long_key, 'k', UPLOAD_METADATA_MAX_BYTES + 1);
    assert_true(upload_metadata_parse(arena, str_from(long_key, UPLOAD_METADATA_MAX_BYTES), &metadata));
    assert_false(upload_metadata_parse(arena, str_from(long_key, UPLOAD_METADATA_MAX_BYTES + 1), &metadata));
}

/* --- Upload-Checksum --- */

static void checksums_are_read(void **state)
{
    (void)state;
    struct upload_checksum checksum = {0};
    assert_true(upload_checksum_parse(arena, STR("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), &checksum));
    check_str(checksum.algorithm, "sha1");
    assert_int_equal(checksum.digest.len, 20);
    assert_true(upload_checksum_parse(arena, STR_NONE, &checksum));
    assert_null(checksum.algorithm.ptr);
}

static void malformed_checksums_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"",           "sha1",           "sha1 ",    " Kq5s",
                                       "sha1 Kq5sN", "sha1 Kq5s Kq5s", "sha1,Kq5s"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct upload_checksum checksum;
        check_that(!upload_checksum_parse(arena, str_cstr(rows[i]), &checksum), "%s", rows[i]);
    }
}

/* --- Upload-Concat --- */

static void parts_are_read_in_order(void **state)
{
    (void)state;
    struct upload_concat concat = {0};
    char text[ID_CHARS];
    assert_true(upload_concat_parse(arena, STR_NONE, &concat));
    assert_int_equal(concat.kind, UPLOAD_WHOLE);
    assert_true(upload_concat_parse(arena, STR("partial"), &concat));
    assert_int_equal(concat.kind, UPLOAD_PART);
    assert_true(upload_concat_parse(
        arena, STR("final;/api/v1/uploads/" ID_B " https://shop.example/api/v1/uploads/" ID_A), &concat));
    assert_int_equal(concat.kind, UPLOAD_JOINED);
    assert_int_equal(concat.parts.count, 2);
    id_format(*ARRAY_AT(struct id, concat.parts, 0), text);
    check_str(str_from(text, ID_CHARS), ID_B);
}

static void malformed_parts_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "Partial",
        "final",
        "final;",
        "final; ",
        "final;/a/b",
        "final;/api/" ID_A " /api/" ID_A,
        "final;/api/" ID_A "  /api/" ID_B,
        ("other;/api/" ID_A),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct upload_concat concat;
        check_that(!upload_concat_parse(arena, str_cstr(rows[i]), &concat), "%s", rows[i]);
    }
}

/* --- names --- */

static void file_names_are_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *name, *clean;
    } rows[] = {
        {"beat.wav", "beat.wav"},
        {"../../etc/passwd", "passwd"},
        {"C:\\music\\beat.wav", "beat.wav"},
        {"..", "file"},
        {"", "file"},
        {"a/", "file"},
        {" .hidden.wav. ", "hidden.wav"},
        {"a\"b<c>:d|e?f*.wav", "abcdef.wav"},
        {"a\r\nSet-Cookie: x", "aSet-Cookie x"},
        {"\xff\xfe.wav", "file"},
        {"Gr\u00fc\u00dfe \u2603.wav", "Gr\u00fc\u00dfe \u2603.wav"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str clean = file_name_clean(arena, str_cstr(rows[i].name));
        check_that(str_equal(clean, str_cstr(rows[i].clean)), "%s: %.*s", rows[i].name, (int)clean.len,
                   clean.ptr);
    }
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    struct strbuf name;
    strbuf_init(&name, arena, 4096);
    for (int i = 0; i < 150; i++)
        strbuf_append_cstr(&name, "\u00fc");
    struct str clean = file_name_clean(arena, strbuf_str(&name));
    assert_int_equal(clean.len, 200);
}

static void extensions_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } rows[] = {
        {"beat.wav", "beat.mp3"}, {"beat", "beat.mp3"},
        {"Vol. 2", "Vol.mp3"},    {"Opus No. 3 in C sharp minor", "Opus No. 3 in C sharp minor.mp3"},
        {".wav", ".wav.mp3"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_str(file_name_with(arena, str_cstr(rows[i].name), STR("mp3")), rows[i].expected);
}

static void dispositions_name_both_ways(void **state)
{
    (void)state;
    check_str(file_disposition(arena, STR("na\u00efve 100%.wav")),
              "attachment; filename=\"na__ve 100_.wav\"; filename*=UTF-8''na%C3%AFve%20100%25.wav");
    check_str(file_disposition(arena, STR("x\"; filename=evil.exe")),
              "attachment; filename=\"x; filename=evil.exe\"; filename*=UTF-8''x%3B%20filename%3Devil.exe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_is_read),
        cmocka_unit_test(malformed_metadata_is_refused),
        cmocka_unit_test(metadata_is_bounded),
        cmocka_unit_test(checksums_are_read),
        cmocka_unit_test(malformed_checksums_are_refused),
        cmocka_unit_test(parts_are_read_in_order),
        cmocka_unit_test(malformed_parts_are_refused),
        cmocka_unit_test(file_names_are_cleaned),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(extensions_are_replaced),
        cmocka_unit_test(dispositions_name_both_ways),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
