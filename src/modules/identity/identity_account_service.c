/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Accounts: registration, the facade's look-ups, names, and accounts made by the operator. */
#include "base/json/json_read.h"
#include "base/value/email.h"

#include "platform/bus/bus.h"
#include "platform/cache/cache.h"
#include "platform/clock/clock.h"
#include "platform/crypto/breached.h"
#include "platform/crypto/crypto.h"
#include "platform/log/log.h"
#include "platform/module/module.h"

#include "modules/identity/identity_service.h"

struct identity_state *identity_state_of(const struct ctx *cx)
{
    return module_state(cx, &identity_module);
}

/* --- views --- */

static void list_permissions(struct ctx *cx, uint64_t bits, struct array *ret_permissions)
{
    VEC(struct str) names = {0};
    for (int i = 0; i < PERMISSION_COUNT; i++)
        if ((bits >> i & 1) != 0)
            *VEC_PUSH(cx->arena, &names) = str_cstr(permission_name((enum permission)i));
    *ret_permissions = (struct array){names.items, names.count};
}

uint64_t identity_withheld(const struct ctx *cx, uint64_t permissions, enum session_strength strength)
{
    bool is_enough =
        strength == SESSION_BY_TWO_FACTORS || !identity_state_of(cx)->settings->staff_needs_factor;
    return is_enough ? 0 : permissions & PERMISSIONS_OF_STAFF;
}

struct error *identity_fill_user(struct ctx *cx, struct tx *tx, const struct account_row *account,
                                 enum session_strength strength, struct identity_user *ret_user)
{
    struct array rows = {0};
    TRY(identity_repo_list_roles(cx, tx, account->id, &rows));
    int32_t *roles = ARENA_ARRAY(cx->arena, int32_t, rows.count);
    uint64_t bits = 0;
    for (size_t i = 0; i < rows.count; i++) {
        roles[i] = ARRAY_AT(struct role_value, rows, i)->role;
        bits |= role_permissions((enum identity_role)roles[i]);
    }
    uint64_t withheld = identity_withheld(cx, bits, strength);
    *ret_user = (struct identity_user){
        .id = account->id,
        .email = account->email,
        .username = account->username,
        .display_name = account->display_name,
        .roles = {roles, rows.count},
        .is_verified = account->is_verified,
        .needs_second_factor = withheld != 0,
        .created_at = account->created_at,
        .last_login_at = account->last_login_at,
        .version = account->version,
    };
    list_permissions(cx, bits & ~withheld, &ret_user->permissions);
    return NULL;
}

struct error *identity_load_user(struct ctx *cx, struct id account_id, struct identity_user *ret_user)
{
    struct account_row account = {0};
    bool is_found = false;
    TRY(identity_repo_find_account(cx, NULL, account_id, &account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "no such account");
    enum session_strength strength = cx->caller->withheld != 0 ? SESSION_BY_PASSWORD : SESSION_BY_TWO_FACTORS;
    return identity_fill_user(cx, NULL, &account, strength, ret_user);
}

/* --- the facade's look-ups --- */

static struct error *view_account(struct ctx *cx, struct tx *tx, const struct account_row *row,
                                  struct identity_account *ret_account)
{
    struct array roles = {0};
    struct strbuf words;
    strbuf_init(&words, cx->arena, 256);
    TRY(identity_repo_list_roles(cx, tx, row->id, &roles));
    for (size_t i = 0; i < roles.count; i++) {
        strbuf_append_cstr(&words, i == 0 ? "" : ",");
        strbuf_append(&words, enum_word(&identity_role_words, ARRAY_AT(struct role_value, roles, i)->role));
    }
    *ret_account = (struct identity_account){
        .id = row->id,
        .username = row->username,
        .display_name = row->display_name,
        .email = row->email,
        .status = row->status,
        .is_verified = row->is_verified,
        .roles = strbuf_str(&words),
        .created_at = row->created_at,
        .version = row->version,
    };
    return NULL;
}

struct error *identity_find_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                    struct identity_account *ret_account, bool *ret_found)
{
    struct account_row row = {0};
    TRY(identity_repo_find_account(cx, tx, account_id, &row, ret_found));
    return *ret_found ? view_account(cx, tx, &row, ret_account) : NULL;
}

struct error *identity_list_there(struct ctx *cx, struct tx *tx, struct array account_ids,
                                  struct array *ret_ids)
{
    return identity_repo_list_there(cx, tx, account_ids, ret_ids);
}

struct error *identity_find_account_by_name(struct ctx *cx, struct str username,
                                            struct identity_account *ret_account, bool *ret_found)
{
    struct account_row row = {0};
    *ret_found = false;
    if (str_find_byte(username, '@', 0) >= 0) /* nobody is found by address from outside */
        return NULL;
    TRY(identity_repo_find_login(cx, NULL, username, &row, ret_found));
    return *ret_found ? view_account(cx, NULL, &row, ret_account) : NULL;
}

struct error *identity_rename(struct ctx *cx, struct tx *tx, struct id account_id, struct str display_name)
{
    return identity_repo_update_display_name(cx, tx, account_id, display_name, clock_now(cx));
}

struct error *identity_require_verified(struct ctx *cx)
{
    if (cx->caller->is_verified || !identity_state_of(cx)->settings->requires_verified)
        return NULL;
    return ERROR(cx, identity_not_verified, "confirm your e-mail address first");
}

