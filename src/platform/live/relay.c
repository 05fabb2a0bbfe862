/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The texts between instances: a letter and fields with tabs between them. */
#include "platform/live/relay.h"

#include <pthread.h>

#include "base/data/facts.h"
#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/text/number.h"
#include "base/text/strbuf.h"

#include "platform/crypto/crypto.h"
#include "platform/db/db_channel.h"
#include "platform/live/census.h"
#include "platform/live/hub.h"

/* More than so many watchers or connections are nonsense. */
static const int64_t number_max = 100000000;

struct relay {
    struct live *live;
    int64_t self; /* this instance, to the others */
    struct facts_line line;
    pthread_mutex_t lock;       /* over what follows */
    struct db_channel *channel; /* NULL: not open */
    bool has_lost;              /* something was not sent: the others are to read everything again */
};

static void count(const struct live *live, enum live_relayed way)
{
    metric_add(live->platform->metrics, &live_metrics, LIVE_METRIC_RELAYED, way, 1);
}

/* ---- sending ---- */

static void send_text(struct relay *relay, struct str text)
{
    pthread_mutex_lock(&relay->lock);
    bool is_sent = relay->channel != NULL && db_channel_send(relay->channel, text);
    relay->has_lost = relay->has_lost || (relay->channel != NULL && !is_sent);
    bool is_lost = relay->channel != NULL && !is_sent;
    pthread_mutex_unlock(&relay->lock);
    if (is_sent || is_lost)
        count(relay->live, is_sent ? LIVE_RELAY_SENT : LIVE_RELAY_LOST);
}

static bool is_on(struct relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    bool is_open = relay->channel != NULL;
    pthread_mutex_unlock(&relay->lock);
    return is_open;
}

static void compose(struct strbuf *text, const char *letter, const struct str *fields, size_t field_count)
{
    strbuf_clear(text);
    strbuf_append_cstr(text, letter);
    for (size_t i = 0; i < field_count; i++) {
        strbuf_append_char(text, '\t');
        strbuf_append(text, fields[i]);
    }
}

/* What is too long becomes a word about its room, which is the first field and short enough. */
static void send_fields(struct relay *relay, const char *letter, const struct str *fields, size_t field_count)
{
    struct strbuf text;
    strbuf_init(&text, NULL, DB_CHANNEL_MAX);
    compose(&text, letter, fields, field_count);
    if (text.overflow)
        compose(&text, "S", fields, 1);
    send_text(relay, strbuf_str(&text));
    strbuf_fini(&text);
}

void relay_message(struct relay *relay, const struct live_message *message)
{
    if (!is_on(relay))
        return;
    char digits[NUMBER_I64_CHARS];
    const struct str fields[] = {
        message->room,
        message->type,
        str_from(digits, number_format_i64(digits, message->sequence)),
        message->is_latest_only ? STR("1") : STR("0"),
        message->body,
    };
    send_fields(relay, "M", fields, COUNT_OF(fields));
}

void relay_expel(struct relay *relay, struct str room, struct id account_id, struct str code)
{
    char id[ID_CHARS];
    id_format(account_id, id);
    const struct str fields[] = {room, str_from(id, ID_CHARS), code};
    send_fields(relay, "X", fields, COUNT_OF(fields));
}

static void send_id(struct relay *relay, const char *letter, struct id id)
{
    char text[ID_CHARS];
    id_format(id, text);
    const struct str field = str_from(text, ID_CHARS);
    send_fields(relay, letter, &field, 1);
}

void relay_session_end(struct relay *relay, struct id session_id)
{
    send_id(relay, "E", session_id);
}

void relay_account_end(struct relay *relay, struct id account_id)
{
    send_id(relay, "U", account_id);
}

/* ---- what is stated ---- */

static void send_number(void *arg, struct str name, int64_t number)
{
    struct relay *relay = arg;
    char from[NUMBER_I64_CHARS], digits[NUMBER_I64_CHARS];
    const struct str fields[] = {name, str_from(from, number_format_i64(from, relay->self)),
                                 str_from(digits, number_format_i64(digits, number))};
    send_fields(relay, "N", fields, COUNT_OF(fields));
}

static void send_pulse(void *arg)
{
    struct relay *relay = arg;
    char from[NUMBER_I64_CHARS];
    const struct str field = str_from(from, number_format_i64(from, relay->self));
    send_fields(relay, "H", &field, 1);
}

static void ask(void *arg)
{
    send_text(arg, STR("Q"));
}

const struct facts_line *relay_line(struct relay *relay)
{
    return is_on(relay) ? &relay->line : NULL;
}

/* ---- taking ---- */

static bool is_room(struct str room)
{
    return room.len != 0 && room.len <= LIVE_ROOM_MAX;
}

