/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Files that stay open: found by key, in place while pinned, closed when they gave way. */
#include "platform/storage/open_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/fiber/fiber.h"

#include "lib/check.h"
#include "lib/on_loop.h"

enum { FEW = 2 };

static int new_fd(void)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

#define OPEN_FILES_TEST(name)                                                                                \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        struct open_files *files = open_files_new(FEW, INT64_C(60) * 1000000);                               \
        on_loop(name##_body, files);                                                                         \
        open_files_free(files);                                                                              \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

OPEN_FILES_TEST(what_was_put_is_found)
{
    (void)cx;
    struct open_files *files = arg;
    int fd = new_fd();
    assert_null(open_files_find(files, STR("a")));
    const struct open_file *put = open_files_put(files, STR("a"), fd, 17, STR("facts"));
    const struct open_file *found = open_files_find(files, STR("a"));
    assert_ptr_equal(put, found);
    assert_int_equal(found->fd, fd);
    assert_int_equal(found->size_bytes, 17);
    check_str(found->facts, "facts");
    assert_int_equal((uintptr_t)found->facts.ptr % _Alignof(max_align_t), 0);
    open_files_release(put);
    open_files_release(found);
    assert_true(is_open(fd));
}

OPEN_FILES_TEST(the_least_recently_used_gives_way)
{
    (void)cx;
    struct open_files *files = arg;
    int a = new_fd(), b = new_fd(), c = new_fd();
    open_files_release(open_files_put(files, STR("a"), a, 1, STR_NONE));
    open_files_release(open_files_put(files, STR("b"), b, 1, STR_NONE));
    open_files_release(open_files_find(files, STR("a")));
    open_files_release(open_files_put(files, STR("c"), c, 1, STR_NONE));
    assert_null(open_files_find(files, STR("b")));
    assert_false(is_open(b));
    assert_true(is_open(a) && is_open(c));
}

OPEN_FILES_TEST(a_pinned_file_outlives_its_entry)
{
    (void)cx;
    struct open_files *files = arg;
    int a = new_fd();
    const struct open_file *pinned = open_files_put(files, STR("a"), a, 1, STR("still here"));
    open_files_release(open_files_put(files, STR("a"), new_fd(), 2, STR_NONE));
    assert_true(is_open(a));
    check_str(pinned->facts, "still here");
    open_files_release(pinned);
    assert_false(is_open(a));
}

static void age_body(struct ctx *cx, void *arg)
{
    struct open_files *files = arg;
    int a = new_fd();
    open_files_release(open_files_put(files, STR("a"), a, 1, STR_NONE));
    assert_null(fiber_sleep_until(cx, loop_now_us() + 2000));
    assert_null(open_files_find(files, STR("a")));
    assert_false(is_open(a));
}

static void an_old_file_is_not_found(void **state)
{
    (void)state;
    struct open_files *files = open_files_new(FEW, 1000);
    on_loop(age_body, files);
    open_files_free(files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found),
        cmocka_unit_test(the_least_recently_used_gives_way),
        cmocka_unit_test(a_pinned_file_outlives_its_entry),
        cmocka_unit_test(an_old_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
