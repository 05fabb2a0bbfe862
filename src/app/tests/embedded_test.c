/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The embedded page: its table is ordered, complete and found by path. */
#include "app/embedded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_file_is_found_by_its_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < embedded_files_count; i++) {
        const char *path = embedded_files[i].path;
        assert_ptr_equal(embedded_find((struct str){path, strlen(path)}), &embedded_files[i]);
    }
}

static void the_first_page_is_there_whether_the_page_was_built_or_not(void **state)
{
    (void)state;
    const struct embedded_file *page = embedded_find(STR("/index.html"));
    assert_non_null(page);
    assert_string_equal(page->type, "text/html; charset=utf-8");
    assert_true(page->size > 0);
    assert_memory_equal(page->bytes, "<!", 2);
    assert_false(page->immutable);
}

static void a_path_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    assert_null(embedded_find(STR("")));
    assert_null(embedded_find(STR("/")));
    assert_null(embedded_find(STR("/index.htm")));
    assert_null(embedded_find(STR("/index.html/")));
    assert_null(embedded_find(STR("/\xff")));
}

static void the_gzip_form_starts_as_gzip_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < embedded_files_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        assert_true((file->gzip == NULL) == (file->gzip_size == 0));
        if (file->gzip != NULL) {
            assert_memory_equal(file->gzip, "\x1f\x8b", 2);
            assert_true(file->gzip_size < file->size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found_by_its_path),
        cmocka_unit_test(the_first_page_is_there_whether_the_page_was_built_or_not),
        cmocka_unit_test(a_path_that_is_not_there_is_not_found),
        cmocka_unit_test(the_gzip_form_starts_as_gzip_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
