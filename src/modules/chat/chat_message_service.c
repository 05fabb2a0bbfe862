/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Messages: written, edited, deleted, pinned. */
#include "base/text/compose.h"
#include "base/text/fold.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/claim.h"

#include "modules/chat/chat_service.h"
#include "modules/identity/identity.h"

/* --- texts --- */

const struct cache_space chat_word_space = {
    .name = "chat.word", .max_bytes = 1 << 20, .ttl_us = 10 * US_PER_SECOND};

/* The refused words, joined by newlines. */
static struct error *find_words(struct ctx *cx, struct str *ret_words)
{
    struct cache_ticket ticket;
    struct array rows = {0};
    struct strbuf out;
    if (cache_find(cx, &chat_word_space, STR("all"), ret_words, &ticket))
        return NULL;
    TRY(chat_repo_list_words(cx, &rows));
    strbuf_init(&out, cx->arena, 1 << 20);
    for (size_t i = 0; i < rows.count; i++) {
        strbuf_append(&out, ARRAY_AT(struct word_row, rows, i)->word);
        strbuf_append_char(&out, '\n');
    }
    *ret_words = strbuf_str(&out);
    cache_put(cx, &chat_word_space, STR("all"), ticket, *ret_words);
    return NULL;
}

static struct error *check_words(struct ctx *cx, struct str text)
{
    VEC(struct str) phrases = {0};
    struct str rest = STR_NONE, phrase;
    TRY(find_words(cx, &rest));
    if (str_is_empty(rest))
        return NULL;
    while (str_split(&rest, '\n', &phrase))
        *VEC_PUSH(cx->arena, &phrases) = phrase;
    struct array list = {phrases.items, phrases.count};
    struct str found = chat_find_refused(fold_words(cx->arena, text, CHAT_TEXT_MAX), &list);
    if (found.ptr == NULL)
        return NULL;
    struct error *error = ERROR(cx, chat_word_refused, "the text holds a word that is refused here");
    error_add_violation(cx->arena, error, STR("/text"), "refused", "\"%" STR_FMT "\" is refused here",
                        STR_ARG(found));
    return error;
}

struct error *chat_check_text(struct ctx *cx, struct str text, struct str *ret_text)
{
    struct str composed = text_trim(text_compose(cx->arena, text));
    if (str_is_empty(composed)) {
        struct error *error = ERROR_CODE(cx, INVALID, "there is nothing to say");
        error_add_violation(cx->arena, error, STR("/text"), "min_length", "must hold more than blanks");
        return error;
    }
    TRY(check_words(cx, composed));
    *ret_text = composed;
    return NULL;
}

/* --- who is told --- */

/* Accounts named in the text but not in what it said before; array of struct id. */
static struct error *find_mentioned(struct ctx *cx, struct str text, struct str text_before,
                                    struct array *ret_ids)
{
    struct array names = chat_find_mentions(cx->arena, text);
    struct array before = chat_find_mentions(cx->arena, text_before);
    struct array ids = {ARENA_ARRAY(cx->arena, struct id, names.count), 0};
    for (size_t i = 0; i < names.count; i++) {
        struct str name = *ARRAY_AT(struct str, names, i);
        struct identity_account account = {0};
        bool is_found = false, is_old = false;
        for (size_t j = 0; j < before.count; j++)
            is_old = is_old || str_equal_nocase(*ARRAY_AT(struct str, before, j), name);
        if (!is_old)
            TRY(identity_find_account_by_name(cx, name, &account, &is_found));
        if (is_found && !caller_is(cx, account.id))
            *ARRAY_AT(struct id, ids, ids.count++) = account.id;
    }
    *ret_ids = ids;
    return NULL;
}

