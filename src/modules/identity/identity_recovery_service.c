/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Codes by mail, verification, password reset and change. Nothing here tells a stranger whether an account exists. */
#include "base/text/encode.h"
#include "base/value/email.h"

#include "platform/cache/cache.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/log/log.h"
#include "platform/mail/mail.h"

#include "modules/identity/identity_factor_repo.h"
#include "modules/identity/identity_service.h"

/* Before the code and after it; the name stands in the greeting. */
struct code_mail {
    const char *subject;
    const char *before;
    const char *after;
};

static const struct code_mail code_mails[] = {
    [CODE_VERIFY_EMAIL] = {"Confirm your e-mail address",
                           "enter this code where you registered:", "If that was not you, ignore this mail."},
    [CODE_RESET_PASSWORD] =
        {"Set a new password", "enter this code together with a new password:",
         "All your sessions will be ended then. If you did not ask for this, ignore this mail: nothing has "
         "changed."},
};

/* What is hashed of a code: bcrypt makes each guess dear, and the key makes a copy of the database alone worthless. */
static struct str pepper_code(struct ctx *cx, struct str code)
{
    uint8_t mac[SHA256_BYTES];
    hmac_sha256(crypto_key(cx->platform->crypto, "identity.email_code"), SHA256_BYTES, code.ptr, code.len,
                mac);
    return hex_encode(cx->arena, mac, sizeof(mac));
}

struct error *identity_make_code(struct ctx *cx, struct email_code *ret_code)
{
    uint8_t random[8];
    crypto_random(random, sizeof(random));
    code_make(random, ret_code->digits);
    struct str digits = str_from(ret_code->digits, sizeof(ret_code->digits));
    return password_hash(cx, pepper_code(cx, digits), &ret_code->hash);
}

struct error *identity_issue_code(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                  enum code_purpose purpose, const struct email_code *code)
{
    TRY(identity_repo_upsert_code(cx, tx, account->id, purpose, code->hash,
                                  instant_add_us(clock_now(cx), code_lifetime_us)));
    const struct code_mail *mail = &code_mails[purpose];
    struct mail_message message = {
        .id = crypto_new_id(cx),
        .to = account->email,
        .to_name = account->display_name,
        .subject = str_cstr(mail->subject),
        .text = arena_printf(cx->arena,
                             "Hello %" STR_FMT ",\n\n%s\n\n    %.6s\n\nIt is good for 10 minutes. %s\n",
                             STR_ARG(account->display_name), mail->before, code->digits, mail->after),
    };
    return mail_enqueue(cx, tx, &message);
}

struct code_sending {
    struct str email;
    enum code_purpose purpose;
    struct email_code code;
};

static struct error *send_code(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct code_sending *sending = arg;
    struct account_row account = {0};
    bool is_found = false;
    TRY(identity_repo_find_login(cx, tx, sending->email, &account, &is_found));
    bool is_needed = is_found && account.status == IDENTITY_ACTIVE &&
                     !(sending->purpose == CODE_VERIFY_EMAIL && account.is_verified);
    return is_needed ? identity_issue_code(cx, tx, &account, sending->purpose, &sending->code) : NULL;
}

struct error *identity_send_code(struct ctx *cx, struct str email, enum code_purpose purpose)
{
    struct code_sending sending = {.email = email, .purpose = purpose};
    TRY(identity_make_code(cx, &sending.code)); /* for nobody's address too: the same work for everybody */
    return db_transact(cx, TX_WRITE, send_code, &sending);
}

struct code_use {
    struct str email, code;
    enum code_purpose purpose;
    struct str new_hash;    /* reset */
    struct str judged_hash; /* what the code was compared with */
    bool matches;
    struct id account_id; /* whose address it is; none: nobody's */
    bool is_accepted;
};

/* Compares the code with what is kept now, before the transaction, since it takes long. Where nothing is kept it takes as long. */
static struct error *compare_code(struct ctx *cx, struct code_use *use)
{
    struct account_row account = {0};
    struct code_row code = {0};
    bool is_found = false, needs_rehash = false;
    TRY(identity_repo_find_login(cx, NULL, use->email, &account, &is_found));
    if (is_found)
        TRY(identity_repo_find_code(cx, account.id, use->purpose, &code, &is_found));
    if (is_found)
        use->judged_hash = code.hash;
    return password_check(cx, pepper_code(cx, use->code), use->judged_hash, &use->matches, &needs_rehash);
}

/* Counts the attempt in the same transaction, which is committed whatever the verdict: of many guesses at a time as many are judged
 * as of one after the other. */
static struct error *judge_code(struct ctx *cx, struct tx *tx, const struct code_use *use,
                                const struct account_row *account, bool *ret_accepted)
{
    struct code_row code = {0};
    bool is_found = false;
    *ret_accepted = false;
    TRY(identity_repo_lock_code(cx, tx, account->id, use->purpose, &code, &is_found));
    if (!is_found || code.attempts >= CODE_MAX_ATTEMPTS || !instant_is_before(clock_now(cx), code.expires_at))
        return NULL;
    *ret_accepted = use->matches && str_equal(code.hash, use->judged_hash);
    if (*ret_accepted)
        return identity_repo_delete_code(cx, tx, account->id, use->purpose);
    return identity_repo_count_code_attempt(cx, tx, account->id, use->purpose);
}

