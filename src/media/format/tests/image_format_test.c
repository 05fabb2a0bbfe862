/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Image headers: sizes, orientation, endings. */
#include "media/format/image_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <zlib.h>

#include <cmocka.h>

#include "media/format/tests/build.h"
#include "media/protocol.h"

static int make_arena(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void put_png_chunk(struct strbuf *out, const char *kind, struct str body)
{
    put_be(out, body.len, 4);
    size_t from = out->len;
    strbuf_append_cstr(out, kind);
    strbuf_append(out, body);
    put_be(out, crc32(0, (const Bytef *)out->ptr + from, (uInt)(out->len - from)), 4);
}

static struct str build_png(struct arena *arena, uint32_t width, uint32_t height, const char *tail)
{
    struct strbuf out;
    struct strbuf header;
    strbuf_init(&out, arena, 1 << 16);
    strbuf_init(&header, arena, 64);
    put_be(&header, width, 4);
    put_be(&header, height, 4);
    put_be(&header, 0x0802000000, 5);
    strbuf_append(&out, STR("\x89PNG\r\n\x1a\n"));
    put_png_chunk(&out, "IHDR", strbuf_str(&header));
    put_png_chunk(&out, "IDAT", STR("not decoded here"));
    put_png_chunk(&out, "IEND", STR(""));
    strbuf_append_cstr(&out, tail);
    return strbuf_str(&out);
}

static struct str build_jpeg(struct arena *arena, uint32_t width, uint32_t height, struct str exif,
                             struct str tail)
{
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 16);
    strbuf_append(&out, STR("\xff\xd8"));
    if (exif.len > 0) {
        put_be(&out, 0xffe1, 2);
        put_be(&out, 2 + 6 + exif.len, 2);
        strbuf_append(&out, STR("Exif\0\0"));
        strbuf_append(&out, exif);
    }
    put_be(&out, 0xffc0, 2);
    put_be(&out, 11, 2);
    put_be(&out, 8, 1);
    put_be(&out, height, 2);
    put_be(&out, width, 2);
    put_be(&out, 0x01011100, 4);
    strbuf_append(&out, STR("\xff\xda\0\x08\1\1\0\0\x3f\0 data \xff\0 \xff\xd0 more \xff\xd9"));
    strbuf_append(&out, tail);
    return strbuf_str(&out);
}

static struct str build_webp(struct arena *arena, unsigned flags, uint32_t width)
{
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 16);
    strbuf_append_cstr(&out, "RIFF");
    put_le(&out, 4 + 18 + 18, 4);
    strbuf_append_cstr(&out, "WEBPVP8X");
    put_le(&out, 10, 4);
    put_le(&out, flags, 4);
    put_le(&out, 99, 3);
    put_le(&out, 49, 3);
    strbuf_append_cstr(&out, "VP8 ");
    put_le(&out, 10, 4);
    strbuf_append(&out, STR("\0\0\0\x9d\x01\x2a"));
    put_le(&out, width, 2);
    put_le(&out, 50, 2);
    return strbuf_str(&out);
}

static struct error *check(struct arena *arena, struct str file, struct image_facts *ret_facts)
{
    struct reader reader = reader_over(file);
    return image_format_check(arena, &reader, ret_facts);
}

static void assert_refused(struct arena *arena, struct str file, const struct reason *reason)
{
    struct image_facts facts = {0};
    struct error *error = check(arena, file, &facts);
    assert_non_null(error);
    assert_string_equal(error->reason->name, reason->name);
}

static void size_is_read_from_the_header(void **state)
{
    struct image_facts facts = {0};
    assert_null(check(*state, build_png(*state, 640, 480, ""), &facts));
    assert_int_equal(facts.width, 640);
    assert_int_equal(facts.height, 480);
    assert_null(check(*state, build_jpeg(*state, 320, 200, STR_NONE, STR_NONE), &facts));
    assert_int_equal(facts.width, 320);
    assert_int_equal(facts.height, 200);
    assert_null(check(*state, build_webp(*state, 0, 100), &facts));
    assert_int_equal(facts.width, 100);
    assert_int_equal(facts.height, 50);
}

static void huge_image_is_refused_before_decoding(void **state)
{
    assert_refused(*state, build_png(*state, 50000, 50000, ""), &media_job_too_large);
    assert_refused(*state, build_png(*state, 8001, 1, ""), &media_job_too_large);
    assert_refused(*state, build_png(*state, 7000, 7000, ""), &media_job_too_large);
    assert_refused(*state, build_jpeg(*state, 65535, 65535, STR_NONE, STR_NONE), &media_job_too_large);
    assert_refused(*state, build_png(*state, 0, 10, ""), &media_job_bad_header);
    assert_refused(*state, build_png(*state, 0x80000001, 10, ""), &media_job_too_large);
}

static void something_behind_the_image_is_refused(void **state)
{
    assert_refused(*state, build_png(*state, 10, 10, "PK\3\4 and so on"), &media_job_polyglot);
    assert_refused(*state, build_jpeg(*state, 10, 10, STR_NONE, STR("Rar!")), &media_job_polyglot);
}

static void second_jpeg_behind_the_first_is_taken(void **state)
{
    struct image_facts facts = {0};
    struct str second = build_jpeg(*state, 99, 99, STR_NONE, STR_NONE);
    assert_null(check(*state, build_jpeg(*state, 10, 20, STR_NONE, second), &facts));
    assert_int_equal(facts.width, 10);
}

static void orientation_is_read_in_both_orders(void **state)
{
    struct image_facts facts = {0};
    struct str little = STR("II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0");
    struct str big = STR("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x08\0\0");
    assert_null(check(*state, build_jpeg(*state, 10, 10, little, STR_NONE), &facts));
    assert_int_equal(facts.orientation, 6);
    assert_null(check(*state, build_jpeg(*state, 10, 10, big, STR_NONE), &facts));
    assert_int_equal(facts.orientation, 8);
    for (size_t len = 0; len < little.len; len++)
        assert_in_range(exif_orientation(str_from(little.ptr, len)), 1, 8);
    assert_int_equal(exif_orientation(STR("II*\0\xff\xff\xff\xff\1\0\x12\1")), 1);
}

static void damaged_image_is_refused(void **state)
{
    struct str png = build_png(*state, 10, 10, "");
    assert_refused(*state, str_from(png.ptr, png.len - 3), &media_job_truncated);
    char *damaged = arena_dup(*state, png.ptr, png.len);
    damaged[45] ^= 1;
    assert_refused(*state, str_from(damaged, png.len), &media_job_checksum);
    struct str jpeg = build_jpeg(*state, 10, 10, STR_NONE, STR_NONE);
    assert_refused(*state, str_from(jpeg.ptr, jpeg.len - 2), &media_job_truncated);
    assert_refused(*state, build_webp(*state, 2, 100), &media_job_unsupported);
    assert_refused(*state, build_webp(*state, 0, 101), &media_job_bad_header);
    assert_refused(*state, STR("GIF89a........"), &media_job_not_image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_is_read_from_the_header),
        cmocka_unit_test(huge_image_is_refused_before_decoding),
        cmocka_unit_test(something_behind_the_image_is_refused),
        cmocka_unit_test(second_jpeg_behind_the_first_is_taken),
        cmocka_unit_test(orientation_is_read_in_both_orders),
        cmocka_unit_test(damaged_image_is_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