/* Only who may read the message and has not blocked its author. */
static struct error *tell_mentioned(struct ctx *cx, struct tx *tx, const struct chat_access *access,
                                    const struct message_row *message, struct id account_id)
{
    struct member_row member;
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    bool is_blocked = false;
    TRY(chat_find_target(cx, tx, access, account_id, &member, &rank));
    if (rank < CHAT_RANK_VISITOR || instant_is_before(message->created_at, member.banned_until))
        return NULL;
    TRY(chat_repo_is_blocked(cx, tx, account_id, message->author_id, &is_blocked));
    if (is_blocked)
        return NULL;
    struct chat_mention_event event = {
        .account_id = account_id,
        .author_id = message->author_id,
        .room_id = message->room_id,
        .message_id = message->id,
        .auction_id = access->room.auction_id,
        .author_name = message->name,
        .room_title = access->room.title,
        .excerpt = chat_excerpt(cx->arena, message->text),
    };
    return outbox_write(cx, tx, &chat_message_mentioned, message->id, message->sequence, &event);
}

static struct error *tell_all_mentioned(struct ctx *cx, struct tx *tx, const struct chat_access *access,
                                        const struct message_row *message, const struct array *ids)
{
    if (access->room.kind == CHAT_DIRECT)
        return NULL;
    for (size_t i = 0; i < ids->count; i++)
        TRY(tell_mentioned(cx, tx, access, message, *ARRAY_AT(struct id, *ids, i)));
    return NULL;
}

static struct error *tell_partner(struct ctx *cx, struct tx *tx, const struct chat_access *access,
                                  const struct message_row *message)
{
    const struct room_row *room = &access->room;
    struct chat_direct_event event = {
        .account_id = caller_is(cx, room->pair_low) ? room->pair_high : room->pair_low,
        .author_id = message->author_id,
        .room_id = room->id,
        .message_id = message->id,
        .author_name = message->name,
        .excerpt = chat_excerpt(cx->arena, message->text),
    };
    return outbox_write(cx, tx, &chat_direct_received, message->id, message->sequence, &event);
}

/* --- writing --- */

struct posting {
    const struct chat_draft *draft;
    struct str text;
    struct array mentioned; /* of struct id */
    struct chat_access access;
    struct chat_message_view view;
    bool is_repeated; /* it was sent before: nothing is new */
};

static struct error *refuse_slow(struct ctx *cx, const struct chat_access *access)
{
    int64_t wait_us =
        chat_slow_wait_us(access->room.slow_us, access->rank, access->member.posted_at, clock_now(cx));
    if (wait_us == 0)
        return NULL;
    struct error *error = ERROR(cx, chat_slow_mode, "the room is in slow mode; wait");
    error->retry_after_ms = wait_us / US_PER_MS + 1;
    return error;
}

static struct error *refuse_blocked(struct ctx *cx, struct tx *tx, const struct chat_access *access)
{
    bool is_blocked = false;
    if (access->room.kind != CHAT_DIRECT)
        return NULL;
    TRY(chat_repo_is_blocked(cx, tx, access->room.pair_low, access->room.pair_high, &is_blocked));
    return is_blocked ? ERROR(cx, chat_blocked, "one of you has blocked the other") : NULL;
}

static struct error *find_thread(struct ctx *cx, struct tx *tx, struct message_row *message)
{
    struct message_row first = {0};
    bool is_found = false;
    if (id_is_none(message->reply_to))
        return NULL;
    TRY(chat_repo_find_message(cx, tx, message->reply_to, &first, &is_found));
    if (!is_found || !id_equal(first.room_id, message->room_id)) {
        struct error *error = ERROR_CODE(cx, INVALID, "some values are not valid");
        error_add_violation(cx->arena, error, STR("/reply_to"), "unknown", "is no message of this room");
        return error;
    }
    message->thread_id = id_is_none(first.thread_id) ? first.id : first.thread_id;
    return NULL;
}

