/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The second factor as its owner sets it up: on in two steps, off, new recovery codes; and as the operator takes it away. Each asks for what
 * somebody who found a session open does not have, ends the other sessions, and is told by mail. */
#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/otp.h"
#include "platform/crypto/seal.h"
#include "platform/log/log.h"
#include "platform/mail/mail.h"

#include "modules/identity/identity_factor_service.h"

/* --- mails --- */

#define IF_NOT_YOU                                                                                           \
    "\nIf that was not you, set a new password at once by \"forgot password\", which sends a code to this address.\n"

struct factor_mail {
    const char *subject, *text;
};
static const struct factor_mail factor_mails[] = {
    [FACTOR_TURNED_ON] =
        {"Your account asks for a second factor now",
         "from now on a log-in to your account asks for a code of the authenticator app as well. Its other sessions "
         "were ended." IF_NOT_YOU "Whoever runs this shop can take the second factor away again.\n"},
    [FACTOR_TURNED_OFF] =
        {"The second factor of your account was turned off",
         "from now on a log-in to your account asks for the password alone. Its other sessions were ended." IF_NOT_YOU},
    [FACTOR_CODES_RENEWED] =
        {"Your recovery codes were made anew",
         "there are new recovery codes for your account; the old ones are worth nothing any more." IF_NOT_YOU},
    [FACTOR_CODE_USED] =
        {"A recovery code was used",
         "somebody logged in to your account with a recovery code instead of a code of the authenticator app. It cannot be "
         "used again; new ones are made on the page of your account." IF_NOT_YOU},
    [FACTOR_TAKEN_AWAY] =
        {"The second factor of your account was taken away",
         "whoever runs this shop has taken the second factor of your account away, as is done for people who have lost "
         "their authenticator app. Your sessions were ended; a log-in asks for the password alone. Turn a second "
         "factor on again on the page of your account.\nIf you have not asked for that, ask them why.\n"},
};

struct error *factor_tell(struct ctx *cx, struct tx *tx, const struct account_row *account,
                          enum factor_news news)
{
    struct mail_message message = {
        .id = crypto_new_id(cx),
        .to = account->email,
        .to_name = account->display_name,
        .subject = str_cstr(factor_mails[news].subject),
        .text = arena_printf(cx->arena, "Hello %" STR_FMT ",\n\n%s", STR_ARG(account->display_name),
                             factor_mails[news].text),
    };
    return mail_enqueue(cx, tx, &message);
}

/* --- recovery codes --- */

struct recovery_set {
    struct str hashes[RECOVERY_CODES];
    struct str *shown;
};

/* Ten slow hashes, one after the other: others' log-ins go between. */
static struct error *make_recovery_codes(struct ctx *cx, struct recovery_set *ret_set)
{
    ret_set->shown = ARENA_ARRAY(cx->arena, struct str, RECOVERY_CODES);
    for (int place = 0; place < RECOVERY_CODES; place++) {
        uint8_t random[RECOVERY_RANDOM_BYTES];
        char letters[RECOVERY_LETTERS];
        crypto_random(random, sizeof(random));
        recovery_make(random, letters);
        ret_set->shown[place] = recovery_format(cx->arena, place, letters);
        TRY(password_hash(cx, str_from(letters, sizeof(letters)), &ret_set->hashes[place]));
    }
    return NULL;
}

static struct error *replace_recovery_codes(struct ctx *cx, struct tx *tx, struct id account_id,
                                            const struct recovery_set *set)
{
    TRY(factor_repo_delete_recovery_codes(cx, tx, account_id));
    for (int place = 0; place < RECOVERY_CODES; place++)
        TRY(factor_repo_insert_recovery_code(cx, tx, account_id, place, set->hashes[place]));
    return NULL;
}

/* --- a change, with its code --- */

struct factor_change {
    struct factor_try try;
    struct recovery_set codes; /* where the change makes them */
    struct account_row account;
};

static struct error *refuse_state(struct ctx *cx, bool is_on)
{
    return is_on ? ERROR(cx, identity_second_factor_on, "the second factor is on already")
                 : ERROR(cx, identity_second_factor_off, "there is no second factor; begin with one first");
}

