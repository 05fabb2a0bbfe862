/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Counts behind one lock. Accounts that come and go are told to the room once a second, and numbers of viewers to the room and to the
 * other instances. */
#include "platform/live/census.h"

#include <pthread.h>

#include "base/data/map.h"
#include "base/data/tally.h"
#include "base/json/json_write.h"
#include "base/mem/alloc.h"

#include "platform/crypto/crypto.h"
#include "platform/fiber/loop.h"
#include "platform/live/hub.h"
#include "platform/live/relay.h"

enum { MAX_DESCRIPTION = 64 * 1024, MAX_NAMED = 500 };

/* An instance with watchers says that it is there so often; after so long without a word it is gone. */
static const int64_t pulse_us = 3 * US_PER_SECOND;
static const int64_t silence_us = 10 * US_PER_SECOND;

struct headcount {
    int64_t now, peak;
    int64_t told;    /* viewers of all instances, as last announced here */
    int64_t relayed; /* of this one, as last told to the others */
    bool counts_viewers, names_members;
    bool is_listed;       /* in changed */
    struct map *accounts; /* id bytes → struct present; NULL unless the kind names members */
};

struct present {
    int64_t connections;
};

struct census {
    pthread_mutex_t lock;
    struct map *rooms;        /* name → struct headcount */
    struct map *accounts;     /* id bytes → struct present */
    struct map *changed;      /* name → struct headcount: to be announced */
    struct list news;         /* struct arrival: accounts that came or went */
    int64_t self;             /* this instance, to the others */
    struct tally *neighbours; /* what other instances count */
    struct map *emptied; /* name → the census: told to the others, and nobody watches it here any more */
    bool must_tell_all, must_ask;
    int64_t pulse_at_us;
};

struct arrival {
    struct list link;
    struct id account_id;
    bool has_come;
    size_t room_len;
    char room[];
};

static struct str id_key(const struct id *id)
{
    return str_from((const char *)id->bytes, sizeof(id->bytes));
}

struct census *census_new(void)
{
    struct census *census = MEM_NEW(struct census);
    REQUIRE(pthread_mutex_init(&census->lock, NULL) == 0);
    census->rooms = map_new(NULL);
    census->accounts = map_new(NULL);
    census->changed = map_new(NULL);
    census->neighbours = tally_new();
    census->emptied = map_new(NULL);
    crypto_random(&census->self, sizeof(census->self));
    census->self &= INT64_MAX;
    list_init(&census->news);
    return census;
}

static void free_news(struct list *news)
{
    for (struct list *node; (node = list_take_first(news)) != NULL;)
        mem_free(LIST_OWNER(node, struct arrival, link));
}

void census_free(struct census *census)
{
    if (census == NULL)
        return;
    REQUIRE(map_count(census->rooms) == 0 && map_count(census->accounts) == 0);
    free_news(&census->news);
    map_free(census->rooms);
    map_free(census->accounts);
    map_free(census->changed);
    map_free(census->emptied);
    tally_free(census->neighbours);
    pthread_mutex_destroy(&census->lock);
    mem_free(census);
}

/* ---- counting ---- */

/* True: the first of the account. */
static bool add_present(struct map *accounts, struct id account_id)
{
    struct present *present = map_find(accounts, id_key(&account_id));
    if (present == NULL) {
        present = MEM_NEW(struct present);
        map_put(accounts, id_key(&account_id), present);
    }
    return ++present->connections == 1;
}

/* True: the last of the account. */
static bool remove_present(struct map *accounts, struct id account_id)
{
    struct present *present = map_find(accounts, id_key(&account_id));
    REQUIRE(present != NULL);
    if (--present->connections != 0)
        return false;
    map_remove(accounts, id_key(&account_id));
    mem_free(present);
    return true;
}

static void add_news(struct census *census, struct str room, struct id account_id, bool has_come)
{
    struct arrival *arrival = mem_alloc(sizeof(*arrival) + room.len);
    arrival->account_id = account_id;
    arrival->has_come = has_come;
    arrival->room_len = room.len;
    memcpy(arrival->room, room.ptr, room.len);
    list_append(&census->news, &arrival->link);
}

static void note_change(struct census *census, struct str room, struct headcount *count)
{
    if (count->counts_viewers)
        map_put(census->changed, room, count);
}

static struct headcount *headcount_new(struct census *census, struct str room,
                                       const struct live_room_kind *kind)
{
    struct headcount *count = MEM_NEW(struct headcount);
    count->counts_viewers = kind->counts_viewers;
    count->names_members = kind->names_members;
    if (kind->names_members)
        count->accounts = map_new(NULL);
    map_put(census->rooms, room, count);
    return count;
}

