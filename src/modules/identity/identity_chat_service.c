/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chat tokens: short-lived, good for opening a socket and for nothing else, so that one may travel in an address or a sub-protocol and be
 * handed to a program that speaks chat alone. They are signed with a key of their own and end with their session. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/identity/identity_service.h"

struct claims {
    struct str iss, aud;
    struct id sub, sid, jti;
    int64_t iat, exp;
};

/* clang-format off */
static const struct json_field claim_fields[] = {
    JSON_TEXT(struct claims, iss),
    JSON_TEXT(struct claims, aud, .flags = JSON_REQUIRED),
    JSON_ID(struct claims, sub, .flags = JSON_REQUIRED),
    JSON_ID(struct claims, sid, .flags = JSON_REQUIRED),
    JSON_ID(struct claims, jti),
    JSON_INTEGER(struct claims, iat, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct claims, exp, .flags = JSON_REQUIRED),
};
static const struct json_type claims_type = JSON_TYPE("ChatTokenClaims", struct claims, claim_fields);
/* clang-format on */

static const struct str audience = STR_INIT("chat");

static const uint8_t *chat_key(const struct ctx *cx)
{
    return crypto_key(cx->platform->crypto, "identity.chat");
}

struct identity_chat_token identity_issue_chat_token(struct ctx *cx)
{
    int64_t now_s = clock_now(cx).us / US_PER_SECOND;
    int64_t lifetime_s = identity_state_of(cx)->settings->chat_us / US_PER_SECOND;
    struct claims claims = {
        .iss = STR("lathe"),
        .aud = audience,
        .sub = cx->caller->account_id,
        .sid = cx->caller->session_id,
        .jti = crypto_new_id(cx),
        .iat = now_s,
        .exp = now_s + lifetime_s,
    };
    return (struct identity_chat_token){
        .token = jwt_sign(cx->arena, chat_key(cx), json_encode(cx->arena, &claims_type, &claims)),
        .expires_in = lifetime_s,
    };
}

static struct error *authenticate_chat(struct ctx *cx, struct str payload, const struct caller **ret_caller)
{
    struct claims claims = {0};
    const struct caller *caller = NULL;
    if (json_decode(cx->arena, &claims_type, payload, &claims) != NULL || !str_equal(claims.aud, audience))
        return ERROR(cx, identity_token_invalid, "the chat token is malformed");
    if (claims.exp <= clock_now(cx).us / US_PER_SECOND)
        return ERROR(cx, identity_token_invalid, "the chat token has expired");
    TRY(identity_find_caller(cx, claims.sid, &caller));
    if (!id_equal(caller->account_id, claims.sub))
        return ERROR(cx, identity_token_invalid, "the session has ended");
    *ret_caller = caller;
    return NULL;
}

struct error *identity_authenticate_socket(struct ctx *cx, struct str token, const struct caller **ret_caller)
{
    struct str payload = {0};
    if (jwt_verify(cx->arena, chat_key(cx), token, &payload))
        return authenticate_chat(cx, payload, ret_caller);
    return identity_authenticate(cx, token, ret_caller);
}
