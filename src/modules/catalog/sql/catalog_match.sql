-- Search on SQLite, whose planner does not know how common words are. Few matches are fetched and sorted (find_words, list_matches); of many, a
-- walk along the facet in the wanted order soon meets a page of them (filter_specs, filter_listed). PostgreSQL decides by itself.
-- matching is a query of the index (match_sqlite).

-- How many texts hold the words, up to the limit, beside how many there are about.
-- name: count_words
-- only: sqlite
-- heavy
-- slow: counts up to the limit
-- params: matching text, limit bigint
select (select count(*) from (select 1 as one from item_match where item_match match :matching limit :limit) counted) as matches,
    (select coalesce(max(number), 0) from item_search) as texts

-- name: find_words
-- only: sqlite
-- heavy
-- slow: finds up to the limit
-- params: matching text, limit bigint
select s.item_id as id
from item_match cross join item_search s on s.number = item_match.rowid
where item_match match :matching
limit :limit

-- Of these items those that are listed under the facet.
-- name: list_matches
-- only: sqlite
-- heavy
-- slow: few are given, and all of them are sorted
-- params: ids uuid[], facet text, facets text[], facet_count bigint, moods text[], instruments text[], genres text[], currency text
-- params: bpm_min bigint, bpm_max bigint, price_min bigint, price_max bigint, duration_min bigint, duration_max bigint
-- params: key bigint, key_id uuid, limit bigint, offset bigint
select f.item_id, f.listed_at, f.plays as views
from unnest(:ids) as value cross join item_facet f on f.item_id = value and f.facet = :facet
where true
-- if: facets
    and (select count(*) from item_facet g where g.item_id = f.item_id and g.facet in (:facets)) >= :facet_count
-- end
-- if: moods
    and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet in (:moods))
-- end
-- if: instruments
    and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet in (:instruments))
-- end
-- if: genres
    and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet in (:genres))
-- end
-- if: currency
    and f.currency = :currency
-- end
-- if: bpm_min
    and f.bpm_milli >= :bpm_min
-- end
-- if: bpm_max
    and f.bpm_milli <= :bpm_max
-- end
-- if: price_min
    and f.price_min >= :price_min
-- end
-- if: price_max
    and f.price_min <= :price_max
-- end
-- if: duration_min
    and exists (select 1 from recording r where r.id = f.item_id and r.duration_ms >= :duration_min)
-- end
-- if: duration_max
    and exists (select 1 from recording r where r.id = f.item_id and r.duration_ms <= :duration_max)
-- end
-- order: newest
order by f.listed_at desc, f.item_id desc
-- end
-- order: newest_after
    and (f.listed_at, f.item_id) < (:key, :key_id)
order by f.listed_at desc, f.item_id desc
-- end
-- order: oldest
order by f.listed_at, f.item_id
-- end
-- order: oldest_after
    and (f.listed_at, f.item_id) > (:key, :key_id)
order by f.listed_at, f.item_id
-- end
-- order: price_asc
    and f.currency = :currency and f.price_min is not null
order by f.price_min, f.item_id
-- end
-- order: price_asc_after
    and f.currency = :currency and f.price_min is not null
    and (f.price_min, f.item_id) > (:key, :key_id)
order by f.price_min, f.item_id
-- end
-- order: price_desc
    and f.currency = :currency and f.price_min is not null
order by f.price_min desc, f.item_id desc
-- end
-- order: price_desc_after
    and f.currency = :currency and f.price_min is not null
    and (f.price_min, f.item_id) < (:key, :key_id)
order by f.price_min desc, f.item_id desc
-- end
-- order: bpm_asc
    and f.bpm_milli > 0
order by f.bpm_milli, f.item_id
-- end
-- order: bpm_asc_after
    and f.bpm_milli > 0
    and (f.bpm_milli, f.item_id) > (:key, :key_id)
order by f.bpm_milli, f.item_id
-- end
-- order: bpm_desc
    and f.bpm_milli > 0
order by f.bpm_milli desc, f.item_id desc
-- end
-- order: bpm_desc_after
    and f.bpm_milli > 0
    and (f.bpm_milli, f.item_id) < (:key, :key_id)
order by f.bpm_milli desc, f.item_id desc
-- end
-- order: plays
order by f.plays desc, f.item_id desc
-- end
-- order: plays_after
    and (f.plays, f.item_id) < (:key, :key_id)
order by f.plays desc, f.item_id desc
-- end
limit :limit
-- if: page
offset :offset
-- end

-- name: count_matches
-- only: sqlite
-- heavy
-- slow: counts up to 1 001 rows, past those that the filters refuse
-- params: facet text, facets text[], facet_count bigint, moods text[], instruments text[], genres text[], currency text
-- params: bpm_min bigint, bpm_max bigint, price_min bigint, price_max bigint, duration_min bigint, duration_max bigint
-- params: matching text, limit bigint
select count(*) as count from (
select 1 as one
from item_match cross join item_search s on s.number = item_match.rowid
    cross join item_facet f on f.item_id = s.item_id and f.facet = :facet
where item_match match :matching
-- if: facets
    and (select count(*) from item_facet g where g.item_id = f.item_id and g.facet in (:facets)) >= :facet_count
-- end
-- if: moods
    and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet in (:moods))
-- end
-- if: instruments
    and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet in (:instruments))
-- end
-- if: genres
    and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet in (:genres))
-- end
-- if: currency
    and f.currency = :currency
-- end
-- if: bpm_min
    and f.bpm_milli >= :bpm_min
-- end
-- if: bpm_max
    and f.bpm_milli <= :bpm_max
-- end
-- if: price_min
    and f.price_min >= :price_min
-- end
-- if: price_max
    and f.price_min <= :price_max
-- end
-- if: duration_min
    and exists (select 1 from recording r where r.id = f.item_id and r.duration_ms >= :duration_min)
-- end
-- if: duration_max
    and exists (select 1 from recording r where r.id = f.item_id and r.duration_ms <= :duration_max)
-- end
-- if: priced
    and f.price_min is not null
-- end
-- if: timed
    and f.bpm_milli > 0
-- end
limit :limit) counted
