/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sessions: log-in, access and refresh tokens, authentication, ending. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/text/encode.h"
#include "base/text/utf8.h"
#include "base/value/email.h"

#include "platform/cache/cache.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/live/live.h"
#include "platform/log/log.h"

#include "modules/identity/identity_factor_service.h"

enum { REFRESH_SECRET_BYTES = 32, CSRF_BYTES = 16, MAX_USER_AGENT = 300, ATTEMPT_BYTES = 8 };

/* Bounded in age, so that other instances follow a revocation within a second. */
const struct cache_space identity_session_space = {
    .name = "identity.session", .max_bytes = 4 << 20, .ttl_us = US_PER_SECOND};

/* --- access tokens --- */

struct claims {
    struct id sub, sid, jti;
    struct str email, role, iss;
    int64_t ver, iat, exp;
};

/* clang-format off */
static const struct json_field claim_fields[] = {
    JSON_TEXT(struct claims, iss),
    JSON_ID(struct claims, sub, .flags = JSON_REQUIRED),
    JSON_ID(struct claims, sid, .flags = JSON_REQUIRED),
    JSON_ID(struct claims, jti),
    JSON_TEXT(struct claims, email),
    JSON_TEXT(struct claims, role),
    JSON_INTEGER(struct claims, ver, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct claims, iat, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct claims, exp, .flags = JSON_REQUIRED),
};
static const struct json_type claims_type = JSON_TYPE("AccessTokenClaims", struct claims, claim_fields);
/* clang-format on */

static const uint8_t *access_key(const struct ctx *cx)
{
    return crypto_key(cx->platform->crypto, "identity.access");
}

static struct str first_role(const struct identity_user *user)
{
    if (user->roles.count == 0)
        return STR("");
    return enum_word(&identity_role_words, *ARRAY_AT(int32_t, user->roles, user->roles.count - 1));
}

static struct str sign_access_token(struct ctx *cx, const struct account_row *account,
                                    const struct identity_user *user, struct id session_id)
{
    int64_t now_s = clock_now(cx).us / US_PER_SECOND;
    struct claims claims = {
        .iss = STR("lathe"),
        .sub = account->id,
        .sid = session_id,
        .jti = crypto_new_id(cx),
        .email = account->email,
        .role = first_role(user),
        .ver = account->token_version,
        .iat = now_s,
        .exp = now_s + identity_state_of(cx)->settings->access_us / US_PER_SECOND,
    };
    return jwt_sign(cx->arena, access_key(cx), json_encode(cx->arena, &claims_type, &claims));
}

/* --- the CSRF token: a MAC of the session, so that nothing is stored --- */

static struct str csrf_token(struct ctx *cx, struct id session_id)
{
    uint8_t mac[SHA256_BYTES];
    hmac_sha256(crypto_key(cx->platform->crypto, "identity.csrf"), SHA256_BYTES, session_id.bytes,
                sizeof(session_id.bytes), mac);
    return hex_encode(cx->arena, mac, CSRF_BYTES);
}

bool identity_csrf_matches(const struct ctx *cx, struct id session_id, struct str token)
{
    uint8_t mac[SHA256_BYTES], given[CSRF_BYTES];
    hmac_sha256(crypto_key(cx->platform->crypto, "identity.csrf"), SHA256_BYTES, session_id.bytes,
                sizeof(session_id.bytes), mac);
    return hex_decode(token, given, sizeof(given)) && crypto_equal(given, mac, sizeof(given));
}

/* --- refresh tokens: session id and secret; only the digest of the one in force is stored --- */

struct str identity_make_token(struct ctx *cx, struct id id, struct str *ret_digest)
{
    uint8_t bytes[sizeof(id.bytes) + REFRESH_SECRET_BYTES];
    memcpy(bytes, id.bytes, sizeof(id.bytes));
    crypto_random(bytes + sizeof(id.bytes), REFRESH_SECRET_BYTES);
    uint8_t *digest = arena_alloc(cx->arena, SHA256_BYTES);
    sha256(bytes, sizeof(bytes), digest);
    *ret_digest = str_from((const char *)digest, SHA256_BYTES);
    return base64url_encode(cx->arena, bytes, sizeof(bytes));
}