/* The owner's factor, without a lock, in the state that is wanted. */
static struct error *load_factor(struct ctx *cx, bool wants_on, struct factor_row *ret_factor)
{
    bool is_found = false;
    TRY(factor_repo_find(cx, NULL, cx->caller->account_id, ret_factor, &is_found));
    if (!is_found || ret_factor->is_on != wants_on)
        return refuse_state(cx, is_found && ret_factor->is_on);
    return NULL;
}

/* In tx: locks the factor, judges the code. */
static struct error *judge_change(struct ctx *cx, struct tx *tx, struct factor_change *change, bool wants_on,
                                  bool *ret_accepted)
{
    struct factor_row factor = {0};
    bool is_found = false;
    *ret_accepted = false;
    TRY(factor_repo_lock(cx, tx, change->try.account_id, &factor, &is_found));
    if (!is_found || factor.is_on != wants_on)
        return refuse_state(cx, is_found && factor.is_on);
    TRY(factor_try_judge(cx, tx, &change->try, &factor));
    *ret_accepted = change->try.outcome == FACTOR_ACCEPTED;
    return NULL;
}

/* Begins the try and makes the codes, but for a code that is wrong already: that one is only counted. */
static struct error *prepare_codes(struct ctx *cx, struct factor_change *change, struct str code,
                                   bool wants_on)
{
    struct factor_row factor = {0};
    TRY(load_factor(cx, wants_on, &factor));
    TRY(factor_try_begin(cx, cx->caller->account_id, code, &change->try));
    if (factor_try_looks_right(cx, &change->try, &factor))
        return make_recovery_codes(cx, &change->codes);
    change->try.input.kind = FACTOR_UNREADABLE;
    return NULL;
}

static struct error *set_session_strength(struct ctx *cx, struct tx *tx, bool has_second_factor)
{
    TRY(factor_repo_strengthen_session(cx, tx, cx->caller->session_id, has_second_factor));
    identity_look_again(cx, tx, cx->caller->session_id);
    return identity_end_sessions(cx, tx, cx->caller->account_id, cx->caller->session_id);
}

/* --- on --- */

struct error *identity_load_factor(struct ctx *cx, struct identity_factor_state *ret_state)
{
    struct factor_row factor = {0};
    bool is_found = false;
    *ret_state = (struct identity_factor_state){.is_on = false};
    TRY(factor_repo_find(cx, NULL, cx->caller->account_id, &factor, &is_found));
    if (!is_found || !factor.is_on)
        return NULL;
    ret_state->is_on = true;
    ret_state->confirmed_at = factor.confirmed_at;
    return factor_repo_count_recovery_codes(cx, NULL, cx->caller->account_id,
                                            &ret_state->recovery_codes_left);
}

struct error *identity_begin_factor(struct ctx *cx, struct str password,
                                    struct identity_factor_setup *ret_setup)
{
    struct account_row account = {0};
    uint8_t secret[OTP_SECRET_BYTES];
    bool is_begun = false;
    TRY(identity_prove_password(cx, password, &account));
    crypto_random(secret, sizeof(secret));
    struct str sealed = seal_close(cx->arena, factor_key(cx), factor_binding(cx, account.id),
                                   str_from((const char *)secret, sizeof(secret)));
    TRY(factor_repo_begin(cx, NULL, account.id, sealed, clock_now(cx), &is_begun));
    if (!is_begun)
        return refuse_state(cx, true);
    ret_setup->secret = base32_encode(cx->arena, secret, sizeof(secret));
    ret_setup->uri =
        factor_uri(cx->arena, str_cstr(identity_state_of(cx)->issuer), account.email, ret_setup->secret);
    return NULL;
}

static struct error *confirm(struct ctx *cx, struct tx *tx, void *arg)
{
    struct factor_change *change = arg;
    struct id account_id = change->try.account_id;
    bool is_accepted = false;
    TRY(judge_change(cx, tx, change, false, &is_accepted));
    if (!is_accepted)
        return NULL;
    TRY(factor_repo_turn_on(cx, tx, account_id, change->try.now));
    TRY(replace_recovery_codes(cx, tx, account_id, &change->codes));
    TRY(factor_tell(cx, tx, &change->account, FACTOR_TURNED_ON));
    return set_session_strength(cx, tx, true);
}