static void headcount_free(struct census *census, struct str room, struct headcount *count)
{
    if (count->relayed != 0)
        map_put(census->emptied, room, census);
    map_remove(census->rooms, room);
    map_remove(census->changed, room);
    map_free(count->accounts);
    mem_free(count);
}

static int64_t viewers_of(const struct census *census, struct str room, const struct headcount *count)
{
    return (count != NULL ? count->now : 0) + tally_sum(census->neighbours, room);
}

static void raise_peak(struct census *census, struct str room, struct headcount *count)
{
    int64_t viewers = viewers_of(census, room, count);
    if (viewers > count->peak)
        count->peak = viewers;
}

void census_enter(struct census *census, struct str room, const struct live_room_kind *kind,
                  struct id account_id)
{
    pthread_mutex_lock(&census->lock);
    struct headcount *count = map_find(census->rooms, room);
    if (count == NULL)
        count = headcount_new(census, room, kind);
    count->now++;
    raise_peak(census, room, count);
    if (count->names_members && !id_is_none(account_id) && add_present(count->accounts, account_id))
        add_news(census, room, account_id, true);
    note_change(census, room, count);
    pthread_mutex_unlock(&census->lock);
}

void census_leave(struct census *census, struct str room, struct id account_id)
{
    pthread_mutex_lock(&census->lock);
    struct headcount *count = map_find(census->rooms, room);
    REQUIRE(count != NULL);
    if (count->names_members && !id_is_none(account_id) && remove_present(count->accounts, account_id))
        add_news(census, room, account_id, false);
    note_change(census, room, count);
    if (--count->now == 0)
        headcount_free(census, room, count);
    pthread_mutex_unlock(&census->lock);
}

void census_connect(struct census *census, struct id account_id)
{
    if (id_is_none(account_id))
        return;
    pthread_mutex_lock(&census->lock);
    (void)add_present(census->accounts, account_id); /* nobody is told */
    pthread_mutex_unlock(&census->lock);
}

void census_disconnect(struct census *census, struct id account_id)
{
    if (id_is_none(account_id))
        return;
    pthread_mutex_lock(&census->lock);
    (void)remove_present(census->accounts, account_id); /* nobody is told */
    pthread_mutex_unlock(&census->lock);
}

struct live_viewers live_count(const struct platform *platform, struct str room)
{
    struct live_viewers viewers = {0};
    if (platform->live == NULL)
        return viewers;
    struct census *census = platform->live->census;
    pthread_mutex_lock(&census->lock);
    const struct headcount *count = map_find(census->rooms, room);
    viewers.now = viewers_of(census, room, count);
    viewers.peak = count != NULL && count->peak > viewers.now ? count->peak : viewers.now;
    pthread_mutex_unlock(&census->lock);
    return viewers;
}

bool live_is_present(const struct platform *platform, struct id account_id)
{
    if (platform->live == NULL)
        return false;
    struct census *census = platform->live->census;
    pthread_mutex_lock(&census->lock);
    bool is_present = map_find(census->accounts, id_key(&account_id)) != NULL;
    pthread_mutex_unlock(&census->lock);
    return is_present;
}

/* ---- telling ---- */

static void publish(struct live *live, struct str room, struct str body, bool is_latest_only)
{
    struct packet *packet = packet_new(&(struct live_message){
        .room = room, .type = STR("presence"), .body = body, .is_latest_only = is_latest_only});
    live_tell_packet(live, packet);
    packet_unref(packet);
}

static void tell_arrival(struct live *live, const struct arrival *arrival)
{
    struct arena *arena = arena_new(0);
    publish(live, str_from(arrival->room, arrival->room_len),
            arena_printf(arena, "{\"account_id\":\"%" STR_FMT "\",\"state\":\"%s\"}",
                         STR_ARG(id_str(arena, arrival->account_id)),
                         arrival->has_come ? "online" : "offline"),
            false);
    arena_free(arena);
}

/* Of a room with few changes among many rooms: both lists hold only what changed. */
static void take_changes(struct census *census, struct arena *arena, struct list *ret_news,
                         struct array *ret_messages)
{
    VEC(struct live_message) messages = {0};
    size_t at = 0;
    struct str room;
    void *value;
    pthread_mutex_lock(&census->lock);
    for (struct list *node; (node = list_take_first(&census->news)) != NULL;)
        list_append(ret_news, node);
    while (map_next(census->changed, &at, &room, &value)) {
        struct headcount *count = value;
        int64_t viewers = viewers_of(census, room, count);
        if (count->told != viewers)
            *VEC_PUSH(arena, &messages) =
                (struct live_message){.room = arena_str(arena, room),
                                      .body = arena_printf(arena, "{\"viewers\":%lld}", (long long)viewers)};
        count->told = viewers;
        map_remove(census->changed, room);
    }
    pthread_mutex_unlock(&census->lock);
    *ret_messages = (struct array){messages.items, messages.count};
}

