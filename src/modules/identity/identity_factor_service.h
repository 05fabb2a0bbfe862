/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of the second factor, for identity's own files. */
#ifndef MODULES_IDENTITY_IDENTITY_FACTOR_SERVICE_H
#define MODULES_IDENTITY_IDENTITY_FACTOR_SERVICE_H

#include "modules/identity/identity_factor_domain.h"
#include "modules/identity/identity_factor_repo.h"
#include "modules/identity/identity_service.h"

/* --- judging a code --- */

enum factor_outcome { FACTOR_REFUSED, FACTOR_LOCKED, FACTOR_ACCEPTED };

/* One code on its way: begun before the transaction, judged in it. */
struct factor_try {
    struct id account_id;
    struct factor_input input;
    struct instant now;
    struct str attempt_digest; /* failures are counted by it, as those of passwords are */
    struct str judged_hash;    /* of a recovery code: what it was compared with */
    bool matches;              /* of a recovery code: with judged_hash */
    enum factor_outcome outcome;
    struct instant locked_until; /* FACTOR_LOCKED */
};
/* Takes as long as a password's check where it is a recovery code. Errors: identity_locked. */
MUST_USE struct error *factor_try_begin(struct ctx *cx, struct id account_id, struct str typed,
                                        struct factor_try *ret_try);
/* What factor_try_judge would say of a factor that was read without a lock; counts and uses up nothing. */
bool factor_try_looks_right(struct ctx *cx, const struct factor_try *try, const struct factor_row *factor);
/* In tx, with the factor locked by it: sets the outcome, uses the code up, counts a failure. What it wrote has to be committed. */
MUST_USE struct error *factor_try_judge(struct ctx *cx, struct tx *tx, struct factor_try *try,
                                        const struct factor_row *factor);
/* After the commit: the refusal, told to the log. Errors: identity_bad_code, identity_locked. */
MUST_USE struct error *factor_try_end(struct ctx *cx, const struct factor_try *try);

/* --- log-in --- */

/* In tx, for an account whose password was right: what the second call brings back. */
MUST_USE struct error *factor_challenge(struct ctx *cx, struct tx *tx, struct id account_id,
                                        struct str *ret_challenge);
/* The answer of a first call: identity_second_factor_required, with the challenge as members of the problem document. */
struct error *factor_ask(struct ctx *cx, struct str challenge);
MUST_USE struct error *identity_log_in_by_factor(struct ctx *cx, struct str challenge, struct str code,
                                                 struct identity_tokens *ret_tokens);

/* --- the owner's changes --- */

struct identity_factor_state {
    bool is_on;
    struct instant confirmed_at; /* none: off */
    int64_t recovery_codes_left;
};
MUST_USE struct error *identity_load_factor(struct ctx *cx, struct identity_factor_state *ret_state);

struct identity_factor_setup {
    struct str secret; /* base32 */
    struct str uri;    /* the same for a QR code */
};
MUST_USE struct error *identity_begin_factor(struct ctx *cx, struct str password,
                                             struct identity_factor_setup *ret_setup);
/* ret_codes: array of struct str, shown this once. */
MUST_USE struct error *identity_confirm_factor(struct ctx *cx, struct str code, struct array *ret_codes);
MUST_USE struct error *identity_renew_recovery_codes(struct ctx *cx, struct str password, struct str code,
                                                     struct array *ret_codes);
MUST_USE struct error *identity_turn_off_factor(struct ctx *cx, struct str password, struct str code);

/* In tx, without a question. */
MUST_USE struct error *factor_erase(struct ctx *cx, struct tx *tx, struct id account_id);

enum factor_news {
    FACTOR_TURNED_ON,
    FACTOR_TURNED_OFF,
    FACTOR_CODES_RENEWED,
    FACTOR_CODE_USED,
    FACTOR_TAKEN_AWAY
};
/* A mail to the owner, in tx. */
MUST_USE struct error *factor_tell(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                   enum factor_news news);

/* The key under which secrets of apps are kept, and whose it is. */
const uint8_t *factor_key(const struct ctx *cx);
struct str factor_binding(struct ctx *cx, struct id account_id);

#endif
