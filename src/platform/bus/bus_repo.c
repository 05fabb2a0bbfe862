/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the outbox, the feed and its consumers. See bus_repo.h. */
#include "platform/bus/bus_repo.h"

#include "platform/bus/bus_sql.h"

static const struct db_column event_columns[] = {
    DB_COLUMN_I64(struct event, position), DB_COLUMN_ID(struct event, id),
    DB_COLUMN_TEXT(struct event, type),    DB_COLUMN_ID(struct event, aggregate_id),
    DB_COLUMN_I64(struct event, version),  DB_COLUMN_INSTANT(struct event, at),
    DB_COLUMN_TEXT(struct event, payload),
};
static const struct db_row event_row = DB_ROW(struct event, event_columns);

struct number_row {
    int64_t position;
};
static const struct db_column position_columns[] = {DB_COLUMN_I64(struct number_row, position)};
static const struct db_row position_row = DB_ROW(struct number_row, position_columns);

struct sequence_row {
    int64_t sequence;
};
static const struct db_column sequence_columns[] = {DB_COLUMN_I64(struct sequence_row, sequence)};
static const struct db_row sequence_row = DB_ROW(struct sequence_row, sequence_columns);

struct placeable_row {
    int64_t sequence;
    struct str type;
};
static const struct db_column placeable_columns[] = {
    DB_COLUMN_I64(struct placeable_row, sequence),
    DB_COLUMN_TEXT(struct placeable_row, type),
};
static const struct db_row placeable_row = DB_ROW(struct placeable_row, placeable_columns);

static const struct db_column place_columns[] = {
    DB_COLUMN_I64(struct bus_place, position),
    DB_COLUMN_I64(struct bus_place, feed_position),
};
static const struct db_row place_row = DB_ROW(struct bus_place, place_columns);

static bool takes_lists(const struct ctx *cx)
{
    return db_engine_of(cx->platform->db) == DB_POSTGRESQL;
}

static struct array list_new(struct ctx *cx, size_t count, size_t size)
{
    return (struct array){arena_alloc_array(cx->arena, count, size), count};
}

/* On PostgreSQL one statement is one round trip. */
static struct error *insert_list(struct ctx *cx, struct tx *tx, const struct event *events, size_t count)
{
    struct array ids = list_new(cx, count, sizeof(struct id));
    struct array types = list_new(cx, count, sizeof(struct str));
    struct array aggregates = list_new(cx, count, sizeof(struct id));
    struct array versions = list_new(cx, count, sizeof(int64_t));
    struct array ats = list_new(cx, count, sizeof(int64_t));
    struct array payloads = list_new(cx, count, sizeof(struct str));
    for (size_t i = 0; i < count; i++) {
        *ARRAY_AT(struct id, ids, i) = events[i].id;
        *ARRAY_AT(struct str, types, i) = events[i].type;
        *ARRAY_AT(struct id, aggregates, i) = events[i].aggregate_id;
        *ARRAY_AT(int64_t, versions, i) = events[i].version;
        *ARRAY_AT(int64_t, ats, i) = events[i].at.us;
        *ARRAY_AT(struct str, payloads, i) = events[i].payload;
    }
    return db_post(cx, tx,
                   BUS_INSERT_EVENTS(.ids = ids, .types = types, .aggregate_ids = aggregates,
                                     .versions = versions, .ats = ats, .payloads = payloads));
}

struct error *bus_repo_insert(struct ctx *cx, struct tx *tx, const struct event *events, size_t count)
{
    if (count > 1 && takes_lists(cx))
        return insert_list(cx, tx, events, count);
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &events[i];
        TRY(db_post(cx, tx,
                    BUS_INSERT_EVENT(.id = event->id, .type = event->type,
                                     .aggregate_id = event->aggregate_id, .version = event->version,
                                     .at = event->at, .payload = event->payload)));
    }
    return NULL;
}

struct error *bus_repo_has_unplaced(struct ctx *cx, bool *ret_has)
{
    struct sequence_row row = {0};
    return db_find(cx, NULL, BUS_FIND_UNPLACED(), &sequence_row, &row, ret_has);
}

static struct error *place_each(struct ctx *cx, struct tx *tx, const struct array *events, int64_t position)
{
    for (size_t i = 0; i < events->count; i++)
        TRY(db_exec(cx, tx,
                    BUS_PLACE(.sequence = ARRAY_AT(struct placeable_row, *events, i)->sequence,
                              .position = ++position),
                    NULL));
    return NULL;
}

