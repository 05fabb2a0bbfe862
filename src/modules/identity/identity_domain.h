/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of identity: roles and what they may, passwords, codes, lockout. Pure. */
#ifndef MODULES_IDENTITY_IDENTITY_DOMAIN_H
#define MODULES_IDENTITY_IDENTITY_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem/arena.h"
#include "base/text/enum_table.h"
#include "base/text/str.h"
#include "base/value/instant.h"

enum identity_role {
    ROLE_LISTENER,
    ROLE_ARTIST,
    ROLE_PRODUCER,
    ROLE_SELLER,
    ROLE_MODERATOR,
    ROLE_ADMIN,
    ROLE_SUPER_ADMIN,
    ROLE_SERVICE,
    ROLE_COUNT
};
extern const struct enum_table identity_role_words;

/* Bits of enum permission. */
uint64_t role_permissions(enum identity_role role);
/* Whether a stranger may register with it. */
bool role_is_open(enum identity_role role);

enum password_verdict {
    PASSWORD_OK,
    PASSWORD_SHORT,
    PASSWORD_LONG,
    PASSWORD_COMMON,
    PASSWORD_PERSONAL,
    PASSWORD_MONOTONOUS,
    PASSWORD_OF_PLACE,
    PASSWORD_BREACHED /* said by the list of known breaches, not by password_judge */
};
/* Whose password it is to be, and where; place: words of the shop as password_place_words makes them. */
struct password_context {
    struct str email, username, place;
};
/* At least 8 characters, at most 1024 bytes, 4 different ones, not a common one (identity_password_domain.h), nothing that is made of
 * the person's own names or of the shop's. */
enum password_verdict password_judge(struct str password, const struct password_context *context);
/* "must have at least 8 characters", … */
const char *password_verdict_text(enum password_verdict verdict);

/* The form under which user names are compared. */
struct str username_fold(struct arena *arena, struct str username);

#define CODE_DIGITS 6
/* Six digits without bias from random bytes; ret_code gets no NUL. */
void code_make(const uint8_t random[8], char ret_code[CODE_DIGITS]);
enum { CODE_MAX_ATTEMPTS = 5, LOCKOUT_FAILURES = 8 };
extern const int64_t code_lifetime_us, lockout_window_us, lockout_us;

#endif