static void take_message(struct live *live, struct str rest)
{
    struct live_message message = {0};
    struct str sequence = STR_NONE, flag = STR_NONE;
    bool is_whole = str_split(&rest, '\t', &message.room) && str_split(&rest, '\t', &message.type) &&
                    str_split(&rest, '\t', &sequence) && str_split(&rest, '\t', &flag);
    message.body = rest;
    message.is_latest_only = str_equal(flag, STR("1"));
    bool is_sound =
        is_whole && is_room(message.room) && message.type.len != 0 && message.type.len <= LIVE_TYPE_MAX &&
        number_parse_i64(sequence, 0, INT64_MAX, &message.sequence) &&
        (rest.len == 0 || (str_starts_with(rest, STR("{")) && str_ends_with(rest, STR("}")) && rest.len > 1));
    if (!is_sound)
        return;
    struct packet *packet = packet_new(&message);
    live_tell_packet(live, packet);
    packet_unref(packet);
}

static void take_resync(struct live *live, struct str rest)
{
    if (is_room(rest))
        live_tell_resync(live, rest);
}

static void take_expel(struct live *live, struct str rest)
{
    struct str room = STR_NONE, account = STR_NONE;
    struct id id;
    bool is_whole = str_split(&rest, '\t', &room) && str_split(&rest, '\t', &account);
    if (is_whole && is_room(room) && id_parse(account, &id))
        live_tell_expel(live, room, id, rest);
}

static void take_session_end(struct live *live, struct str rest)
{
    struct id id;
    if (id_parse(rest, &id))
        live_tell_session_end(live, id);
}

static void take_account_end(struct live *live, struct str rest)
{
    struct id id;
    if (id_parse(rest, &id))
        live_tell_account_end(live, id);
}

static void take_number(struct live *live, struct str rest)
{
    struct str name = STR_NONE, from = STR_NONE;
    int64_t instance = 0, number = 0;
    bool is_sound = str_split(&rest, '\t', &name) && str_split(&rest, '\t', &from) && name.len > 0 &&
                    name.len <= RELAY_NAME_MAX && number_parse_i64(from, 0, INT64_MAX, &instance) &&
                    number_parse_i64(rest, 0, number_max, &number);
    if (is_sound)
        census_hear_number(live->census, instance, name, number);
}

static void take_pulse(struct live *live, struct str rest)
{
    int64_t instance = 0;
    if (number_parse_i64(rest, 0, INT64_MAX, &instance))
        census_hear(live->census, instance);
}

static void take_question(struct live *live, struct str rest)
{
    (void)rest;
    census_tell_all(live->census);
}

static void take_loss(struct live *live, struct str rest)
{
    (void)rest;
    live_tell_resync(live, STR_NONE);
}

static const struct {
    char letter;
    void (*take)(struct live *live, struct str rest);
} letters[] = {
    {'M', take_message},     {'S', take_resync},      {'X', take_expel},
    {'E', take_session_end}, {'U', take_account_end}, {'A', take_loss},
    {'N', take_number},      {'H', take_pulse},       {'Q', take_question},
};

void relay_take(struct live *live, struct str text)
{
    struct str letter = STR_NONE;
    count(live, LIVE_RELAY_RECEIVED);
    if (!str_split(&text, '\t', &letter) || letter.len != 1)
        return;
    for (size_t i = 0; i < COUNT_OF(letters); i++)
        if (letters[i].letter == letter.ptr[0])
            letters[i].take(live, text.ptr != NULL ? text : STR(""));
}

/* ---- the channel ---- */

static void received(void *arg, struct str text)
{
    const struct relay *relay = arg;
    relay_take(relay->live, text);
}

/* What the others published meanwhile was lost for us, and what we published for them. */
static void connected(void *arg)
{
    struct relay *relay = arg;
    pthread_mutex_lock(&relay->lock);
    bool has_lost = relay->has_lost;
    relay->has_lost = false;
    pthread_mutex_unlock(&relay->lock);
    if (has_lost)
        send_text(relay, STR("A"));
    ask(relay);
    census_tell_all(relay->live->census);
    live_tell_resync(relay->live, STR_NONE);
}

static const struct db_channel_events channel_events = {.received = received, .connected = connected};

struct relay *relay_new(struct live *live)
{
    struct relay *relay = MEM_NEW(struct relay);
    relay->live = live;
    relay->line = (struct facts_line){relay, send_number, send_pulse, ask};
    crypto_random(&relay->self, sizeof(relay->self));
    relay->self &= INT64_MAX;
    REQUIRE(pthread_mutex_init(&relay->lock, NULL) == 0);
    return relay;
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    REQUIRE(relay->channel == NULL);
    pthread_mutex_destroy(&relay->lock);
    mem_free(relay);
}

void relay_start(struct relay *relay)
{
    struct db *db = relay->live->platform->db;
    struct db_channel *channel =
        db != NULL ? db_channel_open(db, "lathe_live", &channel_events, relay) : NULL;
    pthread_mutex_lock(&relay->lock);
    relay->channel = channel;
    pthread_mutex_unlock(&relay->lock);
}

void relay_stop(struct relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    struct db_channel *channel = relay->channel;
    relay->channel = NULL;
    pthread_mutex_unlock(&relay->lock);
    db_channel_close(channel);
}