/* ---- the other instances ---- */

/* In the census's lock. */
static void see_again(void *arg, struct str room)
{
    struct census *census = arg;
    struct headcount *count = map_find(census->rooms, room);
    if (count == NULL)
        return;
    raise_peak(census, room, count);
    note_change(census, room, count);
}

void census_hear(struct census *census, int64_t instance)
{
    pthread_mutex_lock(&census->lock);
    if (tally_hear(census->neighbours, instance, loop_now_us()))
        census->must_ask = true;
    pthread_mutex_unlock(&census->lock);
}

void census_hear_viewers(struct census *census, int64_t instance, struct str room, int64_t viewers)
{
    pthread_mutex_lock(&census->lock);
    if (tally_set(census->neighbours, instance, room, viewers, loop_now_us()))
        see_again(census, room);
    pthread_mutex_unlock(&census->lock);
}

void census_tell_all(struct census *census)
{
    pthread_mutex_lock(&census->lock);
    census->must_tell_all = true;
    pthread_mutex_unlock(&census->lock);
}

/* The own numbers that the others do not know yet. What is lost on the way is told again when the line is there again. */
static void relay_rooms(struct census *census, struct map *rooms, struct relay *relay)
{
    size_t at = 0;
    struct str room;
    void *value;
    while (map_next(rooms, &at, &room, &value)) {
        struct headcount *count = value;
        if (!count->counts_viewers || (count->relayed == count->now && !census->must_tell_all))
            continue;
        count->relayed = count->now;
        relay_viewers(relay, census->self, room, count->now);
    }
}

static void relay_emptied(struct census *census, struct relay *relay)
{
    size_t at = 0;
    struct str room;
    void *value;
    while (map_next(census->emptied, &at, &room, &value)) {
        if (map_find(census->rooms, room) == NULL)
            relay_viewers(relay, census->self, room, 0);
        map_remove(census->emptied, room);
    }
}

/* Before what has changed is taken: rooms that changed here are among it. */
static void talk_to_others(struct live *live)
{
    struct census *census = live->census;
    int64_t now_us = loop_now_us();
    if (!relay_is_on(live->relay))
        return;
    pthread_mutex_lock(&census->lock);
    tally_expire(census->neighbours, now_us - silence_us, see_again, census);
    if (census->must_ask)
        relay_ask(live->relay);
    relay_emptied(census, live->relay);
    relay_rooms(census, census->must_tell_all ? census->rooms : census->changed, live->relay);
    if (map_count(census->rooms) > 0 && now_us >= census->pulse_at_us) {
        relay_pulse(live->relay, census->self);
        census->pulse_at_us = now_us + pulse_us;
    }
    census->must_ask = census->must_tell_all = false;
    pthread_mutex_unlock(&census->lock);
}

void census_announce(struct live *live)
{
    struct arena *arena = arena_new(0);
    struct array messages = {0};
    struct list news;
    list_init(&news);
    talk_to_others(live);
    take_changes(live->census, arena, &news, &messages);
    LIST_EACH (node, &news)
        tell_arrival(live, LIST_OWNER(node, struct arrival, link));
    for (size_t i = 0; i < messages.count; i++) {
        const struct live_message *message = ARRAY_AT(struct live_message, messages, i);
        publish(live, message->room, message->body, true);
    }
    free_news(&news);
    arena_free(arena);
}

static void put_members(struct json_writer *writer, const struct headcount *count)
{
    size_t at = 0;
    struct str key;
    void *value;
    json_name(writer, STR("members"));
    json_begin_array(writer);
    for (size_t i = 0; i < MAX_NAMED && map_next(count->accounts, &at, &key, &value); i++) {
        struct id id;
        memcpy(id.bytes, key.ptr, sizeof(id.bytes));
        json_put_id(writer, id);
    }
    json_end_array(writer);
}

struct str census_describe(struct arena *arena, struct census *census, struct str room,
                           const struct live_room_kind *kind)
{
    struct strbuf out;
    struct json_writer writer;
    if (!kind->counts_viewers && !kind->names_members)
        return STR_NONE;
    strbuf_init(&out, arena, MAX_DESCRIPTION);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    pthread_mutex_lock(&census->lock);
    const struct headcount *count = map_find(census->rooms, room);
    if (count != NULL && kind->counts_viewers) {
        json_name(&writer, STR("viewers"));
        json_put_i64(&writer, viewers_of(census, room, count));
    }
    if (count != NULL && kind->names_members)
        put_members(&writer, count);
    pthread_mutex_unlock(&census->lock);
    json_end_object(&writer);
    return strbuf_str(&out);
}
