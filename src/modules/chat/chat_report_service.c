/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reports of messages, and the queue that moderators of the instance work through. A decision reaches into every room, also those that
 * its maker may not read: what was reported is kept with the report. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/chat/chat_service.h"

/* --- reporting --- */

struct error *chat_report(struct ctx *cx, struct id message_id, enum chat_report_reason reason,
                          struct str note)
{
    int64_t per_hour = chat_state_of(cx)->settings->reports_per_hour;
    struct message_row message = {0};
    struct chat_access access;
    TRY(chat_enter_by_message(cx, NULL, message_id, CHAT_ACT_REPORT, &message, &access));
    if (caller_is(cx, message.author_id))
        return ERROR(cx, chat_oneself, "delete it instead");
    if (!instant_is_none(message.deleted_at))
        return ERROR(cx, chat_deleted, "the message was deleted");
    TRY(chat_spend(cx, &(struct chat_budget){"report", per_hour, per_hour}));
    struct report_row report = {
        .id = crypto_new_id(cx),
        .message_id = message_id,
        .room_id = message.room_id,
        .author_id = message.author_id,
        .reporter_id = cx->caller->account_id,
        .reason = (int32_t)reason,
        .note = note.ptr != NULL ? note : STR(""),
        .text = message.text,
        .created_at = clock_now(cx),
    };
    TRY(chat_repo_insert_report(cx, NULL, &report));
    metric_add(cx->platform->metrics, &chat_metrics, CHAT_METRIC_REPORTS, (size_t)reason, 1);
    return NULL;
}

/* --- the queue --- */

struct error *chat_list_reports(struct ctx *cx, const struct chat_report_query *query,
                                struct chat_report_page *ret_page)
{
    struct page_key after;
    struct array rows = {0};
    TRY(page_key_parse(cx, query->cursor, &after));
    if (query->is_decided)
        TRY(chat_repo_list_decided_reports(cx, &after, query->limit + 1, &rows));
    else
        TRY(chat_repo_list_open_reports(cx, &after, query->limit + 1, &rows));
    bool has_more = rows.count > (size_t)query->limit;
    *ret_page =
        (struct chat_report_page){{rows.items, has_more ? (size_t)query->limit : rows.count}, STR_NONE};
    if (has_more) {
        const struct report_row *last = ARRAY_AT(struct report_row, rows, query->limit - 1);
        ret_page->next_cursor =
            page_key_format(cx->arena, query->is_decided ? last->decided_at : last->created_at, last->id);
    }
    return NULL;
}

/* --- deciding --- */

/* What a decision does besides closing the reports. */
struct decision_rule {
    bool deletes, punishes;
    enum chat_deed deed;
};
static const struct decision_rule decision_rules[] = {
    [CHAT_DISMISS] = {.deed = CHAT_DEED_DISMISS},
    [CHAT_DELETE] = {.deletes = true, .deed = CHAT_DEED_DELETE},
    [CHAT_DELETE_AND_MUTE] = {.deletes = true, .punishes = true, .deed = CHAT_DEED_MUTE},
    [CHAT_DELETE_AND_BAN] = {.deletes = true, .punishes = true, .deed = CHAT_DEED_BAN},
};

struct deciding {
    struct id report_id;
    const struct chat_verdict_body *verdict;
    struct report_row report;
    struct chat_access access;
    struct message_row message;
    struct chat_message_view view;
    struct member_row member;
    int64_t deleted_sequence, member_sequence; /* 0: did not happen */
};

static struct error *delete_reported(struct ctx *cx, struct tx *tx, struct deciding *deciding)
{
    bool is_found = false;
    TRY(chat_repo_find_message(cx, tx, deciding->report.message_id, &deciding->message, &is_found));
    if (!is_found || !instant_is_none(deciding->message.deleted_at))
        return NULL;
    TRY(chat_bury(cx, tx, &deciding->access, &deciding->message, &deciding->deleted_sequence));
    TRY(chat_log_deed(cx, tx, deciding->report.room_id,
                      &(struct chat_deed_log){.deed = CHAT_DEED_DELETE,
                                              .target_id = deciding->report.author_id,
                                              .message_id = deciding->report.message_id,
                                              .reason = deciding->verdict->reason}));
    return chat_view_message(cx, tx, &deciding->message, CHAT_FOR_ALL, &deciding->view);
}

static struct error *punish_author(struct ctx *cx, struct tx *tx, struct deciding *deciding,
                                   enum chat_deed deed)
{
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    struct chat_deed_log log = {
        .target_id = deciding->report.author_id,
        .message_id = deciding->report.message_id,
        .deed = deed,
        .until = chat_until((enum chat_duration)deciding->verdict->duration, clock_now(cx)),
        .reason = deciding->verdict->reason,
    };
    if (id_is_none(log.target_id))
        return NULL;
    TRY(chat_find_target(cx, tx, &deciding->access, log.target_id, &deciding->member, &rank));
    if (rank == CHAT_RANK_OWNER)
        return ERROR(cx, chat_outranked, "its author owns the room: close the room instead");
    return chat_punish(cx, tx, &deciding->access, &deciding->member, &log, &deciding->member_sequence);
}

static struct error *decide(struct ctx *cx, struct tx *tx, void *arg)
{
    struct deciding *deciding = arg;
    const struct decision_rule *rule = &decision_rules[deciding->verdict->decision];
    bool is_found = false;
    deciding->deleted_sequence = deciding->member_sequence = 0;
    TRY(chat_repo_lock_report(cx, tx, deciding->report_id, &deciding->report, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "no such report");
    if (!instant_is_none(deciding->report.decided_at))
        return ERROR_CODE(cx, CONFLICT, "the report was decided already");
    TRY(chat_open_locked(cx, tx, deciding->report.room_id, &deciding->access));
    if (rule->deletes)
        TRY(delete_reported(cx, tx, deciding));
    else
        TRY(chat_log_deed(cx, tx, deciding->report.room_id,
                          &(struct chat_deed_log){.deed = rule->deed,
                                                  .target_id = deciding->report.author_id,
                                                  .message_id = deciding->report.message_id,
                                                  .reason = deciding->verdict->reason}));
    if (rule->punishes)
        TRY(punish_author(cx, tx, deciding, rule->deed));
    return chat_repo_decide_reports(cx, tx, deciding->report.message_id,
                                    (enum chat_decision)deciding->verdict->decision, clock_now(cx));
}

struct error *chat_decide_report(struct ctx *cx, struct id report_id, const struct chat_verdict_body *verdict)
{
    struct deciding deciding = {.report_id = report_id, .verdict = verdict};
    TRY(db_transact(cx, TX_WRITE, decide, &deciding));
    if (deciding.deleted_sequence != 0)
        chat_publish_message(cx, &deciding.access.room, "deleted", deciding.deleted_sequence, &deciding.view);
    if (deciding.member_sequence != 0)
        chat_publish_punished(cx, &deciding.access.room, &deciding.member,
                              decision_rules[verdict->decision].deed, deciding.member_sequence);
    return NULL;
}