static struct error *load_own_account(struct ctx *cx, struct account_row *ret_account)
{
    bool is_found = false;
    TRY(identity_repo_find_account(cx, NULL, cx->caller->account_id, ret_account, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "no such account");
}

struct error *identity_confirm_factor(struct ctx *cx, struct str code, struct array *ret_codes)
{
    struct factor_change change = {.try = {.outcome = FACTOR_REFUSED}};
    TRY(load_own_account(cx, &change.account));
    TRY(prepare_codes(cx, &change, code, false));
    TRY(db_transact(cx, TX_WRITE, confirm, &change));
    TRY(factor_try_end(cx, &change.try));
    LOG_EACH(cx, INFO, "identity.second_factor.on", log_text("client", cx->client_address));
    *ret_codes = (struct array){change.codes.shown, RECOVERY_CODES};
    return NULL;
}

/* --- new recovery codes, and off --- */

static struct error *renew(struct ctx *cx, struct tx *tx, void *arg)
{
    struct factor_change *change = arg;
    bool is_accepted = false;
    TRY(judge_change(cx, tx, change, true, &is_accepted));
    if (!is_accepted)
        return NULL;
    TRY(replace_recovery_codes(cx, tx, change->try.account_id, &change->codes));
    return factor_tell(cx, tx, &change->account, FACTOR_CODES_RENEWED);
}

struct error *identity_renew_recovery_codes(struct ctx *cx, struct str password, struct str code,
                                            struct array *ret_codes)
{
    struct factor_change change = {.try = {.outcome = FACTOR_REFUSED}};
    TRY(identity_prove_password(cx, password, &change.account));
    TRY(prepare_codes(cx, &change, code, true));
    TRY(db_transact(cx, TX_WRITE, renew, &change));
    TRY(factor_try_end(cx, &change.try));
    LOG_EACH(cx, INFO, "identity.second_factor.codes_renewed", log_text("client", cx->client_address));
    *ret_codes = (struct array){change.codes.shown, RECOVERY_CODES};
    return NULL;
}

struct error *factor_erase(struct ctx *cx, struct tx *tx, struct id account_id)
{
    TRY(factor_repo_delete_recovery_codes(cx, tx, account_id));
    return factor_repo_delete(cx, tx, account_id);
}

static struct error *turn_off(struct ctx *cx, struct tx *tx, void *arg)
{
    struct factor_change *change = arg;
    bool is_accepted = false;
    TRY(judge_change(cx, tx, change, true, &is_accepted));
    if (!is_accepted)
        return NULL;
    TRY(factor_erase(cx, tx, change->try.account_id));
    TRY(factor_tell(cx, tx, &change->account, FACTOR_TURNED_OFF));
    return set_session_strength(cx, tx, false);
}

struct error *identity_turn_off_factor(struct ctx *cx, struct str password, struct str code)
{
    struct factor_change change = {.try = {.outcome = FACTOR_REFUSED}};
    struct factor_row factor = {0};
    TRY(identity_prove_password(cx, password, &change.account));
    TRY(load_factor(cx, true, &factor));
    TRY(factor_try_begin(cx, cx->caller->account_id, code, &change.try));
    TRY(db_transact(cx, TX_WRITE, turn_off, &change));
    TRY(factor_try_end(cx, &change.try));
    LOG_EACH(cx, INFO, "identity.second_factor.off", log_text("client", cx->client_address));
    return NULL;
}

/* --- the operator --- */

static struct error *take_away(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct account_row *account = arg;
    struct factor_row factor = {0};
    bool is_found = false;
    TRY(factor_repo_lock(cx, tx, account->id, &factor, &is_found));
    if (!is_found || !factor.is_on)
        return ERROR(cx, identity_second_factor_off, "the account has no second factor");
    TRY(factor_erase(cx, tx, account->id));
    TRY(factor_tell(cx, tx, account, FACTOR_TAKEN_AWAY));
    return identity_end_sessions(cx, tx, account->id, ID_NONE);
}

struct error *identity_take_factor_away(struct ctx *cx, struct str username)
{
    struct account_row account = {0};
    bool is_found = false;
    TRY(identity_repo_find_login(cx, NULL, username, &account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no account '%" STR_FMT "'", STR_ARG(username));
    TRY(db_transact(cx, TX_WRITE, take_away, &account));
    LOG_EACH(cx, INFO, "identity.second_factor.taken_away", log_id("login_account_id", account.id));
    return NULL;
}