static struct error *insert(struct ctx *cx, struct tx *tx, struct posting *posting,
                            struct message_row *message)
{
    struct chat_access *access = &posting->access;
    struct person_row person = {0};
    TRY(chat_load_person(cx, tx, message->author_id, &person));
    message->username = person.username;
    message->name = person.name;
    message->sequence = ++access->room.last_sequence;
    message->number = ++access->room.message_count;
    message->author_role = access->rank == CHAT_RANK_STAFF && access->member.role < CHAT_MODERATOR
                               ? CHAT_MODERATOR
                               : access->member.role;
    TRY(chat_repo_insert_message(cx, tx, message));
    TRY(chat_repo_advance_room(cx, tx, message->room_id, message->sequence, 1, clock_now(cx)));
    access->member.posted_at = message->created_at;
    access->member.read_sequence = message->sequence;
    access->member.read_count = message->number;
    return chat_repo_update_member_posted(cx, tx, &access->member);
}

/* The same message sent again, after its acknowledgement was lost. */
static struct error *find_repeated(struct ctx *cx, struct tx *tx, struct posting *posting)
{
    struct id message_id = ID_NONE, room_id = ID_NONE;
    struct message_row message = {0};
    bool is_found = false;
    posting->is_repeated = false;
    if (id_is_none(posting->draft->client_id))
        return NULL;
    TRY(chat_repo_find_message_by_client(cx, tx, posting->draft->client_id, &message_id, &room_id));
    if (id_is_none(message_id))
        return NULL;
    if (!id_equal(room_id, posting->draft->room_id))
        return ERROR_CODE(cx, CONFLICT, "this client_id was used in another room");
    TRY(chat_repo_find_message(cx, tx, message_id, &message, &is_found));
    posting->is_repeated = is_found;
    return chat_view_message(cx, tx, &message, CHAT_FOR_CALLER, &posting->view);
}

/* What may still be in its way, once the room lets the writer in. */
static struct error *admit(struct ctx *cx, struct tx *tx, struct posting *posting,
                           struct message_row *message)
{
    TRY(refuse_blocked(cx, tx, &posting->access));
    TRY(refuse_slow(cx, &posting->access));
    TRY(find_thread(cx, tx, message));
    return chat_settle(cx, tx, &posting->access);
}

static struct error *tell(struct ctx *cx, struct tx *tx, const struct posting *posting,
                          const struct message_row *message)
{
    if (posting->access.room.kind == CHAT_DIRECT)
        return tell_partner(cx, tx, &posting->access, message);
    return tell_all_mentioned(cx, tx, &posting->access, message, &posting->mentioned);
}

static struct error *post(struct ctx *cx, struct tx *tx, void *arg)
{
    struct posting *posting = arg;
    struct message_row message = {
        .id = crypto_new_id(cx),
        .room_id = posting->draft->room_id,
        .author_id = cx->caller->account_id,
        .text = posting->text,
        .reply_to = posting->draft->reply_to,
        .client_id = posting->draft->client_id,
        .created_at = clock_now(cx),
    };
    TRY(chat_enter_locked(cx, tx, message.room_id, CHAT_ACT_WRITE, &posting->access));
    TRY(find_repeated(cx, tx, posting));
    if (posting->is_repeated)
        return NULL;
    TRY(admit(cx, tx, posting, &message));
    TRY(insert(cx, tx, posting, &message));
    TRY(tell(cx, tx, posting, &message));
    TRY(claim_record(cx, tx, message.id));
    return chat_view_message(cx, tx, &message, CHAT_FOR_ALL, &posting->view);
}

