/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a person may take along, and being forgotten. Other modules add their part through ports. */
#include "base/json/json_write.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/log/log.h"

#include "modules/identity/identity_factor_service.h"

enum { MAX_EXPORT_BYTES = 64 << 20 };

void identity_set_export_ports(const struct ctx *cx, const struct identity_export_port *ports)
{
    identity_state_of(cx)->export_ports = ports;
}

static const struct identity_export_port *ports_of(const struct ctx *cx)
{
    static const struct identity_export_port none[] = {{.section = NULL}};
    const struct identity_export_port *ports = identity_state_of(cx)->export_ports;
    return ports != NULL ? ports : none;
}

static void put_account(struct json_writer *writer, const struct identity_user *user)
{
    json_name(writer, STR("account"));
    json_begin_object(writer);
    json_name(writer, STR("id"));
    json_put_id(writer, user->id);
    json_name(writer, STR("email"));
    json_put_text(writer, user->email);
    json_name(writer, STR("username"));
    json_put_text(writer, user->username);
    json_name(writer, STR("display_name"));
    json_put_text(writer, user->display_name);
    json_name(writer, STR("created_at"));
    json_put_instant(writer, user->created_at);
    json_end_object(writer);
}

static void put_sessions(struct json_writer *writer, const struct array *sessions)
{
    json_name(writer, STR("sessions"));
    json_begin_array(writer);
    for (size_t i = 0; i < sessions->count; i++) {
        const struct session_row *session = ARRAY_AT(struct session_row, *sessions, i);
        json_begin_object(writer);
        json_name(writer, STR("created_at"));
        json_put_instant(writer, session->created_at);
        json_name(writer, STR("address"));
        json_put_text(writer, session->address);
        json_name(writer, STR("user_agent"));
        json_put_text(writer, session->user_agent);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static struct error *put_sections(struct ctx *cx, struct json_writer *writer)
{
    for (const struct identity_export_port *port = ports_of(cx); port->section != NULL; port++) {
        struct str json = {0};
        TRY(port->export_account(cx, cx->caller->account_id, &json));
        json_name(writer, str_cstr(port->section));
        json_put_raw(writer, json);
    }
    return NULL;
}

struct error *identity_export(struct ctx *cx, struct str *ret_json)
{
    struct identity_user user;
    struct array sessions = {0};
    struct strbuf out;
    struct json_writer writer;
    TRY(identity_load_user(cx, cx->caller->account_id, &user));
    TRY(identity_list_sessions(cx, &sessions));
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    put_account(&writer, &user);
    put_sessions(&writer, &sessions);
    TRY(put_sections(cx, &writer));
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "the export is larger than one reply may be");
    *ret_json = strbuf_str(&out);
    return NULL;
}

/* What other modules and this one keep under the account, besides its own row. */
static struct error *erase_belongings(struct ctx *cx, struct tx *tx, struct id account_id)
{
    for (const struct identity_export_port *port = ports_of(cx); port->section != NULL; port++)
        if (port->erase_account != NULL)
            TRY(port->erase_account(cx, tx, account_id));
    TRY(identity_end_sessions(cx, tx, account_id, ID_NONE));
    TRY(identity_repo_delete_sessions(cx, tx, account_id));
    TRY(identity_repo_delete_codes(cx, tx, account_id));
    TRY(factor_erase(cx, tx, account_id));
    return identity_repo_delete_roles(cx, tx, account_id);
}

static struct error *erase(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    struct id account_id = cx->caller->account_id;
    struct account_row account = {0};
    bool is_found = false;
    TRY(identity_repo_lock_account(cx, tx, account_id, &account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "no such account");
    TRY(erase_belongings(cx, tx, account_id));
    struct str placeholder =
        arena_printf(cx->arena, "deleted-%" STR_FMT, STR_ARG(id_str(cx->arena, account_id)));
    TRY(identity_repo_erase_account(cx, tx, account_id, placeholder, clock_now(cx)));
    return outbox_write(cx, tx, &identity_account_deleted, account_id, account.version + 1,
                        &(struct identity_event){.account_id = account_id});
}

struct error *identity_delete_account(struct ctx *cx, struct str password)
{
    struct account_row account = {0};
    TRY(identity_prove_password(cx, password, &account));
    TRY(db_transact(cx, TX_WRITE, erase, NULL));
    LOG_EACH(cx, INFO, "identity.account.deleted", log_text("client", cx->client_address));
    return NULL;
}
