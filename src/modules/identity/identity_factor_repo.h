/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the second factor. One function per statement. */
#ifndef MODULES_IDENTITY_IDENTITY_FACTOR_REPO_H
#define MODULES_IDENTITY_IDENTITY_FACTOR_REPO_H

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

struct factor_row {
    struct str secret; /* sealed */
    bool is_on;
    int64_t last_step;
    struct str challenge_digest; /* absent: no log-in waits */
    struct instant challenge_expires_at, confirmed_at;
};

/* ret_begun: false where the account's factor is on; then nothing was written. */
MUST_USE struct error *factor_repo_begin(struct ctx *cx, struct tx *tx, struct id account_id,
                                         struct str secret, struct instant now, bool *ret_begun);
/* tx may be NULL. */
MUST_USE struct error *factor_repo_find(struct ctx *cx, struct tx *tx, struct id account_id,
                                        struct factor_row *ret_factor, bool *ret_found);
MUST_USE struct error *factor_repo_lock(struct ctx *cx, struct tx *tx, struct id account_id,
                                        struct factor_row *ret_factor, bool *ret_found);
MUST_USE struct error *factor_repo_turn_on(struct ctx *cx, struct tx *tx, struct id account_id,
                                           struct instant now);
MUST_USE struct error *factor_repo_use_step(struct ctx *cx, struct tx *tx, struct id account_id,
                                            int64_t step);
/* An absent digest: none. */
MUST_USE struct error *factor_repo_set_challenge(struct ctx *cx, struct tx *tx, struct id account_id,
                                                 struct str digest, struct instant expires_at);
MUST_USE struct error *factor_repo_delete(struct ctx *cx, struct tx *tx, struct id account_id);

MUST_USE struct error *factor_repo_insert_recovery_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                                        int place, struct str hash);
/* Absent where there is none. */
MUST_USE struct error *factor_repo_find_recovery_code(struct ctx *cx, struct id account_id, int place,
                                                      struct str *ret_hash);
MUST_USE struct error *factor_repo_use_recovery_code(struct ctx *cx, struct tx *tx, struct id account_id,
                                                     int place, struct str hash, bool *ret_used);
/* tx may be NULL. */
MUST_USE struct error *factor_repo_count_recovery_codes(struct ctx *cx, struct tx *tx, struct id account_id,
                                                        int64_t *ret_count);
MUST_USE struct error *factor_repo_delete_recovery_codes(struct ctx *cx, struct tx *tx, struct id account_id);

MUST_USE struct error *factor_repo_strengthen_session(struct ctx *cx, struct tx *tx, struct id session_id,
                                                      bool has_second_factor);

#endif