struct error *chat_post(struct ctx *cx, const struct chat_draft *draft, struct chat_message_view *ret_view)
{
    enum { MINUTES_PER_HOUR = 60 };
    const struct chat_settings *settings = chat_state_of(cx)->settings;
    struct posting posting = {.draft = draft};
    TRY(chat_check_text(cx, draft->text, &posting.text));
    TRY(chat_spend(cx, &(struct chat_budget){"message", settings->messages_per_minute * MINUTES_PER_HOUR,
                                             settings->message_burst}));
    TRY(find_mentioned(cx, posting.text, STR(""), &posting.mentioned));
    TRY(db_transact(cx, TX_WRITE, post, &posting));
    *ret_view = posting.view;
    if (posting.is_repeated)
        return NULL;
    metric_add(cx->platform->metrics, &chat_metrics, CHAT_METRIC_MESSAGES, (size_t)posting.access.room.kind,
               1);
    chat_publish_message(cx, &posting.access.room, "message", posting.view.sequence, &posting.view);
    return NULL;
}

/* --- changing --- */

struct revising {
    struct id message_id;
    struct str text;
    struct array mentioned;
    struct instant pinned_at; /* none: to be taken down */
    struct message_row message;
    struct chat_access access;
    struct chat_message_view view;
    int64_t sequence; /* 0: it was so already */
};

/* Takes a place in the stream for the change, and reads the message as it is now. */
static struct error *finish(struct ctx *cx, struct tx *tx, struct revising *revising,
                            enum chat_change_kind kind)
{
    struct change_row change = {.kind = (int32_t)kind, .message_id = revising->message_id};
    bool is_found = false;
    TRY(chat_add_change(cx, tx, &revising->access, &change));
    TRY(chat_repo_find_message(cx, tx, revising->message_id, &revising->message, &is_found));
    revising->sequence = change.sequence;
    return chat_view_message(cx, tx, &revising->message, CHAT_FOR_ALL, &revising->view);
}

static struct error *refuse_deleted(struct ctx *cx, const struct message_row *message)
{
    return instant_is_none(message->deleted_at) ? NULL : ERROR(cx, chat_deleted, "the message was deleted");
}

static struct error *edit(struct ctx *cx, struct tx *tx, void *arg)
{
    struct revising *revising = arg;
    const struct message_row *message = &revising->message;
    revising->sequence = 0;
    TRY(chat_lock_by_message(cx, tx, revising->message_id, CHAT_ACT_WRITE, &revising->message,
                             &revising->access));
    if (!caller_is(cx, message->author_id))
        return ERROR(cx, chat_not_allowed, "only its author edits a message");
    TRY(refuse_deleted(cx, message));
    if (!chat_may_edit(message->created_at, clock_now(cx)))
        return ERROR(cx, chat_too_late, "messages can be edited for 15 minutes");
    TRY(refuse_blocked(cx, tx, &revising->access));
    if (str_equal(message->text, revising->text))
        return chat_view_message(cx, tx, message, CHAT_FOR_ALL, &revising->view);
    TRY(chat_repo_update_text(cx, tx, message, revising->text, clock_now(cx)));
    TRY(finish(cx, tx, revising, CHAT_CHANGE_EDITED));
    return tell_all_mentioned(cx, tx, &revising->access, &revising->message, &revising->mentioned);
}

struct error *chat_edit(struct ctx *cx, struct id message_id, struct str text,
                        struct chat_message_view *ret_view)
{
    struct revising revising = {.message_id = message_id};
    struct message_row before = {0};
    bool is_found = false;
    TRY(chat_check_text(cx, text, &revising.text));
    TRY(chat_repo_find_message(cx, NULL, message_id, &before, &is_found));
    TRY(find_mentioned(cx, revising.text, before.text, &revising.mentioned));
    TRY(db_transact(cx, TX_WRITE, edit, &revising));
    if (revising.sequence != 0)
        chat_publish_message(cx, &revising.access.room, "edited", revising.sequence, &revising.view);
    *ret_view = revising.view;
    return NULL;
}

struct error *chat_bury(struct ctx *cx, struct tx *tx, struct chat_access *access,
                        struct message_row *message, int64_t *ret_sequence)
{
    struct change_row change = {.kind = CHAT_CHANGE_DELETED, .message_id = message->id};
    bool is_found = false;
    TRY(chat_repo_bury_message(cx, tx, message->id, clock_now(cx)));
    TRY(chat_add_change(cx, tx, access, &change));
    *ret_sequence = change.sequence;
    return chat_repo_find_message(cx, tx, message->id, message, &is_found);
}