/* To whom it was not, this is the only sign; with what they can do then. */
static struct error *tell_of_new_password(struct ctx *cx, struct tx *tx, const struct account_row *account)
{
    struct mail_message message = {
        .id = crypto_new_id(cx),
        .to = account->email,
        .to_name = account->display_name,
        .subject = STR("Your password was changed"),
        .text = arena_printf(
            cx->arena,
            "Hello %" STR_FMT ",\n\nthe password of your account was changed, and its other sessions were "
            "ended.\nIf that was not you, set a new one at once by \"forgot password\", which sends a code to "
            "this address.\n",
            STR_ARG(account->display_name)),
    };
    return mail_enqueue(cx, tx, &message);
}

static struct error *accept_code(struct ctx *cx, struct tx *tx, const struct code_use *use,
                                 const struct account_row *account)
{
    struct instant now = clock_now(cx);
    TRY(identity_repo_update_verified(cx, tx, account->id, now)); /* either code proves the address */
    if (use->purpose == CODE_RESET_PASSWORD) {
        TRY(identity_repo_update_password(cx, tx, account->id, use->new_hash, now));
        TRY(factor_repo_set_challenge(cx, tx, account->id, STR_NONE, INSTANT_NONE));
        TRY(tell_of_new_password(cx, tx, account));
        return identity_end_sessions(cx, tx, account->id, ID_NONE);
    }
    cache_bump_all_on_commit(cx, tx, &identity_session_space); /* "verified" is part of what is cached */
    return NULL;
}

static struct error *use_code(struct ctx *cx, struct tx *tx, void *arg)
{
    struct code_use *use = arg;
    struct account_row account = {0};
    bool is_found = false;
    use->is_accepted = false;
    TRY(identity_repo_find_login(cx, tx, use->email, &account, &is_found));
    if (!is_found)
        return NULL;
    use->account_id = account.id;
    TRY(judge_code(cx, tx, use, &account, &use->is_accepted));
    return use->is_accepted ? accept_code(cx, tx, use, &account) : NULL;
}

static const char *const code_events[][2] = {
    [CODE_VERIFY_EMAIL] = {"identity.email.code_refused", "identity.email.verified"},
    [CODE_RESET_PASSWORD] = {"identity.password.code_refused", "identity.password.reset"},
};

static struct error *end_code_use(struct ctx *cx, const struct code_use *use)
{
    LOG_EACH(cx, INFO, code_events[use->purpose][use->is_accepted],
             log_id("login_account_id", use->account_id), log_text("client", cx->client_address));
    if (use->is_accepted)
        return NULL;
    struct error *error = ERROR(cx, identity_bad_code, "the code is wrong or has expired");
    error_add_violation(cx->arena, error, STR("/code"), "code", "is wrong or has expired");
    return error;
}

struct error *identity_verify_email(struct ctx *cx, struct str email, struct str code)
{
    struct code_use use = {.email = email, .code = code, .purpose = CODE_VERIFY_EMAIL};
    TRY(compare_code(cx, &use));
    TRY(db_transact(cx, TX_WRITE, use_code, &use));
    return end_code_use(cx, &use);
}

struct error *identity_reset_password(struct ctx *cx, struct str email, struct str code, struct str password)
{
    struct code_use use = {.email = email, .code = code, .purpose = CODE_RESET_PASSWORD};
    TRY(identity_check_new_password(cx, "/password", password, email, STR("")));
    TRY(password_hash(cx, password,
                      &use.new_hash)); /* before the code is judged: the same work for everybody */
    TRY(compare_code(cx, &use));
    TRY(db_transact(cx, TX_WRITE, use_code, &use));
    return end_code_use(cx, &use);
}

/* --- change --- */

struct change {
    struct account_row account;
    struct str new_hash;
};

static struct error *change(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct change *change = arg;
    TRY(identity_repo_update_password(cx, tx, cx->caller->account_id, change->new_hash, clock_now(cx)));
    TRY(factor_repo_set_challenge(cx, tx, cx->caller->account_id, STR_NONE, INSTANT_NONE));
    TRY(tell_of_new_password(cx, tx, &change->account));
    return identity_end_sessions(cx, tx, cx->caller->account_id, cx->caller->session_id);
}

struct error *identity_prove_password(struct ctx *cx, struct str password, struct account_row *ret_account)
{
    bool is_found = false, matches = false, needs_rehash = false;
    TRY(identity_repo_find_account(cx, NULL, cx->caller->account_id, ret_account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "no such account");
    TRY(password_check(cx, password, ret_account->password_hash, &matches, &needs_rehash));
    if (matches)
        return NULL;
    LOG_EACH(cx, INFO, "identity.password.proof_refused", log_text("client", cx->client_address));
    return ERROR(cx, identity_bad_credentials, "the present password is wrong");
}

struct error *identity_change_password(struct ctx *cx, struct str old_password, struct str new_password)
{
    struct change changed = {0};
    TRY(identity_prove_password(cx, old_password, &changed.account));
    TRY(identity_check_new_password(cx, "/new_password", new_password, changed.account.email,
                                    changed.account.username));
    TRY(password_hash(cx, new_password, &changed.new_hash));
    TRY(db_transact(cx, TX_WRITE, change, &changed));
    LOG_EACH(cx, INFO, "identity.password.changed", log_text("client", cx->client_address));
    return NULL;
}
