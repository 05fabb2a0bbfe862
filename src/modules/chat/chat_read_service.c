/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reading: history, threads, search, pins, edits. */
#include "modules/chat/chat_service.h"

/* --- one message --- */

static struct error *find_message(struct ctx *cx, struct tx *tx, struct id message_id,
                                  struct message_row *ret_message)
{
    bool is_found = false;
    TRY(chat_repo_find_message(cx, tx, message_id, ret_message, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "no such message");
}

/* The room decides whether the message is there at all: without it, the answer is the same. */
static struct error *as_no_message(struct ctx *cx, struct error *error)
{
    return error_has_code(error, ERROR_NOT_FOUND) ? ERROR_CODE(cx, NOT_FOUND, "no such message") : error;
}

struct error *chat_enter_by_message(struct ctx *cx, struct tx *tx, struct id message_id, enum chat_act act,
                                    struct message_row *ret_message, struct chat_access *ret_access)
{
    TRY(find_message(cx, tx, message_id, ret_message));
    return as_no_message(cx, chat_enter(cx, tx, ret_message->room_id, act, ret_access));
}

struct error *chat_lock_by_message(struct ctx *cx, struct tx *tx, struct id message_id, enum chat_act act,
                                   struct message_row *ret_message, struct chat_access *ret_access)
{
    TRY(find_message(cx, tx, message_id, ret_message));
    TRY(as_no_message(cx, chat_enter_locked(cx, tx, ret_message->room_id, act, ret_access)));
    return find_message(cx, tx, message_id, ret_message); /* as it is behind the lock */
}

struct error *chat_load_message(struct ctx *cx, struct id message_id, struct chat_message_view *ret_view)
{
    struct message_row message = {0};
    struct chat_access access;
    TRY(chat_enter_by_message(cx, NULL, message_id, CHAT_ACT_READ, &message, &access));
    return chat_view_message(cx, NULL, &message, CHAT_FOR_CALLER, ret_view);
}

struct error *chat_list_edits(struct ctx *cx, struct id message_id, struct array *ret_edits)
{
    struct message_row message = {0};
    struct chat_access access;
    TRY(chat_enter_by_message(cx, NULL, message_id, CHAT_ACT_READ, &message, &access));
    return chat_repo_list_edits(cx, message_id, ret_edits);
}

/* --- pages --- */

/* rows: one more than the limit when there are more. */
static struct error *fill_page(struct ctx *cx, struct array rows, int64_t limit,
                               struct chat_message_page *ret_page)
{
    bool has_more = rows.count > (size_t)limit;
    *ret_page = (struct chat_message_page){0};
    if (has_more) {
        rows.count = (size_t)limit;
        ret_page->next_cursor = ARRAY_AT(struct message_row, rows, rows.count - 1)->id;
    }
    return chat_view_messages(cx, NULL, rows, CHAT_FOR_CALLER, &ret_page->items);
}

/* The place in the stream of a message that a page is asked for by. */
static struct error *find_place(struct ctx *cx, struct id room_id, const char *pointer, struct id message_id,
                                int64_t *ret_sequence)
{
    struct message_row message = {0};
    bool is_found = false;
    TRY(chat_repo_find_message(cx, NULL, message_id, &message, &is_found));
    if (!is_found || !id_equal(message.room_id, room_id)) {
        struct error *error = ERROR_CODE(cx, INVALID, "the list cannot be asked for like this");
        error_add_violation(cx->arena, error, str_cstr(pointer), "cursor", "is no message of this room");
        return error;
    }
    *ret_sequence = message.sequence;
    return NULL;
}

static struct error *find_range(struct ctx *cx, struct id room_id, const struct chat_history_query *query,
                                struct message_range *ret_range)
{
    *ret_range = (struct message_range){.room_id = room_id, .after = -1, .limit = query->limit + 1};
    if (!id_is_none(query->before) && !id_is_none(query->after)) {
        struct error *error = ERROR_CODE(cx, INVALID, "the list cannot be asked for like this");
        error_add_violation(cx->arena, error, STR("/after"), "conflict", "and before exclude each other");
        return error;
    }
    if (!id_is_none(query->before))
        return find_place(cx, room_id, "/before", query->before, &ret_range->before);
    if (!id_is_none(query->after))
        return find_place(cx, room_id, "/after", query->after, &ret_range->after);
    return NULL;
}

struct error *chat_list_history(struct ctx *cx, struct id room_id, const struct chat_history_query *query,
                                struct chat_message_page *ret_page)
{
    struct chat_access access;
    struct message_range range;
    struct array rows = {0};
    TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_READ, &access));
    TRY(find_range(cx, room_id, query, &range));
    TRY(chat_repo_list_messages(cx, NULL, &range, &rows));
    return fill_page(cx, rows, query->limit, ret_page);
}

struct error *chat_list_replies(struct ctx *cx, struct id message_id, const struct chat_history_query *query,
                                struct chat_message_page *ret_page)
{
    struct message_row message = {0};
    struct chat_access access;
    struct message_range range;
    struct array rows = {0};
    TRY(chat_enter_by_message(cx, NULL, message_id, CHAT_ACT_READ, &message, &access));
    TRY(find_range(cx, message.room_id, query, &range));
    struct id thread_id = id_is_none(message.thread_id) ? message.id : message.thread_id;
    TRY(chat_repo_list_thread(cx, thread_id, range.after, range.limit, &rows));
    return fill_page(cx, rows, query->limit, ret_page);
}

struct error *chat_search(struct ctx *cx, struct id room_id, const struct chat_history_query *query,
                          struct chat_message_page *ret_page)
{
    struct chat_access access;
    struct message_range range;
    struct array rows = {0};
    TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_READ, &access));
    TRY(find_range(cx, room_id, query, &range));
    TRY(chat_repo_search(cx, &range, query->q, &rows));
    return fill_page(cx, rows, query->limit, ret_page);
}

struct error *chat_list_pins(struct ctx *cx, struct id room_id, struct chat_message_page *ret_page)
{
    struct chat_access access;
    struct array rows = {0};
    TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_READ, &access));
    TRY(chat_repo_list_pins(cx, NULL, room_id, &rows));
    return fill_page(cx, rows, CHAT_PINS_MAX, ret_page);
}
