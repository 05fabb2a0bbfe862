-- A blob is announced before it is stored: its row is dead since now, so nothing deletes it for a day.
-- name: announce_blob
-- params: sha256 bytes, size_bytes bigint, now time
insert into blob (sha256, size_bytes, created_at, dead_since, is_doomed) values (:sha256, :size_bytes, :now, :now, false)
on conflict (sha256) do update set dead_since = case when blob.dead_since is null then null else excluded.dead_since end
where not blob.is_doomed

-- name: revive_blob
-- params: sha256 bytes
update blob set dead_since = null where sha256 = :sha256 and not is_doomed

-- name: insert_ref
-- params: sha256 bytes, holder_id uuid, purpose int
insert into blob_ref (sha256, holder_id, purpose) values (:sha256, :holder_id, :purpose) on conflict do nothing

-- name: list_refs
-- params: holder_id uuid, purpose int
select sha256, cast(0 as bigint) as size_bytes from blob_ref where holder_id = :holder_id and purpose = :purpose order by sha256

-- name: delete_refs
-- params: holder_id uuid, purpose int
delete from blob_ref where holder_id = :holder_id and purpose = :purpose

-- Before bury_blob: whoever referred to it last has committed then, and the next statement sees that.
-- name: lock_blob
-- params: sha256 bytes
select sha256, size_bytes from blob where sha256 = :sha256 for update

-- name: bury_blob
-- params: sha256 bytes, now time
update blob set dead_since = :now
where sha256 = :sha256 and dead_since is null and not exists (select 1 from blob_ref r where r.sha256 = blob.sha256)

-- name: doom_blobs
-- params: before time, limit bigint
-- slow: the sweep looks at what is dead, which is little
update blob set is_doomed = true
where sha256 in (select d.sha256 from blob d where d.dead_since < :before and not d.is_doomed order by d.dead_since limit :limit)
    and dead_since < :before and not exists (select 1 from blob_ref r where r.sha256 = blob.sha256)

-- name: list_doomed_blobs
-- params: limit bigint
select sha256, size_bytes from blob where is_doomed order by sha256 limit :limit

-- name: delete_doomed_blob
-- params: sha256 bytes
delete from blob where sha256 = :sha256 and is_doomed

-- name: list_blobs
-- params: after bytes, limit bigint
-- heavy
-- slow: `lathe check` looks at everything
select sha256, size_bytes from blob where sha256 > :after and dead_since is null order by sha256 limit :limit

-- name: find_blob
-- params: sha256 bytes
select sha256, size_bytes from blob where sha256 = :sha256 and dead_since is null
