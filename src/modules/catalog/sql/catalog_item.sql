-- Items of other kinds than recordings: their module keeps a row of its own beside the item.

-- name: find_item
-- params: id uuid, short_code text, slug text, kind int
select id, kind, owner_id, owner_username, owner_name, title, slug, short_code, status, takedown_reason,
    status_before, created_at, updated_at, published_at, version
from item
where kind = :kind
-- order: id
    and id = :id
-- end
-- order: short_code
    and short_code = :short_code
-- end
-- order: slug
    and slug = :slug
-- end

-- name: lock_item
-- params: id uuid, kind int
select id, kind, owner_id, owner_username, owner_name, title, slug, short_code, status, takedown_reason,
    status_before, created_at, updated_at, published_at, version
from item
where id = :id and kind = :kind
for update

-- name: list_items
-- params: ids uuid[]
select id, kind, owner_id, owner_username, owner_name, title, slug, short_code, status, takedown_reason,
    status_before, created_at, updated_at, published_at, version
from item
where id in (:ids)

-- name: change_item
-- params: id uuid, title text, status int, takedown_reason text?, status_before int, published_at time?, deleted_at time?, now time
update item set title = :title, status = :status, takedown_reason = :takedown_reason, status_before = :status_before,
    published_at = :published_at, deleted_at = :deleted_at, updated_at = :now, version = version + 1
where id = :id

-- name: list_listed
-- params: facet text, key bigint, key_id uuid, limit bigint
select f.item_id, f.listed_at, f.plays as views
from item_facet f
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
-- order: views
order by f.plays desc, f.item_id desc
-- end
-- order: views_after
    and (f.plays, f.item_id) < (:key, :key_id)
order by f.plays desc, f.item_id desc
-- end
limit :limit

-- matching is a query of PostgreSQL (match_postgresql); on SQLite each of holding is in the text (catalog_match.sql),
-- where the longest word alone refuses most rows at once.
-- name: filter_listed
-- heavy
-- slow: walks past what the filters refuse; all that matches the words is read and sorted
-- params: facet text, facets text[], facet_count bigint, matching text, holding text[], longest text, key bigint, key_id uuid, limit bigint
select f.item_id, f.listed_at, f.plays as views
from item_facet f
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
-- order: views
order by f.plays desc, f.item_id desc
-- end
-- order: views_after
    and (f.plays, f.item_id) < (:key, :key_id)
order by f.plays desc, f.item_id desc
-- end
limit :limit

-- name: count_listed
-- heavy
-- slow: counts up to 1 001 rows
-- params: facet text, facets text[], facet_count bigint, matching text, limit bigint
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
limit :limit) counted
