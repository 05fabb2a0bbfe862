-- name: insert_event
-- params: id uuid, type text, aggregate_id uuid, version bigint, at time, payload text
insert into event (id, type, aggregate_id, version, at, payload, transaction_number)
values (:id, :type, :aggregate_id, :version, :at, :payload,
-- sqlite:
    0
-- postgresql:
    cast(cast(pg_current_xact_id() as text) as bigint)
-- end
)

-- name: insert_events
-- params: ids uuid[], types text[], aggregate_ids uuid[], versions bigint[], ats bigint[], payloads text[]
-- only: postgresql
insert into event (id, type, aggregate_id, version, at, payload, transaction_number)
select e.id, e.type, e.aggregate_id, e.version, e.at, e.payload, cast(cast(pg_current_xact_id() as text) as bigint)
from unnest(:ids, :types, :aggregate_ids, :versions, :ats, :payloads)
    with ordinality as e (id, type, aggregate_id, version, at, payload, place)
order by e.place

-- Whether the relay has work: a read, so that an idle instance writes nothing. SQLite is told the index: by statistics that are
-- older than most events it would read all of them.
-- name: find_unplaced
select sequence from event
-- sqlite:
    indexed by event_unplaced
-- end
where position is null order by sequence limit 1

-- name: lock_feed
select position from feed where id = 1 for update

-- name: read_feed
select position from feed where id = 1

-- On PostgreSQL only rows whose transaction is older than every running one are surely all there.
-- name: list_placeable
-- params: limit bigint
select sequence, type from event
-- sqlite:
    indexed by event_unplaced
-- end
where position is null
-- postgresql:
    and transaction_number < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
-- end
order by sequence limit :limit

-- name: place
-- params: sequence bigint, position bigint
update event set position = :position where sequence = :sequence

-- name: place_all
-- params: sequences bigint[], positions bigint[]
-- only: postgresql
update event set position = p.position from unnest(:sequences, :positions) as p (sequence, position)
where event.sequence = p.sequence

-- name: advance_feed
-- params: position bigint
update feed set position = :position where id = 1

-- name: add_consumer
-- params: name text
insert into event_consumer (name, position) values (:name, 0) on conflict do nothing

-- Where it stands, and how far the feed goes: at least, for it is read before the lock is there.
-- name: lock_consumer
-- params: name text
select position, (select position from feed where id = 1) as feed_position from event_consumer where name = :name for update

-- name: read_consumer
-- params: name text
select position from event_consumer where name = :name

-- name: move_consumer
-- params: name text, position bigint
update event_consumer set position = :position where name = :name

-- name: list_events
-- params: after bigint, until bigint, types text[], limit bigint
-- slow: passes over what other consumers take, as far as it is told
select position, id, type, aggregate_id, version, at, payload
from event where position > :after and position <= :until and type in (:types) order by position limit :limit

-- name: insert_dead_letter
-- params: consumer text, event_id uuid, position bigint, problem text, at time
insert into event_dead_letter (consumer, event_id, position, problem, at)
values (:consumer, :event_id, :position, :problem, :at) on conflict do nothing
