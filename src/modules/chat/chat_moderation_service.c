/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Moderation of a room: mute, kick, ban, and the log; refused words; blocks between two people. */
#include "base/text/fold.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/chat/chat_service.h"

/* --- the log --- */

struct error *chat_log_deed(struct ctx *cx, struct tx *tx, struct id room_id, const struct chat_deed_log *log)
{
    struct action_row action = {
        .id = crypto_new_id(cx),
        .room_id = room_id,
        .actor_id = cx->caller->account_id,
        .target_id = log->target_id,
        .message_id = log->message_id,
        .kind = (int32_t)log->deed,
        .until = log->until,
        .reason = log->reason.ptr != NULL ? log->reason : STR(""),
        .created_at = clock_now(cx),
    };
    return chat_repo_insert_action(cx, tx, &action);
}

struct error *chat_list_actions(struct ctx *cx, struct id room_id, const struct chat_room_query *query,
                                struct chat_action_page *ret_page)
{
    struct chat_access access;
    struct page_key after;
    struct array rows = {0};
    if (!id_is_none(room_id))
        TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_MODERATE, &access));
    TRY(page_key_parse(cx, query->cursor, &after));
    TRY(chat_repo_list_actions(cx, room_id, &after, query->limit + 1, &rows));
    bool has_more = rows.count > (size_t)query->limit;
    *ret_page =
        (struct chat_action_page){{rows.items, has_more ? (size_t)query->limit : rows.count}, STR_NONE};
    if (has_more) {
        const struct action_row *last = ARRAY_AT(struct action_row, rows, query->limit - 1);
        ret_page->next_cursor = page_key_format(cx->arena, last->created_at, last->id);
    }
    return NULL;
}

/* --- sanctions --- */

/* What each does to the member's row. */
struct deed_rule {
    bool sets_mute, sets_ban, removes, lifts_mute, lifts_ban;
};
static const struct deed_rule deed_rules[] = {
    [CHAT_DEED_MUTE] = {.sets_mute = true},
    [CHAT_DEED_KICK] = {.removes = true},
    [CHAT_DEED_BAN] = {.sets_ban = true, .removes = true},
    [CHAT_DEED_UNMUTE] = {.lifts_mute = true},
    [CHAT_DEED_UNBAN] = {.lifts_ban = true},
};

static struct error *remove_member(struct ctx *cx, struct tx *tx, struct chat_access *access,
                                   struct member_row *member, bool is_inside)
{
    member->state = CHAT_LEFT;
    if (member->role == CHAT_MODERATOR)
        member->role = CHAT_MEMBER;
    TRY(chat_repo_update_member_state(cx, tx, member));
    return is_inside ? chat_repo_add_member_count(cx, tx, access->room.id, -1) : NULL;
}

static struct error *set_limits(struct ctx *cx, struct tx *tx, struct member_row *member,
                                const struct chat_deed_log *log)
{
    const struct deed_rule *rule = &deed_rules[log->deed];
    if (rule->sets_mute || rule->lifts_mute)
        member->muted_until = rule->sets_mute ? log->until : INSTANT_NONE;
    if (rule->sets_ban || rule->lifts_ban)
        member->banned_until = rule->sets_ban ? log->until : INSTANT_NONE;
    return chat_repo_update_member_limits(cx, tx, member);
}

/* Fills in the names; a row is made for who was never here. */
static struct error *know_member(struct ctx *cx, struct tx *tx, struct member_row *member)
{
    struct person_row person = {0};
    TRY(chat_load_person(cx, tx, member->account_id, &person));
    member->username = person.username;
    member->name = person.name;
    return instant_is_none(member->created_at) ? chat_repo_upsert_member(cx, tx, member, clock_now(cx))
                                               : NULL;
}

struct error *chat_punish(struct ctx *cx, struct tx *tx, struct chat_access *access,
                          struct member_row *member, const struct chat_deed_log *log, int64_t *ret_sequence)
{
    struct change_row change = {.kind = CHAT_CHANGE_MEMBER, .detail = id_str(cx->arena, member->account_id)};
    bool is_inside = member->state == CHAT_JOINED;
    TRY(know_member(cx, tx, member));
    TRY(set_limits(cx, tx, member, log));
    if (deed_rules[log->deed].removes)
        TRY(remove_member(cx, tx, access, member, is_inside));
    TRY(chat_log_deed(cx, tx, access->room.id, log));
    TRY(chat_add_change(cx, tx, access, &change));
    *ret_sequence = change.sequence;
    return NULL;
}

void chat_publish_punished(struct ctx *cx, const struct room_row *room, const struct member_row *member,
                           enum chat_deed deed, int64_t sequence)
{
    struct chat_member_view view = chat_view_member(member);
    const struct deed_rule *rule = &deed_rules[deed];
    metric_add(cx->platform->metrics, &chat_metrics, CHAT_METRIC_ACTIONS, (size_t)deed, 1);
    chat_publish_member(cx, room, sequence, &view);
    if (rule->removes)
        live_expel(cx->platform, chat_live_name(cx, room), member->account_id,
                   rule->sets_ban ? &chat_banned : &chat_not_allowed);
}

