/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Mail addresses as they are typed: RFC 5321 dot-atom local part, letter-digit-hyphen host with a dot,
 * at most 254 bytes. No quoted local parts, no address literals, no comments. */
#ifndef BASE_VALUE_EMAIL_H
#define BASE_VALUE_EMAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

struct arena;

MUST_USE bool email_is_valid(struct str text);

/* The form under which addresses are compared: ASCII lower case. text is valid. */
struct str email_fold(struct arena *arena, struct str text);

#endif
