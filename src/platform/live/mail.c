/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What every hub of the instance is told, each by its loop's mailbox; and publishing, which is telling. */
#include "base/mem/alloc.h"

#include "platform/live/client.h"
#include "platform/live/hub.h"
#include "platform/live/join.h"
#include "platform/live/relay.h"
#include "platform/live/stream.h"

struct mail {
    struct loop_task task;
    struct hub *hub;
    struct packet *packet;
    struct id id; /* account or session */
    size_t room_len, code_len;
    void (*open)(struct hub *hub, const struct mail *mail);
    char texts[]; /* room, then code */
};

static struct str mail_room(const struct mail *mail)
{
    return mail->room_len != 0 ? str_from(mail->texts, mail->room_len) : STR_NONE;
}

static struct str mail_code(const struct mail *mail)
{
    return str_from(mail->texts + mail->room_len, mail->code_len);
}

static void mail_arrived(struct loop_task *task)
{
    struct mail *mail = LIST_OWNER(task, struct mail, task);
    mail->open(mail->hub, mail);
    packet_unref(mail->packet);
    mem_free(mail);
}

struct letter {
    void (*open)(struct hub *hub, const struct mail *mail);
    struct packet *packet;
    struct id id;
    struct str room, code;
};

static void post(struct hub *hub, const struct letter *letter)
{
    struct mail *mail = mem_alloc(sizeof(*mail) + letter->room.len + letter->code.len);
    mail->task.fn = mail_arrived;
    mail->hub = hub;
    mail->packet = letter->packet != NULL ? packet_ref(letter->packet) : NULL;
    mail->id = letter->id;
    mail->open = letter->open;
    mail->room_len = letter->room.len;
    mail->code_len = letter->code.len;
    if (letter->room.len != 0)
        memcpy(mail->texts, letter->room.ptr, letter->room.len);
    if (letter->code.len != 0)
        memcpy(mail->texts + letter->room.len, letter->code.ptr, letter->code.len);
    loop_post(hub->loop, &mail->task);
}

static void tell(struct live *live, const struct letter *letter)
{
    pthread_mutex_lock(&live->lock);
    for (size_t i = 0; i < LIVE_MAX_LOOPS; i++)
        if (live->hubs[i] != NULL)
            post(live->hubs[i], letter);
    pthread_mutex_unlock(&live->lock);
}

/* ---- kinds of mail ---- */

static void open_packet(struct hub *hub, const struct mail *mail)
{
    struct room *room = hub_find_room(hub, packet_room(mail->packet));
    if (room != NULL)
        room_publish(room, mail->packet);
}

void live_tell_packet(struct live *live, struct packet *packet)
{
    tell(live, &(struct letter){.open = open_packet, .packet = packet});
}

static void open_expel(struct hub *hub, const struct mail *mail)
{
    struct room *room = hub_find_room(hub, mail_room(mail));
    struct list *next;
    size_t left = room != NULL ? room->member_count : 0; /* the room goes with its last member */
    for (struct list *node = left != 0 ? room->members.next : NULL; left > 0; left--, node = next) {
        next = node->next;
        struct member *member = LIST_OWNER(node, struct member, in_room);
        struct watcher *watcher = member->watcher;
        if (!id_equal(watcher->account_id, mail->id))
            continue;
        member_leave(member);
        watcher->removed(watcher, mail_room(mail), mail_code(mail));
    }
}

void live_tell_expel(struct live *live, struct str room, struct id account_id, struct str code)
{
    tell(live, &(struct letter){.open = open_expel, .id = account_id, .room = room, .code = code});
}

static void open_session_end(struct hub *hub, const struct mail *mail)
{
    clients_end_session(hub, mail->id);
    streams_end_session(hub, mail->id);
}

void live_tell_session_end(struct live *live, struct id session_id)
{
    tell(live, &(struct letter){.open = open_session_end, .id = session_id});
}

static void open_account_end(struct hub *hub, const struct mail *mail)
{
    clients_end_account(hub, mail->id);
    streams_end_account(hub, mail->id);
}

void live_tell_account_end(struct live *live, struct id account_id)
{
    tell(live, &(struct letter){.open = open_account_end, .id = account_id});
}

static void open_resync(struct hub *hub, const struct mail *mail)
{
    struct str name = mail_room(mail);
    if (name.ptr != NULL) {
        struct room *room = hub_find_room(hub, name);
        if (room != NULL)
            room_resync(room);
        return;
    }
    hub->lost_us = loop_now_us();
    size_t at = 0;
    void *room = NULL;
    while (map_next(hub->rooms, &at, &name, &room))
        room_resync(room);
}

void live_tell_resync(struct live *live, struct str room)
{
    tell(live, &(struct letter){.open = open_resync, .room = room});
}

/* ---- publishing ---- */

void live_publish(const struct platform *platform, const struct live_message *message)
{
    struct live *live = platform->live;
    if (live == NULL)
        return; /* a command of the operator's: the server's watchers see it when they come */
    struct packet *packet = packet_new(message);
    metric_add(platform->metrics, &live_metrics, LIVE_METRIC_PUBLISHED, 0, 1);
    live_tell_packet(live, packet);
    packet_unref(packet);
    relay_message(live->relay, message);
}

void live_expel(const struct platform *platform, struct str room, struct id account_id,
                const struct reason *reason)
{
    struct live *live = platform->live;
    if (live == NULL)
        return;
    live_tell_expel(live, room, account_id, str_cstr(reason->name));
    relay_expel(live->relay, room, account_id, str_cstr(reason->name));
}

void live_end_session(const struct platform *platform, struct id session_id)
{
    struct live *live = platform->live;
    if (live == NULL)
        return;
    live_tell_session_end(live, session_id);
    relay_session_end(live->relay, session_id);
}

void live_end_account(const struct platform *platform, struct id account_id)
{
    struct live *live = platform->live;
    if (live == NULL)
        return;
    live_tell_account_end(live, account_id);
    relay_account_end(live->relay, account_id);
}