struct punishing {
    struct id room_id;
    struct chat_deed_log log;
    struct chat_access access;
    struct member_row member;
    int64_t sequence;
};

static struct error *punish(struct ctx *cx, struct tx *tx, void *arg)
{
    struct punishing *punishing = arg;
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    TRY(chat_enter_locked(cx, tx, punishing->room_id, CHAT_ACT_MODERATE, &punishing->access));
    TRY(chat_find_target(cx, tx, &punishing->access, punishing->log.target_id, &punishing->member, &rank));
    /* The owner stays even for staff: a room without one is closed, not orphaned. */
    if (rank == CHAT_RANK_OWNER || !chat_outranks(punishing->access.rank, rank))
        return ERROR(cx, chat_outranked, "their role in the room is not below yours");
    return chat_punish(cx, tx, &punishing->access, &punishing->member, &punishing->log, &punishing->sequence);
}

struct error *chat_apply_sanction(struct ctx *cx, struct id room_id, const struct chat_sanction *sanction)
{
    enum chat_deed deed = (enum chat_deed)sanction->kind;
    struct punishing punishing = {.room_id = room_id, .log = {.deed = deed, .reason = sanction->reason}};
    TRY(chat_find_account(cx, sanction->account_id, sanction->username, &punishing.log.target_id));
    if (caller_is(cx, punishing.log.target_id))
        return ERROR(cx, chat_oneself, "nobody does this to oneself");
    if (deed_rules[deed].sets_mute || deed_rules[deed].sets_ban)
        punishing.log.until = chat_until((enum chat_duration)sanction->duration, clock_now(cx));
    TRY(db_transact(cx, TX_WRITE, punish, &punishing));
    chat_publish_punished(cx, &punishing.access.room, &punishing.member, deed, punishing.sequence);
    return NULL;
}

/* --- refused words --- */

static struct error *fold_phrase(struct ctx *cx, struct str text, struct str *ret_phrase)
{
    enum { PHRASE_WORDS_MAX = 6 };
    *ret_phrase = fold_words(cx->arena, text, PHRASE_WORDS_MAX);
    if (!str_is_empty(*ret_phrase))
        return NULL;
    struct error *error = ERROR_CODE(cx, INVALID, "some values are not valid");
    error_add_violation(cx->arena, error, STR("/word"), "characters", "must hold a letter or a digit");
    return error;
}

static struct error *add_word(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct str *phrase = arg;
    int64_t count = 0;
    TRY(chat_repo_count_words(cx, tx, &count));
    if (count >= CHAT_FILTER_MAX)
        return ERROR_CODE(cx, CONFLICT, "%d words are refused already, as many as can be", CHAT_FILTER_MAX);
    cache_bump_on_commit(cx, tx, &chat_word_space, STR("all"));
    return chat_repo_insert_word(cx, tx, *phrase, clock_now(cx));
}

struct error *chat_add_word(struct ctx *cx, struct str word)
{
    struct str phrase = STR_NONE;
    TRY(fold_phrase(cx, word, &phrase));
    return db_transact(cx, TX_WRITE, add_word, &phrase);
}

static struct error *remove_word(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct str *phrase = arg;
    bool is_changed = false;
    cache_bump_on_commit(cx, tx, &chat_word_space, STR("all"));
    return chat_repo_delete_word(cx, tx, *phrase, &is_changed);
}

struct error *chat_remove_word(struct ctx *cx, struct str word)
{
    struct str phrase = STR_NONE;
    TRY(fold_phrase(cx, word, &phrase));
    return db_transact(cx, TX_WRITE, remove_word, &phrase);
}

struct error *chat_list_refused(struct ctx *cx, struct array *ret_words)
{
    return chat_repo_list_words(cx, ret_words);
}

/* --- blocks --- */

struct error *chat_block(struct ctx *cx, struct id account_id)
{
    struct person_row person = {0};
    if (caller_is(cx, account_id))
        return ERROR(cx, chat_oneself, "nobody blocks oneself");
    TRY(chat_load_person(cx, NULL, account_id, &person));
    return chat_repo_insert_block(cx, account_id, clock_now(cx));
}

struct error *chat_unblock(struct ctx *cx, struct id account_id)
{
    return chat_repo_delete_block(cx, account_id);
}

struct error *chat_list_blocks(struct ctx *cx, struct id after, int64_t limit,
                               struct chat_block_page *ret_page)
{
    struct array rows = {0};
    TRY(chat_repo_list_blocks(cx, after, limit + 1, &rows));
    bool has_more = rows.count > (size_t)limit;
    *ret_page = (struct chat_block_page){.items = {rows.items, has_more ? (size_t)limit : rows.count}};
    if (has_more)
        ret_page->next_cursor = ARRAY_AT(struct person_row, rows, limit - 1)->account_id;
    return NULL;
}
