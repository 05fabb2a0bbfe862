/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Addresses: text, networks, public or not. */
#include "platform/http/wire/address.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

static struct address parsed(const char *text)
{
    struct address address = {0};
    if (!address_parse(str_cstr(text), &address))
        fail_msg("%s is no address", text);
    return address;
}

static void only_public_addresses_are_public(void **state)
{
    (void)state;
    static const char *const not_public[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::10.0.0.1",
        "::8.8.8.8",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:a00:1::",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
        "5f00::1",
    };
    static const char *const public[] = {
        "1.1.1.1",        "8.8.8.8",          "9.255.255.255",  "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",    "126.255.255.255",  "128.0.0.0",      "172.15.255.255", "172.32.0.0",
        "192.0.1.0",      "192.167.255.255",  "198.17.255.255", "198.20.0.0",     "223.255.255.255",
        "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1",    "2001:4860::1",   "2606:4700::1111",
        "2a00::1",        "3ffe::1",
    };
    for (size_t i = 0; i < COUNT_OF(not_public); i++) {
        struct address address = parsed(not_public[i]);
        if (address_is_public(&address))
            fail_msg("%s counts as public", not_public[i]);
    }
    for (size_t i = 0; i < COUNT_OF(public); i++) {
        struct address address = parsed(public[i]);
        if (!address_is_public(&address))
            fail_msg("%s does not count as public", public[i]);
    }
}

static void addresses_are_written_as_they_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"127.0.0.1",       "::1", "2001:db8::1", "0.0.0.0",
                                        "255.255.255.255", "::"};
    char text[ADDRESS_CHARS];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct address address = parsed(texts[i]);
        assert_int_equal(address_format(&address, text), strlen(texts[i]));
        assert_string_equal(text, texts[i]);
    }
    struct address mapped = parsed("::ffff:192.0.2.1");
    address_format(&mapped, text);
    assert_string_equal(text, "192.0.2.1");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "a",
                                        "1.2.3",
                                        "1.2.3.4.5",
                                        "256.1.1.1",
                                        "01.2.3.4",
                                        "1.2.3.4 ",
                                        "[::1]",
                                        "::1%lo",
                                        "1.2.3.4:80",
                                        "::1::",
                                        "0x7f.1",
                                        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct address address;
        assert_false(address_parse(str_cstr(texts[i]), &address));
    }
}

struct set_row {
    const char *set;
    const char *inside;
    const char *outside;
};

static void networks_hold_their_addresses(void **state)
{
    (void)state;
    static const struct set_row rows[] = {
        {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        {"10.1.2.3", "10.1.2.3", "10.1.2.4"},
        {"192.168.4.0/23", "192.168.5.255", "192.168.6.0"},
        {"0.0.0.0/0", "8.8.8.8", "2a00::1"},
        {"::/0", "::1", NULL},
        {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
        {" ::1 , 127.0.0.1 ", "127.0.0.1", "127.0.0.2"},
        {"10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"},
        {"", NULL, "127.0.0.1"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct network_set set;
        assert_true(network_set_parse(arena, str_cstr(rows[i].set), &set));
        struct address inside = parsed(rows[i].inside != NULL ? rows[i].inside : "::1");
        struct address outside = parsed(rows[i].outside != NULL ? rows[i].outside : "::1");
        assert_int_equal(network_set_has(&set, &inside), rows[i].inside != NULL);
        assert_int_equal(network_set_has(&set, &outside), rows[i].outside == NULL);
    }
    arena_free(arena);
}

static void bad_networks_are_refused(void **state)
{
    (void)state;
    static const char *const sets[] = {"10.0.0.0/33", "::/129",      "a",           "10.0.0.0/",
                                       "10.0.0.0/-1", "10.0.0.0/8,", "10.0.0.0/8/8"};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct network_set set;
        assert_false(network_set_parse(arena, str_cstr(sets[i]), &set));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_public_addresses_are_public),
        cmocka_unit_test(addresses_are_written_as_they_are_read),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(networks_hold_their_addresses),
        cmocka_unit_test(bad_networks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