bool identity_read_token(struct ctx *cx, struct str token, struct id *ret_id, struct str *ret_digest)
{
    struct str bytes = {0};
    if (token.len > 100 || !base64url_decode(cx->arena, token, &bytes) ||
        bytes.len != sizeof(ret_id->bytes) + REFRESH_SECRET_BYTES)
        return false;
    memcpy(ret_id->bytes, bytes.ptr, sizeof(ret_id->bytes));
    uint8_t *digest = arena_alloc(cx->arena, SHA256_BYTES);
    sha256(bytes.ptr, bytes.len, digest);
    *ret_digest = str_from((const char *)digest, SHA256_BYTES);
    return true;
}

struct id identity_refresh_session(struct ctx *cx, struct str refresh_token)
{
    struct id session_id = ID_NONE;
    struct str digest = {0};
    return identity_read_token(cx, refresh_token, &session_id, &digest) ? session_id : ID_NONE;
}

/* --- opening a session --- */

/* Unused it ends soon, used it ends as well. */
static struct instant session_end(const struct ctx *cx, struct instant created_at,
                                  struct instant refreshed_at)
{
    const struct identity_settings *settings = identity_state_of(cx)->settings;
    struct instant unused = instant_add_us(refreshed_at, settings->refresh_us);
    struct instant last = instant_add_us(created_at, settings->session_us);
    return instant_is_before(unused, last) ? unused : last;
}

static void fill_tokens(struct ctx *cx, const struct account_row *account, const struct session_row *session,
                        struct str refresh_token, struct identity_tokens *ret_tokens)
{
    const struct identity_settings *settings = identity_state_of(cx)->settings;
    int64_t left_us = session->expires_at.us - clock_now(cx).us;
    ret_tokens->session_id = session->id;
    ret_tokens->access_token = sign_access_token(cx, account, &ret_tokens->user, session->id);
    ret_tokens->refresh_token = refresh_token;
    ret_tokens->csrf_token = csrf_token(cx, session->id);
    ret_tokens->expires_in = settings->access_us / US_PER_SECOND;
    ret_tokens->refresh_expires_in = (left_us + US_PER_SECOND - 1) / US_PER_SECOND;
}

struct error *identity_open_session(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                    enum session_strength strength, struct identity_tokens *ret_tokens)
{
    struct instant now = clock_now(cx);
    struct str user_agent =
        utf8_is_valid(cx->user_agent) ? utf8_truncate(cx->user_agent, MAX_USER_AGENT) : STR("");
    struct session_row session = {
        .id = crypto_new_id(cx),
        .account_id = account->id,
        .user_agent = user_agent.ptr != NULL ? user_agent : STR(""),
        .address = cx->client_address,
        .created_at = now,
        .expires_at = session_end(cx, now, now),
        .has_second_factor = strength == SESSION_BY_TWO_FACTORS,
    };
    struct str refresh_token = identity_make_token(cx, session.id, &session.refresh_digest);
    TRY(identity_repo_insert_session(cx, tx, &session));
    TRY(identity_fill_user(cx, tx, account, strength, &ret_tokens->user));
    fill_tokens(cx, account, &session, refresh_token, ret_tokens);
    return NULL;
}

/* --- log-in --- */

struct login {
    struct str login_digest;
    struct account_row account;
    struct str new_hash; /* absent: keep */
    struct identity_tokens *tokens;
    struct str challenge; /* absent: the account has no second factor, and a session was opened */
};

static struct str digest_login(struct ctx *cx, struct str login)
{
    struct str folded = username_fold(cx->arena, login);
    uint8_t *digest = arena_alloc(cx->arena, SHA256_BYTES);
    hmac_sha256(crypto_key(cx->platform->crypto, "identity.login_attempt"), SHA256_BYTES, folded.ptr,
                folded.len, digest);
    return str_from((const char *)digest, SHA256_BYTES);
}

/* Tries at one name can be told from those at others by "attempt"; the name itself, where people type their password now and
 * then, is not written. */
static void log_failure(struct ctx *cx, const struct login *login, const char *reason)
{
    struct str attempt = hex_encode(cx->arena, (const uint8_t *)login->login_digest.ptr, ATTEMPT_BYTES);
    LOG_EACH(cx, INFO, "identity.login.failed", log_text("reason", str_cstr(reason)),
             log_text("attempt", attempt), log_id("login_account_id", login->account.id),
             log_text("client", cx->client_address));
}

static struct error *refuse_locked(struct ctx *cx, const struct login *login)
{
    struct attempts_row attempts = {0};
    bool is_found = false;
    TRY(identity_repo_find_attempts(cx, NULL, login->login_digest, &attempts, &is_found));
    struct instant now = clock_now(cx);
    if (!is_found || !instant_is_before(now, attempts.locked_until))
        return NULL;
    log_failure(cx, login, "locked");
    struct error *error = ERROR(cx, identity_locked, "too many failed log-ins; try again later");
    error->retry_after_ms = (attempts.locked_until.us - now.us) / US_PER_MS;
    return error;
}

