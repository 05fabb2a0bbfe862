/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The log of a room: appending in order, replacing, trimming, handing out. */
#include "platform/live/room.h"

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/require/require.h"

#include "platform/live/hub.h"

enum { FIRST_LOG = 8, MAX_HELD = 256 };
/* What nobody was offered yet may grow beyond the queue's size by this factor: a burst within a tick is not the watchers' fault. */
enum { BURST_FACTOR = 16 };
/* Messages of one stream overtake each other by no more than a turn of a loop or a round trip to the database. */
#define GAP_US (300 * US_PER_MS)

/* ---- log ---- */

static struct log_entry *entry_at(const struct room *room, uint64_t index)
{
    return &room->log[index & (room->log_capacity - 1)];
}

static void drop_first(struct room *room)
{
    struct log_entry *entry = entry_at(room, room->first++);
    room->log_bytes -= entry->packet->frame->len;
    packet_unref(TAKE_PTR(entry->packet));
}

static void clear_log(struct room *room)
{
    while (room->first < room->end)
        drop_first(room);
    mem_free(TAKE_PTR(room->log));
    room->log_capacity = 0;
}

static void grow_log(struct room *room)
{
    size_t capacity = room->log_capacity != 0 ? 2 * room->log_capacity : FIRST_LOG;
    struct log_entry *log = mem_alloc_array(capacity, sizeof(*log));
    for (uint64_t i = room->first; i < room->end; i++)
        log[i & (capacity - 1)] = *entry_at(room, i);
    mem_free(room->log);
    room->log = log;
    room->log_capacity = capacity;
}

static void trim(struct room *room)
{
    size_t queue_bytes = (size_t)room->hub->live->settings->queue_bytes;
    while (room->log_bytes > queue_bytes && room->first < room->offered)
        drop_first(room);
    while (room->log_bytes > BURST_FACTOR * queue_bytes && room->end - room->first > 1)
        drop_first(room);
}

/* Of one type at most one state waits, so the search ends at the one before. */
static void replace_earlier(struct room *room, const struct packet *packet)
{
    for (uint64_t i = room->end; i > room->first; i--) {
        struct log_entry *entry = entry_at(room, i - 1);
        if (!str_equal(packet_type(entry->packet), packet_type(packet)))
            continue;
        entry->is_replaced = entry->packet->is_latest_only;
        return;
    }
}

static void append(struct room *room, struct packet *packet)
{
    if (packet->is_latest_only)
        replace_earlier(room, packet);
    if (room->end - room->first == room->log_capacity)
        grow_log(room);
    *entry_at(room, room->end++) = (struct log_entry){.packet = packet_ref(packet)};
    room->log_bytes += packet->frame->len;
    trim(room);
    room->is_dirty_again = true;
    hub_room_is_dirty(room->hub, room);
}

/* ---- order ---- */

static void clear_held(struct room *room)
{
    for (size_t i = 0; i < room->held.count; i++)
        packet_unref(room->held.items[i]);
    VEC_FINI(&room->held);
    timer_stop(room->hub->loop, &room->gap);
}

static void hold(struct room *room, struct packet *packet)
{
    if (room->held.count == MAX_HELD) {
        room_resync(room);
        return;
    }
    size_t place = room->held.count;
    *VEC_PUSH(NULL, &room->held) = NULL;
    for (; place > 0 && room->held.items[place - 1]->sequence > packet->sequence; place--)
        room->held.items[place] = room->held.items[place - 1];
    room->held.items[place] = packet_ref(packet);
}

/* Appends what follows on, drops what is there already. */
static void release_held(struct room *room)
{
    size_t used = 0;
    for (; used < room->held.count && room->held.items[used]->sequence <= room->sequence + 1; used++) {
        struct packet *packet = room->held.items[used];
        if (packet->sequence == room->sequence + 1) {
            room->sequence++;
            append(room, packet);
        }
        packet_unref(packet);
    }
    room->held.count -= used;
    if (room->held.count == 0) {
        clear_held(room);
        return;
    }
    memmove(room->held.items, room->held.items + used, room->held.count * sizeof(struct packet *));
    if (!room->gap.is_running)
        timer_start(room->hub->loop, &room->gap, loop_now_us() + GAP_US);
}

static void gap_stayed(struct timer *timer)
{
    struct room *room = LIST_OWNER(timer, struct room, gap);
    hub_count(room->hub, LIVE_METRIC_GAPS, 1);
    room_resync(room);
}

