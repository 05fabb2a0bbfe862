/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of heap allocation and of the cleanup attributes. */
#include "base/mem/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "tests/lib/check.h"

static void memory_is_zeroed(void **state)
{
    (void)state;
    AUTO_MEM char *bytes = mem_alloc(1000);
    for (size_t i = 0; i < 1000; i++)
        check_that(bytes[i] == 0, "byte %zu", i);
}

static void nothing_is_a_valid_pointer(void **state)
{
    (void)state;
    AUTO_MEM void *nothing = mem_alloc(0);
    AUTO_MEM void *no_items = mem_alloc_array(0, 8);
    AUTO_MEM void *of_nothing = mem_alloc_array(8, 0);
    AUTO_MEM void *shrunk = mem_realloc(mem_alloc(8), 0);
    assert_non_null(nothing);
    assert_non_null(no_items);
    assert_non_null(of_nothing);
    assert_non_null(shrunk);
    mem_free(NULL);
}

static void a_resized_block_keeps_its_bytes(void **state)
{
    (void)state;
    char *bytes = mem_alloc(4);
    memcpy(bytes, "abc", 4);
    AUTO_MEM char *grown = mem_realloc(bytes, 100000);
    assert_string_equal(grown, "abc");
}

static void allocate_an_overflowing_array(void *arg)
{
    (void)arg;
    AUTO_MEM void *memory = mem_alloc_array(SIZE_MAX / 2, 4);
    (void)memory;
}

static void an_overflowing_array_aborts(void **state)
{
    (void)state;
    assert_true(check_aborts(allocate_an_overflowing_array, NULL));
}

static int count_freed;

struct thing {
    int value;
};

static void thing_free(struct thing *thing)
{
    if (thing != NULL)
        count_freed++;
    mem_free(thing);
}

DEFINE_CLEANUP_PTR(struct thing, thing_free);

static struct thing *make_thing(int value)
{
    CLEANUP(thing_free_p) struct thing *thing = MEM_NEW(struct thing);
    if (value < 0)
        return NULL;
    thing->value = value;
    return TAKE_PTR(thing);
}

static void an_owned_pointer_is_freed_unless_taken(void **state)
{
    (void)state;
    count_freed = 0;
    assert_null(make_thing(-1));
    assert_int_equal(count_freed, 1);
    struct thing *thing = make_thing(7);
    assert_int_equal(count_freed, 1);
    assert_int_equal(thing->value, 7);
    thing_free(thing);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int open_then_leave(bool takes)
{
    AUTO_FD fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    int number = fd;
    if (takes)
        return TAKE_FD(fd);
    errno = ENOENT;
    return number;
}

static void an_owned_descriptor_is_closed_unless_taken(void **state)
{
    (void)state;
    int closed = open_then_leave(false);
    assert_int_equal(errno, ENOENT);
    assert_false(is_open(closed));
    AUTO_FD kept = open_then_leave(true);
    assert_true(is_open(kept));
}

static void the_empty_descriptor_is_left_alone(void **state)
{
    (void)state;
    int fd = -1;
    errno = 0;
    cleanup_fd(&fd);
    assert_int_equal(fd, -1);
    assert_int_equal(errno, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed),
        cmocka_unit_test(nothing_is_a_valid_pointer),
        cmocka_unit_test(a_resized_block_keeps_its_bytes),
        cmocka_unit_test(an_overflowing_array_aborts),
        cmocka_unit_test(an_owned_pointer_is_freed_unless_taken),
        cmocka_unit_test(an_owned_descriptor_is_closed_unless_taken),
        cmocka_unit_test(the_empty_descriptor_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
