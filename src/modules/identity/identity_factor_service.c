/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The second factor: judging codes, and the second half of a log-in. A code is judged with the factor's row locked, and a failure is
 * committed with the verdict, so that many guesses at a time are judged one after the other. */
#include "modules/identity/identity_factor_service.h"

#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/otp.h"
#include "platform/crypto/seal.h"
#include "platform/log/log.h"

const uint8_t *factor_key(const struct ctx *cx)
{
    return crypto_key(cx->platform->crypto, "identity.second_factor");
}

struct str factor_binding(struct ctx *cx, struct id account_id)
{
    return id_str(cx->arena, account_id);
}

/* --- judging --- */

static struct str digest_attempt(struct ctx *cx, struct id account_id)
{
    uint8_t *digest = arena_alloc(cx->arena, SHA256_BYTES);
    hmac_sha256(crypto_key(cx->platform->crypto, "identity.second_factor_attempt"), SHA256_BYTES,
                account_id.bytes, sizeof(account_id.bytes), digest);
    return str_from((const char *)digest, SHA256_BYTES);
}

static struct error *read_lock(struct ctx *cx, struct tx *tx, struct factor_try *try)
{
    struct attempts_row attempts = {0};
    bool is_found = false;
    TRY(identity_repo_find_attempts(cx, tx, try->attempt_digest, &attempts, &is_found));
    bool is_locked = is_found && instant_is_before(try->now, attempts.locked_until);
    try->outcome = is_locked ? FACTOR_LOCKED : FACTOR_REFUSED;
    try->locked_until = attempts.locked_until;
    return NULL;
}

static struct error *compare_recovery_code(struct ctx *cx, struct factor_try *try)
{
    bool needs_rehash = false;
    TRY(factor_repo_find_recovery_code(cx, try->account_id, try->input.place, &try->judged_hash));
    return password_check(cx, str_from(try->input.letters, sizeof(try->input.letters)), try->judged_hash,
                          &try->matches, &needs_rehash);
}

struct error *factor_try_begin(struct ctx *cx, struct id account_id, struct str typed,
                               struct factor_try *ret_try)
{
    *ret_try = (struct factor_try){
        .account_id = account_id,
        .input = factor_read(typed),
        .now = clock_now(cx),
        .attempt_digest = digest_attempt(cx, account_id),
    };
    TRY(read_lock(cx, NULL, ret_try));
    if (ret_try->outcome == FACTOR_LOCKED)
        return factor_try_end(cx, ret_try);
    return ret_try->input.kind == FACTOR_RECOVERY_CODE ? compare_recovery_code(cx, ret_try) : NULL;
}

/* The step that an app's code belongs to; -1: none. */
static int64_t find_step(struct ctx *cx, const struct factor_try *try, const struct factor_row *factor)
{
    struct str secret = STR_NONE;
    uint32_t values[FACTOR_WINDOW];
    int64_t first = factor_first_step(try->now);
    if (!seal_open(cx->arena, factor_key(cx), factor_binding(cx, try->account_id), factor->secret, &secret)) {
        LOG(cx, WARN, "identity.second_factor.unreadable", log_id("login_account_id", try->account_id));
        return -1; /* the root secret is another one now: what is left are recovery codes */
    }
    for (int i = 0; i < FACTOR_WINDOW; i++)
        values[i] = otp_value((const uint8_t *)secret.ptr, secret.len, (uint64_t)(first + i));
    return factor_judge(first, values, try->input.value, factor->last_step);
}

bool factor_try_looks_right(struct ctx *cx, const struct factor_try *try, const struct factor_row *factor)
{
    if (try->input.kind == FACTOR_APP_CODE)
        return find_step(cx, try, factor) >= 0;
    return try->input.kind == FACTOR_RECOVERY_CODE && factor->is_on && try->matches;
}

static struct error *use_code(struct ctx *cx, struct tx *tx, const struct factor_try *try,
                              const struct factor_row *factor, bool *ret_used)
{
    *ret_used = false;
    if (try->input.kind == FACTOR_APP_CODE) {
        int64_t step = find_step(cx, try, factor);
        *ret_used = step >= 0;
        return *ret_used ? factor_repo_use_step(cx, tx, try->account_id, step) : NULL;
    }
    if (!factor_try_looks_right(cx, try, factor))
        return NULL;
    return factor_repo_use_recovery_code(cx, tx, try->account_id, try->input.place, try->judged_hash,
                                         ret_used);
}

struct error *factor_try_judge(struct ctx *cx, struct tx *tx, struct factor_try *try,
                               const struct factor_row *factor)
{
    bool is_used = false;
    TRY(read_lock(cx, tx, try));
    if (try->outcome == FACTOR_LOCKED)
        return NULL;
    TRY(use_code(cx, tx, try, factor, &is_used));
    if (!is_used)
        return identity_repo_count_failure(cx, tx, try->attempt_digest, try->now);
    try->outcome = FACTOR_ACCEPTED;
    return identity_repo_delete_attempts(cx, tx, try->attempt_digest);
}

