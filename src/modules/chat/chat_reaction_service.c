/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reactions: one of each emoji a person. */
#include "base/text/compose.h"

#include "platform/clock/clock.h"

#include "modules/chat/chat_service.h"

struct reacting {
    struct id message_id;
    struct str emoji;
    bool is_adding;
    struct chat_access access;
    struct chat_reaction reaction;
    int64_t sequence; /* 0: it was so already */
};

/* How many have chosen the emoji, and how many different ones there are. */
static struct error *count_reactions(struct ctx *cx, struct tx *tx, const struct reacting *reacting,
                                     int64_t *ret_count, size_t *ret_kinds)
{
    struct id id = reacting->message_id;
    struct array rows = {0};
    *ret_count = 0;
    TRY(chat_repo_list_reactions(cx, tx, (struct array){&id, 1}, &rows));
    for (size_t i = 0; i < rows.count; i++)
        if (str_equal(ARRAY_AT(struct reaction_row, rows, i)->emoji, reacting->emoji))
            *ret_count = ARRAY_AT(struct reaction_row, rows, i)->count;
    *ret_kinds = rows.count;
    return NULL;
}

static struct error *store(struct ctx *cx, struct tx *tx, const struct reacting *reacting, bool *ret_changed)
{
    int64_t count = 0;
    size_t kinds = 0;
    if (!reacting->is_adding)
        return chat_repo_delete_reaction(cx, tx, reacting->message_id, reacting->emoji, clock_now(cx),
                                         ret_changed);
    TRY(count_reactions(cx, tx, reacting, &count, &kinds));
    if (count == 0 && kinds >= CHAT_REACTIONS_MAX)
        return ERROR(cx, chat_too_many_reactions, "the message has %d different reactions, as many as it may",
                     CHAT_REACTIONS_MAX);
    return chat_repo_insert_reaction(cx, tx, reacting->message_id, reacting->emoji, clock_now(cx),
                                     ret_changed);
}

static struct error *change(struct ctx *cx, struct tx *tx, void *arg)
{
    struct reacting *reacting = arg;
    struct message_row message = {0};
    bool is_changed = false;
    int64_t count = 0;
    size_t kinds = 0;
    reacting->sequence = 0;
    TRY(chat_lock_by_message(cx, tx, reacting->message_id, CHAT_ACT_WRITE, &message, &reacting->access));
    if (!instant_is_none(message.deleted_at))
        return ERROR(cx, chat_deleted, "the message was deleted");
    TRY(store(cx, tx, reacting, &is_changed));
    if (!is_changed)
        return NULL;
    TRY(count_reactions(cx, tx, reacting, &count, &kinds));
    struct change_row row = {
        .kind = CHAT_CHANGE_REACTION,
        .message_id = reacting->message_id,
        .detail =
            arena_printf(cx->arena, "%c%" STR_FMT, reacting->is_adding ? '+' : '-', STR_ARG(reacting->emoji)),
    };
    TRY(chat_add_change(cx, tx, &reacting->access, &row));
    reacting->sequence = row.sequence;
    reacting->reaction = (struct chat_reaction){reacting->message_id, cx->caller->account_id, reacting->emoji,
                                                count, reacting->is_adding};
    return NULL;
}

static struct error *change_reaction(struct ctx *cx, struct reacting *reacting, struct str emoji)
{
    enum { MINUTES_PER_HOUR = 60 };
    int64_t per_minute = chat_state_of(cx)->settings->reactions_per_minute;
    if (!emoji_parse(cx->arena, emoji, &reacting->emoji))
        return ERROR(cx, chat_not_emoji, "a reaction is exactly one emoji");
    TRY(chat_spend(cx, &(struct chat_budget){"reaction", per_minute * MINUTES_PER_HOUR, per_minute}));
    TRY(db_transact(cx, TX_WRITE, change, reacting));
    if (reacting->sequence != 0)
        chat_publish_reaction(cx, &reacting->access.room, reacting->sequence, &reacting->reaction);
    return NULL;
}

struct error *chat_react(struct ctx *cx, struct id message_id, struct str emoji)
{
    struct reacting reacting = {.message_id = message_id, .is_adding = true};
    return change_reaction(cx, &reacting, emoji);
}

struct error *chat_unreact(struct ctx *cx, struct id message_id, struct str emoji)
{
    struct reacting reacting = {.message_id = message_id};
    return change_reaction(cx, &reacting, emoji);
}