static struct error *count_failure(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct login *login = arg;
    return identity_repo_count_failure(cx, tx, login->login_digest, clock_now(cx));
}

static struct error *accept_login(struct ctx *cx, struct tx *tx, void *arg)
{
    struct login *login = arg;
    struct instant now = clock_now(cx);
    struct factor_row factor = {0};
    bool has_factor = false;
    login->challenge = STR_NONE;
    TRY(identity_repo_delete_attempts(cx, tx, login->login_digest));
    if (login->new_hash.ptr != NULL)
        TRY(identity_repo_update_password(cx, tx, login->account.id, login->new_hash, now));
    TRY(factor_repo_find(cx, tx, login->account.id, &factor, &has_factor));
    if (has_factor && factor.is_on)
        return factor_challenge(cx, tx, login->account.id, &login->challenge);
    TRY(identity_repo_update_login(cx, tx, login->account.id, now));
    login->account.last_login_at = now;
    return identity_open_session(cx, tx, &login->account, SESSION_BY_PASSWORD, login->tokens);
}

/* Reads the account of the name and judges the password; a refusal is counted. */
static struct error *judge_login(struct ctx *cx, struct str name, struct str password, struct login *login,
                                 bool *ret_needs_rehash)
{
    bool is_found = false, matches = false;
    TRY(identity_repo_find_login(cx, NULL, name, &login->account, &is_found));
    /* An unknown account costs the same work: the check compares with a dummy. */
    TRY(password_check(cx, password, is_found ? login->account.password_hash : STR(""), &matches,
                       ret_needs_rehash));
    if (!is_found || !matches) {
        TRY(db_transact(cx, TX_WRITE, count_failure, login));
        log_failure(cx, login, "credentials");
        return ERROR(cx, identity_bad_credentials, "login or password is wrong");
    }
    if (login->account.status != IDENTITY_SUSPENDED)
        return NULL;
    log_failure(cx, login, "suspended");
    return ERROR(cx, identity_suspended, "the account is suspended");
}

struct error *identity_log_in(struct ctx *cx, struct str name, struct str password,
                              struct identity_tokens *ret_tokens)
{
    struct login login = {.login_digest = digest_login(cx, name), .tokens = ret_tokens};
    bool needs_rehash = false;
    TRY(refuse_locked(cx, &login));
    TRY(judge_login(cx, name, password, &login, &needs_rehash));
    if (needs_rehash)
        TRY(password_hash(cx, password, &login.new_hash));
    TRY(db_transact(cx, TX_WRITE, accept_login, &login));
    if (login.challenge.ptr != NULL) {
        LOG_EACH(cx, INFO, "identity.login.challenged", log_id("login_account_id", login.account.id),
                 log_text("client", cx->client_address));
        return factor_ask(cx, login.challenge);
    }
    LOG_EACH(cx, INFO, "identity.login.accepted", log_id("login_account_id", login.account.id),
             log_id("session_id", ret_tokens->session_id), log_text("client", cx->client_address));
    return NULL;
}

/* --- refresh --- */

struct refresh {
    struct id session_id;
    struct str digest;
    struct identity_tokens *tokens;
    bool is_reused; /* the session was ended: commit that, then refuse */
};

static struct str session_key(const struct id *session_id)
{
    return str_from((const char *)session_id->bytes, sizeof(session_id->bytes));
}

static void close_connections(struct ctx *cx, void *arg)
{
    live_end_session(cx->platform, *(const struct id *)arg);
}

/* An ended session opens nothing from the commit on, and what it had opened is closed. */
static void forget_session(struct ctx *cx, struct tx *tx, struct id session_id)
{
    struct id *ended = arena_dup(cx->arena, &session_id, sizeof(session_id));
    cache_bump_on_commit(cx, tx, &identity_session_space, session_key(ended));
    tx_after_commit(tx, close_connections, ended);
}

void identity_look_again(struct ctx *cx, struct tx *tx, struct id session_id)
{
    struct id *changed = arena_dup(cx->arena, &session_id, sizeof(session_id));
    cache_bump_on_commit(cx, tx, &identity_session_space, session_key(changed));
}

