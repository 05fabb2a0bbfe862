/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What becomes of a person's part in chat: renamed, exported, erased; what `lathe check` asks; what is swept. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/jobs/jobs.h"
#include "platform/module/module.h"

#include "modules/chat/chat_service.h"

/* --- names --- */

struct error *chat_rename_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                  struct str display_name)
{
    return chat_repo_update_person(cx, tx, account_id, display_name);
}

/* --- export --- */

enum { EXPORT_BYTES_MAX = 8 << 20, EXPORT_BATCH = 500 };

static void put_message(struct json_writer *writer, const struct message_row *message)
{
    json_begin_object(writer);
    json_name(writer, STR("id"));
    json_put_id(writer, message->id);
    json_name(writer, STR("room_id"));
    json_put_id(writer, message->room_id);
    json_name(writer, STR("text"));
    json_put_text(writer, message->text);
    json_name(writer, STR("created_at"));
    json_put_instant(writer, message->created_at);
    json_end_object(writer);
}

/* In the order of writing, which is that of their ids. */
static struct error *put_messages(struct ctx *cx, struct id account_id, struct json_writer *writer)
{
    struct id after = ID_NONE;
    json_name(writer, STR("messages"));
    json_begin_array(writer);
    for (;;) {
        struct array rows = {0};
        TRY(chat_repo_list_messages_of_account(cx, account_id, after, EXPORT_BATCH, &rows));
        for (size_t i = 0; i < rows.count; i++)
            put_message(writer, ARRAY_AT(struct message_row, rows, i));
        if (rows.count < EXPORT_BATCH || writer->out->overflow)
            break;
        after = ARRAY_AT(struct message_row, rows, rows.count - 1)->id;
    }
    json_end_array(writer);
    return NULL;
}

static struct error *put_rooms(struct ctx *cx, struct id account_id, struct json_writer *writer)
{
    struct array rooms = {0};
    TRY(chat_repo_list_member_rooms(cx, NULL, account_id, &rooms));
    json_name(writer, STR("rooms"));
    json_begin_array(writer);
    for (size_t i = 0; i < rooms.count; i++)
        json_put_id(writer, ARRAY_AT(struct member_room_row, rooms, i)->room_id);
    json_end_array(writer);
    return NULL;
}

struct error *chat_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, EXPORT_BYTES_MAX);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    TRY(put_rooms(cx, account_id, &writer));
    TRY(put_messages(cx, account_id, &writer));
    json_end_object(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "there are too many messages for one document");
    *ret_json = strbuf_str(&out);
    return NULL;
}

/* --- erasure --- */

struct error *chat_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    struct array rooms = {0};
    TRY(chat_repo_list_member_rooms(cx, tx, account_id, &rooms));
    for (size_t i = 0; i < rooms.count; i++) {
        const struct member_room_row *room = ARRAY_AT(struct member_room_row, rooms, i);
        if (room->state == CHAT_JOINED)
            TRY(chat_repo_add_member_count(cx, tx, room->room_id, -1));
    }
    TRY(chat_repo_forget_author(cx, tx, account_id));
    TRY(chat_repo_forget_moderation(cx, tx, account_id));
    return chat_repo_forget_person(cx, tx, account_id, clock_now(cx));
}

/* --- what must hold --- */

static struct error *check_counts(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(chat_repo_list_wrong_counts(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct room_finding_row *row = ARRAY_AT(struct room_finding_row, rows, i);
        strbuf_printf(findings,
                      "  room %" STR_FMT " says %lld members, %lld messages and sequence %lld; its rows say "
                      "%lld, %lld and %lld\n",
                      STR_ARG(id_str(cx->arena, row->id)), (long long)row->member_count,
                      (long long)row->message_count, (long long)row->last_sequence, (long long)row->members,
                      (long long)row->messages, (long long)row->top_sequence);
    }
    return NULL;
}

static struct error *check_owners(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(chat_repo_list_wrong_owners(cx, &rows));
    for (size_t i = 0; i < rows.count; i++)
        strbuf_printf(findings,
                      "  room %" STR_FMT " is open, and its owner is not its one member of that role\n",
                      STR_ARG(id_str(cx->arena, ARRAY_AT(struct room_finding_row, rows, i)->id)));
    return NULL;
}

static struct error *check_reactions(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(chat_repo_list_wrong_reactions(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct reaction_row *row = ARRAY_AT(struct reaction_row, rows, i);
        strbuf_printf(findings, "  message %" STR_FMT " counts %lld of a reaction, which is wrong\n",
                      STR_ARG(id_str(cx->arena, row->message_id)), (long long)row->count);
    }
    return NULL;
}

static struct error *check_search(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(chat_repo_list_unsearchable(cx, &rows));
    for (size_t i = 0; i < rows.count; i++)
        strbuf_printf(findings,
                      "  message %" STR_FMT " is not in the search, or is although it was deleted\n",
                      STR_ARG(id_str(cx->arena, ARRAY_AT(struct reaction_row, rows, i)->message_id)));
    return NULL;
}

const struct module_check chat_checks[] = {
    {"chat.counts", "a room's counters are those of its members and messages", check_counts},
    {"chat.owners", "an open room has one owner, who is in it", check_owners},
    {"chat.reactions", "the counts of reactions are those of the rows", check_reactions},
    {"chat.search", "every message that is not deleted can be found", check_search},
    {NULL, NULL, NULL},
};

/* --- sweeping --- */

/* A socket that was away for longer is shown the room anew. */
static const int64_t change_lifetime_us = 7 * US_PER_DAY;

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    return chat_repo_delete_changes_before(cx, instant_add_us(clock_now(cx), -change_lifetime_us));
}

const struct job_type chat_sweep_job = {
    .name = "chat.sweep",
    .help = "Forgets changes of rooms after a week",
    .run = sweep,
    .every_us = US_PER_HOUR,
};