struct error *factor_try_end(struct ctx *cx, const struct factor_try *try)
{
    if (try->outcome == FACTOR_ACCEPTED)
        return NULL;
    bool is_locked = try->outcome == FACTOR_LOCKED;
    LOG_EACH(cx, INFO, "identity.second_factor.refused",
             log_text("reason", is_locked ? STR("locked") : STR("code")),
             log_id("login_account_id", try->account_id), log_text("client", cx->client_address));
    if (is_locked) {
        struct error *error = ERROR(cx, identity_locked, "too many wrong codes; try again later");
        error->retry_after_ms = (try->locked_until.us - try->now.us) / US_PER_MS;
        return error;
    }
    struct error *error = ERROR(cx, identity_bad_code, "the code is wrong or was used before");
    error_add_violation(cx->arena, error, STR("/code"), "code", "is wrong or was used before");
    return error;
}

/* --- log-in --- */

struct error *factor_challenge(struct ctx *cx, struct tx *tx, struct id account_id, struct str *ret_challenge)
{
    struct str digest = STR_NONE;
    *ret_challenge = identity_make_token(cx, account_id, &digest);
    return factor_repo_set_challenge(cx, tx, account_id, digest,
                                     instant_add_us(clock_now(cx), factor_challenge_us));
}

struct error *factor_ask(struct ctx *cx, struct str challenge)
{
    struct error *error =
        ERROR(cx, identity_second_factor_required, "a code of your authenticator app is needed as well");
    error->extra_json =
        arena_printf(cx->arena, "\"challenge\":\"%" STR_FMT "\",\"challenge_expires_in\":%lld",
                     STR_ARG(challenge), (long long)(factor_challenge_us / US_PER_SECOND));
    return error;
}

struct second_login {
    struct factor_try try;
    struct str challenge_digest;
    bool is_awaited; /* the challenge is the one in force */
    struct account_row account;
    struct identity_tokens *tokens;
};

static bool is_awaited(const struct second_login *login, const struct factor_row *factor, struct instant now)
{
    return factor->is_on && factor->challenge_digest.len == SHA256_BYTES &&
           crypto_equal(factor->challenge_digest.ptr, login->challenge_digest.ptr, SHA256_BYTES) &&
           instant_is_before(now, factor->challenge_expires_at);
}

static struct error *open_by_factor(struct ctx *cx, struct tx *tx, struct second_login *login)
{
    struct id account_id = login->try.account_id;
    TRY(factor_repo_set_challenge(cx, tx, account_id, STR_NONE, INSTANT_NONE));
    TRY(identity_repo_update_login(cx, tx, account_id, login->try.now));
    login->account.last_login_at = login->try.now;
    if (login->try.input.kind == FACTOR_RECOVERY_CODE)
        TRY(factor_tell(cx, tx, &login->account, FACTOR_CODE_USED));
    return identity_open_session(cx, tx, &login->account, SESSION_BY_TWO_FACTORS, login->tokens);
}

static struct error *log_in_by_factor(struct ctx *cx, struct tx *tx, void *arg)
{
    struct second_login *login = arg;
    struct factor_row factor = {0};
    bool is_found = false;
    TRY(factor_repo_lock(cx, tx, login->try.account_id, &factor, &is_found));
    login->is_awaited = is_found && is_awaited(login, &factor, login->try.now);
    if (!login->is_awaited)
        return NULL;
    TRY(identity_repo_find_account(cx, tx, login->try.account_id, &login->account, &is_found));
    if (!is_found || login->account.status != IDENTITY_ACTIVE)
        return ERROR(cx, identity_suspended, "the account is suspended");
    TRY(factor_try_judge(cx, tx, &login->try, &factor));
    return login->try.outcome == FACTOR_ACCEPTED ? open_by_factor(cx, tx, login) : NULL;
}

static struct error *refuse_challenge(struct ctx *cx)
{
    return ERROR(cx, identity_challenge_invalid, "this log-in has taken too long; begin again");
}

/* Before anything that takes long is done for whoever made a challenge up. */
static struct error *look_at_challenge(struct ctx *cx, const struct second_login *login, struct id account_id)
{
    struct factor_row factor = {0};
    bool is_found = false;
    TRY(factor_repo_find(cx, NULL, account_id, &factor, &is_found));
    return is_found && is_awaited(login, &factor, clock_now(cx)) ? NULL : refuse_challenge(cx);
}

struct error *identity_log_in_by_factor(struct ctx *cx, struct str challenge, struct str code,
                                        struct identity_tokens *ret_tokens)
{
    struct second_login login = {.tokens = ret_tokens};
    struct id account_id = ID_NONE;
    if (!identity_read_token(cx, challenge, &account_id, &login.challenge_digest))
        return refuse_challenge(cx);
    TRY(look_at_challenge(cx, &login, account_id));
    TRY(factor_try_begin(cx, account_id, code, &login.try));
    TRY(db_transact(cx, TX_WRITE, log_in_by_factor, &login));
    if (!login.is_awaited)
        return refuse_challenge(cx);
    TRY(factor_try_end(cx, &login.try));
    bool is_recovery = login.try.input.kind == FACTOR_RECOVERY_CODE;
    LOG_EACH(cx, INFO, "identity.login.accepted", log_id("login_account_id", account_id),
             log_id("session_id", ret_tokens->session_id),
             log_text("factor", is_recovery ? STR("recovery code") : STR("app")),
             log_text("client", cx->client_address));
    return NULL;
}