/* One's own, or as a moderator what somebody of a lower role wrote. */
static struct error *may_delete(struct ctx *cx, struct tx *tx, const struct revising *revising)
{
    struct member_row author;
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    if (caller_is(cx, revising->message.author_id))
        return NULL;
    TRY(chat_require(cx, &revising->access, CHAT_ACT_MODERATE));
    TRY(chat_find_target(cx, tx, &revising->access, revising->message.author_id, &author, &rank));
    if (!chat_outranks(revising->access.rank, rank))
        return ERROR(cx, chat_outranked, "its author's role is not below yours");
    return chat_log_deed(cx, tx, revising->access.room.id,
                         &(struct chat_deed_log){.deed = CHAT_DEED_DELETE,
                                                 .target_id = revising->message.author_id,
                                                 .message_id = revising->message_id});
}

static struct error *delete_message(struct ctx *cx, struct tx *tx, void *arg)
{
    struct revising *revising = arg;
    revising->sequence = 0;
    TRY(chat_lock_by_message(cx, tx, revising->message_id, CHAT_ACT_DELETE_OWN, &revising->message,
                             &revising->access));
    if (!instant_is_none(revising->message.deleted_at))
        return NULL;
    TRY(may_delete(cx, tx, revising));
    TRY(chat_bury(cx, tx, &revising->access, &revising->message, &revising->sequence));
    return chat_view_message(cx, tx, &revising->message, CHAT_FOR_ALL, &revising->view);
}

struct error *chat_delete(struct ctx *cx, struct id message_id)
{
    struct revising revising = {.message_id = message_id};
    TRY(db_transact(cx, TX_WRITE, delete_message, &revising));
    if (revising.sequence != 0)
        chat_publish_message(cx, &revising.access.room, "deleted", revising.sequence, &revising.view);
    return NULL;
}

/* --- pins --- */

static struct error *change_pin(struct ctx *cx, struct tx *tx, void *arg)
{
    struct revising *revising = arg;
    bool is_pinning = !instant_is_none(revising->pinned_at);
    int64_t count = 0;
    revising->sequence = 0;
    TRY(chat_lock_by_message(cx, tx, revising->message_id, CHAT_ACT_PIN, &revising->message,
                             &revising->access));
    TRY(refuse_deleted(cx, &revising->message));
    if (is_pinning == !instant_is_none(revising->message.pinned_at))
        return NULL;
    TRY(chat_repo_count_pins(cx, tx, revising->message.room_id, &count));
    if (is_pinning && count >= CHAT_PINS_MAX)
        return ERROR(cx, chat_too_many_pins, "the room has %d pins, as many as it may", CHAT_PINS_MAX);
    TRY(chat_repo_update_pinned(cx, tx, revising->message_id, revising->pinned_at));
    return finish(cx, tx, revising, is_pinning ? CHAT_CHANGE_PINNED : CHAT_CHANGE_UNPINNED);
}

static struct error *set_pin(struct ctx *cx, struct id message_id, struct instant pinned_at, const char *type)
{
    struct revising revising = {.message_id = message_id, .pinned_at = pinned_at};
    TRY(db_transact(cx, TX_WRITE, change_pin, &revising));
    if (revising.sequence != 0)
        chat_publish_message(cx, &revising.access.room, type, revising.sequence, &revising.view);
    return NULL;
}

struct error *chat_pin(struct ctx *cx, struct id message_id)
{
    return set_pin(cx, message_id, clock_now(cx), "pinned");
}

struct error *chat_unpin(struct ctx *cx, struct id message_id)
{
    return set_pin(cx, message_id, INSTANT_NONE, "unpinned");
}