void room_publish(struct room *room, struct packet *packet)
{
    if (packet->sequence == 0) {
        append(room, packet);
        return;
    }
    if (room->sequence < 0) {
        hold(room, packet);
        return;
    }
    if (packet->sequence <= room->sequence)
        return;
    if (packet->sequence != room->sequence + 1) {
        hold(room, packet);
        if (room->sequence >= 0 && !room->gap.is_running)
            timer_start(room->hub->loop, &room->gap, loop_now_us() + GAP_US);
        return;
    }
    room->sequence++;
    append(room, packet);
    if (room->held.count != 0)
        release_held(room);
}

void room_settle(struct room *room, int64_t sequence)
{
    if (room->sequence >= 0)
        return;
    room->sequence = sequence;
    release_held(room);
}

void room_resync(struct room *room)
{
    clear_held(room);
    room->sequence = -1;
    LIST_EACH (node, &room->members) {
        struct member *member = LIST_OWNER(node, struct member, in_room);
        if (member->state == MEMBER_JOINING)
            member->must_rejoin = true;
        else
            member->state = MEMBER_BEHIND;
    }
    room->is_dirty_again = true;
    hub_room_is_dirty(room->hub, room);
}

/* ---- members ---- */

static struct room *room_new(struct hub *hub, struct str name)
{
    struct room *room = MEM_NEW(struct room);
    room->hub = hub;
    room->name = mem_alloc(name.len + 1);
    memcpy(room->name, name.ptr, name.len);
    room->name_len = name.len;
    room->sequence = -1;
    room->gap.fire = gap_stayed;
    list_init(&room->members);
    list_init(&room->dirty);
    hub_add_room(hub, room);
    return room;
}

static void room_free(struct room *room)
{
    hub_remove_room(room->hub, room);
    clear_held(room);
    clear_log(room);
    list_remove(&room->dirty);
    mem_free(room->name);
    mem_free(room);
}

struct member *room_add_member(struct hub *hub, struct str name, struct watcher *watcher,
                               const struct live_room_kind *kind, struct str key)
{
    REQUIRE(key.len <= LIVE_ROOM_MAX);
    struct room *room = hub_find_room(hub, name);
    if (room == NULL)
        room = room_new(hub, name);
    struct member *member = mem_alloc(sizeof(*member) + key.len);
    member->room = room;
    member->watcher = watcher;
    member->kind = kind;
    member->cursor = room->end;
    member->state = MEMBER_JOINING;
    member->key_len = (uint8_t)key.len;
    if (key.len != 0)
        memcpy(member->key, key.ptr, key.len);
    list_append(&room->members, &member->in_room);
    list_append(&watcher->members, &member->of_watcher);
    room->member_count++;
    return member;
}

void room_remove_member(struct member *member)
{
    struct room *room = member->room;
    if (room->next_member == &member->in_room)
        room->next_member = member->in_room.next;
    list_remove(&member->in_room);
    list_remove(&member->of_watcher);
    mem_free(member);
    if (--room->member_count == 0)
        room_free(room);
}

/* ---- handing out ---- */

static bool is_wanted(const struct member *member, const struct log_entry *entry)
{
    bool is_known = entry->packet->sequence != 0 && entry->packet->sequence <= member->sequence;
    return !entry->is_replaced && !is_known;
}

struct packet *member_next(struct member *member)
{
    struct room *room = member->room;
    if (member->state != MEMBER_WATCHING)
        return NULL;
    if (member->cursor < room->first) {
        member->state = MEMBER_BEHIND;
        return NULL;
    }
    while (member->cursor < room->end) {
        const struct log_entry *entry = entry_at(room, member->cursor++);
        if (!is_wanted(member, entry))
            continue;
        if (entry->packet->sequence != 0)
            member->sequence = entry->packet->sequence;
        return entry->packet;
    }
    return NULL;
}

bool member_has_next(const struct member *member)
{
    return member->state == MEMBER_BEHIND ||
           (member->state == MEMBER_WATCHING && member->cursor < member->room->end);
}

/* Whether somebody has not got all of it yet decides whether the log must stay. */
static void end_delivery(struct room *room)
{
    room->offered = room->pass_end;
    if (!room->has_laggards && !room->is_dirty_again)
        clear_log(room);
    else
        trim(room);
    room->next_member = NULL;
    room->has_laggards = false;
}

bool room_deliver(struct room *room, int *budget)
{
    if (room->next_member == NULL) {
        room->next_member = room->members.next;
        room->pass_end = room->end;
        room->is_dirty_again = false;
    }
    while (room->next_member != &room->members) {
        if ((*budget)-- <= 0)
            return false;
        struct member *member = LIST_OWNER(room->next_member, struct member, in_room);
        room->next_member = room->next_member->next;
        if (member_has_next(member))
            member->watcher->ready(member->watcher);
        if (member->state == MEMBER_JOINING || member_has_next(member))
            room->has_laggards = true;
    }
    end_delivery(room);
    return !room->is_dirty_again;
}