/* --- making accounts --- */

static struct error *look_for_breach(struct ctx *cx, struct str password, enum password_verdict *verdict)
{
    const struct breach_list *list = identity_state_of(cx)->breached;
    bool is_breached = false;
    if (list != NULL)
        TRY(breach_list_find(cx, list, password, &is_breached));
    if (is_breached)
        *verdict = PASSWORD_BREACHED;
    return NULL;
}

struct error *identity_check_new_password(struct ctx *cx, const char *pointer, struct str password,
                                          struct str email, struct str username)
{
    const struct password_context context = {email, username, str_cstr(identity_state_of(cx)->place)};
    enum password_verdict verdict = password_judge(password, &context);
    if (verdict == PASSWORD_OK)
        TRY(look_for_breach(cx, password, &verdict));
    if (verdict == PASSWORD_OK)
        return NULL;
    struct error *error =
        ERROR(cx, identity_weak_password, "the password %s", password_verdict_text(verdict));
    error_add_violation(cx->arena, error, str_cstr(pointer), "password", "%s",
                        password_verdict_text(verdict));
    return error;
}

struct creating {
    struct new_account_row row;
    uint32_t roles;                 /* bits of enum identity_role */
    struct identity_tokens *tokens; /* NULL: no session */
    struct email_code code;         /* with a session */
};

static struct error *insert_roles(struct ctx *cx, struct tx *tx, const struct creating *creating)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        if ((creating->roles >> role & 1) != 0)
            TRY(identity_repo_insert_role(cx, tx, creating->row.id, (enum identity_role)role));
    return NULL;
}

static struct error *create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct creating *creating = arg;
    struct account_row account = {0};
    bool is_found = false;
    TRY(identity_repo_insert_account(cx, tx, &creating->row));
    TRY(insert_roles(cx, tx, creating));
    TRY(outbox_write(cx, tx, &identity_account_registered, creating->row.id, 1,
                     &(struct identity_event){.account_id = creating->row.id}));
    if (creating->tokens == NULL)
        return NULL;
    TRY(identity_repo_find_account(cx, tx, creating->row.id, &account, &is_found));
    REQUIRE(is_found);
    TRY(identity_issue_code(cx, tx, &account, CODE_VERIFY_EMAIL, &creating->code));
    return identity_open_session(cx, tx, &account, SESSION_BY_PASSWORD, creating->tokens);
}

static struct error *fill_row(struct ctx *cx, const struct identity_new_account *account,
                              struct new_account_row *ret_row)
{
    *ret_row = (struct new_account_row){
        .id = crypto_new_id(cx),
        .email = account->email,
        .email_folded = email_fold(cx->arena, account->email),
        .username = account->username,
        .username_folded = username_fold(cx->arena, account->username),
        .display_name = account->display_name,
        .now = clock_now(cx),
    };
    return password_hash(cx, account->password, &ret_row->password_hash);
}

struct error *identity_register(struct ctx *cx, const struct identity_registration *registration,
                                struct identity_tokens *ret_tokens)
{
    struct identity_new_account account = {
        .email = registration->email,
        .username = registration->username,
        .password = registration->password,
        .display_name =
            str_is_empty(registration->display_name) ? registration->username : registration->display_name,
    };
    struct creating creating = {.roles = 1U << registration->role, .tokens = ret_tokens};
    TRY(identity_check_new_password(cx, "/password", account.password, account.email, account.username));
    TRY(fill_row(cx, &account, &creating.row));
    TRY(identity_make_code(cx, &creating.code));
    TRY(db_transact(cx, TX_WRITE, create, &creating));
    LOG_EACH(cx, INFO, "identity.account.registered", log_id("login_account_id", creating.row.id),
             log_id("session_id", ret_tokens->session_id), log_text("client", cx->client_address));
    return NULL;
}

/* "producer,admin" */
static struct error *parse_roles(struct ctx *cx, struct str words, uint32_t *ret_roles)
{
    struct str word;
    *ret_roles = 0;
    while (str_split(&words, ',', &word)) {
        int role = 0;
        if (!enum_parse(&identity_role_words, str_trim(word), &role))
            return ERROR_CODE(cx, INVALID, "there is no role '%" STR_FMT "'", STR_ARG(word));
        *ret_roles |= 1U << role;
    }
    return NULL;
}

static struct error *check_operator_input(struct ctx *cx, const struct identity_new_account *params)
{
    if (!email_is_valid(params->email))
        return ERROR_CODE(cx, INVALID, "'%" STR_FMT "' is not an e-mail address", STR_ARG(params->email));
    if (!json_format_username.is_valid(params->username))
        return ERROR_CODE(cx, INVALID, "the user name %s", json_format_username.message);
    return identity_check_new_password(cx, "", params->password, params->email, params->username);
}

struct error *identity_create_account(struct ctx *cx, const struct identity_new_account *params,
                                      struct id *ret_account_id)
{
    struct creating creating = {0};
    TRY(check_operator_input(cx, params));
    TRY(parse_roles(cx, params->roles, &creating.roles));
    TRY(fill_row(cx, params, &creating.row));
    creating.row.is_verified = true;
    TRY(db_transact(cx, TX_WRITE, create, &creating));
    LOG_EACH(cx, INFO, "identity.account.created", log_id("login_account_id", creating.row.id),
             log_text("roles", params->roles));
    *ret_account_id = creating.row.id;
    return NULL;
}