/* The setting may have been longer when the session was refreshed last. */
static bool is_over(const struct ctx *cx, const struct session_row *session, struct instant now)
{
    return !instant_is_none(session->ended_at) || !instant_is_before(now, session->expires_at) ||
           !instant_is_before(now, session_end(cx, session->created_at, now));
}

static struct error *end_reused(struct ctx *cx, struct tx *tx, struct refresh *refresh,
                                const struct session_row *session)
{
    bool is_ended = false;
    refresh->is_reused = true;
    TRY(identity_repo_end_session(cx, tx, session->id, session->account_id, clock_now(cx), &is_ended));
    forget_session(cx, tx, session->id);
    return NULL;
}

static struct error *rotate(struct ctx *cx, struct tx *tx, struct refresh *refresh,
                            struct session_row *session)
{
    struct account_row account = {0};
    bool is_found = false;
    TRY(identity_repo_find_account(cx, tx, session->account_id, &account, &is_found));
    if (!is_found)
        return ERROR(cx, identity_token_invalid, "the account is gone");
    if (account.status != IDENTITY_ACTIVE)
        return ERROR(cx, identity_suspended, "the account is suspended");
    session->refreshed_at = clock_now(cx);
    session->expires_at = session_end(cx, session->created_at, session->refreshed_at);
    struct str token = identity_make_token(cx, session->id, &session->refresh_digest);
    TRY(identity_repo_rotate_session(cx, tx, session));
    TRY(identity_fill_user(cx, tx, &account,
                           session->has_second_factor ? SESSION_BY_TWO_FACTORS : SESSION_BY_PASSWORD,
                           &refresh->tokens->user));
    fill_tokens(cx, &account, session, token, refresh->tokens);
    return NULL;
}

static struct error *refresh_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    struct refresh *refresh = arg;
    struct session_row session = {0};
    bool is_found = false;
    refresh->is_reused = false;
    TRY(identity_repo_lock_session(cx, tx, refresh->session_id, &session, &is_found));
    if (!is_found || is_over(cx, &session, clock_now(cx)))
        return ERROR(cx, identity_token_invalid, "the session has ended");
    bool is_in_force = session.refresh_digest.len == SHA256_BYTES &&
                       crypto_equal(session.refresh_digest.ptr, refresh->digest.ptr, SHA256_BYTES);
    return is_in_force ? rotate(cx, tx, refresh, &session) : end_reused(cx, tx, refresh, &session);
}

struct error *identity_refresh(struct ctx *cx, struct str refresh_token, struct identity_tokens *ret_tokens)
{
    struct refresh refresh = {.tokens = ret_tokens};
    if (!identity_read_token(cx, refresh_token, &refresh.session_id, &refresh.digest))
        return ERROR(cx, identity_token_invalid, "the refresh token is malformed");
    TRY(db_transact(cx, TX_WRITE, refresh_in_tx, &refresh));
    if (!refresh.is_reused)
        return NULL;
    LOG(cx, WARN, "identity.refresh.reused", log_id("session_id", refresh.session_id));
    return ERROR(cx, identity_refresh_reused,
                 "this refresh token was used before; the session has been ended");
}

/* --- authentication --- */

/* What is cached of a session; fixed size, so that a hit is a copy. */
struct cached_session {
    struct id account_id;
    int64_t expires_at_us;
    int64_t token_version;
    uint64_t permissions, withheld;
    int32_t status;
    bool is_live;
    bool is_verified;
};

static struct error *load_session(struct ctx *cx, struct id session_id, struct cached_session *ret_session)
{
    struct session_state_row state = {0};
    struct array roles = {0};
    bool is_found = false;
    memset(ret_session, 0, sizeof(*ret_session)); /* padding too: it is compared and stored as bytes */
    TRY(identity_repo_find_session_state(cx, session_id, &state, &is_found));
    if (!is_found)
        return NULL;
    TRY(identity_repo_list_roles(cx, NULL, state.account_id, &roles));
    for (size_t i = 0; i < roles.count; i++)
        ret_session->permissions |=
            role_permissions((enum identity_role)ARRAY_AT(struct role_value, roles, i)->role);
    ret_session->withheld = identity_withheld(
        cx, ret_session->permissions, state.has_second_factor ? SESSION_BY_TWO_FACTORS : SESSION_BY_PASSWORD);
    ret_session->permissions &= ~ret_session->withheld;
    ret_session->account_id = state.account_id;
    ret_session->expires_at_us = state.expires_at.us;
    ret_session->token_version = state.token_version;
    ret_session->status = state.status;
    ret_session->is_live = instant_is_none(state.ended_at);
    ret_session->is_verified = state.is_verified;
    return NULL;
}

