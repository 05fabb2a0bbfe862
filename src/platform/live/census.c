/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Counts behind one lock. Accounts that come and go and numbers of viewers are told to the room once a second, and by facts to the
 * other instances. */
#include "platform/live/census.h"

#include <pthread.h>

#include "base/data/facts.h"
#include "base/data/map.h"
#include "base/json/json_write.h"
#include "base/mem/alloc.h"

#include "platform/fiber/loop.h"
#include "platform/live/hub.h"
#include "platform/live/relay.h"

enum { MAX_DESCRIPTION = 64 * 1024, MAX_NAMED = 500 };

/* What instances tell each other is named by a letter and what it is about: of a room how many watch it, of an account and a room
 * how many connections the one has in the other, of an account how many it has at all. */
static const char fact_viewers = 'v', fact_member = 'm', fact_account = 'a';

struct headcount {
    int64_t now, peak;
    int64_t told; /* viewers of all instances, as last announced here */
    bool counts_viewers, names_members;
    bool is_listed;       /* in changed */
    struct map *accounts; /* id bytes → struct present; NULL unless the kind names members */
};

struct present {
    int64_t connections;
};

struct census {
    pthread_mutex_t lock;
    struct map *rooms;    /* name → struct headcount */
    struct map *accounts; /* id bytes → struct present */
    struct map *changed;  /* name → struct headcount: to be announced */
    struct list news;     /* struct arrival: accounts that came or went */
    struct map
        *elsewhere; /* room → struct map: id bytes → the census; accounts that are there on other instances */
    struct facts *facts;
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
    census->elsewhere = map_new(NULL);
    census->facts = facts_new();
    list_init(&census->news);
    return census;
}

static void free_news(struct list *news)
{
    for (struct list *node; (node = list_take_first(news)) != NULL;)
        mem_free(LIST_OWNER(node, struct arrival, link));
}

static void free_elsewhere(struct map *elsewhere)
{
    size_t at = 0;
    struct str room;
    void *accounts;
    while (map_next(elsewhere, &at, &room, &accounts))
        map_free(accounts);
    map_free(elsewhere);
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
    free_elsewhere(census->elsewhere);
    facts_free(census->facts);
    pthread_mutex_destroy(&census->lock);
    mem_free(census);
}

/* ---- names of facts ---- */

struct fact_name {
    size_t len;
    char text[RELAY_NAME_MAX];
};

static void add_text(struct fact_name *name, struct str text)
{
    REQUIRE(text.len <= sizeof(name->text) - name->len);
    memcpy(name->text + name->len, text.ptr, text.len);
    name->len += text.len;
}

/* account_id none: of the room alone. room empty: of the account alone. */
static struct str name_fact(struct fact_name *ret_name, char letter, struct id account_id, struct str room)
{
    char id[ID_CHARS];
    ret_name->len = 0;
    add_text(ret_name, str_from(&letter, 1));
    if (!id_is_none(account_id)) {
        id_format(account_id, id);
        add_text(ret_name, str_from(id, sizeof(id)));
    }
    if (room.len > 0)
        add_text(ret_name, room);
    return str_from(ret_name->text, ret_name->len);
}

static void state(struct census *census, char letter, struct id account_id, struct str room, int64_t number)
{
    struct fact_name name;
    facts_state(census->facts, name_fact(&name, letter, account_id, room), number);
}

static int64_t count_elsewhere(const struct census *census, char letter, struct id account_id,
                               struct str room)
{
    struct fact_name name;
    return facts_elsewhere(census->facts, name_fact(&name, letter, account_id, room));
}

/* ---- counting ---- */

/* The connections of the account, this one among them. */
static int64_t add_present(struct map *accounts, struct id account_id)
{
    struct present *present = map_find(accounts, id_key(&account_id));
    if (present == NULL) {
        present = MEM_NEW(struct present);
        map_put(accounts, id_key(&account_id), present);
    }
    return ++present->connections;
}

