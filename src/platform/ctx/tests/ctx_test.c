/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the context: callers, permissions and the states of modules. */
#include "platform/ctx/ctx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_anonymous_caller_may_nothing(void **state)
{
    (void)state;
    struct ctx cx = {.caller = &caller_anonymous};

    assert_true(caller_is_anonymous(&cx));
    assert_false(caller_is(&cx, caller_anonymous.account_id));
    for (int permission = 0; permission < PERMISSION_COUNT; permission++)
        assert_false(caller_may(&cx, (enum permission)permission));
}

static void a_permission_bit_gives_that_permission_only(void **state)
{
    (void)state;
    for (int granted = 0; granted < PERMISSION_COUNT; granted++) {
        struct caller caller = {.permissions = UINT64_C(1) << granted};
        struct ctx cx = {.caller = &caller};
        for (int asked = 0; asked < PERMISSION_COUNT; asked++)
            assert_int_equal(caller_may(&cx, (enum permission)asked), asked == granted);
    }
}

static void permission_names_are_distinct_resources_and_actions(void **state)
{
    (void)state;
    assert_string_equal(permission_name(PERMISSION_ITEM_PUBLISH), "item:publish");
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        const char *name = permission_name((enum permission)i);
        assert_non_null(strchr(name, ':'));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, permission_name((enum permission)j));
    }
}

static void a_module_finds_the_state_that_its_start_returned(void **state)
{
    (void)state;
    char first_identity = 0, second_identity = 0; /* modules are told apart by address alone */
    int first_state = 1, second_state = 2;
    const struct module *first = (const struct module *)(const void *)&first_identity;
    const struct module *second = (const struct module *)(const void *)&second_identity;
    const struct module *const modules[] = {first, second, NULL};
    void *states[] = {&first_state, &second_state};
    struct platform platform = {.modules = modules, .module_states = states};
    struct ctx cx = {.platform = &platform, .caller = &caller_anonymous};

    assert_ptr_equal(module_state(&cx, first), &first_state);
    assert_ptr_equal(module_state(&cx, second), &second_state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_anonymous_caller_may_nothing),
        cmocka_unit_test(a_permission_bit_gives_that_permission_only),
        cmocka_unit_test(permission_names_are_distinct_resources_and_actions),
        cmocka_unit_test(a_module_finds_the_state_that_its_start_returned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
