/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of the second factor; the table is in identity_http.c. */
#include "modules/identity/identity_factor_service.h"
#include "modules/identity/identity_http.h"

/* clang-format off */

/* --- views --- */

static const struct json_field factor_fields[] = {
    JSON_BOOLEAN(struct identity_factor_state, is_on, .help = "A log-in asks for a code"),
    JSON_INSTANT(struct identity_factor_state, confirmed_at, .flags = JSON_NULLABLE, .help = "Since when"),
    JSON_INTEGER(struct identity_factor_state, recovery_codes_left, .help = "Of ten"),
};
const struct json_type factor_view = JSON_TYPE("SecondFactor", struct identity_factor_state, factor_fields);

static const struct json_field setup_fields[] = {
    JSON_TEXT(struct identity_factor_setup, secret, .help = "In base32, for typing into an authenticator app: TOTP of six figures, 30 seconds, SHA-1"),
    JSON_TEXT(struct identity_factor_setup, uri, .max = 2048, .help = "The same as an otpauth: address, for a QR code"),
};
const struct json_type factor_setup_view = JSON_TYPE("SecondFactorSetup", struct identity_factor_setup, setup_fields);

struct recovery_codes {
    struct array codes;
};
static const struct json_field recovery_fields[] = {
    JSON_ARRAY(struct recovery_codes, codes, JSON_KIND_TEXT, .help = "Each is good once in place of a code of the app; they are not shown again", .example = "[\"7-ABCDE-FGH23\"]"),
};
const struct json_type recovery_codes_view = JSON_TYPE("RecoveryCodes", struct recovery_codes, recovery_fields);

/* --- bodies --- */

#define CODE_ROW(type_) JSON_TEXT(type_, code, .flags = JSON_REQUIRED | JSON_SECRET, .min = 6, .max = 40, .help = "Of the authenticator app, or a recovery code")

struct second_login_body {
    struct str challenge, code;
};
static const struct json_field second_login_fields[] = {
    JSON_TEXT(struct second_login_body, challenge, .flags = JSON_REQUIRED | JSON_SECRET, .min = 1, .max = 256, .help = "Of the first call's answer identity.second_factor_required"),
    CODE_ROW(struct second_login_body),
};
const struct json_type second_login_body = JSON_TYPE("SecondLogin", struct second_login_body, second_login_fields);

struct factor_code_body {
    struct str code;
};
static const struct json_field factor_code_fields[] = {
    JSON_TEXT(struct factor_code_body, code, .flags = JSON_REQUIRED | JSON_SECRET, .min = 6, .max = 40, .help = "Of the authenticator app"),
};
const struct json_type factor_code_body = JSON_TYPE("SecondFactorCode", struct factor_code_body, factor_code_fields);

struct factor_proof_body {
    struct str password, code;
};
static const struct json_field factor_proof_fields[] = {
    JSON_TEXT(struct factor_proof_body, password, .flags = JSON_REQUIRED | JSON_SECRET, .min = 1, .max = 1024),
    CODE_ROW(struct factor_proof_body),
};
const struct json_type factor_proof_body = JSON_TYPE("SecondFactorProof", struct factor_proof_body, factor_proof_fields);

const struct reason *const login_reasons[] = {&identity_bad_credentials, &identity_second_factor_required, &identity_locked, &identity_suspended, NULL};
const struct reason *const factor_reasons[] = {&identity_bad_credentials, &identity_bad_code, &identity_locked, &identity_challenge_invalid, &identity_second_factor_on, &identity_second_factor_off, NULL};

/* clang-format on */

/* --- handlers --- */

struct error *log_in_by_factor(struct ctx *cx, struct call *call)
{
    const struct second_login_body *body = BODY(call, struct second_login_body, second_login_body);
    struct identity_tokens tokens = {0};
    TRY(identity_log_in_by_factor(cx, body->challenge, body->code, &tokens));
    return identity_reply_session(cx, call, &tokens);
}

struct error *read_factor(struct ctx *cx, struct call *call)
{
    struct identity_factor_state state = {0};
    TRY(identity_load_factor(cx, &state));
    return call_reply(cx, call, &state);
}

struct error *begin_factor(struct ctx *cx, struct call *call)
{
    struct identity_factor_setup setup = {0};
    TRY(identity_begin_factor(cx, BODY(call, struct password_body, password_body)->password, &setup));
    return call_reply(cx, call, &setup);
}

struct error *confirm_factor(struct ctx *cx, struct call *call)
{
    struct recovery_codes view = {0};
    TRY(identity_confirm_factor(cx, BODY(call, struct factor_code_body, factor_code_body)->code,
                                &view.codes));
    return call_reply(cx, call, &view);
}

struct error *renew_codes(struct ctx *cx, struct call *call)
{
    const struct factor_proof_body *body = BODY(call, struct factor_proof_body, factor_proof_body);
    struct recovery_codes view = {0};
    TRY(identity_renew_recovery_codes(cx, body->password, body->code, &view.codes));
    return call_reply(cx, call, &view);
}

struct error *turn_off_factor(struct ctx *cx, struct call *call)
{
    const struct factor_proof_body *body = BODY(call, struct factor_proof_body, factor_proof_body);
    TRY(identity_turn_off_factor(cx, body->password, body->code));
    return call_reply_empty(cx, call);
}