/* Those that are left. */
static int64_t remove_present(struct map *accounts, struct id account_id)
{
    struct present *present = map_find(accounts, id_key(&account_id));
    REQUIRE(present != NULL);
    int64_t left = --present->connections;
    if (left == 0) {
        map_remove(accounts, id_key(&account_id));
        mem_free(present);
    }
    return left;
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

/* Other people's numbers have changed, or our own. */
static void note_change(struct census *census, struct str room, struct headcount *count)
{
    if (count->counts_viewers)
        map_put(census->changed, room, count);
}

static void count_viewer(struct census *census, struct str room, struct headcount *count, int64_t more)
{
    count->now += more;
    if (!count->counts_viewers)
        return;
    state(census, fact_viewers, ID_NONE, room, count->now);
    note_change(census, room, count);
}

/* Who is there through another instance as well neither comes nor goes. */
static void count_member(struct census *census, struct str room, struct headcount *count,
                         struct id account_id, bool has_come)
{
    if (!count->names_members || id_is_none(account_id))
        return;
    int64_t now =
        has_come ? add_present(count->accounts, account_id) : remove_present(count->accounts, account_id);
    state(census, fact_member, account_id, room, now);
    if (now == (has_come ? 1 : 0) && count_elsewhere(census, fact_member, account_id, room) == 0)
        add_news(census, room, account_id, has_come);
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
    map_remove(census->rooms, room);
    map_remove(census->changed, room);
    map_free(count->accounts);
    mem_free(count);
}

static int64_t viewers_of(const struct census *census, struct str room, const struct headcount *count)
{
    return (count != NULL ? count->now : 0) + count_elsewhere(census, fact_viewers, ID_NONE, room);
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
    count_viewer(census, room, count, 1);
    raise_peak(census, room, count);
    count_member(census, room, count, account_id, true);
    pthread_mutex_unlock(&census->lock);
}

void census_leave(struct census *census, struct str room, struct id account_id)
{
    pthread_mutex_lock(&census->lock);
    struct headcount *count = map_find(census->rooms, room);
    REQUIRE(count != NULL);
    count_member(census, room, count, account_id, false);
    count_viewer(census, room, count, -1);
    if (count->now == 0)
        headcount_free(census, room, count);
    pthread_mutex_unlock(&census->lock);
}

void census_connect(struct census *census, struct id account_id)
{
    if (id_is_none(account_id))
        return;
    pthread_mutex_lock(&census->lock);
    state(census, fact_account, account_id, STR_NONE, add_present(census->accounts, account_id));
    pthread_mutex_unlock(&census->lock);
}

void census_disconnect(struct census *census, struct id account_id)
{
    if (id_is_none(account_id))
        return;
    pthread_mutex_lock(&census->lock);
    state(census, fact_account, account_id, STR_NONE, remove_present(census->accounts, account_id));
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
    bool is_present = map_find(census->accounts, id_key(&account_id)) != NULL ||
                      count_elsewhere(census, fact_account, account_id, STR_NONE) > 0;
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

/* ---- the other instances: all in the census's lock ---- */

static void see_viewers(struct census *census, struct str room)
{
    struct headcount *count = map_find(census->rooms, room);
    if (count == NULL)
        return;
    raise_peak(census, room, count);
    note_change(census, room, count);
}

static void remember_elsewhere(struct census *census, struct str room, struct id account_id, bool is_there)
{
    struct map *accounts = map_find(census->elsewhere, room);
    if (accounts == NULL && !is_there)
        return;
    if (accounts == NULL) {
        accounts = map_new(NULL);
        map_put(census->elsewhere, room, accounts);
    }
    if (is_there)
        map_put(accounts, id_key(&account_id), census);
    else
        map_remove(accounts, id_key(&account_id));
    if (map_count(accounts) == 0) {
        map_remove(census->elsewhere, room);
        map_free(accounts);
    }
}

static void see_member(struct census *census, struct str rest, bool is_there)
{
    struct id account_id;
    if (rest.len <= ID_CHARS || !id_parse(str_from(rest.ptr, ID_CHARS), &account_id))
        return;
    struct str room = str_from(rest.ptr + ID_CHARS, rest.len - ID_CHARS);
    const struct headcount *count = map_find(census->rooms, room);
    remember_elsewhere(census, room, account_id, is_there);
    if (count != NULL && count->names_members && map_find(count->accounts, id_key(&account_id)) == NULL)
        add_news(census, room, account_id, is_there);
}

static void see_fact(struct census *census, struct str name, bool is_there, bool was_there)
{
    struct str rest = str_from(name.ptr + 1, name.len - 1);
    if (name.ptr[0] == fact_viewers)
        see_viewers(census, rest);
    if (name.ptr[0] == fact_member && is_there != was_there)
        see_member(census, rest, is_there);
}

static void see_forgotten(void *arg, struct str name)
{
    struct census *census = arg;
    see_fact(census, name, facts_elsewhere(census->facts, name) > 0, true);
}

void census_hear(struct census *census, int64_t instance)
{
    pthread_mutex_lock(&census->lock);
    facts_hear(census->facts, instance, loop_now_us());
    pthread_mutex_unlock(&census->lock);
}

void census_hear_number(struct census *census, int64_t instance, struct str name, int64_t number)
{
    pthread_mutex_lock(&census->lock);
    int64_t before = facts_hear_number(census->facts, instance, name, number, loop_now_us());
    int64_t after = facts_elsewhere(census->facts, name);
    if (after != before)
        see_fact(census, name, after > 0, before > 0);
    pthread_mutex_unlock(&census->lock);
}

void census_tell_all(struct census *census)
{
    pthread_mutex_lock(&census->lock);
    facts_tell_all(census->facts);
    pthread_mutex_unlock(&census->lock);
}

/* Before what has changed is taken: rooms that changed by it are among it. */
static void talk_to_others(struct live *live)
{
    struct census *census = live->census;
    pthread_mutex_lock(&census->lock);
    facts_exchange(census->facts, relay_line(live->relay), loop_now_us(), see_forgotten, census);
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

/* The number of those named so far. */
static size_t put_accounts(struct json_writer *writer, const struct map *accounts, const struct map *but,
                           size_t named)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (accounts != NULL && named < MAX_NAMED && map_next(accounts, &at, &key, &value)) {
        struct id id;
        if (but != NULL && map_find(but, key) != NULL)
            continue;
        memcpy(id.bytes, key.ptr, sizeof(id.bytes));
        json_put_id(writer, id);
        named++;
    }
    return named;
}

static void put_members(struct json_writer *writer, const struct headcount *count,
                        const struct map *elsewhere)
{
    json_name(writer, STR("members"));
    json_begin_array(writer);
    size_t named = put_accounts(writer, count->accounts, NULL, 0);
    (void)put_accounts(writer, elsewhere, count->accounts, named); /* the last */
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
        put_members(&writer, count, map_find(census->elsewhere, room));
    pthread_mutex_unlock(&census->lock);
    json_end_object(&writer);
    return strbuf_str(&out);
}