static struct error *find_session(struct ctx *cx, struct id session_id, struct cached_session *ret_session)
{
    struct str value = {0};
    struct cache_ticket ticket;
    if (cache_find(cx, &identity_session_space, session_key(&session_id), &value, &ticket)) {
        memcpy(ret_session, value.ptr, sizeof(*ret_session));
        return NULL;
    }
    TRY(load_session(cx, session_id, ret_session));
    cache_put(cx, &identity_session_space, session_key(&session_id), ticket,
              str_from((const char *)ret_session, sizeof(*ret_session)));
    return NULL;
}

static struct error *admit(struct ctx *cx, struct id session_id, const struct cached_session *session,
                           const struct caller **ret_caller)
{
    bool is_good =
        session->is_live && session->expires_at_us > clock_now(cx).us && session->status != IDENTITY_DELETED;
    if (!is_good)
        return ERROR(cx, identity_token_invalid, "the session has ended");
    if (session->status == IDENTITY_SUSPENDED)
        return ERROR(cx, identity_suspended, "the account is suspended");
    struct caller *caller = ARENA_NEW(cx->arena, struct caller);
    *caller = (struct caller){session->account_id, session_id, session->permissions, session->is_verified,
                              session->withheld};
    *ret_caller = caller;
    return NULL;
}

struct error *identity_authenticate(struct ctx *cx, struct str access_token, const struct caller **ret_caller)
{
    struct str payload = {0};
    struct claims claims = {0};
    if (!jwt_verify(cx->arena, access_key(cx), access_token, &payload))
        return ERROR(cx, identity_token_invalid, "the access token is not ours");
    if (json_decode(cx->arena, &claims_type, payload, &claims) != NULL)
        return ERROR(cx, identity_token_invalid, "the access token is malformed");
    int64_t now_us = clock_now(cx).us;
    if (claims.exp <= now_us / US_PER_SECOND)
        return ERROR(cx, identity_token_invalid, "the access token has expired");

    struct cached_session session;
    TRY(find_session(cx, claims.sid, &session));
    if (!id_equal(session.account_id, claims.sub) || session.token_version != claims.ver)
        return ERROR(cx, identity_token_invalid, "the session has ended");
    return admit(cx, claims.sid, &session, ret_caller);
}

struct error *identity_find_caller(struct ctx *cx, struct id session_id, const struct caller **ret_caller)
{
    struct cached_session session;
    TRY(find_session(cx, session_id, &session));
    return admit(cx, session_id, &session, ret_caller);
}

/* --- ending --- */

struct ending {
    struct id session_id;
    bool is_ended;
};

static struct error *end_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct ending *ending = arg;
    TRY(identity_repo_end_session(cx, tx, ending->session_id, cx->caller->account_id, clock_now(cx),
                                  &ending->is_ended));
    forget_session(cx, tx, ending->session_id);
    return NULL;
}

struct error *identity_end_session(struct ctx *cx, struct id session_id)
{
    struct ending ending = {.session_id = session_id};
    TRY(db_transact(cx, TX_WRITE, end_one, &ending));
    if (!ending.is_ended)
        return ERROR_CODE(cx, NOT_FOUND, "no such session");
    LOG_EACH(cx, INFO, "identity.session.ended", log_id("session_id", session_id));
    return NULL;
}

struct error *identity_end_sessions(struct ctx *cx, struct tx *tx, struct id account_id, struct id except)
{
    struct array ids = {0};
    TRY(identity_repo_list_live_session_ids(cx, tx, account_id, &ids));
    TRY(identity_repo_end_sessions(cx, tx, account_id, except, clock_now(cx)));
    for (size_t i = 0; i < ids.count; i++) {
        struct id session_id = ARRAY_AT(struct session_id_row, ids, i)->id;
        if (!id_equal(session_id, except))
            forget_session(cx, tx, session_id);
    }
    return NULL;
}

static struct error *end_others(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return identity_end_sessions(cx, tx, cx->caller->account_id, cx->caller->session_id);
}

struct error *identity_end_other_sessions(struct ctx *cx)
{
    TRY(db_transact(cx, TX_WRITE, end_others, NULL));
    LOG_EACH(cx, INFO, "identity.session.others_ended");
    return NULL;
}

struct error *identity_list_sessions(struct ctx *cx, struct array *ret_sessions)
{
    return identity_repo_list_sessions(cx, cx->caller->account_id, clock_now(cx), ret_sessions);
}
