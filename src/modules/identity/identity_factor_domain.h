/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of the second factor: which codes of an authenticator app count when (RFC 6238), and what recovery codes look like. Pure. */
#ifndef MODULES_IDENTITY_IDENTITY_FACTOR_DOMAIN_H
#define MODULES_IDENTITY_IDENTITY_FACTOR_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem/arena.h"
#include "base/text/str.h"
#include "base/value/instant.h"

enum {
    FACTOR_STEP_S = 30,
    FACTOR_DIGITS = 6,
    FACTOR_DRIFT = 1, /* steps that a clock may be off, either way */
    FACTOR_WINDOW = 2 * FACTOR_DRIFT + 1,
    RECOVERY_CODES = 10,
    RECOVERY_LETTERS = 10, /* of five random bits each */
    RECOVERY_RANDOM_BYTES = RECOVERY_LETTERS
};
extern const int64_t factor_challenge_us; /* how long a right password waits for its second factor */

/* Steps are counted from 1970; the first that counts at this time is factor_first_step. */
int64_t factor_first_step(struct instant now);
/* Which step's code was typed: values are those of factor_first_step and the next ones (RFC 4226, 31 bits). A step not later than last_step
 * was used. -1: none. */
int64_t factor_judge(int64_t first_step, const uint32_t values[FACTOR_WINDOW], uint32_t typed,
                     int64_t last_step);

enum factor_kind { FACTOR_UNREADABLE, FACTOR_APP_CODE, FACTOR_RECOVERY_CODE };
/* What somebody typed: six figures, or a recovery code. Blanks, dashes and the case of letters do not count. */
struct factor_input {
    enum factor_kind kind;
    uint32_t value;                 /* of an app's code */
    int place;                      /* of a recovery code: which of the ten it says it is */
    char letters[RECOVERY_LETTERS]; /* of a recovery code, without its place; no NUL */
};
struct factor_input factor_read(struct str typed);

/* Letters without bias; ret_letters gets no NUL. */
void recovery_make(const uint8_t random[RECOVERY_RANDOM_BYTES], char ret_letters[RECOVERY_LETTERS]);
/* "7-ABCDE-FGHIJ": the figure says which of the ten it is, so that one slow hash has to be compared, not ten. */
struct str recovery_format(struct arena *arena, int place, const char letters[RECOVERY_LETTERS]);

/* "otpauth://totp/…" as authenticator apps read it from a QR code; secret in base32. */
struct str factor_uri(struct arena *arena, struct str issuer, struct str account, struct str secret);

#endif
