-- Public lists: a walk along one facet in the wanted order ("all" when nothing narrower is asked for).

-- name: list_specs
-- params: facet text, currency text, key bigint, key_id uuid, limit bigint, offset bigint
select f.listed_at, i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.created_at,
    i.published_at, r.category, r.type, r.bpm_milli, r.musical_key, r.genres, r.tags, r.moods, r.instruments,
    r.free_mp3_enabled, r.currency,
    coalesce(r.price_min, -1) as price_min, r.stems_asset_id, r.cover_asset_id, r.is_lossless, r.duration_ms, r.waveform,
    r.plays, r.favorites, r.purchases
from item_facet f join recording r on r.id = f.item_id join item i on i.id = f.item_id
where f.facet = :facet
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

-- The same with everything else that can be asked, of each row on the way.
-- matching is a query of PostgreSQL (match_postgresql); on SQLite each of holding is in the text (catalog_match.sql),
-- where the longest word alone refuses most rows at once. How many a range of prices leaves depends on the prices.
-- name: filter_specs
-- heavy
-- slow: walks past what the filters refuse; all that matches the words is read and sorted
-- params: facet text, facets text[], facet_count bigint, moods text[], instruments text[], genres text[], currency text
-- params: bpm_min bigint, bpm_max bigint, price_min bigint, price_max bigint, duration_min bigint, duration_max bigint
-- params: matching text, holding text[], longest text, key bigint, key_id uuid, limit bigint, offset bigint
select f.listed_at, i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.created_at,
    i.published_at, r.category, r.type, r.bpm_milli, r.musical_key, r.genres, r.tags, r.moods, r.instruments,
    r.free_mp3_enabled, r.currency,
    coalesce(r.price_min, -1) as price_min, r.stems_asset_id, r.cover_asset_id, r.is_lossless, r.duration_ms, r.waveform,
    r.plays, r.favorites, r.purchases
from item_facet f join recording r on r.id = f.item_id join item i on i.id = f.item_id
where f.facet = :facet
-- if: matching
-- sqlite:
    and exists (select 1 from item_search s where s.item_id = f.item_id and instr(s.words, :longest) > 0
        and not exists (select 1 from unnest(:holding) as value where instr(' ' || s.words || ' ', value) = 0))
-- postgresql:
    and /* plan: each */ f.item_id in (select s.item_id from item_search s where s.terms @@ cast(:matching as tsquery))
-- end
-- end
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
    and /* plan: each */ f.price_min >= :price_min
-- end
-- if: price_max
    and /* plan: each */ f.price_min <= :price_max
-- end
-- if: duration_min
    and r.duration_ms >= :duration_min
-- end
-- if: duration_max
    and r.duration_ms <= :duration_max
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

-- How many are listed under each of these facets, up to the limit: the rarest is the one to walk.
-- name: count_facets
-- heavy
-- slow: counts up to the limit
-- params: facets text[], limit bigint
select value as facet,
    (select count(*) from (select 1 as one from item_facet f where f.facet = value limit :limit) counted) as count
from unnest(:facets) as value

-- Counting ends at the limit.
-- name: count_specs
-- heavy
-- slow: counts up to 1 001 rows
-- params: facet text, facets text[], facet_count bigint, moods text[], instruments text[], genres text[], currency text
-- params: bpm_min bigint, bpm_max bigint, price_min bigint, price_max bigint, duration_min bigint, duration_max bigint
-- params: matching text, limit bigint
select count(*) as count from (
select 1 as one
from item_facet f
where f.facet = :facet
-- if: matching
-- postgresql:
    and /* plan: each */ f.item_id in (select s.item_id from item_search s where s.terms @@ cast(:matching as tsquery))
-- end
-- end
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

-- The owner's own: drafts too, nothing that was deleted.
-- name: list_own_specs
-- params: owner_id uuid, key time, key_id uuid, limit bigint, offset bigint
select i.created_at as listed_at, i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status,
    i.created_at, i.published_at, r.category, r.type, r.bpm_milli, r.musical_key, r.genres, r.tags, r.moods, r.instruments,
    r.free_mp3_enabled, r.currency,
    coalesce(r.price_min, -1) as price_min, r.stems_asset_id, r.cover_asset_id, r.is_lossless, r.duration_ms, r.waveform,
    r.plays, r.favorites, r.purchases
from item i join recording r on r.id = i.id
where i.owner_id = :owner_id and i.status < 4
-- if: after
    and (i.created_at, i.id) < (:key, :key_id)
-- end
order by i.created_at desc, i.id desc
limit :limit
-- if: page
offset :offset
-- end

-- name: count_own_specs
-- slow: counts up to 1 001 rows
-- params: owner_id uuid, limit bigint
select count(*) as count from (
    select 1 as one from item i where i.owner_id = :owner_id and i.kind = 0 and i.status < 4 limit :limit) counted

-- name: insert_facets
-- params: item_id uuid, facets text[], listed_at time, currency text, price_min bigint, bpm_milli bigint, plays bigint
insert into item_facet (item_id, facet, listed_at, currency, price_min, bpm_milli, plays)
select :item_id, value, :listed_at, :currency, nullif(:price_min, -1), :bpm_milli, :plays from unnest(:facets) as value where true
on conflict do nothing

-- name: delete_facets
-- params: item_id uuid
delete from item_facet where item_id = :item_id

-- name: insert_search
-- params: item_id uuid, words text
insert into item_search (item_id, words) values (:item_id, :words)

-- name: delete_search
-- params: item_id uuid
delete from item_search where item_id = :item_id

-- name: insert_match
-- params: item_id uuid
-- only: sqlite
insert into item_match (rowid, words) select number, words from item_search where item_id = :item_id

-- Before the row that it is about goes.
-- name: delete_match
-- params: item_id uuid
-- only: sqlite
insert into item_match (item_match, rowid, words) select 'delete', number, words from item_search where item_id = :item_id

-- name: list_cards
-- params: ids uuid[]
select i.created_at as listed_at, i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status,
    i.created_at, i.published_at, r.category, r.type, r.bpm_milli, r.musical_key, r.genres, r.tags, r.moods, r.instruments,
    r.free_mp3_enabled, r.currency,
    coalesce(r.price_min, -1) as price_min, r.stems_asset_id, r.cover_asset_id, r.is_lossless, r.duration_ms, r.waveform,
    r.plays, r.favorites, r.purchases
from item i join recording r on r.id = i.id
where i.id in (:ids) and i.status between 1 and 2
