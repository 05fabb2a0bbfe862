/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of notifications, for the module's own files. */
#ifndef MODULES_NOTIFICATIONS_NOTIFICATIONS_SERVICE_H
#define MODULES_NOTIFICATIONS_NOTIFICATIONS_SERVICE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "platform/live/live.h"
#include "platform/module/module.h"

#include "modules/notifications/notifications_domain.h"

struct notifications_settings {
    int64_t mail_delay_us;
    int64_t retention_us;
};
extern const struct setting_group notifications_settings_group;
struct notifications_state {
    const struct notifications_settings *settings;
};
struct notifications_state *notifications_state_of(const struct ctx *cx);

/* For the module's description. */
extern const struct event_consumer *const notifications_consumers[];
extern const struct job_type notifications_mail_job, notifications_spread_job, notifications_sweep_job;
extern const struct live_room_kind notifications_rooms[];
extern const struct module_check notifications_checks[];

/* What an event type leads to; tables of them end with a NULL type. */
struct notifications_reaction {
    const struct event_type *type;
    struct error *(*take)(struct ctx *cx, struct tx *tx, const struct event *event);
    /* Where all that take does is recording one: which; several are recorded at once then. NULL: take does more. */
    struct error *(*draft)(struct ctx *cx, const struct event *event, struct notification *ret_draft);
};
extern const struct notifications_reaction notifications_order_reactions[], notifications_auction_reactions[],
    notifications_chat_reactions[];

/* --- recording --- */

/* Keeps one, and pushes it after the commit; a mail is queued where the account wants one. The draft has account_id, kind,
 * source_id, subject_id, title, actor, price. Nothing happens when the account is gone, does not want the kind, or was told
 * already. */
MUST_USE struct error *notifications_record(struct ctx *cx, struct tx *tx, const struct notification *draft);

/* Both, in the order of their accounts' ids: the order in which inboxes are locked everywhere. */
MUST_USE struct error *notifications_record_two(struct ctx *cx, struct tx *tx, const struct notification *a,
                                                const struct notification *b);

/* Several at once, by few statements where the engine gains by it. Of those that would replace each other only the last is told. */
MUST_USE struct error *notifications_record_all(struct ctx *cx, struct tx *tx,
                                                const struct notification *drafts, size_t count);

/* Pushes it once tx is committed; for the two above. */
void notifications_push_after_commit(struct ctx *cx, struct tx *tx, const struct notification *notification);

/* The same for all of an auction's bidders or watchers but two, by a job. */
struct notifications_spread {
    int32_t kind;
    int32_t audience; /* enum auctions_audience */
    struct id source_id, auction_id;
    struct id winner_id, seller_id; /* are not told by this; none: nobody */
    struct str title;
    struct money price;
};
MUST_USE struct error *notifications_spread(struct ctx *cx, struct tx *tx,
                                            const struct notifications_spread *spread);

/* --- reading --- */

enum { NOTIFICATIONS_MAX_UNREAD = 1000 /* counted so far; more are not told apart */ };

/* One as its account sees it. */
struct notification_view {
    struct id id;
    int32_t kind;
    int64_t sequence;
    struct id subject_id;
    struct str title, actor;
    struct str text; /* the whole as one line */
    struct str path; /* of the page that shows its subject */
    struct money price;
    struct instant created_at, read_at;
};
extern const struct json_type notification_view_type;
struct notification_view notification_view_of(struct arena *arena, const struct notification *notification);

struct notification_query {
    struct str cursor;
    int64_t limit;
    bool unread;
};
struct notification_page {
    struct array items; /* struct notification_view, newest first */
    struct str next_cursor;
    int64_t unread_count;
};
/* The caller's. Errors: invalid (the cursor). */
MUST_USE struct error *notifications_list(struct ctx *cx, const struct notification_query *query,
                                          struct notification_page *ret_page);
MUST_USE struct error *notifications_count_unread(struct ctx *cx, int64_t *ret_count);
/* May be said again; tells the account's other windows. Errors: not_found. */
MUST_USE struct error *notifications_mark_read(struct ctx *cx, struct id notification_id);
MUST_USE struct error *notifications_mark_all_read(struct ctx *cx);

/* The name under which what happens to an account is published. */
struct str notifications_room(struct arena *arena, struct id account_id);
/* What the account missed, or an array whose items are NULL when that is more than limit or not known. */
MUST_USE struct error *notifications_list_missed(struct ctx *cx, struct id account_id, int64_t after,
                                                 int64_t limit, struct array *ret_missed);
MUST_USE struct error *notifications_load_summary(struct ctx *cx, struct id account_id, int64_t *ret_sequence,
                                                  int64_t *ret_unread);

/* --- preferences --- */

struct notification_preference {
    int32_t kind, delivery;
};
struct notification_preferences {
    struct array items; /* struct notification_preference, one of each kind */
};
MUST_USE struct error *notifications_list_preferences(struct ctx *cx, struct id account_id,
                                                      struct notification_preferences *ret_preferences);
/* Kinds that are not named stay as they are. */
MUST_USE struct error *notifications_set_preferences(struct ctx *cx,
                                                     const struct notification_preferences *preferences);

/* --- mail --- */

/* Of these (struct notification), all made now, those that were not mailed yet: after the settled delay, if it or what has replaced
 * it is unread then and its account not there. */
MUST_USE struct error *notifications_queue_mails(struct ctx *cx, struct tx *tx, struct array notifications,
                                                 struct instant now);

/* For the link in a mail: stops mails of its kind to its account, without a log-in. */
struct str notifications_link_token(struct ctx *cx, struct id account_id, int32_t kind);
/* Errors: notifications_bad_link. */
MUST_USE struct error *notifications_follow_link(struct ctx *cx, struct str token);

#endif