static struct error *place_all(struct ctx *cx, struct tx *tx, const struct array *events, int64_t position)
{
    struct array sequences = list_new(cx, events->count, sizeof(int64_t));
    struct array positions = list_new(cx, events->count, sizeof(int64_t));
    for (size_t i = 0; i < events->count; i++) {
        *ARRAY_AT(int64_t, sequences, i) = ARRAY_AT(struct placeable_row, *events, i)->sequence;
        *ARRAY_AT(int64_t, positions, i) = ++position;
    }
    return events->count == 0
               ? NULL
               : db_exec(cx, tx, BUS_PLACE_ALL(.sequences = sequences, .positions = positions), NULL);
}

static bool has_type(const struct array *types, struct str type)
{
    for (size_t i = 0; i < types->count; i++)
        if (str_equal(*ARRAY_AT(struct str, *types, i), type))
            return true;
    return false;
}

static struct array types_of(struct ctx *cx, const struct array *events)
{
    struct array types = list_new(cx, events->count, sizeof(struct str));
    types.count = 0;
    for (size_t i = 0; i < events->count; i++) {
        struct str type = ARRAY_AT(struct placeable_row, *events, i)->type;
        if (!has_type(&types, type))
            *ARRAY_AT(struct str, types, types.count++) = type;
    }
    return types;
}

struct error *bus_repo_place(struct ctx *cx, struct tx *tx, int64_t limit, struct array *ret_types,
                             int64_t *ret_count)
{
    struct number_row feed = {0};
    struct array events = {0};
    TRY(db_load(cx, tx, BUS_LOCK_FEED(), &position_row, &feed));
    TRY(db_list(cx, tx, BUS_LIST_PLACEABLE(.limit = limit), &placeable_row, &events));
    TRY((takes_lists(cx) ? place_all : place_each)(cx, tx, &events, feed.position));
    *ret_types = types_of(cx, &events);
    *ret_count = (int64_t)events.count;
    return events.count == 0
               ? NULL
               : db_exec(cx, tx, BUS_ADVANCE_FEED(.position = feed.position + (int64_t)events.count), NULL);
}

struct error *bus_repo_feed_position(struct ctx *cx, int64_t *ret_position)
{
    struct number_row row = {0};
    TRY(db_load(cx, NULL, BUS_READ_FEED(), &position_row, &row));
    *ret_position = row.position;
    return NULL;
}

struct error *bus_repo_add_consumer(struct ctx *cx, struct tx *tx, struct str name)
{
    return db_exec(cx, tx, BUS_ADD_CONSUMER(.name = name), NULL);
}

struct error *bus_repo_lock_consumer(struct ctx *cx, struct tx *tx, struct str name,
                                     struct bus_place *ret_place)
{
    return db_load(cx, tx, BUS_LOCK_CONSUMER(.name = name), &place_row, ret_place);
}

struct error *bus_repo_consumer_position(struct ctx *cx, struct str name, int64_t *ret_position)
{
    struct number_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, NULL, BUS_READ_CONSUMER(.name = name), &position_row, &row, &is_found));
    *ret_position = row.position; /* 0 for a consumer that never ran */
    return NULL;
}

struct error *bus_repo_move_consumer(struct ctx *cx, struct tx *tx, struct str name, int64_t position)
{
    return db_exec(cx, tx, BUS_MOVE_CONSUMER(.name = name, .position = position), NULL);
}

struct error *bus_repo_list_events(struct ctx *cx, struct tx *tx, const struct bus_stretch *stretch,
                                   struct array *ret_events)
{
    return db_list(cx, tx,
                   BUS_LIST_EVENTS(.after = stretch->after, .until = stretch->until, .types = stretch->types,
                                   .limit = stretch->limit),
                   &event_row, ret_events);
}

struct error *bus_repo_set_aside(struct ctx *cx, struct tx *tx, struct str consumer,
                                 const struct event *event, struct str problem, struct instant now)
{
    return db_exec(cx, tx,
                   BUS_INSERT_DEAD_LETTER(.consumer = consumer, .event_id = event->id,
                                          .position = event->position, .problem = problem, .at = now),
                   NULL);
}
