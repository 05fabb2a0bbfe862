/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of identity. See identity_domain.h. */
#include "modules/identity/identity_domain.h"

#include "base/text/utf8.h"

#include "platform/ctx/permission.h"

#include "modules/identity/identity_password_domain.h"

const int64_t code_lifetime_us = 10 * US_PER_MINUTE; /* OWASP ASVS 6.5.5 */
const int64_t lockout_window_us = 15 * US_PER_MINUTE;
const int64_t lockout_us = 15 * US_PER_MINUTE;

/* clang-format off */
static const char *const role_words[] = {
    [ROLE_LISTENER] = "listener", [ROLE_ARTIST] = "artist", [ROLE_PRODUCER] = "producer", [ROLE_SELLER] = "seller",
    [ROLE_MODERATOR] = "moderator", [ROLE_ADMIN] = "admin", [ROLE_SUPER_ADMIN] = "super_admin", [ROLE_SERVICE] = "service",
};
const struct enum_table identity_role_words = ENUM_TABLE("role", role_words);

#define LISTENER_BITS (PERMISSION_BIT(ACCOUNT_SELF) | PERMISSION_BIT(ITEM_FAVOUR) | PERMISSION_BIT(ITEM_REPORT) | \
                       PERMISSION_BIT(ORDER_PLACE) | PERMISSION_BIT(UPLOAD_CREATE) | PERMISSION_BIT(AUCTION_BID) | PERMISSION_BIT(CHAT_WRITE))
#define SELLER_BITS (LISTENER_BITS | PERMISSION_BIT(ITEM_PUBLISH) | PERMISSION_BIT(SALE_READ))
#define MODERATOR_BITS (LISTENER_BITS | PERMISSION_BIT(REPORT_DECIDE))
#define ADMIN_BITS (SELLER_BITS | PERMISSION_BIT(REPORT_DECIDE) | PERMISSION_BIT(ITEM_ADMIN) | PERMISSION_BIT(CATEGORY_ADMIN) | PERMISSION_BIT(ORDER_ADMIN) | PERMISSION_BIT(ACCOUNT_ADMIN) | PERMISSION_BIT(AUCTION_ADMIN) | PERMISSION_BIT(CHAT_ADMIN))

struct role_row {
    uint64_t permissions;
    bool is_open;
};
static const struct role_row role_rows[ROLE_COUNT] = {
    [ROLE_LISTENER]    = {LISTENER_BITS, true},
    [ROLE_ARTIST]      = {SELLER_BITS, true},
    [ROLE_PRODUCER]    = {SELLER_BITS, true},
    [ROLE_SELLER]      = {SELLER_BITS, true},
    [ROLE_MODERATOR]   = {MODERATOR_BITS, false},
    [ROLE_ADMIN]       = {ADMIN_BITS, false},
    [ROLE_SUPER_ADMIN] = {ADMIN_BITS | PERMISSION_BIT(SYSTEM_ADMIN), false},
    [ROLE_SERVICE]     = {PERMISSION_BIT(INTERNAL_CALL), false},
};
/* clang-format on */

uint64_t role_permissions(enum identity_role role)
{
    return role_rows[role].permissions;
}

bool role_is_open(enum identity_role role)
{
    return role_rows[role].is_open;
}

static int count_different_bytes(struct str text)
{
    bool seen[256] = {false};
    int count = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        count += !seen[byte];
        seen[byte] = true;
    }
    return count;
}

static bool is_personal(struct str password, struct str email, struct str username)
{
    ptrdiff_t at = str_find_byte(email, '@', 0);
    struct str local = at > 0 ? str_slice(email, 0, (size_t)at) : email;
    return str_equal_nocase(password, email) || str_equal_nocase(password, username) ||
           str_equal_nocase(password, local);
}

enum password_verdict password_judge(struct str password, const struct password_context *context)
{
    size_t characters = utf8_is_valid(password) ? utf8_length(password) : password.len;
    if (characters < 8)
        return PASSWORD_SHORT;
    if (password.len > 1024)
        return PASSWORD_LONG;
    if (password_is_common(password))
        return PASSWORD_COMMON;
    if (is_personal(password, context->email, context->username))
        return PASSWORD_PERSONAL;
    if (password_is_of_place(password, context->place))
        return PASSWORD_OF_PLACE;
    if (count_different_bytes(password) < 4)
        return PASSWORD_MONOTONOUS;
    return PASSWORD_OK;
}

const char *password_verdict_text(enum password_verdict verdict)
{
    static const char *const texts[] = {
        [PASSWORD_OK] = "is fine",
        [PASSWORD_SHORT] = "must have at least 8 characters",
        [PASSWORD_LONG] = "must have at most 1024 bytes",
        [PASSWORD_COMMON] = "is one of the first that guessing tries",
        [PASSWORD_PERSONAL] = "must not be your name or address",
        [PASSWORD_MONOTONOUS] = "must have at least 4 different characters",
        [PASSWORD_OF_PLACE] = "must not be made of the name of this shop",
        [PASSWORD_BREACHED] = "is in a list of passwords that were stolen elsewhere",
    };
    return texts[verdict];
}

struct str username_fold(struct arena *arena, struct str username)
{
    struct str folded = arena_str(arena, username);
    char *bytes = arena_dup(arena, folded.ptr, folded.len + 1);
    for (size_t i = 0; i < folded.len; i++)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] | 0x20);
    return str_from(bytes, folded.len);
}

void code_make(const uint8_t random[8], char ret_code[CODE_DIGITS])
{
    uint64_t number = 0;
    memcpy(&number, random, sizeof(number));
    number %= 1000000; /* the bias of 2^64 mod 10^6 is below one in 10^13 */
    for (int i = CODE_DIGITS - 1; i >= 0; i--) {
        ret_code[i] = (char)('0' + number % 10);
        number /= 10;
    }
}
